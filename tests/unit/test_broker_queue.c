/* The queue in front of HubSpot: who goes first, who is left how much. */
#include "bed.h"

#include "broker_queue.h"
#include "loop.h"

#define MOST 300

struct run {
    struct bed bed;
    struct broker_lane *lane;
    char order[MOST + 1]; /* i: an interactive call left, b: a bulk one, p: a person's */
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

static enum broker_rank rank_of(char kind)
{
    return kind == 'b' ? BROKER_BULK : kind == 'i' ? BROKER_INTERACTIVE : BROKER_INSISTS;
}

static void join(struct run *r, struct one *o, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_non_null(broker_queue_join(r->lane, rank_of(o->kind), on_turn, o));
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
    /* R15: for each portal, over all apps. */
    assert_ptr_equal(broker_queue_lane(r.bed.broker, "shop/1234567", HUBSPOT_BUDGET_SEARCH),
                     r.lane);
    assert_ptr_not_equal(broker_queue_lane(r.bed.broker, "crm/7654321", HUBSPOT_BUDGET_SEARCH),
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
    broker_queue_throttled(r.lane, 7000, true);
    join(&r, &interactive, 1);
    bed_run(&r.bed);
    assert_true(r.left_at[1] - r.left_at[0] >= 7000);
    broker_queue_look(r.lane, &look);
    assert_int_equal(look.throttled, 1);
    assert_non_null(strstr(r.bed.notices, "waiting 7.0 s"));
    bed_free(&r.bed);
}

/* C8: a person who insists sits a short pause out, and no long one. The window holds for all. */
static void test_a_person_insists(void **state)
{
    (void)state;
    struct run r;
    struct one interactive = {&r, 'i'}, person = {&r, 'p'};
    int64_t began;

    make(&r, HUBSPOT_BUDGET_TOKENS);
    began = loop_now(r.bed.loop);
    broker_queue_throttled(r.lane, 2000, false);
    join(&r, &interactive, 1);
    join(&r, &person, 1);
    bed_run(&r.bed);
    assert_string_equal(r.order, "pi");
    assert_int_equal(r.left_at[0] - began, 2000);
    fake_time_pass(5000);
    join(&r, &interactive, 1);
    bed_run(&r.bed);
    fake_time_pass(5000);
    broker_queue_throttled(r.lane, 600000, false); /* that one alone: nothing is learnt */
    began = r.left_at[2] + 5000;
    join(&r, &interactive, 1);
    join(&r, &person, 15);
    bed_run(&r.bed);
    assert_string_equal(r.order, "piipppppppppppppppi");
    assert_true(r.left_at[3] - began < 100 && r.left_at[12] - began < 100);
    assert_in_range(r.left_at[13] - began, 1000, 1100);
    assert_true(r.left_at[18] - r.left_at[2] >= 600000);
    bed_free(&r.bed);
}

/* R1: HubSpot counts new tokens for the app. */
static void test_accounts_of_an_app_share_the_token_endpoint(void **state)
{
    (void)state;
    struct run r;

    make(&r, HUBSPOT_BUDGET_TOKENS);
    struct broker *b = r.bed.broker;
    assert_ptr_equal(broker_queue_lane(b, "crm", HUBSPOT_BUDGET_TOKENS), r.lane);
    assert_ptr_equal(broker_queue_lane(b, "crm/7654321", HUBSPOT_BUDGET_TOKENS), r.lane);
    assert_ptr_equal(broker_queue_lane(b, "crm/app-level", HUBSPOT_BUDGET_TOKENS), r.lane);
    assert_ptr_not_equal(broker_queue_lane(b, "shop/1234567", HUBSPOT_BUDGET_TOKENS), r.lane);
    assert_ptr_not_equal(broker_queue_lane(b, "1234567", HUBSPOT_BUDGET_TOKENS), r.lane);
    assert_ptr_not_equal(broker_queue_lane(b, BED_ACCOUNT, HUBSPOT_BUDGET_SEARCH), r.lane);
    bed_free(&r.bed);
}

static void test_a_place_can_be_left(void **state)
{
    (void)state;
    struct run r;
    struct one interactive = {&r, 'i'};

    make(&r, HUBSPOT_BUDGET_SEARCH);
    struct broker_ticket *t = broker_queue_join(r.lane, BROKER_INTERACTIVE, on_turn, &interactive);
    assert_non_null(t);
    join(&r, &interactive, 1);
    broker_queue_leave(t);
    broker_queue_leave(NULL);
    bed_run(&r.bed);
    assert_int_equal(r.left, 1);
    bed_free(&r.bed);
}

/* ------------------------------------------------------------------ several processes */

/* Two brokers over one vault, each with calls to make. What leaves is in the first's list. */
struct two {
    struct run run;
    struct bed second;
    struct broker_lane *lanes[2];
    struct one who[2];
};

static void on_turn_of_two(void *arg, int64_t departed)
{
    const struct one *o = arg;
    struct run *r = o->run;
    struct two *t = (struct two *)r;

    assert_true(r->left < MOST);
    r->left_at[r->left] = departed;
    r->order[r->left++] = o->kind;
    broker_queue_answered(t->lanes[o->kind - '0'], departed, departed, departed,
                          &HUBSPOT_LIMIT_HEADERS_NONE);
}

static void make_two(struct two *t, const char *second_account)
{
    memset(t, 0, sizeof(*t));
    bed_make(&t->run.bed);
    t->run.bed.store->folder = t->run.bed.dir.path;
    bed_second(&t->second, &t->run.bed);
    t->lanes[0] = broker_queue_lane(t->run.bed.broker, BED_ACCOUNT, HUBSPOT_BUDGET_CALLS);
    t->lanes[1] = broker_queue_lane(t->second.broker, second_account, HUBSPOT_BUDGET_CALLS);
    for (int i = 0; i < 2; i++) {
        assert_non_null(t->lanes[i]);
        t->who[i] = (struct one){&t->run, (char)('0' + i)};
        for (int n = 0; n < MOST / 2; n++)
            assert_non_null(
                broker_queue_join(t->lanes[i], BROKER_BULK, on_turn_of_two, &t->who[i]));
    }
}

static void free_two(struct two *t)
{
    bed_free(&t->second);
    bed_free(&t->run.bed);
}

/* R1: the processes of a user share what HubSpot allows. */
static void test_processes_share_a_budget(void **state)
{
    (void)state;
    static struct two t;
    struct run *r = &t.run;
    int ahead = 0;

    make_two(&t, BED_ACCOUNT);
    bed_run(&r->bed);
    assert_int_equal(r->left, MOST);
    for (size_t i = 100; i < r->left; i++)
        assert_true(r->left_at[i] - r->left_at[i - 100] >= 10000);
    /* Together they use 98 % of it at least: 99 of a hundred leave at once, three windows later the
     * last three. */
    assert_true(297 * 10000 >= 98 * (r->left_at[297] - r->left_at[0]));
    assert_true(r->left_at[r->left - 1] - r->left_at[0] <= 30100);
    for (size_t i = 0; i < r->left; i++) { /* and neither has it for itself */
        ahead += r->order[i] == '0' ? 1 : -1;
        assert_in_range(ahead + 100, 0, 200);
    }
    free_two(&t);
}

/* HubSpot counts for each account. */
static void test_accounts_share_nothing(void **state)
{
    (void)state;
    static struct two t;
    size_t n = 0;

    make_two(&t, "crm/7654321");
    bed_run(&t.run.bed);
    assert_int_equal(t.run.left, MOST);
    while (n < t.run.left && t.run.left_at[n] == t.run.left_at[0])
        n++;
    assert_int_equal(n, 2 * 99);
    free_two(&t);
}

/* A refusal that one has met holds the others as well. */
static void test_processes_share_a_refusal(void **state)
{
    (void)state;
    static struct two t;

    make_two(&t, BED_ACCOUNT);
    broker_queue_throttled(t.lanes[1], 7000, true);
    bed_run(&t.run.bed);
    assert_true(t.run.left_at[0] >= 7000);
    free_two(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interactive_first_but_not_always),
        cmocka_unit_test(test_search_has_a_budget_of_its_own),
        cmocka_unit_test(test_bulk_leaves_places),
        cmocka_unit_test(test_pace),
        cmocka_unit_test(test_a_refusal_holds_the_lane),
        cmocka_unit_test(test_a_person_insists),
        cmocka_unit_test(test_accounts_of_an_app_share_the_token_endpoint),
        cmocka_unit_test(test_a_place_can_be_left),
        cmocka_unit_test(test_processes_share_a_budget),
        cmocka_unit_test(test_accounts_share_nothing),
        cmocka_unit_test(test_processes_share_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
