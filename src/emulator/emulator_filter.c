#include "emulator_filter.h"

#include "emulator_body.h"
#include "emulator_value.h"

#include "base_text.h"
#include "base_time.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define VALUES_MAX 100
#define ID_MAX (INT64_C(1) << 53) /* doubles hold all integers up to it */
#define ASSOCIATIONS "associations."

static const char *const operator_names[] = {
#define X(name) #name,
    EMULATOR_OPERATORS(X)
#undef X
};

static bool is_id(const struct emulator_property *p)
{
    return p->get == emulator_value_id;
}

/* ---------------------------------------------------------------- numbers and dates */

static bool parse_number(const char *text, double *ret)
{
    char *end;
    *ret = strtod(text, &end);
    return end != text && *end == '\0';
}

/* Unix ms, an ISO time, or a day. */
static bool parse_time(const char *text, double *ret)
{
    char day[32];
    int64_t ms;
    if (base_span_int64(base_span_of(text), &ms)) {
        *ret = (double)ms;
        return true;
    }
    base_text_format(day, sizeof day, "%sT00:00:00Z", text);
    if (!base_time_parse_iso(base_span_of(text), &ms) &&
        !base_time_parse_iso(base_span_of(day), &ms))
        return false;
    *ret = (double)ms;
    return true;
}

static bool has_order(enum emulator_value value)
{
    return value == EMULATOR_NUMBER || value == EMULATOR_DATETIME || value == EMULATOR_DATE;
}

static bool parse_value(const struct emulator_property *p, const char *text, double *ret)
{
    return p->value == EMULATOR_NUMBER ? parse_number(text, ret) : parse_time(text, ret);
}

bool emulator_filter_number(const struct emulator_record *record, unsigned property, double *ret)
{
    const struct emulator_property *p = &record->all->type->properties[property];
    struct emulator_text space;
    char text[EMULATOR_TEXT_SIZE + 1];
    if (is_id(p))
        *ret = (double)record->id;
    else if (p->get == emulator_value_created)
        *ret = (double)record->created_ms;
    else if (p->get == emulator_value_modified)
        *ret = (double)record->modified_ms;
    else {
        struct base_span value = emulator_property_value(record, property, &space);
        return value.p != NULL && base_text_copy(text, sizeof text, value) &&
               parse_value(p, text, ret);
    }
    return true;
}

/* ---------------------------------------------------------------- reading */

static bool keep_text(struct emulator_filter *f, const struct base_json_value *v)
{
    char text[EMULATOR_TEXT_SIZE];
    if (v->type == BASE_JSON_ERROR) /* absent */
        return true;
    if (f->count == VALUES_MAX || !emulator_body_text(v, text, sizeof text))
        return false;
    f->values[f->count] = base_span_dup(base_span_of(text));
    if (f->values[f->count] == NULL)
        return false;
    f->count++;
    return true;
}

static bool keep_list(struct emulator_filter *f, const struct base_json_value *list)
{
    struct base_json j;
    struct base_json_value item;
    bool good = list->type == BASE_JSON_ARRAY;
    base_json_begin(&j, list->raw);
    base_json_next(&j, NULL);
    while (good && emulator_body_next(&j, &item))
        good = keep_text(f, &item);
    return good;
}

struct reader {
    const struct emulator_type *type;
    emulator_filter_records_fn *records;
    const void *arg;
    bool broken;
};

/* "associations.company": by the singular, or by the type's other names. */
static const char *read_association(struct reader *r, struct emulator_filter *f, const char *name)
{
    struct base_span wanted = base_span_of(name + strlen(ASSOCIATIONS));
    const struct emulator_type *type = emulator_type_find(wanted, EMULATOR_ANY_PORTAL);
    for (size_t i = 0; type == NULL && i < EMULATOR_TYPES; i++)
        if (base_span_is(wanted, emulator_types[i].singular))
            type = &emulator_types[i];
    if (type == NULL)
        return "a filter names an unknown type of associated objects";
    if (f->op != EMULATOR_EQ && f->op != EMULATOR_IN)
        return "associations can be filtered by EQ and IN";
    r->records(r->arg, type, &f->other);
    f->property = -1;
    return NULL;
}

