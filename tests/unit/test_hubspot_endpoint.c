#include "test_support.h"

#include "base_time.h"
#include "hubspot_endpoint.h"

static void test_table(void **state)
{
    (void)state;
    static const struct {
        const char *version, *token, *introspect, *revoke, *account, *contacts;
    } want[] = {
        {"v1", "/oauth/v1/token", "/oauth/v1/access-tokens/", "/oauth/v1/refresh-tokens/",
         "/account-info/v3/details", "/contacts/v1/lists/all/contacts/all"},
        {"v3", "/oauth/v3/token", "/oauth/v3/token/introspect", "/oauth/v3/token/revoke",
         "/account-info/v3/details", "/crm/v3/objects/contacts"},
        {"2026-03", "/oauth/2026-03/token", "/oauth/2026-03/token/introspect",
         "/oauth/2026-03/token/revoke", "/account-info/2026-03/details",
         "/crm/objects/2026-03/contacts"},
        {"2026-09", "/oauth/2026-09/token", "/oauth/2026-09/token/introspect",
         "/oauth/2026-09/token/revoke", "/account-info/2026-09/details",
         "/crm/objects/2026-09/contacts"},
    };
    struct base_buf names;
    base_buf_init(&names, 100);
    for (size_t i = 0; i < TEST_COUNT(want); i++) {
        const struct hubspot_endpoints *e = hubspot_endpoints_find(want[i].version);
        assert_non_null(e);
        assert_ptr_equal(e, hubspot_endpoints_at(i));
        assert_string_equal(e->version, want[i].version);
        assert_string_equal(e->token, want[i].token);
        assert_string_equal(e->introspect_access, want[i].introspect);
        assert_string_equal(e->revoke, want[i].revoke);
        assert_string_equal(e->account, want[i].account);
        assert_string_equal(e->contacts, want[i].contacts);
        assert_int_equal(e->style, i == 0 ? HUBSPOT_TOKEN_IN_PATH : HUBSPOT_TOKEN_IN_BODY);
        base_buf_printf(&names, "%s%s", i > 0 ? ", " : "", e->version);
    }
    assert_null(hubspot_endpoints_at(TEST_COUNT(want)));
    assert_null(hubspot_endpoints_at(SIZE_MAX));
    assert_null(hubspot_endpoints_find("v2"));
    assert_null(hubspot_endpoints_find(""));
    assert_string_equal(hubspot_endpoints_versions(), base_buf_str(&names));
    assert_non_null(hubspot_endpoints_find(HUBSPOT_DEFAULT_VERSION));
    base_buf_free(&names);
}

static void test_end_of_v1(void **state)
{
    (void)state;
    char iso[32];
    assert_string_equal(base_time_iso(iso, hubspot_endpoints_find("v1")->ends_at),
                        HUBSPOT_OAUTH_V1_ENDS "T00:00:00Z");
    assert_int_equal(hubspot_endpoints_find("2026-03")->ends_at, 0);
}

static void test_authorize(void **state)
{
    (void)state;
    static const struct {
        const char *app_url, *portal, *want;
    } cases[] = {
        {HUBSPOT_APP_URL, NULL, "https://app.hubspot.com/oauth/authorize"},
        {HUBSPOT_APP_URL, "1234567", "https://app.hubspot.com/oauth/1234567/authorize"},
        {"http://localhost:8080/", NULL, "http://localhost:8080/oauth/authorize"},
        {"http://localhost:8080//", "../x", "http://localhost:8080/oauth/..%2Fx/authorize"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_buf url;
        base_buf_init(&url, 1000);
        hubspot_authorize_endpoint(&url, cases[i].app_url, cases[i].portal);
        assert_string_equal(base_buf_str(&url), cases[i].want);
        base_buf_free(&url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_end_of_v1),
        cmocka_unit_test(test_authorize),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
