/* What only a store in a file can do wrong: modes and links (D1, D2), garbage, disks that are full
 * or read-only. */
#include <errno.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "test_dir.h"
#include "test_process.h"
#include "vault_store.h"

static const char header_text[] = "{\"format\":1}";

static enum base_status open_at(const char *directory, bool create, struct vault_store **ret,
                                struct base_error *err)
{
    *err = BASE_ERROR_NONE;
    return vault_sqlite_open(directory, create, ret, err);
}

static void close_store(struct vault_store *s)
{
    s->ops->close(s);
}

static enum base_status put_text(struct vault_store *s, uint64_t expected, const char *text,
                                 struct base_error *err)
{
    return s->ops->put(s, VAULT_GRANT, "a", expected, base_span_of(text), base_span_of(text), err);
}

/* A complete store with the row "a" of generation 1. */
static void store_make(const char *directory)
{
    struct vault_store *s;
    struct base_error err;
    assert_ok(open_at(directory, true, &s, &err), &err);
    assert_ok(s->ops->header_put(s, BASE_SPAN_NONE, base_span_of(header_text), &err), &err);
    assert_ok(put_text(s, 0, "first", &err), &err);
    close_store(s);
}

static void store_expect(const char *directory, uint64_t generation, const char *text)
{
    struct vault_store *s;
    struct vault_row row;
    struct base_error err;
    assert_ok(open_at(directory, false, &s, &err), &err);
    assert_ok(s->ops->get(s, VAULT_GRANT, "a", &row, &err), &err);
    assert_int_equal(row.generation, generation);
    assert_span(base_buf_span(&row.sealed), text);
    vault_row_free(&row);
    close_store(s);
}

/* Opening and making must both refuse with STORAGE, the message must hold `why`, the hint `hint`.
 */
static void store_refused(const char *directory, const char *why, const char *hint)
{
    struct base_error err;
    for (int create = 0; create < 2; create++) {
        struct vault_store *s = NULL;
        assert_status(open_at(directory, create != 0, &s, &err), BASE_STORAGE, &err);
        assert_null(s);
        if (strstr(err.why, why) == NULL || strstr(err.hint, hint) == NULL)
            print_error("why: %s\nhint: %s\n", err.why, err.hint);
        assert_non_null(strstr(err.why, why));
        assert_non_null(strstr(err.hint, hint));
    }
}

static int dir_setup(void **state)
{
    struct test_dir *d = malloc(sizeof(*d));
    assert_non_null(d);
    test_dir_make(d);
    *state = d;
    return 0;
}

static int dir_teardown(void **state)
{
    struct test_dir *d = *state;
    assert_int_equal(chmod(d->path, 0700), 0);
    test_dir_remove(d);
    free(d);
    return 0;
}

/* ------------------------------------------------------------------ D1: modes and owners */

static void modes_do_not_depend_on_the_umask(void **state)
{
    static const char *const files[] = {"vault.db", "vault.db-journal"};
    static const mode_t masks[] = {0, 0277};
    const struct test_dir *d = *state;
    for (size_t i = 0; i < TEST_COUNT(masks); i++) {
        struct test_dir sub;
        struct vault_store *s;
        struct vault_lease *lease;
        struct base_error err;
        snprintf(sub.path, sizeof(sub.path), "%.200s/%zu", d->path, i);
        assert_int_equal(mkdir(sub.path, 0700), 0);
        mode_t before = umask(masks[i]);
        store_make(sub.path);
        for (size_t k = 0; k < TEST_COUNT(files); k++)
            assert_int_equal(test_file_mode(test_dir_path(&sub, files[k])), 0600);
        umask(masks[i] & 077);
        assert_ok(open_at(sub.path, false, &s, &err), &err);
        assert_ok(s->ops->lease_try(s, "a", &lease, &err), &err);
        assert_int_equal(test_file_mode(test_dir_path(&sub, "locks")), 0700);
        close_store(s);
        umask(before);
    }
}

