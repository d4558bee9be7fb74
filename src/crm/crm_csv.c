#include "crm_object.h"
#include "crm_sink.h"

#define CSV_ROW_MAX (16u << 20)

struct csv {
    struct crm_sink sink;
    struct crm_output *out;
    struct crm_columns columns;
    struct base_buf values, line;
    bool escapes; /* what a spreadsheet takes for a formula */
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

static bool needs_quotes(struct base_span field)
{
    for (size_t i = 0; i < field.n; i++) {
        switch (field.p[i]) {
        case ',':
        case '"':
        case '\r':
        case '\n':
            return true;
        default:
            break;
        }
    }
    return false;
}

static void add_field(const struct csv *c, struct base_buf *line, struct base_span field)
{
    bool escape = c->escapes && is_formula(field);

    if (!needs_quotes(field)) {
        base_buf_add_str(line, escape ? "'" : "");
        base_buf_add_span(line, field);
        return;
    }
    base_buf_add_str(line, escape ? "\"'" : "\"");
    while (field.p) {
        base_buf_add_span(line, base_span_cut(&field, '"'));
        if (field.p)
            base_buf_add_str(line, "\"\"");
    }
    base_buf_add_char(line, '"');
}

static enum base_status write_line(struct csv *c, struct base_error *err)
{
    base_buf_add_str(&c->line, "\r\n");
    if (base_buf_status(&c->line))
        return base_fail(err, base_buf_status(&c->line), "writing CSV", "a row is too large");
    return crm_output_write(c->out, base_buf_span(&c->line), err);
}

static enum base_status write_titles(struct csv *c, struct base_error *err)
{
    if (c->titled)
        return BASE_OK;
    c->titled = true;
    base_buf_reset(&c->line);
    for (size_t i = 0; i < c->columns.count; i++) {
        if (i > 0)
            base_buf_add_char(&c->line, ',');
        add_field(c, &c->line, c->columns.names[i]);
    }
    return write_line(c, err);
}

static enum base_status csv_row(struct crm_sink *s, struct base_span object, struct base_error *err)
{
    struct csv *c = (struct csv *)s;
    enum base_status status = write_titles(c, err);
    const char *value;

    base_buf_reset(&c->values);
    if (status || (status = crm_object_values(object, &c->columns, &c->values, err)))
        return status;
    base_buf_reset(&c->line);
    value = base_buf_str(&c->values);
    for (size_t i = 0; i < c->columns.count; i++, value += strlen(value) + 1) {
        if (i > 0)
            base_buf_add_char(&c->line, ',');
        add_field(c, &c->line, base_span_of(value));
    }
    return write_line(c, err);
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

    base_buf_free(&c->values);
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
    crm_plan_columns(plan, &c->columns);
    base_buf_init(&c->values, CSV_ROW_MAX);
    base_buf_init(&c->line, CSV_ROW_MAX);
    *ret = &c->sink;
    return BASE_OK;
}
