/* What HubSpot's tools write: accounts and their tokens, and a project's app. */
#include "hubspot_config.h"
#include "test_support.h"

static bool secret_is(const struct crypt_secret *s, const char *text)
{
    return base_span_is(crypt_secret_span(s), text);
}

static void accounts_of_every_kind(void **state)
{
    static const char json[] =
        "{\"defaultAccount\":\"1\",\"allowUsageTracking\":\"false\",\"accounts\":["
        "{\"name\":\"main\",\"accountId\":\"1234567\",\"env\":\"prod\",\"authType\":\"oauth2\","
        "\"auth\":{\"clientId\":\"id-1\",\"clientSecret\":\"s\\u0065cret\",\"scopes\":[\"oauth\","
        "\"content\",\"oauth\"],\"tokenInfo\":{\"accessToken\":\"at\",\"expiresAt\":"
        "\"2026-11-26T10:00:00.000Z\",\"refreshToken\":\"rt-1\"}}},"
        "{\"name\":null,\"accountId\":2,\"authType\":\"personalaccesskey\",\"personalAccessKey\":"
        "\"CiRu\",\"auth\":{\"tokenInfo\":{}}},"
        "{\"portalId\":3,\"authType\":\"apikey\",\"apiKey\":\"k\"},"
        "{\"portalId\":4,\"env\":\"qa\",\"authType\":\"oauth2\",\"auth\":{\"tokenInfo\":null}},"
        "{\"accountId\":5,\"authType\":\"novel\"},"
        "{\"accountId\":6,\"personalAccessKey\":\"k\"}]}";
    struct hubspot_config c = {0};
    struct base_error err = BASE_ERROR_NONE;

    (void)state;
    assert_ok(hubspot_config_parse(base_span_of(json), &c, &err), &err);
    assert_int_equal(c.count, 6);
    assert_string_equal(c.accounts[0].name, "main");
    assert_int_equal(c.accounts[0].hub_id, 1234567);
    assert_int_equal(c.accounts[0].auth, HUBSPOT_CONFIG_OAUTH);
    assert_string_equal(c.accounts[0].client_id, "id-1");
    assert_string_equal(c.accounts[0].scopes, "oauth content");
    assert_true(secret_is(c.accounts[0].client_secret, "secret"));
    assert_true(secret_is(c.accounts[0].refresh_token, "rt-1"));
    assert_null(c.accounts[1].name);
    assert_int_equal(c.accounts[1].auth, HUBSPOT_CONFIG_PERSONAL_KEY);
    assert_null(c.accounts[1].refresh_token);
    assert_int_equal(c.accounts[2].auth, HUBSPOT_CONFIG_API_KEY);
    assert_int_equal(c.accounts[2].hub_id, 3);
    assert_true(c.accounts[3].qa);
    assert_null(c.accounts[3].client_id);
    assert_int_equal(c.accounts[4].auth, HUBSPOT_CONFIG_OTHER);
    assert_int_equal(c.accounts[5].auth, HUBSPOT_CONFIG_PERSONAL_KEY);
    hubspot_config_free(&c);
    hubspot_config_free(&c);
}

static void older_file_has_portals(void **state)
{
    static const char json[] = "{\"defaultPortal\":\"x\",\"portals\":[{\"portalId\":7,\"authType\":"
                               "\"oauth2\"}]}";
    struct hubspot_config c = {0};

    (void)state;
    assert_ok(hubspot_config_parse(base_span_of(json), &c, NULL), NULL);
    assert_int_equal(c.count, 1);
    assert_int_equal(c.accounts[0].hub_id, 7);
    hubspot_config_free(&c);
}

