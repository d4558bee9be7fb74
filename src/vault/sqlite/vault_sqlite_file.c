#include <sqlite3.h>

#include "base_file.h"
#include "base_time.h"
#include "vault_sqlite.h"

#define FILE_NAME "vault.db"
#define FILE_DOING "opening the vault"
#define FILE_WRITING "writing to the vault"
#define FILE_HINT_INIT "hubauth init"

enum {
    FILE_APPLICATION = 0x48754161, /* "HuAa", in the file's bytes 68 to 71 */
    FILE_PATH_MAX = 500,           /* SQLite takes 512 with the journal's suffix */
    FILE_BUSY_MS = 5000,
};

/* ------------------------------------------------------------------ reading */

int vault_sqlite_number(struct sqlite3 *db, const char *sql, int *ret, sqlite3_stmt **ret_open)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *ret = sqlite3_column_int(statement, 0);
        code = SQLITE_OK;
    }
    if (code == SQLITE_OK && ret_open != NULL)
        *ret_open = statement;
    else
        sqlite3_finalize(statement);
    return code;
}

enum file_state { FILE_BLANK, FILE_READY };

static enum base_status file_judge(struct vault_sqlite *s, int application, int layout, int tables,
                                   enum file_state *ret, struct base_error *err)
{
    if (application == 0 && layout == 0 && tables == 0) {
        *ret = FILE_BLANK; /* a process died while it made the vault */
        return BASE_OK;
    }
    if (application != FILE_APPLICATION) {
        base_fail(err, BASE_STORAGE, FILE_DOING, "%s is a database, but no hubauth vault", s->path);
        base_error_hint(err, "move it away, or name another directory");
        return BASE_STORAGE;
    }
    s->layout = layout;
    *ret = FILE_READY;
    return vault_sqlite_layout_known(s, layout, err);
}

/* `application` was read already. */
static enum base_status file_state(struct vault_sqlite *s, int application, enum file_state *ret,
                                   struct base_error *err)
{
    int layout = 0;
    int tables = 0;
    int code = vault_sqlite_number(s->db, "PRAGMA user_version", &layout, NULL);
    if (code == SQLITE_OK && application != FILE_APPLICATION)
        code = vault_sqlite_number(s->db, "SELECT count(*) FROM sqlite_schema", &tables, NULL);
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, FILE_DOING, err);
    return file_judge(s, application, layout, tables, ret, err);
}

/* `pragma` answers "ok" or the first damage; `what` is said of the latter. */
static enum base_status file_check_pages(struct vault_sqlite *s, const char *pragma,
                                         const char *what, struct base_error *err)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(s->db, pragma, -1, &statement, NULL);
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, FILE_DOING, err);
    enum base_status status = BASE_OK;
    code = sqlite3_step(statement);
    const char *said = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    if (code != SQLITE_ROW) {
        status = vault_sqlite_fail(s, code, FILE_DOING, err);
    } else if (!base_span_is(base_span_of(said), "ok")) {
        status = vault_sqlite_damaged(s, what, err);
        base_error_lower(err, "SQLite: %s", said != NULL ? said : "");
    }
    sqlite3_finalize(statement);
    return status;
}

/* The pages of a file that was cut may read as if they held no rows. Before a vault without a
 * header is believed to be one that was never completed, SQLite looks at all of it. */
static enum base_status file_check_whole(struct vault_sqlite *s, struct base_error *err)
{
    return file_check_pages(s, "PRAGMA quick_check(1)",
                            "it holds no header, and its pages are not sound", err);
}

enum base_status vault_sqlite_check(struct vault_sqlite *s, struct base_error *err)
{
    return file_check_pages(s, "PRAGMA integrity_check(1)", "its pages are not sound", err);
}

const char *vault_sqlite_library(void)
{
    static char text[32];
    snprintf(text, sizeof(text), "SQLite %s", sqlite3_libversion());
    return text;
}

static enum base_status file_read_header(struct vault_sqlite *s, struct base_error *err)
{
    struct base_error cause = BASE_ERROR_NONE;
    enum base_status status =
        vault_sqlite_header_read(s, &s->header, &s->header_generation, &cause);
    s->header_fresh = status == BASE_OK;
    if (status == BASE_NOT_FOUND)
        return file_check_whole(s, err);
    if (status != BASE_OK && err != NULL)
        *err = cause;
    return status;
}

