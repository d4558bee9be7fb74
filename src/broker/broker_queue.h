/* The queue in front of HubSpot, which lets calls leave when its limits allow it: a lane for each
 * account (HubSpot counts by app and portal) and budget. What asks for new tokens waits there too
 * (broker_token_turn.h). The processes of one user share what they
 * know of a lane through the vault. The arithmetic is hubspot_limit's. */
#ifndef BROKER_QUEUE_H
#define BROKER_QUEUE_H

#include "broker.h"
#include "hubspot_limit.h"

struct broker_lane;
struct http_response;
struct broker_ticket; /* a place in the queue */

/* Called from the loop when the call may leave; `departed` names it when it is answered. */
typedef void broker_turn_fn(void *arg, int64_t departed);

/* The lane of an account ("app/portal"; that of searches is the portal's, that of new tokens the
 * app's, whose name alone will do), made when first asked for; NULL when memory is short. It lives
 * as long as the broker. */
BASE_CHECK struct broker_lane *broker_queue_lane(struct broker *b, const char *account,
                                                 enum hubspot_budget budget);
/* Who goes before whom; but for one in a few, so that bulk work never starves. */
enum broker_rank {
    BROKER_INSISTS, /* a person: a pause that HubSpot asks for is sat out only if it is short */
    BROKER_INTERACTIVE,
    BROKER_BULK,
};
/* NULL when memory is short. The ticket is gone when `fn` is called. */
BASE_CHECK struct broker_ticket *broker_queue_join(struct broker_lane *lane, enum broker_rank rank,
                                                   broker_turn_fn *fn, void *arg);
/* Called from the loop as soon as it is known that HubSpot has asked for a pause which goes on
 * beyond `until` (loop time), instead of the turn: the ticket is gone. Who insists has no such
 * moment. */
typedef void broker_hopeless_fn(void *arg);
void broker_queue_until(struct broker_ticket *ticket, int64_t until, broker_hopeless_fn *fn);
void broker_queue_leave(struct broker_ticket *ticket); /* NULL is allowed */

/* What became of a call that left: exactly one of these for each turn. `sent` and `answered` as in
 * struct hubspot_trip. */
void broker_queue_answered(struct broker_lane *lane, int64_t departed, int64_t sent,
                           int64_t answered, const struct hubspot_limit_headers *h);
void broker_queue_lost(struct broker_lane *lane, int64_t departed);
/* broker_queue_answered() with what stands in the answer; `now` is the moment when it ended, of
 * loop_clock(). */
void broker_queue_response(struct broker_lane *lane, int64_t departed,
                           const struct http_response *r, int64_t now);

/* A 429: see hubspot_limit_throttled(), and of new tokens hubspot_limit_taught(). */
void broker_queue_throttled(struct broker_lane *lane, int64_t wait_ms, bool full);
/* A 200 in a lane where somebody may have insisted: see hubspot_limit_served(). */
void broker_queue_served(struct broker_lane *lane, int64_t departed);
/* How many calls of the window are for bulk work, as of the last look: at least 1. */
unsigned broker_queue_bulk_max(const struct broker_lane *lane);
/* How it stands, for people. */
void broker_queue_look(struct broker_lane *lane, struct hubspot_limit *ret);
/* For how many ms yet nothing leaves, as HubSpot has asked for; 0: it has not. For who has no loop,
 * and so no lane. */
enum base_status broker_queue_pause(struct broker *b, const char *account,
                                    enum hubspot_budget budget, int64_t *ret_ms,
                                    struct base_error *err);

#endif
