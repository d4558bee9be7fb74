/* POST …/search */
#include "emulator_body.h"
#include "emulator_error.h"
#include "emulator_filter.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "base_text.h"

#include <string.h>

#define LIMIT_DEFAULT 10
#define LIMIT_MAX 200
#define RESULTS_MAX 10000 /* what a search can reach */

struct search {
    struct emulator_records records; /* as the index knows them */
    struct emulator_filters filters;
    struct emulator_select select;
    int64_t limit, after;
    int sort; /* the property; -1: by id, which is the order of creation */
    bool descending;
    int64_t from, until; /* the range of indices in which there are matches */
    bool whole;          /* all records in the range that are live match */
};

/* What is found of a search that is sorted by a property. */
struct hit {
    double number;
    int64_t index;
};

struct hits {
    struct hit *items;
    int64_t count, cap;
};

/* ---------------------------------------------------------------- the request */

static void other_records(const void *call, const struct emulator_type *type,
                          struct emulator_records *ret)
{
    emulator_call_records(call, type, ret);
}

static const char *read_sort_name(struct search *s, const char *name)
{
    s->sort = emulator_property_find(s->records.type, base_span_of(name));
    if (s->sort < 0)
        return "the property to sort by does not exist";
    if (strcmp(name, "hs_object_id") == 0)
        s->sort = -1;
    return NULL;
}

/* [{"propertyName":…,"direction":…}], ["name"] or ["-name"]; only one. */
static const char *read_sorts(struct search *s, const struct base_json_value *sorts)
{
    struct base_json j;
    struct base_json_value item, second, name, direction;
    char text[128];
    s->sort = -1;
    if (sorts->type != BASE_JSON_ARRAY)
        return NULL;
    base_json_begin(&j, sorts->raw);
    base_json_next(&j, NULL);
    if (!emulator_body_next(&j, &item))
        return NULL;
    if (emulator_body_next(&j, &second))
        return "only one sort is possible";
    if (emulator_body_text(&item, text, sizeof text)) {
        s->descending = text[0] == '-';
        return read_sort_name(s, text + s->descending);
    }
    if (item.type != BASE_JSON_OBJECT || !base_json_find(item.raw, &name, "propertyName", NULL) ||
        !emulator_body_text(&name, text, sizeof text))
        return "a sort needs propertyName";
    if (base_json_find(item.raw, &direction, "direction", NULL))
        s->descending = base_json_string_is(&direction, "DESCENDING");
    return read_sort_name(s, text);
}

static const char *check_page(const struct search *s)
{
    if (s->limit < 1 || s->limit > LIMIT_MAX)
        return "limit must be from 1 to 200";
    if (s->after < 0)
        return "after must be an offset";
    /* The page that ends at 10,000 is still given, and names 10000 as the next. */
    if (s->after > RESULTS_MAX - s->limit)
        return "paging beyond 10000 results is not possible";
    return NULL;
}

/* False when it answered with the fault. */
static bool read_search(struct emulator_call *call, struct search *s)
{
    struct base_json_value sorts = {0}, properties = {0};
    const struct base_json_field fields[] = {
        {"sorts", BASE_JSON_WANT_ARRAY, false, &sorts, NULL},
        {"properties", BASE_JSON_WANT_ARRAY, false, &properties, NULL},
        {"limit", BASE_JSON_WANT_INT64, false, &s->limit, NULL},
        {"after", BASE_JSON_WANT_INT64, false, &s->after, NULL},
    };
    bool broken = false;
    s->limit = LIMIT_DEFAULT;
    if (!emulator_body_read(call, fields, sizeof fields / sizeof fields[0]))
        return false;
    emulator_select_begin(&s->select, call->type);
    emulator_body_properties(&properties, &s->select);
    emulator_select_end(&s->select);
    const char *fault = check_page(s);
    if (fault == NULL)
        fault = read_sorts(s, &sorts);
    if (fault == NULL)
        fault = emulator_filters_read(&s->filters, call->type, call->request->body, other_records,
                                      call, &broken);
    if (fault != NULL)
        emulator_error_plain(call, 400, fault, "VALIDATION_ERROR");
    else if (broken)
        emulator_error_plain(call, 500, "internal error", NULL);
    else
        s->whole = emulator_filters_range(&s->filters, &s->records, &s->from, &s->until);
    return fault == NULL && !broken;
}

/* ---------------------------------------------------------------- looking */

/* The record when it is live and matches. */
static bool matches(const struct search *s, int64_t index, struct emulator_record *ret)
{
    if (emulator_records_life(&s->records, index) != EMULATOR_LIVE)
        return false;
    emulator_records_get(&s->records, index, ret);
    return s->whole || emulator_filters_match(&s->filters, ret);
}

static bool add_hit(struct hits *hits, double number, int64_t index)
{
    if (hits->count == hits->cap) {
        int64_t cap = hits->cap == 0 ? 1024 : hits->cap * 2;
        struct hit *items = base_mem_grow(hits->items, (size_t)cap, sizeof *items);
        if (items == NULL)
            return false;
        hits->items = items;
        hits->cap = cap;
    }
    hits->items[hits->count++] = (struct hit){number, index};
    return true;
}

