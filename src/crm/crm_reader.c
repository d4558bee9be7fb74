#include "base_text.h"
#include "crm_export_int.h"
#include "crm_object.h"
#include "loop.h"

/* Where nothing waits for the limit, what is left is asked for within this part of the interval. */
#define RAMP_SHARE 16
/* A range costs less than half a request where it ends (crm_range.c:part_ids). So each reader gets
 * so many pages at least, and it is only when half of them are idle that ranges are cut anew. */
#define RANGE_COST_PERCENT 40
#define READER_PAGES 4
/* What a reader has to gain: its connection costs us and HubSpot something, too. */
#define READER_COST_MS 5
#define MOST_CALLS (INT64_C(1) << 40) /* HubSpot's word may be any: times stay in range */

/* ------------------------------------------------------------------ requests */

/* Whether the page is whole. It is read here, once, before the call is delivered. */
static enum base_status check_page(void *arg, struct base_span body)
{
    struct crm_reader *r = arg;

    return hubspot_page_parse_rows(body, &r->page, r->rows, CRM_PAGE_SIZE, &r->count, NULL);
}

enum base_status crm_reader_request(struct crm_reader *r, struct base_error *err)
{
    struct broker_request request = {
        .account = r->e->account,
        .method = "GET",
        .target = base_buf_str(&r->target),
        .bulk = true,
        .check = check_page,
    };

    return broker_call_start(r->e->b, &request, crm_export_on_page, r, &r->call, err);
}

static enum base_status set_target(struct crm_reader *r, struct base_span from,
                                   const char *parameter, const char *cursor,
                                   struct base_error *err)
{
    struct base_buf next;

    base_buf_init(&next, r->e->first.max);
    hubspot_page_next_target(&next, from, parameter, cursor);
    base_buf_free(&r->target);
    r->target = next;
    return base_buf_status(&next) ? base_fail_memory(err) : BASE_OK;
}

enum base_status crm_reader_set_cursor(struct crm_reader *r, const char *cursor,
                                       struct base_error *err)
{
    memmove(r->cursor, cursor, sizeof(r->cursor));
    return set_target(r, base_buf_span(&r->e->first), crm_plan_cursor(r->e->plan), r->cursor, err);
}

/* To the page that follows, if one does. */
static enum base_status advance(struct crm_reader *r, struct base_error *err)
{
    enum base_status status = hubspot_page_advances(r->cursor, r->page.cursor, err);

    if (status)
        return status;
    memcpy(r->cursor, r->page.cursor, sizeof(r->cursor));
    return set_target(r, base_buf_span(&r->e->first), r->page.parameter, r->cursor, err);
}

/* ------------------------------------------------------------------ one cursor */

static bool enough(const struct crm_export *e)
{
    return e->plan->limit > 0 && e->so_far.rows >= e->plan->limit;
}

/* The ids of the page that has come. */
enum base_status crm_reader_ids(struct crm_reader *r, struct base_error *err)
{
    if (r->page.style == HUBSPOT_PAGE_NONE)
        return base_fail(err, BASE_INVALID, "reading a page",
                         "HubSpot's answer has no list of objects");
    if (r->count > CRM_PAGE_SIZE)
        return base_fail(err, BASE_INVALID, "reading a page",
                         "HubSpot's answer has more rows than were asked for");
    for (size_t i = 0; i < r->count; i++) {
        if (!crm_object_id(r->rows[i], &r->ids[i]))
            r->ids[i] = -1;
    }
    return BASE_OK;
}

/* One that is empty went away while it was read. */
static enum base_status give(struct crm_export *e, struct base_span object, struct base_error *err)
{
    enum base_status status = object.n > 0 ? crm_sink_row(e->sink, object, err) : BASE_OK;

    e->so_far.rows += !status && object.n > 0;
    return status;
}

/* In parallel, ids that ascend have an end; a cursor that is a text could lead in circles. */
static enum base_status walk_on(struct crm_reader *r, struct base_error *err)
{
    struct hubspot_next next = {.more = true, .count = 1};