static void what_is_no_configuration_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "null",
        "[]",
        "{}",
        "{\"accounts\":{}}",
        "{\"accounts\":[{\"auth\":\"x\"}]}",
        "{\"accounts\":[{\"accountId\":\"many\"}]}",
        "{\"accounts\":[{\"auth\":{\"clientId\":7}}]}",
        "{\"accounts\":[{\"auth\":{\"scopes\":[\"a\\\"b\"]}}]}",
        "{\"accounts\":[],\"accounts\":[]}", /* two readers could differ */
        "{\"accounts\":[{\"auth\":{\"tokenInfo\":{\"refreshToken\":[]}}}]}",
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        struct hubspot_config c = {0};
        struct base_error err = BASE_ERROR_NONE;

        assert_status(hubspot_config_parse(base_span_of(bad[i]), &c, &err), BASE_INVALID, &err);
        assert_int_equal(c.count, 0);
        assert_true(err.why[0]);
    }
}

static void app_of_a_project(void **state)
{
    static const char json[] =
        "{\"uid\":\"my_app\",\"type\":\"app\",\"config\":{\"name\":\"My app\",\"distribution\":"
        "\"private\",\"auth\":{\"type\":\"oauth\",\"redirectUrls\":[\"http://localhost:8976/cb\","
        "\"https://example.com/cb\"],\"requiredScopes\":[\"oauth\",\"crm.objects.contacts.read\"],"
        "\"optionalScopes\":[\"tickets\"],\"conditionallyRequiredScopes\":[]}}}";
    static const char older[] = "{\"name\":\"Old\",\"auth\":{\"redirectUrls\":[\"http://x/\"],"
                                "\"requiredScopes\":[\"oauth\"]}}";
    struct hubspot_project p = {0};
    struct base_error err = BASE_ERROR_NONE;

    (void)state;
    assert_ok(hubspot_config_project_parse(base_span_of(json), &p, &err), &err);
    assert_string_equal(p.name, "My app");
    assert_true(p.oauth);
    assert_int_equal(p.redirect_count, 2);
    assert_string_equal(p.redirect_urls[1], "https://example.com/cb");
    assert_string_equal(p.required, "oauth crm.objects.contacts.read");
    assert_string_equal(p.optional, "tickets");
    assert_string_equal(p.conditional, "");
    hubspot_config_project_free(&p);
    assert_ok(hubspot_config_project_parse(base_span_of(older), &p, &err), &err);
    assert_string_equal(p.required, "oauth");
    assert_string_equal(p.optional, "");
    hubspot_config_project_free(&p);
    assert_ok(hubspot_config_project_parse(
                  base_span_of("{\"config\":{\"auth\":{\"type\":\"static\"}}}"), &p, &err),
              &err);
    assert_false(p.oauth);
    hubspot_config_project_free(&p);
    assert_status(hubspot_config_project_parse(base_span_of("{\"type\":\"card\"}"), &p, &err),
                  BASE_INVALID, &err);
    assert_status(hubspot_config_project_parse(base_span_of("nonsense"), &p, &err), BASE_INVALID,
                  &err);
}

static enum base_status parse_once(void *arg)
{
    struct hubspot_config c = {0};
    struct hubspot_project p = {0};
    enum base_status status = hubspot_config_parse(
        base_span_of("{\"accounts\":[{\"name\":\"n\",\"auth\":{\"clientId\":\"i\",\"scopes\":"
                     "[\"a\"],\"clientSecret\":\"s\"}}]}"),
        &c, arg);

    hubspot_config_free(&c);
    if (!status)
        status = hubspot_config_project_parse(
            base_span_of("{\"config\":{\"name\":\"n\",\"auth\":{\"requiredScopes\":[\"a\"]}}}"), &p,
            arg);
    hubspot_config_project_free(&p);
    return status;
}

static void short_memory_is_said(void **state)
{
    (void)state;
    assert_true(test_each_allocation_fails(parse_once, NULL) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts_of_every_kind),
        cmocka_unit_test(older_file_has_portals),
        cmocka_unit_test(what_is_no_configuration_is_refused),
        cmocka_unit_test(app_of_a_project),
        cmocka_unit_test(short_memory_is_said),
    };
    return cmocka_run_group_tests_name("hubspot_config", tests, NULL, NULL);
}