static const char *check_values(struct reader *r, struct emulator_filter *f)
{
    static const size_t least[EMULATOR_OPERATOR_COUNT] = {
        [EMULATOR_EQ] = 1,
        [EMULATOR_NEQ] = 1,
        [EMULATOR_LT] = 1,
        [EMULATOR_LTE] = 1,
        [EMULATOR_GT] = 1,
        [EMULATOR_GTE] = 1,
        [EMULATOR_IN] = 1,
        [EMULATOR_BETWEEN] = 2,
        [EMULATOR_NOT_IN] = 1,
        [EMULATOR_CONTAINS_TOKEN] = 1,
        [EMULATOR_NOT_CONTAINS_TOKEN] = 1,
    };
    if (f->count < least[f->op])
        return "a filter has no value, or too few";
    if (f->property < 0 || f->count == 0)
        return NULL;
    const struct emulator_property *p = &r->type->properties[f->property];
    if (!has_order(p->value) || f->op == EMULATOR_IN || f->op == EMULATOR_NOT_IN)
        return NULL;
    if (!parse_value(p, f->values[0], &f->low) ||
        (f->count > 1 && !parse_value(p, f->values[1], &f->high)))
        return "a filter's value is not of the property's type";
    if (p->value != EMULATOR_NUMBER && f->low == 0)
        r->broken = true;
    return NULL;
}

static const char *read_values(struct emulator_filter *f, const struct base_json_value *value,
                               const struct base_json_value *high,
                               const struct base_json_value *values)
{
    f->values = base_mem_array(VALUES_MAX, sizeof *f->values);
    if (f->values == NULL)
        return "no memory";
    bool list = f->op == EMULATOR_IN || f->op == EMULATOR_NOT_IN;
    bool good = list ? keep_list(f, values) : keep_text(f, value) && keep_text(f, high);
    return good ? NULL : "a filter's value cannot be read";
}

static const char *read_filter(struct reader *r, struct emulator_filter *f, struct base_span json)
{
    struct base_json_value property = {0}, op = {0}, value = {0}, high = {0}, values = {0};
    const struct base_json_field fields[] = {
        {"propertyName", BASE_JSON_WANT_STRING, true, &property, NULL},
        {"operator", BASE_JSON_WANT_STRING, true, &op, NULL},
        {"value", BASE_JSON_WANT_VALUE, false, &value, NULL},
        {"highValue", BASE_JSON_WANT_VALUE, false, &high, NULL},
        {"values", BASE_JSON_WANT_ARRAY, false, &values, NULL},
    };
    char name[128];
    if (base_json_decode(json, fields, sizeof fields / sizeof fields[0], NULL) != BASE_OK ||
        !emulator_body_text(&property, name, sizeof name))
        return "a filter needs propertyName and operator";
    f->op = EMULATOR_OPERATOR_COUNT;
    for (size_t i = 0; i < EMULATOR_OPERATOR_COUNT; i++)
        if (base_json_string_is(&op, operator_names[i]))
            f->op = (enum emulator_operator)i;
    if (f->op == EMULATOR_OPERATOR_COUNT)
        return "a filter's operator is not known";
    const char *fault = read_values(f, &value, &high, &values);
    if (fault == NULL && strncmp(name, ASSOCIATIONS, strlen(ASSOCIATIONS)) == 0)
        fault = read_association(r, f, name);
    else if (fault == NULL) {
        f->property = emulator_property_find(r->type, base_span_of(name));
        fault = f->property < 0 ? "a filter's property does not exist" : NULL;
    }
    return fault != NULL ? fault : check_values(r, f);
}

