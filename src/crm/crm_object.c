#include "crm_object.h"

#include "base_json.h"

static void add_text(const struct base_json_value *v, struct base_buf *out)
{
    size_t start = out->n;

    if (v->type == BASE_JSON_STRING)
        base_json_string_add(v, out);
    else if (v->type != BASE_JSON_NULL)
        base_buf_add_span(out, v->raw);
    if (!v->escaped) /* no NUL byte stands in JSON as it is */
        return;
    for (size_t i = start; i < out->n; i++) {
        if (out->p[i] == '\0')
            out->p[i] = '?';
    }
}

/* Both have an order that is mostly the same, so the search begins where the last one ended. */
static size_t column_of(const struct crm_columns *columns, const struct base_json_value *name,
                        size_t from)
{
    for (size_t k = 1; k < columns->count; k++) {
        size_t i = (from + k - 1) % (columns->count - 1) + 1;
        struct base_span want = columns->names[i];

        if (!name->escaped && name->raw.n == want.n && memcmp(name->raw.p, want.p, want.n) == 0)
            return i;
    }
    return 0;
}

/* One pass over the properties; v1 wraps each value into an object. */
static void collect(struct base_span properties, const struct crm_columns *columns,
                    struct base_json_value *values)
{
    struct base_json j;
    struct base_json_value name, value;
    size_t last = 0;

    base_json_begin(&j, properties);
    (void)base_json_next(&j, NULL);
    while (base_json_next(&j, &name) == BASE_JSON_KEY) {
        size_t column = column_of(columns, &name, last);

        (void)base_json_take(&j, &value);
        if (column && value.type == BASE_JSON_OBJECT)
            (void)base_json_find(value.raw, &value, "value", NULL);
        if (column)
            values[last = column] = value;
    }
}

enum base_status crm_object_values(struct base_span object, const struct crm_columns *columns,
                                   struct base_buf *out, struct base_error *err)
{
    /* The compiler would zero 64 kB for each row; those of our columns are set below. */
    struct base_json_value values[CRM_PROPERTIES + 1] __attribute__((uninitialized));
    struct base_json_value id = {.type = BASE_JSON_NULL}, vid = {.type = BASE_JSON_NULL};
    struct base_json_value properties = {.type = BASE_JSON_NULL};
    const struct base_json_field fields[] = {
        {"id", BASE_JSON_WANT_VALUE, false, &id, NULL},
        {"vid", BASE_JSON_WANT_VALUE, false, &vid, NULL},
        {"properties", BASE_JSON_WANT_OBJECT, false, &properties, NULL},
    };
    enum base_status status =
        base_json_decode(object, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (status)
        return status;
    for (size_t i = 0; i < columns->count; i++)
        values[i] = (struct base_json_value){.type = BASE_JSON_NULL};
    values[0] = id.type != BASE_JSON_NULL ? id : vid;
    if (properties.type == BASE_JSON_OBJECT)
        collect(properties.raw, columns, values);
    for (size_t i = 0; i < columns->count; i++) {
        add_text(&values[i], out);
        base_buf_add_char(out, '\0');
    }
    return base_buf_status(out) ? base_fail_memory(err) : BASE_OK;
}

bool crm_object_id(struct base_span object, int64_t *ret)
{
    struct base_json_value id;

    return base_json_find(object, &id, "id", NULL) && base_json_int64(&id, ret) && *ret >= 0 &&
           *ret < CRM_ID_MAX;
}
