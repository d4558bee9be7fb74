#include "broker_login_int.h"

#include "broker_clock.h"
#include "broker_exchange.h"
#include "broker_private.h"
#include "crypt_random.h"
#include "hubspot_scope.h"
#include "oauth_authorize.h"
#include "oauth_id_token.h"
#include "oauth_life.h"
#include "oauth_pkce.h"

void broker_login_free(struct broker_login *l)
{
    if (!l)
        return;
    broker_exchange_cancel(l->exchange);
    loop_timer_free(l->timer);
    broker_grant_free(&l->grant);
    broker_app_free(&l->app);
    base_mem_free(l->redirect_url);
    base_buf_free(&l->issuer);
    base_buf_free(&l->url);
    base_buf_free(&l->state);
    base_buf_free(&l->verifier);
    base_buf_free(&l->nonce);
    base_buf_free(&l->asked);
    crypt_secret_free(l->code);
    base_mem_free(l);
}

const struct broker_app *broker_login_app(const struct broker_login *l)
{
    return &l->app;
}

bool broker_login_is_answered(const struct broker_login *l)
{
    return l->accepted;
}

const char *broker_login_url(const struct broker_login *l)
{
    return base_buf_str(&l->url);
}

/* ------------------------------------------------------------------ begin */

static enum base_status check_registered(const struct broker_login *l, const char *redirect_url,
                                         struct base_error *err)
{
    for (size_t i = 0; i < l->app.redirect_count; i++) {
        if (strcmp(l->app.redirect_urls[i], redirect_url) == 0)
            return BASE_OK;
    }
    return base_fail(err, BASE_USAGE, "logging in", "%s is not among the redirect URLs of app %s",
                     redirect_url, l->app.name);
}

static void make_random_text(struct base_buf *out)
{
    unsigned char random[OAUTH_RANDOM_BYTES];

    crypt_random(random, sizeof(random));
    oauth_pkce_verifier(random, out);
    crypt_wipe(random, sizeof(random));
}

static enum base_status make_url(struct broker_login *l, const char *portal, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf endpoint = {0};
    BASE_CLEANUP(base_buf_free) struct base_buf challenge = {0};
    struct oauth_authorize request = {
        .client_id = l->app.client_id,
        .redirect_uri = l->redirect_url,
        .scope = l->app.scope,
        .optional_scope = l->app.optional_scope,
    };

    base_buf_init(&endpoint, 16384);
    base_buf_init(&challenge, 128);
    if (l->app.authorize_url[0])
        base_buf_add_str(&endpoint, l->app.authorize_url);
    else
        hubspot_authorize_endpoint(&endpoint, l->app.app_url, portal);
    oauth_pkce_challenge(base_buf_span(&l->verifier), &challenge);
    if (base_buf_status(&endpoint) || base_buf_status(&challenge) || base_buf_status(&l->state) ||
        base_buf_status(&l->verifier) || base_buf_status(&l->nonce))
        return base_fail_memory(err);
    request.endpoint = base_buf_str(&endpoint);
    request.state = base_buf_str(&l->state);
    request.code_challenge = base_buf_str(&challenge);
    request.nonce = base_buf_str(&l->nonce);
    return oauth_authorize_url(&request, &l->url, err);
}

enum base_status broker_login_portal(const char *text, int64_t *ret, struct base_error *err)
{
    return base_span_int64(base_span_of(text), ret) && *ret > 0
               ? BASE_OK
               : base_fail(err, BASE_USAGE, "logging in",
                           "\"%s\" is not a HubSpot account's number, such as 1234567", text);
}

static enum base_status take_portal(struct broker_login *l, const char *portal,
                                    struct base_error *err)
{
    if (!portal && !l->install)
        return BASE_OK;
    if (!portal)
        return base_fail(err, BASE_USAGE, "logging in",
                         "an installation needs the number of the account that it is for");
    return broker_login_portal(portal, &l->portal, err);
}

static bool asks_openid(const struct broker_login *l)
{
    return hubspot_scope_has(base_buf_span(&l->asked), BASE_SPAN("openid"));
}

