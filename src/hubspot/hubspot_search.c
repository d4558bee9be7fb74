#include "hubspot_search.h"

#include "base_jsonw.h"
#include "hubspot_page.h"

#define DOING "following a search"
#define ID "hs_object_id"
/* CRM search guide, "Limits". */
#define GROUP_FILTERS 6
#define ALL_FILTERS 18

static bool is_absent(const struct base_json_value *v)
{
    return v->type == BASE_JSON_ERROR || v->type == BASE_JSON_NULL;
}

/* ---------------------------------------------------------------- the caller's body */

/* ["hs_object_id"], or the same as an object. */
static bool sorts_by_id(const struct base_json_value *sorts)
{
    struct base_json json;
    struct base_json_value rule, property = {0}, direction = {0};
    const struct base_json_field fields[] = {
        {"propertyName", BASE_JSON_WANT_STRING, true, &property, NULL},
        {"direction", BASE_JSON_WANT_STRING, false, &direction, NULL},
    };
    if (is_absent(sorts))
        return true;
    base_json_begin(&json, sorts->raw);
    if (base_json_next(&json, NULL) != BASE_JSON_ARRAY)
        return false;
    enum base_json_type type = base_json_take(&json, &rule);
    if (type == BASE_JSON_ARRAY_END)
        return true;
    if (type == BASE_JSON_STRING)
        return base_json_string_is(&rule, ID);
    return type == BASE_JSON_OBJECT && base_json_decode(rule.raw, fields, 2, NULL) == BASE_OK &&
           base_json_string_is(&property, ID) &&
           (is_absent(&direction) || base_json_string_is(&direction, "ASCENDING"));
}

static size_t filters_in(const struct base_json_value *filters)
{
    struct base_json json;
    struct base_json_value one;
    size_t n = 0;
    if (is_absent(filters))
        return 0;
    base_json_begin(&json, filters->raw);
    if (base_json_next(&json, NULL) == BASE_JSON_ARRAY)
        while (base_json_take(&json, &one) == BASE_JSON_OBJECT)
            n++;
    return n;
}

/* Whether each group can have one filter more. */
static bool has_room(const struct hubspot_search *s)
{
    struct base_json json;
    struct base_json_value group;
    size_t all = 0;
    if (is_absent(&s->groups))
        return filters_in(&s->filters) < GROUP_FILTERS;
    base_json_begin(&json, s->groups.raw);
    base_json_next(&json, NULL);
    while (base_json_take(&json, &group) == BASE_JSON_OBJECT) {
        struct base_json_value filters = {0};
        (void)base_json_find(group.raw, &filters, "filters", NULL);
        size_t n = filters_in(&filters) + 1;
        if (n > GROUP_FILTERS)
            return false;
        all += n;
    }
    return all <= ALL_FILTERS;
}

enum base_status hubspot_search_begin(struct hubspot_search *s, struct base_span body,
                                      struct base_error *err)
{
    int64_t limit = HUBSPOT_SEARCH_LIMIT;
    struct base_json_value after = {0};
    *s = (struct hubspot_search){.body = body};
    const struct base_json_field fields[] = {
        {"sorts", BASE_JSON_WANT_VALUE, false, &s->sorts, NULL},
        {"filterGroups", BASE_JSON_WANT_ARRAY, false, &s->groups, NULL},
        {"filters", BASE_JSON_WANT_ARRAY, false, &s->filters, NULL},
        {"after", BASE_JSON_WANT_VALUE, false, &after, NULL},
        {"limit", BASE_JSON_WANT_INT64, false, &limit, NULL},
    };
    if (base_json_decode(body, fields, 5, err) != BASE_OK) {
        base_error_doing(err, "reading the body of the search");
        return base_error_as(err, BASE_USAGE);
    }
    if (limit < 1 || limit > 200)
        return base_fail(err, BASE_USAGE, DOING, "\"limit\" is not 1 to 200");
    if (!is_absent(&after) && !base_json_string_is(&after, "0") && !base_span_is(after.raw, "0"))
        return base_fail(err, BASE_USAGE, DOING,
                         "the body has an \"after\" of its own: all pages begin at the first");
    s->limit = (uint64_t)limit;
    s->by_id = sorts_by_id(&s->sorts);
    s->full = !has_room(s);
    return BASE_OK;
}

