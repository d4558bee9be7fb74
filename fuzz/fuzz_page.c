/* Pages of objects: what is accepted is valid JSON, and its rows are all there, each an object, one
 * after the other. */
#include <stdint.h>
#include <stdlib.h>

#include "hubspot_page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rows(const struct hubspot_page *page)
{
    struct hubspot_rows rows;
    struct base_span row;
    const char *end = page->rows.p;
    hubspot_rows_begin(&rows, page->rows);
    while (hubspot_rows_next(&rows, &row)) {
        if (row.p <= end || row.p[0] != '{' || !base_json_valid(row))
            abort();
        end = row.p + row.n;
    }
    struct base_span rest = {end, (size_t)(page->rows.p + page->rows.n - end)};
    if (end == page->rows.p)
        rest = base_span_from(rest, 1); /* no rows: behind the opening bracket */
    if (!base_span_is(base_span_trim(rest), "]"))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_span body = {(const char *)data, size};
    struct base_error err = BASE_ERROR_NONE;
    struct hubspot_page page;
    struct base_buf target;
    enum base_status status = hubspot_page_parse(body, &page, &err);
    if (status != err.status)
        abort();
    if (status != BASE_OK)
        return 0;
    if (!base_json_valid(body) || page.more != (page.cursor[0] != '\0'))
        abort();
    if (page.style == HUBSPOT_PAGE_NONE)
        return 0;
    check_rows(&page);
    base_buf_init(&target, SIZE_MAX);
    hubspot_page_next_target(&target, BASE_SPAN("/c?after=1&b=2"), page.parameter, page.cursor);
    for (size_t i = 0; i < target.n; i++)
        if (target.p[i] <= 0x20 || target.p[i] >= 0x7f)
            abort();
    base_buf_free(&target);
    return 0;
}
