/* The plan of a parallel export against a model of HubSpot's list: whatever the ids are, whoever
 * answers first, each row is delivered once, and few requests are wasted. */
#include "test_support.h"

#include "crm_range.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 100
#define MOST_ROWS 20000

/* A list of ids, and how its cursors are. */
struct list {
    int64_t ids[MOST_ROWS];
    size_t count;
    bool last_id; /* the cursor names the last id of the page and not the one after it */
};

struct asked {
    bool under_way;
    int64_t after; /* the cursor; -1: none */
};

struct model {
    struct list list;
    struct crm_ranges ranges;
    struct asked asked[CRM_RANGES];
    unsigned char delivered[MOST_ROWS];
    size_t requests, opened;
    size_t most_readers;
};

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

/* ------------------------------------------------------------------ lists */

/* Ids as portals have them: dense or sparse, old small ones and new large ones, with gaps. */
static void make_list(struct list *l, size_t count)
{
    int64_t id = (int64_t)draw(1000), step = 1 + (int64_t)draw(100000);

    l->count = count;
    l->last_id = draw(2);
    for (size_t i = 0; i < count; i++) {
        if (draw(2000) == 0)
            step = 1 + (int64_t)draw(10000000);
        if (draw(3000) == 0)
            id += (int64_t)draw(1000000000) * 100;
        id += 1 + (int64_t)draw((uint64_t)step);
        l->ids[i] = id;
    }
}

/* The page after a cursor: indexes, and whether there is more. */
static size_t page_of(const struct list *l, int64_t after, size_t *ret_until)
{
    size_t from = 0, end = after >= 0 ? l->count : 0;

    while (from < end) { /* the first id after it, or at it */
        size_t middle = from + (end - from) / 2;

        if (l->last_id ? l->ids[middle] <= after : l->ids[middle] < after)
            from = middle + 1;
        else
            end = middle;
    }
    *ret_until = l->count - from > PAGE ? from + PAGE : l->count;
    return from;
}

/* ------------------------------------------------------------------ a run */

static void ask(struct model *m)
{
    for (size_t i = 0; i < CRM_RANGES; i++) {
        if (!m->ranges.at[i].open || m->asked[i].under_way)
            continue;
        m->asked[i].under_way = true;
        m->asked[i].after = m->ranges.at[i].next - 1;
        if (!m->ranges.at[i].fresh && !m->list.last_id) /* the list's own cursor */
            m->asked[i].after++;
    }
}

static void deliver(struct model *m, size_t i)
{
    size_t until, from = page_of(&m->list, m->asked[i].after, &until), first, end;
    char cursor[32] = "";
    struct crm_range_page page = {m->list.ids + from, until - from, until < m->list.count, cursor};

    if (page.more)
        snprintf(cursor, sizeof(cursor), "%lld",
                 (long long)m->list.ids[until - 1] + (m->list.last_id ? 0 : 1));
    m->asked[i].under_way = false;
    m->requests++;
    assert_null(crm_ranges_check(&m->ranges, i, &page));
    for (size_t k = from; k < until; k++) /* crm_ranges_want() says the same */
        assert_int_equal(crm_ranges_want(&m->ranges, m->list.ids[k]), m->delivered[k] == 0);
    crm_ranges_take(&m->ranges, i, &page, &first, &end);
    for (size_t k = first; k < end; k++)
        m->delivered[from + k]++;
}

/* Someone who is under way; CRM_RANGES: nobody is. */
static size_t anyone(const struct model *m)
{
    size_t candidates[CRM_RANGES], n = 0;

    for (size_t i = 0; i < CRM_RANGES; i++) {
        if (m->asked[i].under_way)
            candidates[n++] = i;
    }
    return n > 0 ? candidates[draw(n)] : CRM_RANGES;
}

static size_t readers(const struct model *m)
{
    size_t n = 0;

    for (size_t i = 0; i < CRM_RANGES; i++)
        n += m->ranges.at[i].open;
    return n;
}

static void step(struct model *m)
{
    if (readers(m) < m->most_readers)
        m->opened += crm_ranges_split(&m->ranges, m->most_readers - readers(m));
    assert_true(readers(m) <= m->most_readers);
    ask(m);
    deliver(m, anyone(m));
}

static void begin(struct model *m, size_t rows, size_t most_readers, int64_t hint)
{
    memset(m, 0, sizeof(*m));
    m->most_readers = most_readers;
    make_list(&m->list, rows);
    crm_ranges_init(&m->ranges);
    if (hint > 0 && rows > 0)
        crm_ranges_hint(&m->ranges, m->list.ids[rows * (size_t)hint / 100 - (hint == 100)],
                        (int64_t)rows * hint / 100);
}

static void every_row_once(const struct model *m)
{
    for (size_t i = 0; i < m->list.count; i++)
        assert_int_equal(m->delivered[i], 1);
}

static struct model model;

