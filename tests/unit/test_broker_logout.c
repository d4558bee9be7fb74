/* Giving grants back (C11, T16), and other names for accounts (T9). */
#include "bed.h"

#include "broker_alias.h"
#include "broker_int.h"
#include "broker_logout.h"
#include "broker_revoke.h"
#include "broker_token.h"

#define REVOKE "/oauth/2026-03/token/revoke"

struct answer {
    unsigned calls, told, left;
    enum base_status status;
    struct base_error err;
};

static void on_gone(void *arg, enum base_status status, const struct base_error *err)
{
    struct answer *a = arg;

    a->calls++;
    a->status = status;
    a->err = err ? *err : BASE_ERROR_NONE;
    assert_true((status == BASE_OK) == (err == NULL));
}

static void on_told(void *arg, enum base_status status, unsigned told, unsigned left,
                    const struct base_error *err)
{
    struct answer *a = arg;

    a->told = told;
    a->left = left;
    on_gone(arg, status, err);
}

static struct broker_logout *start(struct bed *b, struct answer *a)
{
    struct broker_logout *l;

    *a = (struct answer){0};
    assert_ok(broker_logout(b->broker, BED_ACCOUNT, on_gone, a, &l, &a->err), &a->err);
    return l;
}

static void retry(struct bed *b, struct answer *a)
{
    struct broker_revoke *r;

    *a = (struct answer){0};
    assert_ok(broker_revoke_start(b->broker, NULL, NULL, on_told, a, &r, &a->err), &a->err);
    bed_run(b);
    assert_int_equal(a->calls, 1);
}

static void stop_loop(void *arg)
{
    loop_stop(arg);
}

static void run_for(struct bed *b, int64_t ms)
{
    struct loop_timer *timer = loop_timer_new(b->loop, stop_loop, b->loop);

    assert_non_null(timer);
    loop_timer_start(timer, ms);
    bed_run(b);
    loop_timer_free(timer);
}

struct seen {
    unsigned count;
    int64_t attempts;
    char last[128], names[128];
};

static bool see_pending(void *arg, const struct broker_pending *p)
{
    struct seen *s = arg;

    s->count++;
    s->attempts = p->attempts;
    snprintf(s->last, sizeof(s->last), "%s", p->last);
    assert_string_equal(p->app, "crm");
    assert_true(p->since > 0);
    return true;
}

static struct seen pending(struct bed *b)
{
    struct seen s = {0};
    struct base_error err = BASE_ERROR_NONE;

    assert_ok(broker_pending_list(b->broker, see_pending, &s, &err), &err);
    return s;
}

static bool see_grant(void *arg, const struct broker_grant *g)
{
    struct seen *s = arg;
    size_t n = strlen(s->names);

    s->count++;
    snprintf(s->names + n, sizeof(s->names) - n, "%s;", g->name);
    return true;
}

static struct seen accounts(struct bed *b)
{
    struct seen s = {0};
    struct base_error err = BASE_ERROR_NONE;

    assert_ok(broker_grant_list(b->broker, see_grant, &s, &err), &err);
    return s;
}

/* ------------------------------------------------------------------ logout */

static void gone_and_told(void **state)
{
    struct bed b;
    struct answer a;
    const struct fake_exchange one = {
        .method = "POST",
        .url = BED_API REVOKE,
        .body = "token=rt-1 client_id=id-1 client_secret=secret-1 token_type_hint=refresh_token"};

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    fake_http_expect(b.http, &one);
    (void)start(&b, &a);
    assert_int_equal(a.calls, 0); /* never from inside */
    bed_run(&b);
    assert_int_equal(a.calls, 1);
    assert_ok(a.status, &a.err);
    assert_int_equal(accounts(&b).count, 0);
    assert_int_equal(pending(&b).count, 0);
    bed_free(&b);
}

