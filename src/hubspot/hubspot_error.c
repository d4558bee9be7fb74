#include "hubspot_error.h"

#include "base_json.h"
#include "base_text.h"
#include "base_time.h"
#include "hubspot_catalogue.h"
#include "hubspot_object.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LONGEST_RETRY_AFTER_MS (2 * BASE_DAY_MS) /* HubSpot speaks of up to 24 h */

/* ---------------------------------------------------------------- the body */

/* The texts of the envelope, all optional. */
struct envelope {
    struct base_json_value status, message, correlation, error, description, category, policy, type;
    struct base_json_value errors;
};

/* False when the body is no JSON object, or gives a name twice: two readers could then differ about
 * what it says. */
static bool read_envelope(struct base_span body, struct envelope *e)
{
    const struct base_json_field fields[] = {
        {"status", BASE_JSON_WANT_VALUE, false, &e->status, NULL},
        {"message", BASE_JSON_WANT_VALUE, false, &e->message, NULL},
        {"correlationId", BASE_JSON_WANT_VALUE, false, &e->correlation, NULL},
        {"error", BASE_JSON_WANT_VALUE, false, &e->error, NULL},
        {"error_description", BASE_JSON_WANT_VALUE, false, &e->description, NULL},
        {"category", BASE_JSON_WANT_VALUE, false, &e->category, NULL},
        {"policyName", BASE_JSON_WANT_VALUE, false, &e->policy, NULL},
        {"errorType", BASE_JSON_WANT_VALUE, false, &e->type, NULL},
        {"errors", BASE_JSON_WANT_VALUE, false, &e->errors, NULL},
    };
    return base_json_decode(body, fields, COUNT(fields), NULL) == BASE_OK;
}

static bool has_text(const struct base_json_value *v)
{
    return v->type == BASE_JSON_STRING && v->raw.n > 0;
}

/* Printable and cut to size; "" unless v is a string. */
static void copy_text(char *out, size_t size, const struct base_json_value *v)
{
    out[0] = '\0';
    if (has_text(v))
        base_json_string_show(v, out, size);
}

/* `status`, else category, else error. The API's "status":"error" is no code. */
static void copy_code(const struct envelope *e, struct hubspot_refusal *r)
{
    const struct base_json_value *const candidates[] = {&e->status, &e->category, &e->error,
                                                        &e->type};
    for (size_t i = 0; i < COUNT(candidates); i++) {
        const struct base_json_value *v = candidates[i];
        if (!has_text(v) || (v == &e->status && base_json_string_is(v, "error")))
            continue;
        copy_text(r->code, sizeof(r->code), v);
        return;
    }
}

static bool is_scope(struct base_span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] >= 0x7f)
            return false;
    return s.n > 0;
}

static bool list_has(const char *list, struct base_span name)
{
    for (struct base_span rest = base_span_of(list); rest.n > 0;)
        if (base_span_eq(base_span_cut(&rest, ' '), name))
            return true;
    return false;
}

/* Whole names only: half a scope would be wrong advice. */
static void add_scope(char *list, size_t size, struct base_span name)
{
    size_t n = strlen(list);
    if (!is_scope(name) || n + 1 + name.n + 1 > size || list_has(list, name))
        return;
    if (n > 0)
        list[n++] = ' ';
    memcpy(list + n, name.p, name.n);
    list[n + name.n] = '\0';
}

/* errors[].context.requiredGranularScopes, or the older requiredScopes. */
static void copy_scopes(const struct base_json_value *errors, char *list, size_t size)
{
    static const char *const names[] = {"requiredGranularScopes", "requiredScopes"};
    struct base_json each;
    struct base_json_value one, scopes, scope;
    if (errors->type != BASE_JSON_ARRAY)
        return;
    base_json_begin(&each, errors->raw);
    base_json_next(&each, NULL);
    while (base_json_take(&each, &one) == BASE_JSON_OBJECT) {
        for (size_t i = 0; i < COUNT(names); i++) {
            if (!base_json_find(one.raw, &scopes, "context", names[i], NULL) ||
                scopes.type != BASE_JSON_ARRAY)
                continue;
            struct base_json inner;
            base_json_begin(&inner, scopes.raw);
            base_json_next(&inner, NULL);
            while (base_json_take(&inner, &scope) == BASE_JSON_STRING)
                if (!scope.escaped)
                    add_scope(list, size, scope.raw);
        }
    }
}

