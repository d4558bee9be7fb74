#include "test_support.h"

#include "hubspot_token.h"

static void assert_text(const char *got, const char *want)
{
    if (want == NULL) {
        assert_null(got);
        return;
    }
    assert_non_null(got);
    assert_string_equal(got, want);
}

static void test_extra(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        bool good;
        int64_t hub_id, user_id;
        const char *scopes;
    } cases[] = {
        {"{\"token_type\":\"bearer\",\"access_token\":\"x\",\"hub_id\":1234567,"
         "\"scopes\":[\"oauth\",\"crm.objects.contacts.read\"],\"expires_in\":1800}",
         true, 1234567, 0, "oauth crm.objects.contacts.read"},
        {"{\"access_token\":\"x\"}", true, 0, 0, NULL}, /* another server, or before August 2025 */
        {"{\"hub_id\":null,\"scopes\":null}", true, 0, 0, NULL},
        {"{\"hub_id\":99999999999,\"user_id\":7,\"scopes\":[]}", true, 99999999999, 7, ""},
        {"{\"scopes\":[\"a\",\"b c\",\"\",\"d\\n\",\"e\"]}", true, 0, 0,
         "a e"}, /* no scopes at all */
        {"{\"hub_id\":\"x\"}", false, 0, 0, NULL},
        {"{\"hub_id\":-1}", false, 0, 0, NULL},
        {"{\"hub_id\":{}}", false, 0, 0, NULL},
        {"{\"scopes\":\"oauth\"}", false, 0, 0, NULL},
        {"{\"scopes\":[1]}", false, 0, 0, NULL},
        {"{\"scopes\":[\"a\",[\"b\"]]}", false, 0, 0, NULL},
        {"{\"hub_id\":1,\"hub_id\":2}", false, 0, 0, NULL},
        {"[]", false, 0, 0, NULL},
        {"", false, 0, 0, NULL},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_error err = BASE_ERROR_NONE;
        struct hubspot_token_extra x = {0};
        enum base_status status = hubspot_token_extra_parse(base_span_of(cases[i].body), &x, &err);
        if ((status == BASE_OK) != cases[i].good)
            print_error("%s\n", cases[i].body);
        assert_int_equal(status, cases[i].good ? BASE_OK : BASE_INVALID);
        assert_int_equal(x.hub_id, cases[i].hub_id);
        assert_int_equal(x.user_id, cases[i].user_id);
        assert_text(x.scopes, cases[i].scopes);
        hubspot_token_extra_free(&x);
        hubspot_token_extra_free(&x);
    }
}

/* The documented example of an access token, shortened; C12: the echoed token is nowhere in the
 * result. */
static const char access_info[] =
    "{\"active\":true,\"token\":\"CIrT...\",\"hub_id\":1234567,\"user_id\":222222,"
    "\"client_id\":\"aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee\",\"app_id\":1234444,"
    "\"user\":\"jdoe@hubspot.com\",\"hub_domain\":\"example.com\",\"scopes\":[\"oauth\","
    "\"crm.objects.contacts.read\"],\"signed_access_token\":{\"expiresAt\":1769213087721},"
    "\"expires_in\":1789,\"is_private_distribution\":true,\"token_use\":\"access_token\","
    "\"token_type\":\"Bearer\"}";

static void test_info(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    struct hubspot_token_info i;
    assert_ok(hubspot_token_info_parse(base_span_of(access_info), &i, &err), &err);
    assert_true(i.active);
    assert_int_equal(i.hub_id, 1234567);
    assert_int_equal(i.user_id, 222222);
    assert_int_equal(i.app_id, 1234444);
    assert_int_equal(i.expires_in, 1789);
    assert_text(i.user, "jdoe@hubspot.com");
    assert_text(i.hub_domain, "example.com");
    assert_text(i.scopes, "oauth crm.objects.contacts.read");
    assert_text(i.client_id, "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee");
    assert_text(i.token_use, "access_token");
    hubspot_token_info_free(&i);
    hubspot_token_info_free(&i);
}

