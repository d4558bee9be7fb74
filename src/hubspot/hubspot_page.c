#include "hubspot_page.h"

#include "base_text.h"
#include "base_url.h"

#define DOING "reading a page of objects"

static enum base_status bad_page(struct base_error *err, const char *why)
{
    return base_fail(err, BASE_INVALID, DOING, "%s", why);
}

/* What the members of the body said; a member that is absent has the type BASE_JSON_ERROR. */
struct members {
    struct base_json_value results, paging;          /* v3 and dated */
    struct base_json_value contacts, more, offset;   /* v1 */
    struct base_json_value time_offset;              /* v1's lists of recent contacts */
};

static enum base_status find_members(struct base_span body, struct members *m, struct base_error *err)
{
    const struct base_json_field fields[] = {
        {"results", BASE_JSON_WANT_VALUE, false, &m->results, NULL},
        {"paging", BASE_JSON_WANT_VALUE, false, &m->paging, NULL},
        {"contacts", BASE_JSON_WANT_VALUE, false, &m->contacts, NULL},
        {"has-more", BASE_JSON_WANT_VALUE, false, &m->more, NULL},
        {"vid-offset", BASE_JSON_WANT_VALUE, false, &m->offset, NULL},
        {"time-offset", BASE_JSON_WANT_VALUE, false, &m->time_offset, NULL},
    };
    enum base_status status = base_json_decode(body, fields, sizeof(fields) / sizeof(fields[0]), err);
    if (status != BASE_OK)
        base_error_doing(err, DOING);
    return status;
}

/* The cursor goes into a URL as it is, so it may hold anything but NUL; it is percent-encoded there. */
static enum base_status take_cursor(const struct base_json_value *after, struct hubspot_page *page,
                                    struct base_error *err)
{
    if (after->type == BASE_JSON_NUMBER) {
        if (!base_text_copy(page->cursor, sizeof(page->cursor), after->raw))
            return bad_page(err, "the cursor is too long");
        return BASE_OK;
    }
    if (after->type != BASE_JSON_STRING)
        return bad_page(err, "the cursor is neither a string nor a number");
    size_t length = base_json_string_length(after);
    if (length >= sizeof(page->cursor))
        return bad_page(err, "the cursor is too long");
    base_json_string_decode(after, page->cursor);
    page->cursor[length] = '\0';
    if (strlen(page->cursor) != length)
        return bad_page(err, "the cursor holds a NUL byte");
    return BASE_OK;
}

static enum base_status read_v3(const struct members *m, struct hubspot_page *page, struct base_error *err)
{
    struct base_json_value next = {0}, after = {0};
    const struct base_json_field in_paging[] = {{"next", BASE_JSON_WANT_OBJECT, false, &next, NULL}};
    const struct base_json_field in_next[] = {{"after", BASE_JSON_WANT_VALUE, true, &after, NULL}};

    page->style = HUBSPOT_PAGE_V3;
    page->rows = m->results.raw;
    page->parameter = "after";
    if (m->paging.type == BASE_JSON_ERROR)
        return BASE_OK;
    if (m->paging.type != BASE_JSON_OBJECT || base_json_decode(m->paging.raw, in_paging, 1, NULL) != BASE_OK)
        return bad_page(err, "\"paging\" is not what it should be");
    if (next.type == BASE_JSON_ERROR)
        return BASE_OK;
    if (base_json_decode(next.raw, in_next, 1, NULL) != BASE_OK)
        return bad_page(err, "\"paging.next\" has no \"after\"");
    enum base_status status = take_cursor(&after, page, err);
    page->more = page->cursor[0] != '\0'; /* HubSpot's own client takes "" for the end as well */
    return status;
}