static const char *read_group(struct reader *r, struct emulator_filters *f, size_t group,
                              struct base_span list)
{
    struct base_json j;
    struct base_json_value item;
    const char *fault = NULL;
    base_json_begin(&j, list);
    base_json_next(&j, NULL);
    while (fault == NULL && emulator_body_next(&j, &item)) {
        if (f->counts[group] == EMULATOR_FILTERS_MAX)
            return "too many filters in a group: 6 are possible";
        fault = read_filter(r, &f->items[group][f->counts[group]++], item.raw);
    }
    return fault;
}

static const char *read_groups(struct reader *r, struct emulator_filters *f,
                               const struct base_json_value *groups)
{
    struct base_json j;
    struct base_json_value group, filters;
    const char *fault = NULL;
    size_t total = 0;
    if (groups->type != BASE_JSON_ARRAY)
        return NULL;
    base_json_begin(&j, groups->raw);
    base_json_next(&j, NULL);
    while (fault == NULL && emulator_body_next(&j, &group)) {
        if (f->groups == EMULATOR_GROUPS_MAX)
            return "too many filterGroups: 5 are possible";
        if (group.type != BASE_JSON_OBJECT ||
            !base_json_find(group.raw, &filters, "filters", NULL) ||
            filters.type != BASE_JSON_ARRAY)
            return "a filterGroup has no filters";
        fault = read_group(r, f, f->groups, filters.raw);
        total += f->counts[f->groups++];
        if (total > EMULATOR_FILTERS_TOTAL)
            return "too many filters: 18 are possible";
    }
    return fault;
}

static const char *read_query(struct emulator_filters *f, const struct base_json_value *query)
{
    if (query->type != BASE_JSON_STRING || query->raw.n == 0)
        return NULL;
    if (base_json_string_length(query) > EMULATOR_QUERY_MAX)
        return "the query must not be longer than 3000 characters";
    f->query = base_json_string_dup(query);
    return f->query != NULL ? NULL : "the query cannot be read";
}

const char *emulator_filters_read(struct emulator_filters *f, const struct emulator_type *type,
                                  struct base_span body, emulator_filter_records_fn *records,
                                  const void *arg, bool *ret_broken)
{
    struct base_json_value groups = {0}, filters = {0}, query = {0};
    const struct base_json_field fields[] = {
        {"filterGroups", BASE_JSON_WANT_ARRAY, false, &groups, NULL},
        {"filters", BASE_JSON_WANT_ARRAY, false, &filters, NULL},
        {"query", BASE_JSON_WANT_STRING, false, &query, NULL},
    };
    struct reader r = {.type = type, .records = records, .arg = arg};
    *f = (struct emulator_filters){0};
    if (base_json_decode(body, fields, sizeof fields / sizeof fields[0], NULL) != BASE_OK)
        return "Invalid input JSON on line 1, column 1";
    const char *fault = read_groups(&r, f, &groups);
    if (fault == NULL && f->groups == 0 && filters.type == BASE_JSON_ARRAY) {
        f->groups = 1;
        fault = read_group(&r, f, 0, filters.raw);
    }
    if (fault == NULL)
        fault = read_query(f, &query);
    if (fault != NULL)
        emulator_filters_free(f);
    *ret_broken = r.broken;
    return fault;
}

void emulator_filters_free(struct emulator_filters *f)
{
    for (size_t g = 0; g < EMULATOR_GROUPS_MAX; g++) {
        for (size_t i = 0; i < EMULATOR_FILTERS_MAX; i++) {
            struct emulator_filter *filter = &f->items[g][i];
            for (size_t k = 0; k < filter->count; k++)
                base_mem_free(filter->values[k]);
            base_mem_free(filter->values);
        }
    }
    base_mem_free(f->query);
    *f = (struct emulator_filters){0};
}

/* ---------------------------------------------------------------- matching */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* `token` with * at its ends for anything; the value's words one by one. */
static bool has_token(struct base_span value, const char *token)
{
    struct base_span want = base_span_of(token);
    bool open_front = want.n > 0 && want.p[0] == '*';
    want = base_span_from(want, open_front);
    bool open_end = want.n > 0 && want.p[want.n - 1] == '*';
    want.n -= open_end;
    for (size_t i = 0; want.n > 0 && i + want.n <= value.n; i++) {
        bool begins = i == 0 || !is_word(value.p[i - 1]);
        bool ends = i + want.n == value.n || !is_word(value.p[i + want.n]);
        if ((begins || open_front) && (ends || open_end) &&
            strncasecmp(value.p + i, want.p, want.n) == 0)
            return true;
    }
    return false;
}