/* The one before it may still be good: both are told. */
static void previous_token_is_revoked_too(void **state)
{
    struct bed b;
    struct answer a;
    const struct fake_exchange any = {.url = BED_API REVOKE};

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){.refresh = "rt-2", .previous = "rt-1"});
    fake_http_expect(b.http, &any);
    fake_http_expect(b.http, &any);
    (void)start(&b, &a);
    bed_run(&b);
    assert_ok(a.status, &a.err);
    const char *first = fake_http_request(b.http, 0)->body;
    const char *second = fake_http_request(b.http, 1)->body;
    assert_true(strstr(first, "token=rt-2") || strstr(second, "token=rt-2"));
    assert_true(strstr(first, "token=rt-1") || strstr(second, "token=rt-1"));
    assert_int_equal(pending(&b).count, 0);
    bed_free(&b);
}

/* C11: whatever HubSpot says, the account is gone here; what it was not told is told later. */
static void what_fails_is_queued(void **state)
{
    static const struct fake_exchange bad[] = {
        {.status = 503},
        {.outcome = FAKE_NOT_SENT},
        {.outcome = FAKE_MAYBE_ACTED},
        {.status = 400, .answer = "{\"status\":\"BAD_CLIENT_SECRET\",\"message\":\"no\"}"},
        {.status = 302},
        {.status = 404, .answer = "<html>"}, /* there is no such endpoint */
        {.status = 404, .answer = "{}"},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        struct bed b;
        struct answer a;
        struct base_error err = BASE_ERROR_NONE;

        bed_make(&b);
        bed_put_grant(&b, &(struct bed_grant){0});
        fake_http_expect(b.http, &bad[i]);
        (void)start(&b, &a);
        bed_run(&b);
        assert_status(a.status, BASE_PARTIAL, &a.err);
        assert_string_equal(a.err.hint, "hubauth logout --retry");
        assert_int_equal(accounts(&b).count, 0);
        assert_int_equal(pending(&b).count, 1);
        assert_int_equal(pending(&b).attempts, 1);
        assert_true(pending(&b).last[0]);
        assert_status(broker_app_remove(b.broker, "crm", &err), BASE_BUSY, &err);
        fake_http_expect(b.http, &bad[i]);
        retry(&b, &a);
        assert_status(a.status, BASE_PARTIAL, &a.err);
        assert_int_equal(a.left, 1);
        assert_int_equal(pending(&b).attempts, 2);
        fake_http_expect(b.http, &(struct fake_exchange){.body = "token=rt-1"});
        retry(&b, &a);
        assert_ok(a.status, &a.err);
        assert_int_equal(a.told, 1);
        assert_int_equal(pending(&b).count, 0);
        assert_ok(broker_app_remove(b.broker, "crm", &err), &err);
        bed_free(&b);
    }
}

/* Words that say that there is nothing to revoke are as good as done. */
static void unknown_token_is_done(void **state)
{
    struct bed b;
    struct answer a;
    const struct fake_exchange dead = {
        .status = 400,
        .answer = "{\"status\":\"BAD_REFRESH_TOKEN\",\"message\":\"refresh token is invalid, "
                  "expired or revoked\"}"};

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    fake_http_expect(b.http, &dead);
    (void)start(&b, &a);
    bed_run(&b);
    assert_ok(a.status, &a.err);
    assert_int_equal(pending(&b).count, 0);
    bed_free(&b);
}

/* In v1 an unknown token is not found. A version that has ended is not found either, in HTML, and
 * revokes nothing. */