/* v1 has them in its text: "… does not have proper permissions! (requires any of [a, b])". */
static void copy_scopes_of_v1(const char *message, char *list, size_t size)
{
    static const char before[] = "requires any of [";
    const char *at = strstr(message, before);
    if (at == NULL)
        return;
    struct base_span rest = base_span_of(at + sizeof(before) - 1);
    struct base_span inside = base_span_cut(&rest, ']');
    if (rest.p == NULL)
        return;
    while (inside.n > 0)
        add_scope(list, size, base_span_trim(base_span_cut(&inside, ',')));
}

/* Seconds, or a date (RFC 9110 section 10.2.3). -1 when it is neither. */
static int64_t parse_retry_after(struct base_span value, int64_t now_ms)
{
    int64_t seconds, date, wait;
    value = base_span_trim(value);
    if (base_span_int64(value, &seconds)) {
        if (seconds < 0)
            return -1;
        wait = seconds < LONGEST_RETRY_AFTER_MS / BASE_SECOND_MS ? seconds * BASE_SECOND_MS
                                                                 : LONGEST_RETRY_AFTER_MS;
    } else if (base_time_parse_http(value, &date)) {
        wait = date > now_ms ? date - now_ms : 0;
    } else {
        return -1;
    }
    return wait < LONGEST_RETRY_AFTER_MS ? wait : LONGEST_RETRY_AFTER_MS;
}

static void read_refusal(int http_status, struct base_span body, struct base_span retry_after,
                         int64_t now_ms, struct envelope *e, struct hubspot_refusal *r)
{
    *e = (struct envelope){0};
    *r = (struct hubspot_refusal){.verdict = HUBSPOT_UNKNOWN,
                                  .http_status = http_status,
                                  .retry_after_ms = parse_retry_after(retry_after, now_ms)};
    r->not_json = !read_envelope(body, e);
    if (r->not_json)
        return;
    copy_code(e, r);
    copy_text(r->message, sizeof(r->message),
              has_text(&e->message) ? &e->message : &e->description);
    copy_text(r->correlation, sizeof(r->correlation), &e->correlation);
    copy_text(r->policy, sizeof(r->policy), &e->policy);
}

/* ---------------------------------------------------------------- verdicts */

static bool is_transient_status(int http_status)
{
    return http_status == 408 || http_status == 423 || http_status == 425 || http_status == 477 ||
           http_status >= 500;
}

/* T3: what a token endpoint says counts only where a token endpoint says such things. A 5xx, a 429
 * and a page in HTML say nothing about the grant, whatever words stand in them. */
static enum hubspot_verdict token_verdict(const struct envelope *e, struct hubspot_refusal *r)
{
    if (r->http_status == 429)
        return HUBSPOT_THROTTLED;
    if (is_transient_status(r->http_status))
        return HUBSPOT_TRANSIENT;
    if (r->http_status == 404 || r->http_status == 405 || r->http_status == 410)
        return HUBSPOT_NOT_FOUND; /* no token endpoint there: a wrong URL, or a version that was
                                     switched off */
    if (r->not_json)
        return HUBSPOT_TRANSIENT;
    if (r->http_status < 400 || r->http_status > 403)
        return HUBSPOT_UNKNOWN;

    /* `status` first and the RFC's `error` second: HubSpot has paired BAD_REFRESH_TOKEN with
     * invalid_grant and with invalid_request. What is not in the catalogue kills no grant. */
    const struct hubspot_catalogue_entry *k = hubspot_catalogue_word(r->code, HUBSPOT_AT_TOKEN);
    if (k != NULL)
        return k->verdict;
    char error[sizeof(r->code)];
    copy_text(error, sizeof(error), &e->error);
    k = hubspot_catalogue_word(error, HUBSPOT_AT_TOKEN);
    if (k == NULL)
        return HUBSPOT_UNKNOWN;
    base_text_copy(r->code, sizeof(r->code), base_span_of(error));
    return k->verdict;
}

