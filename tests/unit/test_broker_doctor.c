/* T17: what an examination finds in records and answers, and that it neither stops nor changes
 * anything. */
#include "bed.h"
#include "broker_doctor_int.h"

#include "base_time.h"

static struct broker_findings found; /* by the case under way */

static const struct broker_finding *find(const char *check, enum broker_severity severity,
                                         const char *text)
{
    for (size_t i = 0; i < found.count; i++)
        if (strcmp(found.items[i].check, check) == 0 && found.items[i].severity == severity &&
            strstr(found.items[i].text, text))
            return &found.items[i];
    for (size_t i = 0; i < found.count; i++)
        print_error("%s %s %s\n", broker_severity_word(found.items[i].severity),
                    found.items[i].check, found.items[i].text);
    return NULL;
}

#define assert_found(check, severity, text, order)                                                 \
    do {                                                                                           \
        const struct broker_finding *it = find(check, severity, text);                             \
        assert_non_null(it);                                                                       \
        assert_string_equal(it->command, order);                                                   \
    } while (0)

static int forget(void **state)
{
    (void)state;
    broker_findings_free(&found);
    return 0;
}

/* ------------------------------------------------------------------ findings */

static void errors_become_findings(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;

    base_fail(&err, BASE_STORAGE, "opening", "it is too open");
    base_error_hint(&err, "chmod 600 /x");
    broker_found_error(&found, "a", BROKER_ERROR, &err, "other");
    assert_found("a", BROKER_ERROR, "it is too open", "chmod 600 /x");
    base_error_hint(&err, "restore it from a backup");
    base_error_lower(&err, "SQLite: no");
    broker_found_error(&found, "b", BROKER_ERROR, &err, "other");
    assert_found("b", BROKER_ERROR, "it is too open (SQLite: no); restore it from a backup",
                 "other");
    broker_found_error(&found, "c", BROKER_WARNING, &err, NULL);
    assert_found("c", BROKER_WARNING, "it is too open", "");
}

static void only_commands_are_commands(void **state)
{
    (void)state;
    assert_true(broker_finding_is_command("chmod 600 '/a b'"));
    assert_true(broker_finding_is_command("hubauth login --app x"));
    assert_false(
        broker_finding_is_command("hubauth status shows what is in it; to start anew, move"));
    assert_false(broker_finding_is_command("chmod 700, with the path named above"));
    assert_false(broker_finding_is_command("try again"));
    assert_false(broker_finding_is_command(""));
}

static void paths_are_quoted_and_long_commands_left_out(void **state)
{
    (void)state;
    char path[1200];

    broker_found_at(&found, "a", BROKER_ERROR, "chmod 600", "/it's a/key", "text");
    assert_found("a", BROKER_ERROR, "text", "chmod 600 '/it'\\''s a/key'");
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    broker_found_at(&found, "b", BROKER_ERROR, "rm", path, "text");
    assert_found("b", BROKER_ERROR, "text", "");
    broker_found(&found, "c", BROKER_INFO, path, "%s", path);
    assert_found("c", BROKER_INFO, "xxx", "");
    assert_true(strlen(find("c", BROKER_INFO, "xxx")->text) <= 1000 + strlen("…"));
}

static enum base_status add_some(void *arg)
{
    struct broker_findings f = {0};

    (void)arg;
    for (int i = 0; i < 40; i++)
        broker_found(&f, "a", BROKER_OK, "x", "%d", i);
    bool lost = f.lost;
    broker_findings_free(&f);
    return lost ? BASE_NO_MEMORY : BASE_OK;
}

static void lost_findings_are_known_to_be_lost(void **state)
{
    (void)state;
    assert_true(test_each_allocation_fails(add_some, NULL) > 40);
}

/* ------------------------------------------------------------------ judgements */

static void clocks_are_judged(void **state)
{
    (void)state;
    static const struct {
        int64_t ahead_ms, slack_ms;
        enum broker_severity severity;
    } cases[] = {
        {0, 500, BROKER_OK},
        {4 * BASE_MINUTE_MS, 500, BROKER_OK},
        {-4 * BASE_MINUTE_MS, 500, BROKER_OK},
        {5 * BASE_MINUTE_MS + 499, 500, BROKER_OK}, /* it may be less */
        {5 * BASE_MINUTE_MS + 500, 500, BROKER_WARNING},
        {-6 * BASE_MINUTE_MS, 500, BROKER_WARNING},
        {31 * BASE_MINUTE_MS, 500, BROKER_ERROR},
        {-400 * BASE_DAY_MS, 500, BROKER_ERROR},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        broker_findings_free(&found);
        broker_doctor_judge_clock(&found, "host", cases[i].ahead_ms, cases[i].slack_ms);
        assert_int_equal(found.count, 1);
        assert_int_equal(found.items[0].severity, cases[i].severity);
    }
}

