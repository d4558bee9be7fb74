#include "test_support.h"

#include "world.h"

/* R1: whatever the latency and its jitter, HubSpot never sees a call too many. */
static void test_never_too_many(void **state)
{
    (void)state;
    static const unsigned concurrencies[] = {1, 6, 40, WORLD_WAYS};
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct world *w = world_new(seed, seed % 2 ? 110 : 190, (int64_t)(seed * 25),
                                    concurrencies[seed % TEST_COUNT(concurrencies)]);
        world_run(w, 120000);
        assert_int_equal(w->refusals, 0);
        world_check_windows(w);
        assert_true(w->accepted > 100);
        assert_false(w->imagined);
    }
}

/* The same before any header came, and with answers that take longer than the window. */
static void test_never_too_many_slow(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct world *w = world_new(seed, 110, 15000, WORLD_WAYS);
        w->silent = seed % 2 != 0;
        world_run(w, 300000);
        assert_int_equal(w->refusals, 0);
        world_check_windows(w);
    }
}

/* R1: with no latency at least 95 % of the budget is used; with 150 ms each way still most of it.
 */
static void test_saturates(void **state)
{
    (void)state;
    static const struct {
        int64_t max, latency;
        unsigned at_least;
    } cases[] = {{110, 0, 98},  {190, 0, 98},   {250, 0, 98},
                 {100, 50, 97}, {110, 150, 95}, {190, 150, 95}};
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct world *w = world_new(i + 1, cases[i].max, cases[i].latency, WORLD_WAYS);
        world_run(w, 10000); /* the first window is full at once: not to be counted */
        unsigned before = w->accepted;
        world_run(w, 400000);
        unsigned used = world_percent_used(w, w->accepted - before, 400000);
        if (used < cases[i].at_least || used > 100)
            print_error("case %zu: %u %% used\n", i, used);
        assert_in_range(used, cases[i].at_least, 100);
        assert_int_equal(w->refusals, 0);
        assert_false(w->imagined);
    }
}

/* R1: at any latency from none to a second, wherever on the way it arises and with what jitter, the
 * budget is used and no call is refused. */
static void test_any_latency(void **state)
{
    (void)state;
    static const int64_t latencies[] = {0, 2, 20, 50, 200, 500, 1000};
    static const int there_percent[] = {0, 50, 100};
    for (size_t i = 0; i < TEST_COUNT(latencies); i++) {
        for (size_t k = 0; k < TEST_COUNT(there_percent); k++) {
            struct world *w = world_new(i * 10 + k + 1, 110, latencies[i] / 20, 64);
            w->there = latencies[i] * there_percent[k] / 100;
            w->back = latencies[i] - w->there;
            world_run(w, 30000);
            unsigned before = w->accepted;
            int64_t for_ms = test_in_valgrind() ? 400000 : 4000000;
            world_run(w, for_ms);
            unsigned used = world_percent_used(w, w->accepted - before, for_ms);
            if (used < 98 || w->refusals > 0)
                print_error("%d ms, %d %% there: %u %% used, %u refused\n", (int)latencies[i],
                            there_percent[k], used, w->refusals);
            assert_in_range(used, for_ms < 4000000 ? 95 : 98, 100);
            assert_int_equal(w->refusals, 0);
            assert_false(w->imagined);
            world_check_windows(w);
        }
    }
}

/* The way becomes shorter: what leaves before the first answer over it may come too early, and no
 * more than that. It becomes longer: nothing comes too early. */
static void test_latency_changes(void **state)
{
    (void)state;
    static const int64_t long_ms[] = {100, 400, 1000};
    for (size_t i = 0; i < TEST_COUNT(long_ms); i++) {
        struct world *w = world_new(i + 1, 110, 5, 16);
        for (int turn = 0; turn < 20; turn++) {
            bool is_short = turn % 2 != 0;
            unsigned before = w->refusals;
            w->there = w->back = is_short ? 10 : long_ms[i] / 2;
            world_run(w, 70000);
            assert_true(w->refusals - before <= (is_short ? w->concurrency : 0));
        }
    }
}

/* R1: a raised limit is followed within one window, a lowered one after at most one refused window.
 */
static void test_limit_changes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct world *w = world_new(seed, 110, 50, 20);
        world_run(w, 60000);
        w->max = 190;
        world_run(w, 10000);
        unsigned before = w->accepted;
        world_run(w, 100000);
        assert_in_range(world_percent_used(w, w->accepted - before, 100000), 95, 100);
        assert_int_equal(w->refusals, 0);

        w->max = 100;
        world_run(w, 25000);
        unsigned refused = w->refusals;
        assert_true(refused <= 20); /* no more than were under way */
        before = w->accepted;
        world_run(w, 100000);
        assert_int_equal(w->refusals, refused);
        assert_in_range(world_percent_used(w, w->accepted - before, 100000), 95, 100);
    }
}

#define SETTLE_MS 80000 /* a refused window, two epochs of trips, and a window */