/* ---------------------------------------------------------------- the next body */

static void write_past(const struct hubspot_search *s, struct base_jsonw *w)
{
    char id[24];
    (void)snprintf(id, sizeof(id), "%llu", (unsigned long long)s->past);
    base_jsonw_object(w);
    base_jsonw_member_str(w, "propertyName", ID);
    base_jsonw_member_str(w, "operator", "GT");
    base_jsonw_member_str(w, "value", id);
    base_jsonw_end(w);
}

/* The filters of an array, and ours. */
static void write_filters(const struct hubspot_search *s, const struct base_json_value *filters,
                          struct base_jsonw *w)
{
    struct base_json json;
    struct base_json_value one;
    base_jsonw_array(w);
    if (!is_absent(filters)) {
        base_json_begin(&json, filters->raw);
        base_json_next(&json, NULL);
        while (base_json_take(&json, &one) == BASE_JSON_OBJECT)
            base_jsonw_raw(w, one.raw);
    }
    write_past(s, w);
    base_jsonw_end(w);
}

static void copy_key(struct base_jsonw *w, const struct base_json_value *key)
{
    struct base_buf name;
    base_buf_init(&name, key->raw.n + 1);
    base_json_string_add(key, &name);
    base_jsonw_key_span(w, base_buf_span(&name));
    if (base_buf_status(&name) != BASE_OK)
        w->out->status = base_buf_status(&name);
    base_buf_free(&name);
}

/* As it stands in the text. */
static void copy_value(struct base_jsonw *w, const struct base_json_value *v)
{
    bool quoted = v->type == BASE_JSON_STRING;
    base_jsonw_raw(w, (struct base_span){v->raw.p - quoted, v->raw.n + 2 * (size_t)quoted});
}

/* A group as it is, but for its filters. */
static void write_group(const struct hubspot_search *s, struct base_span group,
                        struct base_jsonw *w)
{
    struct base_json json;
    struct base_json_value key, value, filters = {0};
    base_json_begin(&json, group);
    base_json_next(&json, NULL);
    base_jsonw_object(w);
    while (base_json_next(&json, &key) == BASE_JSON_KEY) {
        base_json_take(&json, &value);
        if (base_json_string_is(&key, "filters")) {
            filters = value;
            continue;
        }
        copy_key(w, &key);
        copy_value(w, &value);
    }
    base_jsonw_key(w, "filters");
    write_filters(s, &filters, w);
    base_jsonw_end(w);
}

/* Groups are alternatives, so each of them gets ours; where there is none, ours is the only one. */
static void write_groups(const struct hubspot_search *s, struct base_jsonw *w)
{
    struct base_json json;
    struct base_json_value group;
    bool any = false;
    if (!is_absent(&s->filters) && is_absent(&s->groups)) {
        base_jsonw_key(w, "filters");
        write_filters(s, &s->filters, w);
        return;
    }
    base_jsonw_key(w, "filterGroups");
    base_jsonw_array(w);
    if (!is_absent(&s->groups)) {
        base_json_begin(&json, s->groups.raw);
        base_json_next(&json, NULL);
        while (base_json_take(&json, &group) == BASE_JSON_OBJECT) {
            write_group(s, group.raw, w);
            any = true;
        }
    }
    if (!any)
        write_group(s, BASE_SPAN("{}"), w);
    base_jsonw_end(w);
}

