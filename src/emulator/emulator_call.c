#include "emulator_call.h"

#include "emulator_drip.h"
#include "emulator_error.h"
#include "emulator_gzip.h"
#include "emulator_route.h"
#include "emulator_rows.h"
#include "emulator_state.h"
#include "emulator_type.h"

#include "base_text.h"
#include "base_time.h"
#include "base_url.h"
#include "crypt_random.h"

#define GZIP_FROM 200                 /* bytes */
#define PAGE_USUAL ((size_t)64 << 10) /* bytes of a hundred objects */
#define LOCATION_MAX ((size_t)32 << 10)

/* ---------------------------------------------------------------- UUIDs (RFC 9562) */

static void uuid_text(char out[37], unsigned char id[16], unsigned char version)
{
    id[6] = (unsigned char)((id[6] & 0x0f) | version << 4);
    id[8] = (unsigned char)((id[8] & 0x3f) | 0x80);
    base_text_format(out, 37,
                     "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", id[0],
                     id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10], id[11],
                     id[12], id[13], id[14], id[15]);
}

void emulator_uuid4(char out[37])
{
    unsigned char id[16];
    crypt_random(id, sizeof id);
    uuid_text(out, id, 4);
}

static void uuid7(char out[37], int64_t now)
{
    unsigned char id[16];
    crypt_random(id, sizeof id);
    for (int i = 0; i < 6; i++)
        id[i] = (unsigned char)((uint64_t)now >> (40 - 8 * i));
    uuid_text(out, id, 7);
}

/* ---------------------------------------------------------------- life of a call */

static void count_in_flight(struct emulator_call *call, int change)
{
    struct emulator_stats *stats = &call->emulator->stats;
    if (call->route == NULL || (call->route->flags & EMULATOR_API) == 0)
        return;
    stats->in_flight += change;
    if (stats->in_flight > stats->in_flight_max)
        stats->in_flight_max = stats->in_flight;
}

struct emulator_call *emulator_call_new(struct emulator *e, struct serve_exchange *x,
                                        bool *ret_malformed)
{
    struct emulator_call *call = base_mem_new(sizeof *call);
    if (call == NULL)
        return NULL;
    call->emulator = e;
    call->exchange = x;
    call->request = serve_exchange_request(x);
    call->now = emulator_now(e);
    call->arrived = base_time_monotonic();
    uuid7(call->correlation, call->now);
    base_buf_init_sensitive(&call->answer.body, EMULATOR_ANSWER_MAX);
    base_buf_init_sensitive(&call->answer.location, LOCATION_MAX);
    /* Too many fields are no fault of syntax: the lists read theirs from the raw query. */
    *ret_malformed = serve_form_parse(call->request->query, &call->query, NULL) == BASE_INVALID;

    call->next = e->calls;
    call->link = &e->calls;
    if (call->next != NULL)
        call->next->link = &call->next;
    e->calls = call;
    serve_exchange_set(x, call);
    return call;
}

void emulator_call_free(struct emulator_call *call)
{
    if (call == NULL)
        return;
    if (call->timer != NULL) /* its answer was waiting */
        count_in_flight(call, -1);
    loop_timer_free(call->timer);
    loop_timer_free(call->drip);
    emulator_gzip_end(call->gzip);
    if (call->exchange != NULL)
        serve_exchange_set(call->exchange, NULL);
    *call->link = call->next;
    if (call->next != NULL)
        call->next->link = call->link;
    serve_form_free(&call->query);
    serve_form_free(&call->form);
    serve_form_free(&call->basic);
    base_buf_free(&call->answer.body);
    base_buf_free(&call->answer.location);
    base_mem_free(call);
}

void emulator_call_form(struct emulator_call *call)
{
    struct base_span type = serve_request_header(call->request, "content-type");
    type = base_span_trim(base_span_cut(&type, ';'));
    if (base_span_is_nocase(type, "application/x-www-form-urlencoded"))
        (void)serve_form_parse(call->request->body, &call->form, NULL);
}

