#include <sqlite3.h>

#include "vault_sqlite.h"

#define ROW_READING "reading the vault"
#define ROW_WRITING "writing to the vault"

/* The header is the row of kind 0 with the empty name: one table, so that a start parses little and
 * reads one page. */
enum { ROW_HEADER_KIND = 0 };

static void row_finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}

static enum base_status row_bind_key(struct vault_sqlite *s, sqlite3_stmt *statement, int kind,
                                     const char *name, struct base_error *err)
{
    int code = sqlite3_bind_int(statement, 1, kind);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    return code == SQLITE_OK ? BASE_OK : vault_sqlite_fail(s, code, ROW_READING, err);
}

static enum base_status row_prepare(struct vault_sqlite *s, const char *sql, int kind,
                                    const char *name, sqlite3_stmt **ret, struct base_error *err)
{
    int code = sqlite3_prepare_v2(s->db, sql, -1, ret, NULL);
    return code == SQLITE_OK ? row_bind_key(s, *ret, kind, name, err)
                             : vault_sqlite_fail(s, code, ROW_READING, err);
}

/* Not sqlite3_bind_blob() alone: that binds NULL for a NULL pointer. */
static int row_bind_bytes(sqlite3_stmt *statement, int place, struct base_span bytes)
{
    if (bytes.n == 0)
        return sqlite3_bind_zeroblob(statement, place, 0);
    return sqlite3_bind_blob64(statement, place, bytes.p, bytes.n, SQLITE_STATIC);
}

/* ------------------------------------------------------------------ reading */

/* Borrowed until the next step. */
static enum base_status row_column(struct vault_sqlite *s, sqlite3_stmt *statement, int column,
                                   size_t max, struct base_span *ret, struct base_error *err)
{
    if (sqlite3_column_type(statement, column) != SQLITE_BLOB)
        return vault_sqlite_damaged(s, "a column has the wrong type", err);
    const char *bytes = sqlite3_column_blob(statement, column);
    size_t n = (size_t)sqlite3_column_bytes(statement, column);
    if (bytes == NULL && n > 0)
        return base_fail_memory(err);
    if (n > max)
        return vault_sqlite_damaged(s, "a record is larger than hubauth writes", err);
    *ret = (struct base_span){bytes, n};
    return BASE_OK;
}

static enum base_status row_take_bytes(struct vault_sqlite *s, sqlite3_stmt *statement, int column,
                                       struct base_buf *out, struct base_error *err)
{
    struct base_span bytes;
    enum base_status status = row_column(s, statement, column, out->max, &bytes, err);
    if (status != BASE_OK)
        return status;
    base_buf_add_span(out, bytes);
    return base_buf_status(out) == BASE_OK ? BASE_OK : base_fail_memory(err);
}

static enum base_status row_take_generation(struct vault_sqlite *s, sqlite3_stmt *statement,
                                            int column, uint64_t *ret, struct base_error *err)
{
    sqlite3_int64 generation = sqlite3_column_int64(statement, column);
    if (sqlite3_column_type(statement, column) != SQLITE_INTEGER || generation < 1)
        return vault_sqlite_damaged(s, "a generation is no positive number", err);
    *ret = (uint64_t)generation;
    return BASE_OK;
}

/* The header, a record and a listing are all read by this one statement, from (kind, name) on. To
 * parse it costs more than to run it, and a `hubauth token` needs all three. */
#define ROW_READ                                                                                   \
    "SELECT name,generation,plain,sealed FROM vault_row WHERE kind=?1 AND name>=?2 ORDER BY name"

enum { ROW_NAME, ROW_GENERATION, ROW_PLAIN, ROW_SEALED };

/* Ends its read transaction, and keeps the statement. */
static void row_read_end(sqlite3_stmt **statement)
{
    if (*statement != NULL) {
        (void)sqlite3_reset(*statement); /* repeats what the last step said */
        (void)sqlite3_clear_bindings(*statement);
    }
}

/* *ret is the handle's, to be ended with row_read_end() before the next begins. */
static enum base_status row_read_begin(struct vault_sqlite *s, int kind, const char *name,
                                       sqlite3_stmt **ret, struct base_error *err)
{
    int code = s->reader != NULL ? SQLITE_OK
                                 : sqlite3_prepare_v3(s->db, ROW_READ, -1,
                                                      SQLITE_PREPARE_PERSISTENT, &s->reader, NULL);
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, ROW_READING, err);
    *ret = s->reader;
    return row_bind_key(s, *ret, kind, name, err);
}