static enum base_status begin(struct broker_login *l, const char *app_name, const char *portal,
                              const char *redirect_url, struct base_error *err)
{
    enum base_status status = broker_app_get(l->b, app_name, &l->app, err);

    if (status || (status = broker_private_refuse(&l->app, "logging in", err)) ||
        (status = check_registered(l, redirect_url, err)) || (status = take_portal(l, portal, err)))
        return status;
    l->redirect_url = base_mem_strdup(redirect_url);
    if (!l->redirect_url)
        return base_fail_memory(err);
    base_buf_printf(&l->asked, "%s%s%s", l->app.scope, l->app.optional_scope[0] ? " " : "",
                    l->app.optional_scope);
    broker_app_issuer(&l->app, &l->issuer);
    make_random_text(&l->state);
    if (base_buf_status(&l->asked) || base_buf_status(&l->issuer) || base_buf_status(&l->state))
        return base_fail_memory(err);
    if (l->install)
        return BASE_OK;
    make_random_text(&l->verifier);
    if (asks_openid(l))
        make_random_text(&l->nonce);
    return make_url(l, portal, err);
}

static enum base_status begin_new(struct broker *b, bool install, const char *app_name,
                                  const char *portal, const char *redirect_url,
                                  struct broker_login **ret, struct base_error *err)
{
    struct broker_login *l = base_mem_new(sizeof(*l));
    enum base_status status;

    if (!l)
        return base_fail_memory(err);
    l->b = b;
    l->install = install;
    l->begun_at = broker_now(b);
    base_buf_init(&l->issuer, 16384);
    base_buf_init(&l->url, 32768);
    base_buf_init(&l->asked, 65536);
    base_buf_init_sensitive(&l->state, 128);
    base_buf_init_sensitive(&l->verifier, 128);
    base_buf_init_sensitive(&l->nonce, 128);
    status = begin(l, app_name, portal, redirect_url, err);
    if (status) {
        broker_login_free(l);
        return status;
    }
    *ret = l;
    return BASE_OK;
}

enum base_status broker_login_begin(struct broker *b, const char *app_name, const char *portal,
                                    const char *redirect_url, struct broker_login **ret,
                                    struct base_error *err)
{
    return begin_new(b, false, app_name, portal, redirect_url, ret, err);
}

enum base_status broker_login_begin_install(struct broker *b, const char *app_name,
                                            const char *portal, const char *redirect_url,
                                            struct broker_login **ret, struct base_error *err)
{
    return begin_new(b, true, app_name, portal, redirect_url, ret, err);
}

/* ------------------------------------------------------------------ finish */

static void answer(struct broker_login *l, enum base_status status, const struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf missing = {0};

    base_buf_init(&missing, 65536);
    if (!status)
        hubspot_scope_minus(base_buf_span(&l->asked), base_span_of(l->grant.scopes), &missing);
    l->fn(l->arg, status, status ? NULL : &l->grant, base_buf_str(&missing), err);
}

static char *account_name(const struct broker_login *l, int64_t hub_id)
{
    struct base_buf text;

    if (hub_id <= 0) /* not HubSpot: the app stands for its one account */
        return base_mem_strdup(l->app.name);
    base_buf_init(&text, 32);
    base_buf_add_int(&text, hub_id);
    return base_buf_steal(&text);
}

static enum base_status fill_grant(struct broker_login *l, const struct broker_exchange_answer *a,
                                   struct base_error *err)
{
    struct broker_grant *g = &l->grant;
    const char *granted = broker_exchange_scopes(a);
    struct base_buf name;
    int64_t now = broker_now(l->b);
    char boot[BROKER_BOOT_SIZE];

    g->hub_id = a->extra->hub_id;
    g->app = base_mem_strdup(l->app.name);
    g->account = account_name(l, g->hub_id);
    g->scopes = base_mem_strdup(granted ? granted : base_buf_str(&l->asked));
    g->asked = base_mem_strdup(base_buf_str(&l->asked));
    g->last_code = base_mem_strdup("");
    g->last_message = base_mem_strdup("");
    g->last_correlation = base_mem_strdup("");
    base_buf_init(&name, 256);
    base_buf_printf(&name, "%s/%s", g->app ? g->app : "", g->account ? g->account : "");
    g->name = base_buf_steal(&name);
    if (!g->app || !g->account || !g->scopes || !g->asked || !g->last_code || !g->last_message ||
        !g->last_correlation || !g->name)
        return base_fail_memory(err);
    g->connected_at = g->obtained_at = g->state_since = now;
    g->expires_at =
        oauth_life_ends(now, a->elapsed_ms, a->tokens->expires_in, BROKER_TOKEN_LIFE_DEFAULT_S);
    broker_clock_boot(boot);
    broker_clock_note(l->b, g, boot);
    g->state = BROKER_GRANT_OK;
    g->access_token = a->tokens->access_token;
    g->refresh_token = a->tokens->refresh_token;
    a->tokens->access_token = a->tokens->refresh_token = NULL;
    return BASE_OK;
}

