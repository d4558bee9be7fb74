/* Objects out of HubSpot: plan, pages, sink. In parallel where the list's cursor is an id, as many
 * pages at a time as latency and limit ask for; otherwise one page after another. */
#ifndef CRM_EXPORT_H
#define CRM_EXPORT_H

#include "broker_call.h"
#include "crm_plan.h"
#include "crm_sink.h"

struct crm_job {
    const char *account; /* a grant's name */
    const struct crm_plan *plan;
    struct crm_sink *sink;
    const struct crm_position *from; /* where an earlier one was cut off; NULL: the beginning */
};

struct crm_progress {
    int64_t rows;     /* with the sink */
    int64_t before;   /* of them, those that were there when it began */
    int64_t requests; /* answered */
    int64_t fewest;   /* requests that the rows of this run take at least */
    int64_t limit;    /* rows asked for; 0: all */
    int64_t total;    /* rows that search knows of, which lags; 0: it was not asked, or is silent */
    int64_t elapsed_ms;
    int64_t floor_ms;       /* what these rows take at least: HubSpot's limit and the last answer */
    int64_t refused;        /* calls of this account that HubSpot refused for its limit meanwhile */
    unsigned readers;       /* pages that are asked for at this moment */
    const char *one_cursor; /* why the list cannot be read in parallel; NULL: it can, or need not */
    size_t absent;          /* properties that were named and that no row of the first page has */
    struct base_span absent_first; /* one of them, a span of the plan */
    struct broker_budget budget;
};

/* What the fewest requests take at least: intervals of HubSpot's limit between the first and the
 * last, whose answer takes `latency_ms`. 0: the limit is not known. */
int64_t crm_progress_floor(const struct crm_progress *p, int64_t latency_ms);

struct crm_export;
/* After each page. */
typedef void crm_progress_fn(void *arg, const struct crm_progress *p);
/* Once, at the end. OK: every row is with the sink, and the sink has finished. */
typedef void crm_done_fn(void *arg, enum base_status status, const struct crm_progress *p,
                         const struct base_error *err);

/* What the job points to stays the caller's until `done`, but for `from`. `l` is the broker's loop.
 */
enum base_status crm_export_start(struct broker *b, struct loop *l, const struct crm_job *job,
                                  crm_progress_fn *progress, crm_done_fn *done, void *arg,
                                  struct crm_export **ret, struct base_error *err);
void crm_export_cancel(struct crm_export *e); /* NULL is allowed; no callback after it */

#endif
