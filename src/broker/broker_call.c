#include "broker_call_int.h"

#include "base_time.h"
#include "broker_recent.h"
#include "broker_token.h"
#include "hubspot_target.h"

#define CALL_MAX_BODY (16u << 20)
#define CALL_MIN_TTL_MS                                                                            \
    (60 * BASE_SECOND_MS) /* a request that is sent now may be slow to arrive                      \
                           */

void broker_call_cancel(struct broker_call *c)
{
    if (!c)
        return;
    if (c->http)
        http_cancel(c->http, c->b->http);
    if (c->departed)
        broker_queue_lost(c->lane, c->departed_at);
    broker_token_cancel(c->token);
    broker_queue_leave(c->ticket);
    loop_timer_free(c->timer);
    loop_timer_free(c->impatience);
    base_mem_free(c->account);
    base_mem_free(c->method);
    base_mem_free(c->target);
    base_mem_free(c->header_text);
    base_mem_free(c->url);
    crypt_secret_free(c->access_token);
    base_mem_free(c);
}

void broker_call_finish(struct broker_call *c, enum base_status status,
                        struct broker_response *response, const struct base_error *err)
{
    c->fn(c->arg, status, response, err);
    broker_call_cancel(c);
}

/* ------------------------------------------------------------------ token, queue, request */

static void on_turn(void *arg, int64_t departed)
{
    struct broker_call *c = arg;
    struct base_error err = BASE_ERROR_NONE;
    struct http_request request = {
        .method = c->method,
        .url = c->url,
        .headers = c->headers,
        .header_count = c->header_count,
        .body = c->body,
        .bearer = c->access_token,
        .max_body = c->max_body,
        .on_piece = c->on_piece ? broker_call_on_piece : NULL,
        .on_piece_arg = c,
        .hold = BROKER_CALL_HOLD,
    };
    struct http *http;
    enum base_status status;

    c->ticket = NULL;
    c->departed = true;
    c->departed_at = departed;
    c->attempts++;
    status = broker_http(c->b, &http, &err);
    if (!status)
        status = http_start(http, &request, broker_call_on_done, c, &c->http, &err);
    if (status) {
        c->http = NULL;
        broker_call_finish(c, status, NULL, &err);
    }
}

static void fail_late(struct broker_call *c)
{
    struct base_error err = BASE_ERROR_NONE;
    struct hubspot_limit limit;
    int64_t now = loop_now(c->b->loop);
    char human[32];

    broker_queue_look(c->lane, &limit);
    if (limit.blocked_until > now)
        base_fail(&err, BASE_UNAVAILABLE, "calling the API",
                  "HubSpot asked for a pause, and is not asked again for %s",
                  base_time_human(human, limit.blocked_until - now));
    else
        base_fail(&err, BASE_UNAVAILABLE, "calling the API",
                  "the call's turn did not come in %lld minutes: HubSpot's limit is used up",
                  (long long)((c->bulk ? BROKER_BULK_PATIENCE_MS : BROKER_CALL_PATIENCE_MS) /
                              BASE_MINUTE_MS));
    base_error_doing(&err, "%s %s", c->method, c->target);
    base_error_hint(&err, "hubauth limits");
    broker_call_finish(c, BASE_UNAVAILABLE, NULL, &err);
}

static void on_hopeless(void *arg)
{
    struct broker_call *c = arg;

    c->ticket = NULL;
    fail_late(c);
}

/* What is under way is left to its own deadline. */
static void on_impatience(void *arg)
{
    struct broker_call *c = arg;

    if (c->ticket)
        fail_late(c);
}

static void take_token(struct broker_call *c, struct crypt_secret *token, int64_t obtained_at)
{
    struct base_error memory = BASE_ERROR_NONE;

    crypt_secret_free(c->access_token);
    c->access_token = crypt_secret_share(token);
    c->token_obtained_at = obtained_at;
    c->ticket = broker_queue_join(c->lane, c->bulk ? BROKER_BULK : BROKER_INTERACTIVE, on_turn, c);
    if (c->ticket)
        broker_queue_until(c->ticket, c->deadline, on_hopeless);
    else
        broker_call_finish(c, base_fail_memory(&memory), NULL, &memory);
}

static void on_token(void *arg, enum base_status status, const struct broker_grant *grant,
                     const struct base_error *err)
{
    struct broker_call *c = arg;

    c->token = NULL;
    if (status) {
        broker_call_finish(c, status, NULL, err);
        return;
    }
    if (broker_call_time_left(c) == 0) {
        fail_late(c);
        return;
    }
    broker_recent_keep(c->b, grant);
    take_token(c, grant->access_token, grant->obtained_at);
}

