#include "broker_token_turn.h"

#include "base_time.h"
#include "broker_int.h"
#include "broker_queue.h"

#define DOING "asking for tokens"

struct broker_token_turn {
    struct broker *b;
    const char *app; /* the caller's */
    struct broker_lane *lane;
    struct broker_ticket *ticket;
    struct loop_timer *impatience;
    int64_t patience_ms;
    bool departed;
    int64_t departed_at;
    broker_token_turn_fn *fn;
    void *arg;
};

void broker_token_turn_free(struct broker_token_turn *t)
{
    if (!t)
        return;
    if (t->departed)
        broker_queue_lost(t->lane, t->departed_at);
    broker_queue_leave(t->ticket);
    loop_timer_free(t->impatience);
    base_mem_free(t);
}

/* ------------------------------------------------------------------ the answer */

/* Whatever policy it names, it was this endpoint that refused; but only that of a second, or none,
 * tells of this window. A day's end is not waited for, nor a time that would leave all accounts
 * without a token for what one of them has met: that one obeys the whole of it, and another looks
 * meanwhile. */
static void obey(struct broker_token_turn *t, const struct http_response *r)
{
    struct hubspot_refusal refusal;
    bool secondly;
    int64_t wait;

    hubspot_refusal_of_token(r->status, base_buf_span(&r->body),
                             http_response_header(r, "retry-after"), broker_server_now(t->b, r),
                             &refusal);
    secondly = !refusal.policy[0] || strcmp(refusal.policy, "SECONDLY") == 0;
    wait = refusal.retry_after_ms < BROKER_TURN_PAUSE_MS ? refusal.retry_after_ms
                                                         : BROKER_TURN_PAUSE_MS;
    if (strcmp(refusal.policy, "DAILY") != 0)
        broker_queue_throttled(t->lane, wait, secondly);
}

void broker_token_turn_end(struct broker_token_turn *t, const struct http_response *r)
{
    t->departed = false;
    if (!r) {
        broker_queue_lost(t->lane, t->departed_at);
        return;
    }
    broker_queue_response(t->lane, t->departed_at, r, loop_clock(t->b->loop));
    if (r->status == 429)
        obey(t, r);
    else if (r->status == 200)
        broker_queue_served(t->lane, t->departed_at);
}

/* ------------------------------------------------------------------ the wait */

static enum base_status fail_late(struct broker_token_turn *t, struct base_error *err)
{
    struct hubspot_limit limit;
    int64_t now = loop_now(t->b->loop);
    char human[32];

    broker_queue_look(t->lane, &limit);
    if (limit.blocked_until > now)
        base_fail(err, BASE_UNAVAILABLE, DOING,
                  "HubSpot has refused new tokens to app %s, and is not asked again for %s", t->app,
                  base_time_human(human, limit.blocked_until - now));
    else
        base_fail(err, BASE_UNAVAILABLE, DOING,
                  "too many accounts of app %s want new tokens: the turn did not come in %s",
                  t->app, base_time_human(human, t->patience_ms));
    base_error_hint(err, "try again then, or see hubauth limits; hubauth refresh asks at once");
    return BASE_UNAVAILABLE;
}

static void on_turn(void *arg, int64_t departed)
{
    struct broker_token_turn *t = arg;

    t->ticket = NULL;
    t->departed = true;
    t->departed_at = departed;
    loop_timer_stop(t->impatience);
    t->fn(t->arg, NULL);
}

/* Its ticket is gone. */
static void on_hopeless(void *arg)
{
    struct broker_token_turn *t = arg;
    struct base_error err = BASE_ERROR_NONE;

    t->ticket = NULL;
    loop_timer_stop(t->impatience);
    fail_late(t, &err);
    t->fn(t->arg, &err);
}

static void on_impatience(void *arg)
{
    struct broker_token_turn *t = arg;

    broker_queue_leave(t->ticket);
    on_hopeless(t);
}

static enum base_status join(struct broker_token_turn *t, struct broker_patience patience,
                             struct base_error *err)
{
    enum broker_rank rank = patience.insists ? BROKER_INSISTS : BROKER_INTERACTIVE;
    struct hubspot_limit limit;
    int64_t now = loop_now(t->b->loop);

    broker_queue_look(t->lane, &limit);
    if (!patience.insists && hubspot_limit_next(&limit, now, 0) - now > patience.ms)
        return fail_late(t, err);
    t->ticket = broker_queue_join(t->lane, rank, on_turn, t);
    if (!t->ticket)
        return base_fail_memory(err);
    broker_queue_until(t->ticket, now + patience.ms, on_hopeless);
    loop_timer_start(t->impatience, patience.ms);
    return BASE_OK;
}

enum base_status broker_token_turn_wait(struct broker *b, const char *app,
                                        struct broker_patience patience, broker_token_turn_fn *fn,
                                        void *arg, struct broker_token_turn **ret,
                                        struct base_error *err)
{
    struct broker_token_turn *t = base_mem_new(sizeof(*t));
    enum base_status status;

    if (!t)
        return base_fail_memory(err);
    if (patience.ms < 0)
        patience.ms = 0;
    *t = (struct broker_token_turn){
        .b = b, .app = app, .patience_ms = patience.ms, .fn = fn, .arg = arg};
    t->lane = broker_queue_lane(b, app, HUBSPOT_BUDGET_TOKENS);
    t->impatience = loop_timer_new(b->loop, on_impatience, t);
    status = t->lane && t->impatience ? join(t, patience, err) : base_fail_memory(err);
    if (status) {
        broker_token_turn_free(t);
        return status;
    }
    *ret = t;
    return BASE_OK;
}
