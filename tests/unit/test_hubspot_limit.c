#include "test_support.h"

#include "hubspot_limit.h"

#define OURS 7

static const struct hubspot_limit_headers none = {-1, -1, -1, -1, -1};

static void test_by_hand(void **state)
{
    (void)state;
    struct hubspot_limit w;
    hubspot_limit_init(&w, HUBSPOT_BUDGET_CALLS);
    assert_int_equal(w.max, 100);
    assert_int_equal(w.interval_ms, 10000);
    assert_int_equal(w.daily_remaining, -1);
    w.max = 2;
    w.margin_ms = 50;
    assert_int_equal(hubspot_limit_next(&w, 1000, 0), 1000);
    hubspot_limit_departed(&w, 1000, OURS);
    assert_int_equal(hubspot_limit_next(&w, 1000, 0), 1000);
    hubspot_limit_departed(&w, 1000, OURS);
    assert_int_equal(hubspot_limit_used(&w, 1000), 2);
    assert_int_equal(hubspot_limit_next(&w, 1100, 0), 1100 + 10050); /* both may arrive only now */
    hubspot_limit_answered(&w, &(struct hubspot_trip){OURS, 1000, 1000, 1200}, 1200, &none);
    assert_int_equal(hubspot_limit_next(&w, 1300, 0), 1200 + 10050);
    hubspot_limit_lost(&w, OURS, 1000, 1400);
    assert_int_equal(hubspot_limit_next(&w, 1500, 0), 1200 + 10050);
    assert_int_equal(hubspot_limit_used(&w, 1200 + 10049), 2);
    assert_int_equal(hubspot_limit_used(&w, 1200 + 10050), 1);
    assert_int_equal(hubspot_limit_used(&w, 1400 + 10050), 0);
    assert_int_equal(hubspot_limit_next(&w, 1200 + 10050, 0), 1200 + 10050);
    hubspot_limit_lost(&w, OURS, 0,
                       99); /* more answers than calls, and a clock that steps back: no harm */
    assert_int_equal(w.in_flight, 0);
    assert_int_equal(hubspot_limit_next(&w, 1500, 0), 1400 + 10050);
}

static void test_throttled(void **state)
{
    (void)state;
    struct hubspot_limit w;
    hubspot_limit_init(&w, HUBSPOT_BUDGET_CALLS);
    w.margin_ms = 0;
    hubspot_limit_throttled(&w, 1000, -1, true);
    assert_int_equal(hubspot_limit_next(&w, 1000, 0), 11000);
    hubspot_limit_throttled(&w, 1000, 500,
                            true); /* a shorter wait does not shorten the longer one */
    assert_int_equal(hubspot_limit_next(&w, 1000, 0), 11000);
    hubspot_limit_throttled(&w, 1000, 60000, true);
    assert_int_equal(hubspot_limit_next(&w, 1000, 0), 61000);
    assert_int_equal(hubspot_limit_next(&w, 61000, 0), 61000);
    assert_int_equal(hubspot_limit_next(&w, 70000, 0), 70000);
}

/* Where answers have told of others, a refusal of the full window costs half of it, and the whole
 * when that was too short. */
static void test_throttled_where_others_are_known(void **state)
{
    (void)state;
    const struct hubspot_limit_headers told = {110, 100, 10000, -1, -1};
    struct hubspot_limit w;
    hubspot_limit_init(&w, HUBSPOT_BUDGET_CALLS);
    w.margin_ms = 0;
    hubspot_limit_throttled(&w, 20000, -1, true); /* nobody is known */
    assert_int_equal(w.blocked_until, 30000);
    hubspot_limit_answered(&w, &(struct hubspot_trip){OURS, 40000, 40000, 40000}, 40000, &told);
    assert_int_equal(w.others_now, 9);
    hubspot_limit_throttled(&w, 40000, -1, false); /* another limit */
    assert_int_equal(w.blocked_until, 50000);
    hubspot_limit_throttled(&w, 60000, -1, true);
    assert_int_equal(w.blocked_until, 65000);
    hubspot_limit_throttled(&w, 60500, -1, true); /* this one was under way as well */
    assert_int_equal(w.blocked_until, 65500);
    hubspot_limit_throttled(&w, 66000, -1, true); /* again */
    assert_int_equal(w.blocked_until, 76000);
    hubspot_limit_throttled(&w, 66500, -1, true);
    assert_int_equal(w.blocked_until, 76000);
}

