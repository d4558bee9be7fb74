#include "crm_export.h"

#include "base_text.h"
#include "crm_fill.h"
#include "crm_range.h"
#include "hubspot_page.h"
#include "loop.h"

/* The whole window is to be used within this part of the interval, so that the end of an export is
 * not late by more than that. */
#define RAMP_SHARE 16
/* A range costs half a request where it ends. An export that has to wait for the limit has none to
 * lose: each reader then gets so many pages at least, and after the first window it is only when
 * half of them are idle that ranges are cut anew. */
#define READER_PAGES 4

/* Who reads a range, or with one cursor the list. */
struct reader {
    struct crm_export *e;
    struct broker_call *call; /* NULL: nothing is asked for */
    struct base_buf target;   /* of the page that is asked for, or of the next */
    char cursor[512];         /* in it; "" in the list's first */
    struct hubspot_page page; /* this and its rows as check_page() read them, spans of the answer */
    struct base_span rows[CRM_PAGE_SIZE];
    size_t count;
    int64_t ids[CRM_PAGE_SIZE]; /* -1: none */
    struct crm_fill *fill;      /* makes the rows whole before they are used */
};

struct crm_export {
    struct broker *b;
    struct loop *l;
    const char *account;
    const struct crm_plan *plan;
    struct crm_sink *sink;
    crm_progress_fn *progress;
    crm_done_fn *done;
    void *arg;
    struct base_buf first; /* the target of the list's first page */
    struct crm_ranges ranges;
    struct reader readers[CRM_RANGES]; /* of the range of that number */
    bool ranged;                       /* the cursor is an id as far as we have seen */
    bool jumped;                       /* rows were read that one cursor has not come to yet */
    bool ended;                        /* readers[0] has seen the list's end */
    struct broker_call *search;
    struct base_buf search_target;
    int64_t started, latency_ms; /* latency_ms -1: unknown */
    uint32_t refused_before;
    struct crm_progress so_far;
};

void crm_export_cancel(struct crm_export *e)
{
    if (!e)
        return;
    broker_call_cancel(e->search);
    for (size_t i = 0; i < CRM_RANGES; i++) {
        broker_call_cancel(e->readers[i].call);
        crm_fill_cancel(e->readers[i].fill);
        base_buf_free(&e->readers[i].target);
    }
    base_buf_free(&e->first);
    base_buf_free(&e->search_target);
    base_mem_free(e);
}

/* ------------------------------------------------------------------ how it stands */

/* What so many requests take at least. A window's worth of them can leave at once, but for the
 * first, whose answer tells where the others begin: an interval later the next. The last is
 * answered as late as the first. */
static int64_t floor_of(const struct crm_export *e, int64_t requests)
{
    int64_t max = e->so_far.budget.max, latency = e->latency_ms > 0 ? e->latency_ms : 0;

    if (requests < 1 || max < 1)
        return 0;
    return (requests - 1) / max * e->so_far.budget.interval_ms +
           ((requests - 1) % max > 0 ? 2 : 1) * latency;
}

static void count(struct crm_export *e)
{
    struct crm_progress *p = &e->so_far;
    int64_t pages = (p->rows - p->before + CRM_PAGE_SIZE - 1) / CRM_PAGE_SIZE;

    if (crm_plan_is_batch(e->plan))
        pages *= 2;
    p->elapsed_ms = loop_now(e->l) - e->started;
    p->budget = broker_call_budget(e->b, e->account);
    p->refused = (int64_t)(p->budget.throttled - e->refused_before);
    p->readers = 0;
    for (size_t i = 0; i < CRM_RANGES; i++)
        p->readers += e->readers[i].call || e->readers[i].fill;
    p->floor_ms = floor_of(e, pages);
}

/* The shortest answer of late: longer ones may have waited for us. */
static void measure(struct crm_export *e, int64_t elapsed_ms)
{
    if (e->latency_ms < 0 || elapsed_ms < e->latency_ms)
        e->latency_ms = elapsed_ms;
    else
        e->latency_ms += (elapsed_ms - e->latency_ms) / 64;
}

