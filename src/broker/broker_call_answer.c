/* What an answer means: delivered, handed over in pieces, repeated, or an error. */
#include "broker_call_int.h"

#include "base_json.h"
#include "base_text.h"
#include "base_time.h"
#include "broker_recent.h"
#include "broker_redact.h"
#include "broker_scope.h"
#include "crypt_random.h"
#include "hubspot_retry.h"

#define CALL_TELL_MS 2000 /* waits longer than this are worth a word */

/* Tries again after a while, if that is allowed and in time, and says so. */
static bool again_later(struct broker_call *c, const struct hubspot_refusal *refusal,
                        bool maybe_acted, const char *because)
{
    struct hubspot_retry rule = {
        .attempts = c->attempts,
        .max_attempts = c->bulk ? BROKER_BULK_ATTEMPTS : BROKER_CALL_ATTEMPTS,
        .idempotent = hubspot_retry_idempotent(c->method, base_span_of(c->target)),
        .maybe_acted = maybe_acted,
        .patience_ms = broker_call_time_left(c),
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
        broker_call_finish(c, status, &response, err);
    else
        broker_call_finish(c, base_fail_memory(&memory), NULL, &memory);
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
                           http_response_header(r, "retry-after"), broker_server_now(c->b, r),
                           &refusal);
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
                  "%s; %s bytes of it had been handed on: what was written is cut or damaged, "
                  "and not to be trusted",
                  lower->why, base_text_thousands(bytes, c->handed_over));
    base_error_doing(&err, "%s %s", c->method, c->target);
    base_error_lower(&err, "%s", lower->lower);
    base_error_hint(&err, "%s", hint_after(c, "call again, and use nothing of what was written"));
    broker_call_finish(c, status, NULL, &err);
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
    broker_call_finish(c, status, NULL, &err);
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

bool broker_call_on_piece(void *arg, const struct http_response *head, struct base_span piece)
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

void broker_call_on_done(void *arg, enum base_status status, struct http_response *r,
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
