/* Objects out of HubSpot: plan, pages, sink. One cursor, page after page. */
#ifndef CRM_EXPORT_H
#define CRM_EXPORT_H

#include "broker_call.h"
#include "crm_plan.h"
#include "crm_sink.h"

struct crm_progress {
    int64_t rows, pages;
    int64_t limit; /* rows asked for; 0: all */
    int64_t elapsed_ms;
    struct broker_budget budget;
    bool more;
};

struct crm_export;
/* After each page. */
typedef void crm_progress_fn(void *arg, const struct crm_progress *p);
/* Once, at the end. OK: every row is with the sink, and the sink has finished. */
typedef void crm_done_fn(void *arg, enum base_status status, const struct crm_progress *p,
                         const struct base_error *err);

/* Plan, sink and account (a grant's name) stay the caller's until `done`. `l` is the broker's loop.
 */
enum base_status crm_export_start(struct broker *b, struct loop *l, const char *account,
                                  const struct crm_plan *plan, struct crm_sink *sink,
                                  crm_progress_fn *progress, crm_done_fn *done, void *arg,
                                  struct crm_export **ret, struct base_error *err);
void crm_export_cancel(struct crm_export *e); /* NULL is allowed; no callback after it */

#endif
