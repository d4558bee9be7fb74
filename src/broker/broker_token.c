/* Steps 2 and 3 of a token's life: look, and when it is due, refresh under a lease. The refresh
 * itself is in broker_refresh.c. */
#include "broker_token.h"

#include "base_text.h"
#include "base_time.h"
#include "broker_clock.h"
#include "broker_int.h"
#include "broker_refresh.h"
#include "oauth_life.h"

/* A token of a clock that has been set back since is not trusted to be fresh. */
static enum oauth_life life(const struct broker *b, const struct broker_grant *g,
                            int64_t min_ttl_ms)
{
    enum oauth_life life = oauth_life(g->obtained_at, g->expires_at, broker_now(b), min_ttl_ms);

    return life == OAUTH_FRESH && broker_clock_was_set_back(b, g) ? OAUTH_DUE : life;
}

enum base_status broker_token_look(struct broker *b, const char *name, int64_t min_ttl_ms,
                                   struct broker_grant *ret, bool *ret_fresh,
                                   struct base_error *err)
{
    struct broker_grant g;
    enum base_status status = broker_grant_load(b, name, &g, err);

    if (status)
        return status;
    if (g.state == BROKER_GRANT_DEAD) {
        base_fail(err, BASE_REAUTH, "getting a token",
                  "HubSpot no longer accepts the grant of account %s", g.name);
        base_error_lower(err, "%s", g.last_message);
        base_error_hint(err, "hubauth login --app %s", g.app);
        if (err) {
            (void)base_text_copy(err->code, sizeof(err->code), base_span_of(g.last_code));
            (void)base_text_copy(err->correlation, sizeof(err->correlation),
                                 base_span_of(g.last_correlation));
        }
        broker_grant_free(&g);
        return BASE_REAUTH;
    }
    *ret_fresh = life(b, &g, min_ttl_ms) == OAUTH_FRESH;
    *ret = g;
    return BASE_OK;
}

struct broker_token_get {
    struct broker *b;
    struct broker_token_wish wish;
    char *name;
    broker_token_fn *fn;
    void *arg;
    struct loop_timer *timer;
    struct vault_lease *lease;
    bool entered; /* broker_deps.enter() */
    struct broker_refresh *refresh;
    struct broker_grant grant;     /* as last seen */
    int64_t found_obtained_at;     /* of the token that was there at the first look */
    int64_t started;               /* loop time */
    int64_t refresh_began;         /* the latest that we began, by broker_now() */
    unsigned conflicts, refreshes; /* that we met, that we began */
    bool told;                     /* that a refresh is under way, of whomever */
};

/* ------------------------------------------------------------------ the lease */

static void release(struct broker_token_get *t)
{
    if (t->entered && t->b->deps.leave)
        t->b->deps.leave(t->b->deps.arg);
    t->entered = false;
    vault_lease_release(t->b->vault, t->lease);
    t->lease = NULL;
}

/* Another process has put its successor in its place. */
static enum base_status replace_refresh_token(struct broker_token_get *t,
                                              struct crypt_secret **newer, struct base_error *err)
{
    BASE_CLEANUP(broker_grant_free) struct broker_grant g = {0};
    enum base_status status = broker_grant_load(t->b, t->name, &g, err);

    if (status)
        return status;
    crypt_secret_cleanup(&g.previous_refresh_token);
    crypt_secret_free(g.refresh_token);
    g.refresh_token = *newer;
    *newer = NULL;
    g.state = BROKER_GRANT_OK;
    return broker_grant_store(t->b, &g, err);
}

static enum base_status enter(struct broker_token_get *t, struct base_error *err)
{
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *newer = NULL;
    enum base_status status;

    if (!t->b->deps.enter)
        return BASE_OK;
    status = t->b->deps.enter(t->b->deps.arg, &newer, err);
    t->entered = !status;
    return status || !newer ? status : replace_refresh_token(t, &newer, err);
}

/* BUSY while somebody else has it. After any other failure it may be held: release(). */
static enum base_status take_lease(struct broker_token_get *t, struct base_error *err)
{
    enum base_status status = vault_lease_try(t->b->vault, t->name, &t->lease, err);

    if (!status)
        status = enter(t, err);
    if (status == BASE_BUSY)
        release(t);
    return status;
}

