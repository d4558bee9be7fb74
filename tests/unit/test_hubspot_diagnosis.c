#include "test_support.h"

#include "base_buf.h"
#include "base_text.h"
#include "hubspot_diagnosis.h"

static struct hubspot_diagnosis diagnose(const char *text)
{
    struct hubspot_diagnosis d;
    assert_int_equal(hubspot_diagnose(base_span_of(text), &d), BASE_OK);
    return d;
}

static const char *first(const struct hubspot_diagnosis *d)
{
    return d->count > 0 ? d->found[0]->code : "nothing";
}

#define ENVELOPE(rest) "{\"status\":\"error\",\"correlationId\":\"c\"," rest "}"
#define MESSAGE(text, rest) ENVELOPE("\"message\":\"" text "\"" rest)

/* What is pasted, and the one entry that it leads to. */
static const struct {
    const char *text, *code;
} sure[] = {
    /* typed */
    {"BAD_AUTH_CODE", "BAD_AUTH_CODE"},
    {"bad_auth_code", "BAD_AUTH_CODE"},
    {"BAD-AUTH-CODE", "BAD_AUTH_CODE"},
    {" Bad Auth Code. \n", "BAD_AUTH_CODE"},
    {"rate_limit", "RATE_LIMITS"},
    {"limitexceededexception", "OBJECT_CREATION_LIMIT"},
    {"429", "HTTP_429"},
    {"HTTP 429", "HTTP_429"},
    {"http_429", "HTTP_429"},
    {"status 526", "HTTP_526"},
    {"307", "HTTP_3XX"},
    {"0", "EXIT_0"},
    {"8", "EXIT_8"},
    {"exit 3", "EXIT_3"},
    {"exit code 3", "EXIT_3"},
    {"Exit status 6", "EXIT_6"},
    {"ENOTFOUND", "NETWORK_DNS"},
    {"TLS", "NETWORK_TLS"},
    {"2027-02-16", "OAUTH_V1_END"},
    /* the guide's chapters */
    {"invalid grant", "invalid_grant"},
    {"token expired", "EXPIRED_AUTHENTICATION"},
    {"https only", "HTTPS_ONLY"},
    /* the consent page, whole and in part, whatever its case and punctuation */
    {"Insufficient scopes were provided. Please contact the app developer.",
     "CONSENT_SCOPES_INSUFFICIENT"},
    {"Authorization failed because the provided scopes are insufficient...",
     "CONSENT_SCOPES_INSUFFICIENT"},
    {"Authorization failed because there is a mismatch between the scopes in the install URL and "
     "the app's configured scopes...",
     "CONSENT_SCOPES_MISMATCH"},
    {"authorization failed because this account doesn\xe2\x80\x99t have access to the scopes "
     "required "
     "by the app",
     "CONSENT_ACCOUNT_LACKS_SCOPES"},
    {"...your account lacks access to the required scopes [marketing.campaigns.read]",
     "CONSENT_ACCOUNT_LACKS_SCOPES"},
    {"YOU DON'T HAVE PERMISSIONS TO AUTHORIZE THE SCOPES REQUIRED BY THE APP",
     "CONSENT_USER_LACKS_PERMISSION"},
    {"super admin", "CONSENT_USER_LACKS_PERMISSION"},
    {"Couldn't complete the connection", "CONSENT_FAILED"},
    /* the token endpoint */
    {"{\"status\":\"BAD_REFRESH_TOKEN\",\"message\":\"missing or unknown refresh token\"}",
     "BAD_REFRESH_TOKEN"},
    {"{\"error\":\"invalid_request\",\"status\":\"BAD_REFRESH_TOKEN\",\"message\":\"refresh token "
     "is "
     "invalid, expired or revoked\"}",
     "BAD_REFRESH_TOKEN"},
    {"{\"message\":\"refresh token was not issued to this client\"}", "BAD_REFRESH_TOKEN"},
    {"{\"error\":\"invalid_grant\"}", "invalid_grant"},
    {"{\"status\":\"BAD_AUTH_CODE\",\"error\":\"invalid_grant\"}", "BAD_AUTH_CODE"},
    {"{\"message\":\"redirect URI does not match initial auth code URI\"}",
     "MISMATCH_REDIRECT_URI_AUTH_CODE"},
    {"{\"message\":\"missing or unknown client id\"}", "BAD_CLIENT_ID"},
    /* the API */
    {MESSAGE("The OAuth token used to make this call expired 0 second(s) ago.",
             ",\"category\":\"EXPIRED_AUTHENTICATION\""),
     "EXPIRED_AUTHENTICATION"},
    {MESSAGE("Authentication credentials not found. This API supports OAuth 2.0",
             ",\"category\":\"INVALID_AUTHENTICATION\""),
     "INVALID_AUTHENTICATION"},
    {MESSAGE("You have reached your ten_secondly_rolling limit.",
             ",\"errorType\":\"RATE_LIMIT\",\"policyName\":\"TEN_SECONDLY_ROLLING\""),
     "TEN_SECONDLY_ROLLING"},
    {MESSAGE("You have reached your secondly limit.",
             ",\"errorType\":\"RATE_LIMIT\",\"policyName\":\"SECONDLY\""),
     "SECONDLY"},
    {MESSAGE("You have reached your daily limit.",
             ",\"errorType\":\"RATE_LIMIT\",\"policyName\":\"DAILY\""),
     "DAILY"},
    {MESSAGE("You have reached your rate limit.", ",\"category\":\"RATE_LIMITS\""), "RATE_LIMITS"},
    {MESSAGE("The scope needed for this API call isn't available for public use.",
             ",\"category\":\"MISSING_SCOPES\""),
     "SCOPE_NOT_PUBLIC"},
    {MESSAGE("resource not found", ""), "OBJECT_NOT_FOUND"},
    {MESSAGE("Property values were not valid: [{\\\"isValid\\\":false,\\\"error\\\":"
             "\\\"PROPERTY_DOESNT_EXIST\\\"}]",
             ",\"errors\":[{\"code\":\"PROPERTY_DOESNT_EXIST\"}]"),
     "PROPERTY_DOESNT_EXIST"},
    {"{\"status\":\"error\",\"message\":\"Contact already exists\",\"error\":\"CONTACT_EXISTS\"}",
     "CONFLICT"},
    {MESSAGE("Cannot have more than 250 identities on a profile",
             ",\"category\":\"VALIDATION_ERROR\""),
     "MERGE_LIMIT"},
    {MESSAGE("Portal 1 has exceeded its OBJECT_CREATION contact limit of 1000",
             ",\"errorType\":\"LimitExceededException\""),
     "OBJECT_CREATION_LIMIT"},
    /* in what clients and people put around it */
    {"{\"code\":429,\"body\":{\"policyName\":\"DAILY\"},\"headers\":{}}", "DAILY"},
    {"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n\r\n{\"status\":\"BAD_HUB\"}",
     "BAD_HUB"},
    {"ApiException: (400) {\"status\":\"BAD_CLIENT_ID\"} at line 7", "BAD_CLIENT_ID"},
    {"Error: Request failed with status code 477", "HTTP_477"},
    {"hubauth: refreshing the token: the refresh token is no longer valid\n"
     "  said:  HTTP 400, BAD_REFRESH_TOKEN: refresh token is invalid, expired or revoked",
     "BAD_REFRESH_TOKEN"},
    {"{\"status\":\"BAD_AUTH_CODE\",\"message\":\"cut off he", "BAD_AUTH_CODE"},
    /* pages */
    {"<!DOCTYPE html><html><head><title>api.hubapi.com | 502: Bad gateway</title>", "HTTP_502"},
    {"<html><head><title>Error 404 Not Found</title></head><body><h2>HTTP ERROR 404</h2>",
     "HTTP_404"},
    {"<title>Attention Required! | Cloudflare</title> 403", "CLOUDFLARE_BLOCKED"},
    /* addresses */
    {"http://localhost:8976/callback?error=access_denied&state=x", "access_denied"},
    {"https://a.example/cb?x=1&error=invalid_scope&error_description=a%20b#top", "invalid_scope"},
    {"?error=server_error", "server_error"},
    {"http://localhost:8976/callback?code=na1-1&state=x", "REDIRECT_WITH_CODE"},
    {"http://localhost:8976/callback?returnUrl=https%3A%2F%2Fapp.hubspot.com%2F",
     "MARKETPLACE_INSTALL"},
    /* the network, in the words of others */
    {"curl: (6) Could not resolve host: api.hubapi.com", "NETWORK_DNS"},
    {"connect ECONNREFUSED 127.0.0.1:443", "NETWORK_REFUSED"},
    {"SSL certificate problem: unable to get local issuer certificate", "NETWORK_CERTIFICATE"},
};

