#include "hubspot_error.h"

#include "base_json.h"
#include "base_text.h"
#include "base_time.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LONGEST_RETRY_AFTER_MS (2 * BASE_DAY_MS) /* HubSpot speaks of up to 24 h */
#define MAX_TEXT 65536 /* of one text in a refusal, before it is cut to size */

#define LOGIN "log in again: hubauth login"
#define CHECK_CLIENT "compare `hubauth app show` with the Auth page of the app in HubSpot"
#define CHECK_REDIRECT                                                                             \
    "register exactly this redirect URL in the app: scheme, port, path and trailing slash count"

/* ---------------------------------------------------------------- what is known
 *
 * Words of the token endpoints, then categories of the other ones, as people and tests have met
 * them. `status` is looked up first and the RFC's `error` second: HubSpot has paired
 * BAD_REFRESH_TOKEN with invalid_grant and with invalid_request. Nothing that is not here kills a
 * grant. */
struct known {
    const char *code;
    enum hubspot_verdict verdict;
    const char *why;
    const char *hint;
};

static const struct known token_codes[] = {
    /* HubSpot's `status` */
    {"BAD_REFRESH_TOKEN", HUBSPOT_GRANT_DEAD,
     "the refresh token is no longer valid: the app was uninstalled, the grant revoked, or the "
     "token "
     "belongs to another app",
     LOGIN},
    {"BAD_HUB", HUBSPOT_GRANT_DEAD, "the HubSpot account was closed, deactivated or moved",
     "when the account is back: hubauth login"},
    {"BAD_AUTH_CODE", HUBSPOT_BAD_REQUEST,
     "the authorization code is unknown or was used before; it works once", LOGIN},
    {"EXPIRED_AUTH_CODE", HUBSPOT_BAD_REQUEST, "the authorization code is too old", LOGIN},
    {"BAD_CODE_VERIFIER", HUBSPOT_BAD_REQUEST,
     "the code was asked for by another login (its PKCE verifier is not ours)", LOGIN},
    {"MISMATCH_REDIRECT_URI_AUTH_CODE", HUBSPOT_BAD_REQUEST,
     "the redirect URL is not the one that the code was asked for with", CHECK_REDIRECT},
    {"BAD_REDIRECT_URI", HUBSPOT_BAD_REQUEST,
     "the redirect URL is missing or not registered in the app", CHECK_REDIRECT},
    {"BAD_CLIENT_ID", HUBSPOT_BAD_CLIENT, "HubSpot does not know the client id", CHECK_CLIENT},
    {"BAD_CLIENT_SECRET", HUBSPOT_BAD_CLIENT, "the client secret is wrong", CHECK_CLIENT},
    {"BAD_GRANT_TYPE", HUBSPOT_BAD_REQUEST, "the server did not understand the form that was sent",
     "does something between here and HubSpot change requests?"},
    {"BAD_SCOPES", HUBSPOT_BAD_REQUEST, "the scopes are not those of the app", "hubauth app show"},
    {"USER_LEVEL_CLIENT_CREDENTIALS_NOT_SUPPORTED", HUBSPOT_BAD_REQUEST,
     "an app whose tokens are of single users has no tokens of its own", LOGIN},
    /* RFC 6749 section 5.2, for servers that say nothing else */
    {"invalid_grant", HUBSPOT_GRANT_DEAD,
     "the refresh token is expired, revoked or of another client", LOGIN},
    {"invalid_client", HUBSPOT_BAD_CLIENT, "the client id or the client secret is wrong",
     CHECK_CLIENT},
    {"unauthorized_client", HUBSPOT_BAD_CLIENT, "the app may not use this kind of grant",
     "hubauth app show"},
    {"invalid_request", HUBSPOT_BAD_REQUEST, "the server did not accept the request as it was", ""},
    {"unsupported_grant_type", HUBSPOT_BAD_REQUEST, "the server does not know this kind of grant",
     ""},
    {"invalid_scope", HUBSPOT_BAD_REQUEST, "the scopes are unknown or not those of the app",
     "hubauth app show"},
    {"access_denied", HUBSPOT_BAD_REQUEST, "the server denied access", ""},
};

static const struct known api_codes[] = {
    {"EXPIRED_AUTHENTICATION", HUBSPOT_TOKEN_EXPIRED, "the access token has expired",
     "hubauth refresh"},
    {"INVALID_AUTHENTICATION", HUBSPOT_TOKEN_EXPIRED,
     "HubSpot does not know the access token: it was revoked or the app was uninstalled",
     "if it comes again after `hubauth refresh`: hubauth login"},
    {"MISSING_SCOPES", HUBSPOT_FORBIDDEN, "the grant lacks a scope that this call needs",
     "add the scope to the app, there and here, then: hubauth login"},
    {"VALIDATION_ERROR", HUBSPOT_BAD_REQUEST, "HubSpot does not accept a value of the request", ""},
    {"OBJECT_NOT_FOUND", HUBSPOT_NOT_FOUND, "there is no such object, or it is archived", ""},
    {"CONFLICT", HUBSPOT_BAD_REQUEST, "such an object exists already", ""},
    {"RATE_LIMITS", HUBSPOT_THROTTLED, "too many calls in too short a time",
     "it is free again in seconds"},
    {"RATE_LIMIT", HUBSPOT_THROTTLED, "too many calls in too short a time",
     "it is free again in seconds"},
};

