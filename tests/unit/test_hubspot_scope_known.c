/* HubSpot's scope names, and what a mistyped one was to be. */
#include <string.h>

#include "hubspot_scope_known.h"
#include "test_support.h"

static void names_are_sorted_and_well_formed(void **state)
{
    const char *name, *before = "";

    (void)state;
    for (size_t i = 0; (name = hubspot_scope_known_at(i)) != NULL; i++) {
        assert_true(strcmp(before, name) < 0); /* bsearch(3) wants it; none twice */
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-"), strlen(name));
        assert_true(strlen(name) <= 64); /* as far as distances are counted */
        assert_true(hubspot_scope_known_has(name));
        assert_string_equal(hubspot_scope_known_nearest(name), name);
        before = name;
    }
    assert_true(hubspot_scope_known_has("oauth"));
    assert_true(hubspot_scope_known_has("crm.objects.contacts.read"));
    assert_true(hubspot_scope_known_has("crm.objects.contacts.sensitive.read.v2"));
    assert_false(hubspot_scope_known_has(""));
    assert_false(hubspot_scope_known_has("crm.objects.contacts"));
    assert_false(hubspot_scope_known_has("OAuth"));
}

static void mistyped_ones_are_recognised(void **state)
{
    static const char *const cases[][2] = {
        {"crm.objects.contact.read", "crm.objects.contacts.read"},
        {"crm.object.contacts.read", "crm.objects.contacts.read"},
        {"CRM.Objects.Contacts.Read", "crm.objects.contacts.read"},
        {"crm.objects.contacts.raed", "crm.objects.contacts.read"},
        {"contacts", "crm.objects.contacts.read"},
        {"contacts.write", "crm.objects.contacts.write"},
        {"deals.read", "crm.objects.deals.read"},
        {"crm.objects.contacts", "crm.objects.contacts.read"},
        {"oath", "oauth"},
        {"ticket", "tickets"},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        const char *near = hubspot_scope_known_nearest(cases[i][0]);

        assert_non_null(near);
        assert_string_equal(near, cases[i][1]);
    }
    assert_null(hubspot_scope_known_nearest(""));
    assert_null(hubspot_scope_known_nearest("x"));
    assert_null(hubspot_scope_known_nearest("openid"));
    assert_null(hubspot_scope_known_nearest("https://www.example.com/auth/drive"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_sorted_and_well_formed),
        cmocka_unit_test(mistyped_ones_are_recognised),
    };
    return cmocka_run_group_tests_name("hubspot_scope_known", tests, NULL, NULL);
}