static void missing_directories_are_made_0700(void **state)
{
    const struct test_dir *d = *state;
    mode_t before = umask(0);
    store_make(test_dir_path(d, "one/two"));
    umask(before);
    assert_int_equal(test_file_mode(test_dir_path(d, "one")), 0700);
    assert_int_equal(test_file_mode(test_dir_path(d, "one/two")), 0700);
}

static void open_modes_are_refused(void **state)
{
    static const mode_t dirs[] = {0750, 0705, 0701, 0777, 0710};
    static const mode_t files[] = {0640, 0604, 0660, 0666, 0700, 0601};
    struct test_dir *d = *state;
    store_make(d->path);
    char hint[300];
    snprintf(hint, sizeof(hint), "chmod 700 %s", d->path);
    for (size_t i = 0; i < TEST_COUNT(dirs); i++) {
        assert_int_equal(chmod(d->path, dirs[i]), 0);
        store_refused(d->path, "open to other users", hint);
    }
    assert_int_equal(chmod(d->path, 0700), 0);
    snprintf(hint, sizeof(hint), "chmod 600 %s/vault.db", d->path);
    for (size_t i = 0; i < TEST_COUNT(files); i++) {
        assert_int_equal(chmod(test_dir_path(d, "vault.db"), files[i]), 0);
        store_refused(d->path, "too open", hint);
    }
    assert_int_equal(chmod(test_dir_path(d, "vault.db"), 0600), 0);
    store_expect(d->path, 1, "first");
}

static void hint_can_be_pasted(void **state)
{
    struct test_dir *d = *state;
    const char *odd = test_dir_path(d, "it's a; $(dir)");
    assert_int_equal(mkdir(odd, 0700), 0);
    assert_int_equal(chmod(odd, 0755), 0);
    store_refused(odd, "open to other users", "/it'\\''s a; $(dir)'");
}

static void other_owners_are_refused(void **state)
{
    struct test_dir *d = *state;
    if (geteuid() != 0)
        skip(); /* only root can give a file away */
    store_make(d->path);
    assert_int_equal(chown(test_dir_path(d, "vault.db"), 65534, (gid_t)-1), 0);
    store_refused(d->path, "belongs to user 65534", "the user that the vault belongs to");
    assert_int_equal(chown(test_dir_path(d, "vault.db"), 0, (gid_t)-1), 0);
    assert_int_equal(chown(d->path, 65534, (gid_t)-1), 0);
    store_refused(d->path, "belongs to user 65534", "the user that the vault belongs to");
    assert_int_equal(chown(d->path, 0, (gid_t)-1), 0);
}

/* ------------------------------------------------------------------ D2: links and odd files */

static void links_are_refused(void **state)
{
    struct test_dir *d = *state;
    char real[512], file[512], dir[512];
    snprintf(real, sizeof(real), "%s", test_dir_path(d, "real"));
    snprintf(file, sizeof(file), "%.400s/vault.db", real);
    snprintf(dir, sizeof(dir), "%s", test_dir_path(d, "link"));
    store_make(real);
    assert_int_equal(symlink(real, dir), 0);
    store_refused(dir, dir, "name what it points to");

    assert_int_equal(mkdir(test_dir_path(d, "other"), 0700), 0);
    assert_int_equal(symlink(file, test_dir_path(d, "other/vault.db")), 0);
    store_refused(test_dir_path(d, "other"), "symbolic link", "");
    assert_int_equal(unlink(test_dir_path(d, "other/vault.db")), 0);
    assert_int_equal(link(file, test_dir_path(d, "other/vault.db")), 0);
    store_refused(test_dir_path(d, "other"), "2 names", "");
    assert_int_equal(unlink(test_dir_path(d, "other/vault.db")), 0);
    assert_int_equal(mkfifo(test_dir_path(d, "other/vault.db"), 0600), 0);
    store_refused(test_dir_path(d, "other"), "no regular file", "");
    assert_int_equal(unlink(test_dir_path(d, "other/vault.db")), 0);
    assert_int_equal(mkdir(test_dir_path(d, "other/vault.db"), 0700), 0);
    store_refused(test_dir_path(d, "other"), "no regular file", "");
    store_expect(real, 1, "first");
}

