#include "broker_private.h"

#include "broker_int.h"
#include "broker_present.h"
#include "hubspot_token.h"

#define DOING "adding a private app's account"

struct broker_private {
    broker_private_fn *fn;
    void *arg;
    struct broker_present
        present; /* its app: the record, or just the address where there is none */
    struct crypt_secret *token;
    char *app_name, *api_url;
};

bool broker_app_is_private(const struct broker_app *app)
{
    return app->client_id && strcmp(app->client_id, BROKER_PRIVATE_CLIENT) == 0;
}

bool broker_grant_is_private(const struct broker_grant *g)
{
    return g->kind == BROKER_KIND_PRIVATE;
}

enum base_status broker_private_refuse(const struct broker_app *app, const char *doing,
                                       struct base_error *err)
{
    if (!broker_app_is_private(app))
        return BASE_OK;
    base_fail(err, BASE_USAGE, doing, "%s stands for a private app, which has a token and no OAuth",
              app->name);
    base_error_hint(err, "hubauth accounts add --private-app-token-file FILE");
    return BASE_USAGE;
}

enum base_status broker_private_check(const struct crypt_secret *token, const char *doing,
                                      struct base_error *err)
{
    if (oauth_token_is_one(crypt_secret_span(token)))
        return BASE_OK;
    return base_fail(err, BASE_USAGE, doing, "the token holds characters that no token has");
}

bool broker_private_is_unknown(const struct http_response *r)
{
    struct hubspot_refusal refusal;

    hubspot_refusal_of_api(r->status, base_buf_span(&r->body), BASE_SPAN_NONE, 0, &refusal);
    if (r->status == 404)
        return strcmp(refusal.code, "OBJECT_NOT_FOUND") == 0;
    return (r->status == 400 || r->status == 401) && !refusal.not_json;
}

void broker_private_cancel(struct broker_private *p)
{
    if (!p)
        return;
    broker_present_done(&p->present);
    crypt_secret_free(p->token);
    base_mem_free(p->app_name);
    base_mem_free(p->api_url);
    base_mem_free(p);
}

/* ------------------------------------------------------------------ records */

static char *text(const char *borrowed)
{
    return (char *)(uintptr_t)borrowed;
}

static enum base_status make_app(struct broker_private *p, struct base_error *err)
{
    struct broker_app app = {
        .name = p->app_name,
        .client_id = text(BROKER_PRIVATE_CLIENT),
        /* An app has one; nobody logs in here. */
        .redirect_urls = {text(BROKER_APP_USUAL_REDIRECT)},
        .redirect_count = 1,
        .scope = text("oauth"),
        .optional_scope = text(""),
        .api_version = text(HUBSPOT_DEFAULT_VERSION),
        .api_url = p->api_url,
        .app_url = text(HUBSPOT_APP_URL),
        .authorize_url = text(""),
        .token_url = text(""),
        .issuer = text(""),
        .client_secret = crypt_secret_new(0),
    };
    enum base_status status =
        app.client_secret ? broker_app_add(p->present.b, &app, err) : base_fail_memory(err);

    crypt_secret_free(app.client_secret);
    return status;
}

struct app_search {
    const char *name;
    bool found;
};

static bool is_wanted(void *arg, const struct broker_app *app)
{
    struct app_search *s = arg;

    s->found = strcmp(app->name, s->name) == 0;
    return !s->found;
}

static enum base_status app_exists(const struct broker_private *p, bool *ret,
                                   struct base_error *err)
{
    struct app_search search = {.name = p->app_name};
    enum base_status status = broker_app_list(p->present.b, is_wanted, &search, err);

    *ret = search.found;
    return status;
}

/* A record's address may have been written with a slash at its end. */
static bool same_address(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b);

    na -= na > 0 && a[na - 1] == '/';
    nb -= nb > 0 && b[nb - 1] == '/';
    return na == nb && memcmp(a, b, na) == 0;
}

static enum base_status check_there(const struct broker_private *p, const char *wanted_url,
                                    struct base_error *err)
{
    const struct broker_app *app = &p->present.app;
    bool is_private = broker_app_is_private(app);

    if (is_private && (!wanted_url || same_address(wanted_url, app->api_url)))
        return BASE_OK;
    if (is_private)
        base_fail(err, BASE_EXISTS, DOING, "the tokens of %s go to %s", app->name, app->api_url);
    else
        base_fail(err, BASE_EXISTS, DOING, "%s is an OAuth app", app->name);
    base_error_hint(err, "choose another name with --app NAME");
    return BASE_EXISTS;
}

/* Where the token goes is settled before it is sent anywhere: to the host of the record that opens,
 * if there is one. */
