#include "test_support.h"

#include "base_buf.h"
#include "base_text.h"
#include "base_time.h"
#include "hubspot_error.h"

#define NOW INT64_C(1795473166000)

static struct hubspot_refusal of_token(int http_status, const char *body)
{
    struct hubspot_refusal r;
    hubspot_refusal_of_token(http_status, base_span_of(body), BASE_SPAN_NONE, NOW, &r);
    return r;
}

static struct hubspot_refusal of_api(int http_status, const char *body)
{
    struct hubspot_refusal r;
    hubspot_refusal_of_api(http_status, base_span_of(body), BASE_SPAN_NONE, NOW, &r);
    return r;
}

static const struct {
    int http_status;
    const char *body;
    enum hubspot_verdict verdict;
    const char *code;
} token_verdicts[] = {
    /* every status that is known, in today's shape and the old one */
    {400,
     "{\"error\":\"invalid_grant\",\"error_description\":\"refresh token is invalid, expired "
     "or revoked\","
     "\"status\":\"BAD_REFRESH_TOKEN\",\"message\":\"refresh token is invalid, expired or "
     "revoked\"}",
     HUBSPOT_GRANT_DEAD, "BAD_REFRESH_TOKEN"},
    {400, "{\"status\":\"BAD_REFRESH_TOKEN\",\"error\":\"invalid_request\"}", HUBSPOT_GRANT_DEAD,
     "BAD_REFRESH_TOKEN"},
    {400,
     "{\"status\":\"BAD_REFRESH_TOKEN\",\"message\":\"missing or unknown refresh token\","
     "\"correlationId\":\"d1b4\"}",
     HUBSPOT_GRANT_DEAD, "BAD_REFRESH_TOKEN"},
    {400, "{\"status\":\"BAD_HUB\",\"error\":\"access_denied\"}", HUBSPOT_GRANT_DEAD, "BAD_HUB"},
    {403, "{\"status\":\"BAD_HUB\",\"message\":\"missing or unknown hub id\"}", HUBSPOT_GRANT_DEAD,
     "BAD_HUB"},
    {400, "{\"status\":\"BAD_AUTH_CODE\",\"error\":\"invalid_grant\"}", HUBSPOT_BAD_REQUEST,
     "BAD_AUTH_CODE"},
    {400, "{\"status\":\"EXPIRED_AUTH_CODE\",\"error\":\"invalid_grant\"}", HUBSPOT_BAD_REQUEST,
     "EXPIRED_AUTH_CODE"},
    {400, "{\"status\":\"MISMATCH_REDIRECT_URI_AUTH_CODE\",\"error\":\"invalid_grant\"}",
     HUBSPOT_BAD_REQUEST, "MISMATCH_REDIRECT_URI_AUTH_CODE"},
    {400, "{\"status\":\"BAD_REDIRECT_URI\"}", HUBSPOT_BAD_REQUEST, "BAD_REDIRECT_URI"},
    {400, "{\"status\":\"BAD_CODE_VERIFIER\",\"error\":\"invalid_grant\"}", HUBSPOT_BAD_REQUEST,
     "BAD_CODE_VERIFIER"},
    {400, "{\"status\":\"BAD_CLIENT_ID\",\"error\":\"invalid_client\"}", HUBSPOT_BAD_CLIENT,
     "BAD_CLIENT_ID"},
    {400, "{\"status\":\"BAD_CLIENT_SECRET\",\"error\":\"invalid_grant\"}", HUBSPOT_BAD_CLIENT,
     "BAD_CLIENT_SECRET"},
    {400, "{\"status\":\"BAD_GRANT_TYPE\"}", HUBSPOT_BAD_REQUEST, "BAD_GRANT_TYPE"},
    {400, "{\"status\":\"BAD_SCOPES\"}", HUBSPOT_BAD_REQUEST, "BAD_SCOPES"},
    {400, "{\"status\":\"USER_LEVEL_CLIENT_CREDENTIALS_NOT_SUPPORTED\"}", HUBSPOT_BAD_REQUEST,
     "USER_LEVEL_CLIENT_CREDENTIALS_NOT_SUPPORTED"},
    /* a server that knows only RFC 6749 section 5.2 */
    {400, "{\"error\":\"invalid_grant\"}", HUBSPOT_GRANT_DEAD, "invalid_grant"},
    {400, "{\"error\":\"invalid_grant\",\"status\":400}", HUBSPOT_GRANT_DEAD, "invalid_grant"},
    {400, "{\"error\":\"invalid_grant\",\"status\":\"fail\"}", HUBSPOT_GRANT_DEAD, "invalid_grant"},
    {401, "{\"error\":\"invalid_client\"}", HUBSPOT_BAD_CLIENT, "invalid_client"},
    {400, "{\"error\":\"unauthorized_client\"}", HUBSPOT_BAD_CLIENT, "unauthorized_client"},
    {400, "{\"error\":\"invalid_request\"}", HUBSPOT_BAD_REQUEST, "invalid_request"},
    {400, "{\"error\":\"unsupported_grant_type\"}", HUBSPOT_BAD_REQUEST, "unsupported_grant_type"},
    {400, "{\"error\":\"invalid_scope\"}", HUBSPOT_BAD_REQUEST, "invalid_scope"},
    {403, "{\"error\":\"access_denied\"}", HUBSPOT_BAD_REQUEST, "access_denied"},
    /* nothing that follows says anything about the grant */
    {400, "{\"error\":\"something_new\"}", HUBSPOT_UNKNOWN, "something_new"},
    {400, "{\"status\":\"BAD_SOMETHING\",\"message\":\"invalid_grant\"}", HUBSPOT_UNKNOWN,
     "BAD_SOMETHING"},
    {400, "{\"message\":\"BAD_REFRESH_TOKEN\"}", HUBSPOT_UNKNOWN, ""},
    {400, "{\"error\":\"INVALID_GRANT\"}", HUBSPOT_UNKNOWN, "INVALID_GRANT"},
    {400, "{\"error\":[\"invalid_grant\"]}", HUBSPOT_UNKNOWN, ""},
    {400, "{}", HUBSPOT_UNKNOWN, ""},
    {401, "{}", HUBSPOT_UNKNOWN, ""},
    {403, "{\"message\":\"forbidden\"}", HUBSPOT_UNKNOWN, ""},
    {418, "{\"error\":\"invalid_grant\"}", HUBSPOT_UNKNOWN, "invalid_grant"},
    {302, "", HUBSPOT_TRANSIENT, ""},
    {400, "", HUBSPOT_TRANSIENT, ""},
    {400, "invalid_grant", HUBSPOT_TRANSIENT, ""},
    {400, "\"invalid_grant\"", HUBSPOT_TRANSIENT, ""},
    {400, "<html><body>invalid_grant BAD_REFRESH_TOKEN</body></html>", HUBSPOT_TRANSIENT, ""},
    {403, "<html>Attention Required! | Cloudflare</html>", HUBSPOT_TRANSIENT, ""},
    {400, "{\"error\":\"invalid_grant\"", HUBSPOT_TRANSIENT, ""}, /* truncated */
    {400, "{\"error\":\"x\",\"error\":\"invalid_grant\"}", HUBSPOT_TRANSIENT,
     ""}, /* two readings */
    {404, "<html>Error 404 Not Found</html>", HUBSPOT_NOT_FOUND, ""},
    {404, "{\"error\":\"invalid_grant\"}", HUBSPOT_NOT_FOUND, "invalid_grant"},
    {410, "", HUBSPOT_NOT_FOUND, ""},
    {429, "{\"status\":\"error\",\"errorType\":\"RATE_LIMIT\",\"policyName\":\"SECONDLY\"}",
     HUBSPOT_THROTTLED, "RATE_LIMIT"},
    {429, "{\"error\":\"invalid_grant\"}", HUBSPOT_THROTTLED, "invalid_grant"},
    {423, "{}", HUBSPOT_TRANSIENT, ""},
    {477, "{}", HUBSPOT_TRANSIENT, ""},
    {500, "{\"error\":\"invalid_grant\"}", HUBSPOT_TRANSIENT, "invalid_grant"},
    {502, "<html>", HUBSPOT_TRANSIENT, ""},
    {503, "{\"status\":\"BAD_REFRESH_TOKEN\"}", HUBSPOT_TRANSIENT, "BAD_REFRESH_TOKEN"},
    {524, "", HUBSPOT_TRANSIENT, ""},
};