/* By number, then by id. */
static int compare_hits(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* A number that is in the order of the texts, as far as their first six bytes tell. */
static double text_order(struct base_span text)
{
    double number = 0;
    for (size_t i = 0; i < 6; i++) {
        char c = i < text.n ? text.p[i] : '\0';
        number = number * 256 + (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    return number;
}

/* Records without a value come first. */
static double sort_number(const struct search *s, const struct emulator_record *record)
{
    struct emulator_text space;
    double number;
    unsigned property = (unsigned)s->sort;
    enum emulator_value value = s->records.type->properties[property].value;
    if (value == EMULATOR_NUMBER || value == EMULATOR_DATETIME || value == EMULATOR_DATE)
        return emulator_filter_number(record, property, &number) ? number : -1;
    struct base_span text = emulator_property_value(record, property, &space);
    return text.p != NULL ? text_order(text) : -1;
}

/* All that is found, in order. False when memory is short. */
static bool find_sorted(const struct search *s, struct hits *ret)
{
    struct emulator_record record;
    for (int64_t i = s->from; i < s->until; i++)
        if (matches(s, i, &record) && !add_hit(ret, sort_number(s, &record), i))
            return false;
    if (ret->count > 0)
        qsort(ret->items, (size_t)ret->count, sizeof ret->items[0], compare_hits);
    return true;
}

/* By id: only the page's records are kept, the others counted. False when memory is short. */
static bool find_by_id(const struct search *s, struct hits *ret, int64_t *ret_total)
{
    struct emulator_record record;
    const struct emulator_population *p = &s->records.population;
    bool all_live = p->archived == 0 && p->merged == 0 && p->vanishing == 0;
    int64_t span = s->until - s->from;
    *ret_total = 0;
    if (s->whole && all_live) { /* nothing need be looked at */
        *ret_total = span;
        for (int64_t n = s->after; n < span && n < s->after + s->limit; n++)
            if (!add_hit(ret, 0, s->descending ? s->until - 1 - n : s->from + n))
                return false;
        return true;
    }
    for (int64_t n = 0; n < span; n++) {
        int64_t i = s->descending ? s->until - 1 - n : s->from + n;
        if (!matches(s, i, &record))
            continue;
        if (*ret_total >= s->after && *ret_total < s->after + s->limit && !add_hit(ret, 0, i))
            return false;
        (*ret_total)++;
    }
    return true;
}

/* ---------------------------------------------------------------- the answer */

static void write_hit(struct emulator_call *call, const struct search *s, int64_t index,
                      struct base_jsonw *w)
{
    struct emulator_record record;
    emulator_records_get(&s->records, index, &record);
    emulator_select_write(&s->select, call, &record, w);
}

/* `hits` holds the page alone, or, sorted by a property, everything. */
static void write_answer(struct emulator_call *call, const struct search *s,
                         const struct hits *hits, int64_t total)
{
    struct base_jsonw w;
    int64_t until = s->after + s->limit < total ? s->after + s->limit : total;
    emulator_answer_objects(call, 200, &w);
    base_jsonw_object(&w);
    base_jsonw_member_int(&w, "total", total);
    base_jsonw_key(&w, "results");
    base_jsonw_array(&w);
    for (int64_t n = s->after; n < until; n++) {
        int64_t at = s->sort < 0 ? n - s->after : s->descending ? total - 1 - n : n;
        write_hit(call, s, hits->items[at].index, &w);
    }
    base_jsonw_end(&w);
    if (until < total && until > s->after) {
        char after[24];
        base_text_format(after, sizeof after, "%lld", (long long)until);
        base_jsonw_key(&w, "paging");
        base_jsonw_object(&w);
        base_jsonw_key(&w, "next");
        base_jsonw_object(&w);
        base_jsonw_member_str(&w, "after", after); /* and no link */
        base_jsonw_end(&w);
        base_jsonw_end(&w);
    }
    base_jsonw_end(&w);
    emulator_stats_served(&call->emulator->stats, call->type,
                          until > s->after ? until - s->after : 0);
}

/* The index is behind: it knows the records as they were a while ago. */
static void records_of_index(const struct emulator_call *call, struct emulator_records *ret)
{
    struct emulator_records now;
    emulator_call_records(call, call->type, &now);
    struct emulator_population past = now.population;
    past.now_ms -= call->emulator->config.index_lag_s * 1000;
    emulator_records_init(ret, call->type, call->grant.portal, &past);
}

void emulator_search_post(struct emulator_call *call)
{
    struct search s = {0};
    struct hits hits = {0};
    int64_t total = 0;
    records_of_index(call, &s.records);
    if (read_search(call, &s)) {
        bool found = s.sort < 0 ? find_by_id(&s, &hits, &total) : find_sorted(&s, &hits);
        if (s.sort >= 0)
            total = hits.count;
        if (found)
            write_answer(call, &s, &hits, total);
        else
            emulator_error_page(call, 503);
    }
    base_mem_free(hits.items);
    emulator_filters_free(&s.filters);
}
