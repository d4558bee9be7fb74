/* Moving an app to another API version: what is asked in which order, and that nothing is lost. */
#include "bed.h"
#include "broker_int.h"
#include "broker_migrate.h"

#define RIGHT "{\"status\":\"BAD_AUTH_CODE\"}"
#define ACTIVE "{\"active\":true,\"hub_id\":1234567}"
#define UNKNOWN "{\"active\":false}"
#define TO "/oauth/2026-09/token"

struct outcome {
    unsigned ends;
    enum base_status status;
    enum broker_migrate_end end;
    struct base_error err;
    char accounts[512];
};

static void on_account(void *arg, const char *account, enum broker_migrate_outcome outcome)
{
    struct outcome *o = arg;
    size_t n = strlen(o->accounts);

    snprintf(o->accounts + n, sizeof(o->accounts) - n, "%s=%s ", account,
             broker_migrate_word(outcome));
}

static void on_done(void *arg, enum base_status status, enum broker_migrate_end end,
                    const struct base_error *err)
{
    struct outcome *o = arg;

    o->ends++;
    o->status = status;
    o->end = end;
    assert_true(status ? err && err->why[0] : !err);
    o->err = err ? *err : BASE_ERROR_NONE;
}

static struct outcome migrate(struct bed *b, const char *to, bool dry_run)
{
    struct outcome o = {0};
    const struct broker_migrate_told told = {on_account, on_done, &o};
    struct base_error err = BASE_ERROR_NONE;
    struct broker_migrate_plan plan = {0};
    struct broker_migrate *m;

    assert_ok(broker_migrate_plan(b->broker, "crm", to, &plan, &err), &err);
    assert_false(plan.already);
    assert_ok(broker_migrate_start(b->broker, &plan, dry_run, &told, &m, &err), &err);
    bed_run(b);
    assert_int_equal(o.ends, 1);
    broker_migrate_plan_free(&plan);
    return o;
}

static void expect(struct bed *b, const char *url, int status, const char *answer)
{
    const struct fake_exchange x = {.url = url, .status = status, .answer = answer};

    fake_http_expect(b->http, &x);
}

static void app_is(struct bed *b, const char *version, const char *previous, bool migrating)
{
    struct base_error err = BASE_ERROR_NONE;
    struct broker_app app;

    assert_ok(broker_app_get(b->broker, "crm", &app, &err), &err);
    assert_string_equal(app.api_version, version);
    assert_string_equal(app.previous_version, previous);
    assert_int_equal(app.migrating, migrating);
    assert_true(bed_secret_is(app.client_secret, "secret-1"));
    broker_app_free(&app);
}

static void make(struct bed *b)
{
    const struct bed_grant grant = {0};

    bed_make(b);
    bed_put_grant(b, &grant);
}

static void each_account_is_refreshed_and_stored(void **state)
{
    const struct bed_grant second = {.account = "7654321", .refresh = "rt-2"};
    const struct bed_grant dead = {.account = "999", .state = BROKER_GRANT_DEAD};
    char *back = NULL;
    struct base_error err = BASE_ERROR_NONE;
    struct outcome o;
    struct bed b;

    (void)state;
    make(&b);
    bed_put_grant(&b, &second);
    bed_put_grant(&b, &dead);
    expect(&b, BED_API TO, 400, RIGHT);
    expect(&b, TO "/introspect", 200, ACTIVE);
    expect(&b, BED_API TO, 200, bed_tokens("at-2", "rt-1b"));
    expect(&b, TO "/introspect", 200, UNKNOWN);
    o = migrate(&b, "2026-09", false);
    assert_ok(o.status, &o.err);
    assert_string_equal(o.accounts,
                        "crm/1234567=proven crm/999=login_needed crm/7654321=unknown_there ");
    app_is(&b, "2026-09", "2026-03", false);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-2", "rt-1b", "rt-1");
    assert_ok(broker_migrate_back(b.broker, "crm", &back, &err), &err);
    assert_string_equal(back, "2026-03");
    base_mem_free(back);
    app_is(&b, "2026-03", "", false);
    bed_free(&b);
}

