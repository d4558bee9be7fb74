#include "crm_range.h"

#include "base_span.h"

/* A piece of a page costs a whole request: ranges that hold less than two pages are left whole. */
#define SPLIT_PAGES 2
#define EVEN_PAGES 3 /* parts of fewer are not made even: there, time is dearer than requests */
#define PAGE 100     /* CRM_PAGE_SIZE */
/* Scouts that are under way at a time; some of them come back empty. */
#define SCOUTS_BEYOND 3
#define SCOUTS_BETWEEN 7
/* A scout goes so many times as far as the ids that are known reach. */
#define SCOUT_FACTOR 16
/* So many pages beyond what search knew of are read one after another: its index lags. */
#define LAG_PAGES 10
/* Where ids are clustered, cutting in the middle finds little: as many requests may be lost to it
 * as this allows, lest the budget go into looking instead of reading. */
#define WASTE_LEAST 16
#define WASTE_BEFORE 4 /* of the pages that there seem to be, one in so many */
#define WASTE_AFTER 8  /* of the pages that were read, one in so many on top of all ranges */
#define MOST_PAGES                                                                                 \
    (INT64_C(1) << 50) /* an estimate beyond it is none, and products stay in range */

void crm_ranges_init(struct crm_ranges *r)
{
    *r = (struct crm_ranges){.lowest = -1, .highest = -1, .hint = -1, .bound = CRM_RANGE_END};
    r->at[0] = (struct crm_range){.open = true, .end = CRM_RANGE_END};
}

void crm_ranges_hint(struct crm_ranges *r, int64_t highest, int64_t total)
{
    r->hint = highest;
    r->total = total;
}

/* ------------------------------------------------------------------ pages */

const char *crm_ranges_check(const struct crm_ranges *r, size_t i,
                             const struct crm_range_page *page)
{
    int64_t cursor, last = page->count > 0 ? page->ids[page->count - 1] : -1;

    if (page->count > 0 && page->ids[0] < 0)
        return "an id is not a number";
    for (size_t k = 1; k < page->count; k++) {
        if (page->ids[k] <= page->ids[k - 1])
            return "the list is not in the order of ids";
    }
    /* One id too early is what a cursor gives that names the last id instead of the next. */
    if (page->count > 0 && page->ids[0] < r->at[i].next - 1)
        return "the list did not begin where it was asked to";
    if (!page->more)
        return NULL;
    if (page->count == 0)
        return "a page without rows was not the last";
    if (!base_span_int64(base_span_of(page->cursor), &cursor))
        return "the list's cursor is not a number";
    return cursor == last || cursor == last + 1 ? NULL : "the list's cursor is not an id";
}

/* A range that had nothing in it is its left neighbour's again. That one reads on to the end, so
 * that rows which are added meanwhile are met as they are by one cursor. */
static void give_back(struct crm_ranges *r, const struct crm_range *empty)
{
    for (size_t i = 0; i < CRM_RANGES; i++) {
        if (r->at[i].open && r->at[i].end == empty->next) {
            r->at[i].end = empty->end;
            return;
        }
    }
}

static void learn(struct crm_ranges *r, struct crm_range *range, const struct crm_range_page *page)
{
    int64_t first, last;

    if (page->count == 0) {
        if (range->next < r->bound)
            r->bound = range->next;
        return;
    }
    first = page->ids[0];
    last = page->ids[page->count - 1];
    if (r->lowest < 0 || first < r->lowest)
        r->lowest = first;
    if (last > r->highest)
        r->highest = last;
    if (r->bound <= last) /* added since */
        r->bound = CRM_RANGE_END;
    if (!page->more && last + 1 < r->bound)
        r->bound = last + 1;
    if (page->count > 1)
        range->stride = last - first + 1;
}

