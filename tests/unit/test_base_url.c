#include "test_support.h"

#include "base_url.h"

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text, *scheme, *host, *path, *query; /* query NULL: none */
        uint16_t port;
        bool port_given;
    } cases[] = {
        {"https://api.hubapi.com/crm/v3?a=b&c", "https", "api.hubapi.com", "/crm/v3", "a=b&c", 443,
         false},
        {"http://localhost:8976/callback", "http", "localhost", "/callback", NULL, 8976, true},
        {"HTTPS://Example.com", "HTTPS", "Example.com", "", NULL, 443, false},
        {"http://127.0.0.1?x", "http", "127.0.0.1", "", "x", 80, false},
        {"http://[::1]:1/", "http", "::1", "/", NULL, 1, true},
        {"http://[2001:db8::1]/p", "http", "2001:db8::1", "/p", NULL, 80, false},
        {"https://a_b.example:65535/?", "https", "a_b.example", "/", "", 65535, true},
        {"https://h/a%2Fb?x=%zz+1", NULL, NULL, NULL, NULL, 0, false},
        {"https://h/a%2Fb?x=%2b+1?", "https", "h", "/a%2Fb", "x=%2b+1?", 443, false},
        {"https://h/a/../b", "https", "h", "/a/../b", NULL, 443, false}, /* not normalised */
        {"https://h//x@y", "https", "h", "//x@y", NULL, 443, false},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_url url;
        struct base_error err = BASE_ERROR_NONE;
        enum base_status status = base_url_parse(base_span_of(cases[i].text), &url, &err);
        assert_status(status, cases[i].scheme != NULL ? BASE_OK : BASE_INVALID, &err);
        if (status != BASE_OK)
            continue;
        assert_span(url.scheme, cases[i].scheme);
        assert_span(url.host, cases[i].host);
        assert_span(url.path, cases[i].path);
        assert_int_equal(url.query.p != NULL, cases[i].query != NULL);
        assert_span(url.query, cases[i].query != NULL ? cases[i].query : "");
        assert_int_equal(url.port, cases[i].port);
        assert_int_equal(url.port_given, cases[i].port_given);
    }
}

static void test_refuse(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "https",
        "https:",
        "https:/h",
        "https://",
        "https:///p",
        "https://?q",
        "//h/p",
        "/p",
        "h/p",
        "ftp://h/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "httpss://h",
        " https://h",
        "https ://h",
        "https://user@h/",
        "https://user:pw@h/",
        "https://h@evil.example/",
        "https://@h/",
        "https://h:/",
        "https://h:0/",
        "https://h:65536/",
        "https://h:99999999999/",
        "https://h:8a/",
        "https://h:-1/",
        "https://h:80:80/",
        "https://h:+80/",
        "https://[::1/",
        "https://[::g]/",
        "https://[127.0.0.1]/",
        "https://[]/",
        "https://[::1]x/",
        "https://[fe80::1%25eth0]/",
        "https://[::1]]/",
        "https://::1/",
        "https://h\\evil.example/",
        "https://h!/",
        "https://h%41/",
        "https://h/a b",
        "https://h/a\tb",
        "https://h/\r\nX: y",
        "https://h/\x7f",
        "https://h/\xc3\xa9",
        "https://\xc3\xa9/",
        "https://h/#f",
        "https://h#f",
        "https://h/%",
        "https://h/%4",
        "https://h/%4g",
        "https://h/?%zz",
    };
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        struct base_url url = {.port = 7};
        struct base_error err = BASE_ERROR_NONE;
        if (base_url_parse(base_span_of(bad[i]), &url, &err) != BASE_INVALID)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(url.port, 7);
    }
    assert_int_equal(base_url_parse(BASE_SPAN("https://h/\0"), &(struct base_url){0}, NULL),
                     BASE_INVALID);
}

/* A10: an error message does not quote a URL, which may carry a code. */
static void test_quiet(void **state)
{
    (void)state;
    struct base_url url;
    struct base_error err = BASE_ERROR_NONE;
    base_url_parse(BASE_SPAN("http://localhost/cb?code=canary#x"), &url, &err);
    assert_null(strstr(err.why, "canary"));
    assert_null(strstr(err.doing, "canary"));
    assert_string_equal(err.lower, "");
}