void broker_token_cancel(struct broker_token_get *t)
{
    if (!t)
        return;
    broker_refresh_cancel(t->refresh);
    loop_timer_free(t->timer);
    release(t);
    broker_grant_free(&t->grant);
    base_mem_free(t->name);
    base_mem_free(t);
}

static void finish(struct broker_token_get *t, enum base_status status,
                   const struct base_error *err)
{
    /* Release first: the callback may take its time, and others wait. */
    release(t);
    t->fn(t->arg, status, status ? NULL : &t->grant, err);
    broker_token_cancel(t);
}

/* A token that is still valid is better than none, unless it was refused or a new one was demanded.
 */
static bool is_usable(const struct broker_token_get *t)
{
    return t->grant.access_token && !t->wish.force &&
           t->grant.obtained_at != t->wish.refused_obtained_at &&
           life(t->b, &t->grant, 0) != OAUTH_EXPIRED;
}

/* The refresh did not come about. */
static void finish_without(struct broker_token_get *t, enum base_status status,
                           const struct base_error *err)
{
    bool usable = status != BASE_REAUTH && status != BASE_CONFLICT && is_usable(t);

    finish(t, usable ? BASE_OK : status, err);
}

/* For how long this command still waits, for another process or for HubSpot: longer while there is
 * no token to fall back on. */
static int64_t patience(const struct broker_token_get *t)
{
    return (is_usable(t) ? BROKER_LEASE_WAIT_DUE_MS : BROKER_LEASE_WAIT_MS) -
           (loop_now(t->b->loop) - t->started);
}

static struct broker_patience turn_patience(const struct broker_token_get *t)
{
    return (struct broker_patience){.ms = patience(t),
                                    .insists = t->wish.insists && t->refreshes == 1};
}

/* From the start, with what is there by then. Others may come first: the lease is not kept. */
static void go_round(struct broker_token_get *t, int64_t ms)
{
    release(t);
    loop_timer_start(t->timer, ms);
}

/* What a try more may cost. A person who insists wants to know that a server is in trouble, and
 * waits for nothing but its limit. */
static int64_t retry_patience(const struct broker_token_get *t, const struct base_error *err)
{
    int64_t most = patience(t);
    bool in_a_hurry = t->wish.insists && err->http_status != 429;

    return in_a_hurry && most > BROKER_LEASE_WAIT_DUE_MS ? BROKER_LEASE_WAIT_DUE_MS : most;
}

/* Whether it is worth a try within this command, after the time that the record names since this
 * refusal. */
static bool tries_again(struct broker_token_get *t, const struct base_error *err)
{
    int64_t wait = broker_grant_hold(&t->grant, broker_now(t->b));

    if (t->grant.not_before <= t->refresh_began || t->refreshes >= BROKER_REFRESH_ATTEMPTS ||
        wait > retry_patience(t, err))
        return false;
    broker_notice(t->b, "%s; trying again in %lld ms", err->why, (long long)wait);
    go_round(t, wait);
    return true;
}

static void on_refreshed(void *arg, enum base_status status, const struct base_error *err)
{
    struct broker_token_get *t = arg;

    t->refresh = NULL;
    if (!status)
        finish(t, BASE_OK, NULL);
    else if (status == BASE_CONFLICT && ++t->conflicts < BROKER_CONFLICT_ATTEMPTS)
        go_round(t,
                 BROKER_LEASE_POLL_MS); /* a login, or a logout that waited for the lease in vain */
    else if (status == BASE_CONFLICT || !tries_again(t, err))
        finish_without(t, status, err);
}

/* Whether the grant as it is now in t->grant answers the wish. */
static bool satisfied(const struct broker_token_get *t, bool fresh)
{
    if (t->wish.force)
        return t->grant.obtained_at != t->found_obtained_at; /* somebody else did it meanwhile */
    if (t->wish.refused_obtained_at && t->grant.obtained_at == t->wish.refused_obtained_at)
        return false;
    return fresh;
}

/* Reads the record; true when the caller may go on with t->grant, which is not what was wished for.
 */
static bool look_again(struct broker_token_get *t)
{
    struct base_error err = BASE_ERROR_NONE;
    bool fresh;
    enum base_status status;

    broker_grant_free(&t->grant);
    status = broker_token_look(t->b, t->name, t->wish.min_ttl_ms, &t->grant, &fresh, &err);
    if (status) {
        finish(t, status, &err);
        return false;
    }
    if (!t->found_obtained_at)
        t->found_obtained_at = t->grant.obtained_at;
    if (satisfied(t, fresh)) {
        finish(t, BASE_OK, NULL);
        return false;
    }
    return true;
}

