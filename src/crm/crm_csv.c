#include "crm_object.h"
#include "crm_sink.h"

#define CSV_ROW_MAX (64u << 20) /* as if each byte were a quote */

struct csv {
    struct crm_sink sink;
    struct crm_output *out;
    struct crm_table_row row;
    struct base_buf line, text; /* of a row; of a field that had to be decoded */
    bool escapes;               /* what a spreadsheet takes for a formula */
    bool titled;
};

static bool is_number(struct base_span field)
{
    size_t points = 0;

    if (field.n > 0 && (field.p[0] == '-' || field.p[0] == '+'))
        field = base_span_from(field, 1);
    for (size_t i = 0; i < field.n; i++) {
        if (field.p[i] == '.')
            points++;
        else if (field.p[i] < '0' || field.p[i] > '9')
            return false;
    }
    return points <= 1 && field.n > points;
}

/* OWASP, "CSV Injection": =, +, -, @, tab and line ends at the beginning, and the wide forms of the
 * first four, which some spreadsheets read alike. A number is none, whatever its sign. */
static bool is_formula(struct base_span field)
{
    static const char *const wide[] = {"\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};

    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        if (base_span_starts(field, wide[i]))
            return true;
    }
    return field.n > 0 && strchr("=+-@\t\r\n", field.p[0]) != NULL && !is_number(field);
}

/* RFC 4180, 2.6. `plain`: no quotes and no line ends are in it. */
static bool needs_quotes(struct base_span field, bool plain)
{
    return field.n > 0 &&
           (memchr(field.p, ',', field.n) ||
            (!plain && (memchr(field.p, '"', field.n) || memchr(field.p, '\r', field.n) ||
                        memchr(field.p, '\n', field.n))));
}

/* Bytes that a field takes at most: each is a quote, two are around them, and there are a comma and
 * an apostrophe. */
static size_t field_most(size_t n)
{
    return 2 * n + 4;
}

/* Returns where the field ends. */
static char *put_field(const struct csv *c, char *to, struct base_span field, bool plain)
{
    bool quotes = needs_quotes(field, plain);

    if (quotes)
        *to++ = '"';
    if (c->escapes && is_formula(field))
        *to++ = '\'';
    if (plain || !quotes) {
        if (field.n > 0)
            memcpy(to, field.p, field.n);
        to += field.n;
    } else {
        for (size_t i = 0; i < field.n; i++) {
            if (field.p[i] == '"')
                *to++ = '"';
            *to++ = field.p[i];
        }
    }
    if (quotes)
        *to++ = '"';
    return to;
}

/* The values of the columns; what is decoded on the way is never longer than it was. */
static enum base_status write_line(struct csv *c, struct base_error *err)
{
    size_t room = strlen("\r\n");
    char *line, *to;

    for (size_t i = 0; i < c->row.columns.count; i++)
        room += field_most(c->row.values[i].raw.n);
    base_buf_reset(&c->line);
    to = line = base_buf_reserve(&c->line, room);
    if (!line)
        return base_fail(err, base_buf_status(&c->line), "writing CSV", "a row is too large");
    for (size_t i = 0; i < c->row.columns.count; i++) {
        const struct base_json_value *v = &c->row.values[i];
        /* RFC 8259, 7: such a string has them as escapes alone. */
        bool plain = !v->escaped && v->type != BASE_JSON_OBJECT && v->type != BASE_JSON_ARRAY;

        if (i > 0)
            *to++ = ',';
        to = put_field(c, to, crm_object_text(v, &c->text), plain);
        if (base_buf_status(&c->text))
            return base_fail_memory(err);
    }
    *to++ = '\r';
    *to++ = '\n';
    return crm_output_write(c->out, (struct base_span){line, (size_t)(to - line)}, err);
}

static enum base_status write_titles(struct csv *c, struct base_error *err)
{
    if (c->titled)
        return BASE_OK;
    c->titled = true;
    for (size_t i = 0; i < c->row.columns.count; i++)
        c->row.values[i] =
            (struct base_json_value){.type = BASE_JSON_STRING, .raw = c->row.columns.names[i]};
    return write_line(c, err);
}

static enum base_status csv_row(struct crm_sink *s, struct base_span object, struct base_error *err)
{
    struct csv *c = (struct csv *)s;
    enum base_status status = write_titles(c, err);

    if (!status)
        status = crm_table_row_read(&c->row, object, err);
    return status ? status : write_line(c, err);
}

static enum base_status csv_mark(struct crm_sink *s, const struct crm_position *at,
                                 struct base_error *err)
{
    return crm_output_mark(((struct csv *)s)->out, at, err);
}

static enum base_status csv_finish(struct crm_sink *s, struct base_error *err)
{
    return write_titles((struct csv *)s, err); /* of an empty portal too */
}

static void csv_free(struct crm_sink *s)
{
    struct csv *c = (struct csv *)s;

    base_buf_free(&c->text);
    base_buf_free(&c->line);
    base_mem_free(c);
}

enum base_status crm_csv_new(struct crm_output *o, const struct crm_plan *plan,
                             bool escape_formulas, struct crm_sink **ret, struct base_error *err)
{
    static const struct crm_sink_ops ops = {csv_row, csv_mark, csv_finish, csv_free};
    struct csv *c = base_mem_new(sizeof(*c));

    if (!c)
        return base_fail_memory(err);
    c->sink.ops = &ops;
    c->out = o;
    c->escapes = escape_formulas;
    c->titled = !crm_output_is_empty(o); /* it is gone on with */
    crm_table_row_init(&c->row, plan);
    base_buf_init(&c->text, CSV_ROW_MAX);
    base_buf_init(&c->line, CSV_ROW_MAX);
    *ret = &c->sink;
    return BASE_OK;
}
