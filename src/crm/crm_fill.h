/* Rows that a list shows in part, made whole: properties that do not fit into a URL come by a batch
 * read, and associations of which a row shows the first only are followed to their end. */
#ifndef CRM_FILL_H
#define CRM_FILL_H

#include "broker_call.h"
#include "crm_plan.h"

struct crm_fill;
/* Bytes of rows that are put together, in all fills of an export at a time: what is held until
 * their page is whole. A row has 64 MiB of them at most, and a page 100 rows. */
#define CRM_FILL_ROOM ((size_t)512 << 20)

/* Once; afterwards the fill is gone. OK: `rows` are in the order in which they were given, whole; a
 * row that is no more is empty. Borrowed. */
typedef void crm_fill_fn(void *arg, enum base_status status, const struct base_span *rows,
                         const struct base_error *err);

/* Whether rows of a page need it. */
bool crm_fill_needed(const struct crm_plan *plan, const struct base_span *rows, size_t count);
struct crm_fill_page {
    const struct base_span *rows; /* at most CRM_PAGE_SIZE spans of `body` */
    size_t count;
    struct base_buf *body; /* taken over */
};
struct crm_fill_tally { /* of an export */
    int64_t *requests;  /* counted up with each answer */
    size_t *room;       /* what is left of CRM_FILL_ROOM */
};
/* `account`, plan and what the tally counts in stay the caller's. */
enum base_status crm_fill_start(struct broker *b, const char *account, const struct crm_plan *plan,
                                const struct crm_fill_page *page,
                                const struct crm_fill_tally *tally, crm_fill_fn *fn, void *arg,
                                struct crm_fill **ret, struct base_error *err);
void crm_fill_cancel(struct crm_fill *f); /* NULL is allowed; no callback after it */

#endif