/* A home directory behind a symbolic link is common; only the last part must be none. */
static void links_above_are_followed(void **state)
{
    struct test_dir *d = *state;
    assert_int_equal(mkdir(test_dir_path(d, "disk"), 0700), 0);
    assert_int_equal(symlink("disk", test_dir_path(d, "home")), 0);
    store_make(test_dir_path(d, "home/vault"));
    store_expect(test_dir_path(d, "disk/vault"), 1, "first");
    store_expect(test_dir_path(d, "home/vault"), 1, "first");
}

static void neighbours_are_not_followed(void **state)
{
    struct test_dir *d = *state;
    store_make(d->path);
    char victim[512];
    snprintf(victim, sizeof(victim), "%s", test_dir_path(d, "victim"));
    test_file_write(victim, "precious", 8, 0600);
    assert_int_equal(unlink(test_dir_path(d, "vault.db-journal")), 0);
    assert_int_equal(symlink(victim, test_dir_path(d, "vault.db-journal")), 0);
    struct vault_store *s;
    struct base_error err;
    assert_status(open_at(d->path, false, &s, &err), BASE_STORAGE, &err);
    char bytes[16];
    assert_int_equal(test_file_read(victim, bytes, sizeof(bytes)), 8);
    assert_memory_equal(bytes, "precious", 8);
}

static void directory_that_is_a_file_is_refused(void **state)
{
    struct test_dir *d = *state;
    test_file_write(test_dir_path(d, "file"), "x", 1, 0600);
    struct vault_store *s;
    struct base_error err;
    assert_status(open_at(test_dir_path(d, "file"), false, &s, &err), BASE_STORAGE, &err);
    assert_status(open_at(test_dir_path(d, "file"), true, &s, &err), BASE_STORAGE, &err);
}

static void long_path_is_refused(void **state)
{
    struct test_dir *d = *state;
    char path[700];
    size_t n = (size_t)snprintf(path, sizeof(path), "%s", d->path);
    while (n < 500) {
        memcpy(path + n, "/twenty-characters--", 21);
        n += 20;
    }
    struct vault_store *s;
    struct base_error err;
    assert_status(open_at(path, true, &s, &err), BASE_STORAGE, &err);
    assert_non_null(strstr(err.why, "500 bytes"));
}

/* ------------------------------------------------------------------ garbage in place of the file
 */

/* Whatever is there stays there, byte for byte. */
static void file_refused_untouched(const struct test_dir *d, const char *why)
{
    static char before[65536], after[65536];
    const char *path = test_dir_path(d, "vault.db");
    size_t n = test_file_read(path, before, sizeof(before));
    store_refused(d->path, why, "");
    path = test_dir_path(d, "vault.db");
    assert_int_equal(test_file_read(path, after, sizeof(after)), n);
    assert_memory_equal(before, after, n);
}

static void sql(const struct test_dir *d, const char *statements)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(test_dir_path(d, "vault.db"), &db), SQLITE_OK);
    char *message = NULL;
    if (sqlite3_exec(db, statements, NULL, NULL, &message) != SQLITE_OK)
        print_error("%s: %s\n", statements, message);
    assert_null(message);
    sqlite3_close(db);
    assert_int_equal(chmod(test_dir_path(d, "vault.db"), 0600), 0);
}

static void garbage_is_refused(void **state)
{
    const struct test_dir *d = *state;
    static char bytes[9000];
    const char *path = test_dir_path(d, "vault.db");
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(unsigned char)(i * 167 + 13);
    test_file_write(path, bytes, sizeof(bytes), 0600);
    file_refused_untouched(d, "no hubauth vault");
    test_file_write(test_dir_path(d, "vault.db"), "hello\n", 6, 0600);
    file_refused_untouched(d, "no hubauth vault");
    test_file_write(test_dir_path(d, "vault.db"), "SQLite format 3", 16, 0600);
    file_refused_untouched(d, "no hubauth vault");
}