/* An earlier refusal named a moment before which nobody asks. True when it has not come; then it is
 * waited for, or the get is over. A person who demands a refresh gets one, once. */
static bool held_off(struct broker_token_get *t)
{
    struct base_error err = BASE_ERROR_NONE;
    const struct broker_grant *g = &t->grant;
    int64_t wait = broker_grant_hold(g, broker_now(t->b));
    char human[32];

    if (!wait || (t->wish.force && !t->refreshes))
        return false;
    if (wait <= patience(t)) {
        go_round(t, wait);
        return true;
    }
    base_fail(&err, BASE_UNAVAILABLE, "refreshing the token",
              "HubSpot could not give one, and is not asked again for %s",
              base_time_human(human, wait));
    base_error_lower(&err, "%s", g->last_message);
    base_error_hint(&err, "hubauth refresh asks at once");
    (void)base_text_copy(err.code, sizeof(err.code), base_span_of(g->last_code));
    (void)base_text_copy(err.correlation, sizeof(err.correlation),
                         base_span_of(g->last_correlation));
    finish_without(t, BASE_UNAVAILABLE, &err);
    return true;
}

/* An eighth of the time waited so far: the answer is late by no more than that. */
static int64_t poll_ms(const struct broker_token_get *t)
{
    int64_t ms = BROKER_LEASE_POLL_MS + (loop_now(t->b->loop) - t->started) / 8;

    return ms < BROKER_LEASE_POLL_MOST_MS ? ms : BROKER_LEASE_POLL_MOST_MS;
}

/* `lease_err` says who holds the lease, and how to get it going when it is stopped. Nobody takes a
 * lease from a holder that lives: it may have sent the refresh token, and to send it a second time
 * could end the grant at a server that takes that for theft. */
static void wait_for_other(struct broker_token_get *t, const struct base_error *lease_err)
{
    struct base_error err = BASE_ERROR_NONE;

    if (patience(t) < 0) {
        base_fail(&err, BASE_UNAVAILABLE, "getting a token",
                  "another process is refreshing account %s and has not finished in %lld s: %s",
                  t->name, (long long)((loop_now(t->b->loop) - t->started) / BASE_SECOND_MS),
                  lease_err->why);
        base_error_hint(&err, "%s", lease_err->hint);
        finish_without(t, BASE_UNAVAILABLE, &err);
        return;
    }
    if (!t->told)
        broker_notice(t->b, "waiting for the refresh of account %s that is under way", t->name);
    t->told = true;
    loop_timer_start(t->timer, poll_ms(t));
}

static void on_turn(void *arg)
{
    struct broker_token_get *t = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status;

    if (!look_again(t) || held_off(t))
        return;
    status = take_lease(t, &err);
    if (status == BASE_BUSY) {
        wait_for_other(t, &err);
        return;
    }
    if (!status)
        status = broker_refresh_save(t->b, t->name, &err);
    if (!status)
        status = broker_grant_recover(t->b, t->lease, t->name, &err);
    if (status) {
        finish_without(t, status, &err);
        return;
    }
    /* Somebody may have refreshed, or been refused, between our look and our lease. */
    if (!look_again(t) || held_off(t))
        return;
    t->refreshes++;
    t->refresh_began = broker_now(t->b);
    status = broker_refresh_start(t->b, t->lease, &t->grant, turn_patience(t), on_refreshed, t,
                                  &t->refresh, &err);
    if (status)
        finish_without(t, status, &err);
}

enum base_status broker_token_get(struct broker *b, const struct broker_token_wish *wish,
                                  broker_token_fn *fn, void *arg, struct broker_token_get **ret,
                                  struct base_error *err)
{
    struct broker_token_get *t = base_mem_new(sizeof(*t));

    if (!t)
        return base_fail_memory(err);
    t->b = b;
    t->wish = *wish;
    t->fn = fn;
    t->arg = arg;
    t->started = loop_now(b->loop);
    t->name = base_mem_strdup(wish->name);
    t->timer = loop_timer_new(b->loop, on_turn, t);
    if (!t->name || !t->timer) {
        broker_token_cancel(t);
        return base_fail_memory(err);
    }
    t->wish.name = t->name;
    loop_timer_start(t->timer, 0);
    *ret = t;
    return BASE_OK;
}
