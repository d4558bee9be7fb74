#include "broker_refresh.h"

#include "base_time.h"
#include "broker_app_level.h"
#include "broker_clock.h"
#include "broker_exchange.h"
#include "broker_int.h"
#include "broker_private.h"
#include "crypt_random.h"
#include "hubspot_retry.h"
#include "hubspot_token.h"
#include "oauth_life.h"

#include <limits.h>

/* Tokens that the server gave and the vault did not take: the server may have forgotten the old
 * refresh token, so they stay in memory and are stored when that becomes possible (T2). */
struct broker_unsaved {
    struct broker_unsaved *next;
    struct broker_grant grant;
    bool noted; /* beside the lease: whoever has that next will store them */
};

struct broker_refresh {
    struct broker *b;
    struct vault_lease *lease;  /* the caller's */
    struct broker_grant *grant; /* the caller's */
    struct broker_app app;
    struct broker_patience patience; /* from `started` on */
    int64_t started;                 /* loop time */
    broker_refresh_fn *fn;
    void *arg;
    struct broker_exchange *exchange;
    struct loop_timer *timer;
    void (*step)(struct broker_refresh *r); /* what the timer is for */
    unsigned store_attempts;
    char boot[BROKER_BOOT_SIZE]; /* read ahead: after the answer nothing is done that can wait */
    struct crypt_nonce nonce;    /* likewise, of the note's seal */
    int64_t sent_at;             /* base_time_monotonic() */
    bool left;                   /* the turn came, and that we refresh is written ahead */
    bool with_previous;          /* the refresh token before the newest is being tried */
    bool was_in_doubt;           /* an earlier refresh's outcome was never learnt */
    bool has_new_tokens;         /* in *grant, and not stored yet */
    bool noted;                  /* ...but in a note beside the lease */
    struct crypt_secret *replaced[2]; /* by these; freed after the note: it can be a system call */
    struct broker_unsaved *room;      /* for them, made while there is nothing to lose */
};

/* Leaves *r->grant empty. */
static void keep_unsaved(struct broker_refresh *r)
{
    r->room->grant = *r->grant;
    r->room->noted = r->noted;
    *r->grant = (struct broker_grant){0};
    r->room->next = r->b->unsaved;
    r->b->unsaved = r->room;
    r->room = NULL;
    r->has_new_tokens = false;
}

void broker_refresh_cancel(struct broker_refresh *r)
{
    if (!r)
        return;
    if (r->has_new_tokens)
        keep_unsaved(r);
    broker_exchange_cancel(r->exchange);
    loop_timer_free(r->timer);
    crypt_secret_free(r->replaced[0]);
    crypt_secret_free(r->replaced[1]);
    broker_app_free(&r->app);
    base_mem_free(r->room);
    base_mem_free(r);
}

static void finish(struct broker_refresh *r, enum base_status status, const struct base_error *err)
{
    r->fn(r->arg, status, err);
    broker_refresh_cancel(r);
}

static void on_time(void *arg)
{
    struct broker_refresh *r = arg;

    r->step(r);
}

static void do_later(struct broker_refresh *r, void (*step)(struct broker_refresh *r), int64_t ms)
{
    r->step = step;
    loop_timer_start(r->timer, ms);
}

/* The provider's words, else ours, are kept for `status` and for those who may not ask meanwhile.
 */
static void remember(struct broker_grant *g, const char *code, const char *message,
                     const char *correlation)
{
    char *copies[] = {base_mem_strdup(code), base_mem_strdup(message),
                      base_mem_strdup(correlation)};
    char **places[] = {&g->last_code, &g->last_message, &g->last_correlation};

    for (size_t i = 0; i < 3; i++) {
        if (!copies[i]) /* the word is lost, the state is not */
            continue;
        base_mem_free(*places[i]);
        *places[i] = copies[i];
    }
}

static enum base_status set_state(struct broker_refresh *r, enum broker_grant_state state,
                                  struct base_error *err)
{
    r->grant->state = state;
    r->grant->state_since = broker_now(r->b);
    return broker_grant_store(r->b, r->grant, err);
}

/* ------------------------------------------------------------------ no new tokens */

/* An app's own token is asked for with the client's secret. There is no refresh token that the
 * server could have rotated: an answer that is lost costs nothing and leaves no doubt, nothing has
 * to be written ahead or noted, and no refusal makes a grant dead. */
static bool is_app_level(const struct broker_refresh *r)
{
    return broker_grant_is_app_level(r->grant);
}

/* Whether the server may have rotated the refresh token without our learning the new one (C6): no
 * answer to a request that may have arrived, one that cannot be read, or a gateway's word. A 503
 * says that nothing was done. */
