#include "hubspot_next.h"

#include "base_json.h"
#include "base_text.h"
#include "hubspot_page.h"

#define DOING "looking for the next page"

static enum base_status bad(struct base_error *err, const char *why)
{
    return base_fail(err, BASE_INVALID, DOING, "%s", why);
}

static bool is_absent(const struct base_json_value *v)
{
    return v->type == BASE_JSON_ERROR || v->type == BASE_JSON_NULL;
}

static bool copy_cursor(const struct base_json_value *v, char out[HUBSPOT_NEXT_CURSOR])
{
    if (v->type == BASE_JSON_NUMBER)
        return base_text_copy(out, HUBSPOT_NEXT_CURSOR, v->raw);
    if (v->type != BASE_JSON_STRING)
        return false;
    size_t length = base_json_string_length(v);
    if (length >= HUBSPOT_NEXT_CURSOR)
        return false;
    base_json_string_decode(v, out);
    out[length] = '\0';
    return strlen(out) == length; /* no NUL in it */
}

static enum base_status add(struct hubspot_next *next, const char *name,
                            const struct base_json_value *v, struct base_error *err)
{
    if (!copy_cursor(v, next->parameters[next->count].value))
        return bad(err, "a cursor is neither a number nor a text of less than 512 bytes");
    next->parameters[next->count++].name = name;
    return BASE_OK;
}

struct members {
    struct base_json_value paging, has_more_v1, has_more, vid, time, offset, limit, total, objects;
};

static enum base_status read_v3(const struct members *m, struct hubspot_next *next,
                                struct base_error *err)
{
    struct base_json_value link = {0}, after = {0};
    const struct base_json_field in_paging[] = {
        {"next", BASE_JSON_WANT_OBJECT, false, &link, NULL}};
    const struct base_json_field in_next[] = {{"after", BASE_JSON_WANT_VALUE, true, &after, NULL}};
    if (base_json_decode(m->paging.raw, in_paging, 1, NULL) != BASE_OK)
        return bad(err, "\"paging\" is not what it should be");
    if (is_absent(&link))
        return BASE_OK;
    if (base_json_decode(link.raw, in_next, 1, NULL) != BASE_OK)
        return bad(err, "\"paging.next\" has no \"after\"");
    enum base_status status = add(next, "after", &after, err);
    /* HubSpot's own client takes "" for the end as well. */
    next->more = status == BASE_OK && next->parameters[0].value[0] != '\0';
    return status;
}

/* The end is has-more:false; the offsets stay set on the last page. */
static enum base_status read_v1(const struct members *m, struct hubspot_next *next,
                                struct base_error *err)
{
    const struct base_json_value *more = is_absent(&m->has_more) ? &m->has_more_v1 : &m->has_more;
    enum base_status status;
    if (more->type == BASE_JSON_FALSE)
        return BASE_OK;
    if (more->type != BASE_JSON_TRUE)
        return bad(err, "whether there is more is neither true nor false");
    if (is_absent(&m->vid) && is_absent(&m->offset))
        return bad(err, "there is more, but no \"offset\" or \"vid-offset\" says where");
    next->more = true;
    if (is_absent(&m->vid))
        return add(next, "offset", &m->offset, err);
    status = add(next, "vidOffset", &m->vid, err);
    if (status == BASE_OK && !is_absent(&m->time))
        status = add(next, "timeOffset", &m->time, err);
    return status;
}

/* Which part of all there are this page is; nothing says where the next one is but arithmetic. */
static bool is_part(const struct members *m)
{
    return m->objects.type == BASE_JSON_ARRAY && m->offset.type == BASE_JSON_NUMBER &&
           m->limit.type == BASE_JSON_NUMBER && m->total.type == BASE_JSON_NUMBER;
}

static uint64_t elements_of(const struct base_json_value *array)
{
    struct base_json json;
    struct base_json_value one;
    uint64_t n = 0;
    base_json_begin(&json, array->raw);
    (void)base_json_next(&json, NULL);
    for (; base_json_take(&json, &one) != BASE_JSON_ARRAY_END && one.type != BASE_JSON_ERROR; n++)
        ;
    return n;
}

