#include "broker_exchange.h"

#include "base_time.h"
#include "broker_int.h"
#include "broker_redact.h"

struct broker_exchange {
    struct broker *b;
    const char *doing;
    bool of_code;
    char *url, *app_name;
    struct base_buf body;
    struct http_call *call;
    broker_exchange_fn *fn;
    void *arg;
    bool holds_reserve; /* from the request until the callback has put away what came */
};

void broker_exchange_cancel(struct broker_exchange *x)
{
    if (!x)
        return;
    if (x->call)
        http_cancel(x->call, x->b->http);
    base_buf_free(&x->body);
    base_mem_free(x->url);
    base_mem_free(x->app_name);
    if (x->holds_reserve)
        base_mem_drop_reserve();
    base_mem_free(x);
}

static void answer_and_free(struct broker_exchange *x, const struct broker_exchange_answer *answer)
{
    x->fn(x->arg, answer);
    broker_exchange_cancel(x);
}

/* 200 with a body that is no token answer: a proxy's page, or a server gone wrong. The grant is not
 * touched (T3). */
static void answer_unreadable(struct broker_exchange *x, struct base_error *err)
{
    struct hubspot_refusal refusal = {
        .verdict = HUBSPOT_TRANSIENT, .http_status = 200, .not_json = true, .retry_after_ms = -1};
    struct broker_exchange_answer answer = {.refusal = &refusal, .err = err};

    base_error_doing(err, "%s", x->doing);
    if (err->status == BASE_INVALID)
        err->status = BASE_UNAVAILABLE;
    if (!err->hint[0])
        base_error_hint(err, "is %s HubSpot's? A proxy's page answers like this as well", x->url);
    answer.status = err->status;
    answer_and_free(x, &answer);
}

static void answer_tokens(struct broker_exchange *x, const struct http_response *response)
{
    struct oauth_tokens tokens = {0};
    struct hubspot_token_extra extra = {0};
    struct base_error err = BASE_ERROR_NONE;
    struct broker_exchange_answer answer = {
        .tokens = &tokens, .extra = &extra, .elapsed_ms = response->elapsed_ms};

    if (oauth_tokens_parse(base_buf_span(&response->body), &tokens, &err)) {
        answer_unreadable(x, &err);
        return;
    }
    /* What HubSpot adds names the account of a login. In a refresh nothing depends on it, and
     * tokens that may have taken the place of others are not thrown away for its sake (T2). */
    if (hubspot_token_extra_parse(base_buf_span(&response->body), &extra, &err) && x->of_code) {
        oauth_tokens_free(&tokens);
        answer_unreadable(x, &err);
        return;
    }
    answer_and_free(x, &answer);
    oauth_tokens_free(&tokens);
    hubspot_token_extra_free(&extra);
}

/* A date in Retry-After is one of the server's clock: so is the Date beside it. */
static int64_t server_now(const struct broker_exchange *x, const struct http_response *response)
{
    int64_t date;

    return base_time_parse_http(http_response_header(response, "date"), &date) ? date
                                                                               : broker_now(x->b);
}

static void answer_refusal(struct broker_exchange *x, const struct http_response *response)
{
    struct hubspot_refusal refusal;
    struct base_error err = BASE_ERROR_NONE;
    struct broker_exchange_answer answer = {.refusal = &refusal, .err = &err};

    (x->of_code ? hubspot_refusal_of_code : hubspot_refusal_of_token)(
        response->status, base_buf_span(&response->body),
        http_response_header(response, "retry-after"), server_now(x, response), &refusal);
    broker_redact_form(&refusal, base_buf_span(&x->body));
    answer.status = hubspot_refusal_explain(&refusal, response->status, x->doing, &err);
    broker_app_hint(x->app_name, &err);
    answer_and_free(x, &answer);
}

static void on_done(void *arg, enum base_status status, struct http_response *response,
                    enum http_progress progress, const struct base_error *err)
{
    struct broker_exchange *x = arg;
    struct broker_exchange_answer answer = {.status = status, .progress = progress, .err = err};
    struct base_error unavailable;

    x->call = NULL;
    if (status) {
        unavailable = *err;
        base_error_doing(&unavailable, "%s", x->doing);
        if (unavailable.status == BASE_INVALID || unavailable.status == BASE_LIMIT)
            answer.status = unavailable.status = BASE_UNAVAILABLE;
        answer.err = &unavailable;
        answer_and_free(x, &answer);
    } else if (response->status == 200) {
        answer_tokens(x, response);
    } else {
        answer_refusal(x, response);
    }
}

char *broker_exchange_url(const struct broker_app *app)
{
    const struct hubspot_endpoints *e = hubspot_endpoints_find(app->api_version);

    if (app->token_url[0])
        return base_mem_strdup(app->token_url);
    return e ? broker_url(app->api_url, e->token) : NULL;
}

enum base_status broker_exchange_token(struct broker *b, const struct broker_app *app,
                                       struct base_buf *body, const char *doing, bool of_code,
                                       broker_exchange_fn *fn, void *arg,
                                       struct broker_exchange **ret, struct base_error *err)
{
    static const struct http_header form = {BASE_SPAN("Content-Type"),
                                            BASE_SPAN("application/x-www-form-urlencoded")};
    struct broker_exchange *x;
    struct http_request request = {.method = "POST",
                                   .headers = &form,
                                   .header_count = 1,
                                   .sensitive = true,
                                   .max_body = OAUTH_TOKEN_MAX_BODY};
    struct http *http;
    enum base_status status =
        base_buf_status(body) ? base_fail_memory(err) : broker_http(b, &http, err);

    if (status)
        return status;
    x = base_mem_new(sizeof(*x));
    if (!x)
        return base_fail_memory(err);
    x->b = b;
    x->doing = doing;
    x->of_code = of_code;
    x->fn = fn;
    x->arg = arg;
    x->body = *body;
    base_buf_init_sensitive(body, body->max);
    x->url = broker_exchange_url(app);
    x->app_name = base_mem_strdup(app->name);
    request.url = x->url;
    request.body = base_buf_span(&x->body);
    x->holds_reserve = base_mem_hold_reserve();
    status = x->url && x->app_name && x->holds_reserve
                 ? http_start(http, &request, on_done, x, &x->call, err)
                 : base_fail_memory(err);
    if (status) {
        x->call = NULL;
        broker_exchange_cancel(x);
        return status;
    }
    *ret = x;
    return BASE_OK;
}
