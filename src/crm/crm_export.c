#include "crm_export_int.h"
#include "crm_object.h"
#include "loop.h"

/* A mark costs a tenth of what its page does, and serves all pages that come so soon after each
 * other. Whoever is stopped meanwhile reads them again. */
#define MARK_AFTER_MS 10

/* ------------------------------------------------------------------ what can be gone on from */

static void get_position(const struct crm_export *e, struct crm_position *ret)
{
    ret->rows = e->so_far.rows;
    ret->ranged = e->ranged;
    ret->jumped = e->jumped;
    ret->ended = e->ended;
    memcpy(ret->cursor, e->readers[0].cursor, sizeof(ret->cursor));
    ret->ranges = e->ranges;
}

/* Of whole pages: those that are under way are not in it. An export of which nothing is left needs
 * none, and cannot be gone on with. */
static enum base_status mark(struct crm_export *e, struct base_error *err)
{
    struct crm_position at;

    if (!e->unmarked || crm_reader_all_read(e))
        return BASE_OK;
    e->unmarked = false;
    loop_timer_stop(e->mark_due);
    get_position(e, &at);
    return crm_sink_mark(e->sink, &at, err);
}

static void mark_soon(struct crm_export *e)
{
    if (!e->unmarked)
        loop_timer_start(e->mark_due, MARK_AFTER_MS);
    e->unmarked = true;
}

/* Of rows after which something failed nothing is said: they may be there in part. */
static void mark_no_more(struct crm_export *e)
{
    loop_timer_stop(e->mark_due);
    e->unmarked = false;
}

/* ------------------------------------------------------------------ how it stands */

/* What so many requests take at least: a window's worth of them can leave at once, an interval
 * later the next; the last one's answer is still to come. That nobody knows where the second page
 * begins before the first is there is not in it. */
int64_t crm_progress_floor(const struct crm_progress *p, int64_t latency_ms)
{
    if (p->fewest < 1 || p->budget.max < 1)
        return 0;
    return (p->fewest - 1) / p->budget.max * p->budget.interval_ms +
           (latency_ms > 0 ? latency_ms : 0);
}

static void count(struct crm_export *e)
{
    struct crm_progress *p = &e->so_far;

    p->fewest = (p->rows - p->before + CRM_PAGE_SIZE - 1) / CRM_PAGE_SIZE;
    if (crm_plan_is_batch(e->plan))
        p->fewest *= 2;
    p->elapsed_ms = loop_now(e->l) - e->started;
    p->budget = broker_call_budget(e->b, e->account);
    p->refused = (int64_t)(p->budget.throttled - e->refused_before);
    p->readers = 0;
    for (size_t i = 0; i < CRM_RANGES; i++)
        p->readers += e->readers[i].call || e->readers[i].fill;
    p->floor_ms = crm_progress_floor(p, e->latency_ms);
}

/* The shortest answer of late: longer ones may have waited for us. */
static void measure(struct crm_export *e, int64_t elapsed_ms)
{
    if (e->latency_ms < 0 || elapsed_ms < e->latency_ms)
        e->latency_ms = elapsed_ms;
    else
        e->latency_ms += (elapsed_ms - e->latency_ms) / 64;
}

/* ------------------------------------------------------------------ the end */

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
    loop_timer_free(e->mark_due);
    base_mem_free(e);
}

/* What had come before it failed is kept as far as it can be: what failed is told. */
static void finish(struct crm_export *e, enum base_status status, const struct base_error *err)
{
    struct base_error sink_err = BASE_ERROR_NONE;

    if (!status) {
        mark_no_more(e);
        status = crm_sink_finish(e->sink, &sink_err);
        err = &sink_err;
    } else {
        (void)mark(e, NULL);
    }
    count(e);
    e->done(e->arg, status, &e->so_far, status ? err : NULL);
    crm_export_cancel(e);
}

static void on_mark_due(void *arg)
{
    struct crm_export *e = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = mark(e, &err);

    if (status)
        finish(e, status, &err);
}

/* ------------------------------------------------------------------ answers */