static bool outcome_unknown(const struct broker_refresh *r,
                            const struct broker_exchange_answer *answer)
{
    const struct hubspot_refusal *refusal = answer->refusal;

    if (is_app_level(r))
        return false;
    if (!refusal)
        return answer->progress == HTTP_MAYBE_ACTED;
    return refusal->verdict == HUBSPOT_TRANSIENT && refusal->http_status != 503 &&
           (refusal->http_status == 200 || refusal->http_status >= 500);
}

/* Nobody asks again before this many ms have passed; 0: asking again later is no remedy. All
 * processes obey it, since it stands in the record (C8). An answer that may have been lost is asked
 * for again like any other: a server that did not rotate, or still takes the old refresh token,
 * gives a new one, and the sooner it is asked the more likely that is. */
static int64_t back_off(const struct broker_grant *g, const struct broker_exchange_answer *answer)
{
    const struct hubspot_refusal *refusal = answer->refusal;
    const struct hubspot_retry rule = {
        .attempts = (unsigned)(g->failures < 100 ? g->failures + 1 : 100),
        .max_attempts = UINT_MAX,
        .idempotent = true,
    };
    uint32_t random;
    int64_t wait;

    if (answer->status != BASE_UNAVAILABLE)
        return 0;
    crypt_random(&random, sizeof(random));
    wait = hubspot_retry_wait(&rule, refusal, random);
    if (wait < 0 && refusal && refusal->retry_after_ms > 0)
        wait = refusal->retry_after_ms;
    return wait < 0 ? 0 : wait > 0 ? wait : 1;
}

/* Writes down how it stands. A doubt from before is settled only by new tokens or a dead grant. */
static void settle(struct broker_refresh *r, enum broker_grant_state state,
                   const struct broker_exchange_answer *answer)
{
    struct broker_grant *g = r->grant;
    struct base_error err = *answer->err, store_err = BASE_ERROR_NONE;
    int64_t wait = back_off(g, answer);
    enum base_status stored;

    if (state == BROKER_GRANT_OK && r->was_in_doubt)
        state = BROKER_GRANT_REFRESHING;
    remember(g, err.code, err.lower[0] ? err.lower : err.why, err.correlation);
    g->failures += wait > 0;
    g->not_before = wait > 0 ? broker_now(r->b) + wait : 0;
    stored = set_state(r, state, &store_err);
    if (stored == BASE_CONFLICT) {
        finish(r, BASE_CONFLICT, &store_err);
        return;
    }
    if (stored) /* worth saying, but the refusal is what the user must act on */
        broker_notice(r->b, "the state of account %s could not be written: %s", g->account,
                      store_err.why);
    finish(r, answer->status, &err);
}

/* Until the turn has come nothing was written ahead, and nothing needs settling. */
static void settle_unsent(struct broker_refresh *r, enum base_status status,
                          const struct base_error *err)
{
    const struct broker_exchange_answer unsent = {
        .status = status, .progress = HTTP_NOT_SENT, .err = err};

    if (r->left)
        settle(r, BROKER_GRANT_OK, &unsent);
    else
        finish(r, status, err);
}

static void on_dead(struct broker_refresh *r, const struct broker_exchange_answer *answer)
{
    struct base_error err = *answer->err;
    struct broker_exchange_answer dead = *answer;
    size_t n = strlen(err.why);

    if (r->was_in_doubt)
        (void)snprintf(err.why + n, sizeof(err.why) - n,
                       "; or the answer to an earlier refresh was lost, and a new refresh token "
                       "with it");
    base_error_hint(&err, "hubauth login --app %s", r->grant->app);
    dead.err = &err;
    settle(r, BROKER_GRANT_DEAD, &dead);
}

static void send(struct broker_refresh *r);

/* docs/refresh.md has the whole table. */
static void on_refused(struct broker_refresh *r, const struct broker_exchange_answer *answer)
{
    if (answer->refusal && answer->refusal->verdict == HUBSPOT_GRANT_DEAD) {
        /* The newest refresh token is dead, and never served. A server that forgot that it had
         * issued it still knows the one before; for any other there is nothing left to lose. */
        if (r->grant->previous_refresh_token && !r->with_previous) {
            r->with_previous = true;
            broker_notice(r->b,
                          "the newest refresh token of account %s was refused (%s); trying "
                          "the one before",
                          r->grant->account, answer->refusal->code);
            send(r);
            return;
        }
        on_dead(r, answer);
        return;
    }
    settle(r, outcome_unknown(r, answer) ? BROKER_GRANT_REFRESHING : BROKER_GRANT_OK, answer);
}

/* ------------------------------------------------------------------ new tokens */

/* The refresh token that served stays as the previous one until its successor has served. Without
 * a new one in the answer it is its own successor (C5). */