    next.parameters[0].name = r->page.parameter;
    memcpy(next.parameters[0].value, r->page.cursor, sizeof(next.parameters[0].value));
    return hubspot_walk_step(&r->e->walk, &next, err);
}

static enum base_status take_single(struct crm_reader *r, struct base_error *err)
{
    struct crm_export *e = r->e;
    enum base_status status = BASE_OK;

    for (size_t i = 0; !status && !enough(e) && i < r->count; i++) {
        if (!e->jumped || r->ids[i] < 0 || crm_ranges_want(&e->ranges, r->ids[i]))
            status = give(e, r->rows[i], err);
    }
    e->ended = !r->page.more || enough(e);
    if (status || e->ended || (status = walk_on(r, err)) || (status = advance(r, err)))
        return status;
    return crm_reader_request(r, err);
}

/* ------------------------------------------------------------------ in parallel */

static struct crm_range_page as_range_page(const struct crm_reader *r)
{
    return (struct crm_range_page){r->ids, r->count, r->page.more, r->page.cursor};
}

const char *crm_reader_check(const struct crm_reader *r)
{
    const struct crm_range_page page = as_range_page(r);

    return r->e->ranged ? crm_ranges_check(&r->e->ranges, (size_t)(r - r->e->readers), &page)
                        : NULL;
}

/* One cursor goes on where the list's own cursors have led so far, and asks again for a page that
 * did not fit, unless it is the first. What others have read is not given twice: it is outside of
 * the ranges that are left. */
enum base_status crm_reader_give_up(struct crm_reader *r, const char *why, struct base_error *err)
{
    struct crm_export *e = r->e;
    struct crm_reader *first = &e->readers[0];

    e->ranged = false;
    e->so_far.one_cursor = why;
    for (size_t i = 1; i < CRM_RANGES; i++) {
        broker_call_cancel(e->readers[i].call);
        crm_fill_cancel(e->readers[i].fill);
        e->readers[i].call = NULL;
        e->readers[i].fill = NULL;
    }
    return first->call || first->fill || e->ended ? BASE_OK : crm_reader_request(first, err);
}

/* A page whose last rows are the neighbour's stays the reader's latest: should the neighbour not
 * get to read them, one cursor has to come by them again. */
static enum base_status take_ranged(struct crm_reader *r, struct base_error *err)
{
    struct crm_export *e = r->e;
    size_t i = (size_t)(r - e->readers), from, until;
    bool whole;
    const struct crm_range_page page = as_range_page(r);
    enum base_status status = BASE_OK;

    crm_ranges_take(&e->ranges, i, &page, &from, &until);
    whole = until == page.count;
    e->jumped = e->jumped || !whole || (i > 0 && from < until);
    for (; !status && from < until; from++)
        status = give(e, r->rows[from], err);
    if (!status && whole && page.more)
        status = advance(r, err);
    e->ended = e->ended || (i == 0 && whole && !page.more);
    return !status && e->ranges.at[i].open ? crm_reader_request(r, err) : status;
}

enum base_status crm_reader_take(struct crm_reader *r, struct base_error *err)
{
    return r->e->ranged ? take_ranged(r, err) : take_single(r, err);
}

bool crm_reader_all_read(const struct crm_export *e)
{
    return e->ranged ? crm_ranges_done(&e->ranges) : e->ended;
}

/* Calls that are left to make, if no range cost any where it ends. */
static int64_t calls_left(const struct crm_export *e)
{
    int64_t pages = crm_ranges_left(&e->ranges);

    if (e->so_far.total > e->so_far.rows)
        pages = (e->so_far.total - e->so_far.rows - 1) / CRM_PAGE_SIZE + 1;
    if (crm_plan_is_batch(e->plan))
        pages *= 2;
    return pages < MOST_CALLS ? pages : MOST_CALLS;
}

