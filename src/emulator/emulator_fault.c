#include "emulator_fault.h"

#include "emulator_error.h"
#include "emulator_route.h"
#include "emulator_rows.h"
#include "emulator_state.h"

#include "base_json.h"
#include "base_text.h"

#define HUGE_BYTES ((size_t)10 << 20)
#define TEXT_MAX ((size_t)64 << 10)
#define DELAY_MAX_MS (INT64_C(3600) * 1000)
#define BYTES_MAX (INT64_C(1) << 40)
#define RATE 5 /* bytes in a second */
#define RATE_MAX 1000000
#define DOING "reading a fault"

/* By enum emulator_fault_body; the first has no name. */
static const char *const body_names[] = {"",          "json", "html", "empty", "huge",
                                         "truncated", "text", "long", NULL};
static const char *const action_names[] = {"answer", "reset",   "drop_after_processing",
                                           "expire", "cut",     "chunked",
                                           "drip",   "endless", NULL};
static const char *const policy_names[] = {"TEN_SECONDLY_ROLLING", "SECONDLY", "DAILY", NULL};

/* ---------------------------------------------------------------- reading one */

struct wanted {
    struct base_json_value route, method, body, action, text, error, policy;
    int64_t skip, count, status, delay_ms, retry_after, rate, bytes;
    bool retry_date;
};

static enum base_status pick(const struct base_json_value *v, const char *field,
                             const char *const *names, int *ret, struct base_error *err)
{
    if (v->type != BASE_JSON_STRING) /* absent */
        return BASE_OK;
    for (int i = 0; names[i] != NULL; i++) {
        if (names[i][0] != '\0' && base_json_string_is(v, names[i])) {
            *ret = i;
            return BASE_OK;
        }
    }
    char shown[48];
    base_text_printable_to(shown, sizeof shown, v->raw);
    return base_fail(err, BASE_INVALID, DOING, "\"%s\" cannot be \"%s\"", field, shown);
}

static bool take_text(const struct base_json_value *v, char *out, size_t size)
{
    if (v->type != BASE_JSON_STRING)
        return true; /* absent: out stays empty */
    if (base_json_string_length(v) >= size)
        return false;
    base_json_string_decode(v, out);
    return true;
}

/* Whether the route, with some type of object, has this name. */
static bool is_called(const struct emulator_route *route, const char *wanted)
{
    char name[EMULATOR_ROUTE_NAME];
    bool found = strcmp(route->pattern, wanted) == 0;
    for (size_t i = 0; !found && route->flags & EMULATOR_CRM && i < EMULATOR_TYPES; i++) {
        emulator_route_name(route, &emulator_types[i], name);
        found = strcmp(name, wanted) == 0;
    }
    return found;
}

static enum base_status pick_route(const struct wanted *w, struct emulator_fault *f,
                                   struct base_error *err)
{
    bool fits = take_text(&w->route, f->route, sizeof f->route) &&
                take_text(&w->method, f->method, sizeof f->method);
    if (fits && strcmp(f->route, "*") == 0)
        return BASE_OK;
    for (size_t i = 0; fits && i < emulator_route_count; i++) {
        const struct emulator_route *route = &emulator_routes[i];
        if ((route->flags & EMULATOR_ADMIN) == 0 && is_called(route, f->route) &&
            (f->method[0] == '\0' || strcmp(route->method, f->method) == 0))
            return BASE_OK;
    }
    return base_fail(err, BASE_INVALID, DOING,
                     "no such route: give a path as the keys of \"requests\" in /_emulator/stats "
                     "have it, or \"*\"");
}

/* The texts of a fault that come from tables. */
static enum base_status pick_error(const struct wanted *w, struct emulator_fault *f,
                                   struct base_error *err)
{
    int policy = -1;
    enum emulator_oauth_error error;
    enum base_status st = pick(&w->policy, "policy", policy_names, &policy, err);
    if (st != BASE_OK)
        return st;
    if (policy >= 0) {
        base_text_format(f->policy, sizeof f->policy, "%s", policy_names[policy]);
        if (f->status == 0)
            f->status = 429;
    }
    if (w->error.type != BASE_JSON_STRING)
        return BASE_OK;
    if (!emulator_error_oauth_find(w->error.raw, &error))
        return base_fail(err, BASE_INVALID, DOING, "\"error\" is no status of a token endpoint");
    base_text_copy(f->oauth_error, sizeof f->oauth_error, w->error.raw);
    return BASE_OK;
}

