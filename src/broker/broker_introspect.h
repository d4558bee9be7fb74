/* Asking HubSpot what it knows of a stored token. */
#ifndef BROKER_INTROSPECT_H
#define BROKER_INTROSPECT_H

#include "broker_grant.h"
#include "hubspot_token.h"

/* `answer` is HubSpot's, without the token that it echoes; a server other than HubSpot may fill
 * little of it. Borrowed. */
typedef void broker_introspect_fn(void *arg, enum base_status status,
                                  const struct hubspot_token_info *answer,
                                  const struct base_error *err);
struct broker_introspect;
/* Of the stored access token, or of the refresh token. Never refreshes. */
enum base_status broker_introspect(struct broker *b, const char *name, bool refresh_token,
                                   broker_introspect_fn *fn, void *arg,
                                   struct broker_introspect **ret, struct base_error *err);
/* The same of an account whose access token is a private app's. */
enum base_status broker_introspect_private(struct broker *b, const char *name,
                                           broker_introspect_fn *fn, void *arg,
                                           struct broker_introspect **ret, struct base_error *err);
void broker_introspect_cancel(struct broker_introspect *i); /* NULL is allowed */

#endif