static void failed_proof_goes_back(void **state)
{
    static const struct {
        int status;
        const char *introspection, *refresh; /* NULL: not asked */
        enum base_status as;
    } cases[] = {
        {503, "", NULL, BASE_UNAVAILABLE},
        {400, "{\"status\":\"BAD_CLIENT_ID\"}", NULL, BASE_USAGE},
        {200, UNKNOWN, NULL, BASE_FAILED},
        {200, ACTIVE, "{\"status\":\"BAD_CLIENT_SECRET\"}", BASE_USAGE},
        {200, ACTIVE, "{\"status\":\"no such word\"}", BASE_FAILED},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct outcome o;
        struct bed b;

        make(&b);
        expect(&b, BED_API TO, 400, RIGHT);
        expect(&b, TO "/introspect", cases[i].status, cases[i].introspection);
        if (cases[i].refresh)
            expect(&b, BED_API TO, 400, cases[i].refresh);
        o = migrate(&b, "2026-09", false);
        assert_status(o.status, cases[i].as, &o.err);
        assert_int_equal(o.end, BROKER_MIGRATE_WENT_BACK);
        app_is(&b, "2026-03", "", false);
        bed_stored_is(&b, BROKER_GRANT_OK, "at-1", "rt-1", NULL);
        bed_free(&b);
    }
}

/* An app-level account has no refresh token: that one is renewed there says nothing of those that
 * are unknown there. */
static void app_level_account_proves_no_refresh_token(void **state)
{
    const struct bed_grant app_level = {
        .account = "app-level", .refresh = "", .kind = BROKER_KIND_APP_LEVEL};
    struct outcome o;
    struct bed b;

    (void)state;
    make(&b);
    bed_put_grant(&b, &app_level);
    expect(&b, BED_API TO, 400, RIGHT);
    expect(&b, TO "/introspect", 200, UNKNOWN);
    expect(&b, BED_API TO, 200, bed_tokens("app-2", NULL));
    o = migrate(&b, "2026-09", false);
    assert_status(o.status, BASE_FAILED, &o.err);
    assert_int_equal(o.end, BROKER_MIGRATE_WENT_BACK);
    assert_string_equal(o.accounts, "crm/app-level=proven ");
    app_is(&b, "2026-03", "", false);
    bed_free(&b);
}

/* Where there is no refresh token to be known, its own is all the proof there is. */
static void app_level_account_alone_moves(void **state)
{
    const struct bed_grant app_level = {
        .account = "app-level", .refresh = "", .kind = BROKER_KIND_APP_LEVEL};
    struct outcome o;
    struct bed b;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &app_level);
    expect(&b, BED_API TO, 400, RIGHT);
    expect(&b, BED_API TO, 200, bed_tokens("app-2", NULL));
    o = migrate(&b, "2026-09", false);
    assert_ok(o.status, &o.err);
    assert_string_equal(o.accounts, "crm/app-level=proven ");
    app_is(&b, "2026-09", "2026-03", false);
    bed_free(&b);
}

static void nothing_is_switched_before_the_check(void **state)
{
    struct outcome o;
    struct bed b;

    (void)state;
    make(&b);
    b.store->puts = 0;
    expect(&b, BED_API TO, 400, "{\"status\":\"BAD_CLIENT_SECRET\"}");
    o = migrate(&b, "2026-09", false);
    assert_status(o.status, BASE_USAGE, &o.err);
    assert_int_equal(o.end, BROKER_MIGRATE_UNTOUCHED);
    expect(&b, BED_API TO, 400, RIGHT);
    o = migrate(&b, "2026-09", true);
    assert_ok(o.status, &o.err);
    assert_int_equal(b.store->puts, 0);
    app_is(&b, "2026-03", "", false);
    bed_free(&b);
}

static void give_up(void *arg)
{
    broker_migrate_cancel(arg);
}