static void get_token(void *arg)
{
    struct broker_call *c = arg;
    struct base_error err = BASE_ERROR_NONE;
    struct broker_token_wish wish = {
        .name = c->account,
        .min_ttl_ms = CALL_MIN_TTL_MS,
        .refused_obtained_at = c->refused_obtained_at,
    };
    const struct broker_recent_token *recent =
        broker_recent_token(c->b, c->account, CALL_MIN_TTL_MS);
    enum base_status status;

    if (c->attempts > 0 &&
        broker_call_time_left(c) == 0) { /* nothing would end its wait in the queue */
        fail_late(c);
        return;
    }
    if (recent && recent->obtained_at != c->refused_obtained_at) {
        take_token(c, recent->secret, recent->obtained_at);
        return;
    }
    status = broker_token_get(c->b, &wish, on_token, c, &c->token, &err);
    if (status)
        broker_call_finish(c, status, NULL, &err);
}

/* ------------------------------------------------------------------ the start */

static enum base_status copy_headers(struct broker_call *c, const struct broker_request *request,
                                     struct base_error *err)
{
    size_t bytes = 0;
    char *to;

    if (request->header_count > BROKER_CALL_HEADERS)
        return base_fail(err, BASE_USAGE, "calling the API", "more than %d headers",
                         BROKER_CALL_HEADERS);
    for (size_t i = 0; i < request->header_count; i++)
        bytes += request->headers[i].name.n + request->headers[i].value.n;
    to = c->header_text = base_mem_new(bytes + 1);
    if (!to)
        return base_fail_memory(err);
    for (size_t i = 0; i < request->header_count; i++) {
        struct base_span name = request->headers[i].name, value = request->headers[i].value;

        memcpy(to, name.p, name.n);
        memcpy(to + name.n, value.p, value.n);
        c->headers[i] = (struct http_header){{to, name.n}, {to + name.n, value.n}};
        to += name.n + value.n;
    }
    c->header_count = request->header_count;
    return BASE_OK;
}

/* The token goes to the app's own API host and nowhere else (C9, C13): a target is a path. */
static enum base_status make_url(struct broker_call *c, struct base_error *err)
{
    const char *api_url;
    enum base_status status;

    status = hubspot_target_check(base_span_of(c->target), err);
    if (!status)
        status = broker_recent_api_url(c->b, c->account, &api_url, err);
    if (status)
        return status;
    c->url = broker_url(api_url, c->target);
    return c->url ? BASE_OK : base_fail_memory(err);
}

static enum base_status prepare(struct broker_call *c, const struct broker_request *request,
                                struct base_error *err)
{
    enum base_status status;

    c->account = base_mem_strdup(request->account);
    c->method = base_mem_strdup(request->method);
    c->target = base_mem_strdup(request->target);
    c->timer = loop_timer_new(c->b->loop, get_token, c);
    c->impatience = loop_timer_new(c->b->loop, on_impatience, c);
    if (!c->account || !c->method || !c->target || !c->timer || !c->impatience)
        return base_fail_memory(err);
    if ((status = copy_headers(c, request, err)) || (status = make_url(c, err)))
        return status;
    c->lane =
        broker_queue_lane(c->b, c->account, hubspot_budget_of(c->method, base_span_of(c->target)));
    return c->lane ? BASE_OK : base_fail_memory(err);
}

enum base_status broker_call_start(struct broker *b, const struct broker_request *request,
                                   broker_call_fn *fn, void *arg, struct broker_call **ret,
                                   struct base_error *err)
{
    struct broker_call *c = base_mem_new(sizeof(*c));
    enum base_status status;
    int64_t patience;

    if (!c)
        return base_fail_memory(err);
    c->b = b;
    c->body = request->body;
    c->max_body = request->max_body ? request->max_body : CALL_MAX_BODY;
    c->bulk = request->bulk;
    c->check = request->check;
    c->on_piece = request->on_piece;
    c->fn = fn;
    c->arg = arg;
    status = prepare(c, request, err);
    if (status) {
        broker_call_cancel(c);
        return status;
    }
    patience = c->bulk ? BROKER_BULK_PATIENCE_MS : BROKER_CALL_PATIENCE_MS;
    c->deadline = loop_now(b->loop) + patience;
    loop_timer_start(c->impatience, patience);
    loop_timer_start(c->timer, 0);
    *ret = c;
    return BASE_OK;
}

struct broker_budget broker_call_budget(struct broker *b, const char *account)
{
    struct broker_lane *lane = broker_queue_lane(b, account, HUBSPOT_BUDGET_CALLS);
    struct hubspot_limit limit;
    int64_t now = loop_now(b->loop);

    if (!lane)
        return (struct broker_budget){0};
    broker_queue_look(lane, &limit);
    return (struct broker_budget){
        .used = hubspot_limit_used(&limit, now),
        .max = limit.max,
        .bulk_max = broker_queue_bulk_max(lane),
        .interval_ms = limit.interval_ms,
        .wait_ms = hubspot_limit_next(&limit, now, 0) - now,
        .least_gap_ms = b->pace.least_gap_ms,
        .throttled = limit.throttled,
    };
}
