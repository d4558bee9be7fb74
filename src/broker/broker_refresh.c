#include "broker_refresh.h"

#include "broker_exchange.h"
#include "broker_int.h"
#include "crypt_random.h"
#include "hubspot_retry.h"
#include "hubspot_token.h"
#include "oauth_life.h"

struct broker_refresh {
    struct broker *b;
    struct broker_grant *grant; /* the caller's */
    struct broker_app app;
    broker_refresh_fn *fn;
    void *arg;
    struct broker_exchange *exchange;
    struct loop_timer *timer;
    unsigned attempts; /* requests sent */
    unsigned store_attempts;
    bool was_in_doubt; /* an earlier refresh's outcome was never learnt */
};

void broker_refresh_cancel(struct broker_refresh *r)
{
    if (!r)
        return;
    broker_exchange_cancel(r->exchange);
    loop_timer_free(r->timer);
    broker_app_free(&r->app);
    base_mem_free(r);
}

static void finish(struct broker_refresh *r, enum base_status status, const struct base_error *err)
{
    r->fn(r->arg, status, err);
    broker_refresh_cancel(r);
}

static void remember_refusal(struct broker_grant *g, const struct hubspot_refusal *refusal)
{
    char *code = base_mem_strdup(refusal ? refusal->code : "");
    char *message = base_mem_strdup(refusal ? refusal->message : "");
    char *correlation = base_mem_strdup(refusal ? refusal->correlation : "");

    if (!code || !message || !correlation) { /* the words are lost, the state is not */
        base_mem_free(code);
        base_mem_free(message);
        base_mem_free(correlation);
        return;
    }
    base_mem_free(g->last_code);
    base_mem_free(g->last_message);
    base_mem_free(g->last_correlation);
    g->last_code = code;
    g->last_message = message;
    g->last_correlation = correlation;
}

static enum base_status set_state(struct broker_refresh *r, enum broker_grant_state state,
                                  const struct hubspot_refusal *refusal, struct base_error *err)
{
    struct broker_grant *g = r->grant;

    g->state = state;
    g->state_since = broker_now(r->b);
    if (refusal)
        remember_refusal(g, refusal);
    return broker_grant_store(r->b, g, err);
}

/* ------------------------------------------------------------------ the answer */

static void on_answer(void *arg, const struct broker_exchange_answer *answer);
static void store_new_tokens(void *arg);

static enum base_status post(struct broker_refresh *r, struct base_error *err)
{
    struct oauth_client client = {r->app.client_id, r->app.client_secret};
    BASE_CLEANUP(base_buf_free) struct base_buf body = {0};

    base_buf_init_sensitive(&body, OAUTH_TOKEN_MAX_BYTES * 4);
    oauth_token_refresh_body(&body, &client, r->grant->refresh_token);
    r->attempts++;
    return broker_exchange_token(r->b, &r->app, &body, "refreshing the token", on_answer, r,
                                 &r->exchange, err);
}

static void on_retry_time(void *arg)
{
    struct broker_refresh *r = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = post(r, &err);

    if (status)
        finish(r, status, &err);
}

static bool retried(struct broker_refresh *r, const struct broker_exchange_answer *answer)
{
    struct hubspot_retry rule = {
        .attempts = r->attempts,
        .max_attempts = BROKER_REFRESH_ATTEMPTS,
        .maybe_acted = answer->progress == HTTP_MAYBE_ACTED,
    };
    uint32_t random;
    int64_t wait;

    crypt_random(&random, sizeof(random));
    wait = hubspot_retry_wait(&rule, answer->refusal, random);
    if (wait < 0 || wait > BROKER_LEASE_WAIT_DUE_MS) /* others wait for our lease: better an answer
                                                        than a long wait */
        return false;
    broker_notice(r->b, "%s; trying again in %lld ms", answer->err->why, (long long)wait);
    loop_timer_free(r->timer);
    r->timer = loop_timer_new(r->b->loop, on_retry_time, r);
    if (!r->timer)
        return false;
    loop_timer_start(r->timer, wait);
    return true;
}

static void on_refused(struct broker_refresh *r, const struct broker_exchange_answer *answer)
{
    struct base_error err = *answer->err;
    struct base_error store_err = BASE_ERROR_NONE;
    bool dead = answer->refusal && answer->refusal->verdict == HUBSPOT_GRANT_DEAD;
    /* No answer to a request that may have arrived: whether the server rotated is unknown, and
     * stays written down (C6). */
    bool in_doubt = !answer->refusal && answer->progress == HTTP_MAYBE_ACTED;
    enum base_status status;

    if (!dead && retried(r, answer))
        return;
    if (dead)
        base_error_hint(
            &err, "hubauth login --app %s%s", r->grant->app,
            r->was_in_doubt
                ? " (the answer to an earlier refresh was lost, and a new refresh token with it)"
                : "");
    status = set_state(r,
                       dead       ? BROKER_GRANT_DEAD
                       : in_doubt ? BROKER_GRANT_REFRESHING
                                  : BROKER_GRANT_OK,
                       answer->refusal, &store_err);
    if (status == BASE_CONFLICT)
        finish(r, BASE_CONFLICT, &store_err);
    else if (status) /* worth saying, but the refusal is what the user must act on */
        broker_notice(r->b, "the state of account %s could not be written: %s", r->grant->account,
                      store_err.why);
    if (status != BASE_CONFLICT)
        finish(r, answer->status, &err);
}

