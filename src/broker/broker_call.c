#include "broker_call.h"

#include "base_json.h"
#include "base_json_flow.h"
#include "base_text.h"
#include "base_time.h"
#include "broker_int.h"
#include "broker_queue.h"
#include "broker_recent.h"
#include "broker_redact.h"
#include "broker_scope.h"
#include "broker_token.h"
#include "crypt_random.h"
#include "hubspot_retry.h"
#include "hubspot_target.h"

#define CALL_MAX_HEADERS 32
#define CALL_MAX_BODY (16u << 20)
#define CALL_TELL_MS 2000 /* waits longer than this are worth a word */
#define CALL_MIN_TTL_MS                                                                            \
    (60 * BASE_SECOND_MS) /* a request that is sent now may be slow to arrive                      \
                           */

struct broker_call {
    struct broker *b;
    char *account, *method, *target;
    struct http_header headers[CALL_MAX_HEADERS];
    size_t header_count;
    char *header_text; /* what the spans above point into */
    struct base_span body;
    size_t max_body;
    bool bulk;
    enum base_status (*check)(void *arg, struct base_span body);
    broker_piece_fn *on_piece;
    broker_call_fn *fn;
    void *arg;

    int64_t handed_over;           /* bytes of the body; 0: it is held */
    bool no_memory;                /* that is why no more of it was wanted */
    bool is_json;                  /* what is handed over calls itself so */
    struct base_json_flow flow;    /* of it */
    int64_t deadline;              /* loop time: no attempt begins after it */
    struct loop_timer *impatience; /* for the wait in the queue */
    struct broker_lane *lane;
    struct broker_token_get *token;
    struct broker_ticket *ticket;
    struct http_call *http;
    struct loop_timer *timer;
    char *url;
    struct crypt_secret *access_token;
    int64_t token_obtained_at;
    int64_t refused_obtained_at; /* the token of that time got a 401 */
    bool departed;
    int64_t departed_at;
    unsigned attempts;
};

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

static void finish(struct broker_call *c, enum base_status status, struct broker_response *response,
                   const struct base_error *err)
{
    c->fn(c->arg, status, response, err);
    broker_call_cancel(c);
}

/* ------------------------------------------------------------------ answers */

static void get_token(void *arg);

static int64_t time_left(const struct broker_call *c)
{
    int64_t left = c->deadline - loop_now(c->b->loop);
    return left > 0 ? left : 0;
}

/* Tries again after a while, if that is allowed and in time, and says so. */
static bool again_later(struct broker_call *c, const struct hubspot_refusal *refusal,
                        bool maybe_acted, const char *because)
{
    struct hubspot_retry rule = {
        .attempts = c->attempts,
        .max_attempts = c->bulk ? BROKER_BULK_ATTEMPTS : BROKER_CALL_ATTEMPTS,
        .idempotent = hubspot_retry_idempotent(c->method, base_span_of(c->target)),
        .maybe_acted = maybe_acted,
        .patience_ms = time_left(c),
    };
    uint32_t random;
    int64_t wait;
    char human[32];

    if (rule.patience_ms == 0)
        return false;
    crypt_random(&random, sizeof(random));
    wait = hubspot_retry_wait(&rule, refusal, random);
    if (wait < 0)
        return false;
    loop_timer_start(c->timer, wait);
    if (wait > CALL_TELL_MS)
        broker_notice(c->b, "%s; trying again in %s", because, base_time_human(human, wait));
    else
        broker_notice(c->b, "%s; trying again", because);
    return true;
}

static bool is_json(const struct http_response *r)
{
    struct base_span type = http_response_header(r, "content-type");

    return base_span_is_nocase(base_span_trim(base_span_cut(&type, ';')), "application/json");
}

/* For base_mem_free(); NULL when memory is short. */
static struct broker_header *headers_of(const struct http_response *r)
{
    struct broker_header *headers = base_mem_array(r->header_count + 1, sizeof(*headers));

    for (size_t i = 0; headers && i < r->header_count; i++)
        headers[i] = (struct broker_header){r->headers[i].name, r->headers[i].value};
    return headers;
}

static void deliver(struct broker_call *c, enum base_status status, struct http_response *r,
                    const struct base_error *err)
{
    struct broker_header *headers = headers_of(r);
    struct broker_response response = {.status = r->status,
                                       .headers = headers,
                                       .header_count = r->header_count,
                                       .is_json = is_json(r),
                                       .body = &r->body,
                                       .elapsed_ms = r->elapsed_ms};
    struct base_error memory = BASE_ERROR_NONE;

    if (headers)
        finish(c, status, &response, err);
    else
        finish(c, base_fail_memory(&memory), NULL, &memory);
    base_mem_free(headers);
}

/* A refusal names the policy that was broken, which need not be that of the call's own budget: that
 * searches are free of the ten seconds is nowhere promised. A day's end is not waited for. */