/* T3, C7: which answers of a token endpoint kill a grant, and what the others are. */
static void test_token_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(token_verdicts); i++) {
        struct hubspot_refusal r = of_token(token_verdicts[i].http_status, token_verdicts[i].body);
        if (r.verdict != token_verdicts[i].verdict)
            print_error("%d %s\n", token_verdicts[i].http_status, token_verdicts[i].body);
        assert_int_equal(r.verdict, token_verdicts[i].verdict);
        assert_string_equal(r.code, token_verdicts[i].code);
        assert_int_equal(r.http_status, token_verdicts[i].http_status);
        assert_int_equal(r.retry_after_ms, -1);
        /* The same answer to a code never speaks of a dead grant: there is none yet. */
        struct hubspot_refusal c;
        hubspot_refusal_of_code(token_verdicts[i].http_status, base_span_of(token_verdicts[i].body),
                                BASE_SPAN_NONE, NOW, &c);
        assert_int_equal(c.verdict,
                         r.verdict == HUBSPOT_GRANT_DEAD ? HUBSPOT_BAD_REQUEST : r.verdict);
        /* Nor does any other endpoint. */
        assert_int_not_equal(of_api(token_verdicts[i].http_status, token_verdicts[i].body).verdict,
                             HUBSPOT_GRANT_DEAD);
    }
}

