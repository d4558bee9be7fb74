#include "crm_object.h"

#include "base_text.h"

#define DOING "reading an object"

/* ------------------------------------------------------------------ columns by name */

/* The order of an object's properties is not that of the columns, and each has some that nobody
 * asked for: to compare names until one fits cost more than to read the object. Names of one
 * length seldom have the same letters in the middle and at the end. */
static size_t bucket_of(struct base_span name)
{
    const unsigned char *p = (const unsigned char *)name.p;

    return name.n > 0
               ? (name.n * 7 + p[0] + p[name.n / 2] * 3u + p[name.n - 1] * 5u) % CRM_OBJECT_BUCKETS
               : 0;
}

/* 0: none has that name. */
static size_t column_of(const struct crm_table_row *t, struct base_span name)
{
    size_t i = t->first[bucket_of(name)];

    while (i > 0 &&
           (t->columns.names[i].n != name.n || memcmp(t->columns.names[i].p, name.p, name.n) != 0))
        i = t->next[i];
    return i;
}

void crm_table_row_init(struct crm_table_row *t, const struct crm_plan *plan)
{
    crm_plan_columns(plan, &t->columns);
    memset(t->first, 0, sizeof(t->first));
    for (size_t i = t->columns.count; i-- > 1;) { /* of equal names the first is found first */
        uint16_t *bucket = &t->first[bucket_of(t->columns.names[i])];

        t->next[i] = *bucket;
        *bucket = (uint16_t)i;
    }
}

/* ------------------------------------------------------------------ an object's values */

/* v1 wraps each value into an object, which was just opened: the first "value" of it instead, or
 * all of it. With what the scanner knows of the text already. */
static bool unwrap(struct base_json *j, struct base_json_value *value)
{
    struct base_json inside = *j;
    struct base_json_value name, member;

    if (!base_json_rest(j, value))
        return false;
    while (base_json_member(&inside, &name, &member) && base_json_rest(&inside, &member)) {
        if (base_json_string_is(&name, "value")) {
            *value = member;
            break;
        }
    }
    return true;
}

static void take_properties(struct crm_table_row *t, struct base_json *j)
{
    struct base_json_value name, value;

    while (base_json_member(j, &name, &value)) {
        size_t column = name.escaped ? 0 : column_of(t, name.raw);
        bool wrapped = column && value.type == BASE_JSON_OBJECT;

        if (!(wrapped ? unwrap(j, &value) : base_json_rest(j, &value)))
            return;
        if (column && value.type != BASE_JSON_NULL)
            t->values[column] = value;
    }
}

/* "id", or "vid" of v1. */
static void take_id(struct crm_table_row *t, struct base_json *j,
                    const struct base_json_value *name, struct base_json_value *value)
{
    if (base_json_rest(j, value) && base_span_eq(name->raw, t->columns.names[0]) &&
        value->type != BASE_JSON_NULL)
        t->values[0] = *value;
}

/* One pass, which ends where all is known: that the object is JSON was found with its page. */
enum base_status crm_table_row_read(struct crm_table_row *t, struct base_span object,
                                    struct base_error *err)
{
    struct base_json_value name, value;
    struct base_json j;
    bool filled = false;

    for (size_t i = 0; i < t->columns.count; i++)
        t->values[i] = (struct base_json_value){.type = BASE_JSON_NULL};
    base_json_begin(&j, object);
    if (base_json_next(&j, NULL) != BASE_JSON_OBJECT)
        return base_fail(err, BASE_INVALID, DOING, "it is no object");
    while ((!filled || t->values[0].type == BASE_JSON_NULL) &&
           base_json_member(&j, &name, &value)) {
        if (value.type == BASE_JSON_NULL || !base_json_string_is(&name, "properties")) {
            take_id(t, &j, &name, &value);
            continue;
        }
        if (value.type != BASE_JSON_OBJECT)
            return base_fail(err, BASE_INVALID, DOING, "\"properties\" is no object");
        take_properties(t, &j);
        filled = true;
    }
    return j.error ? base_fail(err, BASE_INVALID, DOING, "it is not JSON: %s at byte %zu", j.error,
                               base_json_offset(&j))
                   : BASE_OK;
}

struct base_span crm_object_text(const struct base_json_value *v, struct base_buf *room)
{
    if (!v->escaped) /* then there is no NUL byte, which JSON has as an escape alone */
        return v->raw;
    base_buf_reset(room);
    base_json_string_add(v, room);
    for (size_t i = 0; i < room->n; i++) {
        if (room->p[i] == '\0')
            room->p[i] = '?';
    }
    return base_buf_span(room);
}

static bool any_has(struct base_span name, const struct base_span *objects, size_t count)
{
    struct base_json_value value;
    char text[256];

    if (!base_text_copy(text, sizeof(text), name))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (base_json_find(objects[i], &value, "properties", text, NULL))
            return true;
    }
    return false;
}

size_t crm_object_absent(const char *names, const struct base_span *objects, size_t count,
                         struct base_span *ret_first)
{
    struct base_span rest = base_span_of(names);
    size_t absent = 0;

    while (rest.p) {
        struct base_span name = base_span_trim(base_span_cut(&rest, ','));

        if (!any_has(name, objects, count) && absent++ == 0)
            *ret_first = name;
    }
    return absent;
}

/* As HubSpot writes an object its id comes first and is a text of digits: then nothing has to be
 * scanned. */
static bool id_in_front(struct base_span object, struct base_span *ret)
{
    static const char front[] = "{\"id\":\"";
    size_t n = 0;

    if (!base_span_starts(object, front))
        return false;
    *ret = base_span_from(object, sizeof(front) - 1);
    while (n < ret->n && ret->p[n] >= '0' && ret->p[n] <= '9')
        n++;
    if (n == ret->n || ret->p[n] != '"')
        return false;
    *ret = base_span_first(*ret, n);
    return true;
}

bool crm_object_id(struct base_span object, int64_t *ret)
{
    struct base_json_value id;
    struct base_span digits;
    bool found = id_in_front(object, &digits)
                     ? base_span_int64(digits, ret)
                     : base_json_find(object, &id, "id", NULL) && base_json_int64(&id, ret);

    return found && *ret >= 0 && *ret < CRM_ID_MAX;
}