/* Days of work, millions of calls, while way, jitter, limit and the readers' number change at
 * random. After each change no more calls are refused than left before an answer could tell of it;
 * then none is (never more than Max arrive in any interval) and 98 % of the budget is used. */
static void test_days_of_work(void **state)
{
    (void)state;
    static const int64_t limits[] = {100, 110, 190, 250};
    const unsigned wanted = test_in_valgrind() ? 20000 : TEST_IS_FAST ? 2000000 : 100000;
    struct world *w = world_new(4711, 110, 0, WORLD_WAYS);
    unsigned calls = 0;

    while (calls < wanted) {
        int64_t ms = world_pick(w, 4) == 0 ? 0 : world_pick(w, 1001);
        unsigned before = w->refusals;

        world_change(w);
        w->max = limits[world_pick(w, TEST_COUNT(limits))];
        w->there = ms * world_pick(w, 101) / 100;
        w->back = ms - w->there;
        w->latency = ms / 20;
        world_run(w, SETTLE_MS);
        assert_true(w->refusals - before <= w->blind);
        w->arrival_count = w->window_start = 0; /* of two limits: not to be judged by one */
        before = w->refusals;
        calls += w->accepted;
        w->accepted = 0;
        world_run(w, w->interval);
        w->accepted = 0;
        world_run(w, 300 * w->interval);
        unsigned used = world_percent_used(w, w->accepted, 300 * w->interval);
        if (used < 98 || w->refusals != before)
            print_error("%d ms, %d in 10 s: %u %% used, %u refused\n", (int)ms, (int)w->max, used,
                        w->refusals - before);
        assert_in_range(used, 98, 100);
        assert_int_equal(w->refusals, before);
        world_check_windows(w);
        calls += w->accepted;
        w->accepted = 0;
    }
    assert_false(w->imagined);
}

/* ---------------------------------------------------------------- new tokens */

static struct world *world_of_tokens(uint64_t seed, int64_t max, int64_t latency)
{
    struct world *w = world_new(seed, max, latency, 40);
    w->interval = 1000;
    w->silent = w->taught = true;
    hubspot_limit_init(&w->limit, HUBSPOT_BUDGET_TOKENS);
    return w;
}

/* C8: hundreds of accounts are refreshed, and no answer says how many HubSpot takes in a second.
 * The first refusals say it: no more follow within the hour, and what HubSpot takes is used. */
static void check_taught(struct world *w, int64_t max, int64_t latency)
{
    world_run(w, 30000);
    unsigned burst = w->refusals, before = w->accepted;
    int64_t for_ms = test_in_valgrind() ? 180000 : 1800000;
    world_run(w, for_ms);
    unsigned used = world_percent_used(w, w->accepted - before, for_ms),
             later = w->refusals - burst;
    unsigned at_least = max > 10 ? 55 : latency > 50 ? 65 : 90;
    bool exact = burst <= (max < 10 ? 10 - max : 0) && later == 0 && used >= at_least &&
                 w->limit.max == (max < 10 ? max : 10);
    if (!exact)
        print_error("%d in a second, %d ms: learnt %u, %u %% used, refused %u and %u\n", (int)max,
                    (int)latency, w->limit.max, used, burst, later);
    assert_true(exact);
    world_check_windows(w);
}

static void test_tokens_are_taught_by_refusals(void **state)
{
    (void)state;
    static const int64_t latencies[] = {0, 50, 400};
    for (int64_t max = 1; max <= 12; max++) {
        for (size_t i = 0; i < TEST_COUNT(latencies); i++)
            check_taught(world_of_tokens((uint64_t)max * 10 + i, max, latencies[i]), max,
                         latencies[i]);
    }
}

/* Where the way takes longer than the window lasts, no count is exact: less is learnt, and never
 * too much. */
static void test_tokens_slow(void **state)
{
    (void)state;
    for (int64_t max = 1; max <= 10; max++) {
        struct world *w = world_of_tokens((uint64_t)max, max, 3000);
        world_run(w, 1800000);
        assert_true(w->limit.max >= (uint32_t)max);
        assert_true(w->refusals <= 10 + w->accepted / 50);
    }
}

/* What was learnt is tried again after an hour without a refusal, for HubSpot may take more by
 * then.
 */
static void test_a_lesson_is_forgotten(void **state)
{
    (void)state;
    struct world *w = world_of_tokens(1, 3, 50);
    world_run(w, 60000);
    assert_int_equal(w->limit.max, 3);
    assert_true(hubspot_limit_known(&w->limit, w->now));
    w->max = 10;
    world_run(w, 3600000);
    assert_int_equal(w->limit.max, 10);
    assert_false(hubspot_limit_known(&w->limit, w->now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never_too_many),
        cmocka_unit_test(test_never_too_many_slow),
        cmocka_unit_test(test_saturates),
        cmocka_unit_test(test_any_latency),
        cmocka_unit_test(test_latency_changes),
        cmocka_unit_test(test_limit_changes),
        cmocka_unit_test(test_days_of_work),
        cmocka_unit_test(test_tokens_are_taught_by_refusals),
        cmocka_unit_test(test_tokens_slow),
        cmocka_unit_test(test_a_lesson_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
