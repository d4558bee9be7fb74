/* The way from an older layout to ours, from a vault.db that the hubauth of that time made
 * (tests/fixtures). */
#include <sqlite3.h>

#include "test_dir.h"
#include "test_kill.h"
#include "vault_store.h"

#define OLD_FILE HUBAUTH_FIXTURES "/vault-layout-1/vault.db"

static int dir_setup(void **state)
{
    static char bytes[1 << 16];
    struct test_dir *d = malloc(sizeof(*d));
    assert_non_null(d);
    test_dir_make(d);
    size_t n = test_file_read(OLD_FILE, bytes, sizeof(bytes));
    assert_true(n > 0 && n < sizeof(bytes));
    test_file_write(test_dir_path(d, "vault.db"), bytes, n, 0600);
    *state = d;
    return 0;
}

static int dir_teardown(void **state)
{
    test_dir_remove(*state);
    free(*state);
    return 0;
}

static struct vault_store *open_store(const struct test_dir *d)
{
    struct vault_store *s;
    struct base_error err;
    assert_ok(vault_sqlite_open(d->path, false, &s, &err), &err);
    return s;
}

static int number(const struct test_dir *d, const char *sql)
{
    struct sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(test_dir_path(d, "vault.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int value = sqlite3_column_int(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return value;
}

static int layout_of(const struct test_dir *d)
{
    return number(d, "PRAGMA user_version");
}

static void set_layout(const struct test_dir *d, const char *pragma)
{
    struct sqlite3 *db;
    assert_int_equal(sqlite3_open(test_dir_path(d, "vault.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, pragma, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* What the old hubauth wrote is there, whatever the layout is by now. */
static void expect_old_rows(const struct test_dir *d)
{
    struct vault_store *s = open_store(d);
    struct vault_row row;
    struct base_buf header;
    struct base_error err;
    base_buf_init(&header, VAULT_HEADER_MAX);
    assert_ok(s->ops->header_get(s, &header, &err), &err);
    assert_non_null(strstr(base_buf_str(&header), "argon2id"));
    base_buf_free(&header);
    assert_ok(s->ops->get(s, VAULT_APP, "old", &row, &err), &err);
    assert_int_equal(row.generation, 1);
    vault_row_free(&row);
    assert_ok(s->ops->get(s, VAULT_GRANT, "old/1234567", &row, &err), &err);
    assert_int_equal(row.generation, 1);
    assert_true(row.sealed.n > 40);
    vault_row_free(&row);
    s->ops->close(s);
}

static enum base_status write_row(struct vault_store *s, const char *name, struct base_error *err)
{
    return s->ops->put(s, VAULT_GRANT, name, 0, BASE_SPAN("{}"), BASE_SPAN("sealed"), err);
}

static void reading_leaves_the_layout(void **state)
{
    const struct test_dir *d = *state;
    expect_old_rows(d);
    assert_int_equal(layout_of(d), 1);
    assert_int_equal(chmod(test_dir_path(d, "vault.db"), 0400), 0); /* a backup, for instance */
    expect_old_rows(d);
}

static void first_write_migrates(void **state)
{
    const struct test_dir *d = *state;
    struct base_error err;
    struct vault_store *s = open_store(d);
    assert_ok(write_row(s, "new", &err), &err);
    s->ops->close(s);
    assert_int_equal(layout_of(d), 2);
    expect_old_rows(d);
    assert_int_equal(number(d, "SELECT count(*) FROM vault_row"), 4);
    assert_int_equal(number(d, "SELECT generation FROM vault_row WHERE kind=0"), 2);
}

static enum base_status read_header(struct vault_store *s, struct base_error *err)
{
    struct base_buf header;
    base_buf_init(&header, VAULT_HEADER_MAX);
    enum base_status status = s->ops->header_get(s, &header, err);
    base_buf_free(&header);
    return status;
}

/* The migrating handle goes on with the header that it knew; another one has to look again. */
static void others_notice_a_migration(void **state)
{
    const struct test_dir *d = *state;
    struct base_error err;
    struct vault_store *s = open_store(d), *other = open_store(d);
    assert_ok(read_header(s, &err), &err);
    assert_ok(read_header(other, &err), &err);
    assert_ok(write_row(s, "a", &err), &err);
    assert_status(write_row(other, "b", &err), BASE_STALE, &err);
    assert_ok(read_header(other, &err), &err);
    assert_ok(write_row(other, "b", &err), &err);
    s->ops->close(s);
    other->ops->close(other);
}

/* A newer hubauth may come along while we have the file open. */
static void newer_layout_is_noticed_while_open(void **state)
{
    const struct test_dir *d = *state;
    struct base_error err;
    struct vault_store *s = open_store(d);
    assert_ok(read_header(s, &err), &err);
    assert_ok(write_row(s, "a", &err), &err);
    set_layout(d, "PRAGMA user_version=3;"
                  "UPDATE vault_row SET generation=generation+1 WHERE kind=0");
    assert_status(write_row(s, "b", &err), BASE_STALE, &err);
    assert_status(read_header(s, &err), BASE_STORAGE, &err);
    assert_non_null(strstr(err.why, "newer hubauth (format 3"));
    s->ops->close(s);
    assert_status(vault_sqlite_open(d->path, false, &s, &err), BASE_STORAGE, &err);
    assert_int_equal(number(d, "SELECT count(*) FROM vault_row"), 4); /* "b" was not written */
}

/* A file that was of layout 1 when it was opened, and of a newer one when it is first written. */
static void newer_layout_is_noticed_at_migration(void **state)
{
    const struct test_dir *d = *state;
    struct base_error err;
    struct vault_store *s = open_store(d);
    set_layout(d, "PRAGMA user_version=3");
    assert_status(write_row(s, "a", &err), BASE_STORAGE, &err);
    assert_non_null(strstr(err.hint, "upgrade hubauth"));
    s->ops->close(s);
    assert_int_equal(layout_of(d), 3);
    assert_int_equal(number(d, "SELECT count(*) FROM vault_row"), 3);
}

static bool child_migrates(void *arg)
{
    struct vault_store *s;
    struct base_error err;
    if (vault_sqlite_open(arg, false, &s, &err) != BASE_OK)
        return false;
    bool written = write_row(s, "new", &err) == BASE_OK;
    s->ops->close(s);
    return written;
}

/* Killed before each of its system calls: the file is of one layout or the other, and whole. */
static void killed_migration_leaves_a_whole_file(void **state)
{
    unsigned before = 0, after = 0;
    (void)state;
    if (!test_kill_is_worth_it())
        skip();
    for (unsigned n = 0;; n++) {
        void *fresh;
        dir_setup(&fresh);
        struct test_dir *copy = fresh;
        bool ended = test_kill_at_syscall(child_migrates, copy->path, n);
        expect_old_rows(copy);
        *(layout_of(copy) == 1 ? &before : &after) += 1;
        assert_true(child_migrates(copy->path) ||
                    number(copy, "SELECT count(*) FROM vault_row") == 4);
        assert_int_equal(layout_of(copy), 2);
        expect_old_rows(copy);
        dir_teardown(&fresh);
        if (ended)
            break;
    }
    assert_true(before > 20 && after > 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, dir_setup, dir_teardown)
    const struct CMUnitTest tests[] = {
        TEST(reading_leaves_the_layout),
        TEST(first_write_migrates),
        TEST(others_notice_a_migration),
        TEST(newer_layout_is_noticed_while_open),
        TEST(newer_layout_is_noticed_at_migration),
        TEST(killed_migration_leaves_a_whole_file),
    };
    return cmocka_run_group_tests_name("vault_sqlite_migrate", tests, NULL, NULL);
}