/* Not 1 byte: SQLite takes that for an empty file. */
static void truncated_file_is_refused(void **state)
{
    static const off_t lengths[] = {2, 15, 100, 512, 4095, 4096, 5000};
    const struct test_dir *d = *state;
    static char whole[65536];
    store_make(d->path);
    size_t n = test_file_read(test_dir_path(d, "vault.db"), whole, sizeof(whole));
    assert_true(n >= 8192);
    for (size_t i = 0; i < TEST_COUNT(lengths); i++) {
        test_file_write(test_dir_path(d, "vault.db"), whole, (size_t)lengths[i], 0600);
        file_refused_untouched(d, "vault.db");
    }
    test_file_write(test_dir_path(d, "vault.db"), whole, n, 0600);
    store_expect(d->path, 1, "first");
}

/* A process that died in the middle of `init` leaves an empty file: nothing is lost by going on. */
static void empty_file_is_completed(void **state)
{
    const struct test_dir *d = *state;
    struct vault_store *s;
    struct base_error err;
    test_file_write(test_dir_path(d, "vault.db"), "", 0, 0600);
    assert_status(open_at(d->path, false, &s, &err), BASE_NOT_FOUND, &err);
    assert_string_equal(err.hint, "hubauth init");
    store_make(d->path);
    store_expect(d->path, 1, "first");
}

static void other_databases_are_refused(void **state)
{
    const struct test_dir *d = *state;
    sql(d, "CREATE TABLE contacts(id)");
    file_refused_untouched(d, "no hubauth vault");
    sql(d, "DROP TABLE contacts; PRAGMA application_id=7");
    file_refused_untouched(d, "no hubauth vault");
}

static void newer_format_is_refused(void **state)
{
    const struct test_dir *d = *state;
    store_make(d->path);
    sql(d, "PRAGMA user_version=3");
    file_refused_untouched(d, "made by a newer hubauth (format 3");
    sql(d, "PRAGMA user_version=0");
    file_refused_untouched(d, "names no format");
    sql(d, "PRAGMA user_version=2");
    store_expect(d->path, 1, "first");
}

static enum base_status read_row(const struct test_dir *d, struct base_error *err)
{
    struct vault_store *s;
    struct vault_row row;
    enum base_status status = open_at(d->path, false, &s, err);
    if (status != BASE_OK)
        return status;
    status = s->ops->get(s, VAULT_GRANT, "a", &row, err);
    if (status == BASE_OK)
        vault_row_free(&row);
    close_store(s);
    return status;
}

static bool list_any(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    (void)name;
    (void)generation;
    (void)plain;
    ++*(int *)arg;
    return true;
}

/* T17: damage that no look-up meets is found when it is looked for, and nothing is changed. */
static void check_finds_damage(void **state)
{
    struct test_dir *d = *state;
    struct vault_store *s;
    struct base_error err;
    store_make(d->path);
    /* A page that is on the list of free pages and not in the file: reads of rows pass it by. */
    FILE *f = fopen(test_dir_path(d, "vault.db"), "r+");
    assert_non_null(f);
    static const unsigned char free_list[8] = {0, 0, 0, 9, 0, 0, 0, 1}; /* header, offset 32 */
    assert_int_equal(fseek(f, 32, SEEK_SET), 0);
    assert_int_equal(fwrite(free_list, 1, sizeof(free_list), f), sizeof(free_list));
    assert_int_equal(fclose(f), 0);
    store_expect(d->path, 1, "first");
    assert_ok(open_at(d->path, false, &s, &err), &err);
    assert_status(s->ops->check(s, &err), BASE_STORAGE, &err);
    assert_non_null(strstr(err.why, "not sound"));
    assert_string_not_equal(err.lower, "");
    close_store(s);
    store_expect(d->path, 1, "first");
}