/* After an answer of whatever kind. */
static void settle(struct crm_export *e, enum base_status status, struct base_error *err)
{
    count(e);
    if (!status)
        status = crm_reader_spread(e, err);
    if (!status && e->progress)
        e->progress(e->arg, &e->so_far);
    if (status || crm_reader_all_read(e))
        finish(e, status, err);
}

/* HubSpot has null for a property without a value, and leaves out names that it does not know. v1
 * leaves out both. */
static void look_for_absent(struct crm_reader *r)
{
    struct crm_progress *p = &r->e->so_far;

    if (p->rows == p->before && r->count > 0 && r->e->plan->properties &&
        r->page.style == HUBSPOT_PAGE_V3)
        p->absent = crm_object_absent(r->e->plan->properties, r->rows, r->count, &p->absent_first);
}

/* Also of what looks like the last page: readers that are sent out afterwards may find more. */
static enum base_status take_rows(struct crm_reader *r, struct base_error *err)
{
    struct crm_export *e = r->e;
    enum base_status status;

    look_for_absent(r);
    status = crm_reader_take(r, err);
    if (status)
        mark_no_more(e);
    else if (crm_sink_marks(e->sink))
        mark_soon(e);
    return status;
}

static void on_filled(void *arg, enum base_status status, const struct base_span *rows,
                      const struct base_error *lower)
{
    struct crm_reader *r = arg;
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

static enum base_status take_page(struct crm_reader *r, struct base_buf *body,
                                  struct base_error *err)
{
    struct crm_export *e = r->e;
    const char *why = crm_reader_check(r);

    if (why && (r != e->readers || r->cursor[0]))
        return crm_reader_give_up(r, why, err);
    if (why) { /* the list's first page is as good as any other */
        e->ranged = false;
        e->so_far.one_cursor = why;
    }
    if (!crm_fill_needed(e->plan, r->rows, r->count))
        return take_rows(r, err);
    return crm_fill_start(
        e->b, e->account, e->plan, &(struct crm_fill_page){r->rows, r->count, body},
        &(struct crm_fill_tally){&e->so_far.requests, &e->fill_room}, on_filled, r, &r->fill, err);
}

void crm_export_on_page(void *arg, enum base_status status, struct broker_response *response,
                        const struct base_error *lower)
{
    struct crm_reader *r = arg;
    struct crm_export *e = r->e;
    struct base_error err = BASE_ERROR_NONE;

    r->call = NULL;
    if (status) {
        finish(e, status, lower);
        return;
    }
    measure(e, response->elapsed_ms);
    e->so_far.requests++;
    status = crm_reader_ids(r, &err);
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
        if (hubspot_rows_next(&rows, &object) && crm_object_id(object, &id))
            crm_ranges_hint(&e->ranges, id, e->so_far.total);
    }
    count(e);
    status = crm_reader_spread(e, &err);
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
    struct crm_reader *first = &e->readers[0];

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
    e->so_far.rows = e->so_far.before = at->rows;
    e->ranged = e->ranged && at->ranged;
    e->jumped = at->jumped;
    e->ended = at->ended;
    e->ranges = at->ranges;
    return at->cursor[0] ? crm_reader_set_cursor(&e->readers[0], at->cursor, err) : BASE_OK;
}

/* One request for each range that is open; at the list's beginning that is one. */
static enum base_status ask(struct crm_export *e, struct base_error *err)
{
    enum base_status status = BASE_OK;

    if (crm_reader_all_read(e))
        return base_fail(err, BASE_INVALID, "going on with the export", "nothing is left of it");
    if (!e->ranged || e->ranges.at[0].open)
        status = crm_reader_request(&e->readers[0], err);
    for (size_t i = 1; !status && e->ranged && i < CRM_RANGES; i++) {
        if (e->ranges.at[i].open)
            status = crm_reader_begin(&e->readers[i], err);
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
    e->fill_room = CRM_FILL_ROOM;
    e->so_far.limit = job->plan->limit;
    e->ranged = !crm_plan_one_cursor(job->plan);
    e->mark_due = loop_timer_new(l, on_mark_due, e);
    status = e->mark_due ? begin(e, err) : base_fail_memory(err);
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