static enum base_status pick_text(const struct wanted *w, struct emulator_fault *f,
                                  struct base_error *err)
{
    if (w->text.type != BASE_JSON_STRING)
        return f->body == EMULATOR_BODY_TEXT
                   ? base_fail(err, BASE_INVALID, DOING, "\"text\" is missing")
                   : BASE_OK;
    if (base_json_string_length(&w->text) > TEXT_MAX)
        return base_fail(err, BASE_INVALID, DOING, "\"text\" is too long");
    f->text = base_json_string_dup(&w->text);
    if (f->text == NULL)
        return base_fail(err, BASE_INVALID, DOING, "\"text\" cannot be kept");
    f->body = EMULATOR_BODY_TEXT;
    return BASE_OK;
}

static enum base_status pick_answer(const struct wanted *w, struct emulator_fault *f,
                                    struct base_error *err)
{
    int body = EMULATOR_BODY_REAL, action = EMULATOR_ACTION_ANSWER;
    enum base_status st = pick(&w->body, "body", body_names, &body, err);
    if (st == BASE_OK)
        st = pick(&w->action, "action", action_names, &action, err);
    f->body = (enum emulator_fault_body)body;
    f->action = (enum emulator_fault_action)action;
    if (st == BASE_OK)
        st = pick_error(w, f, err);
    if (st == BASE_OK)
        st = pick_text(w, f, err);
    if (f->status != 0 && f->body == EMULATOR_BODY_REAL)
        f->body = EMULATOR_BODY_JSON;
    if (st == BASE_OK && (f->body == EMULATOR_BODY_LONG) != (f->bytes > 0))
        return base_fail(err, BASE_INVALID, DOING, "\"body\":\"long\" and \"bytes\" go together");
    if (st == BASE_OK && f->body == EMULATOR_BODY_LONG && f->action >= EMULATOR_ACTION_DRIP)
        return base_fail(err, BASE_INVALID, DOING, "a long body is sent as fast as it is taken");
    return st;
}

static enum base_status check_numbers(const struct wanted *w, struct base_error *err)
{
    if (w->count < 1 || w->skip < 0 || w->retry_after < 0)
        return base_fail(err, BASE_INVALID, DOING,
                         "\"count\", \"skip\" or \"retry_after\" is too small");
    if (w->status != 0 && (w->status < 200 || w->status > 599))
        return base_fail(err, BASE_INVALID, DOING, "\"status\" must be within 200 and 599");
    if (w->rate < 1 || w->rate > RATE_MAX)
        return base_fail(err, BASE_INVALID, DOING, "\"rate\" must be within 1 and 1000000");
    if (w->bytes < 0 || w->bytes > BYTES_MAX)
        return base_fail(err, BASE_INVALID, DOING, "\"bytes\" must be within 0 and 2^40");
    if (w->delay_ms < 0 || w->delay_ms > DELAY_MAX_MS)
        return base_fail(err, BASE_INVALID, DOING, "\"delay_ms\" must be within 0 and an hour");
    return BASE_OK;
}

static bool does_nothing(const struct emulator_fault *f)
{
    return f->body == EMULATOR_BODY_REAL && f->action == EMULATOR_ACTION_ANSWER &&
           f->delay_ms == 0 && f->oauth_error[0] == '\0' && f->retry_after == 0;
}

