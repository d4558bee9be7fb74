#include "broker_login.h"

#include "base_text.h"
#include "base_url.h"
#include "broker_clock.h"
#include "broker_exchange.h"
#include "broker_int.h"
#include "crypt_random.h"
#include "hubspot_scope.h"
#include "oauth_authorize.h"
#include "oauth_life.h"
#include "oauth_pkce.h"

struct broker_login {
    struct broker *b;
    struct broker_app app;
    char *redirect_url; /* one of the app's, byte for byte the same in request and exchange (A7) */
    struct base_buf url;
    struct base_buf state, verifier; /* sensitive */
    struct base_buf asked;           /* scopes, required and optional */
    int64_t begun_at;
    bool accepted; /* the state is used up (A3) */
    struct crypt_secret *code;
    struct broker_exchange *exchange;
    struct loop_timer *timer;
    struct broker_grant grant;
    broker_login_fn *fn;
    void *arg;
    unsigned store_attempts;
};

void broker_login_free(struct broker_login *l)
{
    if (!l)
        return;
    broker_exchange_cancel(l->exchange);
    loop_timer_free(l->timer);
    broker_grant_free(&l->grant);
    broker_app_free(&l->app);
    base_mem_free(l->redirect_url);
    base_buf_free(&l->url);
    base_buf_free(&l->state);
    base_buf_free(&l->verifier);
    base_buf_free(&l->asked);
    crypt_secret_free(l->code);
    base_mem_free(l);
}

const struct broker_app *broker_login_app(const struct broker_login *l)
{
    return &l->app;
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
        base_buf_status(&l->verifier))
        return base_fail_memory(err);
    request.endpoint = base_buf_str(&endpoint);
    request.state = base_buf_str(&l->state);
    request.code_challenge = base_buf_str(&challenge);
    return oauth_authorize_url(&request, &l->url, err);
}

static enum base_status begin(struct broker_login *l, const char *app_name, const char *portal,
                              const char *redirect_url, struct base_error *err)
{
    enum base_status status = broker_app_get(l->b, app_name, &l->app, err);

    if (status || (status = check_registered(l, redirect_url, err)))
        return status;
    l->redirect_url = base_mem_strdup(redirect_url);
    if (!l->redirect_url)
        return base_fail_memory(err);
    base_buf_printf(&l->asked, "%s%s%s", l->app.scope, l->app.optional_scope[0] ? " " : "",
                    l->app.optional_scope);
    if (base_buf_status(&l->asked))
        return base_fail_memory(err);
    make_random_text(&l->state);
    make_random_text(&l->verifier);
    return make_url(l, portal, err);
}

enum base_status broker_login_begin(struct broker *b, const char *app_name, const char *portal,
                                    const char *redirect_url, struct broker_login **ret,
                                    struct base_error *err)
{
    struct broker_login *l = base_mem_new(sizeof(*l));
    enum base_status status;

    if (!l)
        return base_fail_memory(err);
    l->b = b;
    l->begun_at = broker_now(b);
    base_buf_init(&l->url, 32768);
    base_buf_init(&l->asked, 65536);
    base_buf_init_sensitive(&l->state, 128);
    base_buf_init_sensitive(&l->verifier, 128);
    status = begin(l, app_name, portal, redirect_url, err);
    if (status) {
        broker_login_free(l);
        return status;
    }
    *ret = l;
    return BASE_OK;
}

/* ------------------------------------------------------------------ the answer from the browser */

static enum base_status accept_error(const struct oauth_callback *c, struct base_error *err)
{
    bool denied = strcmp(c->error, "access_denied") == 0;
    char error[64], description[512];

    base_text_printable_to(error, sizeof(error), base_span_of(c->error));
    base_text_printable_to(description, sizeof(description), base_span_of(c->error_description));
    if (denied) {
        base_fail(err, BASE_FORBIDDEN, "logging in",
                  "consent was denied: the account is not connected");
        base_error_hint(
            err, "hubauth login, and choose Connect; a HubSpot super admin may have to do it");
    } else {
        base_fail(err, BASE_FAILED, "logging in",
                  "the authorization page answered with the error %s", error);
    }
    base_error_lower(err, "%s%s%s", error, description[0] ? ": " : "", description);
    if (err)
        (void)base_text_copy(err->code, sizeof(err->code), base_span_of(error));
    return denied ? BASE_FORBIDDEN : BASE_FAILED;
}