static void issuers_are_judged(void **state)
{
    (void)state;
    assert_true(broker_doctor_issuer_is_public("C = US, O = Google Trust Services, CN = WE1"));
    assert_true(broker_doctor_issuer_is_public("C = US, O = Let's Encrypt, CN = E6"));
    assert_false(
        broker_doctor_issuer_is_public("O = Zscaler Inc., CN = Zscaler Intermediate Root CA"));
    assert_false(broker_doctor_issuer_is_public("CN = Corporate Proxy CA"));
}

/* ------------------------------------------------------------------ apps and accounts */

static void set_up_is_read(void **state)
{
    (void)state;
    struct bed b;

    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    assert_true(broker_doctor_vault(b.broker, &found));
    broker_doctor_apps(b.broker, &found);
    broker_doctor_accounts(b.broker, &found);
    assert_found("records", BROKER_OK, "1 app, 1 account", "");
    assert_found("account", BROKER_WARNING, "missing: crm.objects.contacts.read",
                 "hubauth login --app crm");
    assert_int_equal(broker_findings_count(&found, BROKER_WARNING), 1);
    assert_int_equal(broker_findings_count(&found, BROKER_ERROR), 0);
    bed_free(&b);
}

/* Nobody can log in to an account of an app itself. */
static void app_level_account_is_added_again(void **state)
{
    static const char again[] = "hubauth accounts add --app-level --app crm --scope SCOPES";
    struct crypt_secret *s = crypt_secret_from("x", 1);
    struct base_error err = BASE_ERROR_NONE;
    struct bed b;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){
                          .account = "app-level", .refresh = "", .kind = BROKER_KIND_APP_LEVEL});
    assert_true(broker_doctor_vault(b.broker, &found));
    broker_doctor_accounts(b.broker, &found);
    assert_int_equal(broker_findings_count(&found, BROKER_WARNING), 0);
    assert_int_equal(broker_findings_count(&found, BROKER_ERROR), 0);
    assert_ok(
        vault_put(b.broker->vault, VAULT_GRANT, "crm/app-level", 1, BASE_SPAN("no JSON"), s, &err),
        &err);
    crypt_secret_free(s);
    (void)broker_doctor_vault(b.broker, &found);
    assert_found("records", BROKER_ERROR, "", again);
    bed_free(&b);
}

static void version_that_ends_is_told(void **state)
{
    (void)state;
    static const char order[] = "hubauth app migrate old --api-version 2026-03";
    struct bed b;

    bed_make(&b);
    struct broker_app app = bed_app("old");
    app.api_version = (char[]){"v1"};
    assert_ok(bed_add_app(&b, &app, NULL), NULL);
    fake_time_set_wall(INT64_C(1802736000000) - 10 * BASE_DAY_MS); /* 2027-02-16 */
    broker_doctor_apps(b.broker, &found);
    assert_found("app", BROKER_WARNING, "switches off on 2027-02-16, in 10 days", order);
    broker_findings_free(&found);
    fake_time_set_wall(INT64_C(1802736000000));
    broker_doctor_apps(b.broker, &found);
    assert_found("app", BROKER_ERROR, "switched off on 2027-02-16", order);
    bed_free(&b);
}

static void scopes_of_an_app_are_judged(void **state)
{
    (void)state;
    struct bed b;

    bed_make(&b);
    struct broker_app app = bed_app("odd");
    app.scope = (char[]){"crm.objects.contact.read"};
    assert_ok(bed_add_app(&b, &app, NULL), NULL);
    broker_doctor_apps(b.broker, &found);
    static const char mend[] = "hubauth app update odd --scope 'oauth crm.objects.contacts.read'";
    assert_found("app", BROKER_WARNING, "does not ask for the scope oauth", mend);
    assert_found("app", BROKER_WARNING, "did you mean crm.objects.contacts.read?", mend);
    bed_free(&b);
}