static void unknown_token_of_v1_is_done(void **state)
{
    static const struct {
        const char *answer;
        unsigned left;
    } cases[] = {
        {"{\"status\":\"error\",\"message\":\"resource not found\"}", 0},
        {"<html>Error 404 Not Found</html>", 1},
        {"", 1},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct bed b;
        struct answer a;
        struct broker_app app = bed_app("old");

        bed_make(&b);
        app.api_version = (char *)(uintptr_t) "v1";
        assert_ok(bed_add_app(&b, &app, &a.err), &a.err);
        bed_put_grant(&b, &(struct bed_grant){.app = "old", .account = "1234567"});
        fake_http_expect(b.http, &(struct fake_exchange){.method = "DELETE",
                                                         .url = "/oauth/v1/refresh-tokens/rt-1",
                                                         .status = 404,
                                                         .answer = cases[i].answer});
        a = (struct answer){0};
        struct broker_logout *l;
        assert_ok(broker_logout(b.broker, "old/1234567", on_gone, &a, &l, &a.err), &a.err);
        bed_run(&b);
        assert_status(a.status, cases[i].left ? BASE_PARTIAL : BASE_OK, &a.err);
        unsigned left = 0;
        assert_ok(broker_pending_forget(b.broker, &left, &a.err), &a.err);
        assert_int_equal(left, cases[i].left);
        bed_free(&b);
    }
}

/* A crash after the write and before the answer: the queue has it. */
static void cancelled_is_queued(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    fake_http_expect(b.http, &(struct fake_exchange){.delay_ms = 5000});
    struct broker_logout *l = start(&b, &a);
    run_for(&b, 100);
    assert_int_equal(fake_http_under_way(b.http), 1);
    broker_logout_cancel(l);
    bed_run(&b);
    assert_int_equal(a.calls, 0);
    assert_int_equal(accounts(&b).count, 0);
    assert_int_equal(pending(&b).count, 1);
    unsigned forgotten = 0;
    assert_ok(broker_pending_forget(b.broker, &forgotten, &a.err), &a.err);
    assert_int_equal(forgotten, 1);
    assert_int_equal(pending(&b).count, 0);
    bed_free(&b);
}

/* When the write fails nothing was done, and nobody was told. */
static void all_or_nothing_here(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    b.store->fail_puts = 1;
    (void)start(&b, &a);
    bed_run(&b);
    assert_status(a.status, BASE_STORAGE, &a.err);
    assert_int_equal(accounts(&b).count, 1);
    assert_int_equal(pending(&b).count, 0);
    bed_free(&b);
}

static void on_token(void *arg, enum base_status status, const struct broker_grant *grant,
                     const struct base_error *err)
{
    struct answer *a = arg;

    (void)grant;
    a->calls++;
    a->status = status;
    a->err = err ? *err : BASE_ERROR_NONE;
}

/* A refresh that is under way gives a new token: that one is revoked, not the one before it. */
static void refresh_under_way_is_awaited(void **state)
{
    struct bed b, other;
    struct answer gone, token = {0};
    struct broker_token_get *get;
    const struct broker_token_wish wish = {.name = BED_ACCOUNT, .force = true};

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    bed_second(&other, &b);
    fake_http_expect(other.http, &(struct fake_exchange){.answer = bed_tokens("at-2", "rt-2"),
                                                         .delay_ms = 1000});
    fake_http_expect(b.http, &(struct fake_exchange){.url = BED_API REVOKE});
    fake_http_expect(b.http, &(struct fake_exchange){.url = BED_API REVOKE});
    assert_ok(broker_token_get(other.broker, &wish, on_token, &token, &get, &token.err),
              &token.err);
    run_for(&b, 100);
    assert_int_equal(fake_http_under_way(other.http), 1);
    (void)start(&b, &gone);
    bed_run(&b);
    assert_ok(token.status, &token.err);
    assert_ok(gone.status, &gone.err);
    assert_true(strstr(fake_http_request(b.http, 0)->body, "token=rt-2") ||
                strstr(fake_http_request(b.http, 1)->body, "token=rt-2"));
    assert_int_equal(accounts(&b).count, 0);
    bed_free(&other);
    bed_free(&b);
}

/* D10: a refresh was cut short after it had noted its new token: that one is revoked, and the note
 * goes. */
