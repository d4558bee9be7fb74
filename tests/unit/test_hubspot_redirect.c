#include "test_support.h"

#include "hubspot_redirect.h"

/* HubSpot's rules, and the URL that would do where there is one. */
static void test_rules(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool good;
        const char *hint; /* a part of it */
    } cases[] = {
        {"https://app.example.com/callback", true, NULL},
        {"https://app.example.com", true, NULL},
        {"https://app.example.com:8443/cb?x=1", true, NULL},
        {"https://intranet/cb", true, NULL},
        {"http://localhost:8976/callback", true, NULL},
        {"http://localhost/callback", true, NULL},
        {"http://localhost", true, NULL},
        {"https://localhost:8976/callback", true, NULL},
        {"HTTPS://app.example.com/", true, NULL},
        {"https://1.example.com/", true, NULL},
        {"https://0x7f.example.com/", true, NULL},

        {"http://127.0.0.1:8976/callback?a=b", false, "http://localhost:8976/callback?a=b,"},
        {"http://127.0.0.1/callback", false, "http://localhost/callback,"},
        {"http://[::1]:8976/callback", false, "http://localhost:8976/callback,"},
        {"https://127.0.0.1/callback", false, "http://localhost/callback,"},
        {"http://LOCALHOST:1/cb", false, "http://localhost:1/cb,"},
        {"https://10.0.0.1/callback", false, NULL},
        {"https://10.0.0.1./callback", false, NULL},
        {"https://[2001:db8::1]/callback", false, NULL},
        {"https://2130706433/callback", false, NULL},
        {"https://127.0.0.0x1/callback", false, NULL},
        {"http://app.example.com/callback", false, "https://app.example.com/callback"},
        {"http://app.example.com:80/callback", false, NULL},
        {"http://localhost.example.com/cb", false, "https://localhost.example.com/cb"},
        {"https://app.example.com/cb#x", false, NULL},
        {"https://user@app.example.com/cb", false, NULL},
        {"myapp://callback", false, NULL},
        {"urn:ietf:wg:oauth:2.0:oob", false, NULL},
        {"/callback", false, NULL},
        {"", false, NULL},
        {"https://", false, NULL},
        {"https://app.example.com/a b", false, NULL},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_error err = BASE_ERROR_NONE;
        enum base_status status = hubspot_redirect_check(base_span_of(cases[i].url), &err);
        if ((status == BASE_OK) != cases[i].good)
            print_error("%s\n", cases[i].url);
        assert_int_equal(status, cases[i].good ? BASE_OK : BASE_USAGE);
        assert_int_equal(err.status, status);
        assert_int_equal(err.why[0] == '\0', cases[i].good);
        if (cases[i].hint != NULL)
            assert_non_null(strstr(err.hint, cases[i].hint));
        assert_int_equal(hubspot_redirect_check(base_span_of(cases[i].url), NULL), status);
    }
}

/* What is put in place of a URL is one that HubSpot takes. */
static void test_mends(void **state)
{
    (void)state;
    static const struct {
        const char *url, *mended;
    } cases[] = {
        {"http://127.0.0.1:8976/callback?a=b", "http://localhost:8976/callback?a=b"},
        {"https://127.0.0.1/callback", "http://localhost/callback"},
        {"http://[::1]:8976/callback", "http://localhost:8976/callback"},
        {"http://LOCALHOST:1/cb", "http://localhost:1/cb"},
        {"http://app.example.com/callback", "https://app.example.com/callback"},
        {"http://app.example.com:80/callback", ""}, /* which port has its https? */
        {"https://10.0.0.1/callback", ""},
        {"/callback", ""},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_buf out;
        base_buf_init(&out, 256);
        hubspot_redirect_mend(base_span_of(cases[i].url), &out);
        assert_string_equal(base_buf_str(&out), cases[i].mended);
        if (out.n > 0)
            assert_int_equal(hubspot_redirect_check(base_buf_span(&out), NULL), BASE_OK);
        base_buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rules), cmocka_unit_test(test_mends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
