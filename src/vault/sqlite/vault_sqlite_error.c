#include <sqlite3.h>

#include "vault_sqlite.h"

#define ERROR_RESTORE "restore it from a backup; hubauth leaves the file as it is"
#define ERROR_WRITABLE "the file and its directory must be writable for this user"

struct error_text {
    int code; /* extended or primary */
    enum base_status status;
    const char *why;
    const char *hint;
};

static const struct error_text error_texts[] = {
    {SQLITE_READONLY_DBMOVED, BASE_STORAGE, "the file was moved or replaced while it was in use",
     "try again"},
    {SQLITE_READONLY_ROLLBACK, BASE_STORAGE,
     "a write was cut short, and to undo it needs the right to write", ERROR_WRITABLE},
    {SQLITE_CANTOPEN_SYMLINK, BASE_STORAGE, "the path holds a symbolic link",
     "name what it points to"},
    {SQLITE_BUSY, BASE_BUSY, "another process has been writing to it for 5 seconds", "try again"},
    {SQLITE_LOCKED, BASE_BUSY, "another part of this process is writing to it", "try again"},
    {SQLITE_FULL, BASE_STORAGE, "the disk is full",
     "free some space and try again; nothing was changed"},
    {SQLITE_READONLY, BASE_STORAGE, "it cannot be written", ERROR_WRITABLE},
    {SQLITE_CANTOPEN, BASE_STORAGE, "it cannot be opened", ERROR_WRITABLE},
    {SQLITE_PERM, BASE_STORAGE, "access is denied", ERROR_WRITABLE},
    {SQLITE_IOERR, BASE_STORAGE, "reading or writing it failed",
     "look at the disk and at its free space"},
    {SQLITE_NOTADB, BASE_STORAGE, "this is no hubauth vault", "move it away, or " ERROR_RESTORE},
    {SQLITE_CORRUPT, BASE_STORAGE, "the file is damaged", ERROR_RESTORE},
    {SQLITE_TOOBIG, BASE_STORAGE, "the file holds a record larger than hubauth writes",
     ERROR_RESTORE},
    {SQLITE_NOMEM, BASE_NO_MEMORY, "memory is short", ""},
};

static const struct error_text *error_find(int code)
{
    static const struct error_text other = {0, BASE_STORAGE, "SQLite failed", ""};
    for (size_t i = 0; i < sizeof(error_texts) / sizeof(error_texts[0]); i++) {
        /* the primary code is the low byte of an extended one */
        if (error_texts[i].code == code || error_texts[i].code == (code & 0xff))
            return &error_texts[i];
    }
    return &other;
}

enum base_status vault_sqlite_fail(const struct vault_sqlite *s, int code, const char *doing,
                                   struct base_error *err)
{
    const struct error_text *text = error_find(code);
    /* set for these two, and left from an earlier call otherwise */
    bool from_os =
        s->db != NULL && ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN);
    const char *reason = from_os ? strerrordesc_np(sqlite3_system_errno(s->db)) : NULL;
    base_fail(err, text->status, doing, "%s: %s", s->path, text->why);
    /* SQLite's message names columns and codes at most: values are bound, not written into
     * statements. */
    const char *message = s->db != NULL ? sqlite3_errmsg(s->db) : sqlite3_errstr(code);
    if (reason != NULL)
        base_error_lower(err, "SQLite: %s (%d), system: %s", message, code, reason);
    else
        base_error_lower(err, "SQLite: %s (%d)", message, code);
    base_error_hint(err, "%s", text->hint);
    return text->status;
}

enum base_status vault_sqlite_damaged(const struct vault_sqlite *s, const char *what,
                                      struct base_error *err)
{
    base_fail(err, BASE_STORAGE, "reading the vault", "%s is damaged: %s", s->path, what);
    base_error_hint(err, "%s", ERROR_RESTORE);
    return BASE_STORAGE;
}
