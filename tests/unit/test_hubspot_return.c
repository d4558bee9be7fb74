#include "test_support.h"

#include "hubspot_return.h"

static enum base_status go(const char *return_url, const char *app_url, char *out, size_t size)
{
    struct base_buf to;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status;

    base_buf_init(&to, 16384);
    status = hubspot_return_url(base_span_of(return_url), app_url, BASE_SPAN("s-1"), &to, &err);
    assert_int_equal(status, err.status);
    snprintf(out, size, "%s", base_buf_str(&to));
    base_buf_free(&to);
    return status;
}

static void state_is_added(void **state)
{
    static const char *const cases[][2] = {
        {"https://app.hubspot.com/oauth/authorize?client_id=1",
         "https://app.hubspot.com/oauth/authorize?client_id=1&state=s-1"},
        {"https://app-eu1.hubspot.com/x", "https://app-eu1.hubspot.com/x?state=s-1"},
        {"https://APP.HubSpot.com/x?", "https://APP.HubSpot.com/x?state=s-1"},
        {"https://hubspot.com:443", "https://hubspot.com:443?state=s-1"},
        {"http://localhost:8080/oauth/authorize?mystate=1",
         "http://localhost:8080/oauth/authorize?mystate=1&state=s-1"},
    };
    char out[256];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        assert_int_equal(go(cases[i][0], "http://localhost:8080/", out, sizeof(out)), BASE_OK);
        assert_string_equal(out, cases[i][1]);
    }
}

/* G9: nobody is sent elsewhere. */
static void other_places_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "/oauth/authorize",
        "//app.hubspot.com/",
        "http://app.hubspot.com/",
        "https://evilhubspot.com/",
        "https://hubspot.com.evil.example/",
        "https://.hubspot.com/",
        "https://app.hubspot.com:8443/",
        "https://app.hubspot.com@evil.example/",
        "https://evil.example/?https://app.hubspot.com/",
        "https://evil.example/.hubspot.com",
        "https://evil.example\\.hubspot.com/",
        "https://evil.example%2f.hubspot.com/",
        "https://app.hubspot.com\r\nX: y",
        "https://app.hubspot.com/#x",
        "https://app.hubspot.com/?state=theirs",
        "https://app.hubspot.com/?a=b&st%61te=theirs",
        "https://app.hubspot.com/?a=%00",
        "javascript:alert(1)",
        "http://localhost:8081/", /* the origin of the app's page, or nothing */
        "https://localhost:8080/",
        "http://127.0.0.1:8080/",
    };
    char out[256];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        if (go(bad[i], "http://localhost:8080", out, sizeof(out)) != BASE_INVALID)
            fail_msg("accepted: %s", bad[i]);
    }
    /* An app of HubSpot's own: no host of this machine. */
    assert_int_equal(go("http://localhost:8080/", "https://app.hubspot.com", out, sizeof(out)),
                     BASE_INVALID);
}

static void length_has_a_cap(void **state)
{
    char url[9000] = "https://app.hubspot.com/";
    struct base_buf to;

    (void)state;
    memset(url + strlen(url), 'a', 8100 - strlen(url));
    base_buf_init(&to, 4096);
    assert_int_equal(hubspot_return_url(base_span_of(url), "", BASE_SPAN("s"), &to, NULL),
                     BASE_INVALID);
    base_buf_free(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_is_added),
        cmocka_unit_test(other_places_are_refused),
        cmocka_unit_test(length_has_a_cap),
    };
    return cmocka_run_group_tests_name("hubspot_return", tests, NULL, NULL);
}