static enum base_status take_tokens(struct broker_refresh *r,
                                    const struct broker_exchange_answer *answer,
                                    struct base_error *err)
{
    struct broker_grant *g = r->grant;
    struct oauth_tokens *t = answer->tokens;
    int64_t now = broker_now(r->b);

    if (answer->extra->scopes) {
        char *scopes = base_mem_strdup(answer->extra->scopes);

        if (!scopes)
            return base_fail_memory(err);
        base_mem_free(g->scopes);
        g->scopes = scopes;
    }
    crypt_secret_free(g->previous_refresh_token);
    g->previous_refresh_token = NULL;
    if (t->refresh_token &&
        !crypt_secret_eq(g->refresh_token, crypt_secret_span(t->refresh_token))) {
        g->previous_refresh_token = g->refresh_token;
        g->refresh_token = t->refresh_token;
        t->refresh_token = NULL;
    }
    crypt_secret_free(g->access_token);
    g->access_token = t->access_token;
    t->access_token = NULL;
    g->obtained_at = now;
    g->expires_at =
        oauth_life_ends(now, answer->elapsed_ms, t->expires_in, BROKER_TOKEN_LIFE_DEFAULT_S);
    g->refreshes++;
    g->state = BROKER_GRANT_OK;
    g->state_since = now;
    remember_refusal(g, NULL);
    return BASE_OK;
}

static void on_answer(void *arg, const struct broker_exchange_answer *answer)
{
    struct broker_refresh *r = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status;

    r->exchange = NULL;
    if (answer->status) {
        on_refused(r, answer);
        return;
    }
    status = take_tokens(r, answer, &err);
    if (status)
        finish(r, status, &err);
    else
        store_new_tokens(r);
}

/* The server has forgotten the old refresh token if it rotates: a store that fails is tried again
 * before giving up. */
static void store_new_tokens(void *arg)
{
    struct broker_refresh *r = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = broker_grant_store(r->b, r->grant, &err);

    if (status == BASE_STORAGE && ++r->store_attempts < BROKER_STORE_ATTEMPTS) {
        broker_notice(r->b, "the new token could not be stored (%s); trying again", err.why);
        loop_timer_free(r->timer);
        r->timer = loop_timer_new(r->b->loop, store_new_tokens, r);
        if (r->timer) {
            loop_timer_start(r->timer, BROKER_STORE_RETRY_MS);
            return;
        }
    }
    if (status == BASE_STORAGE)
        base_error_doing(&err, "storing the new token of account %s", r->grant->account);
    finish(r, status, status ? &err : NULL);
}

/* ------------------------------------------------------------------ the start */

static void begin(void *arg)
{
    struct broker_refresh *r = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = broker_app_get(r->b, r->grant->app, &r->app, &err);

    if (!status)
        status = set_state(r, BROKER_GRANT_REFRESHING, NULL, &err);
    if (!status)
        status = post(r, &err);
    if (status)
        finish(r, status, &err);
}

static enum base_status fail_no_refresh_token(const struct broker_grant *g, struct base_error *err)
{
    base_fail(err, BASE_REAUTH, "refreshing the token",
              "account %s has no refresh token: the server gave none", g->account);
    base_error_hint(err, "hubauth login --app %s", g->app);
    return BASE_REAUTH;
}

enum base_status broker_refresh_start(struct broker *b, struct broker_grant *grant,
                                      broker_refresh_fn *fn, void *arg, struct broker_refresh **ret,
                                      struct base_error *err)
{
    struct broker_refresh *r;

    if (!grant->refresh_token)
        return fail_no_refresh_token(grant, err);
    r = base_mem_new(sizeof(*r));
    if (!r)
        return base_fail_memory(err);
    r->b = b;
    r->grant = grant;
    r->fn = fn;
    r->arg = arg;
    r->was_in_doubt = grant->state == BROKER_GRANT_REFRESHING;
    r->timer = loop_timer_new(b->loop, begin, r);
    if (!r->timer) {
        broker_refresh_cancel(r);
        return base_fail_memory(err);
    }
    loop_timer_start(r->timer, 0);
    *ret = r;
    return BASE_OK;
}
