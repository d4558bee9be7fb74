#include "broker_present.h"

#include "base_jsonw.h"
#include "base_url.h"
#include "broker_int.h"
#include "broker_redact.h"
#include "hubspot_token.h"

enum base_status broker_present_load(struct broker_present *p, const char *app_name,
                                     struct base_error *err)
{
    enum base_status status = broker_app_get(p->b, app_name, &p->app, err);

    if (status)
        return status;
    p->endpoints = hubspot_endpoints_find(p->app.api_version);
    if (!p->endpoints || p->app.token_url[0])
        return base_fail(err, BASE_USAGE, p->doing,
                         "app %s is not HubSpot's: its server has no such endpoint in the set-up",
                         p->app.name);
    return BASE_OK;
}

/* v1 has the token in the path; that is the reason for its end. The URL is wiped with the rest of
 * what it was built in. */
static enum base_status build_url(struct broker_present *p, const char *path,
                                  struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf url = {0};

    base_buf_init_sensitive(&url, OAUTH_TOKEN_MAX_BYTES);
    base_buf_add_str(&url, path);
    if (p->endpoints->style == HUBSPOT_TOKEN_IN_PATH)
        base_url_encode(&url, crypt_secret_span(p->token));
    p->url = base_buf_status(&url) ? NULL : broker_url(p->app.api_url, base_buf_str(&url));
    return p->url ? BASE_OK : base_fail_memory(err);
}

enum base_status broker_present_send(struct broker_present *p, const char *path,
                                     const char *v1_method, const struct crypt_secret *token,
                                     const char *hint, http_done_fn *done, void *arg,
                                     struct base_error *err)
{
    static const struct http_header form = {BASE_SPAN("Content-Type"),
                                            BASE_SPAN("application/x-www-form-urlencoded")};
    struct oauth_client client = broker_app_client(&p->app);
    bool in_path = p->endpoints->style == HUBSPOT_TOKEN_IN_PATH;
    struct http_request request = {.method = in_path ? v1_method : "POST",
                                   .sensitive = true,
                                   .max_body = OAUTH_TOKEN_MAX_BODY};
    struct http *http;
    enum base_status status;

    p->token = token;
    status = build_url(p, path, err);
    if (status || (status = broker_http(p->b, &http, err)))
        return status;
    base_buf_init_sensitive(&p->body, OAUTH_TOKEN_MAX_BYTES * 4);
    if (!in_path) {
        oauth_token_hint_body(&p->body, &client, token, hint);
        request.body = base_buf_span(&p->body);
        request.headers = &form;
        request.header_count = 1;
    }
    if (base_buf_status(&p->body))
        return base_fail_memory(err);
    request.url = p->url;
    status = http_start(http, &request, done, arg, &p->call, err);
    if (status)
        p->call = NULL;
    return status;
}

enum base_status broker_present_private(struct broker_present *p, const struct crypt_secret *token,
                                        http_done_fn *done, void *arg, struct base_error *err)
{
    static const struct http_header json = {BASE_SPAN("Content-Type"),
                                            BASE_SPAN("application/json")};
    struct http_request request = {.method = "POST",
                                   .headers = &json,
                                   .header_count = 1,
                                   .sensitive = true,
                                   .max_body = OAUTH_TOKEN_MAX_BODY};
    struct base_jsonw w;
    struct http *http;
    enum base_status status;

    p->token = token;
    p->url = broker_url(p->app.api_url, HUBSPOT_PRIVATE_TOKEN_INFO);
    if (!p->url)
        return base_fail_memory(err);
    status = broker_http(p->b, &http, err);
    if (status)
        return status;
    base_buf_init_sensitive(&p->body, OAUTH_TOKEN_MAX_BYTES * 4);
    base_jsonw_begin(&w, &p->body);
    base_jsonw_object(&w);
    base_jsonw_member_span(&w, "tokenKey", crypt_secret_span(token));
    base_jsonw_end(&w);
    if (base_buf_status(&p->body))
        return base_fail_memory(err);
    p->spelled = base_span_from(base_buf_span(&p->body), strlen("{\"tokenKey\":\""));
    p->spelled.n -= strlen("\"}");
    request.url = p->url;
    request.body = base_buf_span(&p->body);
    status = http_start(http, &request, done, arg, &p->call, err);
    if (status)
        p->call = NULL;
    return status;
}

enum base_status broker_present_refused(const struct broker_present *p,
                                        const struct http_response *r, bool *ret_dead,
                                        struct base_error *err)
{
    struct hubspot_refusal refusal;
    enum base_status status;

    hubspot_refusal_of_token(r->status, base_buf_span(&r->body),
                             http_response_header(r, "retry-after"), broker_now(p->b), &refusal);
    if (p->spelled.p)
        broker_redact(&refusal, p->spelled);
    else
        broker_redact_form(&refusal, base_buf_span(&p->body));
    broker_redact(&refusal, crypt_secret_span(p->token));
    if (ret_dead)
        *ret_dead = refusal.verdict == HUBSPOT_GRANT_DEAD;
    status = hubspot_refusal_explain(&refusal, r->status, p->doing, err);
    broker_app_hint(p->app.name, err);
    return status;
}

void broker_present_done(struct broker_present *p)
{
    if (p->call)
        http_cancel(p->call, p->b->http);
    broker_app_free(&p->app);
    base_mem_free(p->url);
    base_buf_free(&p->body);
}