static void take_refresh_token(struct broker_refresh *r, struct crypt_secret **new)
{
    struct broker_grant *g = r->grant;
    struct crypt_secret *served = r->with_previous ? g->previous_refresh_token : g->refresh_token;

    r->replaced[0] = r->with_previous ? g->refresh_token : g->previous_refresh_token;
    g->refresh_token = served;
    g->previous_refresh_token = NULL;
    if (*new && !crypt_secret_eq(served, crypt_secret_span(*new))) {
        g->previous_refresh_token = served;
        g->refresh_token = *new;
        *new = NULL;
    }
}

/* Takes the secrets out of the answer. Nothing here can fail: they exist nowhere else. */
static void take_tokens(struct broker_refresh *r, const struct broker_exchange_answer *answer)
{
    struct broker_grant *g = r->grant;
    struct oauth_tokens *t = answer->tokens;
    int64_t now = broker_now(r->b);
    int64_t took = base_time_monotonic() - r->sent_at; /* goes on while the machine sleeps */
    const char *granted = broker_exchange_scopes(answer);
    char *scopes = granted ? base_mem_strdup(granted) : NULL;

    if (scopes) { /* without memory the old list stays */
        base_mem_free(g->scopes);
        g->scopes = scopes;
    }
    if (!is_app_level(r)) /* which would be given one against RFC 6749 section 4.4.3 */
        take_refresh_token(r, &t->refresh_token);
    r->replaced[1] = g->access_token;
    g->access_token = t->access_token;
    t->access_token = NULL;
    g->obtained_at = now;
    g->expires_at = oauth_life_ends(now, took, t->expires_in, BROKER_TOKEN_LIFE_DEFAULT_S);
    broker_clock_note(r->b, g, r->boot);
    g->refreshes++;
    g->state = BROKER_GRANT_OK;
    g->state_since = now;
    g->failures = g->not_before = 0;
    remember(g, "", "", "");
    r->has_new_tokens = true;
}

/* A store that fails is tried again before giving up. */
static void store_new_tokens(struct broker_refresh *r)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = broker_grant_store(r->b, r->grant, &err);

    if (!status || status == BASE_CONFLICT) { /* a newer login, or a logout, counts for more */
        if (r->noted)
            vault_lease_forget(r->b->vault, r->lease);
        r->has_new_tokens = false;
        finish(r, status, status ? &err : NULL);
        return;
    }
    if (++r->store_attempts < BROKER_STORE_ATTEMPTS) {
        broker_notice(r->b, "the new token could not be stored (%s); trying again", err.why);
        do_later(r, store_new_tokens, BROKER_STORE_RETRY_MS << (r->store_attempts - 1));
        return;
    }
    base_error_doing(&err, "storing the new token of account %s", r->grant->account);
    keep_unsaved(r);
    finish(r, status, &err);
}

/* A refresh token that was replaced may be known to nobody but this process. To store it takes tens
 * of system calls, and several writes to the disk one after the other. The note takes none, and so
 * this process can die before any of its calls and lose nothing; that a power cut loses nothing
 * takes one. What the note cannot do the store will. */
static void on_tokens(void *arg, const struct broker_exchange_answer *answer)
{
    struct broker_refresh *r = arg;

    take_tokens(r, answer);
    r->noted = r->grant->previous_refresh_token != NULL &&
               broker_grant_note(r->b, r->lease, r->grant, &r->nonce, NULL) == BASE_OK;
    if (r->noted)
        (void)vault_lease_sync(r->b->vault, r->lease, NULL);
}

static void on_answer(void *arg, const struct broker_exchange_answer *answer)
{
    struct broker_refresh *r = arg;

    r->exchange = NULL;
    if (!r->left) {
        settle_unsent(r, answer->status, answer->err);
        return;
    }
    if (answer->status) {
        on_refused(r, answer);
        return;
    }
    if (is_app_level(r)) /* of a refresh they came before, to on_tokens() */
        take_tokens(r, answer);
    store_new_tokens(r);
}

/* The unsaved tokens of an account, or of any (NULL); taken out of the list. */
static struct broker_unsaved *take_unsaved(struct broker *b, const char *name)
{
    for (struct broker_unsaved **link = &b->unsaved; *link; link = &(*link)->next) {
        struct broker_unsaved *u = *link;

        if (!name || strcmp(u->grant.name, name) == 0) {
            *link = u->next;
            return u;
        }
    }
    return NULL;
}

enum base_status broker_refresh_save(struct broker *b, const char *name, struct base_error *err)
{
    struct broker_unsaved *u = take_unsaved(b, name);
    enum base_status status;

    if (!u)
        return BASE_OK;
    status = broker_grant_store(b, &u->grant, err);
    if (status && status != BASE_CONFLICT) {
        base_error_doing(err, "storing the new token of account %s", u->grant.account);
        u->next = b->unsaved;
        b->unsaved = u;
        return status;
    }
    broker_grant_free(&u->grant);
    base_mem_free(u);
    return BASE_OK;
}

