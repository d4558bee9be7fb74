#include "test_support.h"

#include "base_time.h"
#include "oauth_life.h"

#define NOW INT64_C(1795473166000)

static void test_ends(void **state)
{
    (void)state;
    assert_int_equal(oauth_life_ends(NOW, 0, 1800, 60), NOW + 1800000);
    assert_int_equal(oauth_life_ends(NOW, 400, 1800, 60), NOW + 1800000 - 400);
    assert_int_equal(oauth_life_ends(NOW, 0, 0, 60), NOW);
    assert_int_equal(oauth_life_ends(NOW, 0, -1, 60), NOW + 60000);
    /* Nothing overflows, whatever a server or a clock says. */
    assert_true(oauth_life_ends(NOW, 0, INT64_MAX, 60) > NOW);
    assert_true(oauth_life_ends(NOW, INT64_MAX, 1800, 60) < NOW);
    assert_int_equal(oauth_life_ends(NOW, INT64_MIN, 1800, 60), NOW + 1800000);
    assert_int_equal(oauth_life_ends(NOW, 0, -1, -5), NOW);
}

static void test_life(void **state)
{
    (void)state;
    static const struct {
        int64_t obtained, expires, now, min_ttl;
        enum oauth_life want;
    } cases[] = {
        {0, 1800, 0, 300, OAUTH_FRESH},
        {0, 1800, 1500, 300, OAUTH_FRESH}, /* exactly min_ttl is left */
        {0, 1800, 1501, 300, OAUTH_DUE},
        {0, 1800, 1799, 300, OAUTH_DUE},
        {0, 1800, 1800, 300, OAUTH_EXPIRED},
        {0, 1800, 9999, 300, OAUTH_EXPIRED},
        {0, 1800, 1799, 0, OAUTH_FRESH},
        {0, 1800, 1800, 0, OAUTH_EXPIRED},
        {0, 1800, 1800, -1, OAUTH_EXPIRED},
        {0, 1800, 0, 1801, OAUTH_DUE},   /* it never lives that long: valid all the same */
        {100, 1900, 99, 300, OAUTH_DUE}, /* the clock was set back */
        {100, 1900, 100, 300, OAUTH_FRESH},
        {INT64_MAX, INT64_MAX, INT64_MIN, 0, OAUTH_DUE},
        {INT64_MIN, INT64_MAX, INT64_MIN, 0, OAUTH_DUE},
        {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, OAUTH_EXPIRED},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        enum oauth_life got =
            oauth_life(cases[i].obtained, cases[i].expires, cases[i].now, cases[i].min_ttl);
        if (got != cases[i].want)
            print_error("case %zu\n", i);
        assert_int_equal(got, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