static enum base_status find_app(struct broker_private *p, const char *wanted_url,
                                 struct base_error *err)
{
    struct broker_app *app = &p->present.app;
    bool exists;
    enum base_status status = app_exists(p, &exists, err);

    if (!status && exists)
        status = broker_app_get(p->present.b, p->app_name, app, err);
    if (status)
        return status;
    if (exists)
        return check_there(p, wanted_url, err);
    app->name = base_mem_strdup(p->app_name);
    app->api_url = base_mem_strdup(p->api_url);
    return app->name && app->api_url ? BASE_OK : base_fail_memory(err);
}

static enum base_status store(struct broker_private *p, const struct hubspot_token_info *info,
                              struct base_buf *name, struct base_error *err)
{
    char account[24];
    bool exists;
    enum base_status status = app_exists(p, &exists, err);

    (void)snprintf(account, sizeof(account), "%lld", (long long)info->hub_id);
    base_buf_printf(name, "%s/%s", p->app_name, account);
    if (base_buf_status(name))
        return base_fail_memory(err);
    if (!status && !exists)
        status = make_app(p, err);
    if (status)
        return status;
    struct broker_grant g = {
        .name = text(base_buf_str(name)),
        .app = p->app_name,
        .account = account,
        .hub_id = info->hub_id,
        .kind = BROKER_KIND_PRIVATE,
        .scopes = text(info->scopes ? info->scopes : ""),
        .asked = text(info->scopes ? info->scopes : ""),
        .connected_at = broker_now(p->present.b),
        .obtained_at = broker_now(p->present.b),
        .expires_at = BROKER_PRIVATE_EXPIRES,
        .state = BROKER_GRANT_OK,
        .state_since = broker_now(p->present.b),
        .last_code = text(""),
        .last_message = text(""),
        .last_correlation = text(""),
        .access_token = p->token,
    };
    return broker_grant_replace(p->present.b, &g, err); /* it copies; all above is borrowed */
}

/* ------------------------------------------------------------------ the question */

static enum base_status explain(const struct broker_private *p, const struct http_response *r,
                                struct base_error *err)
{
    if (!broker_private_is_unknown(r))
        return broker_present_refused(&p->present, r, NULL, err);
    base_fail(err, BASE_REAUTH, DOING, "HubSpot knows no private app with this token");
    base_error_hint(err, "look in HubSpot under Settings > Integrations > Private Apps whether it "
                         "was rotated");
    return BASE_REAUTH;
}

static void on_answer(void *arg, enum base_status status, struct http_response *r,
                      enum http_progress progress, const struct base_error *lower)
{
    struct broker_private *p = arg;
    BASE_CLEANUP(base_buf_free) struct base_buf name = {0};
    BASE_CLEANUP(hubspot_token_info_free) struct hubspot_token_info info = {0};
    struct base_error err = lower ? *lower : BASE_ERROR_NONE;

    (void)progress;
    p->present.call = NULL;
    base_buf_init(&name, 1024);
    if (!status && r->status != 200)
        status = explain(p, r, &err);
    if (!status)
        status = hubspot_token_info_of_private(base_buf_span(&r->body), &info, &err);
    if (!status && info.hub_id <= 0)
        status = base_fail(&err, BASE_INVALID, DOING, "HubSpot's answer does not name the account");
    if (!status)
        status = store(p, &info, &name, &err);
    p->fn(p->arg, status, base_buf_str(&name), &err);
    broker_private_cancel(p);
}

enum base_status broker_private_add(struct broker *b, const struct broker_private_wish *wish,
                                    broker_private_fn *fn, void *arg, struct broker_private **ret,
                                    struct base_error *err)
{
    struct broker_private *p = base_mem_new(sizeof(*p));
    enum base_status status = BASE_OK;

    if (!p)
        return base_fail_memory(err);
    p->present.b = b;
    p->present.doing = DOING;
    p->fn = fn;
    p->arg = arg;
    p->token = crypt_secret_copy(wish->token);
    p->app_name = base_mem_strdup(wish->app);
    p->api_url = base_mem_strdup(wish->api_url ? wish->api_url : HUBSPOT_API_URL);
    if (!p->token || !p->app_name || !p->api_url)
        status = base_fail_memory(err);
    if (!status)
        status = broker_private_check(p->token, DOING, err);
    if (!status && !(status = find_app(p, wish->api_url, err)))
        status = broker_present_private(&p->present, p->token, on_answer, p, err);
    if (status) {
        broker_private_cancel(p);
        return status;
    }
    *ret = p;
    return BASE_OK;
}
