/* What Debian builds into libsqlite3.a and no vault uses: full text search, R-trees, JSON, dates,
 * tables of statistics, code that is loaded from files. SQLite sets all of it up each time a file
 * is opened, and a file that somebody else made could make use of it. The functions that register
 * it are here instead and do nothing, so that the linker leaves the rest out. They are weak: where
 * SQLite is a single object, or calls them by other names, they are not used, and all is as SQLite
 * was built. */
#include <sqlite3.h>

#define NO_TABLES(name)                                                                            \
    __attribute__((weak)) int name(sqlite3 *db);                                                   \
    int name(sqlite3 *db)                                                                          \
    {                                                                                              \
        (void)db;                                                                                  \
        return SQLITE_OK;                                                                          \
    }

#define NO_FUNCTIONS(name)                                                                         \
    __attribute__((weak)) void name(void);                                                         \
    void name(void)                                                                                \
    {                                                                                              \
    }

NO_TABLES(sqlite3DbstatRegister)
NO_TABLES(sqlite3Fts3Init)
NO_TABLES(sqlite3Fts5Init)
NO_TABLES(sqlite3JsonTableFunctions)
NO_TABLES(sqlite3RtreeInit)
NO_TABLES(sqlite3StmtVtabInit)
NO_FUNCTIONS(sqlite3RegisterDateTimeFunctions)
NO_FUNCTIONS(sqlite3RegisterJsonFunctions)

/* ------------------------------------------------------------------ loading code */

__attribute__((weak)) void sqlite3AutoLoadExtensions(sqlite3 *db);
void sqlite3AutoLoadExtensions(sqlite3 *db)
{
    (void)db;
}

__attribute__((weak)) void sqlite3CloseExtensions(sqlite3 *db);
void sqlite3CloseExtensions(sqlite3 *db)
{
    (void)db;
}

__attribute__((weak)) void sqlite3_reset_auto_extension(void)
{
}

/* The SQL function load_extension() calls it. */
__attribute__((weak)) int sqlite3_load_extension(sqlite3 *db, const char *zFile, const char *zProc,
                                                 char **pzErrMsg)
{
    (void)db;
    (void)zFile;
    (void)zProc;
    (void)pzErrMsg;
    return SQLITE_ERROR;
}
