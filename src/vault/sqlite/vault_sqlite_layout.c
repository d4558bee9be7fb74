/* The layouts that vault.db has had, and the way from each to the next. */
#include <sqlite3.h>

#include "vault_sqlite.h"

#define LAYOUT_DOING "bringing the vault up to date"

/* steps[n] leads from layout n + 1 to n + 2. A layout says what readers and writers may rely on;
 * the tables need not differ.
 *
 * 2: who writes names the header that it knows, so that a row can never be sealed with a data key
 *    that a rotation has retired (VAULT_SQLITE row statements, ?6). A hubauth that knows layout 1
 *    alone does not, and has to stay away. */
static const char *const layout_steps[] = {""};

_Static_assert(sizeof(layout_steps) / sizeof(layout_steps[0]) == VAULT_SQLITE_LAYOUT - 1,
               "a step for each layout");

enum base_status vault_sqlite_layout_known(const struct vault_sqlite *s, int layout,
                                           struct base_error *err)
{
    if (layout < 1)
        return vault_sqlite_damaged(s, "it names no format", err);
    if (layout <= VAULT_SQLITE_LAYOUT)
        return BASE_OK;
    base_fail(err, BASE_STORAGE, "opening the vault",
              "%s was made by a newer hubauth (format %d, known is %d)", s->path, layout,
              VAULT_SQLITE_LAYOUT);
    base_error_hint(err, "upgrade hubauth; the vault was left as it is");
    return BASE_STORAGE;
}

static enum base_status layout_read(struct vault_sqlite *s, int *ret, struct base_error *err)
{
    int code = vault_sqlite_number(s->db, "PRAGMA user_version", ret, NULL);
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, LAYOUT_DOING, err);
    return vault_sqlite_layout_known(s, *ret, err);
}

enum base_status vault_sqlite_check_layout(struct vault_sqlite *s, struct base_error *err)
{
    int layout;
    return layout_read(s, &layout, err);
}

/* The header counts one up with each migration: whoever has the file open sees at its next write
 * that something has changed, and looks at the layout again. */
static enum base_status layout_count_header(struct vault_sqlite *s, struct base_error *err)
{
    int generation = 0;
    int code =
        sqlite3_exec(s->db, "UPDATE vault_row SET generation=generation+1 WHERE kind=0 AND name=''",
                     NULL, NULL, NULL);
    if (code == SQLITE_OK && sqlite3_changes(s->db) > 0)
        code = vault_sqlite_number(
            s->db, "SELECT generation FROM vault_row WHERE kind=0 AND name=''", &generation, NULL);
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, LAYOUT_DOING, err);
    if (s->under != 0 && s->under == generation - 1) /* nobody but ourselves has been at it */
        s->under = generation;
    return BASE_OK;
}

static enum base_status layout_climb(struct vault_sqlite *s, struct base_error *err)
{
    int layout;
    enum base_status status = layout_read(s, &layout, err);
    if (status != BASE_OK || layout == VAULT_SQLITE_LAYOUT)
        return status; /* another process was faster */
    for (; layout < VAULT_SQLITE_LAYOUT; layout++) {
        int code = sqlite3_exec(s->db, layout_steps[layout - 1], NULL, NULL, NULL);
        if (code != SQLITE_OK)
            return vault_sqlite_fail(s, code, LAYOUT_DOING, err);
    }
    char sql[64];
    snprintf(sql, sizeof(sql), "PRAGMA user_version=%d", VAULT_SQLITE_LAYOUT);
    int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, LAYOUT_DOING, err);
    return layout_count_header(s, err);
}

enum base_status vault_sqlite_migrate(struct vault_sqlite *s, struct base_error *err)
{
    int64_t under = s->under;
    int code = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return vault_sqlite_fail(s, code, LAYOUT_DOING, err);
    enum base_status status = vault_sqlite_end(s, layout_climb(s, err), err);
    if (status == BASE_OK)
        s->layout = VAULT_SQLITE_LAYOUT;
    else
        s->under = under;
    return status;
}
