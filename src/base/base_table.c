#include "base_table.h"

#include <string.h>

#include "base_text.h"

#define TABLE_TEXT_MAX (64u << 20)
#define CELL_BYTES_MAX 1024

struct base_table {
    size_t columns;
    size_t cells;         /* titles included */
    struct base_buf text; /* all cells, each ended by NUL */
};

struct base_table *base_table_new(const char *const *titles, size_t columns)
{
    if (columns == 0 || columns > BASE_TABLE_COLUMNS)
        return NULL;
    struct base_table *t = base_mem_new(sizeof(*t));
    if (!t)
        return NULL;
    t->columns = columns;
    base_buf_init(&t->text, TABLE_TEXT_MAX);
    for (size_t i = 0; i < columns; i++)
        base_table_cell_str(t, titles[i]);
    return t;
}

void base_table_free(struct base_table *t)
{
    if (!t)
        return;
    base_buf_free(&t->text);
    base_mem_free(t);
}

void base_table_cell(struct base_table *t, struct base_span text)
{
    base_text_printable(&t->text, text, CELL_BYTES_MAX);
    base_buf_add_char(&t->text, '\0');
    t->cells++;
}

void base_table_cell_str(struct base_table *t, const char *text)
{
    base_table_cell(t, base_span_of(text));
}

size_t base_table_rows(const struct base_table *t)
{
    return t->cells / t->columns - 1;
}

/* How many bytes of the cell fit into `room` columns; *ret_width is what they take. */
static size_t fit(const char *cell, size_t room, size_t *ret_width)
{
    size_t n = strlen(cell), end = 0, width = 0;

    while (end < n) {
        size_t next = end + 1;
        size_t w;

        while (next < n && ((unsigned char)cell[next] & 0xc0) == 0x80)
            next++;
        w = base_text_width((struct base_span){cell + end, next - end});
        if (width + w > room)
            break;
        width += w;
        end = next;
    }
    *ret_width = width;
    return end;
}

static size_t cell_width(const char *cell, size_t max_cell)
{
    size_t width = base_text_width(base_span_of(cell));

    return width > max_cell ? max_cell : width;
}

static void print_cell(const char *cell, size_t width, bool last, struct base_buf *out)
{
    size_t shown = base_text_width(base_span_of(cell));

    if (shown > width) {
        size_t n = fit(cell, width - 1, &shown);

        base_buf_add(out, cell, n);
        base_buf_add_str(out, "…");
        shown++;
    } else {
        base_buf_add_str(out, cell);
    }
    for (; !last && shown < width + 2; shown++)
        base_buf_add_char(out, ' ');
}

enum base_status base_table_print(const struct base_table *t, size_t max_cell, bool bold,
                                  struct base_buf *out, struct base_error *err)
{
    size_t widths[BASE_TABLE_COLUMNS] = {0};
    const char *cell = base_buf_str(&t->text);

    if (base_buf_status(&t->text))
        return base_fail(err, base_buf_status(&t->text), "laying out the table", "it is too large");
    for (size_t i = 0; i < t->cells; i++, cell += strlen(cell) + 1) {
        size_t width = cell_width(cell, max_cell);

        if (width > widths[i % t->columns])
            widths[i % t->columns] = width;
    }
    cell = base_buf_str(&t->text);
    for (size_t i = 0; i < t->cells; i++, cell += strlen(cell) + 1) {
        size_t column = i % t->columns;
        bool last = column + 1 == t->columns;

        if (bold && i == 0)
            base_buf_add_str(out, "\033[1m");
        print_cell(cell, widths[column], last, out);
        if (bold && i + 1 == t->columns)
            base_buf_add_str(out, "\033[0m");
        if (last)
            base_buf_add_char(out, '\n');
    }
    return base_buf_status(out)
               ? base_fail(err, base_buf_status(out), "laying out the table", "it is too large")
               : BASE_OK;
}