static enum base_status accept_callback(struct broker_login *l, struct oauth_callback *c,
                                        struct base_error *err)
{
    if (l->accepted)
        return base_fail(err, BASE_INVALID, "logging in", "this login was answered already");
    if (broker_now(l->b) - l->begun_at > BROKER_LOGIN_LIFE_MS)
        return base_fail(err, BASE_CANCELLED, "logging in", "the login is older than 10 minutes");
    if (c->return_url &&
        !c->code) /* how HubSpot's marketplace begins: there is no state of ours yet */
        return base_fail(err, BASE_INVALID, "logging in",
                         "the installation was begun in HubSpot's marketplace; open the address "
                         "that hubauth shows instead");
    if (!c->state || !crypt_span_eq(base_span_of(c->state), base_buf_span(&l->state)))
        return base_fail(err, BASE_INVALID, "logging in",
                         "the answer's state is not that of this login");
    l->accepted = true;
    if (c->error)
        return accept_error(c, err);
    if (!c->code || !c->code[0])
        return base_fail(err, BASE_FAILED, "logging in",
                         "the answer has neither a code nor an error");
    l->code = crypt_secret_from(c->code, strlen(c->code));
    return l->code ? BASE_OK : base_fail_memory(err);
}

enum base_status broker_login_accept(struct broker_login *l, struct base_span query,
                                     struct base_error *err)
{
    struct oauth_callback c = {0};
    enum base_status status = oauth_callback_parse(query, &c, err);

    if (status)
        return status == BASE_NO_MEMORY
                   ? status
                   : base_fail(err, BASE_INVALID, "logging in", "the answer is malformed");
    status = accept_callback(l, &c, err);
    oauth_callback_free(&c);
    return status;
}

enum base_status broker_login_accept_url(struct broker_login *l, struct base_span url,
                                         struct base_error *err)
{
    struct base_span rest = base_span_trim(url);
    struct base_span before = base_span_cut(&rest, '?');

    if (!base_span_is(before, l->redirect_url) || !rest.p) {
        base_fail(err, BASE_INVALID, "logging in", "this is not the redirect URL with an answer");
        base_error_hint(err, "paste the whole address, which begins with %s?", l->redirect_url);
        return BASE_INVALID;
    }
    /* Browsers keep a fragment in the address bar; it is never read (A11). */
    return broker_login_accept(l, base_span_cut(&rest, '#'), err);
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
    struct base_buf name;
    int64_t now = broker_now(l->b);

    g->hub_id = a->extra->hub_id;
    g->app = base_mem_strdup(l->app.name);
    g->account = account_name(l, g->hub_id);
    /* RFC 6749 section 5.1: no scope in the answer means what was asked for. */
    g->scopes = base_mem_strdup(a->extra->scopes   ? a->extra->scopes
                                : a->tokens->scope ? a->tokens->scope
                                                   : base_buf_str(&l->asked));
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
    broker_clock_note(l->b, g);
    g->state = BROKER_GRANT_OK;
    g->access_token = a->tokens->access_token;
    g->refresh_token = a->tokens->refresh_token;
    a->tokens->access_token = a->tokens->refresh_token = NULL;
    return BASE_OK;
}

static bool read_generation(void *arg, const char *name, uint64_t generation,
                            struct base_span plain)
{
    struct broker_grant *ours = arg;

    (void)plain; /* what is there may be beyond reading: it is replaced */
    if (strcmp(name, ours->name) != 0)
        return true;
    ours->generation = generation;
    return false;
}

/* A new login of a connected account replaces what is there, dead or alive. A refresh that runs
 * meanwhile fails by its generation. A failure is tried again: the code is used up. */
static void store_grant(void *arg)
{
    struct broker_login *l = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status;

    l->grant.generation = 0;
    status = vault_list(l->b->vault, VAULT_GRANT, read_generation, &l->grant, &err);
    if (!status)
        status = broker_grant_store(l->b, &l->grant, &err);
    if (status && ++l->store_attempts < BROKER_STORE_ATTEMPTS) {
        loop_timer_start(l->timer,
                         status == BASE_CONFLICT ? BROKER_LEASE_POLL_MS : BROKER_STORE_RETRY_MS);
        return;
    }
    base_error_doing(&err, "storing account %s", l->grant.account);
    answer(l, status, status ? &err : NULL);
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
    status = broker_exchange_token(l->b, &l->app, &body, "exchanging the code for tokens", true,
                                   on_answer, l, &l->exchange, err);
    base_buf_free(&body);
    crypt_secret_free(l->code); /* single use: never sent twice */
    l->code = NULL;
    return status;
}
