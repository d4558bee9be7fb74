/* What was handed out is found under its token and kind, ages, and is bounded. */
#include "test_support.h"

#include "base_text.h"
#include "crypt_secret.h"
#include "emulator_store.h"

static struct emulator_grant grant_of(enum emulator_kind kind, int64_t expires_ms)
{
    return (struct emulator_grant){
        .kind = kind, .portal = 1, .scopes = 3, .issued_ms = 0, .expires_ms = expires_ms};
}

static struct emulator_store *new_store(size_t cap)
{
    struct emulator_store *store;
    assert_ok(crypt_start(NULL), NULL);
    assert_ok(emulator_store_new(cap, &store, NULL), NULL);
    return store;
}

static void put(struct emulator_store *store, enum emulator_kind kind, const char *token,
                int64_t expires_ms)
{
    struct emulator_grant grant = grant_of(kind, expires_ms);
    assert_ok(emulator_store_put(store, base_span_of(token), &grant), NULL);
}

static bool has(struct emulator_store *store, enum emulator_kind kind, const char *token)
{
    return emulator_store_find(store, kind, base_span_of(token)) != NULL;
}

static void test_found_under_token_and_kind(void **fixture)
{
    (void)fixture;
    struct emulator_store *store = new_store(0);
    put(store, EMULATOR_CODE, "one", 100);
    put(store, EMULATOR_ACCESS, "two", 200);
    put(store, EMULATOR_REFRESH, "three", INT64_MAX);
    assert_true(has(store, EMULATOR_CODE, "one"));
    assert_false(has(store, EMULATOR_ACCESS, "one")); /* a code is no access token */
    assert_false(has(store, EMULATOR_CODE, "on"));
    assert_false(has(store, EMULATOR_CODE, ""));
    assert_int_equal(emulator_store_find(store, EMULATOR_ACCESS, BASE_SPAN("two"))->expires_ms,
                     200);
    assert_true(emulator_store_remove(store, EMULATOR_ACCESS, BASE_SPAN("two")));
    assert_false(emulator_store_remove(store, EMULATOR_ACCESS, BASE_SPAN("two")));
    assert_int_equal(emulator_store_count(store, EMULATOR_ACCESS), 0);
    emulator_store_free(store);
}

static void test_spent_once(void **fixture)
{
    (void)fixture;
    struct emulator_store *store = new_store(0);
    put(store, EMULATOR_REFRESH, "token", INT64_MAX);
    assert_true(emulator_store_spend(store, EMULATOR_REFRESH, BASE_SPAN("token")));
    assert_false(emulator_store_spend(store, EMULATOR_REFRESH, BASE_SPAN("token")));
    assert_false(has(store, EMULATOR_REFRESH, "token"));
    assert_true(has(store, EMULATOR_SPENT, "token"));
    emulator_store_free(store);
}

static void test_expired_ones_are_forgotten_later(void **fixture)
{
    (void)fixture;
    const int64_t hour = INT64_C(3600000);
    struct emulator_store *store = new_store(0);
    put(store, EMULATOR_ACCESS, "a", 1000);
    put(store, EMULATOR_ACCESS, "b", 2000);
    put(store, EMULATOR_REFRESH, "r", INT64_MAX);
    emulator_store_purge(store, 1000 + hour);
    assert_true(has(store, EMULATOR_ACCESS, "a")); /* it still says "expired" */
    emulator_store_purge(store, 1001 + hour);
    assert_false(has(store, EMULATOR_ACCESS, "a"));
    assert_true(has(store, EMULATOR_ACCESS, "b"));
    emulator_store_purge(store, 100 * hour);
    assert_false(has(store, EMULATOR_ACCESS, "b"));
    assert_true(has(store, EMULATOR_REFRESH, "r"));
    emulator_store_free(store);
}

static void test_expire_access(void **fixture)
{
    (void)fixture;
    struct emulator_store *store = new_store(0);
    put(store, EMULATOR_ACCESS, "old", 10);
    put(store, EMULATOR_ACCESS, "live", 1000);
    put(store, EMULATOR_CODE, "code", 1000);
    emulator_store_expire_access(store, 500);
    assert_int_equal(emulator_store_find(store, EMULATOR_ACCESS, BASE_SPAN("old"))->expires_ms, 10);
    assert_int_equal(emulator_store_find(store, EMULATOR_ACCESS, BASE_SPAN("live"))->expires_ms,
                     500);
    assert_int_equal(emulator_store_find(store, EMULATOR_CODE, BASE_SPAN("code"))->expires_ms,
                     1000);
    emulator_store_free(store);
}