static enum base_status read_fault(struct base_span json, struct emulator_fault *ret,
                                   struct base_error *err)
{
    struct wanted w = {.count = 1, .rate = RATE};
    const struct base_json_field fields[] = {
        {"route", BASE_JSON_WANT_STRING, true, &w.route, NULL},
        {"method", BASE_JSON_WANT_STRING, false, &w.method, NULL},
        {"skip", BASE_JSON_WANT_INT64, false, &w.skip, NULL},
        {"count", BASE_JSON_WANT_INT64, false, &w.count, NULL},
        {"status", BASE_JSON_WANT_INT64, false, &w.status, NULL},
        {"body", BASE_JSON_WANT_STRING, false, &w.body, NULL},
        {"text", BASE_JSON_WANT_STRING, false, &w.text, NULL},
        {"error", BASE_JSON_WANT_STRING, false, &w.error, NULL},
        {"policy", BASE_JSON_WANT_STRING, false, &w.policy, NULL},
        {"action", BASE_JSON_WANT_STRING, false, &w.action, NULL},
        {"delay_ms", BASE_JSON_WANT_INT64, false, &w.delay_ms, NULL},
        {"retry_after", BASE_JSON_WANT_INT64, false, &w.retry_after, NULL},
        {"retry_date", BASE_JSON_WANT_BOOL, false, &w.retry_date, NULL},
        {"rate", BASE_JSON_WANT_INT64, false, &w.rate, NULL},
        {"bytes", BASE_JSON_WANT_INT64, false, &w.bytes, NULL},
    };
    enum base_status st = base_json_decode(json, fields, sizeof fields / sizeof fields[0], err);
    if (st == BASE_OK)
        st = check_numbers(&w, err);
    if (st != BASE_OK)
        return st;
    struct emulator_fault f = {.skip = w.skip,
                               .count = w.count,
                               .status = (int)w.status,
                               .delay_ms = w.delay_ms,
                               .retry_after = w.retry_after,
                               .retry_date = w.retry_date,
                               .rate = w.rate,
                               .bytes = w.bytes};
    st = pick_route(&w, &f, err);
    if (st == BASE_OK)
        st = pick_answer(&w, &f, err);
    if (st == BASE_OK && does_nothing(&f))
        st = base_fail(err, BASE_INVALID, DOING,
                       "give one of \"status\", \"body\", \"text\", \"error\", \"action\", "
                       "\"delay_ms\", \"retry_after\"");
    if (st == BASE_OK)
        *ret = f;
    else
        base_mem_free(f.text);
    return st;
}

/* ---------------------------------------------------------------- keeping them */

enum base_status emulator_fault_add(struct emulator_faults *faults, struct base_span json,
                                    struct base_error *err)
{
    if (faults->count == EMULATOR_FAULTS_MAX)
        return base_fail(err, BASE_LIMIT, DOING, "%d faults are waiting already",
                         EMULATOR_FAULTS_MAX);
    struct emulator_fault f;
    enum base_status st = read_fault(json, &f, err);
    if (st == BASE_OK)
        faults->items[faults->count++] = f;
    return st;
}

void emulator_fault_clear(struct emulator_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        base_mem_free(faults->items[i].text);
    faults->count = 0;
}

/* Used-up ones are swept out at the next request, because a caller may still look at the last one.
 */
static void sweep(struct emulator_faults *faults)
{
    size_t kept = 0;
    for (size_t i = 0; i < faults->count; i++) {
        if (faults->items[i].count > 0)
            faults->items[kept++] = faults->items[i];
        else
            base_mem_free(faults->items[i].text);
    }
    faults->count = kept;
}

struct emulator_fault *emulator_fault_take(struct emulator_faults *faults,
                                           const struct emulator_route *route,
                                           const struct emulator_type *type)
{
    char name[EMULATOR_ROUTE_NAME];
    sweep(faults);
    if (faults->count == 0)
        return NULL;
    emulator_route_name(route, type, name);
    for (size_t i = 0; i < faults->count; i++) {
        struct emulator_fault *f = &faults->items[i];
        if (strcmp(f->route, "*") != 0 && strcmp(f->route, name) != 0 &&
            strcmp(f->route, route->pattern) != 0)
            continue;
        if (f->method[0] != '\0' && strcmp(f->method, route->method) != 0)
            continue;
        if (f->skip > 0) {
            f->skip--;
            return NULL;
        }
        f->count--;
        return f;
    }
    return NULL;
}

/* ---------------------------------------------------------------- striking */

bool emulator_fault_processes(const struct emulator_fault *fault)
{
    if (fault->action == EMULATOR_ACTION_RESET)
        return false;
    if (fault->action >= EMULATOR_ACTION_CHUNKED)
        return fault->body == EMULATOR_BODY_REAL && fault->oauth_error[0] == '\0';
    if (fault->action != EMULATOR_ACTION_ANSWER)
        return true;
    return fault->oauth_error[0] == '\0' &&
           (fault->body == EMULATOR_BODY_REAL || fault->body == EMULATOR_BODY_TRUNCATED);
}