/* Which members are written anew. */
static bool is_ours(const struct hubspot_search *s, const struct base_json_value *key)
{
    if (base_json_string_is(key, "after"))
        return true;
    if (base_json_string_is(key, "sorts"))
        return s->by_id;
    bool filters_stay = is_absent(&s->filters) || !is_absent(&s->groups);
    return s->past > 0 && (base_json_string_is(key, "filterGroups") ||
                           (base_json_string_is(key, "filters") && !filters_stay));
}

void hubspot_search_body(const struct hubspot_search *s, struct base_buf *out)
{
    struct base_json json;
    struct base_json_value key, value;
    struct base_jsonw w;
    base_json_begin(&json, s->body);
    base_json_next(&json, NULL);
    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    while (base_json_next(&json, &key) == BASE_JSON_KEY) {
        base_json_take(&json, &value);
        if (is_ours(s, &key))
            continue;
        copy_key(&w, &key);
        copy_value(&w, &value);
    }
    if (s->by_id) {
        base_jsonw_key(&w, "sorts");
        base_jsonw_raw(&w,
                       BASE_SPAN("[{\"propertyName\":\"" ID "\",\"direction\":\"ASCENDING\"}]"));
    }
    if (s->past > 0)
        write_groups(s, &w);
    if (s->after > 0) {
        char after[24];
        (void)snprintf(after, sizeof(after), "%llu", (unsigned long long)s->after);
        base_jsonw_member_str(&w, "after", after);
    }
    base_jsonw_end(&w);
}

/* ---------------------------------------------------------------- answers */

static enum base_status bad(struct base_error *err, const char *why)
{
    return base_fail(err, BASE_INVALID, DOING, "%s", why);
}

/* The ids must rise, or what follows could be skipped or come twice. */
static enum base_status take_ids(struct hubspot_search *s, struct base_span rows,
                                 struct base_error *err)
{
    struct hubspot_rows each;
    struct base_span row;
    hubspot_rows_begin(&each, rows);
    while (hubspot_rows_next(&each, &row)) {
        struct base_json_value id;
        uint64_t number;
        if (!base_json_find(row, &id, "id", NULL) || !base_span_uint64(id.raw, &number))
            return bad(err, "a result has no \"id\" that is a number");
        if (number <= s->last_row)
            return bad(err, "the results are not in the order of their ids");
        s->last_row = number;
    }
    return BASE_OK;
}

/* Beyond the cap: from the last id on, as if it were another search. */
static enum base_status pass_cap(struct hubspot_search *s, struct base_error *err)
{
    if (!s->by_id || s->full) {
        base_fail(err, BASE_PARTIAL, DOING,
                  "HubSpot's search ends at 10,000 results, and there are more");
        base_error_hint(err, "%s",
                        !s->by_id ? "leave \"sorts\" out of the body: sorted by " ID
                                    ", all results can be had"
                                  : "with a filter less in each group, one for " ID
                                    " fits and all results can be had");
        return BASE_PARTIAL;
    }
    s->past = s->last_row;
    s->after = 0;
    return BASE_OK;
}

enum base_status hubspot_search_answer(struct hubspot_search *s, struct base_span answer,
                                       bool *ret_more, struct base_error *err)
{
    struct hubspot_page page;
    uint64_t after;
    enum base_status status = hubspot_page_parse(answer, &page, err);
    if (status != BASE_OK)
        return status;
    if (page.style != HUBSPOT_PAGE_V3)
        return bad(err, "the answer has no \"results\"");
    if (s->by_id && (status = take_ids(s, page.rows, err)) != BASE_OK)
        return status;
    *ret_more = page.more;
    if (!page.more)
        return BASE_OK;
    if (!base_span_uint64(base_span_of(page.cursor), &after) || after <= s->after)
        return bad(err, "the cursor of the search did not move forward");
    s->after = after;
    return after + s->limit > HUBSPOT_SEARCH_CAP ? pass_cap(s, err) : BASE_OK;
}