static bool same(struct base_span value, const char *text)
{
    return strlen(text) == value.n && strncasecmp(value.p, text, value.n) == 0;
}

static bool is_among(const struct emulator_filter *f, struct base_span value)
{
    for (size_t i = 0; i < f->count; i++)
        if (same(value, f->values[i]))
            return true;
    return false;
}

/* -1, 0, 1 of the value against values[at]. */
static int order(const struct emulator_filter *f, struct base_span value, size_t at, double number,
                 bool numeric)
{
    double other = at == 0 ? f->low : f->high;
    if (numeric)
        return (number > other) - (number < other);
    size_t n = strlen(f->values[at]);
    int c = strncasecmp(value.p, f->values[at], value.n < n ? value.n : n);
    return c != 0 ? (c > 0) - (c < 0) : (value.n > n) - (value.n < n);
}

static bool associated(const struct emulator_filter *f, const struct emulator_record *record)
{
    int64_t id, j;
    for (size_t i = 0; i < f->count; i++)
        if (base_span_int64(base_span_of(f->values[i]), &id) &&
            emulator_records_find(&f->other, id, &j) &&
            emulator_association_next(record->all, record->index, &f->other, j) == j)
            return true;
    return false;
}

/* Without a value only NOT_HAS_PROPERTY matches. */
static bool match_filter(const struct emulator_filter *f, const struct emulator_record *record)
{
    struct emulator_text space;
    double number = 0;
    if (f->property < 0)
        return associated(f, record);
    const struct emulator_property *p = &record->all->type->properties[f->property];
    struct base_span value = emulator_property_value(record, (unsigned)f->property, &space);
    bool numeric = has_order(p->value);
    if (value.p == NULL || f->op == EMULATOR_HAS_PROPERTY || f->op == EMULATOR_NOT_HAS_PROPERTY)
        return (value.p != NULL) == (f->op == EMULATOR_HAS_PROPERTY) &&
               (f->op == EMULATOR_HAS_PROPERTY || f->op == EMULATOR_NOT_HAS_PROPERTY);
    if (f->op == EMULATOR_IN || f->op == EMULATOR_NOT_IN)
        return is_among(f, value) == (f->op == EMULATOR_IN);
    if (f->op == EMULATOR_CONTAINS_TOKEN || f->op == EMULATOR_NOT_CONTAINS_TOKEN)
        return has_token(value, f->values[0]) == (f->op == EMULATOR_CONTAINS_TOKEN);
    if (numeric && !emulator_filter_number(record, (unsigned)f->property, &number))
        return false;
    int c = order(f, value, 0, number, numeric);
    switch (f->op) {
    case EMULATOR_EQ:
        return c == 0;
    case EMULATOR_NEQ:
        return c != 0;
    case EMULATOR_LT:
        return c < 0;
    case EMULATOR_LTE:
        return c <= 0;
    case EMULATOR_GT:
        return c > 0;
    case EMULATOR_GTE:
        return c >= 0;
    case EMULATOR_BETWEEN:
        return c >= 0 && order(f, value, 1, number, numeric) <= 0;
    case EMULATOR_IN:
    case EMULATOR_NOT_IN:
    case EMULATOR_HAS_PROPERTY:
    case EMULATOR_NOT_HAS_PROPERTY:
    case EMULATOR_CONTAINS_TOKEN:
    case EMULATOR_NOT_CONTAINS_TOKEN:
    case EMULATOR_OPERATOR_COUNT:
        break;
    }
    return false;
}

