/* Telling HubSpot of pending revocations. */
#ifndef BROKER_REVOKE_H
#define BROKER_REVOKE_H

#include "broker_pending.h"

/* Tells HubSpot of the ones of an app's account, or of all (both NULL). OK when none of them is
 * left; PARTIAL with the last error's words otherwise. `told`, `left`: how many. */
typedef void broker_revoke_fn(void *arg, enum base_status status, unsigned told, unsigned left,
                              const struct base_error *err);
struct broker_revoke;
enum base_status broker_revoke_start(struct broker *b, const char *app, const char *account,
                                     broker_revoke_fn *fn, void *arg, struct broker_revoke **ret,
                                     struct base_error *err);
void broker_revoke_cancel(struct broker_revoke *r); /* NULL is allowed */

#endif
