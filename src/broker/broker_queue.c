#include "broker_queue.h"

#include "broker_int.h"

struct broker_ticket {
    struct broker_lane *lane;
    struct broker_ticket *next;
    bool bulk;
    broker_turn_fn *fn;
    void *arg;
};

struct broker_lane {
    struct broker *b;
    struct broker_lane *next;
    char *account;
    struct hubspot_limit limit;
    struct broker_ticket *waiting; /* interactive first, then by arrival */
    struct loop_timer *timer;
    int64_t told_until; /* loop time up to which the user knows that we wait */
};

#define QUEUE_TELL_MS 2000 /* waits longer than this are worth a word */

static void lane_free(struct broker_lane *lane)
{
    while (lane->waiting) {
        struct broker_ticket *t = lane->waiting;

        lane->waiting = t->next;
        base_mem_free(t);
    }
    loop_timer_free(lane->timer);
    base_mem_free(lane->account);
    base_mem_free(lane);
}

void broker_lanes_free(struct broker *b)
{
    while (b->lanes) {
        struct broker_lane *lane = b->lanes;

        b->lanes = lane->next;
        lane_free(lane);
    }
}

static void let_go(void *arg)
{
    struct broker_lane *lane = arg;
    int64_t now = loop_now(lane->b->loop);

    while (lane->waiting) {
        struct broker_ticket *t = lane->waiting;
        int64_t at = hubspot_limit_next(&lane->limit, now);

        if (at > now) {
            if (at - now > QUEUE_TELL_MS && at > lane->told_until) {
                lane->told_until = at;
                broker_notice(lane->b,
                              "HubSpot's limit of %u calls in %lld s is used up: waiting %.1f s",
                              lane->limit.max, (long long)(lane->limit.interval_ms / 1000),
                              (double)(at - now) / 1000.0);
            }
            loop_timer_start(lane->timer, at - now);
            return;
        }
        lane->waiting = t->next;
        hubspot_limit_departed(&lane->limit, now);
        t->fn(t->arg);
        base_mem_free(t);
    }
}

struct broker_lane *broker_queue_lane(struct broker *b, const char *account)
{
    struct broker_lane *lane;

    for (lane = b->lanes; lane; lane = lane->next) {
        if (strcmp(lane->account, account) == 0)
            return lane;
    }
    lane = base_mem_new(sizeof(*lane));
    if (!lane)
        return NULL;
    lane->b = b;
    lane->account = base_mem_strdup(account);
    lane->timer = loop_timer_new(b->loop, let_go, lane);
    if (!lane->account || !lane->timer) {
        lane_free(lane);
        return NULL;
    }
    hubspot_limit_init(&lane->limit);
    lane->next = b->lanes;
    b->lanes = lane;
    return lane;
}

struct hubspot_limit *broker_queue_limit(struct broker_lane *lane)
{
    return &lane->limit;
}

struct broker_ticket *broker_queue_join(struct broker_lane *lane, bool bulk, broker_turn_fn *fn,
                                        void *arg)
{
    struct broker_ticket *t = base_mem_new(sizeof(*t));
    struct broker_ticket **place = &lane->waiting;

    if (!t)
        return NULL;
    *t = (struct broker_ticket){.lane = lane, .bulk = bulk, .fn = fn, .arg = arg};
    while (*place && (bulk || !(*place)->bulk))
        place = &(*place)->next;
    t->next = *place;
    *place = t;
    /* Never from here: the caller has not seen its ticket yet. */
    loop_timer_start(lane->timer, 0);
    return t;
}

void broker_queue_leave(struct broker_ticket *ticket)
{
    struct broker_ticket **place;

    if (!ticket)
        return;
    for (place = &ticket->lane->waiting; *place; place = &(*place)->next) {
        if (*place == ticket) {
            *place = ticket->next;
            base_mem_free(ticket);
            return;
        }
    }
}

void broker_queue_wake(struct broker_lane *lane)
{
    if (lane->waiting)
        loop_timer_start(lane->timer, 0);
}
