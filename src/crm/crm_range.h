/* A list read in parallel: which ids are still to be read, and who reads which of them. HubSpot's
 * cursor is opaque by its words; where it turns out to be an id (`after=N` gives the first ids from
 * N on, in their order), a list can be begun anywhere. Each page is checked for that before its
 * rows are used, so that one page that does not fit ends the parallel reading and costs no row.
 * Pure: times and requests are the caller's.
 *
 * All ids outside of the open ranges are done: they were delivered, or there are none. */
#ifndef CRM_RANGE_H
#define CRM_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRM_RANGES                                                                                 \
    128 /* at a time: readers, and so connections; HubSpot's window holds 110 calls */
#define CRM_RANGE_END INT64_MAX
#define CRM_ID_MAX (INT64_C(1) << 58) /* no id is so large; sums and products stay in range */

struct crm_range {
    bool open;
    bool fresh;        /* no page of it has come */
    bool scout;        /* begun above all ids that were known */
    int64_t next, end; /* from `next` on, before `end` */
    int64_t stride; /* ids on its latest page, or its parent's: how sparse they are; 0: unknown */
};

/* Range 0 begins at the list's beginning; it is never used again after its end. */
struct crm_ranges {
    struct crm_range at[CRM_RANGES];
    int64_t lowest, highest; /* ids that are known to exist; -1: none */
    int64_t hint, total;   /* the highest and the number by search's word; hint -1: it is silent */
    int64_t bound;         /* no id from it on, as of the latest look */
    int64_t pages, wasted; /* requests that were answered, and those that gave next to nothing */
};

void crm_ranges_init(struct crm_ranges *r);
/* Search says which id is the highest and how many there are (0: it does not). Its index lags
 * behind: the list is read beyond it nevertheless. */
void crm_ranges_hint(struct crm_ranges *r, int64_t highest, int64_t total);

/* A page as it came. */
struct crm_range_page {
    const int64_t *ids; /* -1: it was none */
    size_t count;
    bool more;
    const char *cursor; /* of the next page */
};

/* NULL when the page is what range `i` asked for and the cursor is an id; otherwise what is wrong.
 */
const char *crm_ranges_check(const struct crm_ranges *r, size_t i,
                             const struct crm_range_page *page);
/* Counts a page that passed. The rows from *ret_from until before *ret_until are this range's, the
 * others somebody else's. The range is closed when it has come to its end. */
void crm_ranges_take(struct crm_ranges *r, size_t i, const struct crm_range_page *page,
                     size_t *ret_from, size_t *ret_until);

/* Gives at most `readers` idle readers something to do: the ranges with most left are cut into
 * pieces; and where nobody knows how far the list goes, scouts are sent ahead. Returns how many
 * ranges were opened. */
size_t crm_ranges_split(struct crm_ranges *r, size_t readers);

/* Pages that are left, an estimate from how sparse the ids were so far. */
int64_t crm_ranges_left(const struct crm_ranges *r);
/* Whether an id is still to be delivered. */
bool crm_ranges_want(const struct crm_ranges *r, int64_t id);
bool crm_ranges_done(const struct crm_ranges *r);

#endif