static void test_sure(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(sure); i++) {
        struct hubspot_diagnosis d = diagnose(sure[i].text);
        if (strcmp(first(&d), sure[i].code) != 0 || !d.sure)
            print_error("%s: %s%s\n", sure[i].text, first(&d), d.sure ? "" : ", not sure");
        assert_string_equal(first(&d), sure[i].code);
        assert_true(d.sure);
        assert_null(d.nearest);
    }
}

/* Each code, alias and text of the catalogue leads to its entry. */
static void test_whole_catalogue(void **state)
{
    (void)state;
    const struct hubspot_catalogue_entry *e;
    for (size_t i = 0; (e = hubspot_catalogue_at(i)) != NULL; i++) {
        struct hubspot_diagnosis d = diagnose(e->code);
        assert_true(d.sure);
        assert_ptr_equal(d.found[0], e);
        struct base_span words = base_span_of(e->aliases), texts = base_span_of(e->texts);
        while (words.n > 0) {
            assert_int_equal(hubspot_diagnose(base_span_cut(&words, '|'), &d), BASE_OK);
            assert_true(d.sure);
            assert_ptr_equal(d.found[0], e);
        }
        while (texts.n > 0) {
            struct base_span text = base_span_cut(&texts, '|');
            bool is_there = false;
            assert_int_equal(hubspot_diagnose(text, &d), BASE_OK);
            for (size_t k = 0; k < d.count; k++)
                is_there |= d.found[k] == e;
            if (!is_there)
                print_error("%s: \"%.*s\"\n", e->code, BASE_SPAN_ARG(text));
            assert_true(is_there);
        }
    }
}