#define FORBIDDEN_BODY                                                                             \
    "{\"status\":\"error\",\"message\":\"This app hasn't been granted all required scopes to "     \
    "make this "                                                                                   \
    "call. Read more about required scopes here: https://developers.hubspot.com/scopes.\","        \
    "\"correlationId\":\"019cd9fe-d093-7d4f-99bc-45975fdcf7c6\",\"errors\":[{\"message\":\"One "   \
    "or more of "                                                                                  \
    "the following scopes are required.\",\"context\":{\"requiredGranularScopes\":"                \
    "[\"crm.objects.contacts.read\"]}}],\"links\":{\"scopes\":\"https://developers.hubspot.com/"   \
    "scopes\"},"                                                                                   \
    "\"category\":\"MISSING_SCOPES\"}"

static void test_api_verdicts(void **state)
{
    (void)state;
    static const struct {
        int http_status;
        const char *body;
        enum hubspot_verdict verdict;
        const char *code;
    } cases[] = {
        {401,
         "{\"status\":\"error\",\"message\":\"The OAuth token used to make this call expired 0 "
         "second(s) "
         "ago.\",\"correlationId\":\"c\",\"category\":\"EXPIRED_AUTHENTICATION\",\"context\":{"
         "\"expire "
         "time\":[\"2026-03-10T23:04:41.164Z\"]}}",
         HUBSPOT_TOKEN_EXPIRED, "EXPIRED_AUTHENTICATION"},
        {401, "{\"status\":\"error\",\"category\":\"INVALID_AUTHENTICATION\"}",
         HUBSPOT_TOKEN_EXPIRED, "INVALID_AUTHENTICATION"},
        {401, "", HUBSPOT_TOKEN_EXPIRED, ""},
        {401, "<html>", HUBSPOT_TOKEN_EXPIRED, ""},
        {403, FORBIDDEN_BODY, HUBSPOT_FORBIDDEN, "MISSING_SCOPES"},
        {403, "<html>", HUBSPOT_TRANSIENT, ""},
        {404, "{\"status\":\"error\",\"message\":\"resource not found\"}", HUBSPOT_NOT_FOUND, ""},
        {404, "{\"category\":\"OBJECT_NOT_FOUND\"}", HUBSPOT_NOT_FOUND, "OBJECT_NOT_FOUND"},
        {404, "<html>", HUBSPOT_NOT_FOUND, ""},
        {409, "{\"status\":\"error\",\"category\":\"CONFLICT\"}", HUBSPOT_BAD_REQUEST, "CONFLICT"},
        {409, "{\"status\":\"error\",\"error\":\"CONTACT_EXISTS\"}", HUBSPOT_BAD_REQUEST,
         "CONTACT_EXISTS"},
        {400, "{\"status\":\"error\",\"category\":\"VALIDATION_ERROR\"}", HUBSPOT_BAD_REQUEST,
         "VALIDATION_ERROR"},
        {400, "<html>", HUBSPOT_TRANSIENT, ""},
        {405, "", HUBSPOT_BAD_REQUEST, ""},
        {414, "<html>", HUBSPOT_BAD_REQUEST, ""},
        {423, "{}", HUBSPOT_TRANSIENT, ""},
        {429, "", HUBSPOT_THROTTLED, ""},
        {477, "{}", HUBSPOT_TRANSIENT, ""},
        {500, "{}", HUBSPOT_TRANSIENT, ""},
        {502, "<html>", HUBSPOT_TRANSIENT, ""},
        {504, "", HUBSPOT_TRANSIENT, ""},
        {521, "", HUBSPOT_TRANSIENT, ""},
        {524, "", HUBSPOT_TRANSIENT, ""},
        {302, "", HUBSPOT_UNKNOWN, ""},
        {418, "{}", HUBSPOT_UNKNOWN, ""},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct hubspot_refusal r = of_api(cases[i].http_status, cases[i].body);
        if (r.verdict != cases[i].verdict)
            print_error("%d %s\n", cases[i].http_status, cases[i].body);
        assert_int_equal(r.verdict, cases[i].verdict);
        assert_string_equal(r.code, cases[i].code);
    }
}

