/* HubSpot's rules for redirect URLs: https, or http when the host is literally "localhost"; no IP
 * addresses; no fragment. */
#ifndef HUBSPOT_REDIRECT_H
#define HUBSPOT_REDIRECT_H

#include "base_buf.h"
#include "base_error.h"
#include "base_span.h"

/* USAGE with the rule that is broken and, where there is one, the URL that would do as hint. */
enum base_status hubspot_redirect_check(struct base_span text, struct base_error *err);
/* Appends the URL that is meant and would do: localhost for a loopback address, https for a plain
 * http elsewhere. Nothing when there is none. */
void hubspot_redirect_mend(struct base_span text, struct base_buf *out);

#endif
