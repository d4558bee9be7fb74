/* Giving a grant back. */
#ifndef BROKER_LOGOUT_H
#define BROKER_LOGOUT_H

#include "broker_grant.h"

/* Calls fn for each other account that holds the same refresh token: revoking it ends them as well
 * (T16). Without tokens; return false to stop. An account whose record cannot be read is left out,
 * with a notice. */
enum base_status broker_logout_sharers(struct broker *b, const char *name, broker_grant_fn *fn,
                                       void *arg, struct base_error *err);

/* Removes the account here first and in any case, and then tells HubSpot that its refresh token is
 * to be revoked. OK: both are done. PARTIAL: it is gone here, and HubSpot is still to be told
 * (broker_revoke.h) or cannot be. Anything else: nothing is done. */
typedef void broker_logout_fn(void *arg, enum base_status status, const struct base_error *err);
struct broker_logout;
/* A refresh of this account that is under way is awaited for a moment: its new tokens would
 * outlive. */
enum base_status broker_logout(struct broker *b, const char *name, broker_logout_fn *fn, void *arg,
                               struct broker_logout **ret, struct base_error *err);
void broker_logout_cancel(struct broker_logout *l); /* NULL is allowed */

/* Removes the account here and tells nobody: for a grant that others go on using, or a record that
 * cannot be opened any more. Needs no key. */
enum base_status broker_logout_locally(struct broker *b, const char *name, struct base_error *err);

#endif