static void test_info_variants(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        bool good, active;
        int64_t expires_in;
        const char *token_use, *scopes, *user;
    } cases[] = {
        {"{\"active\":false}", true, false, -1, NULL, NULL, NULL}, /* unknown, expired or revoked */
        /* v1 */
        {"{\"token\":\"x\",\"user\":\"a@b.c\",\"hub_domain\":\"d\",\"scopes\":[\"oauth\"],\"hub_"
         "id\":1,"
         "\"app_id\":2,\"expires_in\":5,\"user_id\":3,\"token_type\":\"access\"}",
         true, true, 5, "access_token", "oauth", "a@b.c"},
        {"{\"token\":\"x\",\"hub_id\":1,\"token_type\":\"refresh\"}", true, true, -1,
         "refresh_token", NULL, NULL},
        /* RFC 7662 section 2.2 */
        {"{\"active\":true,\"client_id\":\"l238\",\"username\":\"jdoe\",\"scope\":\"read write "
         "dolphin\"}",
         true, true, -1, NULL, "read write dolphin", NULL},
        {"{\"active\":true,\"user\":\"a\\u001b[2Jb\\nc\"}", true, true, -1, NULL, NULL, "a?[2Jb?c"},
        {"{}", false, false, 0, NULL, NULL, NULL},
        {"{\"active\":\"yes\"}", false, false, 0, NULL, NULL, NULL},
        {"{\"active\":true,\"hub_id\":\"x\"}", false, false, 0, NULL, NULL, NULL},
        {"{\"active\":true,\"scopes\":\"oauth\"}", false, false, 0, NULL, NULL, NULL},
        {"{\"active\":true,\"user\":5}", false, false, 0, NULL, NULL, NULL},
        {"<html>", false, false, 0, NULL, NULL, NULL},
    };
    for (size_t n = 0; n < TEST_COUNT(cases); n++) {
        struct hubspot_token_info i = {0};
        enum base_status status = hubspot_token_info_parse(base_span_of(cases[n].body), &i, NULL);
        if ((status == BASE_OK) != cases[n].good)
            print_error("%s\n", cases[n].body);
        assert_int_equal(status, cases[n].good ? BASE_OK : BASE_INVALID);
        assert_int_equal(i.active, cases[n].active);
        assert_int_equal(i.expires_in, cases[n].expires_in);
        assert_text(i.token_use, cases[n].token_use);
        assert_text(i.scopes, cases[n].scopes);
        assert_text(i.user, cases[n].user);
        hubspot_token_info_free(&i);
    }
}

static enum base_status step_extra(void *arg)
{
    (void)arg;
    struct hubspot_token_extra x;
    enum base_status status =
        hubspot_token_extra_parse(BASE_SPAN("{\"hub_id\":1,\"scopes\":[\"a\"]}"), &x, NULL);
    if (status == BASE_OK)
        hubspot_token_extra_free(&x);
    return status;
}

static enum base_status step_info(void *arg)
{
    (void)arg;
    struct hubspot_token_info i;
    enum base_status status = hubspot_token_info_parse(base_span_of(access_info), &i, NULL);
    if (status == BASE_OK)
        hubspot_token_info_free(&i);
    return status;
}

/* A private app's token, in HubSpot's own spelling. */
static void test_info_of_private(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    struct hubspot_token_info i;
    assert_ok(
        hubspot_token_info_of_private(
            BASE_SPAN("{\"userId\":5,\"hubId\":1234567,\"appId\":9,\"scopes\":[\"a\",\"b\"]}"), &i,
            &err),
        &err);
    assert_true(i.active);
    assert_int_equal(i.hub_id, 1234567);
    assert_int_equal(i.user_id, 5);
    assert_int_equal(i.app_id, 9);
    assert_int_equal(i.expires_in, -1);
    assert_string_equal(i.scopes, "a b");
    hubspot_token_info_free(&i);
    static const char *const bad[] = {
        "", "[]", "{}", "{\"hubId\":\"x\"}", "{\"hub_id\":1}", "{\"hubId\":1,\"scopes\":[1]}"};
    for (size_t n = 0; n < TEST_COUNT(bad); n++)
        assert_int_not_equal(hubspot_token_info_of_private(base_span_of(bad[n]), &i, NULL),
                             BASE_OK);
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_in_range(test_each_allocation_fails(step_extra, NULL), 2, 100);
    assert_in_range(test_each_allocation_fails(step_info, NULL), 5, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extra),         cmocka_unit_test(test_info),
        cmocka_unit_test(test_info_variants), cmocka_unit_test(test_info_of_private),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