static void noted_token_is_revoked(void **state)
{
    struct bed b;
    struct answer a;
    struct broker_grant g;
    struct vault_lease *lease;
    struct vault_record record = {0};

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    bed_load(&b, &g);
    crypt_secret_free(g.refresh_token);
    g.refresh_token = crypt_secret_from("rt-noted", 8);
    assert_ok(vault_lease_try(b.broker->vault, BED_ACCOUNT, &lease, &a.err), &a.err);
    assert_ok(broker_grant_note(b.broker, lease, &g, NULL, &a.err), &a.err);
    vault_lease_release(b.broker->vault, lease);
    broker_grant_free(&g);
    fake_http_expect(b.http, &(struct fake_exchange){.body = "token=rt-noted"});
    (void)start(&b, &a);
    bed_run(&b);
    assert_ok(a.status, &a.err);
    assert_ok(vault_lease_try(b.broker->vault, BED_ACCOUNT, &lease, &a.err), &a.err);
    assert_status(
        vault_lease_noted(b.broker->vault, lease, VAULT_GRANT, BED_ACCOUNT, &record, &a.err),
        BASE_NOT_FOUND, &a.err);
    vault_lease_release(b.broker->vault, lease);
    bed_free(&b);
}

/* T16 */
static void sharers_are_found(void **state)
{
    struct bed b;
    struct seen s = {0};
    struct base_error err = BASE_ERROR_NONE;
    struct broker_app twin = bed_app("twin");

    (void)state;
    bed_make(&b);
    assert_ok(bed_add_app(&b, &twin, &err), &err);
    bed_put_grant(&b, &(struct bed_grant){.refresh = "rt-shared"});
    bed_put_grant(&b, &(struct bed_grant){.app = "twin", .refresh = "rt-shared"});
    bed_put_grant(&b, &(struct bed_grant){.app = "twin", .account = "2", .refresh = "rt-other"});
    bed_put_grant(&b,
                  &(struct bed_grant){
                      .app = "twin", .account = "3", .refresh = "rt-new", .previous = "rt-shared"});
    bed_put_grant(&b, &(struct bed_grant){.app = "twin", .account = "4", .refresh = ""});
    assert_ok(broker_logout_sharers(b.broker, BED_ACCOUNT, see_grant, &s, &err), &err);
    assert_string_equal(s.names, "twin/1234567;twin/3;");
    s = (struct seen){0};
    assert_ok(broker_logout_sharers(b.broker, "twin/4", see_grant, &s, &err), &err);
    assert_int_equal(s.count, 0);
    assert_ok(broker_logout_locally(b.broker, BED_ACCOUNT, &err), &err);
    assert_int_equal(accounts(&b).count, 4);
    assert_int_equal(pending(&b).count, 0);
    bed_free(&b);
}

/* ------------------------------------------------------------------ aliases (T9) */

static void aliases_choose(void **state)
{
    struct bed b;
    struct base_error err = BASE_ERROR_NONE;
    char *name = NULL;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    bed_put_grant(&b, &(struct bed_grant){.account = "2"});
    assert_ok(broker_alias_set(b.broker, "shop", BED_ACCOUNT, &err), &err);
    assert_ok(broker_grant_choose(b.broker, "shop", &name, &err), &err);
    assert_string_equal(name, BED_ACCOUNT);
    base_mem_free(name);
    assert_ok(broker_alias_set(b.broker, "shop", "crm/2", &err), &err); /* it moves */
    assert_ok(broker_grant_choose(b.broker, "shop", &name, &err), &err);
    assert_string_equal(name, "crm/2");
    base_mem_free(name);
    assert_ok(broker_grant_remove(b.broker, "crm/2", &err), &err);
    assert_status(broker_grant_choose(b.broker, "shop", &name, &err), BASE_REAUTH, &err);
    assert_string_equal(err.hint, "hubauth login --app crm --portal 2");
    assert_ok(broker_alias_remove(b.broker, "shop", &err), &err);
    assert_status(broker_grant_choose(b.broker, "shop", &name, &err), BASE_USAGE, &err);
    assert_status(broker_alias_remove(b.broker, "shop", &err), BASE_USAGE, &err);
    assert_status(broker_alias_set(b.broker, "crm", BED_ACCOUNT, &err), BASE_USAGE, &err);
    assert_status(broker_alias_set(b.broker, "12", BED_ACCOUNT, &err), BASE_USAGE, &err);
    assert_status(broker_alias_set(b.broker, "a/b", BED_ACCOUNT, &err), BASE_USAGE, &err);
    bed_free(&b);
}