/* C8: a refusal for another limit tells nothing of who is in this window: after it calls leave as
 * before. */
static void test_refused_for_another_limit(void **state)
{
    (void)state;
    const struct hubspot_limit_headers first = {110, 109, 10000, -1, -1};
    for (int full = 0; full < 2; full++) {
        struct hubspot_limit w;
        hubspot_limit_init(&w, HUBSPOT_BUDGET_CALLS);
        hubspot_limit_departed(&w, 1000, OURS);
        hubspot_limit_answered(&w, &(struct hubspot_trip){OURS, 1000, 1000, 1200}, 1200, &first);
        hubspot_limit_throttled(&w, 1200, 1000, full);
        assert_int_equal(w.throttled, 1);
        hubspot_limit_departed(&w, 2200, OURS);
        assert_int_equal(hubspot_limit_next(&w, 2200, 0), full ? 2200 + 10025 : 2200);
    }
}

static void send(struct hubspot_limit *w, int64_t now, int count)
{
    for (int i = 0; i < count; i++)
        hubspot_limit_departed(w, now, OURS);
}

static void refuse(struct hubspot_limit *w, int64_t departed, int64_t now, int64_t wait_ms)
{
    hubspot_limit_answered(w, &(struct hubspot_trip){OURS, departed, departed, now}, now, &none);
    hubspot_limit_taught(w, now);
    hubspot_limit_throttled(w, now, wait_ms, false);
}

/* C8: of ten calls that are under way together four are refused: six fit. */
static void test_refusals_teach(void **state)
{
    (void)state;
    struct hubspot_limit w;
    hubspot_limit_init(&w, HUBSPOT_BUDGET_TOKENS);
    assert_int_equal(w.interval_ms, 1000);
    assert_false(hubspot_limit_known(&w, 5000));
    send(&w, 5000, 10);
    assert_true(hubspot_limit_next(&w, 5000, 0) > 5000);
    refuse(&w, 5000, 5100, -1);
    assert_int_equal(w.max, 9);
    refuse(&w, 5000, 5110, -1);
    hubspot_limit_answered(&w, &(struct hubspot_trip){OURS, 5000, 5000, 5120}, 5120, &none);
    refuse(&w, 5000, 5130, -1);
    refuse(&w, 5000, 5140, -1);
    assert_int_equal(w.max, 6);
    assert_true(hubspot_limit_known(&w, 5140));
    assert_int_equal(hubspot_limit_next(&w, 9000, 0), 9000);
    /* What HubSpot says itself counts for more, and no refusal changes it. */
    const struct hubspot_limit_headers told = {20, 19, 1000, -1, -1};
    hubspot_limit_answered(&w, &(struct hubspot_trip){OURS, 5000, 5000, 5150}, 5150, &told);
    assert_int_equal(w.max, 20);
    refuse(&w, 5000, 5160, -1);
    assert_int_equal(w.max, 20);
}

/* Of `count` calls that leave at `now` one is refused; the others count as arrived. */
static void refuse_one_of(struct hubspot_limit *w, int64_t now, int count)
{
    send(w, now, count);
    for (int i = 1; i < count; i++)
        hubspot_limit_answered(w, &(struct hubspot_trip){OURS, now, now, now + 40}, now + 40,
                               &none);
    refuse(w, now, now + 50, 0);
    assert_int_equal(w->max, count - 1);
}

static void assert_lasts(struct hubspot_limit *w, int64_t refused, int64_t ms)
{
    assert_true(hubspot_limit_known(w, refused + ms - 1));
    assert_false(hubspot_limit_known(w, refused + ms));
    (void)hubspot_limit_next(w, refused + ms, 0);
    assert_int_equal(w->max, 10);
}

/* C8: one of two calls may be refused for many a reason. What is learnt of so few is tried again
 * within seconds, and counts for an hour when it is learnt again at once. */