/* The end is has-more:false; vid-offset stays set on the last page. */
static enum base_status read_v1(const struct members *m, struct hubspot_page *page, struct base_error *err)
{
    int64_t vid;
    page->style = HUBSPOT_PAGE_V1;
    page->rows = m->contacts.raw;
    page->parameter = "vidOffset";
    if (m->time_offset.type != BASE_JSON_ERROR)
        return bad_page(err, "this list is paged by time (timeOffset), which is not followed");
    if (m->more.type == BASE_JSON_FALSE)
        return BASE_OK;
    if (m->more.type != BASE_JSON_TRUE)
        return bad_page(err, "\"has-more\" is neither true nor false");
    if (m->offset.type != BASE_JSON_NUMBER || !base_json_int64(&m->offset, &vid) || vid < 0)
        return bad_page(err, "\"vid-offset\" is not a number");
    page->more = true;
    return take_cursor(&m->offset, page, err);
}

static bool all_objects(struct base_span array)
{
    struct base_json json;
    struct base_json_value v;
    base_json_begin(&json, array);
    base_json_next(&json, NULL);
    while (base_json_take(&json, &v) == BASE_JSON_OBJECT)
        ;
    return v.type == BASE_JSON_ARRAY_END;
}

enum base_status hubspot_page_parse(struct base_span body, struct hubspot_page *ret, struct base_error *err)
{
    struct members m = {0};
    struct hubspot_page page = {.style = HUBSPOT_PAGE_NONE};
    struct base_span start = base_span_trim(body);
    if (start.n > 0 && start.p[0] != '{') { /* valid JSON all the same, but no page */
        if (!base_json_valid(body))
            return bad_page(err, "the body is not JSON");
        *ret = page;
        return BASE_OK;
    }
    enum base_status status = find_members(body, &m, err);
    if (status == BASE_OK && m.results.type == BASE_JSON_ARRAY)
        status = read_v3(&m, &page, err);
    else if (status == BASE_OK && m.contacts.type == BASE_JSON_ARRAY)
        status = read_v1(&m, &page, err);
    if (status != BASE_OK)
        return status;
    if (page.style != HUBSPOT_PAGE_NONE && !all_objects(page.rows))
        return bad_page(err, "a row is not an object");
    *ret = page;
    return BASE_OK;
}

void hubspot_rows_begin(struct hubspot_rows *rows, struct base_span array)
{
    base_json_begin(&rows->json, array);
    rows->open = base_json_next(&rows->json, NULL) == BASE_JSON_ARRAY;
}

bool hubspot_rows_next(struct hubspot_rows *rows, struct base_span *ret_object)
{
    struct base_json_value v;
    rows->open = rows->open && base_json_take(&rows->json, &v) == BASE_JSON_OBJECT;
    if (rows->open)
        *ret_object = v.raw;
    return rows->open;
}

void hubspot_page_next_target(struct base_buf *out, struct base_span target, const char *parameter,
                              const char *cursor)
{
    struct base_span query = target;
    base_buf_add_span(out, base_span_cut(&query, '?'));
    char separator = '?';
    bool set = false;
    while (query.n > 0) {
        struct base_span pair = base_span_cut(&query, '&');
        struct base_span value = pair;
        bool is_cursor = base_span_is(base_span_cut(&value, '='), parameter);
        if (is_cursor && set)
            continue;
        base_buf_add_char(out, separator);
        separator = '&';
        if (!is_cursor) {
            base_buf_add_span(out, pair);
            continue;
        }
        base_buf_add_str(out, parameter);
        base_buf_add_char(out, '=');
        base_url_encode(out, base_span_of(cursor));
        set = true;
    }
    if (!set) {
        base_buf_add_char(out, separator);
        base_buf_add_str(out, parameter);
        base_buf_add_char(out, '=');
        base_url_encode(out, base_span_of(cursor));
    }
}

enum base_status hubspot_page_advances(const char *previous, const char *next, struct base_error *err)
{
    uint64_t before, after;
    if (strcmp(previous, next) == 0)
        return bad_page(err, "the cursor did not move: the next page would be this one again");
    if (base_span_uint64(base_span_of(previous), &before) &&
        base_span_uint64(base_span_of(next), &after) && after <= before)
        return bad_page(err, "the cursor went backward: the same pages would come again");
    return BASE_OK;
}
