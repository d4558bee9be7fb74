/* The queue in front of HubSpot: who goes first, who is left how much. */
#include "bed.h"

#include "broker_queue.h"
#include "loop.h"

#define MOST 300

struct run {
    struct bed bed;
    struct broker_lane *lane;
    char order[MOST + 1]; /* i: an interactive call left, b: a bulk one */
    int64_t left_at[MOST];
    size_t left;
    bool keep; /* calls stay in flight */
};

struct one {
    struct run *run;
    char kind;
};

static void on_turn(void *arg, int64_t departed)
{
    const struct one *o = arg;
    struct run *r = o->run;

    assert_true(r->left < MOST);
    r->left_at[r->left] = departed;
    r->order[r->left++] = o->kind;
    if (!r->keep)
        broker_queue_answered(r->lane, departed, departed, departed, &HUBSPOT_LIMIT_HEADERS_NONE);
}

static void make(struct run *r, enum hubspot_budget budget)
{
    *r = (struct run){0};
    bed_make(&r->bed);
    r->lane = broker_queue_lane(r->bed.broker, BED_ACCOUNT, budget);
    assert_non_null(r->lane);
    assert_ptr_equal(broker_queue_lane(r->bed.broker, BED_ACCOUNT, budget), r->lane);
}

static void join(struct run *r, struct one *o, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_non_null(broker_queue_join(r->lane, o->kind == 'b', on_turn, o));
}

static void test_interactive_first_but_not_always(void **state)
{
    (void)state;
    struct run r;
    struct one bulk = {&r, 'b'}, interactive = {&r, 'i'};

    make(&r, HUBSPOT_BUDGET_SEARCH);
    join(&r, &bulk, 3);
    join(&r, &interactive, 10);
    assert_int_equal(r.left, 0); /* only from the loop */
    bed_run(&r.bed);
    assert_string_equal(r.order, "iiiibiiiibiib");
    bed_free(&r.bed);
}

static void test_search_has_a_budget_of_its_own(void **state)
{
    (void)state;
    struct run r;
    struct one interactive = {&r, 'i'};

    make(&r, HUBSPOT_BUDGET_SEARCH);
    assert_ptr_not_equal(broker_queue_lane(r.bed.broker, BED_ACCOUNT, HUBSPOT_BUDGET_CALLS),
                         r.lane);
    join(&r, &interactive, 40);
    bed_run(&r.bed);
    assert_int_equal(r.left, 40);
    for (size_t i = 5; i < r.left; i++) /* HubSpot: 5 in a second */
        assert_true(r.left_at[i] - r.left_at[i - 5] >= 1000);
    assert_true(r.left_at[39] - r.left_at[0] <= 10500);
    bed_free(&r.bed);
}

static size_t left_at_once(unsigned reserve_percent, char kind)
{
    struct run r;
    struct one o = {&r, kind};
    struct broker_pace pace = {.reserve_percent = reserve_percent};
    size_t n = 0;

    make(&r, HUBSPOT_BUDGET_CALLS);
    broker_set_pace(r.bed.broker, &pace);
    join(&r, &o, 120);
    bed_run(&r.bed);
    assert_int_equal(r.left, 120);
    while (n < r.left && r.left_at[n] == r.left_at[0])
        n++;
    bed_free(&r.bed);
    return n;
}

/* Bulk work leaves a place to interactive calls, and what --reserve says to others. */
static void test_bulk_leaves_places(void **state)
{
    (void)state;
    assert_int_equal(left_at_once(0, 'i'), 100);
    assert_int_equal(left_at_once(0, 'b'), 99);
    assert_int_equal(left_at_once(20, 'b'), 79);
    assert_int_equal(left_at_once(20, 'i'), 100);
}

static void test_pace(void **state)
{
    (void)state;
    struct run r;
    struct one bulk = {&r, 'b'}, interactive = {&r, 'i'};
    struct broker_pace pace = {.least_gap_ms = 500};

    make(&r, HUBSPOT_BUDGET_CALLS);
    broker_set_pace(r.bed.broker, &pace);
    join(&r, &bulk, 5);
    bed_run(&r.bed);
    for (size_t i = 1; i < r.left; i++)
        assert_int_equal(r.left_at[i] - r.left_at[i - 1], 500);
    join(&r, &interactive, 2);
    bed_run(&r.bed);
    assert_int_equal(r.left_at[6] - r.left_at[4], 0);
    bed_free(&r.bed);
}

static void test_a_refusal_holds_the_lane(void **state)
{
    (void)state;
    struct run r;
    struct one interactive = {&r, 'i'};
    struct hubspot_limit look;

    make(&r, HUBSPOT_BUDGET_CALLS);
    join(&r, &interactive, 1);
    bed_run(&r.bed);
    broker_queue_throttled(r.lane, 7000);
    join(&r, &interactive, 1);
    bed_run(&r.bed);
    assert_true(r.left_at[1] - r.left_at[0] >= 7000);
    broker_queue_look(r.lane, &look);
    assert_int_equal(look.throttled, 1);
    assert_non_null(strstr(r.bed.notices, "waiting 7.0 s"));
    bed_free(&r.bed);
}

static void test_a_place_can_be_left(void **state)
{
    (void)state;
    struct run r;
    struct one interactive = {&r, 'i'};

    make(&r, HUBSPOT_BUDGET_SEARCH);
    struct broker_ticket *t = broker_queue_join(r.lane, false, on_turn, &interactive);
    assert_non_null(t);
    join(&r, &interactive, 1);
    broker_queue_leave(t);
    broker_queue_leave(NULL);
    bed_run(&r.bed);
    assert_int_equal(r.left, 1);
    bed_free(&r.bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interactive_first_but_not_always),
        cmocka_unit_test(test_search_has_a_budget_of_its_own),
        cmocka_unit_test(test_bulk_leaves_places),
        cmocka_unit_test(test_pace),
        cmocka_unit_test(test_a_refusal_holds_the_lane),
        cmocka_unit_test(test_a_place_can_be_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
