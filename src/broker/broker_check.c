#include "broker_check.h"

#include "base_text.h"
#include "base_time.h"
#include "broker_exchange.h"
#include "broker_int.h"
#include "broker_private.h"
#include "broker_redact.h"
#include "broker_token_turn.h"

#define DOING "checking the app"
/* No server gives such a code; whoever reads its log sees what asked. */
#define BOGUS_CODE "hubauth-app-check-this-is-no-code"
/* The request is to look like a login's, so it has a verifier (RFC 7636 section 4.1: 43 characters
 * at least). */
#define BOGUS_VERIFIER "hubauth-app-check-this-verifier-is-of-no-code"

struct broker_check {
    struct broker *b;
    const struct broker_app *app;
    struct broker_app own; /* what it points to, unless that is the caller's */
    char *url;
    struct base_buf body;
    struct broker_token_turn *turn;
    struct http_call *call;
    broker_check_fn *fn;
    void *arg;
};

const char *broker_check_word(enum broker_check_verdict verdict)
{
    static const char *const words[] = {
#define X(name, word) [BROKER_CHECK_##name] = word,
        BROKER_CHECK_MAP(X)
#undef X
    };

    return words[verdict];
}

void broker_check_cancel(struct broker_check *c)
{
    if (!c)
        return;
    if (c->call)
        http_cancel(c->call, c->b->http);
    broker_token_turn_free(c->turn);
    broker_app_free(&c->own);
    base_mem_free(c->url);
    base_buf_free(&c->body);
    base_mem_free(c);
}

/* ------------------------------------------------------------------ what an answer proves */

/* Words that only a server says which has taken the client for good: they are about the code.
 * HubSpot's `status`, then RFC 6749 section 5.2. */
static const struct {
    const char *code;
    enum broker_check_verdict verdict;
} words[] = {
    {"BAD_AUTH_CODE", BROKER_CHECK_RIGHT},
    {"EXPIRED_AUTH_CODE", BROKER_CHECK_RIGHT},
    {"MISMATCH_REDIRECT_URI_AUTH_CODE", BROKER_CHECK_RIGHT},
    {"BAD_CODE_VERIFIER", BROKER_CHECK_RIGHT},
    {"BAD_CLIENT_ID", BROKER_CHECK_BAD_ID},
    {"BAD_CLIENT_SECRET", BROKER_CHECK_BAD_SECRET},
    {"BAD_REDIRECT_URI", BROKER_CHECK_BAD_REDIRECT},
    {"invalid_grant", BROKER_CHECK_RIGHT},
    {"invalid_client", BROKER_CHECK_BAD_CLIENT},
};

/* A 5xx, a 429 or a page proves nothing, whatever words stand in it. */
static enum broker_check_verdict judge(const struct hubspot_refusal *r)
{
    if (r->verdict == HUBSPOT_TRANSIENT || r->verdict == HUBSPOT_THROTTLED)
        return BROKER_CHECK_UNREACHABLE;
    if (r->verdict == HUBSPOT_NOT_FOUND)
        return BROKER_CHECK_NO_ENDPOINT;
    if (r->verdict == HUBSPOT_UNKNOWN)
        return BROKER_CHECK_INCONCLUSIVE;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].code, r->code) == 0)
            return words[i].verdict;
    }
    return BROKER_CHECK_INCONCLUSIVE;
}

/* The server read its clock somewhere between our sending and our receiving, and cut the fraction
 * off: half a second is what it lacks on average. */
static void read_clock(const struct http_response *r, int64_t now, struct broker_check_result *ret)
{
    int64_t date;

    if (!base_time_parse_http(http_response_header(r, "date"), &date))
        return;
    ret->has_clock = true;
    ret->clock_ahead_ms = now - r->elapsed_ms / 2 - (date + 500);
    ret->clock_slack_ms = 500 + (r->elapsed_ms + 1) / 2;
}

/* ------------------------------------------------------------------ words for people */

static enum base_status fail_no_endpoint(const struct broker_check *c, struct base_error *err)
{
    const struct hubspot_endpoints *e =
        c->app->token_url[0] ? NULL : hubspot_endpoints_find(c->app->api_version);

    if (e && e->ends_at && broker_now(c->b) >= e->ends_at) {
        base_fail(err, BASE_USAGE, DOING, "HubSpot has switched OAuth %s off", e->version);
        base_error_hint(err, "hubauth app migrate %s", c->app->name);
    } else {
        base_fail(err, BASE_USAGE, DOING, "there is no token endpoint at %s", c->url);
        base_error_hint(err, "compare the URLs and the API version: hubauth app show %s",
                        c->app->name);
    }
    return BASE_USAGE;
}