/* Steps to the very row; *ret_found is false when there is none. */
static enum base_status row_read_one(struct vault_sqlite *s, int kind, const char *name,
                                     sqlite3_stmt **ret, bool *ret_found, struct base_error *err)
{
    enum base_status status = row_read_begin(s, kind, name, ret, err);
    if (status != BASE_OK)
        return status;
    int code = sqlite3_step(*ret);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return vault_sqlite_fail(s, code, ROW_READING, err);
    *ret_found = false;
    if (code == SQLITE_ROW) {
        const char *found = (const char *)sqlite3_column_text(*ret, ROW_NAME);
        if (found == NULL)
            return base_fail_memory(err);
        struct base_span bytes = {found, (size_t)sqlite3_column_bytes(*ret, ROW_NAME)};
        *ret_found = base_span_is(bytes, name);
    }
    return BASE_OK;
}

enum base_status vault_sqlite_header_read(struct vault_sqlite *s, struct base_buf *out,
                                          uint64_t *ret_generation, struct base_error *err)
{
    BASE_CLEANUP(row_read_end) sqlite3_stmt *statement = NULL;
    bool found = false;
    enum base_status status = row_read_one(s, ROW_HEADER_KIND, "", &statement, &found, err);
    if (status != BASE_OK)
        return status;
    if (found) {
        status = row_take_generation(s, statement, ROW_GENERATION, ret_generation, err);
        return status == BASE_OK ? row_take_bytes(s, statement, ROW_PLAIN, out, err) : status;
    }
    base_fail(err, BASE_NOT_FOUND, ROW_READING, "%s has no header: it was never completed",
              s->path);
    base_error_hint(err, "hubauth init");
    return BASE_NOT_FOUND;
}

/* Generation, plain and sealed part, from `column` on. */
static enum base_status row_take(struct vault_sqlite *s, sqlite3_stmt *statement, int column,
                                 struct vault_row *ret, struct base_error *err)
{
    struct vault_row row;
    vault_row_init(&row);
    enum base_status status = row_take_generation(s, statement, column, &row.generation, err);
    if (status == BASE_OK)
        status = row_take_bytes(s, statement, column + 1, &row.plain, err);
    if (status == BASE_OK)
        status = row_take_bytes(s, statement, column + 2, &row.sealed, err);
    if (status == BASE_OK)
        *ret = row;
    else
        vault_row_free(&row);
    return status;
}

enum base_status vault_sqlite_row_read(struct vault_sqlite *s, enum vault_kind kind,
                                       const char *name, struct vault_row *ret,
                                       struct base_error *err)
{
    BASE_CLEANUP(row_read_end) sqlite3_stmt *statement = NULL;
    bool found = false;
    enum base_status status = row_read_one(s, (int)kind, name, &statement, &found, err);
    if (status != BASE_OK)
        return status;
    if (!found)
        return base_fail(err, BASE_NOT_FOUND, ROW_READING, "there is no %s", name);
    return row_take(s, statement, ROW_GENERATION, ret, err);
}

static enum base_status row_take_name(struct vault_sqlite *s, sqlite3_stmt *statement, int column,
                                      char **ret, struct base_error *err)
{
    const char *name = (const char *)sqlite3_column_text(statement, column);
    if (name == NULL)
        return base_fail_memory(err);
    if (strlen(name) != (size_t)sqlite3_column_bytes(statement, column))
        return vault_sqlite_damaged(s, "a name holds a NUL byte", err);
    *ret = base_mem_strdup(name);
    return *ret != NULL ? BASE_OK : base_fail_memory(err);
}

