/* Asking about a grant. */
#ifndef BROKER_INFO_H
#define BROKER_INFO_H

#include "broker_grant.h"
#include "hubspot_token.h"

/* `answer` is HubSpot's, without the token that it echoes; a server other than HubSpot may fill
 * little of it. Borrowed. */
typedef void broker_introspect_fn(void *arg, enum base_status status,
                                  const struct hubspot_token_info *answer,
                                  const struct base_error *err);
struct broker_info;
/* Of the stored access token, or of the refresh token. Never refreshes. */
enum base_status broker_introspect(struct broker *b, const char *name, bool refresh_token,
                                   broker_introspect_fn *fn, void *arg, struct broker_info **ret,
                                   struct base_error *err);
void broker_info_cancel(struct broker_info *i); /* NULL is allowed */

#endif
