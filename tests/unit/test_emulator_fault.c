/* Faults as they are asked for: what is taken, what is refused, and when they strike. */
#include "test_support.h"

#include "emulator_fault.h"
#include "emulator_route.h"

#include <string.h>

static const struct emulator_route *route_of(const char *method, const char *pattern)
{
    for (size_t i = 0; i < emulator_route_count; i++)
        if (strcmp(emulator_routes[i].pattern, pattern) == 0 &&
            strcmp(emulator_routes[i].method, method) == 0)
            return &emulator_routes[i];
    fail_msg("no route %s", pattern);
    return NULL;
}

static enum base_status add(struct emulator_faults *faults, const char *json)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status st = emulator_fault_add(faults, base_span_of(json), &err);
    if (st != BASE_OK)
        assert_true(err.why[0] != '\0');
    return st;
}

static void test_taken(void **fixture)
{
    (void)fixture;
    static const char *const good[] = {
        "{\"route\":\"*\",\"status\":503}",
        "{\"route\":\"/oauth/2026-03/token\",\"status\":503,\"body\":\"html\",\"count\":2}",
        "{\"route\":\"/oauth/2026-03/token\",\"action\":\"drop_after_processing\"}",
        "{\"route\":\"/oauth/v1/refresh-tokens/{token}\",\"method\":\"DELETE\",\"status\":500}",
        "{\"route\":\"*\",\"error\":\"BAD_HUB\",\"status\":403}",
        "{\"route\":\"*\",\"body\":\"text\",\"text\":\"{\\\"a\\\":1}\"}",
        "{\"route\":\"*\",\"text\":\"x\"}",
        "{\"route\":\"*\",\"policy\":\"SECONDLY\",\"retry_after\":2}",
        "{\"route\":\"*\",\"delay_ms\":10}",
    };
    struct emulator_faults faults = {0};
    for (size_t i = 0; i < TEST_COUNT(good); i++)
        assert_ok(add(&faults, good[i]), NULL);
    assert_int_equal(faults.count, TEST_COUNT(good));
    emulator_fault_clear(&faults);
    assert_int_equal(faults.count, 0);
}

static void test_refused(void **fixture)
{
    (void)fixture;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"route\":\"*\"}",
        "{\"status\":503}",
        "{\"route\":\"/nowhere\",\"status\":503}",
        "{\"route\":\"/_emulator/stats\",\"status\":503}",
        "{\"route\":\"/oauth/v3/token\",\"method\":\"GET\",\"status\":503}",
        "{\"route\":\"/oauth/v3/token\",\"method\":\"GETGETGET\",\"status\":503}",
        "{\"route\":\"*\",\"status\":99}",
        "{\"route\":\"*\",\"status\":600}",
        "{\"route\":\"*\",\"status\":503,\"count\":0}",
        "{\"route\":\"*\",\"status\":503,\"skip\":-1}",
        "{\"route\":\"*\",\"delay_ms\":-1}",
        "{\"route\":\"*\",\"body\":\"nonsense\"}",
        "{\"route\":\"*\",\"body\":\"\"}",
        "{\"route\":\"*\",\"body\":\"text\"}",
        "{\"route\":\"*\",\"text\":\"a\\u0000b\"}",
        "{\"route\":\"*\",\"action\":\"explode\"}",
        "{\"route\":\"*\",\"error\":\"BAD_WEATHER\"}",
        "{\"route\":\"*\",\"policy\":\"YEARLY\"}",
        "{\"route\":\"*\",\"body\":\"long\"}",
        "{\"route\":\"*\",\"body\":\"huge\",\"bytes\":5}",
        "{\"route\":\"*\",\"body\":\"long\",\"bytes\":-1}",
        "{\"route\":\"*\",\"body\":\"long\",\"bytes\":5,\"action\":\"drip\"}",
    };
    struct emulator_faults faults = {0};
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        if (add(&faults, bad[i]) == BASE_OK)
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(faults.count, 0);
}

static void test_bounded(void **fixture)
{
    (void)fixture;
    struct emulator_faults faults = {0};
    for (int i = 0; i < EMULATOR_FAULTS_MAX; i++)
        assert_ok(add(&faults, "{\"route\":\"*\",\"text\":\"x\"}"), NULL);
    assert_int_equal(add(&faults, "{\"route\":\"*\",\"text\":\"x\"}"), BASE_LIMIT);
    emulator_fault_clear(&faults);
}

/* In the order in which they were given, each as often as it says, after as many as it lets pass.
 */
static void test_strikes_in_order(void **fixture)
{
    (void)fixture;
    struct emulator_faults faults = {0};
    const struct emulator_route *token = route_of("POST", "/oauth/2026-03/token");
    const struct emulator_route *other = route_of("POST", "/oauth/v3/token");
    const struct emulator_route *revoke = route_of("DELETE", "/oauth/v1/refresh-tokens/{token}");
    const struct emulator_route *info = route_of("GET", "/oauth/v1/refresh-tokens/{token}");
    assert_ok(
        add(&faults, "{\"route\":\"/oauth/2026-03/token\",\"skip\":1,\"count\":2,\"status\":501}"),
        NULL);
    assert_ok(add(&faults, "{\"route\":\"*\",\"status\":502,\"text\":\"x\"}"), NULL);
    assert_ok(add(&faults, "{\"route\":\"/oauth/v1/refresh-tokens/"
                           "{token}\",\"method\":\"DELETE\",\"status\":503}"),
              NULL);

    assert_null(emulator_fault_take(&faults, token, NULL)); /* skipped */
    assert_int_equal(emulator_fault_take(&faults, token, NULL)->status, 501);
    struct emulator_fault *any = emulator_fault_take(&faults, other, NULL);
    assert_int_equal(any->status, 502);
    assert_string_equal(any->text, "x"); /* used up, yet still readable */
    assert_null(emulator_fault_take(&faults, other, NULL));
    assert_int_equal(emulator_fault_take(&faults, token, NULL)->status, 501);
    assert_null(emulator_fault_take(&faults, token, NULL));
    assert_null(emulator_fault_take(&faults, info, NULL));
    assert_int_equal(emulator_fault_take(&faults, revoke, NULL)->status, 503);
    assert_null(emulator_fault_take(&faults, revoke, NULL));
    assert_int_equal(faults.count, 0);
}

static void test_processes(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *json;
        bool processes;
    } cases[] = {
        {"{\"route\":\"*\",\"status\":503}", false},
        {"{\"route\":\"*\",\"action\":\"reset\"}", false},
        {"{\"route\":\"*\",\"action\":\"drop_after_processing\"}", true},
        {"{\"route\":\"*\",\"action\":\"cut\"}", true},
        {"{\"route\":\"*\",\"body\":\"truncated\"}", true},
        {"{\"route\":\"*\",\"body\":\"huge\"}", false},
        {"{\"route\":\"*\",\"text\":\"x\"}", false},
        {"{\"route\":\"*\",\"body\":\"long\",\"bytes\":5}", false},
        {"{\"route\":\"*\",\"error\":\"BAD_HUB\"}", false},
        {"{\"route\":\"*\",\"delay_ms\":5}", true},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct emulator_faults faults = {0};
        assert_ok(add(&faults, cases[i].json), NULL);
        assert_int_equal(emulator_fault_processes(&faults.items[0]), cases[i].processes);
        emulator_fault_clear(&faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_bounded),   cmocka_unit_test(test_strikes_in_order),
        cmocka_unit_test(test_processes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
