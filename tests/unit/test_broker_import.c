/* Taking over a refresh token: asked first, stored second, refreshed third. */
#include "bed.h"
#include "broker_import.h"
#include "broker_int.h"

#define INTROSPECT "/oauth/2026-03/token/introspect"
#define ACTIVE "{\"active\":true,\"hub_id\":1234567}"

struct outcome {
    unsigned calls;
    enum base_status status;
    bool stored;
    struct base_error err;
};

static void on_imported(void *arg, enum base_status status, const char *account, bool stored,
                        const struct base_error *err)
{
    struct outcome *o = arg;

    o->calls++;
    o->status = status;
    o->stored = stored;
    assert_true(status ? err && err->why[0] : !err);
    if (stored)
        assert_string_equal(account, BED_ACCOUNT);
    o->err = err ? *err : BASE_ERROR_NONE;
}

static struct outcome import(struct bed *b, int64_t hub_id)
{
    struct outcome o = {0};
    struct base_error err = BASE_ERROR_NONE;
    struct crypt_secret *token = crypt_secret_from("rt-9", 4);
    const struct broker_import_wish wish = {
        .app = "crm", .hub_id = hub_id, .scopes = "oauth", .refresh_token = token};
    struct broker_import *i;

    assert_non_null(token);
    assert_ok(broker_import_start(b->broker, &wish, on_imported, &o, &i, &err), &err);
    bed_run(b);
    assert_int_equal(o.calls, 1);
    crypt_secret_free(token);
    return o;
}

static void expect(struct bed *b, const char *url, const char *body, int status, const char *answer)
{
    const struct fake_exchange x = {.url = url, .body = body, .status = status, .answer = answer};

    fake_http_expect(b->http, &x);
}

static void there_is_no_account(struct bed *b)
{
    struct broker_grant g;

    assert_int_equal(broker_grant_load(b->broker, BED_ACCOUNT, &g, NULL), BASE_REAUTH);
}

static void token_is_asked_about_stored_and_refreshed(void **state)
{
    struct outcome o;
    struct bed b;

    (void)state;
    bed_make(&b);
    expect(&b, INTROSPECT, "rt-9", 200, ACTIVE);
    expect(&b, BED_API BED_TOKEN_PATH, "grant_type=refresh_token rt-9", 200,
           bed_tokens("at-9", "rt-10"));
    o = import(&b, 1234567);
    assert_ok(o.status, &o.err);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-9", "rt-10", "rt-9");
    bed_free(&b);
}

static void what_is_not_good_is_not_stored(void **state)
{
    static const struct {
        int64_t hub_id;
        int status;
        const char *answer;
        enum base_status as;
    } cases[] = {
        {0, 200, "{\"active\":false}", BASE_REAUTH},
        {7, 200, ACTIVE, BASE_INVALID},
        {0, 200, "{\"active\":true}", BASE_INVALID},
        {0, 503, "", BASE_UNAVAILABLE},
        {0, 400, "{\"status\":\"BAD_CLIENT_SECRET\"}", BASE_USAGE},
        {0, 404, "", BASE_NOT_FOUND},
    };
    struct bed b;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct outcome o;

        expect(&b, INTROSPECT, NULL, cases[i].status, cases[i].answer);
        o = import(&b, cases[i].hub_id);
        assert_status(o.status, cases[i].as, &o.err);
        assert_false(o.stored);
        there_is_no_account(&b);
    }
    bed_free(&b);
}

/* The token is sealed before anything happens to it. */
static void failed_refresh_leaves_it_stored(void **state)
{
    struct outcome o;
    struct bed b;

    (void)state;
    bed_make(&b);
    expect(&b, INTROSPECT, NULL, 200, ACTIVE);
    for (int n = 0; n < BROKER_REFRESH_ATTEMPTS; n++)
        expect(&b, BED_TOKEN_PATH, NULL, 503, "");
    o = import(&b, 0);
    assert_status(o.status, BASE_UNAVAILABLE, &o.err);
    assert_true(o.stored);
    {
        struct broker_grant g;

        bed_load(&b, &g);
        assert_true(bed_secret_is(g.refresh_token, "rt-9"));
        assert_int_not_equal(g.state, BROKER_GRANT_DEAD);
        broker_grant_free(&g);
    }
    fake_http_forget(b.http);
    bed_free(&b);
}

static void what_is_connected_stays_and_what_is_over_gives_way(void **state)
{
    const struct bed_grant alive = {0};
    const struct bed_grant dead = {.state = BROKER_GRANT_DEAD};
    struct outcome o;
    struct bed b;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &alive);
    expect(&b, INTROSPECT, NULL, 200, ACTIVE);
    o = import(&b, 0);
    assert_status(o.status, BASE_EXISTS, &o.err);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-1", "rt-1", NULL);
    bed_put_grant(&b, &dead);
    expect(&b, INTROSPECT, NULL, 200, ACTIVE);
    expect(&b, BED_TOKEN_PATH, "rt-9", 200, bed_tokens("at-9", NULL));
    o = import(&b, 0);
    assert_ok(o.status, &o.err);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-9", "rt-9", NULL);
    bed_free(&b);
}

static void short_memory_loses_nothing(void **state)
{
    bool refused = true;
    unsigned failures = 0;
    struct bed b;

    (void)state;
    bed_make(&b);
    for (long n = 0; refused; n++) {
        struct outcome o = {0};
        struct base_error err = BASE_ERROR_NONE;
        struct crypt_secret *token = crypt_secret_from("rt-9", 4);
        const struct broker_import_wish wish = {
            .app = "crm", .scopes = "oauth", .refresh_token = token};
        struct broker_import *i;
        enum base_status status;

        fake_http_forget(b.http);
        expect(&b, INTROSPECT, NULL, 200, ACTIVE);
        expect(&b, BED_TOKEN_PATH, NULL, 200, bed_tokens("at-9", NULL));
        base_mem_fail_after(n);
        status = broker_import_start(b.broker, &wish, on_imported, &o, &i, &err);
        if (!status) {
            bed_run(&b);
            assert_int_equal(o.calls, 1);
        }
        refused = base_mem_count() > n;
        base_mem_fail_after(-1);
        failures += status || o.status;
        if (o.stored) {
            struct broker_grant g;

            bed_load(&b, &g);
            assert_true(bed_secret_is(g.refresh_token, "rt-9"));
            broker_grant_free(&g);
            assert_ok(broker_grant_remove(b.broker, BED_ACCOUNT, &err), &err);
        } else {
            there_is_no_account(&b);
        }
        crypt_secret_free(token);
    }
    assert_true(failures > 5);
    fake_http_forget(b.http);
    bed_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_is_asked_about_stored_and_refreshed),
        cmocka_unit_test(what_is_not_good_is_not_stored),
        cmocka_unit_test(failed_refresh_leaves_it_stored),
        cmocka_unit_test(what_is_connected_stays_and_what_is_over_gives_way),
        cmocka_unit_test(short_memory_loses_nothing),
    };
    return cmocka_run_group_tests_name("broker_import", tests, NULL, NULL);
}