void hubspot_refusal_of_token(int http_status, struct base_span body, struct base_span retry_after,
                              int64_t now_ms, struct hubspot_refusal *ret)
{
    struct envelope e;
    read_refusal(http_status, body, retry_after, now_ms, &e, ret);
    ret->verdict = token_verdict(&e, ret);
}

void hubspot_refusal_of_code(int http_status, struct base_span body, struct base_span retry_after,
                             int64_t now_ms, struct hubspot_refusal *ret)
{
    hubspot_refusal_of_token(http_status, body, retry_after, now_ms, ret);
    if (ret->verdict == HUBSPOT_GRANT_DEAD)
        ret->verdict = HUBSPOT_BAD_REQUEST;
}

static enum hubspot_verdict api_verdict(const struct hubspot_refusal *r)
{
    if (is_transient_status(r->http_status))
        return HUBSPOT_TRANSIENT;
    switch (r->http_status) {
    case 401: /* with any body: one refresh does no harm, and a proxy's 401 ends there */
        return HUBSPOT_TOKEN_EXPIRED;
    case 403:
        return r->not_json ? HUBSPOT_TRANSIENT : HUBSPOT_FORBIDDEN;
    case 404:
    case 410:
        return HUBSPOT_NOT_FOUND;
    case 400:
        return r->not_json ? HUBSPOT_TRANSIENT : HUBSPOT_BAD_REQUEST;
    case 402:
    case 405:
    case 409:
    case 411:
    case 413:
    case 414:
    case 415:
    case 422:
        return HUBSPOT_BAD_REQUEST;
    case 429:
        return HUBSPOT_THROTTLED;
    default:
        return HUBSPOT_UNKNOWN;
    }
}

void hubspot_refusal_of_api(int http_status, struct base_span body, struct base_span retry_after,
                            int64_t now_ms, struct hubspot_refusal *ret)
{
    struct envelope e;
    read_refusal(http_status, body, retry_after, now_ms, &e, ret);
    ret->verdict = api_verdict(ret);
    if (ret->verdict == HUBSPOT_FORBIDDEN) {
        copy_scopes(&e.errors, ret->scopes, sizeof(ret->scopes));
        copy_scopes_of_v1(ret->message, ret->scopes, sizeof(ret->scopes));
    }
}

/* ---------------------------------------------------------------- for people */

enum base_status hubspot_refusal_status(const struct hubspot_refusal *r)
{
    switch (r->verdict) {
    case HUBSPOT_GRANT_DEAD:
    case HUBSPOT_TOKEN_EXPIRED: /* reported only when a fresh token did not help either */
        return BASE_REAUTH;
    case HUBSPOT_BAD_CLIENT:
        return BASE_USAGE;
    case HUBSPOT_FORBIDDEN:
        return BASE_FORBIDDEN;
    case HUBSPOT_NOT_FOUND:
        return BASE_NOT_FOUND;
    case HUBSPOT_THROTTLED:
        return strcmp(r->policy, "DAILY") == 0 ? BASE_QUOTA : BASE_UNAVAILABLE;
    case HUBSPOT_TRANSIENT:
        return BASE_UNAVAILABLE;
    case HUBSPOT_BAD_REQUEST:
    case HUBSPOT_UNKNOWN:
        break;
    }
    return BASE_FAILED;
}

/* The entry of a word, if the message has its text: what comes without a code. */
static const struct hubspot_catalogue_entry *entry_of_message(const char *word, const char *message)
{
    const struct hubspot_catalogue_entry *e = hubspot_catalogue_word(word, HUBSPOT_AT_API);
    struct base_buf plain;
    bool found;
    base_buf_init(&plain, sizeof(((struct hubspot_refusal *)NULL)->message));
    hubspot_catalogue_plain(base_span_of(message), &plain);
    found = hubspot_catalogue_has_text(e, base_buf_span(&plain));
    base_buf_free(&plain);
    return found ? e : NULL;
}