enum base_status vault_sqlite_row_next(struct vault_sqlite *s, enum vault_kind kind,
                                       const char *name, enum vault_kind *ret_kind, char **ret_name,
                                       struct vault_row *ret, struct base_error *err)
{
    static const char sql[] = "SELECT kind,name,generation,plain,sealed FROM vault_row "
                              "WHERE(kind,name)>(?1,?2)ORDER BY kind,name LIMIT 1";
    BASE_CLEANUP(row_finalize) sqlite3_stmt *statement = NULL;
    enum base_status status = row_prepare(s, sql, (int)kind, name, &statement, err);
    if (status != BASE_OK)
        return status;
    int code = sqlite3_step(statement);
    if (code == SQLITE_DONE)
        return base_fail(err, BASE_NOT_FOUND, ROW_READING, "there is no other row");
    if (code != SQLITE_ROW)
        return vault_sqlite_fail(s, code, ROW_READING, err);
    char *copy = NULL;
    status = row_take_name(s, statement, 1, &copy, err);
    if (status == BASE_OK)
        status = row_take(s, statement, 2, ret, err);
    if (status != BASE_OK) {
        base_mem_free(copy);
        return status;
    }
    *ret_kind = (enum vault_kind)sqlite3_column_int(statement, 0);
    *ret_name = copy;
    return BASE_OK;
}

/* ------------------------------------------------------------------ listing
 *
 * All rows are copied before the first is shown: while a statement runs nobody can write, and the
 * caller may take its time, for instance when it prints into a pipe. */

enum { ROW_LIST_MAX = 64 << 20 }; /* some 200,000 accounts */

struct row_item {
    uint64_t generation;
    size_t name, plain; /* lengths; the bytes follow, the name with its NUL */
};

static enum base_status row_copy(struct vault_sqlite *s, sqlite3_stmt *statement,
                                 struct base_buf *rows, struct base_error *err)
{
    struct row_item item;
    struct base_span plain;
    enum base_status status =
        row_take_generation(s, statement, ROW_GENERATION, &item.generation, err);
    if (status == BASE_OK)
        status = row_column(s, statement, ROW_PLAIN, VAULT_PLAIN_MAX, &plain, err);
    if (status != BASE_OK)
        return status;
    const char *name = (const char *)sqlite3_column_text(statement, ROW_NAME);
    if (name == NULL)
        return base_fail_memory(err);
    item.name = (size_t)sqlite3_column_bytes(statement, ROW_NAME);
    item.plain = plain.n;
    if (item.name == 0 || strlen(name) != item.name)
        return vault_sqlite_damaged(s, "a name is empty or holds a NUL byte", err);
    base_buf_add(rows, &item, sizeof(item));
    base_buf_add(rows, name, item.name + 1);
    base_buf_add_span(rows, plain);
    if (base_buf_status(rows) == BASE_LIMIT)
        return base_fail(err, BASE_LIMIT, ROW_READING, "%s holds too much to be listed", s->path);
    return base_buf_status(rows) == BASE_OK ? BASE_OK : base_fail_memory(err);
}

static enum base_status row_copy_all(struct vault_sqlite *s, enum vault_kind kind,
                                     struct base_buf *rows, struct base_error *err)
{
    BASE_CLEANUP(row_read_end) sqlite3_stmt *statement = NULL;
    enum base_status status = row_read_begin(s, (int)kind, "", &statement, err);
    while (status == BASE_OK) {
        int code = sqlite3_step(statement);
        if (code == SQLITE_DONE)
            break;
        status = code == SQLITE_ROW ? row_copy(s, statement, rows, err)
                                    : vault_sqlite_fail(s, code, ROW_READING, err);
    }
    return status;
}

enum base_status vault_sqlite_row_list(struct vault_sqlite *s, enum vault_kind kind,
                                       vault_list_fn *fn, void *arg, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf rows;
    base_buf_init(&rows, ROW_LIST_MAX);
    enum base_status status = row_copy_all(s, kind, &rows, err);
    if (status != BASE_OK)
        return status;
    for (struct base_span rest = base_buf_span(&rows); rest.n > 0;) {
        struct row_item item;
        memcpy(&item, rest.p, sizeof(item)); /* it is not aligned */
        const char *name = rest.p + sizeof(item);
        rest = base_span_from(rest, sizeof(item) + item.name + 1);
        if (!fn(arg, name, item.generation, base_span_first(rest, item.plain)))
            break;
        rest = base_span_from(rest, item.plain);
    }
    return BASE_OK;
}

/* ------------------------------------------------------------------ writing
 *
 * One guarded statement each, which SQLite runs as a transaction of its own: it changes the row
 * only while that is what the caller saw, and the number of rows it changed says whether it did.
 * The header that the caller knows (?6, 0: none) is a part of what it saw. */

