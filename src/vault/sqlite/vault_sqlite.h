/* Inside the SQLite backend. DIRECTORY/vault.db holds one table (docs/vault-format.md). */
#ifndef VAULT_SQLITE_H
#define VAULT_SQLITE_H

#include "vault_dir.h"
#include "vault_store.h"

struct sqlite3;
struct sqlite3_stmt;

struct vault_sqlite {
    struct vault_store base;
    struct vault_dir dir;
    char *path; /* of the database, for SQLite and for messages */
    struct sqlite3 *db;
    struct sqlite3_stmt *reader; /* vault_sqlite_row.c's; NULL: not prepared yet */
    struct base_buf header;      /* as it was when the file was opened */
    uint64_t header_generation;  /* likewise */
    bool header_fresh;           /* nobody has asked for it yet */
    int64_t under;               /* the header's generation that writes count under; 0: any */
    int layout;                  /* user_version */
    int64_t waiting_since;       /* for somebody who writes, monotonic ms */
    bool writing;                /* what writing needs was set */
    struct vault_lease *leases;
};

/* ------------------------------------------------------------------ vault_sqlite_file.c */

/* Opens and checks the file; see struct vault_store_module. Free it with vault_sqlite_detach() in
 * any case. */
enum base_status vault_sqlite_attach(struct vault_sqlite *s, const char *directory, bool create,
                                     struct base_error *err);
void vault_sqlite_detach(struct vault_sqlite *s);
/* PRAGMA integrity_check; see struct vault_store_ops. */
enum base_status vault_sqlite_check(struct vault_sqlite *s, struct base_error *err);
/* "SQLite 3.40.1" */
const char *vault_sqlite_library(void);
/* Before each write: makes commits durable and brings an older file to our layout. Costs something
 * the first time only. */
enum base_status vault_sqlite_write_begin(struct vault_sqlite *s, struct base_error *err);
/* BEGIN IMMEDIATE: at once the right to write, since two that both read first would block each
 * other. And the end of that: COMMIT, or ROLLBACK when `status` is an error. */
enum base_status vault_sqlite_begin(struct vault_sqlite *s, struct base_error *err);
enum base_status vault_sqlite_end(struct vault_sqlite *s, enum base_status status,
                                  struct base_error *err);

/* The one value of a statement. With ret_open it stays open at its row, and its read transaction
 * with it. A result code of SQLite. */
int vault_sqlite_number(struct sqlite3 *db, const char *sql, int *ret,
                        struct sqlite3_stmt **ret_open);

/* ------------------------------------------------------------------ vault_sqlite_layout.c */

#define VAULT_SQLITE_LAYOUT 2 /* what user_version says in a file of ours */

/* STORAGE when `layout` is none that this hubauth knows. */
enum base_status vault_sqlite_layout_known(const struct vault_sqlite *s, int layout,
                                           struct base_error *err);
/* Brings a file of an older layout to ours: one transaction, after whose commit, and not before,
 * older hubauths refuse the file. */
enum base_status vault_sqlite_migrate(struct vault_sqlite *s, struct base_error *err);
/* Whether a newer hubauth has migrated the file since it was opened. */
enum base_status vault_sqlite_check_layout(struct vault_sqlite *s, struct base_error *err);

/* ------------------------------------------------------------------ vault_sqlite_row.c */

enum base_status vault_sqlite_header_read(struct vault_sqlite *s, struct base_buf *out,
                                          uint64_t *ret_generation, struct base_error *err);
/* Sets s->under. */
enum base_status vault_sqlite_header_write(struct vault_sqlite *s, struct base_span expected,
                                           struct base_span header, struct base_error *err);
enum base_status vault_sqlite_row_read(struct vault_sqlite *s, enum vault_kind kind,
                                       const char *name, struct vault_row *ret,
                                       struct base_error *err);
enum base_status vault_sqlite_row_write(struct vault_sqlite *s, enum vault_kind kind,
                                        const char *name, uint64_t expected, struct base_span plain,
                                        struct base_span sealed, struct base_error *err);
enum base_status vault_sqlite_row_next(struct vault_sqlite *s, enum vault_kind kind,
                                       const char *name, enum vault_kind *ret_kind, char **ret_name,
                                       struct vault_row *ret, struct base_error *err);
enum base_status vault_sqlite_row_reseal(struct vault_sqlite *s, const struct vault_reseal *rows,
                                         size_t count, struct base_error *err);
enum base_status vault_sqlite_row_delete(struct vault_sqlite *s, enum vault_kind kind,
                                         const char *name, uint64_t expected,
                                         struct base_error *err);
enum base_status vault_sqlite_row_apply(struct vault_sqlite *s, const struct vault_change *changes,
                                        size_t count, struct base_error *err);
enum base_status vault_sqlite_row_list(struct vault_sqlite *s, enum vault_kind kind,
                                       vault_list_fn *fn, void *arg, struct base_error *err);

/* ------------------------------------------------------------------ vault_sqlite_error.c */

/* The error for a result code of SQLite, with the file's name and what to do. */
enum base_status vault_sqlite_fail(const struct vault_sqlite *s, int code, const char *doing,
                                   struct base_error *err);
/* The file holds what hubauth never writes. */
enum base_status vault_sqlite_damaged(const struct vault_sqlite *s, const char *what,
                                      struct base_error *err);

#endif