/* Several of equal right are listed, and none is called the one. */
static void test_candidates(void **state)
{
    (void)state;
    struct hubspot_diagnosis d = diagnose("scopes");
    assert_true(d.count > 2);
    assert_false(d.sure);
    d = diagnose("BAD_AUTH_CODE or BAD_CLIENT_ID");
    assert_int_equal(d.count, 2);
    assert_false(d.sure);
    /* More than there is room for. */
    d = diagnose("hubspot");
    assert_int_equal(d.count, HUBSPOT_DIAGNOSIS_MOST);
}

static void test_unknown(void **state)
{
    (void)state;
    struct hubspot_diagnosis d = diagnose("BAD_REFRSH_TOKN");
    assert_int_equal(d.count, 0);
    assert_false(d.sure);
    assert_non_null(d.nearest);
    assert_string_equal(d.nearest->code, "BAD_REFRESH_TOKEN");
    d = diagnose("qqqqqqqqqqqqqqqq");
    assert_int_equal(d.count, 0);
    assert_null(d.nearest);
    d = diagnose("418");
    assert_int_equal(d.count, 0);
    d = diagnose("9");
    assert_int_equal(d.count, 0);
    d = diagnose("");
    assert_int_equal(d.count, 0);
    d = diagnose("{}");
    assert_int_equal(d.count, 0);
    d = diagnose("{\"status\":\"BAD_NEW_THING\",\"message\":\"x\"}");
    assert_int_equal(d.count, 0);
    assert_string_equal(d.word, "BAD_NEW_THING");
}

/* What the body tells besides. */
static void test_details(void **state)
{
    (void)state;
    struct hubspot_diagnosis d = diagnose(
        "HTTP/2 "
        "403\n\n{\"status\":\"error\",\"correlationId\":\"019cd9fe-d093-7d4f-99bc-45975fdcf7c6\","
        "\"errors\":[{\"context\":{\"requiredGranularScopes\":[\"crm.objects.contacts.read\","
        "\"crm.objects.contacts.highly_sensitive.read.v2\",\"crm.objects.contacts.read\"]}}],"
        "\"category\":\"MISSING_SCOPES\"}");
    assert_string_equal(d.scopes, "crm.objects.contacts.read "
                                  "crm.objects.contacts.highly_sensitive.read.v2");
    assert_string_equal(d.correlation, "019cd9fe-d093-7d4f-99bc-45975fdcf7c6");
    assert_int_equal(d.http_status, 403);
    d = diagnose(
        "{\"message\":\"This oauth-token (pat-na1-c2f8d) does not have proper permissions! "
        "(requires any of [contacts, crm.lists.read])\"}");
    assert_string_equal(d.scopes, "contacts crm.lists.read");
    assert_string_equal(first(&d), "MISSING_SCOPES");
    static const struct {
        const char *text, *ago;
    } ages[] = {
        {"used to make this call expired 0 second(s) ago", "0 seconds"},
        {"used to make this call expired 9 minute(s) ago", "9 minutes"},
        {"used to make this call expired 1 hour(s) ago", "1 hour"},
        {"used to make this call expired 12345678901234 hour(s) ago", ""},
        {"expired x minute(s) ago", ""},
        {"expired 5 \033[31m(s) ago", ""},
        {"expired 5", ""},
        {"expired ", ""},
    };
    for (size_t i = 0; i < TEST_COUNT(ages); i++) {
        d = diagnose(ages[i].text);
        assert_string_equal(d.ago, ages[i].ago);
    }
    d = diagnose("{\"message\":\"Contact already exists. Existing ID: 514254394268\"}");
    assert_string_equal(d.existing, "514254394268");
    d = diagnose("Existing ID: none");
    assert_string_equal(d.existing, "");
}