static void unclear_names_are_errors(void **state)
{
    struct bed b;
    struct base_error err = BASE_ERROR_NONE;
    struct broker_app app = bed_app("both");
    char *name = NULL;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    assert_ok(broker_alias_set(b.broker, "both", BED_ACCOUNT, &err), &err);
    assert_ok(bed_add_app(&b, &app, &err), &err);
    assert_ok(broker_grant_choose(b.broker, "both", &name, &err), &err);
    base_mem_free(name);
    bed_put_grant(&b, &(struct bed_grant){.app = "both", .account = "9"});
    assert_status(broker_grant_choose(b.broker, "both", &name, &err), BASE_USAGE, &err);
    assert_non_null(strstr(err.why, BED_ACCOUNT));
    assert_non_null(strstr(err.why, "both/9"));
    assert_ok(broker_grant_remove(b.broker, BED_ACCOUNT, &err), &err);
    assert_status(broker_grant_choose(b.broker, "both", &name, &err), BASE_USAGE, &err);
    assert_non_null(strstr(err.why, BED_ACCOUNT)); /* whose alias it is, although that is gone */
    bed_free(&b);
}

/* ------------------------------------------------------------------ short of memory */

static enum base_status step_logout(struct bed *b, long *ret_made)
{
    struct answer a = {0};
    struct broker_logout *l;
    enum base_status status = broker_logout(b->broker, BED_ACCOUNT, on_gone, &a, &l, &a.err);

    *ret_made = base_mem_count();
    if (status)
        return status;
    bed_run(b);
    *ret_made = base_mem_count();
    assert_int_equal(a.calls, 1);
    /* What was not told is in the queue, whatever failed. */
    base_mem_fail_after(-1);
    assert_true(a.status == BASE_OK || accounts(b).count + pending(b).count > 0);
    return a.status;
}

static void memory_may_be_short(void **state)
{
    struct bed b;

    (void)state;
    for (long n = 0;; n++) {
        bed_make(&b);
        bed_put_grant(&b, &(struct bed_grant){0});
        fake_http_expect(b.http, &(struct fake_exchange){.url = BED_API REVOKE});
        base_mem_fail_after(n);
        long made = 0;
        enum base_status status = step_logout(&b, &made);
        base_mem_fail_after(-1);
        fake_http_forget(b.http);
        bed_free(&b);
        if (made <= n) {
            assert_int_equal(status, BASE_OK);
            break;
        }
        assert_true(status == BASE_NO_MEMORY || status == BASE_PARTIAL || status == BASE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gone_and_told),
        cmocka_unit_test(previous_token_is_revoked_too),
        cmocka_unit_test(what_fails_is_queued),
        cmocka_unit_test(unknown_token_is_done),
        cmocka_unit_test(unknown_token_of_v1_is_done),
        cmocka_unit_test(cancelled_is_queued),
        cmocka_unit_test(all_or_nothing_here),
        cmocka_unit_test(refresh_under_way_is_awaited),
        cmocka_unit_test(noted_token_is_revoked),
        cmocka_unit_test(sharers_are_found),
        cmocka_unit_test(aliases_choose),
        cmocka_unit_test(unclear_names_are_errors),
        cmocka_unit_test(memory_may_be_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