static void obey(struct broker_call *c, const struct hubspot_refusal *refusal)
{
    struct base_span policy = base_span_of(refusal->policy);
    bool ten_secondly = base_span_is(policy, "TEN_SECONDLY_ROLLING");
    struct broker_lane *lane = c->lane;

    if (base_span_is(policy, "DAILY"))
        return;
    if (ten_secondly)
        lane = broker_queue_lane(c->b, c->account, HUBSPOT_BUDGET_CALLS);
    if (lane)
        broker_queue_throttled(lane, refusal->retry_after_ms, ten_secondly);
}

static void name_app(const struct broker_call *c, struct base_error *err)
{
    struct base_span rest = base_span_of(c->account);
    BASE_CLEANUP(base_mem_cleanup) char *name = base_span_dup(base_span_cut(&rest, '/'));

    if (name) /* short of memory NAME has to do */
        broker_app_hint(name, err);
}

static void on_refused(struct broker_call *c, struct http_response *r)
{
    struct hubspot_refusal refusal;
    struct base_error err = BASE_ERROR_NONE;
    char doing[sizeof(err.doing)], because[128];
    enum base_status status;

    hubspot_refusal_of_api(r->status, base_buf_span(&r->body),
                           http_response_header(r, "retry-after"), broker_now(c->b), &refusal);
    broker_redact(&refusal, crypt_secret_span(c->access_token));
    /* Once (C10): a second 401 is not the token's age. */
    if (refusal.verdict == HUBSPOT_TOKEN_EXPIRED && !c->refused_obtained_at) {
        c->refused_obtained_at = c->token_obtained_at;
        broker_recent_forget(c->b, c->account);
        loop_timer_start(c->timer, 0);
        return;
    }
    if (refusal.verdict == HUBSPOT_THROTTLED)
        obey(c, &refusal);
    base_text_format(because, sizeof(because), "HubSpot answered %d%s%s", r->status,
                     refusal.code[0] ? " " : "", refusal.code);
    if (again_later(c, &refusal, false, because))
        return;
    base_text_format(doing, sizeof(doing), "%s %s", c->method, c->target);
    status = hubspot_refusal_explain(&refusal, r->status, doing, &err);
    name_app(c, &err);
    if (refusal.scopes[0] || strcmp(refusal.code, "MISSING_SCOPES") == 0)
        broker_scope_advise(c->b, c->account, refusal.scopes, &err);
    deliver(c, status, r, &err);
}

static const char *hint_after(const struct broker_call *c, const char *otherwise)
{
    return hubspot_retry_idempotent(c->method, base_span_of(c->target))
               ? otherwise
               : "it was most likely carried out: look before you send it again";
}

/* What was handed over cannot be taken back: nothing is repeated. */
static void on_cut(struct broker_call *c, enum base_status status, const struct base_error *lower)
{
    struct base_error err = *lower;
    char bytes[27];

    if (c->no_memory)
        status = base_fail_memory(&err);
    else if (status != BASE_CANCELLED)
        base_fail(&err, status, "calling the API",
                  "%s; %s bytes of it had been handed on: what was written is not whole",
                  lower->why, base_text_thousands(bytes, c->handed_over));
    base_error_doing(&err, "%s %s", c->method, c->target);
    base_error_lower(&err, "%s", lower->lower);
    base_error_hint(&err, "%s", hint_after(c, "call again, and use nothing of what was written"));
    finish(c, status, NULL, &err);
}

static void on_lost(struct broker_call *c, enum base_status status, enum http_progress progress,
                    const struct base_error *lower)
{
    struct base_error err = *lower;

    if (c->handed_over > 0) {
        on_cut(c, status, lower);
        return;
    }
    if (status == BASE_UNAVAILABLE &&
        again_later(c, NULL, progress == HTTP_MAYBE_ACTED, lower->why))
        return;
    base_error_doing(&err, "%s %s", c->method, c->target);
    finish(c, status, NULL, &err);
}

/* A gateway's page in the place of the answer, or an answer that was cut: HubSpot's own are whole.
 */
static bool is_broken(const struct broker_call *c, const struct http_response *r)
{
    struct base_span body = base_buf_span(&r->body);

    if (c->check)
        return c->check(c->arg, body) == BASE_INVALID;
    return is_json(r) && body.n > 0 && !base_json_valid(body);
}

/* Whatever else it says, the server may have acted. */
static void on_broken(struct broker_call *c, struct http_response *r)
{
    const struct hubspot_refusal refusal = {.verdict = HUBSPOT_TRANSIENT,
                                            .http_status = r->status,
                                            .not_json = true,
                                            .retry_after_ms = -1};
    struct base_error err = BASE_ERROR_NONE;

    if (again_later(c, &refusal, true, "HubSpot's answer is not whole"))
        return;
    base_fail(&err, BASE_UNAVAILABLE, "calling the API",
              "HubSpot answered %d, with a body that is no whole answer", r->status);
    base_error_doing(&err, "%s %s", c->method, c->target);
    base_error_hint(&err, "%s", hint_after(c, ""));
    err.http_status = r->status;
    deliver(c, BASE_UNAVAILABLE, r, &err);
}