static void each_row_comes_once(void **state)
{
    static const int64_t hints[] = {0, 100, 99, 50};

    (void)state;
    for (unsigned run = 0; run < 400; run++) {
        size_t rows = run % 10 ? draw(MOST_ROWS) : draw(3) * PAGE;

        seed = run;
        begin(&model, rows, 1 + draw(CRM_RANGES), hints[run % 4]);
        while (!crm_ranges_done(&model.ranges))
            step(&model);
        every_row_once(&model);
        assert_int_equal(anyone(&model), CRM_RANGES);
        /* A range costs the rest of a page, and a look at what follows where that was a whole one.
         */
        assert_true(model.requests <= rows / PAGE + 2 + model.opened + model.opened / 8);
        assert_true(model.most_readers > 1 || model.opened == 0);
    }
}

/* With a hint and even ids the pieces are of one size from the first moment on, a little less than
 * whole pages, so that next to no request is lost at their ends. */
static void readers_share_evenly(void **state)
{
    (void)state;
    memset(&model, 0, sizeof(model));
    model.most_readers = 11;
    model.list.count = 11000;
    for (size_t i = 0; i < model.list.count; i++)
        model.list.ids[i] = INT64_C(100000000000) + (int64_t)i * 7;
    crm_ranges_init(&model.ranges);
    crm_ranges_hint(&model.ranges, model.list.ids[10999], 11000);
    step(&model);
    assert_int_equal(crm_ranges_left(&model.ranges), 109);
    assert_in_range(crm_ranges_split(&model.ranges, 10), 9, 10);
    for (size_t i = 0; i <= 10; i++)
        if (model.ranges.at[i].open && model.ranges.at[i].end != CRM_RANGE_END)
            assert_in_range(model.ranges.at[i].end - model.ranges.at[i].next, 10.5 * 700,
                            10.9 * 700);
    while (!crm_ranges_done(&model.ranges))
        step(&model);
    every_row_once(&model);
    assert_true(model.requests <= 110 + 11);
}

/* Nobody knows how far the list goes: scouts find it, and the work is shared soon, without too many
 * requests into the void. */
static void scouts_find_the_end(void **state)
{
    size_t reading = 0, requests = 0;

    (void)state;
    for (unsigned run = 0; run < 100; run++) {
        seed = run;
        begin(&model, 10000, 16, 0);
        while (!crm_ranges_done(&model.ranges)) {
            step(&model);
            if (model.requests == 50)
                reading += readers(&model);
        }
        every_row_once(&model);
        requests += model.requests;
    }
    assert_true(reading > 100 * 6);
    assert_true(requests < 100 * 170);
}

/* ------------------------------------------------------------------ lists that are none of ids */

static const char *check(const int64_t *ids, size_t count, const char *cursor, int64_t next)
{
    struct crm_ranges r;
    const struct crm_range_page page = {ids, count, cursor != NULL, cursor};

    crm_ranges_init(&r);
    r.at[0].next = next;
    return crm_ranges_check(&r, 0, &page);
}

static void what_does_not_fit_is_seen(void **state)
{
    const int64_t good[] = {5, 7, 9}, twice[] = {5, 7, 7}, mixed[] = {5, 9, 7};

    (void)state;
    assert_null(check(good, 3, NULL, 0));
    assert_null(check(good, 3, "9", 5));
    assert_null(check(good, 3, "10", 6)); /* one too early: a cursor that names the last id */
    assert_null(check(good, 0, NULL, 5));
    assert_non_null(check(good, 3, "10", 7)); /* `after` is no id, or was ignored */
    assert_non_null(check(twice, 3, NULL, 0));
    assert_non_null(check(mixed, 3, NULL, 0));
    assert_non_null(check(good, 0, "10", 0));
    assert_non_null(check(good, 3, "11", 0));
    assert_non_null(check(good, 3, "8", 0));
    assert_non_null(check(good, 3, "NTI1Cg==", 0));
    assert_non_null(check(good, 3, "", 0));
}

/* At any moment the parallel reading may be given up: who then reads the whole list from its
 * beginning and takes what crm_ranges_want() says has every row once. */
static void one_cursor_can_take_over(void **state)
{
    (void)state;
    for (unsigned run = 0; run < 200; run++) {
        seed = run;
        begin(&model, draw(MOST_ROWS), 1 + draw(CRM_RANGES), run % 2 ? 100 : 0);
        for (size_t steps = draw(150); steps > 0 && !crm_ranges_done(&model.ranges); steps--)
            step(&model);
        for (size_t i = 0; i < model.list.count; i++)
            model.delivered[i] += crm_ranges_want(&model.ranges, model.list.ids[i]);
        every_row_once(&model);
    }
}

/* A hint may be anything. */
static void wild_hints_do_no_harm(void **state)
{
    static const int64_t hints[] = {0, 1, INT64_MAX - 1, INT64_C(1) << 62};

    (void)state;
    for (unsigned run = 0; run < 40; run++) {
        seed = run;
        begin(&model, 1 + draw(5000), CRM_RANGES, 0);
        crm_ranges_hint(&model.ranges, hints[run % 4], hints[run / 4 % 4]);
        while (!crm_ranges_done(&model.ranges))
            step(&model);
        every_row_once(&model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_comes_once),      cmocka_unit_test(readers_share_evenly),
        cmocka_unit_test(scouts_find_the_end),      cmocka_unit_test(what_does_not_fit_is_seen),
        cmocka_unit_test(one_cursor_can_take_over), cmocka_unit_test(wild_hints_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