/* Where a query looks, from HubSpot's guide. */
static const char *searchable(const struct emulator_type *type)
{
    static const char *const names[EMULATOR_TYPES] = {
        ("firstname,lastname,email,phone,hs_additional_emails,fax,mobilephone,company,"
         "hs_marketable_until_renewal"),
        "website,phone,name,domain",
        "dealname,pipeline,dealstage,description,dealtype",
        "subject,content,hs_pipeline_stage,hs_ticket_category,hs_ticket_id",
        "model,serial_number",
    };
    return names[emulator_type_number(type)];
}

static bool query_word_fits(const struct emulator_record *record,
                            const struct emulator_choice *where, struct base_span word)
{
    struct emulator_text space;
    for (int i = emulator_choice_next(where, 0); i >= 0; i = emulator_choice_next(where, i + 1)) {
        struct base_span value = emulator_property_value(record, (unsigned)i, &space);
        for (size_t k = 0; value.p != NULL && k + word.n <= value.n; k++)
            if ((k == 0 || !is_word(value.p[k - 1])) &&
                strncasecmp(value.p + k, word.p, word.n) == 0)
                return true;
    }
    return false;
}

/* Each word begins a word of some property. */
static bool match_query(const char *query, const struct emulator_record *record)
{
    struct emulator_choice where = {0};
    struct base_span rest = base_span_of(query);
    emulator_choice_add(&where, record->all->type, base_span_of(searchable(record->all->type)));
    while (rest.n > 0) {
        struct base_span word = base_span_cut(&rest, ' ');
        if (word.n > 0 && !query_word_fits(record, &where, word))
            return false;
    }
    return true;
}

bool emulator_filters_match(const struct emulator_filters *f, const struct emulator_record *record)
{
    bool fits = f->groups == 0;
    for (size_t g = 0; !fits && g < f->groups; g++) {
        fits = true;
        for (size_t i = 0; fits && i < f->counts[g]; i++)
            fits = match_filter(&f->items[g][i], record);
    }
    return fits && (f->query == NULL || match_query(f->query, record));
}

/* ---------------------------------------------------------------- ranges of ids */

static bool is_whole(double x)
{
    return x >= 0 && x <= ID_MAX && (double)(int64_t)x == x;
}

/* Narrows the range by a filter; false when it is none on the id that has a range. */
static bool narrow(const struct emulator_filter *f, const struct emulator_records *r, int64_t *from,
                   int64_t *until)
{
    if (f->property < 0 || !is_id(&r->type->properties[f->property]))
        return false;
    if (!is_whole(f->low) || !is_whole(f->high))
        return false;
    int64_t low = 0, high = ID_MAX;
    if (f->op == EMULATOR_GT || f->op == EMULATOR_GTE || f->op == EMULATOR_BETWEEN ||
        f->op == EMULATOR_EQ)
        low = (int64_t)f->low + (f->op == EMULATOR_GT);
    else if (f->op != EMULATOR_LT && f->op != EMULATOR_LTE)
        return false;
    if (f->op == EMULATOR_LT || f->op == EMULATOR_LTE || f->op == EMULATOR_EQ)
        high = (int64_t)f->low + (f->op != EMULATOR_LT);
    else if (f->op == EMULATOR_BETWEEN)
        high = (int64_t)f->high + 1;
    int64_t first = emulator_records_from(r, low), end = emulator_records_from(r, high);
    *from = first > *from ? first : *from;
    *until = end < *until ? end : *until;
    return true;
}

bool emulator_filters_range(const struct emulator_filters *f, const struct emulator_records *r,
                            int64_t *ret_from, int64_t *ret_until)
{
    bool all = f->query == NULL && f->groups <= 1;
    int64_t lowest = f->groups == 0 ? 0 : r->count, highest = f->groups == 0 ? r->count : 0;
    for (size_t g = 0; g < f->groups; g++) {
        int64_t from = 0, until = r->count;
        for (size_t i = 0; i < f->counts[g]; i++)
            all &= narrow(&f->items[g][i], r, &from, &until);
        lowest = from < lowest ? from : lowest;
        highest = until > highest ? until : highest;
    }
    *ret_from = lowest;
    *ret_until = highest > lowest ? highest : lowest;
    return all;
}