static bool on_piece(void *arg, const struct http_response *head, struct base_span piece)
{
    struct broker_call *c = arg;
    BASE_CLEANUP(base_mem_cleanup) struct broker_header *headers = head ? headers_of(head) : NULL;
    struct base_buf none = {0};
    struct broker_response response;

    c->handed_over += (int64_t)piece.n;
    if (!head) {
        base_json_flow_add(&c->flow, c->is_json ? piece : BASE_SPAN_NONE);
        return c->on_piece(c->arg, NULL, piece);
    }
    c->no_memory = !headers;
    if (!headers)
        return false;
    c->is_json = is_json(head);
    base_json_flow_add(&c->flow, c->is_json ? piece : BASE_SPAN_NONE);
    response = (struct broker_response){.status = head->status,
                                        .headers = headers,
                                        .header_count = head->header_count,
                                        .is_json = c->is_json,
                                        .body = &none};
    return c->on_piece(c->arg, &response, piece);
}

/* Whether what was handed over came to its end, as far as can be said when it is gone. */
static void on_handed_over(struct broker_call *c, struct http_response *r)
{
    struct base_error err = BASE_ERROR_NONE;

    if (!c->is_json || base_json_flow_ended(&c->flow)) {
        deliver(c, BASE_OK, r, NULL);
        return;
    }
    base_fail(&err, BASE_UNAVAILABLE, "calling the API",
              "HubSpot's answer ends before its JSON does");
    on_cut(c, BASE_UNAVAILABLE, &err);
}

static void on_done(void *arg, enum base_status status, struct http_response *r,
                    enum http_progress progress, const struct base_error *err)
{
    struct broker_call *c = arg;
    /* Not loop_now(): libcurl's times are of this moment, and among a hundred answers the turn may
     * have begun long ago. */
    int64_t now = loop_clock(c->b->loop);

    c->http = NULL;
    c->departed = false;
    if (status) {
        broker_queue_lost(c->lane, c->departed_at);
        on_lost(c, status, progress, err);
        return;
    }
    broker_queue_response(c->lane, c->departed_at, r, now);
    if (r->status < 200 || r->status >= 300)
        on_refused(c, r);
    else if (c->handed_over > 0)
        on_handed_over(c, r);
    else if (is_broken(c, r))
        on_broken(c, r);
    else
        deliver(c, BASE_OK, r, NULL);
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
        .on_piece = c->on_piece ? on_piece : NULL,
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
        status = http_start(http, &request, on_done, c, &c->http, &err);
    if (status) {
        c->http = NULL;
        finish(c, status, NULL, &err);
    }
}

static void fail_late(struct broker_call *c)
{
    struct base_error err = BASE_ERROR_NONE;

    base_fail(
        &err, BASE_UNAVAILABLE, "calling the API",
        "the call's turn did not come in %lld minutes: HubSpot's limit is used up, or HubSpot "
        "asked for a pause",
        (long long)((c->bulk ? BROKER_BULK_PATIENCE_MS : BROKER_CALL_PATIENCE_MS) /
                    BASE_MINUTE_MS));
    base_error_doing(&err, "%s %s", c->method, c->target);
    base_error_hint(&err, "hubauth limits");
    finish(c, BASE_UNAVAILABLE, NULL, &err);
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
    if (!c->ticket)
        finish(c, base_fail_memory(&memory), NULL, &memory);
}

static void on_token(void *arg, enum base_status status, const struct broker_grant *grant,
                     const struct base_error *err)
{
    struct broker_call *c = arg;

    c->token = NULL;
    if (status) {
        finish(c, status, NULL, err);
        return;
    }
    if (time_left(c) == 0) {
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

    if (c->attempts > 0 && time_left(c) == 0) { /* nothing would end its wait in the queue */
        fail_late(c);
        return;
    }
    if (recent && recent->obtained_at != c->refused_obtained_at) {
        take_token(c, recent->secret, recent->obtained_at);
        return;
    }
    status = broker_token_get(c->b, &wish, on_token, c, &c->token, &err);
    if (status)
        finish(c, status, NULL, &err);
}

/* ------------------------------------------------------------------ the start */

static enum base_status copy_headers(struct broker_call *c, const struct broker_request *request,
                                     struct base_error *err)
{
    size_t bytes = 0;
    char *to;

    if (request->header_count > CALL_MAX_HEADERS)
        return base_fail(err, BASE_USAGE, "calling the API", "more than %d headers",
                         CALL_MAX_HEADERS);
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
