/* The rolling limit and the judge, against a model that keeps every arrival. */
#include "test_support.h"

#include "emulator_limit.h"

#define WINDOW 50
#define ARRIVALS 4000

/* A generator of its own: the same numbers in every run. */
static uint32_t draw(uint32_t *state, uint32_t bound)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % bound;
}

struct model {
    int64_t arrived[ARRIVALS], allowed[ARRIVALS];
    size_t arrived_count, allowed_count;
    uint64_t max_in_window;
};

static uint64_t in_window(const int64_t *times, size_t count, int64_t now)
{
    uint64_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += times[i] > now - WINDOW && times[i] <= now;
    return n;
}

static bool model_arrive(struct model *m, int64_t now, uint64_t max, uint64_t *ret_remaining)
{
    m->arrived[m->arrived_count++] = now;
    uint64_t n = in_window(m->arrived, m->arrived_count, now);
    if (n > m->max_in_window)
        m->max_in_window = n;
    bool allowed = in_window(m->allowed, m->allowed_count, now) < max;
    if (allowed)
        m->allowed[m->allowed_count++] = now;
    *ret_remaining = max - in_window(m->allowed, m->allowed_count, now);
    return allowed;
}

static void test_against_the_model(void **fixture)
{
    (void)fixture;
    static struct model models[3];
    for (uint32_t run = 0; run < 20; run++) {
        struct emulator_limit *limit;
        uint32_t state = run * 7919 + 1;
        uint64_t max = 1 + draw(&state, 12), judged = 0;
        int64_t now = -5; /* the clock's origin does not matter */
        memset(models, 0, sizeof models);
        assert_ok(emulator_limit_new(max, WINDOW, &limit, NULL), NULL);
        for (int i = 0; i < ARRIVALS / 4; i++) {
            now += draw(&state, 4) == 0 ? draw(&state, 70) : draw(&state, 3);
            uint32_t account = draw(&state, 3); /* two apps in one portal, and another portal */
            struct emulator_verdict v;
            uint64_t remaining;
            bool allowed = model_arrive(&models[account], now, max, &remaining);
            assert_ok(emulator_limit_arrive(limit, account == 1, account == 2 ? 8 : 7, now, &v),
                      NULL);
            assert_int_equal(v.allowed, allowed);
            assert_int_equal(v.remaining, remaining);
            assert_int_equal(v.max, max);
            if (models[account].max_in_window > judged)
                judged = models[account].max_in_window;
            assert_int_equal(emulator_limit_max_in_window(limit), judged);
        }
        emulator_limit_free(limit);
    }
}

static bool arrive(struct emulator_limit *limit, int64_t now)
{
    struct emulator_verdict v;
    assert_ok(emulator_limit_arrive(limit, 0, 1, now, &v), NULL);
    return v.allowed;
}

/* 110 in ten seconds, the 111th refused, and the place of the first free after exactly ten seconds.
 */
static void test_hubspots_numbers(void **fixture)
{
    (void)fixture;
    struct emulator_limit *limit;
    assert_ok(emulator_limit_new(110, EMULATOR_WINDOW_MS, &limit, NULL), NULL);
    for (int i = 0; i < 110; i++)
        assert_true(arrive(limit, 1000 + i));
    assert_false(arrive(limit, 1110));
    assert_false(arrive(limit, 10999));
    assert_true(arrive(limit, 11000));
    assert_false(arrive(limit, 11000));
    assert_int_equal(emulator_limit_max_in_window(limit), 113);
    emulator_limit_reset_max(limit);
    assert_int_equal(emulator_limit_max_in_window(limit), 0);
    emulator_limit_free(limit);
}

static void test_without_a_limit_it_only_counts(void **fixture)
{
    (void)fixture;
    struct emulator_limit *limit;
    struct emulator_verdict v;
    assert_ok(emulator_limit_new(0, EMULATOR_WINDOW_MS, &limit, NULL), NULL);
    for (int i = 0; i < 5000; i++) {
        assert_ok(emulator_limit_arrive(limit, 0, 1, i / 10, &v), NULL);
        assert_true(v.allowed);
        assert_int_equal(v.max, 0);
    }
    assert_int_equal(emulator_limit_max_in_window(limit), 5000);
    emulator_limit_free(limit);
}

