/* One refresh of one grant, by the holder of its lease: write ahead, post, store, answer. */
#ifndef BROKER_REFRESH_H
#define BROKER_REFRESH_H

#include "broker_grant.h"

struct broker_refresh;

/* OK: *grant holds the new tokens, and they are durable. Otherwise *grant is as stored now: DEAD
 * (status REAUTH), in doubt, or as it was. CONFLICT: somebody else changed the record meanwhile;
 * look again. */
typedef void broker_refresh_fn(void *arg, enum base_status status, const struct base_error *err);

/* `grant` is the caller's, loaded under the lease, and stays there until the answer. The callback
 * runs from the loop. */
enum base_status broker_refresh_start(struct broker *b, struct broker_grant *grant,
                                      broker_refresh_fn *fn, void *arg, struct broker_refresh **ret,
                                      struct base_error *err);
void broker_refresh_cancel(struct broker_refresh *r); /* NULL is allowed */

#endif