static void finish(struct crm_export *e, enum base_status status, const struct base_error *err)
{
    struct base_error sink_err = BASE_ERROR_NONE;

    if (!status) {
        status = crm_sink_finish(e->sink, &sink_err);
        err = &sink_err;
    }
    count(e);
    e->done(e->arg, status, &e->so_far, status ? err : NULL);
    crm_export_cancel(e);
}

/* ------------------------------------------------------------------ requests */

static void on_page(void *arg, enum base_status status, struct broker_response *response,
                    const struct base_error *lower);

/* Whether the page is whole. It is read here, once, before the call is delivered. */
static enum base_status check_page(void *arg, struct base_span body)
{
    struct reader *r = arg;

    return hubspot_page_parse_rows(body, &r->page, r->rows, CRM_PAGE_SIZE, &r->count, NULL);
}

static enum base_status request(struct reader *r, struct base_error *err)
{
    struct broker_request request = {
        .account = r->e->account,
        .method = "GET",
        .target = base_buf_str(&r->target),
        .bulk = true,
        .check = check_page,
    };

    return broker_call_start(r->e->b, &request, on_page, r, &r->call, err);
}

static enum base_status set_target(struct reader *r, struct base_span from, const char *parameter,
                                   const char *cursor, struct base_error *err)
{
    struct base_buf next;

    base_buf_init(&next, r->e->first.max);
    hubspot_page_next_target(&next, from, parameter, cursor);
    base_buf_free(&r->target);
    r->target = next;
    return base_buf_status(&next) ? base_fail_memory(err) : BASE_OK;
}

/* To the page that follows, if one does. */
static enum base_status advance(struct reader *r, struct base_error *err)
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

static bool row_id(struct base_span object, int64_t *ret)
{
    struct base_json_value id;

    return base_json_find(object, &id, "id", NULL) && base_json_int64(&id, ret) && *ret >= 0 &&
           *ret < CRM_ID_MAX;
}

