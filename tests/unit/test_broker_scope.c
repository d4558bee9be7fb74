/* What is said of a call that HubSpot refused for want of a scope. */
#include "bed.h"
#include "broker_app_level.h"
#include "broker_scope.h"

#define NAME "crm/" BROKER_APP_LEVEL

static void put_app_level(struct bed *b)
{
    bed_put_grant(b, &(struct bed_grant){.account = BROKER_APP_LEVEL,
                                         .access = "app-1",
                                         .refresh = "",
                                         .kind = BROKER_KIND_APP_LEVEL});
}

static void advice(struct bed *b, const char *account, const char *scopes, const char *why,
                   const char *hint)
{
    struct base_error err = BASE_ERROR_NONE;

    base_fail(&err, BASE_FORBIDDEN, "calling", "refused");
    base_error_hint(&err, "as it was");
    broker_scope_advise(b->broker, account, scopes, &err);
    assert_int_equal(err.status, BASE_FORBIDDEN);
    if (!strstr(err.why, why) || strcmp(err.hint, hint) != 0)
        print_error("%s\n%s\n", err.why, err.hint);
    assert_non_null(strstr(err.why, why));
    assert_string_equal(err.hint, hint);
}

/* B10: the scopes are a server's. */
static void refused_calls_are_told_which_account(void **state)
{
    static const char login[] = "hubauth login --app crm";
    static const char portal[] = "name a portal's account instead: " BED_ACCOUNT;
    struct bed b;

    (void)state;
    bed_make(&b);
    put_app_level(&b);
    advice(&b, NAME, "crm.objects.contacts.read", "app-level", login);
    bed_put_grant(&b, &(struct bed_grant){.state = BROKER_GRANT_DEAD});
    advice(&b, NAME, "crm.objects.contacts.read", "app-level", login);
    bed_put_grant(&b, &(struct bed_grant){.app = "a-first", .account = "7"});
    advice(&b, NAME, "crm.objects.contacts.read", "app-level",
           "name a portal's account instead: a-first/7");
    bed_put_grant(&b, &(struct bed_grant){.account = "8"}); /* behind the dead one */
    advice(&b, NAME, "crm.objects.contacts.read", "app-level",
           "name a portal's account instead: crm/8");
    bed_put_grant(&b, &(struct bed_grant){0});
    advice(&b, NAME, "crm.objects.contacts.read", "needs crm.objects.contacts.read", portal);
    advice(&b, NAME, "", "app-level", portal);
    advice(&b, NAME, "developer.y", "lacks",
           "hubauth accounts add --app-level --app crm --scope 'developer.x developer.y'");
    advice(&b, BED_ACCOUNT, "developer.y", "the app itself",
           "hubauth accounts add --app-level --app crm --scope developer.y");
    advice(&b, BED_ACCOUNT, "", "refused", "as it was");
    /* Advice is pasted into a shell. */
    advice(&b, BED_ACCOUNT, "developer.$(reboot)", "the app itself",
           "hubauth accounts add --app-level --app crm --scope 'developer.$(reboot)'");
    bed_free(&b);
}

/* Of a scope of that many letters: a whole command, or none. */
static bool is_advised(struct bed *b, size_t letters, const char *account, const char *begins,
                       const char *ends)
{
    struct base_error err = BASE_ERROR_NONE;
    char scope[400] = {0};

    memset(scope, 'y', letters);
    memcpy(scope, begins, strlen(begins));
    base_fail(&err, BASE_FORBIDDEN, "calling", "refused");
    broker_scope_advise(b->broker, account, scope, &err);
    if (!strstr(err.hint, "yy"))
        return false;
    assert_true(base_span_ends(base_span_of(err.hint), ends));
    return true;
}

static void half_a_command_is_no_advice(void **state)
{
    struct bed b;
    char scopes[400] = "developer.";

    (void)state;
    memset(scopes + strlen(scopes), 'y', sizeof(scopes) - strlen(scopes) - 1);
    scopes[sizeof(scopes) - 1] = '\0';
    bed_make(&b);
    put_app_level(&b);
    advice(&b, NAME, scopes, "lacks", "hubauth help accounts add");
    bed_put_grant(&b, &(struct bed_grant){0});
    memcpy(scopes, "e-", 2);
    advice(&b, BED_ACCOUNT, scopes, "refused", "as it was");
    size_t added = 0, updated = 0;
    for (size_t n = 20; n < sizeof(scopes); n++) {
        added += is_advised(&b, n, NAME, "developer.", "y'");
        updated += is_advised(&b, n, BED_ACCOUNT, "e-", " && hubauth login --app crm");
    }
    assert_true(added > 100 && updated > 50);
    bed_free(&b);
}

/* One command, with nothing but what is missing. */
static void account_is_told_how_to_get_the_scope(void **state)
{
    struct bed b;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    advice(&b, BED_ACCOUNT, "crm.objects.contacts.read", "refused", "hubauth login --app crm");
    advice(&b, BED_ACCOUNT, "crm.objects.deals.read crm.objects.deals.write", "refused",
           "once the app in HubSpot has it: hubauth app update crm --scope 'oauth "
           "crm.objects.contacts.read crm.objects.deals.read' && hubauth login --app crm");
    advice(&b, BED_ACCOUNT, "$(reboot)", "refused",
           "once the app in HubSpot has it: hubauth app update crm --scope 'oauth "
           "crm.objects.contacts.read $(reboot)' && hubauth login --app crm");
    bed_put_grant(&b, &(struct bed_grant){.refresh = "", .kind = BROKER_KIND_PRIVATE});
    advice(&b, BED_ACCOUNT, "crm.objects.deals.read", "refused",
           "add the scope to the private app, in HubSpot");
    bed_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_calls_are_told_which_account),
        cmocka_unit_test(half_a_command_is_no_advice),
        cmocka_unit_test(account_is_told_how_to_get_the_scope),
    };
    return cmocka_run_group_tests_name("broker_scope", tests, NULL, NULL);
}