void emulator_call_records(const struct emulator_call *call, const struct emulator_type *type,
                           struct emulator_records *ret)
{
    const struct emulator_config *config = &call->emulator->config;
    const int64_t counts[EMULATOR_TYPES] = {config->contacts, config->companies, config->deals,
                                            config->tickets, config->machines};
    struct emulator_population population = {
        .seed = config->seed,
        .count = counts[emulator_type_number(type)],
        .archived = config->archived,
        .merged = config->merged,
        .growing = config->growing,
        .vanishing = config->vanishing,
        .started_ms = call->emulator->started_ms,
        .now_ms = call->now,
    };
    emulator_records_init(ret, type, call->grant.portal, &population);
}

/* ---------------------------------------------------------------- answers */

/* Drops what was answered so far. */
static void clear_answer(struct emulator_call *call)
{
    struct emulator_answer *a = &call->answer;
    base_buf_reset(&a->body);
    base_buf_reset(&a->location);
    *a = (struct emulator_answer){.body = a->body, .location = a->location};
}

void emulator_answer_empty(struct emulator_call *call, int status)
{
    clear_answer(call);
    call->answer.status = status;
}

void emulator_answer_json(struct emulator_call *call, int status, struct base_jsonw *w)
{
    emulator_answer_empty(call, status);
    call->answer.type = "application/json;charset=utf-8";
    base_jsonw_begin(w, &call->answer.body);
}

void emulator_answer_objects(struct emulator_call *call, int status, struct base_jsonw *w)
{
    emulator_answer_json(call, status, w);
    call->answer.body.sensitive = false;
    (void)base_buf_reserve(&call->answer.body, PAGE_USUAL); /* what fails here fails again */
}

void emulator_answer_redirect(struct emulator_call *call, const char *url)
{
    emulator_answer_empty(call, 302);
    base_buf_add_str(&call->answer.location, url);
}

void emulator_answer_parameter(struct emulator_call *call, const char *name, const char *value)
{
    struct base_buf *out = &call->answer.location;
    bool first = strchr(base_buf_str(out), '?') == NULL;
    base_buf_add_char(out, first ? '?' : '&');
    base_buf_add_str(out, name);
    base_buf_add_char(out, '=');
    base_url_encode(out, base_span_of(value));
}

/* What HubSpot and Cloudflare in front of it put on every API answer. Left out on purpose: alt-svc
 * and strict-transport-security, which would send clients away from here, and cookies. */
