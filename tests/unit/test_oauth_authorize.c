#include "test_support.h"

#include "oauth_authorize.h"

static const struct oauth_authorize usual = {
    .endpoint = "https://app.hubspot.com/oauth/authorize",
    .client_id = "11111111-1111-4111-8111-111111111111",
    .redirect_uri = "http://localhost:8976/callback",
    .scope = "oauth crm.objects.contacts.read",
    .state = "xyz",
    .code_challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
};

static void check_url(const struct oauth_authorize *request, const char *want)
{
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf url;
    base_buf_init(&url, 4096);
    assert_ok(oauth_authorize_url(request, &url, &err), &err);
    assert_string_equal(base_buf_str(&url), want);
    base_buf_free(&url);
}

#define COMMON                                                                                     \
    "response_type=code&client_id=11111111-1111-4111-8111-111111111111"                            \
    "&redirect_uri=http%3A%2F%2Flocalhost%3A8976%2Fcallback"
#define TAIL                                                                                       \
    "&state=xyz&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"                        \
    "&code_challenge_method=S256"

/* A1, A5, A6: response_type=code, S256 and state are always there. */
static void test_url(void **state)
{
    (void)state;
    check_url(&usual, "https://app.hubspot.com/oauth/authorize?" COMMON
                      "&scope=oauth%20crm.objects.contacts.read" TAIL);

    struct oauth_authorize r = usual;
    r.optional_scope = "tickets";
    check_url(&r, "https://app.hubspot.com/oauth/authorize?" COMMON
                  "&scope=oauth%20crm.objects.contacts.read&optional_scope=tickets" TAIL);
    r.optional_scope = ""; /* never sent empty */
    r.scope = NULL;
    check_url(&r, "https://app.hubspot.com/oauth/authorize?" COMMON TAIL);
    r.endpoint = "http://localhost:1/authorize?tenant=a";
    check_url(&r, "http://localhost:1/authorize?tenant=a&" COMMON TAIL);
    r.endpoint = "http://localhost:1/authorize?";
    check_url(&r, "http://localhost:1/authorize?" COMMON TAIL);
}

static void check_refused(const struct oauth_authorize *request)
{
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf url;
    base_buf_init(&url, 4096);
    assert_status(oauth_authorize_url(request, &url, &err), BASE_USAGE, &err);
    assert_int_equal(err.status, BASE_USAGE);
    assert_string_not_equal(err.why, "");
    assert_string_equal(base_buf_str(&url), "");
    base_buf_free(&url);
}

/* A6: no state, no request. A9: a browser is sent to https or this machine alone. */
static void test_refused(void **state)
{
    (void)state;
    struct oauth_authorize r = usual;
    r.state = "";
    check_refused(&r);
    r = usual;
    r.code_challenge = NULL;
    check_refused(&r);
    r = usual;
    r.client_id = "";
    check_refused(&r);
    r = usual;
    r.redirect_uri = NULL;
    check_refused(&r);
    static const char *const endpoints[] = {
        "http://app.hubspot.com/oauth/authorize",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "",
        "https://app.hubspot.com/#x",
        "--help",
    };
    for (size_t i = 0; i < TEST_COUNT(endpoints); i++) {
        r = usual;
        r.endpoint = endpoints[i];
        check_refused(&r);
    }
}

static enum base_status parse(const char *query, struct oauth_callback *c)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = oauth_callback_parse(base_span_of(query), c, &err);
    assert_int_equal(err.status, status);
    return status;
}

/* RFC 6749 section 4.1.2 and 4.1.2.1, with HubSpot's additions. */
static void test_callback(void **state)
{
    (void)state;
    struct oauth_callback c;
    assert_int_equal(parse("code=SplxlOBeZQQYbYS6WxSbIA&state=xyz", &c), BASE_OK);
    assert_string_equal(c.code, "SplxlOBeZQQYbYS6WxSbIA");
    assert_string_equal(c.state, "xyz");
    assert_null(c.error);
    assert_null(c.error_description);
    assert_null(c.iss);
    assert_null(c.return_url);
    oauth_callback_free(&c);
    oauth_callback_free(&c); /* twice is allowed */

    assert_int_equal(
        parse("error=access_denied&error_description=The+user%20said%20%22no%22&state=x"
              "&error_uri=https%3A%2F%2Fa.example&iss=https%3A%2F%2Fb.example&unknown=1"
              "&unknown=2&returnUrl=https%3A%2F%2Fc.example",
              &c),
        BASE_OK);
    assert_null(c.code);
    assert_string_equal(c.error, "access_denied");
    assert_string_equal(c.error_description, "The user said \"no\"");
    assert_string_equal(c.error_uri, "https://a.example");
    assert_string_equal(c.iss, "https://b.example");
    assert_string_equal(c.return_url, "https://c.example");
    oauth_callback_free(&c);

    assert_int_equal(parse("", &c), BASE_OK);
    assert_null(c.code);
    oauth_callback_free(&c);
    /* Without a value a parameter counts as omitted (section 3.1). */
    assert_int_equal(parse("code=&state", &c), BASE_OK);
    assert_null(c.code);
    assert_null(c.state);
    oauth_callback_free(&c);
}

/* B9: a parameter given twice, in any spelling; malformed encoding; NUL. */
static void test_callback_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "code=a&code=b",
        "code=a&code=a",
        "code=&code=b",
        "state=a&code=x&state=b",
        "code=a&c%6fde=b",
        "error=a&error=b",
        "code=%",
        "code=%zz",
        "code=a%00b",
        "x=%00",
        "iss=a&state=1&iss=b",
    };
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        struct oauth_callback c = {.code = NULL};
        assert_int_equal(parse(bad[i], &c), BASE_INVALID);
        assert_null(c.code); /* nothing was written */
    }
    static char longest[OAUTH_CALLBACK_MAX + 2];
    memset(longest, 'a', OAUTH_CALLBACK_MAX);
    memcpy(longest, "code=", 5);
    struct oauth_callback c;
    assert_int_equal(parse(longest, &c), BASE_OK);
    oauth_callback_free(&c);
    longest[OAUTH_CALLBACK_MAX] = 'a';
    assert_int_equal(parse(longest, &c), BASE_LIMIT);
}

static enum base_status step_callback(void *arg)
{
    (void)arg;
    struct oauth_callback c;
    enum base_status status = oauth_callback_parse(
        BASE_SPAN("code=a&state=b&error=c&error_description=d&error_uri=e&iss=f&returnUrl=g"), &c,
        NULL);
    if (status == BASE_OK)
        oauth_callback_free(&c);
    return status;
}

static enum base_status step_url(void *arg)
{
    (void)arg;
    struct base_buf url;
    base_buf_init(&url, 4096);
    enum base_status status = oauth_authorize_url(&usual, &url, NULL);
    base_buf_free(&url);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_in_range(test_each_allocation_fails(step_callback, NULL), 7, 100);
    assert_in_range(test_each_allocation_fails(step_url, NULL), 1, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url),       cmocka_unit_test(test_refused),
        cmocka_unit_test(test_callback),  cmocka_unit_test(test_callback_refused),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