static void damaged_rows_are_refused(void **state)
{
    static const char *const damages[] = {
        "UPDATE vault_row SET generation=0 WHERE kind=2",
        "UPDATE vault_row SET generation=-1 WHERE kind=2",
        "UPDATE vault_row SET generation='x' WHERE kind=2",
        "UPDATE vault_row SET generation=1.5 WHERE kind=2",
        "UPDATE vault_row SET plain='text' WHERE kind=2",
        "UPDATE vault_row SET plain=zeroblob(65537) WHERE kind=2",
        "UPDATE vault_row SET sealed=5 WHERE kind=2",
        "UPDATE vault_row SET sealed=zeroblob(4194305) WHERE kind=2",
        "UPDATE vault_row SET sealed=zeroblob(20000000) WHERE kind=2",
        "UPDATE vault_row SET plain='{}' WHERE kind=0",
        "UPDATE vault_row SET plain=zeroblob(16385) WHERE kind=0",
        "ALTER TABLE vault_row RENAME TO other",
        "ALTER TABLE vault_row RENAME COLUMN plain TO public",
        "ALTER TABLE vault_row RENAME TO other; CREATE VIEW vault_row AS SELECT * FROM other",
    };
    const struct test_dir *d = *state;
    static char whole[65536];
    store_make(d->path);
    size_t n = test_file_read(test_dir_path(d, "vault.db"), whole, sizeof(whole));
    for (size_t i = 0; i < TEST_COUNT(damages); i++) {
        struct base_error err;
        sql(d, damages[i]);
        assert_status(read_row(d, &err), BASE_STORAGE, &err);
        assert_true(err.why[0] != '\0');
        assert_int_equal(unlink(test_dir_path(d, "vault.db")), 0);
        test_file_write(test_dir_path(d, "vault.db"), whole, n, 0600);
    }
    sql(d, "INSERT INTO vault_row VALUES(2, CAST(x'620063' AS TEXT), 1, x'', x'')"); /* "b\0c" */
    struct vault_store *s;
    struct base_error err;
    int seen = 0;
    assert_ok(open_at(d->path, false, &s, &err), &err);
    assert_status(s->ops->list(s, VAULT_GRANT, list_any, &seen, &err), BASE_STORAGE, &err);
    assert_int_equal(seen, 0);
    close_store(s);
}

/* ------------------------------------------------------------------ reading leaves no trace */

static void reading_writes_nothing(void **state)
{
    static const char *const files[] = {"vault.db", "vault.db-journal"};
    const struct test_dir *d = *state;
    store_make(d->path);
    struct stat before[2], after;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(stat(test_dir_path(d, files[i]), &before[i]), 0);
    assert_int_equal(before[1].st_size, 0); /* each commit empties the journal */
    store_expect(d->path, 1, "first");
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(stat(test_dir_path(d, files[i]), &after), 0);
        assert_int_equal(after.st_ino, before[i].st_ino);
        assert_int_equal(after.st_size, before[i].st_size);
        assert_memory_equal(&after.st_mtim, &before[i].st_mtim, sizeof(after.st_mtim));
    }
    assert_true(access(test_dir_path(d, "locks"), F_OK) != 0);
}

/* D10: what was removed is in no file of the directory, though it had been written and rewritten.
 */
static void removed_bytes_are_gone(void **state)
{
    static const char *const files[] = {"vault.db", "vault.db-journal"};
    static const char canary[] = "canary-5f2c91";
    static char bytes[1 << 20];
    const struct test_dir *d = *state;
    store_make(d->path);
    struct vault_store *s;
    struct base_error err;
    assert_ok(open_at(d->path, false, &s, &err), &err);
    assert_ok(put_text(s, 1, canary, &err), &err);
    assert_ok(put_text(s, 2, canary, &err), &err);
    size_t found = 0;
    for (int removed = 0; removed < 2; removed++) {
        found = 0;
        for (size_t i = 0; i < TEST_COUNT(files); i++) {
            size_t n = test_file_read(test_dir_path(d, files[i]), bytes, sizeof(bytes));
            found += memmem(bytes, n, canary, strlen(canary)) != NULL;
        }
        if (!removed) {
            assert_true(found > 0); /* or the search would prove nothing */
            assert_ok(s->ops->remove(s, VAULT_GRANT, "a", 0, &err), &err);
        }
    }
    assert_int_equal(found, 0);
    close_store(s);
}

