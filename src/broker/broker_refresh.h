/* One refresh of one grant, by the holder of its lease: turn, write ahead, post, store, answer. An
 * app-level account is renewed in the same way, with the client's secret in the place of a refresh
 * token. */
#ifndef BROKER_REFRESH_H
#define BROKER_REFRESH_H

#include "broker_grant.h"
#include "broker_token_turn.h"

struct broker_refresh;

/* OK: *grant holds the new tokens, and they are durable. REAUTH: the grant is dead, and *grant says
 * so. CONFLICT: somebody else changed the record meanwhile; look again. When new tokens came and
 * could not be stored, *grant is empty: they are kept for broker_refresh_save(). Otherwise *grant
 * is in doubt or as it was; asking again later may help when its not_before is set. */
typedef void broker_refresh_fn(void *arg, enum base_status status, const struct base_error *err);

/* `grant` is the caller's, loaded under the lease; both stay there until the answer. The callback
 * runs from the loop. When the turn at the token endpoint does not come within `patience` nothing
 * has changed: UNAVAILABLE. */
enum base_status broker_refresh_start(struct broker *b, struct vault_lease *lease,
                                      struct broker_grant *grant, struct broker_patience patience,
                                      broker_refresh_fn *fn, void *arg, struct broker_refresh **ret,
                                      struct base_error *err);
void broker_refresh_cancel(struct broker_refresh *r); /* NULL is allowed */

/* Stores the tokens of an earlier refresh that could not be stored then. OK also when there are
 * none, or when somebody else has changed the record since. By the holder of the lease. */
enum base_status broker_refresh_save(struct broker *b, const char *name, struct base_error *err);
/* The last try, at the end of the broker: what cannot be stored is lost. */
void broker_refresh_save_last(struct broker *b);

#endif