static void test_a_lesson_of_few_is_short(void **state)
{
    (void)state;
    static const int64_t ms[] = {5000, 20000, 3600000, 3600000};
    struct hubspot_limit w;
    int64_t now = 5000;
    for (size_t i = 0; i < TEST_COUNT(ms); i++) { /* of more calls it is surer */
        hubspot_limit_init(&w, HUBSPOT_BUDGET_TOKENS);
        refuse_one_of(&w, 5000, (int)i + 2);
        assert_lasts(&w, 5050, ms[i]);
    }
    hubspot_limit_init(&w, HUBSPOT_BUDGET_TOKENS);
    for (size_t i = 0; i < 3; i++) {
        refuse_one_of(&w, now, 2);
        assert_lasts(&w, now + 50, ms[i]);
        now += 50 + ms[i] + 30000;
    }
    for (int i = 0; i < 3; i++) { /* what comes now and then is no limit */
        now += 60100;
        refuse_one_of(&w, now, 2);
        assert_lasts(&w, now + 50, 5000);
    }
}

/* A call that was alone was refused for others' sake: it waits, and learns nothing. So does one
 * that a person sends into a pause; once it is served the pause is over. */
static void test_a_refusal_of_one(void **state)
{
    (void)state;
    struct hubspot_limit w;
    hubspot_limit_init(&w, HUBSPOT_BUDGET_TOKENS);
    for (int64_t now = 5000; now < 10000; now += 1100) {
        send(&w, now, 1);
        refuse(&w, now, now + 50, -1);
    }
    assert_int_equal(w.max, 10);
    send(&w, 20000, 2);
    refuse(&w, 20000, 20050, 600000);
    assert_int_equal(w.max, 1);
    hubspot_limit_throttled(&w, 20060, 600000, false); /* another limit's, which teaches nothing */
    hubspot_limit_served(&w, 20055);                   /* it left before */
    assert_int_equal(hubspot_limit_next(&w, 30000, 0), 620060);
    assert_int_equal(hubspot_limit_room(&w, 30000, 0), 30000 + 1025); /* the other is under way */
    hubspot_limit_lost(&w, OURS, 20000, 30000);
    assert_int_equal(hubspot_limit_room(&w, 40000, 0), 40000);
    send(&w, 40000, 1);
    hubspot_limit_answered(&w, &(struct hubspot_trip){OURS, 40000, 40000, 40050}, 40050, &none);
    hubspot_limit_served(&w, 40000);
    assert_int_equal(hubspot_limit_next(&w, 45000, 0), 45000);
}

/* Absurd headers change nothing; a maximum above the ring is cut to it. */
static void test_absurd_headers(void **state)
{
    (void)state;
    static const struct hubspot_limit_headers absurd[] = {{0, -1, 0, -1, -1},
                                                          {-5, -7, -10, -1, -1},
                                                          {-1, -1, INT64_MAX, -1, -1},
                                                          {-1, INT64_MAX, -1, -1, -1}};
    struct hubspot_limit w;
    hubspot_limit_init(&w, HUBSPOT_BUDGET_CALLS);
    for (size_t i = 0; i < TEST_COUNT(absurd); i++) {
        hubspot_limit_departed(&w, 0, OURS);
        hubspot_limit_answered(&w, &(struct hubspot_trip){OURS, 0, 0, 1}, 1, &absurd[i]);
        assert_int_equal(w.max, 100);
        assert_int_equal(w.interval_ms, 10000);
    }
    /* Nor does an answer that a later call's has overtaken. */
    const struct hubspot_limit_headers lowered = {80, 70, 10000, -1, -1};
    const struct hubspot_limit_headers before = {190, 180, 10000, -1, -1};
    hubspot_limit_init(&w, HUBSPOT_BUDGET_CALLS);
    hubspot_limit_answered(&w, &(struct hubspot_trip){OURS, 50, 50, 60}, 60, &lowered);
    hubspot_limit_answered(&w, &(struct hubspot_trip){OURS, 40, 40, 70}, 70, &before);
    assert_int_equal(w.max, 80);
    hubspot_limit_init(&w, HUBSPOT_BUDGET_CALLS);
    const struct hubspot_limit_headers large = {1000000, 999999, 10000, 250000, 249999};
    hubspot_limit_departed(&w, 0, OURS);
    hubspot_limit_answered(&w, &(struct hubspot_trip){OURS, 0, 0, 1}, 1, &large);
    assert_int_equal(w.max, HUBSPOT_LIMIT_CALLS);
    assert_int_equal(w.daily_remaining, 249999);
    for (unsigned i = 0; i < 2000; i++) { /* the ring turns over */
        hubspot_limit_departed(&w, i, OURS);
        hubspot_limit_answered(&w, &(struct hubspot_trip){OURS, i, i, i}, i, &none);
    }
    assert_int_equal(w.count, HUBSPOT_LIMIT_CALLS);
    assert_int_equal(hubspot_limit_used(&w, 2000), HUBSPOT_LIMIT_CALLS);
    assert_int_equal(hubspot_limit_next(&w, 2000, 0),
                     2000 - HUBSPOT_LIMIT_CALLS + 10000 + w.margin_ms);
}