/* The entry of what HubSpot said in words; NULL when it said nothing that fits the verdict. */
static const struct hubspot_catalogue_entry *entry_of_words(const struct hubspot_refusal *r)
{
    const struct hubspot_catalogue_entry *e = NULL;
    bool of_code = r->verdict == HUBSPOT_BAD_REQUEST; /* hubspot_refusal_of_code() tones down */
    if (r->verdict == HUBSPOT_FORBIDDEN && r->scopes[0] != '\0')
        return hubspot_catalogue_word("MISSING_SCOPES", HUBSPOT_AT_API);
    if (of_code && strcmp(r->code, "invalid_grant") == 0)
        return hubspot_catalogue_word("invalid_grant_at_login", HUBSPOT_AT_TOKEN);
    if (of_code) /* as a VALIDATION_ERROR, or without a category */
        e = entry_of_message(HUBSPOT_UNKNOWN_TYPE, r->message);
    if (r->verdict == HUBSPOT_THROTTLED)
        e = hubspot_catalogue_word(r->policy, HUBSPOT_AT_API);
    if (e == NULL)
        e = hubspot_catalogue_word(r->code, HUBSPOT_AT_TOKEN | HUBSPOT_AT_API);
    /* A record that is missing has a message and no category, a path that is none a page of HTML;
     * 414 is not always the URL's length. */
    if (e == NULL && r->verdict == HUBSPOT_NOT_FOUND)
        e = entry_of_message("OBJECT_NOT_FOUND", r->message);
    else if (e == NULL && of_code)
        e = entry_of_message("MERGE_LIMIT", r->message);
    if (e == NULL || e->verdict == r->verdict || (e->verdict == HUBSPOT_GRANT_DEAD && of_code))
        return e;
    return NULL;
}

static const struct hubspot_catalogue_entry *entry_of(const struct hubspot_refusal *r,
                                                      int http_status)
{
    bool transient = r->verdict == HUBSPOT_TRANSIENT;
    const struct hubspot_catalogue_entry *e = hubspot_catalogue_http(http_status);
    if (http_status >= 300 && http_status < 400)
        return e;
    if (r->not_json && transient && (e == NULL || e->verdict != HUBSPOT_TRANSIENT))
        return hubspot_catalogue_word("NOT_JSON", HUBSPOT_AT_API);
    const struct hubspot_catalogue_entry *said = entry_of_words(r);
    if (said != NULL)
        return said;
    if (e != NULL && (e->verdict == HUBSPOT_UNKNOWN || e->verdict == r->verdict))
        return e;
    return transient ? hubspot_catalogue_word("HTTP_5XX", HUBSPOT_AT_HTTP) : NULL;
}

/* "Unable to infer object type from: compnies" -> "companies"; NULL when it is another error, or
 * none is near. */
static const char *meant_type(const struct hubspot_catalogue_entry *e, const char *message)
{
    const char *named = strrchr(message, ':');
    char name[64];
    if (e == NULL || strcmp(e->code, HUBSPOT_UNKNOWN_TYPE) != 0 || named == NULL)
        return NULL;
    base_text_copy(name, sizeof(name), base_span_trim(base_span_of(named + 1)));
    return hubspot_object_nearest(name);
}

enum base_status hubspot_refusal_explain(const struct hubspot_refusal *r, int http_status,
                                         const char *doing, struct base_error *err)
{
    enum base_status status = hubspot_refusal_status(r);
    const struct hubspot_catalogue_entry *e = entry_of(r, http_status);
    char wait[32];
    if (err == NULL)
        return status;
    if (e == NULL)
        base_fail(err, status, doing, "HubSpot refused with HTTP %d", http_status);
    else if (r->scopes[0] != '\0')
        base_fail(err, status, doing, "%s: %s", e->why, r->scopes);
    else
        base_fail(err, status, doing, "%s", e->why);
    const char *meant = meant_type(e, r->message);
    if (r->verdict == HUBSPOT_TRANSIENT && r->retry_after_ms > 0)
        base_error_hint(err, "it asks to wait %s", base_time_human(wait, r->retry_after_ms));
    else if (meant != NULL)
        base_error_hint(err, "did you mean %s?", meant);
    else if (e != NULL)
        base_error_hint(err, "%s", e->hint);
    if (r->message[0] != '\0')
        base_error_lower(err, "%s", r->message);
    base_text_copy(err->code, sizeof(err->code), base_span_of(r->code));
    base_text_copy(err->correlation, sizeof(err->correlation), base_span_of(r->correlation));
    err->http_status = http_status;
    return status;
}
