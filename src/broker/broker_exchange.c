#include "broker_exchange.h"

#include "broker_int.h"
#include "broker_redact.h"

#define LOOKS_MAX 64

struct broker_exchange {
    struct broker *b;
    const char *doing;
    char *url, *app_name;
    struct base_buf body;
    struct broker_token_turn *turn;
    struct http_call *call;
    enum base_status (*leaving)(void *arg, struct base_error *err);
    broker_exchange_fn *came, *fn;
    void *arg;
    unsigned looks; /* at bodies that might have been whole */
    bool has_tokens;
    struct oauth_tokens tokens;
    struct hubspot_token_extra extra;
    bool holds_reserve; /* from the request until the callback has put away what came */
};

const char *broker_exchange_scopes(const struct broker_exchange_answer *answer)
{
    return answer->extra->scopes ? answer->extra->scopes : answer->tokens->scope;
}

void broker_exchange_cancel(struct broker_exchange *x)
{
    if (!x)
        return;
    if (x->call)
        http_cancel(x->call, x->b->http);
    broker_token_turn_free(x->turn);
    oauth_tokens_free(&x->tokens);
    hubspot_token_extra_free(&x->extra);
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

static void tell_tokens(struct broker_exchange *x, broker_exchange_fn *fn, int64_t elapsed_ms)
{
    const struct broker_exchange_answer answer = {
        .tokens = &x->tokens, .extra = &x->extra, .elapsed_ms = elapsed_ms};

    fn(x->arg, &answer);
}

/* What HubSpot adds names the account of a login. In a refresh nothing depends on it, and tokens
 * that may have taken the place of others are not thrown away for its sake (T2). */
static enum base_status read_tokens(struct broker_exchange *x, struct base_span body,
                                    struct base_error *err)
{
    enum base_status status = oauth_tokens_parse(body, &x->tokens, err);

    if (status)
        return status;
    status = hubspot_token_extra_parse(body, &x->extra, err);
    if (status && !x->came) {
        oauth_tokens_free(&x->tokens);
        return status;
    }
    x->has_tokens = true;
    if (x->came)
        tell_tokens(x, x->came, 0);
    return BASE_OK;
}

/* The tokens are here when the object that holds them is closed, and that may be well before the
 * answer ends: it may be chunked, and the connection may break. The looks are counted, since a
 * server could send any number of bodies that only seem to end. */
static void on_body(void *arg, int status, struct base_span body)
{
    struct broker_exchange *x = arg;
    struct base_span text = base_span_trim(body);

    if (status != 200 || x->has_tokens || text.n == 0 || text.p[text.n - 1] != '}')
        return;
    if (x->looks++ < LOOKS_MAX) /* if that was not it, there is one more look at the end */
        (void)read_tokens(x, body, NULL);
}

static void answer_refusal(struct broker_exchange *x, const struct http_response *response)
{
    struct hubspot_refusal refusal;
    struct base_error err = BASE_ERROR_NONE;
    struct broker_exchange_answer answer = {.refusal = &refusal, .err = &err};

    (x->came ? hubspot_refusal_of_token : hubspot_refusal_of_code)(
        response->status, base_buf_span(&response->body),
        http_response_header(response, "retry-after"), broker_server_now(x->b, response), &refusal);
    broker_redact_form(&refusal, base_buf_span(&x->body));
    answer.status = hubspot_refusal_explain(&refusal, response->status, x->doing, &err);
    broker_app_hint(x->app_name, &err);
    answer_and_free(x, &answer);
}

static void answer_fault(struct broker_exchange *x, enum http_progress progress,
                         const struct base_error *err)
{
    struct base_error unavailable = *err;
    struct broker_exchange_answer answer = {.progress = progress, .err = &unavailable};

    base_error_doing(&unavailable, "%s", x->doing);
    if (unavailable.status == BASE_INVALID || unavailable.status == BASE_LIMIT)
        unavailable.status = BASE_UNAVAILABLE;
    answer.status = unavailable.status;
    answer_and_free(x, &answer);
}

static void on_done(void *arg, enum base_status status, struct http_response *response,
                    enum http_progress progress, const struct base_error *err)
{
    struct broker_exchange *x = arg;
    struct base_error unreadable = BASE_ERROR_NONE;
    bool is_ok = !status && response->status == 200;

    x->call = NULL;
    if (is_ok && !x->has_tokens)
        (void)read_tokens(x, base_buf_span(&response->body), &unreadable);
    broker_token_turn_end(x->turn, response); /* and not before new tokens are noted */
    if (x->has_tokens) {
        tell_tokens(x, x->fn, response ? response->elapsed_ms : 0);
        broker_exchange_cancel(x);
    } else if (is_ok) {
        answer_unreadable(x, &unreadable);
    } else if (!status) {
        answer_refusal(x, response);
    } else {
        answer_fault(x, progress, err);
    }
}

char *broker_exchange_url(const struct broker_app *app)
{
    const struct hubspot_endpoints *e = hubspot_endpoints_find(app->api_version);

    if (app->token_url[0])
        return base_mem_strdup(app->token_url);
    return e ? broker_url(app->api_url, e->token) : NULL;
}

/* ------------------------------------------------------------------ the request */

static enum base_status post(struct broker_exchange *x, struct base_error *err)
{
    static const struct http_header form = {BASE_SPAN("Content-Type"),
                                            BASE_SPAN("application/x-www-form-urlencoded")};
    const struct http_request request = {.method = "POST",
                                         .url = x->url,
                                         .headers = &form,
                                         .header_count = 1,
                                         .body = base_buf_span(&x->body),
                                         .sensitive = true,
                                         .max_body = OAUTH_TOKEN_MAX_BODY,
                                         .on_body = x->came ? on_body : NULL,
                                         .on_body_arg = x};
    struct http *http;
    enum base_status status = x->leaving ? x->leaving(x->arg, err) : BASE_OK;

    if (status || (status = broker_http(x->b, &http, err)))
        return status;
    x->holds_reserve = base_mem_hold_reserve();
    if (!x->holds_reserve)
        return base_fail_memory(err);
    status = http_start(http, &request, on_done, x, &x->call, err);
    if (status)
        x->call = NULL;
    return status;
}

static void on_turn(void *arg, const struct base_error *late)
{
    struct broker_exchange *x = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = late ? late->status : post(x, &err);
    const struct broker_exchange_answer unsent = {
        .status = status, .progress = HTTP_NOT_SENT, .err = late ? late : &err};

    if (status)
        answer_and_free(x, &unsent);
}

enum base_status broker_exchange_token(struct broker *b, const struct broker_exchange_wish *wish,
                                       struct base_buf *body, struct broker_exchange **ret,
                                       struct base_error *err)
{
    struct broker_exchange *x = base_buf_status(body) ? NULL : base_mem_new(sizeof(*x));
    enum base_status status;

    if (!x)
        return base_fail_memory(err);
    x->b = b;
    x->doing = wish->doing;
    x->leaving = wish->leaving;
    x->came = wish->came;
    x->fn = wish->fn;
    x->arg = wish->arg;
    x->body = *body;
    base_buf_init_sensitive(body, body->max);
    x->url = broker_exchange_url(wish->app);
    x->app_name = base_mem_strdup(wish->app->name);
    status = x->url && x->app_name
                 ? broker_token_turn_wait(b, x->app_name, wish->patience, on_turn, x, &x->turn, err)
                 : base_fail_memory(err);
    if (status) {
        x->turn = NULL;
        base_error_doing(err, "%s", x->doing);
        broker_exchange_cancel(x);
        return status;
    }
    *ret = x;
    return BASE_OK;
}

enum base_status broker_exchange_app_token(struct broker *b,
                                           const struct broker_exchange_wish *wish,
                                           const char *scope, struct broker_exchange **ret,
                                           struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf body = {0};
    struct oauth_client client = broker_app_client(wish->app);

    base_buf_init_sensitive(&body, OAUTH_TOKEN_MAX_BYTES * 4);
    oauth_token_client_body(&body, &client, scope);
    return broker_exchange_token(b, wish, &body, ret, err);
}