static void test_the_limit_changes_at_once(void **fixture)
{
    (void)fixture;
    struct emulator_limit *limit;
    struct emulator_verdict v;
    assert_ok(emulator_limit_new(10, 1000, &limit, NULL), NULL);
    for (int i = 0; i < 10; i++)
        assert_true(arrive(limit, 100));
    assert_false(arrive(limit, 101));
    emulator_limit_set_max(limit, 12);
    assert_true(arrive(limit, 102));
    emulator_limit_set_max(limit, 4); /* fewer than were made already */
    assert_ok(emulator_limit_arrive(limit, 0, 1, 103, &v), NULL);
    assert_false(v.allowed);
    assert_int_equal(v.max, 4);
    assert_int_equal(v.remaining, 0);
    assert_true(arrive(limit, 1100)); /* all but one of them have left the window */
    emulator_limit_free(limit);
}

/* Whoever else spends takes from the allowance, evenly, and is not seen by the judge. */
static void test_a_foreign_spender(void **fixture)
{
    (void)fixture;
    struct emulator_limit *limit;
    struct emulator_verdict v;
    assert_ok(emulator_limit_new(100, 10000, &limit, NULL), NULL);
    emulator_limit_set_foreign(limit, 3);
    assert_ok(emulator_limit_arrive(limit, 0, 1, 1000, &v), NULL);
    assert_int_equal(v.remaining, 99); /* it begins with our first */
    assert_ok(emulator_limit_arrive(limit, 0, 1, 3000, &v), NULL);
    assert_int_equal(v.remaining, 100 - 2 - 6);
    assert_ok(emulator_limit_arrive(limit, 0, 1, 900000, &v), NULL);
    assert_int_equal(v.remaining, 100 - 1 - 30); /* no more than fits the window */
    assert_int_equal(emulator_limit_max_in_window(limit), 2);
    emulator_limit_set_foreign(limit, 1000);
    assert_false(arrive(limit, 900100)); /* it has taken all */
    emulator_limit_set_foreign(limit, 0);
    assert_true(arrive(limit, 910200));
    emulator_limit_free(limit);
}

/* More accounts than are remembered: idle ones are forgotten, busy ones refuse the newcomer. */
static void test_memory_is_bounded(void **fixture)
{
    (void)fixture;
    struct emulator_limit *limit;
    struct emulator_verdict v;
    assert_ok(emulator_limit_new(1, 10, &limit, NULL), NULL);
    for (int64_t portal = 0; portal < 65536; portal++)
        assert_ok(emulator_limit_arrive(limit, 0, portal, 5, &v), NULL);
    assert_status(emulator_limit_arrive(limit, 0, 65536, 14, &v), BASE_LIMIT, NULL);
    assert_ok(emulator_limit_arrive(limit, 0, 65536, 15, &v), NULL);
    assert_true(v.allowed);
    emulator_limit_free(limit);
}

static enum base_status short_of_memory(void *arg)
{
    (void)arg;
    struct emulator_limit *limit;
    enum base_status st = emulator_limit_new(1000, 1000, &limit, NULL);
    if (st != BASE_OK)
        return st;
    struct emulator_verdict v;
    for (int i = 0; st == BASE_OK && i < 200; i++)
        st = emulator_limit_arrive(limit, 0, 1, i, &v);
    emulator_limit_free(limit);
    return st;
}

static void test_each_failing_allocation(void **fixture)
{
    (void)fixture;
    assert_true(test_each_allocation_fails(short_of_memory, NULL) >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_model),
        cmocka_unit_test(test_hubspots_numbers),
        cmocka_unit_test(test_without_a_limit_it_only_counts),
        cmocka_unit_test(test_the_limit_changes_at_once),
        cmocka_unit_test(test_a_foreign_spender),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_each_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