/* E6: whatever stands in a token's place, nothing of it is in the answer. */
static void test_nothing_leaks(void **state)
{
    (void)state;
    static const char token[] = "CIrToaiiMhIHAAEAQAAAARiO1ooBIJCANARY";
    static const char refresh[] = "na1-aaaa-bbbb-cccc-dddd-eeeecanary1";
    static const char *const shapes[] = {
        "%s",
        "{\"status\":\"%s\",\"message\":\"%s\"}",
        "{\"category\":\"%s\",\"correlationId\":\"%s\"}",
        "{\"errors\":[{\"context\":{\"requiredGranularScopes\":[\"%s\",\"a %s\"]}}]}",
        "{\"message\":\"(requires any of [%s, %s])\"}",
        "{\"message\":\"expired %s minute(s) ago. Existing ID: %s\"}",
        "{\"access_token\":\"%s\",\"code\":\"%s\",\"status\":\"BAD_HUB\"}",
        "Authorization: Bearer %s and code=%s",
        "http://localhost:1/cb?error=%s&code=%s",
    };
    for (size_t i = 0; i < TEST_COUNT(shapes) * 2; i++) {
        const char *secret = i % 2 ? token : refresh;
        struct base_buf text;
        base_buf_init(&text, 4096);
        struct base_span rest = base_span_of(shapes[i / 2]);
        while (rest.p != NULL) {
            const char *at = memmem(rest.p, rest.n, "%s", 2);
            size_t n = at != NULL ? (size_t)(at - rest.p) : rest.n;
            base_buf_add(&text, rest.p, n);
            if (at != NULL)
                base_buf_add_str(&text, secret);
            rest = at != NULL ? base_span_from(rest, n + 2) : BASE_SPAN_NONE;
        }
        struct hubspot_diagnosis d = diagnose(base_buf_str(&text));
        const char *const shown[] = {d.word, d.scopes, d.correlation, d.ago, d.existing};
        for (size_t k = 0; k < TEST_COUNT(shown); k++) {
            assert_null(strcasestr(shown[k], "canary"));
            assert_null(strstr(shown[k], "na1-"));
            assert_null(strstr(shown[k], "CIrT"));
        }
        base_buf_free(&text);
    }
    assert_true(diagnose("{\"access_token\":\"CIrToaiiMhIHAAEAQ\"}").holds_secret);
    assert_true(diagnose("refresh_token=na1-aaaa-bbbb").holds_secret);
    assert_true(diagnose("authorization: bearer CIrToaiiMhIHAAEAQ").holds_secret);
    assert_true(diagnose("http://localhost:1/cb?code=na1-aaaa-bbbb-cccc").holds_secret);
    assert_true(diagnose("This oauth-token (pat-na1-c2f8d90a)").holds_secret);
    assert_false(diagnose("{\"status\":\"BAD_REFRESH_TOKEN\",\"message\":\"refresh token is "
                          "invalid\",\"error\":\"invalid_grant\"}")
                     .holds_secret);
    assert_false(diagnose("{\"access_token\":\"\"}").holds_secret);
    assert_false(diagnose("error_code=access_denied, status_code=MISMATCH_REDIRECT_URI_AUTH_CODE")
                     .holds_secret);
}

static void test_caps(void **state)
{
    (void)state;
    struct hubspot_diagnosis d;
    struct base_buf text;
    base_buf_init(&text, HUBSPOT_DIAGNOSIS_MAX + 10);
    while (text.n < HUBSPOT_DIAGNOSIS_MAX)
        base_buf_add_char(&text, 'a');
    assert_int_equal(hubspot_diagnose(base_buf_span(&text), &d), BASE_OK);
    assert_int_equal(d.count, 0);
    base_buf_add_char(&text, 'a');
    assert_int_equal(hubspot_diagnose(base_buf_span(&text), &d), BASE_LIMIT);
    base_buf_free(&text);
}

static enum base_status each_step(void *arg)
{
    struct hubspot_diagnosis d;
    return hubspot_diagnose(base_span_of(arg), &d);
}

/* Short of memory it says so: an answer of half the evidence could be the wrong one. */
static void test_no_memory(void **state)
{
    (void)state;
    static char json[] =
        "{\"message\":\"expired 5 minute(s) ago, BAD_HUB\",\"status\":\"BAD_NEWS\"}";
    static char address[] = "http://localhost/?error=access_denied&error_description=x";
    static char words[] = "super admin";
    static char prose[] =
        "something that is in no list at all, with BAD_HUB in it, and longer than what "
        "anybody would type by hand on a line of a terminal, is it not";
    assert_true(test_each_allocation_fails(each_step, json) > 0);
    assert_true(test_each_allocation_fails(each_step, address) > 0);
    assert_true(test_each_allocation_fails(each_step, words) > 0);
    assert_true(test_each_allocation_fails(each_step, prose) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sure),       cmocka_unit_test(test_whole_catalogue),
        cmocka_unit_test(test_candidates), cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_details),    cmocka_unit_test(test_nothing_leaks),
        cmocka_unit_test(test_caps),       cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
