/* Pages of objects: where the rows are and where the next page is, for every style of HubSpot's.
 *   v3 and dated:  {"results":[…],"paging":{"next":{"after":"123"}}}           next: after=123
 *   v1 contacts:   {"contacts":[…],"has-more":true,"vid-offset":196181}         next:
 * vidOffset=196181 A frozen or backward cursor is an error, not a loop. */
#ifndef HUBSPOT_PAGE_H
#define HUBSPOT_PAGE_H

#include "base_buf.h"
#include "base_json.h"

enum hubspot_page_style { HUBSPOT_PAGE_NONE, HUBSPOT_PAGE_V3, HUBSPOT_PAGE_V1 };

struct hubspot_page {
    enum hubspot_page_style style; /* NONE: a body without a list of rows */
    struct base_span rows;         /* the array, brackets included; a span of the body */
    bool more;
    char cursor[512];      /* value for `parameter` of the next request; "" without more */
    const char *parameter; /* "after" or "vidOffset" */
};

/* INVALID when the body is not JSON or its paging has wrong types. The whole body is checked in one
 * pass. */
enum base_status hubspot_page_parse(struct base_span body, struct hubspot_page *ret,
                                    struct base_error *err);
/* The same, and the rows as well, in the same pass: the first `most` of *ret_count. */
enum base_status hubspot_page_parse_rows(struct base_span body, struct hubspot_page *ret,
                                         struct base_span *rows, size_t most, size_t *ret_count,
                                         struct base_error *err);
/* Row by row: begin with base_json_begin(&j, page.rows) and a first hubspot_page_row(); each call
 * gives one object, unchanged. False at the end. */
struct hubspot_rows {
    struct base_json json;
    bool open;
};
void hubspot_rows_begin(struct hubspot_rows *rows, struct base_span array);
bool hubspot_rows_next(struct hubspot_rows *rows, struct base_span *ret_object);

/* `target` with its `parameter` set to `cursor`: replaced where it is, else appended. */
void hubspot_page_next_target(struct base_buf *out, struct base_span target, const char *parameter,
                              const char *cursor);
/* INVALID when `next` is the same as, or numerically not above, `previous` ("" for the first). */
enum base_status hubspot_page_advances(const char *previous, const char *next,
                                       struct base_error *err);

#endif