static void test_forget(void **fixture)
{
    (void)fixture;
    struct emulator_store *store = new_store(0);
    struct emulator_grant other = grant_of(EMULATOR_REFRESH, INT64_MAX);
    struct emulator_match match = {.kinds = EMULATOR_ALL_KINDS, .app = -1, .portal = 1};
    other.portal = 2;
    other.family = 7;
    put(store, EMULATOR_REFRESH, "r1", INT64_MAX);
    put(store, EMULATOR_ACCESS, "a1", 1000);
    assert_ok(emulator_store_put(store, BASE_SPAN("r2"), &other), NULL);
    match.kinds = 1u << EMULATOR_REFRESH;
    emulator_store_forget(store, &match);
    assert_false(has(store, EMULATOR_REFRESH, "r1"));
    assert_true(has(store, EMULATOR_ACCESS, "a1"));
    match.kinds = EMULATOR_ALL_KINDS;
    match.app = 1; /* they are of app 0 */
    emulator_store_forget(store, &match);
    assert_true(has(store, EMULATOR_ACCESS, "a1"));
    match.app = 0;
    emulator_store_forget(store, &match);
    assert_false(has(store, EMULATOR_ACCESS, "a1"));
    assert_true(has(store, EMULATOR_REFRESH, "r2"));
    match.portal = 0;
    match.family = 6;
    emulator_store_forget(store, &match);
    assert_true(has(store, EMULATOR_REFRESH, "r2"));
    match.family = 7;
    emulator_store_forget(store, &match);
    assert_false(has(store, EMULATOR_REFRESH, "r2"));
    emulator_store_free(store);
}

static void test_families(void **fixture)
{
    (void)fixture;
    struct emulator_store *store = new_store(0);
    static const struct {
        const char *token;
        uint64_t family, turn;
    } tokens[] = {{"r1", 1, 0}, {"r2", 1, 1}, {"r3", 1, 2}, {"other", 2, 0}};
    for (size_t i = 0; i < TEST_COUNT(tokens); i++) {
        struct emulator_grant grant = grant_of(EMULATOR_REFRESH, INT64_MAX);
        grant.family = tokens[i].family;
        grant.turn = tokens[i].turn;
        assert_ok(emulator_store_put(store, base_span_of(tokens[i].token), &grant), NULL);
    }
    emulator_store_spend_before(store, 1, 2);
    assert_true(has(store, EMULATOR_SPENT, "r1") && has(store, EMULATOR_SPENT, "r2"));
    assert_true(has(store, EMULATOR_REFRESH, "r3") && has(store, EMULATOR_REFRESH, "other"));
    struct emulator_match family = {.kinds = 1u << EMULATOR_REFRESH, .app = -1, .family = 1};
    emulator_store_forget(store, &family);
    assert_false(has(store, EMULATOR_REFRESH, "r3"));
    assert_true(has(store, EMULATOR_SPENT, "r1")); /* still known as spent */
    assert_true(has(store, EMULATOR_REFRESH, "other"));
    emulator_store_free(store);
}

/* Ten thousand tokens through a store of a hundred: it keeps the newest hundred of each kind. */
static void test_bounded(void **fixture)
{
    (void)fixture;
    struct emulator_store *store = new_store(100);
    char token[32];
    for (int i = 0; i < 10000; i++) {
        base_text_format(token, sizeof token, "token-%d", i);
        put(store, EMULATOR_ACCESS, token, i);
        put(store, EMULATOR_REFRESH, token, INT64_MAX);
        if (i % 2 == 0)
            assert_true(emulator_store_spend(store, EMULATOR_REFRESH, base_span_of(token)));
        assert_true(emulator_store_count(store, EMULATOR_ACCESS) <= 100);
        assert_true(emulator_store_count(store, EMULATOR_SPENT) <= 100);
    }
    for (int i = 0; i < 10000; i++) {
        base_text_format(token, sizeof token, "token-%d", i);
        assert_int_equal(has(store, EMULATOR_ACCESS, token), i >= 9900);
        assert_int_equal(has(store, EMULATOR_REFRESH, token), i % 2 == 1 && i >= 9800);
        assert_int_equal(has(store, EMULATOR_SPENT, token), i % 2 == 0 && i >= 9800);
    }
    emulator_store_free(store);
}

/* The table grows: 5,000 entries in a store that began with 1,024 chains. */
static void test_grows(void **fixture)
{
    (void)fixture;
    struct emulator_store *store = new_store(0);
    char token[32];
    for (int i = 0; i < 5000; i++) {
        base_text_format(token, sizeof token, "token-%d", i);
        put(store, EMULATOR_ACCESS, token, i);
    }
    for (int i = 0; i < 5000; i++) {
        base_text_format(token, sizeof token, "token-%d", i);
        const struct emulator_grant *g =
            emulator_store_find(store, EMULATOR_ACCESS, base_span_of(token));
        assert_non_null(g);
        assert_int_equal(g->expires_ms, i);
    }
    emulator_store_free(store);
}

static enum base_status short_of_memory(void *arg)
{
    (void)arg;
    struct emulator_store *store;
    enum base_status st = emulator_store_new(0, &store, NULL);
    if (st != BASE_OK)
        return st;
    struct emulator_grant grant = grant_of(EMULATOR_CODE, 1);
    st = emulator_store_put(store, BASE_SPAN("x"), &grant);
    if (st == BASE_OK)
        st = emulator_store_put(store, BASE_SPAN("y"), &grant);
    emulator_store_free(store);
    return st;
}

static void test_each_failing_allocation(void **fixture)
{
    (void)fixture;
    assert_ok(crypt_start(NULL), NULL);
    assert_int_equal(test_each_allocation_fails(short_of_memory, NULL), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_under_token_and_kind),
        cmocka_unit_test(test_spent_once),
        cmocka_unit_test(test_expired_ones_are_forgotten_later),
        cmocka_unit_test(test_expire_access),
        cmocka_unit_test(test_forget),
        cmocka_unit_test(test_families),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_each_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