static void test_scopes(void **state)
{
    (void)state;
    static const struct {
        const char *body, *scopes;
    } cases[] = {
        {FORBIDDEN_BODY, "crm.objects.contacts.read"},
        {"{\"errors\":[{\"context\":{\"requiredScopes\":[\"a\",\"b\"]}},{\"context\":{"
         "\"requiredGranularScopes\":[\"b\",\"c\"]}},{}],\"category\":\"MISSING_SCOPES\"}",
         "a b c"},
        {"{\"message\":\"This oauth-token (x) does not have proper permissions! (requires any of "
         "[contacts, crm.lists.read])\"}",
         "contacts crm.lists.read"},
        {"{\"message\":\"(requires any of [contacts\"}", ""},
        {"{\"errors\":[{\"context\":{\"requiredGranularScopes\":[\"a b\",\"\",5,\"c\"]}}]}", ""},
        {"{\"errors\":[{\"context\":{\"requiredGranularScopes\":[\"a\\n\",\"c\"]}}]}", "c"},
        {"{\"errors\":{}}", ""},
        {"{\"errors\":[7]}", ""},
        {"{\"errors\":[{\"context\":7}]}", ""},
        {"{}", ""},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct hubspot_refusal r = of_api(403, cases[i].body);
        assert_int_equal(r.verdict, HUBSPOT_FORBIDDEN);
        assert_string_equal(r.scopes, cases[i].scopes);
    }
}