#define ROW_UNDER "(?6=0 OR ?6=(SELECT generation FROM vault_row WHERE kind=0 AND name=''))"

static enum base_status row_run(struct vault_sqlite *s, sqlite3_stmt *statement, bool *ret_changed,
                                struct base_error *err)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_DONE)
        return vault_sqlite_fail(s, code, ROW_WRITING, err);
    *ret_changed = sqlite3_changes(s->db) > 0;
    return BASE_OK;
}

static enum base_status row_conflict(const char *name, struct base_error *err)
{
    return base_fail(err, BASE_CONFLICT, ROW_WRITING, "%s was changed by somebody else", name);
}

/* The header's new generation; CONFLICT when nothing was changed. */
static enum base_status row_run_header(struct vault_sqlite *s, sqlite3_stmt *statement,
                                       struct base_error *err)
{
    int code = sqlite3_step(statement);
    if (code == SQLITE_DONE)
        return row_conflict("the header", err);
    int64_t generation = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    if (code == SQLITE_ROW)
        code = sqlite3_step(statement); /* the commit */
    if (code != SQLITE_DONE)
        return vault_sqlite_fail(s, code, ROW_WRITING, err);
    s->under = generation;
    return BASE_OK;
}

enum base_status vault_sqlite_header_write(struct vault_sqlite *s, struct base_span expected,
                                           struct base_span header, struct base_error *err)
{
    static const char insert[] =
        "INSERT INTO vault_row(kind,name,generation,plain,sealed)VALUES(?1,?2,1,?3,?4)ON CONFLICT "
        "DO NOTHING RETURNING generation";
    static const char replace[] = "UPDATE vault_row SET generation=generation+1,plain=?3 WHERE "
                                  "kind=?1 AND name=?2 AND plain=?4 RETURNING generation";
    enum base_status status = vault_sqlite_write_begin(s, err);
    if (status != BASE_OK)
        return status;
    BASE_CLEANUP(row_finalize) sqlite3_stmt *statement = NULL;
    status =
        row_prepare(s, expected.n == 0 ? insert : replace, ROW_HEADER_KIND, "", &statement, err);
    if (status != BASE_OK)
        return status;
    int code = row_bind_bytes(statement, 3, header);
    if (code == SQLITE_OK)
        code = row_bind_bytes(statement, 4, expected);
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, ROW_WRITING, err);
    return row_run_header(s, statement, err);
}

/* STALE when the header is not the one that this handle knows. */
static enum base_status row_check_under(struct vault_sqlite *s, struct base_error *err)
{
    if (s->under == 0)
        return BASE_OK;
    BASE_CLEANUP(base_buf_free) struct base_buf header;
    uint64_t generation = 0;
    base_buf_init(&header, VAULT_HEADER_MAX);
    enum base_status status = vault_sqlite_header_read(s, &header, &generation, err);
    if (status == BASE_OK && generation != (uint64_t)s->under)
        status = base_fail(err, BASE_STALE, ROW_WRITING, "its header was changed meanwhile");
    return status;
}

/* Why a statement changed nothing. */
static enum base_status row_stale_or_conflict(struct vault_sqlite *s, const char *name,
                                              struct base_error *err)
{
    enum base_status status = row_check_under(s, err);
    return status == BASE_OK ? row_conflict(name, err) : status;
}

enum base_status vault_sqlite_row_write(struct vault_sqlite *s, enum vault_kind kind,
                                        const char *name, uint64_t expected, struct base_span plain,
                                        struct base_span sealed, struct base_error *err)
{
    static const char insert[] =
        "INSERT INTO vault_row(kind,name,generation,plain,sealed)SELECT ?1,?2,?5+1,?3,?4 "
        "WHERE " ROW_UNDER "ON CONFLICT DO NOTHING";
    static const char replace[] = "UPDATE vault_row SET generation=?5+1,plain=?3,sealed=?4 WHERE "
                                  "kind=?1 AND name=?2 AND generation=?5 AND " ROW_UNDER;
    enum base_status status = vault_sqlite_write_begin(s, err);
    if (status != BASE_OK)
        return status;
    BASE_CLEANUP(row_finalize) sqlite3_stmt *statement = NULL;
    status = row_prepare(s, expected == 0 ? insert : replace, (int)kind, name, &statement, err);
    if (status != BASE_OK)
        return status;
    int code = row_bind_bytes(statement, 3, plain);
    if (code == SQLITE_OK)
        code = row_bind_bytes(statement, 4, sealed);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(statement, 5, (sqlite3_int64)expected);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(statement, 6, s->under);
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, ROW_WRITING, err);
    bool changed = false;
    status = row_run(s, statement, &changed, err);
    return status == BASE_OK && !changed ? row_stale_or_conflict(s, name, err) : status;
}

