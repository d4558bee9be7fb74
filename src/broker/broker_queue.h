/* The queue in front of HubSpot: one lane for each account (HubSpot counts by app and portal),
 * which lets calls leave when the rolling window allows it. Interactive calls pass bulk work. The
 * arithmetic is hubspot_limit's. */
#ifndef BROKER_QUEUE_H
#define BROKER_QUEUE_H

#include "broker.h"
#include "hubspot_limit.h"

struct broker_lane;
struct broker_ticket; /* a place in the queue */

/* Called from the loop when the call may leave. */
typedef void broker_turn_fn(void *arg);

/* The lane of an account, made when first asked for; NULL when memory is short. It lives as long as
 * the broker. */
BASE_CHECK struct broker_lane *broker_queue_lane(struct broker *b, const char *account);
struct hubspot_limit *broker_queue_limit(struct broker_lane *lane);
/* NULL when memory is short. The ticket is gone when `fn` is called. */
BASE_CHECK struct broker_ticket *broker_queue_join(struct broker_lane *lane, bool bulk,
                                                   broker_turn_fn *fn, void *arg);
void broker_queue_leave(struct broker_ticket *ticket); /* NULL is allowed */
/* After the limit has learnt something: waiting calls may leave earlier or later than thought. */
void broker_queue_wake(struct broker_lane *lane);

#endif
