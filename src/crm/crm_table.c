#include "base_table.h"
#include "crm_object.h"
#include "crm_sink.h"

#define TABLE_MAX (64u << 20)
#define TABLE_CELL 32
#define TABLE_COLUMNS 12

struct table {
    struct crm_sink sink;
    struct crm_output *out;
    struct crm_table_row row;
    char *titles[TABLE_COLUMNS];
    struct base_table *table;
    struct base_buf text; /* of a cell */
    bool bold;
};

static enum base_status table_row(struct crm_sink *s, struct base_span object,
                                  struct base_error *err)
{
    struct table *t = (struct table *)s;
    enum base_status status = crm_table_row_read(&t->row, object, err);

    for (size_t i = 0; !status && i < t->row.columns.count; i++) {
        base_table_cell(t->table, crm_object_text(&t->row.values[i], &t->text));
        if (base_buf_status(&t->text))
            status = base_fail_memory(err);
    }
    return status;
}

static enum base_status table_finish(struct crm_sink *s, struct base_error *err)
{
    struct table *t = (struct table *)s;
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    enum base_status status;

    base_buf_init(&text, TABLE_MAX);
    status = base_table_print(t->table, TABLE_CELL, t->bold, &text, err);
    return status ? status : crm_output_write(t->out, base_buf_span(&text), err);
}

static void table_free(struct crm_sink *s)
{
    struct table *t = (struct table *)s;

    for (size_t i = 0; i < TABLE_COLUMNS; i++)
        base_mem_free(t->titles[i]);
    base_table_free(t->table);
    base_buf_free(&t->text);
    base_mem_free(t);
}

static enum base_status make_table(struct table *t, const struct crm_plan *plan,
                                   struct base_error *err)
{
    crm_table_row_init(&t->row, plan);
    if (t->row.columns.count > TABLE_COLUMNS)
        return base_fail(err, BASE_USAGE, "making a table",
                         "at most %d properties fit; use --format csv", TABLE_COLUMNS - 1);
    for (size_t i = 0; i < t->row.columns.count; i++) {
        t->titles[i] = base_span_dup(t->row.columns.names[i]);
        if (!t->titles[i])
            return base_fail_memory(err);
    }
    t->table = base_table_new((const char *const *)t->titles, t->row.columns.count);
    return t->table ? BASE_OK : base_fail_memory(err);
}

enum base_status crm_table_new(struct crm_output *o, const struct crm_plan *plan, bool bold,
                               struct crm_sink **ret, struct base_error *err)
{
    static const struct crm_sink_ops ops = {table_row, NULL, table_finish, table_free};
    struct table *t = base_mem_new(sizeof(*t));
    enum base_status status;

    if (!t)
        return base_fail_memory(err);
    t->sink.ops = &ops;
    t->out = o;
    t->bold = bold;
    base_buf_init(&t->text, TABLE_MAX);
    status = make_table(t, plan, err);
    if (status) {
        table_free(&t->sink);
        return status;
    }
    *ret = &t->sink;
    return BASE_OK;
}