/* Answers that mean the same whatever stands in them. */
static const struct {
    int http_status;
    const char *why, *hint;
} http_words[] = {
    {403, "access was refused", ""},
    {404, "there is nothing at that path", "check the path and the API version"},
    {405, "that path does not take this method", "check the method and the API version"},
    {409, "it is in conflict with what is there already", ""},
    {410, "that path was switched off", "OAuth v1 ends on 2027-02-16; use --api-version 2026-03"},
    {414, "the URL is too long", "ask for fewer properties at once"},
    {423, "the account is locked by a bulk change", "try again in a few seconds"},
    {429, "too many calls in too short a time", "it is free again in seconds"},
    {477, "HubSpot is moving the account to another data centre", "it may take up to 24 hours"},
    {521, "HubSpot's server is down", "try again in a minute"},
    {522, "HubSpot's server cannot be reached from its network edge", "https://status.hubspot.com"},
    {525, "HubSpot's network edge failed in its TLS handshake", "https://status.hubspot.com"},
    {526, "HubSpot's network edge met a bad certificate", "https://status.hubspot.com"},
};

static const struct known *find_known(const struct known *table, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].code, code) == 0)
            return &table[i];
    return NULL;
}

static const struct known *find_code(const char *code)
{
    const struct known *k = find_known(token_codes, COUNT(token_codes), code);
    return k != NULL ? k : find_known(api_codes, COUNT(api_codes), code);
}

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
    if (!has_text(v))
        return;
    struct base_buf text;
    base_buf_init(&text, MAX_TEXT);
    if (v->escaped)
        base_json_string_add(v, &text);
    /* Short of memory it is shown as it stands between the quotes. */
    bool decoded = v->escaped && base_buf_status(&text) == BASE_OK;
    base_text_printable_to(out, size, decoded ? base_buf_span(&text) : v->raw);
    base_buf_free(&text);
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

    const struct known *k = find_known(token_codes, COUNT(token_codes), r->code);
    if (k != NULL)
        return k->verdict;
    char error[sizeof(r->code)];
    copy_text(error, sizeof(error), &e->error);
    k = find_known(token_codes, COUNT(token_codes), error);
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

/* Refusals whose words need more than the table. True when it was one of them. */
static bool explain_special(const struct hubspot_refusal *r, int http_status, const char *doing,
                            struct base_error *err)
{
    char wait[32];
    enum base_status status = hubspot_refusal_status(r);
    if (r->verdict == HUBSPOT_THROTTLED && status == BASE_QUOTA) {
        base_fail(err, status, doing, "the account's calls of today are used up");
        base_error_hint(err, "they are counted anew at midnight of the account's time zone");
    } else if (r->verdict == HUBSPOT_FORBIDDEN && r->scopes[0] != '\0') {
        base_fail(err, status, doing, "the grant lacks a scope that this call needs: %s",
                  r->scopes);
        base_error_hint(err, "add the scope to the app, there and here, then: hubauth login");
    } else if (r->verdict == HUBSPOT_BAD_REQUEST && strcmp(r->code, "invalid_grant") == 0) {
        base_fail(
            err, status, doing,
            "the authorization code is unknown, expired, used before, or of another redirect URL");
        base_error_hint(err, "%s", LOGIN);
    } else if (http_status >= 300 && http_status < 400) {
        base_fail(err, status, doing,
                  "the server answered %d with another address, and redirects are never followed",
                  http_status);
        base_error_hint(err, "check the app's --api-url");
    } else if (r->verdict == HUBSPOT_TRANSIENT && r->retry_after_ms > 0) {
        base_fail(err, status, doing, "HubSpot cannot answer now (HTTP %d)", http_status);
        base_error_hint(err, "it asks to wait %s", base_time_human(wait, r->retry_after_ms));
    } else if (r->not_json && r->verdict == HUBSPOT_TRANSIENT && http_status < 500) {
        base_fail(
            err, status, doing,
            "the answer (HTTP %d) is a page, not JSON: something between here and HubSpot gave it",
            http_status);
        base_error_hint(err, "check the app's --api-url and the proxy settings");
    } else {
        return false;
    }
    return true;
}

static void explain_by_table(const struct hubspot_refusal *r, int http_status, const char *doing,
                             struct base_error *err)
{
    enum base_status status = hubspot_refusal_status(r);
    const struct known *k = find_code(r->code);
    bool of_code = r->verdict == HUBSPOT_BAD_REQUEST; /* hubspot_refusal_of_code() tones down */
    if (k != NULL && (k->verdict == r->verdict || (k->verdict == HUBSPOT_GRANT_DEAD && of_code))) {
        base_fail(err, status, doing, "%s", k->why);
        base_error_hint(err, "%s", k->hint);
        return;
    }
    for (size_t i = 0; i < COUNT(http_words); i++) {
        if (http_words[i].http_status != http_status)
            continue;
        base_fail(err, status, doing, "%s", http_words[i].why);
        base_error_hint(err, "%s", http_words[i].hint);
        return;
    }
    if (r->verdict == HUBSPOT_TRANSIENT) {
        base_fail(err, status, doing, "HubSpot cannot answer now (HTTP %d)", http_status);
        base_error_hint(err, "try again in a minute");
    } else if (r->verdict == HUBSPOT_TOKEN_EXPIRED) {
        base_fail(err, status, doing, "the access token was not accepted");
        base_error_hint(err, "%s", LOGIN);
    } else {
        base_fail(err, status, doing, "HubSpot refused with HTTP %d", http_status);
    }
}

enum base_status hubspot_refusal_explain(const struct hubspot_refusal *r, int http_status,
                                         const char *doing, struct base_error *err)
{
    enum base_status status = hubspot_refusal_status(r);
    if (err == NULL)
        return status;
    if (!explain_special(r, http_status, doing, err))
        explain_by_table(r, http_status, doing, err);
    if (r->message[0] != '\0')
        base_error_lower(err, "%s", r->message);
    base_text_copy(err->code, sizeof(err->code), base_span_of(r->code));
    base_text_copy(err->correlation, sizeof(err->correlation), base_span_of(r->correlation));
    err->http_status = http_status;
    return status;
}