static enum base_status fail_redirect(const struct broker_check *c, struct base_error *err)
{
    base_fail(err, BASE_USAGE, DOING, "%s is not a redirect URL of this app at the server",
              c->app->redirect_urls[0]);
    base_error_hint(err,
                    "register exactly this URL in the app (scheme, port, path and trailing slash "
                    "count), or give the registered one: hubauth app update %s --redirect-url URL",
                    c->app->name);
    return BASE_USAGE;
}

static enum base_status fail_inconclusive(int http_status, struct base_error *err)
{
    base_fail(err, BASE_FAILED, DOING,
              "the answer (HTTP %d) says neither that client id and secret are right nor that they "
              "are wrong",
              http_status);
    base_error_hint(err, "a login tells: hubauth login");
    return BASE_FAILED;
}

static enum base_status fail_as(const struct broker_check *c, const struct hubspot_refusal *r,
                                enum broker_check_verdict verdict, struct base_error *err)
{
    enum base_status status;

    switch (verdict) {
    case BROKER_CHECK_NO_ENDPOINT:
        status = fail_no_endpoint(c, err);
        break;
    case BROKER_CHECK_BAD_REDIRECT:
        status = fail_redirect(c, err);
        break;
    case BROKER_CHECK_INCONCLUSIVE:
        status = fail_inconclusive(r->http_status, err);
        break;
    case BROKER_CHECK_RIGHT:
    case BROKER_CHECK_BAD_ID:
    case BROKER_CHECK_BAD_SECRET:
    case BROKER_CHECK_BAD_CLIENT:
    case BROKER_CHECK_UNREACHABLE:
    default:
        status = hubspot_refusal_explain(r, r->http_status, DOING, err);
        broker_app_hint(c->app->name, err);
        return status;
    }
    base_error_lower(err, "%s", r->message);
    (void)base_text_copy(err->code, sizeof(err->code), base_span_of(r->code));
    (void)base_text_copy(err->correlation, sizeof(err->correlation), base_span_of(r->correlation));
    err->http_status = r->http_status;
    return status;
}

/* ------------------------------------------------------------------ the request */

static struct broker_check_result result_of(const struct broker_check *c)
{
    return (struct broker_check_result){
        .verdict = BROKER_CHECK_UNREACHABLE,
        .app = c->app->name,
        .client_id = c->app->client_id,
        .api_version = c->app->token_url[0] ? "" : c->app->api_version,
        .token_url = c->url,
        .redirect_url = c->app->redirect_urls[0],
        .has_secret = crypt_secret_length(c->app->client_secret) > 0,
        .code = "",
        .message = "",
        .correlation = "",
    };
}

static void answer_response(struct broker_check *c, const struct http_response *response)
{
    struct hubspot_refusal refusal;
    struct broker_check_result result = result_of(c);
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = BASE_OK;

    hubspot_refusal_of_code(response->status, base_buf_span(&response->body),
                            http_response_header(response, "retry-after"), broker_now(c->b),
                            &refusal);
    broker_redact_form(&refusal, base_buf_span(&c->body));
    result.verdict = response->status == 200 ? BROKER_CHECK_INCONCLUSIVE : judge(&refusal);
    result.http_status = response->status;
    result.code = refusal.code;
    result.message = refusal.message;
    result.correlation = refusal.correlation;
    result.elapsed_ms = response->elapsed_ms;
    read_clock(response, broker_now(c->b), &result);
    if (result.verdict != BROKER_CHECK_RIGHT)
        status = fail_as(c, &refusal, result.verdict, &err);
    c->fn(c->arg, status, &result, status ? &err : NULL);
}

static void answer_none(struct broker_check *c, enum base_status status,
                        const struct base_error *lower)
{
    struct broker_check_result result = result_of(c);
    struct base_error err = *lower;

    base_error_doing(&err, DOING);
    if (status == BASE_INVALID || status == BASE_LIMIT)
        err.status = BASE_UNAVAILABLE;
    c->fn(c->arg, err.status, &result, &err);
    broker_check_cancel(c);
}

static void on_done(void *arg, enum base_status status, struct http_response *response,
                    enum http_progress progress, const struct base_error *lower)
{
    struct broker_check *c = arg;

    (void)progress; /* the code is bogus: whatever became of the request, nothing was done */
    c->call = NULL;
    broker_token_turn_end(c->turn, response);
    if (status) {
        answer_none(c, status, lower);
        return;
    }
    answer_response(c, response);
    broker_check_cancel(c);
}

