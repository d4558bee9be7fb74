#include "hubspot_page.h"

#include "base_text.h"
#include "base_url.h"

#define DOING "reading a page of objects"

static enum base_status bad_page(struct base_error *err, const char *why)
{
    return base_fail(err, BASE_INVALID, DOING, "%s", why);
}

enum member { RESULTS, PAGING, CONTACTS, HAS_MORE, VID_OFFSET, TIME_OFFSET, MEMBERS };

static const char *const member_names[MEMBERS] = {
    "results",    "paging",     /* v3 and dated */
    "contacts",   "has-more",   /* v1 */
    "vid-offset", "time-offset" /* v1; the second only in its lists of recent contacts */
};

/* What the body says. A member that is absent has the type BASE_JSON_ERROR; null counts as absent.
 */
struct members {
    struct base_json_value found[MEMBERS];
    bool odd_row; /* a row is not an object */
    /* Rows are noted here, if anybody wants them. */
    struct base_span *rows;
    size_t most, count;
};

/* The member's value; of an array of rows each row is looked at on the way, so that the body is
 * read once. */
static bool take_member(struct base_json *json, enum member which, struct members *m)
{
    struct base_json_value *v = &m->found[which], row;
    struct base_json inside = *json;
    if ((which != RESULTS && which != CONTACTS) || base_json_next(&inside, v) != BASE_JSON_ARRAY)
        return base_json_take(json, v) != BASE_JSON_ERROR;
    while (base_json_take(&inside, &row) != BASE_JSON_ARRAY_END) {
        if (row.type == BASE_JSON_ERROR)
            return false;
        if (row.type != BASE_JSON_OBJECT)
            m->odd_row = true;
        if (m->count < m->most)
            m->rows[m->count] = row.raw;
        m->count++;
    }
    *json = inside;
    v->raw.n = (size_t)(row.raw.p + row.raw.n - v->raw.p);
    return true;
}

static enum base_status find_members(struct base_span body, struct members *m,
                                     struct base_error *err)
{
    struct base_json json;
    struct base_json_value key;
    bool good = true;
    base_json_begin(&json, body);
    if (base_json_next(&json, NULL) != BASE_JSON_OBJECT) /* valid JSON perhaps, but no page */
        return base_json_valid(body) ? BASE_OK : bad_page(err, "the body is not JSON");
    while (good && base_json_next(&json, &key) == BASE_JSON_KEY) {
        unsigned i = 0;
        while (i < MEMBERS && !base_json_string_is(&key, member_names[i]))
            i++;
        if (i == MEMBERS)
            good = base_json_take(&json, NULL) != BASE_JSON_ERROR;
        else if (m->found[i].type != BASE_JSON_ERROR)
            return base_fail(err, BASE_INVALID, DOING, "\"%s\" is given twice", member_names[i]);
        else
            good = take_member(&json, (enum member)i, m);
    }
    if (!good || base_json_next(&json, NULL) != BASE_JSON_END)
        return base_fail(err, BASE_INVALID, DOING, "the body is not JSON: %s at byte %zu",
                         json.error, base_json_offset(&json));
    return BASE_OK;
}

static bool is_absent(const struct base_json_value *v)
{
    return v->type == BASE_JSON_ERROR || v->type == BASE_JSON_NULL;
}

/* The cursor goes into a URL as it is, so it may hold anything but NUL; it is percent-encoded
 * there. */
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

static enum base_status read_v3(const struct members *m, struct hubspot_page *page,
                                struct base_error *err)
{
    struct base_json_value next = {0}, after = {0};
    const struct base_json_field in_paging[] = {
        {"next", BASE_JSON_WANT_OBJECT, false, &next, NULL}};
    const struct base_json_field in_next[] = {{"after", BASE_JSON_WANT_VALUE, true, &after, NULL}};

    page->style = HUBSPOT_PAGE_V3;
    page->rows = m->found[RESULTS].raw;
    page->parameter = "after";
    const struct base_json_value *paging = &m->found[PAGING];
    if (is_absent(paging))
        return BASE_OK;
    if (base_json_decode(paging->raw, in_paging, 1, NULL) != BASE_OK)
        return bad_page(err, "\"paging\" is not what it should be");
    if (is_absent(&next))
        return BASE_OK;
    if (base_json_decode(next.raw, in_next, 1, NULL) != BASE_OK)
        return bad_page(err, "\"paging.next\" has no \"after\"");
    enum base_status status = take_cursor(&after, page, err);
    page->more = page->cursor[0] != '\0'; /* HubSpot's own client takes "" for the end as well */
    return status;
}

/* The end is has-more:false; vid-offset stays set on the last page. */
static enum base_status read_v1(const struct members *m, struct hubspot_page *page,
                                struct base_error *err)
{
    const struct base_json_value *more = &m->found[HAS_MORE], *offset = &m->found[VID_OFFSET];
    int64_t vid;
    page->style = HUBSPOT_PAGE_V1;
    page->rows = m->found[CONTACTS].raw;
    page->parameter = "vidOffset";
    if (!is_absent(&m->found[TIME_OFFSET]))
        return bad_page(err, "this list is paged by time (timeOffset), which is not followed");
    if (more->type == BASE_JSON_FALSE)
        return BASE_OK;
    if (more->type != BASE_JSON_TRUE)
        return bad_page(err, "\"has-more\" is neither true nor false");
    if (offset->type != BASE_JSON_NUMBER || !base_json_int64(offset, &vid) || vid < 0)
        return bad_page(err, "\"vid-offset\" is not a number");
    page->more = true;
    return take_cursor(offset, page, err);
}

enum base_status hubspot_page_parse(struct base_span body, struct hubspot_page *ret,
                                    struct base_error *err)
{
    size_t count;

    return hubspot_page_parse_rows(body, ret, NULL, 0, &count, err);
}

enum base_status hubspot_page_parse_rows(struct base_span body, struct hubspot_page *ret,
                                         struct base_span *rows, size_t most, size_t *ret_count,
                                         struct base_error *err)
{
    struct members m = {.rows = rows, .most = most};
    struct hubspot_page page = {.style = HUBSPOT_PAGE_NONE};
    enum base_status status = find_members(body, &m, err);
    if (status == BASE_OK && m.found[RESULTS].type == BASE_JSON_ARRAY &&
        m.found[CONTACTS].type == BASE_JSON_ARRAY)
        return bad_page(err, "there are two lists in it");
    if (status == BASE_OK && m.found[RESULTS].type == BASE_JSON_ARRAY)
        status = read_v3(&m, &page, err);
    else if (status == BASE_OK && m.found[CONTACTS].type == BASE_JSON_ARRAY)
        status = read_v1(&m, &page, err);
    if (status != BASE_OK)
        return status;
    if (page.style != HUBSPOT_PAGE_NONE && m.odd_row)
        return bad_page(err, "a row is not an object");
    *ret = page;
    *ret_count = m.count;
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

enum base_status hubspot_page_advances(const char *previous, const char *next,
                                       struct base_error *err)
{
    uint64_t before, after;
    if (strcmp(previous, next) == 0)
        return bad_page(err, "the cursor did not move: the next page would be this one again");
    if (base_span_uint64(base_span_of(previous), &before) &&
        base_span_uint64(base_span_of(next), &after) && after <= before)
        return bad_page(err, "the cursor went backward: the same pages would come again");
    return BASE_OK;
}
