#include "broker_info.h"

#include "base_text.h"
#include "base_url.h"
#include "broker_int.h"
#include "broker_redact.h"

struct broker_info {
    struct broker *b;
    struct broker_app app;
    struct broker_grant grant;
    const struct hubspot_endpoints *endpoints;
    char *url;
    struct base_buf body;
    struct http_call *call;
    const char *doing;
    broker_introspect_fn *told; /* one of the two */
    broker_logout_fn *gone;
    void *arg;
    struct loop_timer *timer; /* answers from the loop what was known at once */
    enum base_status known;
    struct base_error known_err;
};

void broker_info_cancel(struct broker_info *i)
{
    if (!i)
        return;
    if (i->call)
        http_cancel(i->call, i->b->http);
    loop_timer_free(i->timer);
    broker_app_free(&i->app);
    broker_grant_free(&i->grant);
    base_mem_free(i->url);
    base_buf_free(&i->body);
    base_mem_free(i);
}

/* v1 has the token in the path; that is the reason for its end. The URL is wiped with the rest of
 * what it was built in. */
static enum base_status build_url(struct broker_info *i, const char *path,
                                  const struct crypt_secret *token, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf url = {0};

    base_buf_init_sensitive(&url, OAUTH_TOKEN_MAX_BYTES);
    base_buf_add_str(&url, path);
    if (i->endpoints->style == HUBSPOT_TOKEN_IN_PATH)
        base_url_encode(&url, crypt_secret_span(token));
    i->url = base_buf_status(&url) ? NULL : broker_url(i->app.api_url, base_buf_str(&url));
    return i->url ? BASE_OK : base_fail_memory(err);
}

static enum base_status send_token(struct broker_info *i, const char *path, const char *v1_method,
                                   const struct crypt_secret *token, const char *hint,
                                   http_done_fn *done, struct base_error *err)
{
    static const struct http_header form = {BASE_SPAN("Content-Type"),
                                            BASE_SPAN("application/x-www-form-urlencoded")};
    struct oauth_client client = broker_app_client(&i->app);
    bool in_path = i->endpoints->style == HUBSPOT_TOKEN_IN_PATH;
    struct http_request request = {.method = in_path ? v1_method : "POST",
                                   .sensitive = true,
                                   .max_body = OAUTH_TOKEN_MAX_BODY};
    struct http *http;
    enum base_status status = build_url(i, path, token, err);

    if (status || (status = broker_http(i->b, &http, err)))
        return status;
    base_buf_init_sensitive(&i->body, OAUTH_TOKEN_MAX_BYTES * 4);
    if (!in_path) {
        oauth_token_hint_body(&i->body, &client, token, hint);
        request.body = base_buf_span(&i->body);
        request.headers = &form;
        request.header_count = 1;
    }
    if (base_buf_status(&i->body))
        return base_fail_memory(err);
    request.url = i->url;
    return http_start(http, &request, done, i, &i->call, err);
}

static enum base_status load(struct broker_info *i, const char *name, struct base_error *err)
{
    enum base_status status = broker_grant_load(i->b, name, &i->grant, err);

    if (status || (status = broker_app_get(i->b, i->grant.app, &i->app, err)))
        return status;
    i->endpoints = hubspot_endpoints_find(i->app.api_version);
    if (!i->endpoints || i->app.token_url[0])
        return base_fail(err, BASE_USAGE, i->doing,
                         "app %s is not HubSpot's: its server has no such endpoint in the set-up",
                         i->app.name);
    return BASE_OK;
}

static enum base_status refused(struct broker_info *i, const struct http_response *r,
                                struct base_error *err)
{
    struct hubspot_refusal refusal;

    hubspot_refusal_of_token(r->status, base_buf_span(&r->body),
                             http_response_header(r, "retry-after"), broker_now(i->b), &refusal);
    broker_redact_form(&refusal, base_buf_span(&i->body));
    broker_redact(&refusal, crypt_secret_span(i->grant.access_token));
    broker_redact(&refusal, crypt_secret_span(i->grant.refresh_token));
    return hubspot_refusal_explain(&refusal, r->status, i->doing, err);
}

/* ------------------------------------------------------------------ introspection */

static void on_introspected(void *arg, enum base_status status, struct http_response *r,
                            enum http_progress progress, const struct base_error *lower)
{
    struct broker_info *i = arg;
    struct hubspot_token_info info = {0};
    struct base_error err = lower ? *lower : BASE_ERROR_NONE;