static void add_api_headers(struct emulator_call *call)
{
    struct serve_exchange *x = call->exchange;
    unsigned char bytes[26];
    char trace[2 + 2 * sizeof bytes + 1] = "2B", id[37];
    crypt_random(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        base_text_format(trace + 2 + 2 * i, 3, "%02X", bytes[i]);
    emulator_uuid4(id);

    serve_header(x, "x-hubspot-correlation-id", call->correlation);
    serve_header(x, "x-request-id", id);
    serve_header(x, "x-trace", trace);
    serve_header(x, "server", "cloudflare");
    serve_header(x, "cf-cache-status", "DYNAMIC");
    serve_header(x, "vary", "origin, Accept-Encoding");
    serve_header(x, "access-control-allow-credentials", "false");
}

/* Of private apps alone: OAuth apps have no daily limit. */
static void add_daily_headers(struct emulator_call *call)
{
    const struct emulator *e = call->emulator;
    serve_header_int(call->exchange, "X-HubSpot-RateLimit-Daily", e->config.daily_limit);
    serve_header_int(call->exchange, "X-HubSpot-RateLimit-Daily-Remaining",
                     e->day_used < e->config.daily_limit ? e->config.daily_limit - e->day_used : 0);
}

/* The Secondly pair is deprecated, a tenth, and not enforced.
 */
static void add_limit_headers(struct emulator_call *call)
{
    const struct emulator_verdict *v = &call->verdict;
    uint64_t secondly = v->max / 10;
    struct serve_exchange *x = call->exchange;
    serve_header_int(x, "X-HubSpot-RateLimit-Max", (int64_t)v->max);
    serve_header_int(x, "X-HubSpot-RateLimit-Remaining", (int64_t)v->remaining);
    serve_header_int(x, "X-HubSpot-RateLimit-Interval-Milliseconds", v->window_ms);
    serve_header_int(x, "X-HubSpot-RateLimit-Secondly", (int64_t)secondly);
    serve_header_int(x, "X-HubSpot-RateLimit-Secondly-Remaining",
                     (int64_t)(v->remaining < secondly ? v->remaining : secondly));
}

static void add_page_headers(struct emulator_call *call)
{
    char policy[512];
    base_text_format(policy, sizeof policy,
                     "default-src 'none'; style-src 'nonce-%s'; form-action 'self' %s; base-uri "
                     "'none'; frame-ancestors 'none'",
                     call->answer.page_nonce, call->answer.form_origin);
    serve_header(call->exchange, "Content-Security-Policy", policy);
    serve_header(call->exchange, "X-Content-Type-Options", "nosniff");
    serve_header(call->exchange, "X-Frame-Options", "DENY");
    serve_header(call->exchange, "Referrer-Policy", "no-referrer");
}

static void add_headers(struct emulator_call *call)
{
    const struct emulator_answer *a = &call->answer;
    struct serve_exchange *x = call->exchange;
    char date[32];
    if (call->emulator->clock_ahead_ms != 0)
        serve_header(x, "date", base_time_http(date, emulator_now(call->emulator)));
    if (a->type != NULL)
        serve_header(x, "content-type", a->type);
    if (a->gzipped)
        serve_header(x, "content-encoding", "gzip");
    if (call->route == NULL || call->route->flags & EMULATOR_API)
        add_api_headers(call);
    if (call->verdict.max > 0 && !call->emulator->config.no_limit_headers)
        add_limit_headers(call);
    if (call->daily && !call->emulator->config.no_limit_headers)
        add_daily_headers(call);
    if (a->page_nonce[0] != '\0')
        add_page_headers(call);
    if (a->location.n > 0)
        serve_header(x, "location", base_buf_str(&a->location));
    if (a->allow != NULL)
        serve_header(x, "allow", a->allow);
    if (a->extra[0] != NULL)
        serve_header(x, a->extra[0], a->extra[1]);
    if (a->retry_date)
        serve_header(
            x, "retry-after",
            base_time_http(date, emulator_now(call->emulator) + a->retry_after * BASE_SECOND_MS));
    else if (a->retry_after > 0)
        serve_header_int(x, "retry-after", a->retry_after);
    if (call->route != NULL && (call->route->flags & EMULATOR_API) == 0)
        serve_header(x, "cache-control", "no-store"); /* pages and codes */
}

/* The head promises the whole body, and half of it is sent. */
static void cut(struct emulator_call *call)
{
    struct base_span body = base_buf_span(&call->answer.body);
    BASE_CLEANUP(base_buf_free) struct base_buf raw;
    base_buf_init_sensitive(&raw, EMULATOR_ANSWER_MAX);
    base_buf_printf(&raw, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                    call->answer.status, serve_status_text(call->answer.status),
                    call->answer.type != NULL ? call->answer.type : "text/plain", body.n + 1);
    base_buf_add_span(&raw, base_span_first(body, body.n / 2));
    serve_raw_and_close(call->exchange, base_buf_span(&raw));
}

static void write_log(struct emulator_call *call)
{
    struct emulator *e = call->emulator;
    if (e->log == NULL)
        return;
    struct emulator_log_line line = {
        .time_ms = call->now,
        .method = call->request->method,
        .path = call->request->path,
        .pattern = call->route != NULL ? call->route->pattern : NULL,
        .status = call->answer.ending == EMULATOR_RESET ? 0 : call->answer.status,
        .duration_ms = base_time_monotonic() - call->arrived,
        .authorization = serve_request_header(call->request, "authorization").p != NULL,
        .note = call->note,
    };
    if (!emulator_log_write(e->log, &line))
        e->stats.log_failed++;
}

bool emulator_call_wants_gzip(const struct emulator_call *call)
{
    bool api = call->route != NULL && call->route->flags & EMULATOR_API;
    return api && !call->emulator->config.no_gzip &&
           emulator_gzip_wanted(serve_request_header(call->request, "accept-encoding"));
}

/* Short ones are left as they are. */
static void compress(struct emulator_call *call)
{
    struct emulator_answer *a = &call->answer;
    if (a->body.n < GZIP_FROM || a->type == NULL || !emulator_call_wants_gzip(call))
        return;
    struct base_buf small;
    (a->body.sensitive ? base_buf_init_sensitive : base_buf_init)(&small, EMULATOR_ANSWER_MAX);
    if (!emulator_gzip(call->emulator->compressor, base_buf_span(&a->body), &small)) {
        base_buf_free(&small); /* memory is short: it goes out as it is */
        return;
    }
    base_buf_free(&a->body);
    a->body = small;
    a->gzipped = true;
}

/* The log comes first: with the answer, the request is gone. */
static void send_now(struct emulator_call *call)
{
    struct emulator_answer *a = &call->answer;
    bool broken = base_buf_status(&a->body) != BASE_OK || base_buf_status(&a->location) != BASE_OK;
    if (broken && a->ending != EMULATOR_RESET) {
        emulator_error_page(call, 500); /* memory was short */
        call->note = "no memory";
    }
    bool admin = call->route != NULL && call->route->flags & EMULATOR_ADMIN;
    if (!admin && a->ending != EMULATOR_RESET)
        emulator_stats_status(&call->emulator->stats, a->status);
    write_log(call);

    struct serve_exchange *x = call->exchange;
    if (a->ending >= EMULATOR_ROWS) {
        emulator_rows_begin(call);
        return;
    }
    if (a->ending >= EMULATOR_CHUNKED) {
        emulator_drip_begin(call);
        return;
    }
    serve_exchange_set(x, NULL);
    if (a->ending == EMULATOR_RESET) {
        serve_reset(x);
    } else if (a->ending == EMULATOR_CUT) {
        cut(call);
    } else {
        compress(call);
        serve_start(x, a->status);
        add_headers(call);
        serve_send(x, base_buf_span(&a->body));
    }
    call->exchange = NULL;
    emulator_call_free(call);
}

void emulator_call_gone(struct emulator_call *call)
{
    call->answer.ending = EMULATOR_RESET;
    call->note = "client went away";
    call->emulator->stats.gone++;
    write_log(call);
    emulator_call_free(call);
}

static void on_timer(void *arg)
{
    send_now(arg);
}

void emulator_call_finish(struct emulator_call *call, int64_t delay_ms)
{
    if (delay_ms > 0)
        call->timer = loop_timer_new(call->emulator->loop, on_timer, call);
    if (call->timer == NULL) {
        count_in_flight(call, +1);
        count_in_flight(call, -1);
        send_now(call);
        return;
    }
    count_in_flight(call, +1);
    /* From its arrival on: of a hundred that are read in one turn, the last arrives late in it, and
     * the turn's own time is that of its beginning. */
    loop_timer_start(call->timer, call->arrived + delay_ms - loop_now(call->emulator->loop));
}

void emulator_call_let_go(struct emulator *e)
{
    for (struct emulator_call *call = e->calls; call != NULL; call = call->next) {
        if (call->held && call->timer != NULL)
            loop_timer_start(call->timer, 0);
    }
}