static void test_budgets(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        enum hubspot_budget budget;
    } cases[] = {
        {"POST", "/crm/v3/objects/contacts/search", HUBSPOT_BUDGET_SEARCH},
        {"POST", "/crm/objects/2026-03/0-1/search?x=/a", HUBSPOT_BUDGET_SEARCH},
        {"GET", "/crm/objects/2026-03/contacts/search", HUBSPOT_BUDGET_CALLS},
        {"POST", "/crm/lists/2026-03/search", HUBSPOT_BUDGET_CALLS},
        {"POST", "/crm/objects/2026-03/contacts/batch/read", HUBSPOT_BUDGET_CALLS},
        {"POST", "/crm/objects/2026-03/contacts?q=/search", HUBSPOT_BUDGET_CALLS},
        {"POST", "/cms/search", HUBSPOT_BUDGET_CALLS},
        {"POST", "/search", HUBSPOT_BUDGET_CALLS},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++)
        assert_int_equal(hubspot_budget_of(cases[i].method, base_span_of(cases[i].path)),
                         cases[i].budget);
    struct hubspot_limit w;
    hubspot_limit_init(&w, HUBSPOT_BUDGET_SEARCH);
    assert_true(w.max <= 5);
    assert_int_equal(w.interval_ms, 1000);
}

/* Places that are left to others; one call may always leave, or nothing ever would. */
static void test_spare(void **state)
{
    (void)state;
    struct hubspot_limit w;
    hubspot_limit_init(&w, HUBSPOT_BUDGET_CALLS);
    for (int i = 0; i < 80; i++)
        hubspot_limit_departed(&w, 1000, OURS);
    assert_int_equal(hubspot_limit_next(&w, 1000, 19), 1000);
    assert_true(hubspot_limit_next(&w, 1000, 20) > 1000);
    struct hubspot_limit empty;
    hubspot_limit_init(&empty, HUBSPOT_BUDGET_CALLS);
    assert_int_equal(hubspot_limit_next(&empty, 1000, 4000), 1000);
    hubspot_limit_departed(&empty, 1000, OURS);
    assert_true(hubspot_limit_next(&empty, 1000, 4000) > 1000);
}

static bool only_ours_lives(int64_t owner)
{
    return owner == OURS;
}

/* R1: a process that was killed does not keep its places for ever. */
static void test_the_dead_are_buried(void **state)
{
    (void)state;
    struct hubspot_limit w;
    hubspot_limit_init(&w, HUBSPOT_BUDGET_CALLS);
    hubspot_limit_departed(&w, 1000, OURS);
    for (int i = 0; i < 10; i++)
        hubspot_limit_departed(&w, 1000, OURS + 1);
    hubspot_limit_bury(&w, 3000, only_ours_lives);
    assert_int_equal(w.in_flight, 1);
    assert_int_equal(hubspot_limit_used(&w, 3000), 11); /* they may have arrived just now */
    assert_int_equal(hubspot_limit_used(&w, 3000 + 11000), 1);
    /* An answer that never comes, though its process lives. */
    assert_int_equal(hubspot_limit_next(&w, 1000000, 0), 1000000);
    assert_int_equal(w.in_flight, 0);
}