/* More scopes than there is room for: whole names, never a part of one. */
static void test_many_scopes(void **state)
{
    (void)state;
    struct base_buf body;
    base_buf_init(&body, 100000);
    base_buf_add_str(&body, "{\"errors\":[{\"context\":{\"requiredScopes\":[\"first\"");
    for (int i = 0; i < 100; i++)
        base_buf_printf(&body, ",\"crm.objects.custom%03d.read\"", i);
    base_buf_add_str(&body, "]}}]}");
    struct hubspot_refusal r = of_api(403, base_buf_str(&body));
    assert_true(strlen(r.scopes) < sizeof(r.scopes));
    assert_string_equal(r.scopes + strlen(r.scopes) - 5, ".read");
    base_buf_free(&body);
}

/* C8, and HubSpot's 477: seconds or a date. */
static void test_retry_after(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int64_t ms;
    } cases[] = {
        {"", -1},
        {"0", 0},
        {"1", 1000},
        {" 30 ", 30000},
        {"86400", 86400000},
        {"99999999999", 2 * BASE_DAY_MS},
        {"9223372036854775807", 2 * BASE_DAY_MS},
        {"-1", -1},
        {"soon", -1},
        {"1.5", -1},
        {"Mon, 23 Nov 2026 22:33:46 GMT", 60000},
        {"Mon, 23 Nov 2026 22:32:46 GMT", 0},
        {"Mon, 23 Nov 2020 22:32:46 GMT", 0},
        {"Thu, 31 Dec 2099 23:59:59 GMT", 2 * BASE_DAY_MS},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct hubspot_refusal r;
        hubspot_refusal_of_api(429, BASE_SPAN("{}"), base_span_of(cases[i].value), NOW, &r);
        if (r.retry_after_ms != cases[i].ms)
            print_error("%s\n", cases[i].value);
        assert_int_equal(r.retry_after_ms, cases[i].ms);
        hubspot_refusal_of_token(429, BASE_SPAN("{}"), base_span_of(cases[i].value), NOW, &r);
        assert_int_equal(r.retry_after_ms, cases[i].ms);
    }
}

static void test_fields(void **state)
{
    (void)state;
    struct hubspot_refusal r = of_api(
        429,
        "{\"status\":\"error\",\"message\":\"You have reached your ten_secondly_rolling limit.\","
        "\"errorType\":\"RATE_LIMIT\",\"correlationId\":\"019cd9fe-d093-7d4f-99bc-45975fdcf7c6\","
        "\"policyName\":\"TEN_SECONDLY_ROLLING\",\"groupName\":\"publicapi:x\"}");
    assert_string_equal(r.code, "RATE_LIMIT");
    assert_string_equal(r.message, "You have reached your ten_secondly_rolling limit.");
    assert_string_equal(r.correlation, "019cd9fe-d093-7d4f-99bc-45975fdcf7c6");
    assert_string_equal(r.policy, "TEN_SECONDLY_ROLLING");
    assert_false(r.not_json);
    assert_int_equal(hubspot_refusal_status(&r), BASE_UNAVAILABLE);
    assert_int_equal(hubspot_refusal_status(&(struct hubspot_refusal){.verdict = HUBSPOT_THROTTLED,
                                                                      .policy = "DAILY"}),
                     BASE_QUOTA);

    /* B10: what HubSpot says cannot drive a terminal, and is cut to size. */
    r = of_token(400,
                 "{\"status\":\"X\\u001b]0;\\u0007\",\"error_description\":\"a\\u001b[31mb\\nc\"}");
    assert_string_equal(r.code, "X?]0;?");
    assert_string_equal(r.message, "a?[31mb?c");
    struct base_buf body;
    base_buf_init(&body, 300000);
    base_buf_add_str(&body, "{\"message\":\"");
    for (int i = 0; i < 100000; i++)
        base_buf_add_str(&body, "\xc3\xa4");
    base_buf_add_str(&body, "\"}");
    r = of_token(400, base_buf_str(&body));
    assert_true(strlen(r.message) < sizeof(r.message) && strlen(r.message) > 400);
    base_buf_free(&body);
}