/* When an export that has to wait for the limit ends with so many readers: after whole windows, for
 * calls leave in each as they left in the one before, and a part of the last, in which as many
 * leave at a time as there are readers. More of them are through sooner, until the calls that their
 * ranges cost need another window. */
static int64_t ends_after(const struct crm_export *e, int64_t calls, int64_t readers)
{
    const struct broker_budget *b = &e->so_far.budget;
    int64_t max = b->bulk_max, before; /* the last call */

    calls += readers * RANGE_COST_PERCENT / 100;
    before = calls - 1 - (max - b->used);
    return before / max * b->interval_ms + (1 + before % max / readers) * e->latency_ms +
           readers * READER_COST_MS;
}

static int64_t best_of(const struct crm_export *e, int64_t calls, int64_t least, int64_t most)
{
    int64_t best = least, soonest = ends_after(e, calls, least);

    for (int64_t readers = least + 1; readers <= most; readers++) {
        int64_t end = ends_after(e, calls, readers);

        if (end < soonest) {
            soonest = end;
            best = readers;
        }
    }
    return best;
}

/* How many pages are worth asking for at a time; 0: no more than are. */
static size_t readers_wanted(const struct crm_export *e)
{
    const struct broker_budget *b = &e->so_far.budget;
    int64_t left = calls_left(e), latency = e->latency_ms > 0 ? e->latency_ms : 0;
    int64_t readers = e->so_far.readers, steady = 1 + b->bulk_max * latency / b->interval_ms;
    int64_t wanted = 1 + b->bulk_max * latency * RAMP_SHARE / b->interval_ms;

    if (wanted > b->bulk_max) /* more cannot be under way */
        wanted = b->bulk_max;
    if (left > (int64_t)b->bulk_max - b->used) { /* others may use more than we may */
        int64_t most = left / READER_PAGES < b->bulk_max ? left / READER_PAGES : b->bulk_max;

        if (e->spread_to > 0 && readers > e->spread_to / 2 && readers >= steady)
            return 0;
        wanted = best_of(e, left, steady, most);
    }
    if (b->least_gap_ms > 0 && wanted > 1 + latency / b->least_gap_ms)
        wanted = 1 + latency / b->least_gap_ms;
    return wanted < CRM_RANGES ? (size_t)wanted : CRM_RANGES;
}

/* Asks for the first page of a reader's range. */
enum base_status crm_reader_begin(struct crm_reader *r, struct base_error *err)
{
    const struct crm_range *range = &r->e->ranges.at[r - r->e->readers];
    enum base_status status;
    char cursor[24];

    /* One too early: whether a cursor names the last id or the next is not promised. */
    base_text_format(cursor, sizeof(cursor), "%lld", (long long)range->next - 1);
    r->cursor[0] = '\0';
    status = set_target(r, base_buf_span(&r->e->first), "after", cursor, err);
    return status ? status : crm_reader_request(r, err);
}

/* Puts idle readers to work, unless those that are there wait for the limit anyway. Until search
 * has said how far the list goes, one goes on. */
enum base_status crm_reader_spread(struct crm_export *e, struct base_error *err)
{
    size_t wanted, readers = e->so_far.readers;
    enum base_status status = BASE_OK;

    if (!e->ranged || e->so_far.budget.wait_ms > 0 || e->so_far.budget.interval_ms <= 0 ||
        e->so_far.budget.bulk_max == 0 || e->so_far.requests == 0 ||
        (e->search && e->so_far.requests < 2))
        return BASE_OK;
    wanted = readers_wanted(e);
    if (readers >= wanted || crm_ranges_split(&e->ranges, wanted - readers) == 0)
        return BASE_OK;
    e->spread_to = (int64_t)wanted;
    for (size_t i = 1; !status && i < CRM_RANGES; i++) {
        struct crm_reader *r = &e->readers[i];

        if (e->ranges.at[i].open && !r->call && !r->fill)
            status = crm_reader_begin(r, err);
    }
    return status;
}