/* What another process wrote, or a write that was cut short. */
static void test_sane(void **state)
{
    (void)state;
    struct hubspot_limit w, bad;
    hubspot_limit_init(&w, HUBSPOT_BUDGET_CALLS);
    assert_true(hubspot_limit_sane(&w, 5000));
    hubspot_limit_departed(&w, 1000, OURS);
    hubspot_limit_departed(&w, 1000, OURS);
    hubspot_limit_answered(&w, &(struct hubspot_trip){OURS, 1000, 1000, 1200}, 1200, &none);
    assert_true(hubspot_limit_sane(&w, 5000));
    assert_false(hubspot_limit_sane(&w, 500)); /* of another start of the machine */
#define BAD(change)                                                                                \
    bad = w;                                                                                       \
    bad.change;                                                                                    \
    assert_false(hubspot_limit_sane(&bad, 5000))
    BAD(head = HUBSPOT_LIMIT_CALLS);
    BAD(count = HUBSPOT_LIMIT_CALLS + 1);
    BAD(in_flight = HUBSPOT_LIMIT_FLIGHTS + 1);
    BAD(max = 0);
    BAD(max = HUBSPOT_LIMIT_CALLS + 1);
    BAD(interval_ms = 0);
    BAD(interval_ms = INT64_MAX);
    BAD(margin_ms = -1);
    BAD(flight_ms = 0);
    BAD(flight_ms = INT64_MAX);
    BAD(blocked_until = INT64_C(1) << 60);
    BAD(shortest_now = -1);
    BAD(excess_x16 = -1);
    /* Whose differences would overflow. */
    BAD(excess_x16 = INT64_MAX);
    BAD(shortest_before = INT64_MAX);
    BAD(blocked_until = INT64_MIN);
    BAD(told_at = INT64_MIN);
    BAD(learnt_sent = INT64_MIN);
    BAD(crowded_since = INT64_MIN);
    BAD(others_since = INT64_MIN);
    BAD(others_now = HUBSPOT_LIMIT_CALLS + 1);
    BAD(others_before = UINT32_MAX);
    BAD(trips_since = INT64_MIN);
    BAD(refused_at = INT64_MIN);
    BAD(untaught = HUBSPOT_LIMIT_CALLS + 1);
    BAD(lesson = 4);
    BAD(calls[w.head] = INT64_MIN);
    BAD(flights[0].departed = INT64_MIN);
    BAD(told_at = 6000);
    BAD(others_since = 6000);
    BAD(learnt_sent = 6000);
    BAD(crowded_since = 6000);
    BAD(trips_since = 6000);
    BAD(refused_at = 6000);
    BAD(calls[w.head] = 6000);
    BAD(flights[0].departed = 6000);
#undef BAD
}

static void test_header(void **state)
{
    (void)state;
    struct hubspot_limit_headers h = HUBSPOT_LIMIT_HEADERS_NONE;
    assert_true(hubspot_limit_header(&h, BASE_SPAN("X-HubSpot-RateLimit-Max"), BASE_SPAN("190")));
    assert_true(
        hubspot_limit_header(&h, BASE_SPAN("x-hubspot-ratelimit-remaining"), BASE_SPAN(" 0 ")));
    assert_true(hubspot_limit_header(&h, BASE_SPAN("X-Hubspot-Ratelimit-Interval-Milliseconds"),
                                     BASE_SPAN("10000")));
    assert_true(
        hubspot_limit_header(&h, BASE_SPAN("X-HubSpot-RateLimit-Daily"), BASE_SPAN("250000")));
    assert_true(hubspot_limit_header(&h, BASE_SPAN("X-HubSpot-RateLimit-Daily-Remaining"),
                                     BASE_SPAN("249999")));
    assert_int_equal(h.max, 190);
    assert_int_equal(h.remaining, 0);
    assert_int_equal(h.interval_ms, 10000);
    assert_int_equal(h.daily, 250000);
    assert_int_equal(h.daily_remaining, 249999);
    /* Deprecated, and not enforced. */
    assert_false(
        hubspot_limit_header(&h, BASE_SPAN("X-HubSpot-RateLimit-Secondly"), BASE_SPAN("19")));
    static const char *const bad[] = {"", "x", "-1", "1.5", "99999999999999999999", "1 2"};
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        assert_false(
            hubspot_limit_header(&h, BASE_SPAN("X-HubSpot-RateLimit-Max"), base_span_of(bad[i])));
    assert_int_equal(h.max, 190);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_throttled),
        cmocka_unit_test(test_throttled_where_others_are_known),
        cmocka_unit_test(test_refusals_teach),
        cmocka_unit_test(test_a_lesson_of_few_is_short),
        cmocka_unit_test(test_a_refusal_of_one),
        cmocka_unit_test(test_refused_for_another_limit),
        cmocka_unit_test(test_absurd_headers),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_budgets),
        cmocka_unit_test(test_spare),
        cmocka_unit_test(test_the_dead_are_buried),
        cmocka_unit_test(test_sane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
