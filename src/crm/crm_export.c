#include "crm_export.h"

#include "hubspot_page.h"
#include "loop.h"

struct crm_export {
    struct broker *b;
    struct loop *l;
    const char *account;
    const struct crm_plan *plan;
    struct crm_sink *sink;
    crm_progress_fn *progress;
    crm_done_fn *done;
    void *arg;
    struct base_buf target;
    char cursor[512]; /* of the page that was read last */
    struct broker_call *call;
    int64_t started;
    struct crm_progress so_far;
};

void crm_export_cancel(struct crm_export *e)
{
    if (!e)
        return;
    broker_call_cancel(e->call);
    base_buf_free(&e->target);
    base_mem_free(e);
}

static void finish(struct crm_export *e, enum base_status status, const struct base_error *err)
{
    struct base_error sink_err = BASE_ERROR_NONE;

    if (!status) {
        status = crm_sink_finish(e->sink, &sink_err);
        err = &sink_err;
    }
    e->so_far.elapsed_ms = loop_now(e->l) - e->started;
    e->done(e->arg, status, &e->so_far, status ? err : NULL);
    crm_export_cancel(e);
}

static bool enough(const struct crm_export *e)
{
    return e->plan->limit > 0 && e->so_far.rows >= e->plan->limit;
}

static enum base_status give_rows(struct crm_export *e, const struct hubspot_page *page,
                                  struct base_error *err)
{
    struct hubspot_rows rows;
    struct base_span object;

    hubspot_rows_begin(&rows, page->rows);
    while (!enough(e) && hubspot_rows_next(&rows, &object)) {
        enum base_status status = crm_sink_row(e->sink, object, err);

        if (status)
            return status;
        e->so_far.rows++;
    }
    return BASE_OK;
}

static enum base_status advance(struct crm_export *e, const struct hubspot_page *page,
                                struct base_error *err)
{
    struct base_buf next;
    enum base_status status = hubspot_page_advances(e->cursor, page->cursor, err);

    if (status)
        return status;
    memcpy(e->cursor, page->cursor, sizeof(e->cursor));
    base_buf_init(&next, e->target.max);
    hubspot_page_next_target(&next, base_buf_span(&e->target), page->parameter, page->cursor);
    base_buf_free(&e->target);
    e->target = next;
    return base_buf_status(&next) ? base_fail_memory(err) : BASE_OK;
}

static enum base_status take_page(struct crm_export *e, struct base_span body,
                                  struct base_error *err)
{
    struct hubspot_page page;
    enum base_status status = hubspot_page_parse(body, &page, err);

    if (status)
        return status;
    if (page.style == HUBSPOT_PAGE_NONE)
        return base_fail(err, BASE_INVALID, "reading a page",
                         "HubSpot's answer has no list of objects");
    status = give_rows(e, &page, err);
    if (status)
        return status;
    e->so_far.pages++;
    e->so_far.more = page.more && !enough(e);
    return e->so_far.more ? advance(e, &page, err) : BASE_OK;
}

static enum base_status request_page(struct crm_export *e, struct base_error *err);

static void on_page(void *arg, enum base_status status, struct broker_response *response,
                    const struct base_error *lower)
{
    struct crm_export *e = arg;
    struct base_error err = BASE_ERROR_NONE;

    e->call = NULL;
    if (status) {
        finish(e, status, lower);
        return;
    }
    status = take_page(e, base_buf_span(response->body), &err);
    e->so_far.elapsed_ms = loop_now(e->l) - e->started;
    e->so_far.budget = broker_call_budget(e->b, e->account);
    if (!status && e->progress)
        e->progress(e->arg, &e->so_far);
    if (!status && e->so_far.more)
        status = request_page(e, &err);
    if (status || !e->so_far.more)
        finish(e, status, &err);
}

static enum base_status request_page(struct crm_export *e, struct base_error *err)
{
    struct broker_request request = {
        .account = e->account,
        .method = "GET",
        .target = base_buf_str(&e->target),
        .bulk = true,
    };

    return broker_call_start(e->b, &request, on_page, e, &e->call, err);
}

enum base_status crm_export_start(struct broker *b, struct loop *l, const char *account,
                                  const struct crm_plan *plan, struct crm_sink *sink,
                                  crm_progress_fn *progress, crm_done_fn *done, void *arg,
                                  struct crm_export **ret, struct base_error *err)
{
    struct crm_export *e = base_mem_new(sizeof(*e));
    enum base_status status = crm_plan_check(plan, err);

    if (!e)
        return base_fail_memory(err);
    *e = (struct crm_export){.b = b,
                             .l = l,
                             .account = account,
                             .plan = plan,
                             .sink = sink,
                             .progress = progress,
                             .done = done,
                             .arg = arg,
                             .started = loop_now(l),
                             .so_far.limit = plan->limit};
    base_buf_init(&e->target, 64u << 10);
    if (!status) {
        crm_plan_target(plan, plan->limit, &e->target);
        status = base_buf_status(&e->target) ? base_fail_memory(err) : request_page(e, err);
    }
    if (status) {
        crm_export_cancel(e);
        return status;
    }
    *ret = e;
    return BASE_OK;
}