/* A new login of a connected account replaces what is there, dead or alive. A refresh that runs
 * meanwhile fails by its generation. A failure is tried again: the code is used up. */
static void store_grant(void *arg)
{
    struct broker_login *l = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = broker_grant_replace(l->b, &l->grant, &err);

    if (status && ++l->store_attempts < BROKER_STORE_ATTEMPTS) {
        loop_timer_start(l->timer,
                         status == BASE_CONFLICT ? BROKER_LEASE_POLL_MS : BROKER_STORE_RETRY_MS);
        return;
    }
    base_error_doing(&err, "storing account %s", l->grant.account);
    answer(l, status, status ? &err : NULL);
}

/* The tokens are those of a grant that somebody else made when their ID token belongs to another
 * login (A14); then they are dropped. */
static enum base_status check_id_token(const struct broker_login *l,
                                       const struct broker_exchange_answer *a,
                                       struct base_error *err)
{
    const struct oauth_id_token_expect expect = {
        .issuer = base_buf_str(&l->issuer),
        .client_id = l->app.client_id,
        .nonce = base_buf_span(&l->nonce),
        .now_ms = broker_now(l->b),
    };
    const char *granted = broker_exchange_scopes(a);
    enum base_status status;

    if (!asks_openid(l) ||
        (granted && !hubspot_scope_has(base_span_of(granted), BASE_SPAN("openid"))))
        return BASE_OK;
    if (!a->tokens->id_token) {
        base_fail(err, BASE_FAILED, "logging in",
                  "openid was asked for, and the server's answer has no ID token");
        base_error_hint(err, "add the app without the scope openid");
        return BASE_FAILED;
    }
    status = oauth_id_token_check(crypt_secret_span(a->tokens->id_token), &expect, err);
    return status == BASE_INVALID ? base_error_as(err, BASE_FAILED) : status;
}

/* Somebody may have chosen another account than was meant, or have brought a code of his own. */
static enum base_status check_account(const struct broker_login *l,
                                      const struct broker_exchange_answer *a,
                                      struct base_error *err)
{
    int64_t id = a->extra->hub_id;

    if (l->portal == 0 || id == l->portal || (id == 0 && !l->install))
        return BASE_OK;
    base_fail(err, BASE_FAILED, "logging in",
              "account %lld was asked for and account %lld connected; its tokens were dropped",
              (long long)l->portal, (long long)id);
    base_error_hint(err, "hubauth login --app %s --portal %lld, if that is the one you want",
                    l->app.name, (long long)id);
    return BASE_FAILED;
}

static void on_answer(void *arg, const struct broker_exchange_answer *a)
{
    struct broker_login *l = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status;

    l->exchange = NULL;
    if (a->status) {
        answer(l, a->status, a->err);
        return;
    }
    if (!(status = check_account(l, a, &err)) && !(status = check_id_token(l, a, &err)))
        status = fill_grant(l, a, &err);
    if (status)
        answer(l, status, &err);
    else
        store_grant(l);
}

enum base_status broker_login_finish(struct broker_login *l, broker_login_fn *fn, void *arg,
                                     struct base_error *err)
{
    struct oauth_client client = broker_app_client(&l->app);
    /* A code does not outlive a long pause. */
    const struct broker_exchange_wish wish = {
        .app = &l->app,
        .doing = "exchanging the code for tokens",
        .patience = {.ms = BROKER_TURN_WAIT_MS, .insists = true},
        .fn = on_answer,
        .arg = l,
    };
    struct base_buf body;
    enum base_status status;

    if (!l->code)
        return base_fail(err, BASE_FAILED, "logging in", "there is no code to exchange");
    l->fn = fn;
    l->arg = arg;
    l->timer = loop_timer_new(l->b->loop, store_grant, l);
    if (!l->timer)
        return base_fail_memory(err);
    base_buf_init_sensitive(&body, OAUTH_TOKEN_MAX_BYTES * 4);
    oauth_token_code_body(&body, &client, crypt_secret_span(l->code), l->redirect_url,
                          base_buf_span(&l->verifier));
    status = broker_exchange_token(l->b, &wish, &body, &l->exchange, err);
    base_buf_free(&body);
    crypt_secret_free(l->code); /* single use: never sent twice */
    l->code = NULL;
    return status;
}