void crm_ranges_take(struct crm_ranges *r, size_t i, const struct crm_range_page *page,
                     size_t *ret_from, size_t *ret_until)
{
    struct crm_range *range = &r->at[i];
    size_t from = 0, until = page->count;

    while (from < page->count && page->ids[from] < range->next)
        from++;
    while (until > from && page->ids[until - 1] >= range->end)
        until--;
    *ret_from = from;
    *ret_until = until;
    learn(r, range, page);
    r->pages++;
    r->wasted += range->fresh && (until - from) * 4 <= page->count;
    range->fresh = range->scout = false;
    if (page->count > 0 && page->more && page->ids[page->count - 1] < range->end - 1) {
        range->next = page->ids[page->count - 1] + 1;
        return;
    }
    range->open = false;
    if (page->count == 0)
        give_back(r, range);
}

/* ------------------------------------------------------------------ splitting */

static int64_t known_end(const struct crm_ranges *r)
{
    int64_t highest = r->highest > r->hint ? r->highest : r->hint;

    return highest + 1;
}

/* Ids of a range that can hold rows, as far as anybody knows. */
static int64_t width(const struct crm_ranges *r, const struct crm_range *range)
{
    int64_t end = known_end(r);

    end = range->end < end ? range->end : end;
    return range->open && end > range->next ? end - range->next : 0;
}

static int64_t pages_left(const struct crm_ranges *r, const struct crm_range *range)
{
    int64_t pages = range->stride > 0 ? width(r, range) / range->stride : 0;

    return pages < MOST_PAGES ? pages : MOST_PAGES;
}

int64_t crm_ranges_left(const struct crm_ranges *r)
{
    int64_t sum = 0;

    for (size_t i = 0; i < CRM_RANGES; i++)
        sum += pages_left(r, &r->at[i]);
    return sum;
}

/* Range `i` keeps what is before `at`. False when there is no place for the rest. */
static bool cut(struct crm_ranges *r, size_t i, int64_t at, bool scout)
{
    for (size_t k = 1; k < CRM_RANGES; k++) {
        if (r->at[k].open)
            continue;
        r->at[k] = (struct crm_range){.open = true,
                                      .fresh = true,
                                      .scout = scout,
                                      .next = at,
                                      .end = r->at[i].end,
                                      .stride = r->at[i].stride};
        r->at[i].end = at;
        return true;
    }
    return false;
}

/* Ids on a page of a range. One page tells little of a thousand; search knows better of the whole.
 */
static int64_t stride_of(const struct crm_ranges *r, size_t i)
{
    int64_t all = r->hint - r->lowest + 1;

    if (r->hint >= 0 && r->total >= PAGE && all / 2 < width(r, &r->at[i]) && all >= r->total)
        return all / (r->total / PAGE);
    return r->at[i].stride;
}

/* The ids of a part when a range of `ids` is cut into so many. A part of 8.0 pages takes nine
 * requests as often as eight; one of 8.7 takes nine and leaves fewer parts. */
static int64_t part_ids(int64_t ids, int64_t parts, int64_t stride)
{
    int64_t part = ids / parts, quarter = stride / 4, quarters;

    if (quarter == 0 || part / stride < EVEN_PAGES)
        return part;
    quarters = part / quarter + 1; /* up to the next 4n - 1 */
    return (quarters / 4 * 4 + 3) * quarter;
}

/* Cuts the range with most left into parts of one size, as many as its share of the readers is. */
static size_t split_largest(struct crm_ranges *r, size_t readers)
{
    size_t largest = 0, made = 0;
    int64_t left, parts, ids, part;

    for (size_t i = 1; i < CRM_RANGES; i++) {
        if (pages_left(r, &r->at[i]) > pages_left(r, &r->at[largest]))
            largest = i;
    }
    left = pages_left(r, &r->at[largest]);
    if (left < SPLIT_PAGES)
        return 0;
    parts = 1 + (int64_t)readers * left / crm_ranges_left(r);
    parts = parts < 2 ? 2 : parts > left ? left : parts;
    ids = width(r, &r->at[largest]);
    part = part_ids(ids, parts, stride_of(r, largest));
    for (int64_t k = (ids - 1) / part; k > 0; k--)
        made += k < parts && cut(r, largest, r->at[largest].next + k * part, false);
    return made;
}