/* The next begins behind what came: a page may have less than the limit that it names. */
static enum base_status read_part(const struct members *m, struct hubspot_next *next,
                                  struct base_error *err)
{
    uint64_t offset, limit, total, came = elements_of(&m->objects);
    if (!base_span_uint64(m->offset.raw, &offset) || !base_span_uint64(m->limit.raw, &limit) ||
        !base_span_uint64(m->total.raw, &total))
        return bad(err, "\"offset\", \"limit\" and \"total\" are not what they should be");
    if (offset >= total || total - offset <= came)
        return BASE_OK;
    if (came == 0)
        return bad(err, "there is more, but \"objects\" is empty");
    next->more = true;
    next->parameters[next->count].name = "offset";
    (void)snprintf(next->parameters[next->count++].value, HUBSPOT_NEXT_CURSOR, "%llu",
                   (unsigned long long)(offset + came));
    return BASE_OK;
}

enum base_status hubspot_next_parse(struct base_span body, struct hubspot_next *ret,
                                    struct base_error *err)
{
    struct members m = {0};
    const struct base_json_field fields[] = {
        {"paging", BASE_JSON_WANT_VALUE, false, &m.paging, NULL},
        {"has-more", BASE_JSON_WANT_VALUE, false, &m.has_more_v1, NULL},
        {"hasMore", BASE_JSON_WANT_VALUE, false, &m.has_more, NULL},
        {"vid-offset", BASE_JSON_WANT_VALUE, false, &m.vid, NULL},
        {"time-offset", BASE_JSON_WANT_VALUE, false, &m.time, NULL},
        {"offset", BASE_JSON_WANT_VALUE, false, &m.offset, NULL},
        {"limit", BASE_JSON_WANT_VALUE, false, &m.limit, NULL},
        {"total", BASE_JSON_WANT_VALUE, false, &m.total, NULL},
        {"objects", BASE_JSON_WANT_VALUE, false, &m.objects, NULL},
    };
    struct hubspot_next next = {0};
    enum base_status status = BASE_OK;
    struct base_json json;
    base_json_begin(&json, body);
    if (base_json_next(&json, NULL) != BASE_JSON_OBJECT) {
        if (!base_json_valid(body))
            return bad(err, "the body is not JSON");
    } else if (base_json_decode(body, fields, sizeof(fields) / sizeof(fields[0]), err) != BASE_OK) {
        base_error_doing(err, DOING);
        return BASE_INVALID;
    } else if (!is_absent(&m.paging)) {
        status = read_v3(&m, &next, err);
    } else if (!is_absent(&m.has_more) || !is_absent(&m.has_more_v1)) {
        status = read_v1(&m, &next, err);
    } else if (is_part(&m)) {
        status = read_part(&m, &next, err);
    }
    if (status == BASE_OK)
        *ret = next;
    return status;
}

void hubspot_next_target(struct base_buf *out, struct base_span target,
                         const struct hubspot_next *next)
{
    struct base_buf first;
    if (next->count < 2) {
        hubspot_page_next_target(out, target, next->parameters[0].name, next->parameters[0].value);
        return;
    }
    base_buf_init(&first, out->max);
    hubspot_page_next_target(&first, target, next->parameters[0].name, next->parameters[0].value);
    hubspot_page_next_target(out, base_buf_span(&first), next->parameters[1].name,
                             next->parameters[1].value);
    if (base_buf_status(&first) != BASE_OK)
        out->status = base_buf_status(&first);
    base_buf_free(&first);
}

/* ---------------------------------------------------------------- going round in circles */

static bool is_same(const struct hubspot_next *a, const struct hubspot_next *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->parameters[i].name, b->parameters[i].name) != 0 ||
            strcmp(a->parameters[i].value, b->parameters[i].value) != 0)
            return false;
    return true;
}

/* Numbers grow, but for the lists that go back in time, which have two of them; texts have no
 * order, and are compared with a landmark that is moved on after 1, 2, 4, 8… steps (Brent), so that
 * any circle is noticed after a few rounds. */
enum base_status hubspot_walk_step(struct hubspot_walk *w, const struct hubspot_next *next,
                                   struct base_error *err)
{
    if (w->steps > 0 && (is_same(next, &w->last) || is_same(next, &w->landmark)))
        return bad(err, "the cursor did not move on: the same pages would come again");
    if (w->steps > 0 && next->count == 1 && w->last.count == 1) {
        enum base_status status =
            hubspot_page_advances(w->last.parameters[0].value, next->parameters[0].value, err);
        if (status != BASE_OK)
            return status;
    }
    w->last = *next;
    if (w->steps++ == w->next_landmark) {
        w->landmark = *next;
        w->next_landmark = w->next_landmark * 2 + 1;
    }
    return BASE_OK;
}