static enum base_status choose_version(struct broker_check *c, const char *api_version,
                                       struct base_error *err)
{
    if (c->app->token_url[0])
        return base_fail(err, BASE_USAGE, DOING, "app %s is not HubSpot's: it has no API version",
                         c->app->name);
    if (!hubspot_endpoints_find(api_version)) {
        base_fail(err, BASE_USAGE, DOING, "there is no API version \"%s\"", api_version);
        base_error_hint(err, "one of %s", hubspot_endpoints_versions());
        return BASE_USAGE;
    }
    base_mem_free(c->own.api_version);
    c->own.api_version = base_mem_strdup(api_version);
    return c->own.api_version ? BASE_OK : base_fail_memory(err);
}

static enum base_status send_bogus_code(struct broker_check *c, struct base_error *err)
{
    static const struct http_header form = {BASE_SPAN("Content-Type"),
                                            BASE_SPAN("application/x-www-form-urlencoded")};
    const struct http_request request = {.method = "POST",
                                         .url = c->url,
                                         .headers = &form,
                                         .header_count = 1,
                                         .body = base_buf_span(&c->body),
                                         .sensitive = true,
                                         .max_body = OAUTH_TOKEN_MAX_BODY};
    struct http *http;
    enum base_status status = broker_http(c->b, &http, err);

    if (!status)
        status = http_start(http, &request, on_done, c, &c->call, err);
    if (status)
        c->call = NULL;
    return status;
}

static void on_turn(void *arg, const struct base_error *late)
{
    struct broker_check *c = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = late ? late->status : send_bogus_code(c, &err);

    if (status)
        answer_none(c, status, late ? late : &err);
}

static enum base_status wait_for_turn(struct broker_check *c, struct base_error *err)
{
    struct oauth_client client = broker_app_client(c->app);
    enum base_status status;

    base_buf_init_sensitive(&c->body, OAUTH_TOKEN_MAX_BYTES);
    oauth_token_code_body(&c->body, &client, BASE_SPAN(BOGUS_CODE), c->app->redirect_urls[0],
                          BASE_SPAN(BOGUS_VERIFIER));
    c->url = broker_exchange_url(c->app);
    if (!c->url || base_buf_status(&c->body))
        return base_fail_memory(err);
    status = broker_token_turn_wait(c->b, c->app->name,
                                    (struct broker_patience){.ms = BROKER_TURN_WAIT_MS}, on_turn, c,
                                    &c->turn, err);
    if (status)
        base_error_doing(err, DOING);
    return status;
}

static struct broker_check *check_new(struct broker *b, broker_check_fn *fn, void *arg)
{
    struct broker_check *c = base_mem_new(sizeof(*c));

    if (!c)
        return NULL;
    c->b = b;
    c->app = &c->own;
    c->fn = fn;
    c->arg = arg;
    return c;
}

static enum base_status check_start(struct broker_check *c, enum base_status status,
                                    struct broker_check **ret, struct base_error *err)
{
    if (!status)
        status = broker_private_refuse(&c->own, "checking the app", err);
    if (!status)
        status = wait_for_turn(c, err);
    if (status) {
        c->turn = NULL;
        broker_check_cancel(c);
        return status;
    }
    *ret = c;
    return BASE_OK;
}

enum base_status broker_check_app(struct broker *b, const char *app_name, broker_check_fn *fn,
                                  void *arg, struct broker_check **ret, struct base_error *err)
{
    struct broker_check *c = check_new(b, fn, arg);

    if (!c)
        return base_fail_memory(err);
    return check_start(c, broker_app_get(b, app_name, &c->own, err), ret, err);
}

enum base_status broker_check_version(struct broker *b, const char *app_name,
                                      const char *api_version, broker_check_fn *fn, void *arg,
                                      struct broker_check **ret, struct base_error *err)
{
    struct broker_check *c = check_new(b, fn, arg);
    enum base_status status;

    if (!c)
        return base_fail_memory(err);
    status = broker_app_get(b, app_name, &c->own, err);
    if (!status)
        status = choose_version(c, api_version, err);
    return check_start(c, status, ret, err);
}

enum base_status broker_check_values(struct broker *b, const struct broker_app *app,
                                     broker_check_fn *fn, void *arg, struct broker_check **ret,
                                     struct base_error *err)
{
    struct broker_check *c = check_new(b, fn, arg);

    if (!c)
        return base_fail_memory(err);
    c->app = app;
    return check_start(c, BASE_OK, ret, err);
}