/* The ids of the page that has come. */
static enum base_status read_ids(struct reader *r, struct base_error *err)
{
    if (r->page.style == HUBSPOT_PAGE_NONE)
        return base_fail(err, BASE_INVALID, "reading a page",
                         "HubSpot's answer has no list of objects");
    if (r->count > CRM_PAGE_SIZE)
        return base_fail(err, BASE_INVALID, "reading a page",
                         "HubSpot's answer has more rows than were asked for");
    for (size_t i = 0; i < r->count; i++) {
        if (!row_id(r->rows[i], &r->ids[i]))
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

static enum base_status take_single(struct reader *r, struct base_error *err)
{
    struct crm_export *e = r->e;
    enum base_status status = BASE_OK;

    for (size_t i = 0; !status && !enough(e) && i < r->count; i++) {
        if (!e->jumped || r->ids[i] < 0 || crm_ranges_want(&e->ranges, r->ids[i]))
            status = give(e, r->rows[i], err);
    }
    e->ended = !r->page.more || enough(e);
    if (status || e->ended)
        return status;
    status = advance(r, err);
    return status ? status : request(r, err);
}

/* ------------------------------------------------------------------ in parallel */

static struct crm_range_page as_range_page(const struct reader *r)
{
    return (struct crm_range_page){r->ids, r->count, r->page.more, r->page.cursor};
}

/* One cursor goes on where the list's own cursors have led so far, and asks again for a page that
 * did not fit, unless it is the first. What others have read is not given twice: it is outside of
 * the ranges that are left. */
static enum base_status give_up_ranges(struct reader *r, const char *why, struct base_error *err)
{
    struct crm_export *e = r->e;
    struct reader *first = &e->readers[0];

    e->ranged = false;
    e->so_far.one_cursor = why;
    for (size_t i = 1; i < CRM_RANGES; i++) {
        broker_call_cancel(e->readers[i].call);
        crm_fill_cancel(e->readers[i].fill);
        e->readers[i].call = NULL;
        e->readers[i].fill = NULL;
    }
    return first->call || first->fill || e->ended ? BASE_OK : request(first, err);
}

static enum base_status take_ranged(struct reader *r, struct base_error *err)
{
    struct crm_export *e = r->e;
    size_t i = (size_t)(r - e->readers), from, until;
    const struct crm_range_page page = as_range_page(r);
    enum base_status status = BASE_OK;

    crm_ranges_take(&e->ranges, i, &page, &from, &until);
    e->jumped = e->jumped || (i > 0 && from < until);
    for (; !status && from < until; from++)
        status = give(e, r->rows[from], err);
    if (!status && page.more)
        status = advance(r, err);
    e->ended = e->ended || (i == 0 && !page.more);
    return !status && e->ranges.at[i].open ? request(r, err) : status;
}

/* How many pages are worth asking for at a time. */
static size_t readers_wanted(const struct crm_export *e)
{
    const struct broker_budget *b = &e->so_far.budget;
    int64_t left = crm_ranges_left(&e->ranges);
    int64_t latency = e->latency_ms > 0 ? e->latency_ms : 0;
    int64_t steady = 1 + b->bulk_max * latency / b->interval_ms;
    int64_t wanted = 1 + b->bulk_max * latency * RAMP_SHARE / b->interval_ms;

    if (wanted > b->bulk_max) /* more cannot be under way */
        wanted = b->bulk_max;
    if (left > b->bulk_max - b->used) {
        wanted = wanted < left / READER_PAGES ? wanted : left / READER_PAGES;
        if (e->so_far.requests > b->bulk_max)
            wanted /= 2;
        wanted = wanted > steady ? wanted : steady;
    }
    if (b->least_gap_ms > 0 && wanted > 1 + latency / b->least_gap_ms)
        wanted = 1 + latency / b->least_gap_ms;
    return wanted < CRM_RANGES ? (size_t)wanted : CRM_RANGES;
}

/* Asks for the first page of a reader's range. */
static enum base_status begin_range(struct reader *r, struct base_error *err)
{
    const struct crm_range *range = &r->e->ranges.at[r - r->e->readers];
    enum base_status status;
    char cursor[24];

    /* One too early: whether a cursor names the last id or the next is not promised. */
    base_text_format(cursor, sizeof(cursor), "%lld", (long long)range->next - 1);
    r->cursor[0] = '\0';
    status = set_target(r, base_buf_span(&r->e->first), "after", cursor, err);
    return status ? status : request(r, err);
}

/* Puts idle readers to work, unless those that are there wait for the limit anyway. Until search
 * has said how far the list goes, one goes on. */
static enum base_status spread(struct crm_export *e, struct base_error *err)
{
    size_t wanted, readers = e->so_far.readers;
    enum base_status status = BASE_OK;

    if (!e->ranged || e->so_far.budget.wait_ms > 0 || e->so_far.budget.interval_ms <= 0 ||
        e->so_far.requests == 0 || (e->search && e->so_far.requests < 2))
        return BASE_OK;
    wanted = readers_wanted(e);
    if (readers >= wanted || crm_ranges_split(&e->ranges, wanted - readers) == 0)
        return BASE_OK;
    for (size_t i = 1; !status && i < CRM_RANGES; i++) {
        struct reader *r = &e->readers[i];

        if (e->ranges.at[i].open && !r->call && !r->fill)
            status = begin_range(r, err);
    }
    return status;
}

/* ------------------------------------------------------------------ answers */

static bool all_read(const struct crm_export *e)
{
    return e->ranged ? crm_ranges_done(&e->ranges) : e->ended;
}

/* After an answer of whatever kind. */
static void settle(struct crm_export *e, enum base_status status, struct base_error *err)
{
    count(e);
    if (!status)
        status = spread(e, err);
    if (!status && e->progress)
        e->progress(e->arg, &e->so_far);
    if (status || all_read(e))
        finish(e, status, err);
}

static void get_position(const struct crm_export *e, struct crm_position *ret)
{
    ret->rows = e->so_far.rows;
    ret->ranged = e->ranged;
    ret->jumped = e->jumped;
    ret->ended = e->ended;
    memcpy(ret->cursor, e->readers[0].cursor, sizeof(ret->cursor));
    ret->ranges = e->ranges;
}

/* A whole page has been given: this is what may be gone on from. Pages that are under way are not
 * in it, and the last needs none. */
static enum base_status take_rows(struct reader *r, struct base_error *err)
{
    struct crm_export *e = r->e;
    enum base_status status = e->ranged ? take_ranged(r, err) : take_single(r, err);
    struct crm_position at;

    if (status || all_read(e) || !crm_sink_marks(e->sink))
        return status;
    get_position(e, &at);
    return crm_sink_mark(e->sink, &at, err);
}

static void on_filled(void *arg, enum base_status status, const struct base_span *rows,
                      const struct base_error *lower)
{
    struct reader *r = arg;
    struct base_error err = BASE_ERROR_NONE;

    r->fill = NULL;
    if (status) {
        finish(r->e, status, lower);
        return;
    }
    memcpy(r->rows, rows, r->count * sizeof(*rows));
    status = take_rows(r, &err);
    settle(r->e, status, &err);
}

static enum base_status take_page(struct reader *r, struct base_buf *body, struct base_error *err)
{
    struct crm_export *e = r->e;
    const struct crm_range_page page = as_range_page(r);
    const char *why =
        e->ranged ? crm_ranges_check(&e->ranges, (size_t)(r - e->readers), &page) : NULL;

    if (why && (r != e->readers || r->cursor[0]))
        return give_up_ranges(r, why, err);
    if (why) { /* the list's first page is as good as any other */
        e->ranged = false;
        e->so_far.one_cursor = why;
    }
    if (!crm_fill_needed(e->plan, r->rows, r->count))
        return take_rows(r, err);
    return crm_fill_start(e->b, e->account, e->plan,
                          &(struct crm_fill_page){r->rows, r->count, body}, &e->so_far.requests,
                          on_filled, r, &r->fill, err);
}

static void on_page(void *arg, enum base_status status, struct broker_response *response,
                    const struct base_error *lower)
{
    struct reader *r = arg;
    struct crm_export *e = r->e;
    struct base_error err = BASE_ERROR_NONE;

    r->call = NULL;
    if (status) {
        finish(e, status, lower);
        return;
    }
    measure(e, response->elapsed_ms);
    e->so_far.requests++;
    status = read_ids(r, &err);
    if (!status)
        status = take_page(r, response->body, &err);
    settle(e, status, &err);
}

/* ------------------------------------------------------------------ how far the list goes */

/* Only a hint: whatever comes of it, the list is read to its end. */
static void on_search(void *arg, enum base_status status, struct broker_response *response,
                      const struct base_error *lower)
{
    struct crm_export *e = arg;
    struct base_error err = BASE_ERROR_NONE;
    struct hubspot_page page;
    struct hubspot_rows rows;
    struct base_span object;
    struct base_json_value total;
    int64_t id;

    (void)lower;
    e->search = NULL;
    if (status == BASE_OK &&
        hubspot_page_parse(base_buf_span(response->body), &page, NULL) == BASE_OK) {
        hubspot_rows_begin(&rows, page.rows);
        if (base_json_find(base_buf_span(response->body), &total, "total", NULL))
            (void)base_json_int64(&total, &e->so_far.total);
        if (hubspot_rows_next(&rows, &object) && row_id(object, &id))
            crm_ranges_hint(&e->ranges, id, e->so_far.total);
    }
    count(e);
    status = spread(e, &err);
    if (status)
        finish(e, status, &err);
}

/* Search has a budget of its own, and it knows the highest id. */
static enum base_status ask_search(struct crm_export *e, struct base_error *err)
{
    struct broker_request request = {
        .account = e->account,
        .method = "POST",
        .body = BASE_SPAN(CRM_PLAN_LAST),
        .headers =
            &(struct broker_header){BASE_SPAN("Content-Type"), BASE_SPAN("application/json")},
        .header_count = 1,
        .bulk = true,
    };

    crm_plan_search(e->plan, &e->search_target);
    if (base_buf_status(&e->search_target))
        return base_fail_memory(err);
    request.target = base_buf_str(&e->search_target);
    return broker_call_start(e->b, &request, on_search, e, &e->search, err);
}

/* ------------------------------------------------------------------ the start */

static enum base_status begin(struct crm_export *e, struct base_error *err)
{
    struct reader *first = &e->readers[0];

    base_buf_init(&e->first, CRM_TARGET_MAX);
    base_buf_init(&e->search_target, CRM_TARGET_MAX);
    crm_ranges_init(&e->ranges);
    crm_plan_target(e->plan, e->plan->limit, &e->first);
    for (size_t i = 0; i < CRM_RANGES; i++) {
        e->readers[i].e = e;
        base_buf_init(&e->readers[i].target, CRM_TARGET_MAX);
    }
    base_buf_add_span(&first->target, base_buf_span(&e->first));
    if (base_buf_status(&e->first) || base_buf_status(&first->target))
        return base_fail_memory(err);
    e->refused_before = broker_call_budget(e->b, e->account).throttled;
    return BASE_OK;
}

/* As if all that had come before had just come. */
static enum base_status set_position(struct crm_export *e, const struct crm_position *at,
                                     struct base_error *err)
{
    struct reader *first = &e->readers[0];

    e->so_far.rows = e->so_far.before = at->rows;
    e->ranged = e->ranged && at->ranged;
    e->jumped = at->jumped;
    e->ended = at->ended;
    e->ranges = at->ranges;
    if (!at->cursor[0])
        return BASE_OK;
    memcpy(first->cursor, at->cursor, sizeof(first->cursor));
    return set_target(first, base_buf_span(&e->first), crm_plan_cursor(e->plan), first->cursor,
                      err);
}

/* One request for each range that is open; at the list's beginning that is one. */
static enum base_status ask(struct crm_export *e, struct base_error *err)
{
    enum base_status status = BASE_OK;

    if (all_read(e))
        return base_fail(err, BASE_INVALID, "going on with the export", "nothing is left of it");
    if (!e->ranged || e->ranges.at[0].open)
        status = request(&e->readers[0], err);
    for (size_t i = 1; !status && e->ranged && i < CRM_RANGES; i++) {
        if (e->ranges.at[i].open)
            status = begin_range(&e->readers[i], err);
    }
    if (!status && e->ranged && !e->plan->archived) /* search never has archived ones */
        status = ask_search(e, err);
    return status;
}

enum base_status crm_export_start(struct broker *b, struct loop *l, const struct crm_job *job,
                                  crm_progress_fn *progress, crm_done_fn *done, void *arg,
                                  struct crm_export **ret, struct base_error *err)
{
    enum base_status status = crm_plan_check(job->plan, err);
    struct crm_export *e;

    if (status)
        return status;
    e = base_mem_new(sizeof(*e));
    if (!e)
        return base_fail_memory(err);
    e->b = b;
    e->l = l;
    e->account = job->account;
    e->plan = job->plan;
    e->sink = job->sink;
    e->progress = progress;
    e->done = done;
    e->arg = arg;
    e->started = loop_now(l);
    e->latency_ms = -1;
    e->so_far.limit = job->plan->limit;
    e->ranged = !crm_plan_one_cursor(job->plan);
    status = begin(e, err);
    if (!status && job->from)
        status = set_position(e, job->from, err);
    if (!status)
        status = ask(e, err);
    if (status) {
        crm_export_cancel(e);
        return status;
    }
    *ret = e;
    return BASE_OK;
}