static void test_origin(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"https://App.HubSpot.com/oauth/authorize?x=1", "https://app.hubspot.com"},
        {"https://h:443/", "https://h"},
        {"https://h:80", "https://h:80"},
        {"HTTP://localhost:80/a", "http://localhost"},
        {"http://localhost:8976/callback", "http://localhost:8976"},
        {"http://[::1]:1/", "http://[::1]:1"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_url url;
        struct base_buf out;
        base_buf_init(&out, 100);
        assert_ok(base_url_parse(base_span_of(cases[i][0]), &url, NULL), NULL);
        base_url_origin(&out, &url);
        assert_string_equal(base_buf_str(&out), cases[i][1]);
        base_buf_free(&out);
    }
}

static void test_longest(void **state)
{
    (void)state;
    char text[8193];
    struct base_url url;
    memset(text, 'a', sizeof(text));
    memcpy(text, "https://h/", 10);
    assert_int_equal(base_url_parse((struct base_span){text, 8192}, &url, NULL), BASE_OK);
    assert_int_equal(base_url_parse((struct base_span){text, 8193}, &url, NULL), BASE_LIMIT);
    memset(text, 'a', 300);
    memcpy(text, "https://", 8);
    assert_int_equal(base_url_parse((struct base_span){text, 8 + 253}, &url, NULL), BASE_OK);
    assert_int_equal(base_url_parse((struct base_span){text, 8 + 254}, &url, NULL), BASE_INVALID);
}

/* B2, C1: plain http is for loopback alone, and only what is loopback beyond doubt counts. */
static void test_loopback(void **state)
{
    (void)state;
    static const char *const yes[] = {"localhost", "LocalHost", "127.0.0.1",
                                      "127.1.2.3", "::1",       "0:0:0:0:0:0:0:1"};
    static const char *const no[] = {"",
                                     "localhost.",
                                     "localhost.evil.example",
                                     "127.1",
                                     "127.0.0.1.evil.example",
                                     "127.0.0.01",
                                     "0.0.0.0",
                                     "::",
                                     "::ffff:127.0.0.1",
                                     "128.0.0.1",
                                     "2130706433",
                                     "0x7f.0.0.1",
                                     "[::1]",
                                     "10.0.0.1",
                                     "localhost "};
    for (size_t i = 0; i < TEST_COUNT(yes); i++)
        assert_true(base_url_is_loopback(base_span_of(yes[i])));
    for (size_t i = 0; i < TEST_COUNT(no); i++) {
        if (base_url_is_loopback(base_span_of(no[i])))
            fail_msg("%s", no[i]);
    }
    assert_false(base_url_is_loopback(BASE_SPAN("127.0.0.1\0.evil.example")));
    assert_false(base_url_is_loopback(BASE_SPAN("localhost\0")));
}

static void test_safe(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool safe;
    } cases[] = {
        {"https://api.hubapi.com/", true},
        {"HTTPS://h", true},
        {"http://localhost:1/", true},
        {"http://[::1]/", true},
        {"http://127.0.0.1/", true},
        {"http://api.hubapi.com/", false},
        {"HTTP://h/", false},
        {"http://localhost.example/", false},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_url url;
        assert_ok(base_url_parse(base_span_of(cases[i].text), &url, NULL), NULL);
        assert_int_equal(base_url_is_safe(&url), cases[i].safe);
    }
}

/* C3: every character of a secret survives; RFC 3986 section 2.3 says which need no escape. */
static void test_encode(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, 1000);
    base_url_encode(&b, BASE_SPAN("AZaz09-._~ +&=%/?\0\xc3\xa9"));
    assert_string_equal(base_buf_str(&b), "AZaz09-._~%20%2B%26%3D%25%2F%3F%00%C3%A9");
    base_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),    cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_quiet),    cmocka_unit_test(test_longest),
        cmocka_unit_test(test_loopback), cmocka_unit_test(test_safe),
        cmocka_unit_test(test_encode),   cmocka_unit_test(test_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