    (void)progress;
    i->call = NULL;
    if (!status && r->status == 200)
        status = hubspot_token_info_parse(base_buf_span(&r->body), &info, &err);
    else if (!status && r->status == 404 && i->endpoints->style == HUBSPOT_TOKEN_IN_PATH)
        info.expires_in = -1; /* v1 knows no "active": an unknown token is not found */
    else if (!status)
        status = refused(i, r, &err);
    base_error_doing(&err, "%s", i->doing);
    i->told(i->arg, status, status ? NULL : &info, status ? &err : NULL);
    hubspot_token_info_free(&info);
    broker_info_cancel(i);
}

enum base_status broker_introspect(struct broker *b, const char *name, bool refresh_token,
                                   broker_introspect_fn *fn, void *arg, struct broker_info **ret,
                                   struct base_error *err)
{
    struct broker_info *i = base_mem_new(sizeof(*i));
    const struct crypt_secret *token;
    enum base_status status;

    if (!i)
        return base_fail_memory(err);
    i->b = b;
    i->told = fn;
    i->arg = arg;
    i->doing = refresh_token ? "asking about the refresh token" : "asking about the access token";
    status = load(i, name, err);
    token = refresh_token ? i->grant.refresh_token : i->grant.access_token;
    if (!status && !token)
        status = base_fail(err, BASE_NOT_FOUND, i->doing, "account %s has none", name);
    if (!status)
        status = send_token(
            i, refresh_token ? i->endpoints->introspect_refresh : i->endpoints->introspect_access,
            "GET", token, refresh_token ? "refresh_token" : "access_token", on_introspected, err);
    if (status) {
        i->call = NULL;
        broker_info_cancel(i);
        return status;
    }
    *ret = i;
    return BASE_OK;
}

/* ------------------------------------------------------------------ logout */

/* The record goes whatever HubSpot said (C11). `status` is what became of telling it. */
static void forget(struct broker_info *i, enum base_status status, const struct base_error *told)
{
    struct base_error err = told ? *told : BASE_ERROR_NONE;
    struct base_error local = BASE_ERROR_NONE;
    enum base_status removed = broker_grant_remove(i->b, i->grant.name, &local);

    if (removed) {
        base_error_doing(&local, "removing account %s", i->grant.account);
        err = local;
        status = removed;
    } else if (status) {
        char why[sizeof(err.why)];

        (void)base_text_copy(why, sizeof(why), base_span_of(err.why));
        base_fail(&err, BASE_PARTIAL, "logging out",
                  "account %s is removed here, but its refresh token could not be revoked: %s",
                  i->grant.account, why);
        base_error_hint(&err, "to end its access for good, uninstall the app in HubSpot under "
                              "Settings > Integrations > Connected apps");
        status = BASE_PARTIAL;
    }
    i->gone(i->arg, status, status ? &err : NULL);
    broker_info_cancel(i);
}

static void on_revoked(void *arg, enum base_status status, struct http_response *r,
                       enum http_progress progress, const struct base_error *lower)
{
    struct broker_info *i = arg;
    struct base_error err = lower ? *lower : BASE_ERROR_NONE;

    (void)progress;
    i->call = NULL;
    /* 404 is v1's way of saying that there is nothing to revoke. */
    if (!status && (r->status < 200 || r->status > 299) && r->status != 404)
        status = refused(i, r, &err);
    forget(i, status, &err);
}

static void on_known(void *arg)
{
    struct broker_info *i = arg;

    forget(i, i->known, &i->known_err);
}

/* NOT_FOUND and the like: there is nothing to remove. Otherwise the logout is under way. */
static enum base_status begin_logout(struct broker_info *i, const char *name,
                                     struct base_error *err)
{
    i->known = load(i, name, &i->known_err);
    if (!i->grant.name) {
        if (err)
            *err = i->known_err;
        return i->known;
    }
    i->timer = loop_timer_new(i->b->loop, on_known, i);
    if (!i->timer)
        return base_fail_memory(err);
    if (!i->known && i->grant.refresh_token)
        i->known = send_token(i, i->endpoints->revoke, "DELETE", i->grant.refresh_token,
                              "refresh_token", on_revoked, &i->known_err);
    if (!i->call)
        loop_timer_start(i->timer, 0);
    return BASE_OK;
}

enum base_status broker_logout(struct broker *b, const char *name, broker_logout_fn *fn, void *arg,
                               struct broker_info **ret, struct base_error *err)
{
    struct broker_info *i = base_mem_new(sizeof(*i));
    enum base_status status;

    if (!i)
        return base_fail_memory(err);
    i->b = b;
    i->gone = fn;
    i->arg = arg;
    i->doing = "revoking the refresh token";
    status = begin_logout(i, name, err);
    if (status) {
        broker_info_cancel(i);
        return status;
    }
    *ret = i;
    return BASE_OK;
}