static void answer_huge(struct emulator_call *call, int status)
{
    static const char filler[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    struct base_jsonw w;
    emulator_answer_json(call, status, &w);
    struct base_buf *body = &call->answer.body;
    base_buf_add_str(body, "{\"filler\":\"");
    while (base_buf_status(body) == BASE_OK && body->n < HUGE_BYTES)
        base_buf_add(body, filler, sizeof filler - 1);
    base_buf_add_str(body, "\"}");
}

static void answer_status(struct emulator_call *call, const struct emulator_fault *fault,
                          int status)
{
    switch (status) {
    case 401:
        emulator_error_unauthenticated(call);
        break;
    case 423:
        emulator_error_plain(call, 423, "The resource is locked by another write.", NULL);
        break;
    case 429:
        emulator_error_rate(call, fault->policy[0] != '\0' ? fault->policy : NULL);
        break;
    case 477:
        emulator_error_plain(call, 477, "This account is being migrated.", NULL);
        break;
    default:
        emulator_error_plain(call, status, serve_status_text(status), NULL);
        break;
    }
}

static void answer_body(struct emulator_call *call, const struct emulator_fault *fault)
{
    int status = fault->status != 0 ? fault->status : 200;
    struct base_jsonw w;
    switch (fault->body) {
    case EMULATOR_BODY_REAL:
        break;
    case EMULATOR_BODY_JSON:
        answer_status(call, fault, status);
        break;
    case EMULATOR_BODY_HTML:
        emulator_error_page(call, status);
        break;
    case EMULATOR_BODY_EMPTY:
        emulator_answer_empty(call, status);
        break;
    case EMULATOR_BODY_HUGE:
        answer_huge(call, status);
        break;
    case EMULATOR_BODY_TRUNCATED:
        if (fault->status != 0)
            call->answer.status = fault->status;
        call->answer.body.n /= 2;
        break;
    case EMULATOR_BODY_TEXT:
        emulator_answer_json(call, status, &w);
        base_buf_add_str(&call->answer.body, fault->text);
        break;
    case EMULATOR_BODY_LONG:
        emulator_answer_empty(call, status);
        call->answer.rows = emulator_rows_in(fault->bytes);
        break;
    }
}

static enum emulator_ending long_ending(enum emulator_ending ending)
{
    return ending == EMULATOR_SEND      ? EMULATOR_ROWS
           : ending == EMULATOR_CUT     ? EMULATOR_ROWS_CUT
           : ending == EMULATOR_CHUNKED ? EMULATOR_ROWS_CHUNKED
                                        : ending;
}

void emulator_fault_apply(const struct emulator_fault *fault, struct emulator_call *call)
{
    static const enum emulator_ending endings[] = {
        [EMULATOR_ACTION_ANSWER] = EMULATOR_SEND, [EMULATOR_ACTION_RESET] = EMULATOR_RESET,
        [EMULATOR_ACTION_DROP] = EMULATOR_RESET,  [EMULATOR_ACTION_EXPIRE] = EMULATOR_SEND,
        [EMULATOR_ACTION_CUT] = EMULATOR_CUT,     [EMULATOR_ACTION_CHUNKED] = EMULATOR_CHUNKED,
        [EMULATOR_ACTION_DRIP] = EMULATOR_DRIP,   [EMULATOR_ACTION_ENDLESS] = EMULATOR_ENDLESS,
    };
    enum emulator_oauth_error error;
    if (fault->oauth_error[0] != '\0' &&
        emulator_error_oauth_find(base_span_of(fault->oauth_error), &error)) {
        emulator_error_oauth(call, error, NULL);
        if (fault->status != 0)
            call->answer.status = fault->status;
    } else {
        answer_body(call, fault);
    }
    call->answer.retry_after = fault->retry_after;
    call->answer.retry_date = fault->retry_date;
    call->answer.rate = fault->rate;
    call->answer.ending = endings[fault->action];
    if (call->answer.rows > 0)
        call->answer.ending = long_ending(call->answer.ending);
    call->note = "fault";
}