static void states_of_accounts_are_told(void **state)
{
    (void)state;
    struct bed b;

    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){.state = BROKER_GRANT_DEAD});
    broker_doctor_accounts(b.broker, &found);
    assert_found("account", BROKER_ERROR, "must log in again", "hubauth login --app crm");
    broker_findings_free(&found);

    bed_put_grant(&b, &(struct bed_grant){.state = BROKER_GRANT_REFRESHING});
    broker_doctor_accounts(b.broker, &found);
    assert_int_equal(broker_findings_count(&found, BROKER_WARNING), 1); /* under way, perhaps */
    broker_findings_free(&found);
    fake_time_pass(3 * BASE_MINUTE_MS);
    broker_doctor_accounts(b.broker, &found);
    assert_found("account", BROKER_WARNING, "outcome is not known", "hubauth refresh " BED_ACCOUNT);
    broker_findings_free(&found);

    bed_put_grant(&b, &(struct bed_grant){0});
    fake_time_set_wall(fake_time_wall() - 10 * BASE_MINUTE_MS);
    assert_true(broker_doctor_vault(b.broker, &found));
    assert_found("records", BROKER_WARNING, "has been set back", "hubauth refresh " BED_ACCOUNT);
    bed_free(&b);
}

/* Commands are pasted: a name that somebody wrote into the vault must stay a name. */
static void names_are_quoted_in_commands(void **state)
{
    (void)state;
    struct bed b;

    bed_make(&b);
    bed_put_grant(
        &b, &(struct bed_grant){.app = "x;reboot", .account = "7", .state = BROKER_GRANT_DEAD});
    broker_doctor_accounts(b.broker, &found);
    assert_found("account", BROKER_ERROR, "must log in again", "hubauth login --app 'x;reboot'");
    bed_free(&b);
}

static void app_that_is_gone_is_told(void **state)
{
    (void)state;
    struct bed b;

    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){.app = "lost", .account = "1234567"});
    broker_doctor_accounts(b.broker, &found);
    assert_non_null(find("account", BROKER_ERROR, "app lost, which is not there"));
    bed_free(&b);
}

/* ------------------------------------------------------------------ the network */

static void on_done(void *arg)
{
    ++*(unsigned *)arg;
}

static void ask(struct bed *b, bool secrets, int64_t timeout_ms)
{
    struct broker_doctor *d;
    struct base_error err = BASE_ERROR_NONE;
    unsigned calls = 0;
    const struct broker_doctor_wish wish = {
        .secrets = secrets, .timeout_ms = timeout_ms, .done = on_done, .arg = &calls};

    assert_ok(broker_doctor_start(b->broker, &wish, &found, &d, &err), &err);
    assert_int_equal(calls, 0); /* only from the loop */
    bed_run(b);
    assert_int_equal(calls, 1);
    broker_doctor_free(d);
    assert_int_equal(fake_http_under_way(b->http), 0);
}

/* Answers as HubSpot does; a refresh or a code that could be one would be a mistake (T17). */
static void answer(void *arg, const struct fake_request *r, struct fake_exchange *x)
{
    const char *introspection = arg;

    x->headers = "Date: Thu, 01 Jan 1970 00:00:00 GMT\n";
    if (strcmp(r->method, "HEAD") == 0) {
        assert_string_equal(r->bearer, "");
        assert_string_equal(r->body, "");
        x->status = 404;
    } else if (strstr(r->url, "/introspect")) {
        assert_non_null(strstr(r->body, "token_type_hint=refresh_token"));
        x->answer = introspection;
        if (!introspection)
            x->delay_ms = 60 * BASE_MINUTE_MS;
    } else {
        assert_non_null(strstr(r->body, "grant_type=authorization_code"));
        x->status = 400;
        x->answer = "{\"status\":\"BAD_AUTH_CODE\",\"message\":\"no\"}";
    }
}

static void everything_is_asked_and_nothing_refreshed(void **state)
{
    (void)state;
    struct bed b;

    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    b.store->puts = 0;
    fake_http_serve(
        b.http, answer,
        (char[]){"{\"active\":true,\"hub_id\":1234567,\"token_use\":\"refresh_token\"}"});
    ask(&b, true, BASE_MINUTE_MS);
    assert_found("network", BROKER_OK, "api.example.com answers", "");
    assert_found("clock", BROKER_ERROR, "ahead of that of api.example.com",
                 "sudo timedatectl set-ntp true");
    assert_found("credentials", BROKER_OK, "app crm", "");
    assert_found("grant", BROKER_OK, "1234567", "");
    assert_int_equal(b.store->puts, 0);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-1", "rt-1", NULL);
    bed_free(&b);
}