void broker_refresh_save_last(struct broker *b)
{
    struct broker_unsaved *u;

    while ((u = take_unsaved(b, NULL))) {
        struct base_error err = BASE_ERROR_NONE;

        if (broker_grant_store(b, &u->grant, &err) && !broker_grant_forget_gone(b, u->grant.name))
            broker_notice(b,
                          u->noted ? "the new token of account %s could not be stored (%s); it is "
                                     "noted, and the next command stores it"
                                   : "the new token of account %s is lost: it could not be stored "
                                     "(%s)",
                          u->grant.name, err.why);
        broker_grant_free(&u->grant);
        base_mem_free(u);
    }
}

/* ------------------------------------------------------------------ the start */

/* Who refreshes with the refresh token before the newest has written ahead already. */
static enum base_status write_ahead(struct broker_refresh *r, struct base_error *err)
{
    enum base_status status;

    if (is_app_level(r) || r->left)
        return BASE_OK;
    status = vault_lease_ready(r->b->vault, r->lease, &r->nonce, err);
    return status ? status : set_state(r, BROKER_GRANT_REFRESHING, err);
}

/* The turn has come. It is waited for before anything is written ahead: whoever dies in the queue
 * leaves no doubt. */
static enum base_status on_leaving(void *arg, struct base_error *err)
{
    struct broker_refresh *r = arg;
    enum base_status status = write_ahead(r, err);

    r->left = r->left || !status;
    r->sent_at = base_time_monotonic();
    return status;
}

static enum base_status post(struct broker_refresh *r, struct base_error *err)
{
    const struct broker_grant *g = r->grant;
    struct oauth_client client = broker_app_client(&r->app);
    int64_t waited = loop_now(r->b->loop) - r->started;
    const struct broker_exchange_wish wish = {
        .app = &r->app,
        .doing = is_app_level(r) ? BROKER_EXCHANGE_APP_TOKEN : "refreshing the token",
        .patience = {.ms = r->patience.ms - waited, .insists = r->patience.insists},
        .leaving = on_leaving,
        .came = is_app_level(r) ? NULL : on_tokens,
        .fn = on_answer,
        .arg = r,
    };
    BASE_CLEANUP(base_buf_free) struct base_buf body = {0};

    if (is_app_level(r))
        return broker_exchange_app_token(r->b, &wish, g->asked, &r->exchange, err);
    base_buf_init_sensitive(&body, OAUTH_TOKEN_MAX_BYTES * 4);
    oauth_token_refresh_body(&body, &client,
                             r->with_previous ? g->previous_refresh_token : g->refresh_token);
    return broker_exchange_token(r->b, &wish, &body, &r->exchange, err);
}

static void send(struct broker_refresh *r)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = post(r, &err);

    if (status)
        settle_unsent(r, status, &err);
}

static void begin(struct broker_refresh *r)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = broker_app_get(r->b, r->grant->app, &r->app, &err);

    broker_clock_boot(r->boot);
    if (status)
        finish(r, status, &err);
    else
        send(r);
}

static enum base_status fail_no_refresh_token(const struct broker_grant *g, struct base_error *err)
{
    if (broker_grant_is_private(g)) {
        base_fail(err, BASE_REAUTH, "refreshing the token",
                  "account %s has a private app's token, which is rotated in HubSpot alone",
                  g->account);
        base_error_hint(err,
                        "hubauth accounts add --private-app-token-file FILE, with the new one");
        return BASE_REAUTH;
    }
    base_fail(err, BASE_REAUTH, "refreshing the token",
              "account %s has no refresh token: the server gave none", g->account);
    base_error_hint(err, "hubauth login --app %s", g->app);
    return BASE_REAUTH;
}

enum base_status broker_refresh_start(struct broker *b, struct vault_lease *lease,
                                      struct broker_grant *grant, struct broker_patience patience,
                                      broker_refresh_fn *fn, void *arg, struct broker_refresh **ret,
                                      struct base_error *err)
{
    struct broker_refresh *r;

    if (!grant->refresh_token && !broker_grant_is_app_level(grant))
        return fail_no_refresh_token(grant, err);
    r = base_mem_new(sizeof(*r));
    if (!r)
        return base_fail_memory(err);
    r->b = b;
    r->lease = lease;
    r->grant = grant;
    r->patience = patience;
    r->started = loop_now(b->loop);
    r->fn = fn;
    r->arg = arg;
    r->was_in_doubt = grant->state == BROKER_GRANT_REFRESHING;
    r->timer = loop_timer_new(b->loop, on_time, r);
    r->room = base_mem_new(sizeof(*r->room));
    if (!r->timer || !r->room) {
        broker_refresh_cancel(r);
        return base_fail_memory(err);
    }
    do_later(r, begin, 0);
    *ret = r;
    return BASE_OK;
}
