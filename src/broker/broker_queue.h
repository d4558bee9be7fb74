/* The queue in front of HubSpot, which lets calls leave when its limits allow it: a lane for each
 * account (HubSpot counts by app and portal) and budget. The processes of one user share what they
 * know of a lane through the vault. The arithmetic is hubspot_limit's. */
#ifndef BROKER_QUEUE_H
#define BROKER_QUEUE_H

#include "broker.h"
#include "hubspot_limit.h"

struct broker_lane;
struct broker_ticket; /* a place in the queue */

/* Called from the loop when the call may leave; `departed` names it when it is answered. */
typedef void broker_turn_fn(void *arg, int64_t departed);

/* The lane of an account ("app/portal"; that of searches is the portal's), made when first asked
 * for; NULL when memory is short. It lives as long as the broker. */
BASE_CHECK struct broker_lane *broker_queue_lane(struct broker *b, const char *account,
                                                 enum hubspot_budget budget);
/* Interactive calls pass bulk ones, but for one in a few, so that bulk work never starves. NULL
 * when memory is short. The ticket is gone when `fn` is called. */
BASE_CHECK struct broker_ticket *broker_queue_join(struct broker_lane *lane, bool bulk,
                                                   broker_turn_fn *fn, void *arg);
void broker_queue_leave(struct broker_ticket *ticket); /* NULL is allowed */

/* What became of a call that left: exactly one of these for each turn. `sent` and `answered` as in
 * struct hubspot_trip. */
void broker_queue_answered(struct broker_lane *lane, int64_t departed, int64_t sent,
                           int64_t answered, const struct hubspot_limit_headers *h);
void broker_queue_lost(struct broker_lane *lane, int64_t departed);

/* A 429: see hubspot_limit_throttled(). */
void broker_queue_throttled(struct broker_lane *lane, int64_t wait_ms, bool full);
/* How many calls of the window are for bulk work, as of the last look: at least 1. */
unsigned broker_queue_bulk_max(const struct broker_lane *lane);
/* How it stands, for people. */
void broker_queue_look(struct broker_lane *lane, struct hubspot_limit *ret);

#endif
