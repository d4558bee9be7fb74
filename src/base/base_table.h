/* A table for people: columns aligned by what a terminal shows, cells made printable. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base_buf.h"

#define BASE_TABLE_COLUMNS 32

struct base_table;

/* `titles` has `columns` static texts (1 to BASE_TABLE_COLUMNS, else NULL). NULL when memory is
 * short. */
BASE_CHECK struct base_table *base_table_new(const char *const *titles, size_t columns);
void base_table_free(struct base_table *t); /* NULL is allowed */
/* The next cell, left to right, then the next row. Remembers a failure until base_table_print(). */
void base_table_cell(struct base_table *t, struct base_span text);
void base_table_cell_str(struct base_table *t, const char *text);
size_t base_table_rows(const struct base_table *t);
/* Cells wider than `max_cell` columns (at least 1) are cut with "…". `bold`: the titles are set in
 * bold. */
enum base_status base_table_print(const struct base_table *t, size_t max_cell, bool bold,
                                  struct base_buf *out, struct base_error *err);

#endif