/* Every refusal is explained: what, why, the class, and the next step where there is one. */
static void test_explain(void **state)
{
    (void)state;
    static const struct {
        int http_status;
        const char *body;
        enum base_status status;
        const char *why, *hint; /* parts of them */
    } token[] = {
        {400, "{\"status\":\"BAD_REFRESH_TOKEN\",\"message\":\"m\"}", BASE_REAUTH, "refresh token",
         "hubauth login"},
        {400, "{\"error\":\"invalid_grant\"}", BASE_REAUTH, "refresh token", "hubauth login"},
        {400, "{\"status\":\"BAD_CLIENT_SECRET\"}", BASE_USAGE, "client secret", "hubauth app"},
        {400, "{\"status\":\"BAD_AUTH_CODE\"}", BASE_FAILED, "code", "hubauth login"},
        {400, "{\"status\":\"MISMATCH_REDIRECT_URI_AUTH_CODE\"}", BASE_FAILED, "redirect URL",
         "register"},
        {400, "<html>", BASE_UNAVAILABLE, "page", "proxy"},
        {302, "", BASE_UNAVAILABLE, "redirects are never followed", "--api-url"},
        {302, "{}", BASE_FAILED, "redirects are never followed", "--api-url"},
        {404, "", BASE_NOT_FOUND, "nothing at that path", "API version"},
        {400, "{\"error\":\"odd\"}", BASE_FAILED, "400", ""},
        {502, "<html>", BASE_UNAVAILABLE, "502", "again"},
    };
    static const struct {
        int http_status;
        const char *body;
        enum base_status status;
        const char *why, *hint;
    } api[] = {
        {403, FORBIDDEN_BODY, BASE_FORBIDDEN, "crm.objects.contacts.read", "hubauth login"},
        {403, "{}", BASE_FORBIDDEN, "refused", ""},
        {401, "{\"category\":\"INVALID_AUTHENTICATION\"}", BASE_REAUTH, "access token",
         "hubauth login"},
        {401, "", BASE_REAUTH, "access token", "hubauth login"},
        {429, "{\"policyName\":\"DAILY\"}", BASE_QUOTA, "today", "midnight"},
        {429, "{\"policyName\":\"SECONDLY\"}", BASE_UNAVAILABLE, "too many", ""},
        {404, "{\"category\":\"OBJECT_NOT_FOUND\"}", BASE_NOT_FOUND, "no such object",
         "archived=true"},
        {404, "{\"status\":\"error\",\"message\":\"resource not found\"}", BASE_NOT_FOUND,
         "no such object", "archived=true"},
        {404, "{\"status\":\"error\",\"message\":\"gone fishing\"}", BASE_NOT_FOUND,
         "nothing at that path", "API version"},
        {414, "{}", BASE_FAILED, "URL is too long", "fewer properties"},
        {414, "{\"message\":\"Cannot have more than 250 identities on a profile\"}", BASE_FAILED,
         "250 merges", ""},
        {423, "{}", BASE_UNAVAILABLE, "locked", "seconds"},
        {477, "{}", BASE_UNAVAILABLE, "data centre", "24 hours"},
        {418, "{}", BASE_FAILED, "418", ""},
    };
    for (size_t i = 0; i < TEST_COUNT(token) + TEST_COUNT(api); i++) {
        bool is_token = i < TEST_COUNT(token);
        size_t n = is_token ? i : i - TEST_COUNT(token);
        int http_status = is_token ? token[n].http_status : api[n].http_status;
        const char *body = is_token ? token[n].body : api[n].body;
        struct hubspot_refusal r =
            is_token ? of_token(http_status, body) : of_api(http_status, body);
        struct base_error err = BASE_ERROR_NONE;
        enum base_status status =
            hubspot_refusal_explain(&r, http_status, "refreshing the token", &err);
        assert_int_equal(status, is_token ? token[n].status : api[n].status);
        assert_int_equal(hubspot_refusal_status(&r), status);
        assert_int_equal(hubspot_refusal_explain(&r, http_status, "x", NULL), status);
        assert_int_equal(err.status, status);
        assert_string_equal(err.doing, "refreshing the token");
        if (strstr(err.why, is_token ? token[n].why : api[n].why) == NULL)
            print_error("%d %s: %s\n", http_status, body, err.why);
        assert_non_null(strstr(err.why, is_token ? token[n].why : api[n].why));
        assert_non_null(strstr(err.hint, is_token ? token[n].hint : api[n].hint));
        assert_string_equal(err.lower, r.message);
        assert_string_equal(err.code, r.code);
        assert_string_equal(err.correlation, r.correlation);
        assert_int_equal(err.http_status, http_status);
    }
}