static void grants_are_judged_by_what_hubspot_says(void **state)
{
    (void)state;
    struct bed b;

    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    fake_http_serve(b.http, answer, (char[]){"{\"active\":false}"});
    ask(&b, true, BASE_MINUTE_MS);
    assert_found("grant", BROKER_ERROR, "no longer knows", "hubauth login --app crm");
    broker_findings_free(&found);
    fake_http_serve(b.http, answer, (char[]){"{\"active\":true,\"hub_id\":7}"});
    ask(&b, true, BASE_MINUTE_MS);
    assert_found("grant", BROKER_ERROR, "belongs to account 7", "hubauth login --app crm");
    bed_free(&b);
}

static void one_that_hangs_holds_up_nobody(void **state)
{
    (void)state;
    struct bed b;

    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    fake_http_serve(b.http, answer, NULL);
    ask(&b, true, 20 * BASE_SECOND_MS);
    assert_int_equal(fake_time_now(), 20 * BASE_SECOND_MS);
    assert_found("grant", BROKER_ERROR, BED_ACCOUNT ": no answer within 20 s",
                 "hubauth doctor --timeout 2m");
    assert_found("credentials", BROKER_OK, "app crm", "");
    bed_free(&b);
}

/* More than may be under way at once: all are asked in the end, or counted at the deadline. */
static void many_accounts_take_turns(void **state)
{
    (void)state;
    struct bed b;
    char account[20];

    bed_make(&b);
    for (int i = 0; i < BROKER_DOCTOR_ACCOUNTS_MAX + 5; i++) {
        snprintf(account, sizeof(account), "%d", 1000000 + i);
        bed_put_grant(&b, &(struct bed_grant){.app = "crm", .account = account});
    }
    fake_http_serve(b.http, answer, (char[]){"{\"active\":true}"});
    ask(&b, true, BASE_MINUTE_MS);
    assert_int_equal(broker_findings_count(&found, BROKER_ERROR), 1 + 1); /* two hosts' clocks */
    assert_non_null(find("grant", BROKER_INFO, "5 were left out"));
    assert_non_null(find("grant", BROKER_OK, "account 1000199"));
    broker_findings_free(&found);
    fake_http_serve(b.http, answer, NULL);
    ask(&b, true, 20 * BASE_SECOND_MS);
    assert_non_null(find("network", BROKER_INFO, "more questions were not asked within 20 s"));
    bed_free(&b);
}

static void without_secrets_only_hosts_are_asked(void **state)
{
    (void)state;
    struct bed b;

    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    fake_http_serve(b.http, answer, NULL);
    ask(&b, false, BASE_MINUTE_MS);
    for (size_t i = 0; i < fake_http_count(b.http); i++)
        assert_string_equal(fake_http_request(b.http, i)->method, "HEAD");
    bed_free(&b);
}

static void broken_off_at_any_time_nothing_is_left(void **state)
{
    (void)state;
    struct bed b;
    struct broker_doctor *d;
    unsigned calls = 0;
    const struct broker_doctor_wish wish = {
        .secrets = true, .timeout_ms = BASE_MINUTE_MS, .done = on_done, .arg = &calls};

    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    fake_http_serve(b.http, answer, NULL);
    assert_ok(broker_doctor_start(b.broker, &wish, &found, &d, NULL), NULL);
    broker_doctor_free(d);
    bed_run(&b);
    assert_int_equal(calls, 0);
    assert_int_equal(fake_http_under_way(b.http), 0);
    bed_free(&b);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, forget, forget)
    const struct CMUnitTest tests[] = {
        TEST(errors_become_findings),
        TEST(only_commands_are_commands),
        TEST(paths_are_quoted_and_long_commands_left_out),
        TEST(lost_findings_are_known_to_be_lost),
        TEST(clocks_are_judged),
        TEST(issuers_are_judged),
        TEST(set_up_is_read),
        TEST(app_level_account_is_added_again),
        TEST(version_that_ends_is_told),
        TEST(scopes_of_an_app_are_judged),
        TEST(states_of_accounts_are_told),
        TEST(names_are_quoted_in_commands),
        TEST(app_that_is_gone_is_told),
        TEST(everything_is_asked_and_nothing_refreshed),
        TEST(grants_are_judged_by_what_hubspot_says),
        TEST(one_that_hangs_holds_up_nobody),
        TEST(many_accounts_take_turns),
        TEST(without_secrets_only_hosts_are_asked),
        TEST(broken_off_at_any_time_nothing_is_left),
    };
    return cmocka_run_group_tests_name("broker_doctor", tests, NULL, NULL);
}