/* ------------------------------------------------------------------ disks that refuse
 *
 * In a child, since these change the process. A failed assertion there would go on with the
 * parent's tests, so the child reports by a byte: '+' good, '-' failed, '?' cannot be tried here.
 * Then it waits to be killed, so that it has no exit at which a leak checker could complain of what
 * it shares with its parent. */

static int child_report;

__attribute__((noreturn)) static void child_end(char how)
{
    if (write(child_report, &how, 1) != 1)
        abort();
    for (;;)
        pause();
}

#define CHILD_CHECK(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "# child, line %d: %s; %s: %s (%s)\n", __LINE__, #condition,           \
                    err.doing, err.why, err.lower);                                                \
            child_end('-');                                                                        \
        }                                                                                          \
    } while (0)

static void in_child(void (*run)(const char *directory), const char *directory)
{
    int ends[2];
    char how = 0;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = test_process_fork();
    if (pid == 0) {
        close(ends[0]);
        child_report = ends[1];
        run(directory);
        child_end('+');
    }
    close(ends[1]);
    ssize_t n = read(ends[0], &how, 1);
    close(ends[0]);
    test_process_kill(pid);
    if (n == 1 && how == '?')
        skip();
    assert_int_equal(how, '+');
}

/* Whoever cannot write can read, and is told so when it tries to write; nothing changes. */
static void child_reads_only(const char *directory, const char *what)
{
    struct vault_store *s = NULL;
    struct vault_row row;
    struct vault_lease *lease;
    struct base_error err;
    CHILD_CHECK(open_at(directory, false, &s, &err) == BASE_OK);
    CHILD_CHECK(s->ops->get(s, VAULT_GRANT, "a", &row, &err) == BASE_OK);
    CHILD_CHECK(base_span_is(base_buf_span(&row.sealed), "first"));
    vault_row_free(&row);
    CHILD_CHECK(put_text(s, 1, "second", &err) == BASE_STORAGE);
    CHILD_CHECK(strstr(err.why, what) != NULL && err.hint[0] != '\0' &&
                strstr(err.why, directory) != NULL);
    CHILD_CHECK(s->ops->lease_try(s, "x", &lease, &err) == BASE_STORAGE);
    CHILD_CHECK(strstr(err.why, directory) != NULL && err.hint[0] != '\0');
    CHILD_CHECK(s->ops->get(s, VAULT_GRANT, "a", &row, &err) == BASE_OK && row.generation == 1);
    vault_row_free(&row);
    close_store(s);
    CHILD_CHECK(open_at("/proc/self/no-such-directory", true, &s, &err) == BASE_STORAGE);
}

static void child_unwritable(const char *directory)
{
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
        child_end('?');
    child_reads_only(directory, "cannot be written");
}

static void unwritable_directory_can_be_read(void **state)
{
    static const char *const files[] = {"vault.db", "vault.db-journal", ""};
    struct test_dir *d = *state;
    store_make(d->path);
    for (size_t i = 0; i < TEST_COUNT(files); i++) {
        const char *path = test_dir_path(d, files[i]);
        assert_int_equal(chmod(path, files[i][0] != '\0' ? 0400 : 0500), 0);
        if (geteuid() == 0)
            assert_int_equal(chown(path, 65534, (gid_t)-1), 0);
    }
    in_child(child_unwritable, d->path);
}

/* Mounts are the child's own and vanish with it. */
static void child_mount(const char *directory, const char *options)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", directory, "tmpfs", MS_NOSUID | MS_NODEV, options) != 0)
        child_end('?'); /* not root, or a container that forbids it */
}