/* ------------------------------------------------------------------ new seals */

static enum base_status row_reseal(struct vault_sqlite *s, sqlite3_stmt *statement,
                                   const struct vault_reseal *r, struct base_error *err)
{
    int code = sqlite3_bind_int(statement, 1, (int)r->kind);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(statement, 2, r->name, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = row_bind_bytes(statement, 3, base_buf_span(&r->sealed));
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(statement, 4, (sqlite3_int64)r->generation);
    if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_DONE)
        code = sqlite3_reset(statement);
    return code == SQLITE_OK ? BASE_OK : vault_sqlite_fail(s, code, ROW_WRITING, err);
}

enum base_status vault_sqlite_row_reseal(struct vault_sqlite *s, const struct vault_reseal *rows,
                                         size_t count, struct base_error *err)
{
    static const char sql[] =
        "UPDATE vault_row SET sealed=?3 WHERE kind=?1 AND name=?2 AND generation=?4";
    enum base_status status = vault_sqlite_begin(s, err);
    if (status != BASE_OK)
        return status;
    sqlite3_stmt *statement = NULL;
    status = row_check_under(s, err); /* nobody can change it until the end of this transaction */
    if (status == BASE_OK)
        status = row_prepare(s, sql, 0, "", &statement, err);
    for (size_t i = 0; status == BASE_OK && i < count; i++)
        status = row_reseal(s, statement, &rows[i], err);
    sqlite3_finalize(statement); /* an open one would keep the end from being reached */
    return vault_sqlite_end(s, status, err);
}

/* ------------------------------------------------------------------ removing */

/* Only to tell why a delete found nothing to delete. */
static enum base_status row_absent_or_changed(struct vault_sqlite *s, enum vault_kind kind,
                                              const char *name, struct base_error *err)
{
    struct vault_row row;
    enum base_status status = vault_sqlite_row_read(s, kind, name, &row, err);
    if (status != BASE_OK)
        return status;
    vault_row_free(&row);
    return row_conflict(name, err);
}

enum base_status vault_sqlite_row_delete(struct vault_sqlite *s, enum vault_kind kind,
                                         const char *name, uint64_t expected,
                                         struct base_error *err)
{
    enum base_status status = vault_sqlite_write_begin(s, err);
    if (status != BASE_OK)
        return status;
    BASE_CLEANUP(row_finalize) sqlite3_stmt *statement = NULL;
    status =
        row_prepare(s, "DELETE FROM vault_row WHERE kind=?1 AND name=?2 AND(?3=0 OR generation=?3)",
                    (int)kind, name, &statement, err);
    if (status != BASE_OK)
        return status;
    int code = sqlite3_bind_int64(statement, 3, (sqlite3_int64)expected);
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, ROW_WRITING, err);
    bool changed = false;
    status = row_run(s, statement, &changed, err);
    if (status != BASE_OK)
        return status;
    return changed ? BASE_OK : row_absent_or_changed(s, kind, name, err);
}

/* ------------------------------------------------------------------ many at once */

static enum base_status row_change(struct vault_sqlite *s, const struct vault_change *c,
                                   struct base_error *err)
{
    return c->remove
               ? vault_sqlite_row_delete(s, c->kind, c->name, c->expected, err)
               : vault_sqlite_row_write(s, c->kind, c->name, c->expected, c->plain, c->sealed, err);
}

enum base_status vault_sqlite_row_apply(struct vault_sqlite *s, const struct vault_change *changes,
                                        size_t count, struct base_error *err)
{
    enum base_status status = vault_sqlite_begin(s, err);
    if (status != BASE_OK)
        return status;
    for (size_t i = 0; i < count && status == BASE_OK; i++)
        status = row_change(s, &changes[i], err);
    return vault_sqlite_end(s, status, err);
}