/* The record says at every moment what is so: the app works at `to`, and is not proven there. */
static void interrupted_run_is_finished_by_the_next(void **state)
{
    const struct fake_exchange slow = {.url = TO "/introspect", .delay_ms = 60000};
    struct outcome o = {0};
    const struct broker_migrate_told told = {on_account, on_done, &o};
    struct base_error err = BASE_ERROR_NONE;
    struct broker_migrate_plan plan = {0};
    struct broker_migrate *m;
    struct loop_timer *t;
    struct bed b;

    (void)state;
    make(&b);
    expect(&b, BED_API TO, 400, RIGHT);
    fake_http_expect(b.http, &slow);
    assert_ok(broker_migrate_plan(b.broker, "crm", "2026-09", &plan, &err), &err);
    assert_ok(broker_migrate_start(b.broker, &plan, false, &told, &m, &err), &err);
    t = loop_timer_new(b.loop, give_up, m);
    assert_non_null(t);
    loop_timer_start(t, 1000);
    bed_run(&b);
    loop_timer_free(t);
    assert_int_equal(fake_http_count(b.http), 2);
    broker_migrate_plan_free(&plan);
    app_is(&b, "2026-09", "2026-03", true);
    fake_http_forget(b.http);

    assert_ok(broker_migrate_plan(b.broker, "crm", "2026-09", &plan, &err), &err);
    assert_true(plan.resumed);
    assert_string_equal(plan.from, "2026-03");
    broker_migrate_plan_free(&plan);
    expect(&b, BED_API TO, 400, RIGHT);
    expect(&b, TO "/introspect", 200, ACTIVE);
    expect(&b, BED_API TO, 200, bed_tokens("at-2", NULL));
    o = migrate(&b, "2026-09", false);
    assert_ok(o.status, &o.err);
    app_is(&b, "2026-09", "2026-03", false);
    bed_free(&b);
}

static void failing_store_is_told(void **state)
{
    struct outcome o;
    struct bed b;

    (void)state;
    make(&b);
    expect(&b, BED_API TO, 400, RIGHT);
    b.store->fail_puts = 1;
    o = migrate(&b, "2026-09", false);
    assert_status(o.status, BASE_STORAGE, &o.err);
    app_is(&b, "2026-03", "", false);
    /* It moved, the proof failed, and the way back is barred: the error says all of that. */
    expect(&b, BED_API TO, 400, RIGHT);
    expect(&b, TO "/introspect", 503, "");
    b.store->skip_puts = 1;
    b.store->fail_puts = 1;
    o = migrate(&b, "2026-09", false);
    assert_status(o.status, BASE_STORAGE, &o.err);
    assert_int_equal(o.end, BROKER_MIGRATE_UNPROVEN);
    assert_non_null(strstr(o.err.lower, "the proof had failed"));
    assert_non_null(strstr(o.err.hint, "--back"));
    app_is(&b, "2026-09", "2026-03", true);
    bed_free(&b);
}

/* After its end a version is no place to go back to. */
static void nobody_goes_back_to_what_has_ended(void **state)
{
    struct base_error err = BASE_ERROR_NONE;
    struct broker_migrate_plan plan = {0};
    char *back = NULL;
    struct outcome o;
    struct bed b;

    (void)state;
    make(&b);
    assert_ok(broker_app_move(b.broker, "crm", "v1", "", false, &err), &err);
    fake_time_set_wall(INT64_C(1802736000000)); /* 2027-02-16 */
    expect(&b, BED_API TO, 400, RIGHT);
    expect(&b, TO "/introspect", 503, "");
    o = migrate(&b, "2026-09", false);
    assert_status(o.status, BASE_UNAVAILABLE, &o.err);
    assert_int_equal(o.end, BROKER_MIGRATE_UNPROVEN);
    app_is(&b, "2026-09", "v1", true);
    assert_int_equal(broker_migrate_back(b.broker, "crm", &back, &err), BASE_USAGE);
    assert_int_equal(broker_migrate_plan(b.broker, "crm", "v1", &plan, &err), BASE_USAGE);
    app_is(&b, "2026-09", "v1", true);
    bed_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_account_is_refreshed_and_stored),
        cmocka_unit_test(failed_proof_goes_back),
        cmocka_unit_test(app_level_account_proves_no_refresh_token),
        cmocka_unit_test(app_level_account_alone_moves),
        cmocka_unit_test(nothing_is_switched_before_the_check),
        cmocka_unit_test(interrupted_run_is_finished_by_the_next),
        cmocka_unit_test(failing_store_is_told),
        cmocka_unit_test(nobody_goes_back_to_what_has_ended),
    };
    return cmocka_run_group_tests_name("broker_migrate", tests, NULL, NULL);
}