/* All that an open has to read. The first statement stays open meanwhile, so that it is one read
 * transaction: each statement would otherwise take and give back its own locks. */
static enum base_status file_read(struct vault_sqlite *s, enum file_state *ret,
                                  struct base_error *err)
{
    int application = 0;
    sqlite3_stmt *first = NULL;
    int code = vault_sqlite_number(s->db, "PRAGMA application_id", &application, &first);
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, FILE_DOING, err);
    enum base_status status = file_state(s, application, ret, err);
    if (status == BASE_OK && *ret == FILE_READY)
        status = file_read_header(s, err);
    sqlite3_finalize(first);
    return status;
}

/* ------------------------------------------------------------------ writing */

/* A rollback journal, not a write-ahead log. A log makes a write cheaper (one fsync for five), but
 * whoever opens the file first has to rebuild the log's index, which is a file: 37 more system
 * calls, nine of them writes, which wait for the disk when that is busy. Tokens are read by short
 * processes, many times for each refresh. With a journal a reader writes nothing and needs no right
 * to write, and the vault is one file. docs/vault-format.md has the figures.
 *
 * The commit is the truncation of the journal, and FULL syncs it after that. secure_delete
 * overwrites what is deleted (D10). */
enum base_status vault_sqlite_write_begin(struct vault_sqlite *s, struct base_error *err)
{
    if (s->writing)
        return BASE_OK;
    int code = sqlite3_exec(s->db,
                            "PRAGMA journal_mode=TRUNCATE;"
                            "PRAGMA synchronous=FULL;"
                            "PRAGMA secure_delete=ON",
                            NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, FILE_WRITING, err);
    if (s->layout > 0 && s->layout < VAULT_SQLITE_LAYOUT) {
        enum base_status status = vault_sqlite_migrate(s, err);
        if (status != BASE_OK)
            return status;
    }
    s->writing = true;
    return BASE_OK;
}

enum base_status vault_sqlite_begin(struct vault_sqlite *s, struct base_error *err)
{
    enum base_status status = vault_sqlite_write_begin(s, err);
    if (status != BASE_OK)
        return status;
    int code = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    return code == SQLITE_OK ? BASE_OK : vault_sqlite_fail(s, code, FILE_WRITING, err);
}

enum base_status vault_sqlite_end(struct vault_sqlite *s, enum base_status status,
                                  struct base_error *err)
{
    if (status == BASE_OK) {
        int code = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
        if (code == SQLITE_OK)
            return BASE_OK;
        status = vault_sqlite_fail(s, code, FILE_WRITING, err);
    }
    /* SQLite may have rolled back by itself already; then this does nothing. */
    (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* May run in two processes at once. */
static enum base_status file_initialise(struct vault_sqlite *s, struct base_error *err)
{
    enum base_status status = vault_sqlite_write_begin(s, err);
    if (status != BASE_OK)
        return status;
    char sql[512];
    snprintf(sql, sizeof(sql),
             "BEGIN IMMEDIATE;"
             "PRAGMA application_id=%d;"
             "PRAGMA user_version=%d;"
             "CREATE TABLE IF NOT EXISTS vault_row("
             "kind INTEGER NOT NULL,name TEXT NOT NULL,generation INTEGER NOT NULL,"
             "plain BLOB NOT NULL,sealed BLOB NOT NULL,PRIMARY KEY(kind,name))WITHOUT ROWID;"
             "COMMIT",
             FILE_APPLICATION, VAULT_SQLITE_LAYOUT);
    int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, "making the vault", err);
    return BASE_OK;
}

/* ------------------------------------------------------------------ opening */

/* The file is ours alone, yet a program that reads it need not believe what its schema says. */
static void file_distrust(struct sqlite3 *db)
{
    static const struct {
        int option, on;
    } config[] = {
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
    };
    for (size_t i = 0; i < sizeof(config) / sizeof(config[0]); i++)
        (void)sqlite3_db_config(db, config[i].option, config[i].on, NULL);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH,
                  VAULT_SEALED_MAX + VAULT_PLAIN_MAX + 4096); /* a row has all of them */
}

