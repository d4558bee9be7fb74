/* What the app's settings take and refuse, and the arithmetic of scopes. */
#include "test_support.h"

#include "emulator_app.h"
#include "emulator_portal.h"

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
    const struct emulator_app *app = &apps.items[0];
    assert_int_equal(app->redirect_count, 10);
    assert_int_equal(emulator_app_redirect(app, "http://localhost:8976/callback"), 0);
    assert_int_equal(emulator_app_redirect(app, "http://localhost:8985/callback"), 9);
    assert_int_equal(emulator_app_redirect(app, "http://localhost:8976/callback/"), -1);
    assert_int_equal(emulator_app_redirect(app, "HTTP://localhost:8976/callback"), -1);
    assert_int_equal(emulator_app_redirect(app, "http://localhost:8986/callback"), -1);
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
    assert_ok(emulator_scopes_init(&s, "oauth  read", "extra", " write oauth\t", NULL), NULL);
    assert_int_equal(s.count, 4);
    assert_int_equal(s.required, 3);
    assert_int_equal(s.conditional, 4);
    assert_int_equal(s.optional, 9);
    assert_int_equal(emulator_scopes_parse(&s, "write oauth", &unknown), 9);
    assert_false(unknown);
    assert_int_equal(emulator_scopes_parse(&s, "oauth reads", &unknown), 1);
    assert_true(unknown);
    assert_int_equal(emulator_scopes_parse(&s, NULL, &unknown), 0);
    assert_false(unknown);
    base_buf_init(&text, 100);
    emulator_scopes_text(&s, 10, &text);
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

static void test_apps_of_their_own(void **fixture)
{
    (void)fixture;
    static const char *const urls[] = {"https://example.com/a"};
    struct emulator_config config;
    struct emulator_apps apps;
    struct base_error err = BASE_ERROR_NONE;
    struct emulator_app_spec spec = {.name = "A",
                                     .client_id = "a",
                                     .client_secret = "s",
                                     .redirects = urls,
                                     .redirect_count = 1,
                                     .required = "oauth",
                                     .conditional = "",
                                     .optional = "x"};
    emulator_config_defaults(&config);
    assert_ok(emulator_apps_init(&apps, &config, NULL), NULL);
    assert_ok(emulator_apps_add(&apps, &spec, NULL), NULL);
    const struct emulator_app *own = &apps.items[emulator_apps_find(&apps, "a")];
    assert_int_equal(emulator_app_redirect(own, "https://example.com/a"), 0);
    assert_int_equal(emulator_app_redirect(&apps.items[0], "https://example.com/a"), -1);
    assert_int_equal(emulator_scopes_bit(&own->scopes, BASE_SPAN("x")), 2);
    assert_int_equal(emulator_scopes_bit(&apps.items[0].scopes, BASE_SPAN("x")), 0);

    assert_int_equal(emulator_apps_add(&apps, &spec, &err), BASE_USAGE); /* the ID is taken */
    spec.client_id = "b";
    spec.redirect_count = 0;
    assert_int_equal(emulator_apps_add(&apps, &spec, &err), BASE_USAGE);
    spec.redirect_count = 1;
    char id[] = "A";
    for (; apps.count < EMULATOR_APPS_MAX; id[0]++) {
        spec.client_id = id;
        assert_ok(emulator_apps_add(&apps, &spec, NULL), NULL);
    }
    spec.client_id = "one too many";
    assert_int_equal(emulator_apps_add(&apps, &spec, &err), BASE_USAGE);
    emulator_apps_done(&apps);
}

static void test_accounts(void **fixture)
{
    (void)fixture;
    struct emulator_config config;
    struct emulator_portals p;
    struct emulator_scopes s;
    struct base_error err = BASE_ERROR_NONE;
    emulator_config_defaults(&config);
    assert_ok(emulator_portals_init(&p, &config, NULL), NULL);
    assert_true(emulator_portal_offered(&p, 1234567));
    config.portals = (struct base_opt_list){{"11", "12"}, 2};
    config.account_lacks = (struct base_opt_list){{"b", "12:a nonsense"}, 2};
    config.no_permission = (struct base_opt_list){{"12"}, 1};
    assert_ok(emulator_portals_init(&p, &config, NULL), NULL);
    assert_ok(emulator_scopes_init(&s, "a b c", "", "", NULL), NULL);
    assert_int_equal(emulator_portal_lacks(&p, 11, &s), 2);
    assert_int_equal(emulator_portal_lacks(&p, 12, &s), 3);
    assert_true(emulator_portal_forbidden(&p, 12));
    assert_false(emulator_portal_forbidden(&p, 11));
    assert_false(emulator_portal_offered(&p, 1234567));
    emulator_scopes_done(&s);
    for (int64_t i = 1; i <= EMULATOR_PORTALS_MAX; i++)
        assert_true(emulator_portal_delete(&p, i));
    assert_true(emulator_portal_delete(&p, 1)); /* it is already */
    assert_false(emulator_portal_delete(&p, 99));
    assert_true(emulator_portal_deleted(&p, 1));
    assert_false(emulator_portal_deleted(&p, 99));

    config.account_lacks = (struct base_opt_list){{"0:a"}, 1};
    assert_int_equal(emulator_portals_init(&p, &config, &err), BASE_USAGE);
    config.account_lacks.count = 0;
    config.portals = (struct base_opt_list){{"2147483648"}, 1};
    assert_int_equal(emulator_portals_init(&p, &config, &err), BASE_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redirect_urls),
        cmocka_unit_test(test_registered_byte_by_byte),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_too_many_scopes),
        cmocka_unit_test(test_apps_of_their_own),
        cmocka_unit_test(test_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
