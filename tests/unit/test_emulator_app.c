/* What the app's settings take and refuse, and the arithmetic of scopes. */
#include "test_support.h"

#include "emulator_app.h"

#include <string.h>

static void test_redirect_urls(void **fixture)
{
    (void)fixture;
    static const char *const good[] = {
        "http://localhost:8976/callback",
        "http://localhost/",
        "https://app.example.com/oauth?x=1",
        "https://example.com",
    };
    static const char *const bad[] = {
        "http://127.0.0.1:8976/callback",
        "http://[::1]:8976/callback",
        "https://10.0.0.1/",
        "http://example.com/callback",
        "ftp://localhost/",
        "localhost:8976",
        "/callback",
        "",
        "https://a b/",
        "http://localhost.example.com/",
        "https://user@example.com/",
        "https://a;b/",
    };
    for (size_t i = 0; i < TEST_COUNT(good); i++)
        assert_null(emulator_redirect_fault(good[i]));
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        assert_non_null(emulator_redirect_fault(bad[i]));
    assert_non_null(strstr(emulator_redirect_fault("http://127.0.0.1/"), "127.0.0.1"));
    assert_non_null(strstr(emulator_redirect_fault("http://[::1]/"), "IP address"));
    assert_non_null(strstr(emulator_redirect_fault("http://example.com/"), "https"));
}

static void test_registered_byte_by_byte(void **fixture)
{
    (void)fixture;
    struct emulator_config config;
    struct emulator_apps apps;
    emulator_config_defaults(&config);
    assert_ok(emulator_apps_init(&apps, &config, NULL), NULL);
    assert_int_equal(apps.redirect_count, 10);
    assert_int_equal(emulator_apps_redirect(&apps, "http://localhost:8976/callback"), 0);
    assert_int_equal(emulator_apps_redirect(&apps, "http://localhost:8985/callback"), 9);
    assert_int_equal(emulator_apps_redirect(&apps, "http://localhost:8976/callback/"), -1);
    assert_int_equal(emulator_apps_redirect(&apps, "HTTP://localhost:8976/callback"), -1);
    assert_int_equal(emulator_apps_redirect(&apps, "http://localhost:8986/callback"), -1);
    assert_int_equal(emulator_apps_find(&apps, EMULATOR_CLIENT_ID), 0);
    assert_int_equal(emulator_apps_find(&apps, EMULATOR_SECOND_CLIENT_ID), 1);
    assert_int_equal(emulator_apps_find(&apps, NULL), -1);
    assert_int_equal(emulator_apps_find(&apps, ""), -1);
    emulator_apps_done(&apps);

    config.redirect_urls = (struct base_opt_list){{"http://127.0.0.1/x"}, 1};
    struct base_error err = BASE_ERROR_NONE;
    assert_int_equal(emulator_apps_init(&apps, &config, &err), BASE_USAGE);
}

static void test_scopes(void **fixture)
{
    (void)fixture;
    struct emulator_scopes s;
    bool unknown;
    struct base_buf text;
    assert_ok(emulator_scopes_init(&s, "oauth  read", " write oauth\t", "write nonsense", NULL),
              NULL);
    assert_int_equal(s.count, 3);
    assert_int_equal(s.required, 3);
    assert_int_equal(s.lacking, 4);
    assert_int_equal(emulator_scopes_parse(&s, "write oauth", &unknown), 5);
    assert_false(unknown);
    assert_int_equal(emulator_scopes_parse(&s, "oauth reads", &unknown), 1);
    assert_true(unknown);
    assert_int_equal(emulator_scopes_parse(&s, NULL, &unknown), 0);
    assert_false(unknown);
    base_buf_init(&text, 100);
    emulator_scopes_text(&s, 6, &text);
    assert_string_equal(base_buf_str(&text), "read write");
    base_buf_free(&text);
    emulator_scopes_done(&s);
}

static void test_too_many_scopes(void **fixture)
{
    (void)fixture;
    struct emulator_scopes s;
    struct base_buf many;
    base_buf_init(&many, 4096);
    for (int i = 0; i < EMULATOR_SCOPES_MAX; i++)
        base_buf_printf(&many, "s%d ", i);
    assert_ok(emulator_scopes_init(&s, base_buf_str(&many), "", "", NULL), NULL);
    assert_int_equal(s.required, UINT64_MAX);
    emulator_scopes_done(&s);
    assert_int_equal(emulator_scopes_init(&s, base_buf_str(&many), "one-more", "", NULL),
                     BASE_USAGE);
    base_buf_free(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redirect_urls),
        cmocka_unit_test(test_registered_byte_by_byte),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_too_many_scopes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