/* SQLite's own handler looks ever more rarely, in the end every tenth of a second, and so never
 * sees the gaps that a busy writer leaves (vault_rotate.c). */
static int file_wait(void *arg, int looked)
{
    struct vault_sqlite *s = arg;
    if (looked == 0)
        s->waiting_since = base_time_monotonic();
    if (base_time_monotonic() - s->waiting_since >= FILE_BUSY_MS)
        return 0;
    (void)sqlite3_sleep(looked < 5 ? 1 : 10);
    return 1;
}

/* For the whole process, and only before SQLite's first use: later they are refused, which is as
 * good. SQLite would take 20 pages at once for a file that has two, which costs a short process 19
 * page faults; and it would count its memory, under a lock, at each allocation. */
static void file_configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum base_status file_open_database(struct vault_sqlite *s, struct base_error *err)
{
    static const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                             SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW |
                             SQLITE_OPEN_EXRESCODE;
    file_configure();
    int code = sqlite3_open_v2(s->path, &s->db, flags, "unix");
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, FILE_DOING, err);
    file_distrust(s->db);
    (void)sqlite3_busy_handler(s->db, file_wait, s);
    return BASE_OK;
}

static enum base_status file_absent(const char *directory, struct base_error *err)
{
    base_fail(err, BASE_NOT_FOUND, FILE_DOING, "there is no vault in %s", directory);
    base_error_hint(err, FILE_HINT_INIT);
    return BASE_NOT_FOUND;
}

static enum base_status file_make(struct vault_sqlite *s, struct base_error *err)
{
    struct base_error cause = BASE_ERROR_NONE;
    enum base_status status = vault_dir_make_file(&s->dir, FILE_NAME, &cause);
    if (status == BASE_OK || status == BASE_EXISTS)
        return BASE_OK; /* what it is will be seen */
    if (err != NULL)
        *err = cause;
    return status;
}

/* Finds or makes the file, before SQLite could make it with the wrong mode. */
static enum base_status file_locate(struct vault_sqlite *s, const char *directory, bool create,
                                    struct base_error *err)
{
    enum base_status status = vault_dir_open(directory, create, &s->dir, err);
    if (status != BASE_OK)
        return status == BASE_NOT_FOUND ? file_absent(directory, err) : status;
    s->path = base_file_join(s->dir.path, FILE_NAME);
    if (s->path == NULL)
        return base_fail_memory(err);
    if (strlen(s->path) > FILE_PATH_MAX)
        return base_fail(err, BASE_STORAGE, FILE_DOING, "the path has more than %d bytes: %s",
                         FILE_PATH_MAX, s->path);
    if (create) {
        status = file_make(s, err);
        if (status != BASE_OK)
            return status;
    }
    status = vault_dir_check_file(&s->dir, FILE_NAME, err);
    return status == BASE_NOT_FOUND ? file_absent(directory, err) : status;
}

enum base_status vault_sqlite_attach(struct vault_sqlite *s, const char *directory, bool create,
                                     struct base_error *err)
{
    enum file_state state = FILE_BLANK;
    enum base_status status = file_locate(s, directory, create, err);
    if (status == BASE_OK)
        status = file_open_database(s, err);
    if (status == BASE_OK)
        status = file_read(s, &state, err);
    if (status != BASE_OK)
        return status;
    if (create && s->header.n > 0) {
        base_fail(err, BASE_EXISTS, "making the vault", "there is one already: %s", s->path);
        base_error_hint(err,
                        "hubauth status shows what is in it; to start anew, move it away first");
        return BASE_EXISTS;
    }
    if (state == FILE_READY)
        return BASE_OK;
    return create ? file_initialise(s, err) : file_absent(directory, err);
}

void vault_sqlite_detach(struct vault_sqlite *s)
{
    sqlite3_finalize(s->reader); /* NULL is allowed, and below */
    s->reader = NULL;
    sqlite3_close(s->db);
    s->db = NULL;
    base_mem_free(s->path);
    s->path = NULL;
    base_buf_free(&s->header);
    vault_dir_close(&s->dir);
}
