/* Provider's words come back into our errors and records. A provider that echoes what it was sent
 * must not put a secret there (E6). */
#ifndef BROKER_REDACT_H
#define BROKER_REDACT_H

#include "base_error.h"
#include "base_span.h"
#include "hubspot_error.h"

/* Replaces every occurrence of `secret` in a refusal's texts by "[redacted]", also the beginning of
 * one where a text was cut. Secrets shorter than 8 bytes are left: they would turn up in ordinary
 * words. */
void broker_redact(struct hubspot_refusal *refusal, struct base_span secret);
/* The same for every secret field of a form that was sent: client_secret, refresh_token, code,
 * code_verifier, token; decoded, and as they stand in the form. */
void broker_redact_form(struct hubspot_refusal *refusal, struct base_span form);

#endif