/* The answer to a code: an RFC server's invalid_grant speaks of the code. */
static void test_explain_code(void **state)
{
    (void)state;
    struct hubspot_refusal r;
    struct base_error err = BASE_ERROR_NONE;
    hubspot_refusal_of_code(400, BASE_SPAN("{\"error\":\"invalid_grant\"}"), BASE_SPAN_NONE, NOW,
                            &r);
    assert_int_equal(hubspot_refusal_explain(&r, 400, "exchanging the code", &err), BASE_FAILED);
    assert_non_null(strstr(err.why, "authorization code"));
    assert_non_null(strstr(err.hint, "hubauth login"));
    hubspot_refusal_of_code(400, BASE_SPAN("{\"status\":\"BAD_HUB\"}"), BASE_SPAN_NONE, NOW, &r);
    assert_int_equal(hubspot_refusal_explain(&r, 400, "exchanging the code", &err), BASE_FAILED);
    assert_non_null(strstr(err.why, "account"));
}

static void expect_meant(const char *named, const char *hint)
{
    char body[256];
    struct base_error err = BASE_ERROR_NONE;
    base_text_format(body, sizeof(body),
                     "{\"status\":\"error\",%s"
                     "\"message\":\"Unable to infer object type from: %s\"}",
                     named[0] == 'c' ? "\"category\":\"VALIDATION_ERROR\"," : "", named);
    struct hubspot_refusal r = of_api(400, body);
    assert_int_equal(hubspot_refusal_explain(&r, 400, "exporting", &err), BASE_FAILED);
    assert_string_equal(err.why, "the account has no type of objects with that name");
    assert_string_equal(err.hint, hint);
}

/* A type that the portal does not have, by whatever code: what was probably meant. */
static void test_unknown_type(void **state)
{
    (void)state;
    expect_meant("compnies", "did you mean companies?");
    expect_meant("company", "did you mean companies?");
    expect_meant("Contact", "did you mean contacts?");
    expect_meant("lineitems", "did you mean line_items?");
    expect_meant("spaceships", "a name such as companies, or a type id such as 2-40123456");
    expect_meant("leads",
                 "a name such as companies, or a type id such as 2-40123456"); /* not deals */
    expect_meant("2-1", "a name such as companies, or a type id such as 2-40123456");
    expect_meant("", "a name such as companies, or a type id such as 2-40123456");
}

/* Short of memory a refusal is still read: escaped texts are shown as they came. */
static void test_no_memory(void **state)
{
    (void)state;
    base_mem_fail_after(0);
    struct hubspot_refusal r =
        of_token(400, "{\"status\":\"BAD_REFRESH_TOKEN\",\"message\":\"a\\u0062\"}");
    base_mem_fail_after(-1);
    assert_int_equal(r.verdict, HUBSPOT_GRANT_DEAD);
    assert_string_equal(r.message, "a\\u0062");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token_verdicts), cmocka_unit_test(test_api_verdicts),
        cmocka_unit_test(test_scopes),         cmocka_unit_test(test_many_scopes),
        cmocka_unit_test(test_retry_after),    cmocka_unit_test(test_fields),
        cmocka_unit_test(test_explain),        cmocka_unit_test(test_explain_code),
        cmocka_unit_test(test_unknown_type),   cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