static void child_read_only(const char *directory)
{
    child_mount(directory, "size=1m,mode=0700");
    store_make(directory);
    if (mount("none", directory, "none", MS_REMOUNT | MS_RDONLY, NULL) != 0)
        child_end('?');
    child_reads_only(directory, "cannot be written");
}

static void read_only_file_system_can_be_read(void **state)
{
    const struct test_dir *d = *state;
    in_child(child_read_only, d->path);
}

/* T2: the disk fills up; each write either is there or was refused, and what was there stays. */
static void child_disk_full(const char *directory)
{
    struct vault_store *s = NULL;
    struct vault_row row;
    struct base_error err;
    child_mount(directory, "size=256k,mode=0700");
    store_make(directory);
    char *text = malloc(20001);
    memset(text, 'x', 20000);
    text[20000] = '\0';
    CHILD_CHECK(open_at(directory, false, &s, &err) == BASE_OK);
    uint64_t generation = 1;
    enum base_status status;
    char name[16];
    unsigned rows = 0;
    do {
        snprintf(name, sizeof(name), "row-%u", rows++);
        status = s->ops->put(s, VAULT_GRANT, name, 0, BASE_SPAN("{}"), base_span_of(text), &err);
    } while (status == BASE_OK && rows < 100);
    CHILD_CHECK(status == BASE_STORAGE && strstr(err.why, "disk is full") != NULL &&
                err.hint[0] != '\0');
    CHILD_CHECK(strstr(err.why, directory) != NULL);
    CHILD_CHECK(s->ops->get(s, VAULT_GRANT, name, &row, &err) == BASE_NOT_FOUND);
    close_store(s);
    CHILD_CHECK(open_at(directory, false, &s, &err) == BASE_OK);
    CHILD_CHECK(s->ops->get(s, VAULT_GRANT, "a", &row, &err) == BASE_OK &&
                row.generation == generation);
    vault_row_free(&row);
    CHILD_CHECK(s->ops->get(s, VAULT_GRANT, "row-0", &row, &err) == BASE_OK &&
                row.sealed.n == 20000);
    vault_row_free(&row);
    CHILD_CHECK(s->ops->get(s, VAULT_GRANT, name, &row, &err) == BASE_NOT_FOUND);
    close_store(s);
    free(text);
}

static void full_disk_loses_nothing(void **state)
{
    const struct test_dir *d = *state;
    in_child(child_disk_full, d->path);
}

/* T2: whoever got the lease finds room for its note, however full the disk is by then; without room
 * there is no lease, and so nothing is sent that a note would be needed for. */