static bool scout(struct crm_ranges *r, int64_t at)
{
    for (size_t i = 0; i < CRM_RANGES; i++) {
        if (r->at[i].open && r->at[i].next < at && at < r->at[i].end)
            return cut(r, i, at, true);
    }
    return false;
}

static int64_t widest_stride(const struct crm_ranges *r)
{
    int64_t stride = 0;

    for (size_t i = 0; i < CRM_RANGES; i++)
        stride = r->at[i].stride > stride ? r->at[i].stride : stride;
    return stride;
}

/* Whether the ids that are known reach so far that the work can be shared by them. */
static bool end_known(const struct crm_ranges *r)
{
    int64_t stride = widest_stride(r), beyond;

    if (r->highest < 0 || stride == 0)
        return true; /* nothing is known: nothing to share either */
    if (r->hint >= 0 && (r->highest - r->hint) / stride < LAG_PAGES)
        return true;
    beyond = r->bound - r->highest;
    return r->bound < CRM_RANGE_END &&
           (beyond / stride < SPLIT_PAGES || beyond < (r->highest - r->lowest) / 8);
}

static bool scouts_under_way(const struct crm_ranges *r)
{
    for (size_t i = 0; i < CRM_RANGES; i++) {
        if (r->at[i].open && r->at[i].scout)
            return true;
    }
    return false;
}

/* Scouts go where nobody has been: in steps that grow while nothing is known of the end, and then
 * to places in between. */
static size_t send_scouts(struct crm_ranges *r, size_t readers)
{
    int64_t at = r->highest, step = (r->bound - r->highest) / (SCOUTS_BETWEEN + 1);
    bool between = r->bound < CRM_RANGE_END;
    size_t made = 0, most = between ? SCOUTS_BETWEEN : SCOUTS_BEYOND;

    while (made < readers && made < most) {
        if (!between)
            step = (at - r->lowest + 1) * (SCOUT_FACTOR - 1);
        at += step;
        if (at <= r->highest || !scout(r, at) || at > INT64_MAX / SCOUT_FACTOR / 2)
            break;
        made++;
    }
    return made;
}

/* How many ranges may be opened if each turns out to be in vain. */
static size_t splits_allowed(const struct crm_ranges *r)
{
    int64_t by_size = (r->pages + crm_ranges_left(r)) / WASTE_BEFORE;
    int64_t by_success = CRM_RANGES - WASTE_LEAST + r->pages / WASTE_AFTER;
    int64_t allowed = WASTE_LEAST + (by_size < by_success ? by_size : by_success) - r->wasted;

    for (size_t i = 0; i < CRM_RANGES; i++)
        allowed -= r->at[i].open && r->at[i].fresh;
    return allowed > 0 ? (size_t)allowed : 0;
}

size_t crm_ranges_split(struct crm_ranges *r, size_t readers)
{
    size_t made = 0, more = 1, allowed = splits_allowed(r);

    readers = readers < allowed ? readers : allowed;
    if (!end_known(r) && allowed > 0)
        return scouts_under_way(r) ? 0 : send_scouts(r, readers);
    while (made < readers && more > 0) {
        more = split_largest(r, readers - made);
        made += more;
    }
    return made;
}

/* ------------------------------------------------------------------ what is left */

bool crm_ranges_want(const struct crm_ranges *r, int64_t id)
{
    for (size_t i = 0; i < CRM_RANGES; i++) {
        if (r->at[i].open && id >= r->at[i].next && id < r->at[i].end)
            return true;
    }
    return false;
}

bool crm_ranges_done(const struct crm_ranges *r)
{
    for (size_t i = 0; i < CRM_RANGES; i++) {
        if (r->at[i].open)
            return false;
    }
    return true;
}