static void child_disk_full_notes(const char *directory)
{
    struct vault_store *s = NULL;
    struct vault_lease *lease = NULL, *none = NULL;
    struct base_error err = BASE_ERROR_NONE;
    static char text[12001];
    struct base_buf noted;
    child_mount(directory, "size=256k,mode=0700");
    store_make(directory);
    CHILD_CHECK(open_at(directory, false, &s, &err) == BASE_OK);
    CHILD_CHECK(s->ops->lease_try(s, "first", &lease, &err) == BASE_OK);
    int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = openat(folder, "filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    memset(text, 'x', sizeof(text) - 1);
    while (write(fd, text, sizeof(text)) > 0) {
    }
    CHILD_CHECK(errno == ENOSPC);
    for (unsigned i = 0; i < 4; i++) { /* the second finds what the first left; so do mapped ones */
        if (i == 2)
            (void)s->ops->lease_ready(s, lease);
        CHILD_CHECK(s->ops->lease_note(s, lease, base_span_of(text), &err) == BASE_OK);
        CHILD_CHECK(s->ops->lease_sync(s, lease, &err) == BASE_OK);
        base_buf_init(&noted, sizeof(text));
        CHILD_CHECK(s->ops->lease_noted(s, lease, &noted, &err) == BASE_OK);
        CHILD_CHECK(base_span_eq(base_buf_span(&noted), base_span_of(text)));
        base_buf_free(&noted);
        CHILD_CHECK(s->ops->lease_note(s, lease, BASE_SPAN_NONE, &err) == BASE_OK);
    }
    s->ops->lease_release(s, lease);
    CHILD_CHECK(s->ops->lease_try(s, "second", &none, &err) == BASE_STORAGE);
    CHILD_CHECK(strstr(err.why, "No space left") != NULL);
    CHILD_CHECK(strstr(err.hint, "space") != NULL);
    CHILD_CHECK(s->ops->lease_try(s, "first", &lease, &err) == BASE_OK);
    close(fd);
    close(folder);
    close_store(s);
}

static void full_disk_leaves_room_for_notes(void **state)
{
    const struct test_dir *d = *state;
    in_child(child_disk_full_notes, d->path);
}

static void child_no_space_for_init(const char *directory)
{
    struct vault_store *s = NULL;
    struct base_error err;
    child_mount(directory, "size=8k,mode=0700");
    CHILD_CHECK(open_at(directory, true, &s, &err) == BASE_STORAGE);
    CHILD_CHECK(strstr(err.why, directory) != NULL && err.hint[0] != '\0');
}

static void full_disk_stops_init(void **state)
{
    const struct test_dir *d = *state;
    in_child(child_no_space_for_init, d->path);
}

/* The same without root: a limit on the size of files makes writes fail with EFBIG. */
static void child_size_limit(const char *directory)
{
    struct vault_store *s = NULL;
    struct vault_row row;
    struct base_error err;
    const struct rlimit limit = {1 << 16, 1 << 16};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        child_end('?');
    CHILD_CHECK(open_at(directory, false, &s, &err) == BASE_OK);
    char *text = malloc(100001);
    memset(text, 'x', 100000);
    text[100000] = '\0';
    CHILD_CHECK(put_text(s, 1, "second", &err) == BASE_OK);
    CHILD_CHECK(s->ops->put(s, VAULT_GRANT, "a", 2, BASE_SPAN("{}"), base_span_of(text), &err) ==
                BASE_STORAGE);
    CHILD_CHECK(strstr(err.why, directory) != NULL && err.hint[0] != '\0');
    CHILD_CHECK(s->ops->get(s, VAULT_GRANT, "a", &row, &err) == BASE_OK && row.generation == 2);
    vault_row_free(&row);
    CHILD_CHECK(put_text(s, 2, "third", &err) == BASE_OK);
    close_store(s);
    free(text);
}

static void failing_write_loses_nothing(void **state)
{
    const struct test_dir *d = *state;
    store_make(d->path);
    in_child(child_size_limit, d->path);
    store_expect(d->path, 3, "third");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, dir_setup, dir_teardown)
    const struct CMUnitTest tests[] = {
        TEST(modes_do_not_depend_on_the_umask),
        TEST(missing_directories_are_made_0700),
        TEST(open_modes_are_refused),
        TEST(hint_can_be_pasted),
        TEST(other_owners_are_refused),
        TEST(links_are_refused),
        TEST(links_above_are_followed),
        TEST(neighbours_are_not_followed),
        TEST(directory_that_is_a_file_is_refused),
        TEST(long_path_is_refused),
        TEST(garbage_is_refused),
        TEST(truncated_file_is_refused),
        TEST(empty_file_is_completed),
        TEST(other_databases_are_refused),
        TEST(newer_format_is_refused),
        TEST(check_finds_damage),
        TEST(damaged_rows_are_refused),
        TEST(reading_writes_nothing),
        TEST(removed_bytes_are_gone),
        TEST(unwritable_directory_can_be_read),
        TEST(read_only_file_system_can_be_read),
        TEST(full_disk_loses_nothing),
        TEST(full_disk_leaves_room_for_notes),
        TEST(full_disk_stops_init),
        TEST(failing_write_loses_nothing),
    };
    return cmocka_run_group_tests_name("vault_sqlite_file", tests, NULL, NULL);
}
