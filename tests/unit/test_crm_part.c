/* A file that an export fills, by a process that is killed at any of its system calls, whose disk
 * is full or fails, that has no memory: whoever goes on has every line once (R7). */
#include "test_dir.h"
#include "test_kill.h"

#include "crm_part.h"

#include <errno.h>
#include <sys/syscall.h>

#define LINES 12

static struct test_dir folder;

/* ------------------------------------------------------------------ faults
 *
 * These definitions come before the C library's, so crm_part.c and base_file.c call them. */

static struct {
    const char *call;
    int after, error_number;
    bool stays; /* all from there on */
} fault;

static bool strikes(const char *call)
{
    if (!fault.call || strcmp(fault.call, call) != 0 || fault.after-- > 0)
        return false;
    if (!fault.stays)
        fault.call = NULL;
    errno = fault.error_number;
    return true;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    return strikes("write") ? -1 : syscall(SYS_write, fd, bytes, n);
}

int fdatasync(int fd)
{
    (void)fd; /* nobody pulls the plug */
    return strikes("fdatasync") ? -1 : 0;
}

int fsync(int fd)
{
    (void)fd;
    return strikes("fsync") ? -1 : 0;
}

int ftruncate(int fd, off_t size)
{
    return strikes("ftruncate") ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    return strikes("renameat") ? -1 : (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

/* ------------------------------------------------------------------ an export of lines */

static char path[512];

static struct crm_state options(void)
{
    struct crm_state s = {.option = {[CRM_STATE_OBJECT] = "contacts"}};

    crm_ranges_init(&s.at.ranges);
    return s;
}

/* One that goes on where the last was. Lines are what an export's rows are; how many there are is
 * its position. */
static enum base_status fill(struct crm_part *p, struct base_error *err)
{
    const char *why;
    const struct crm_state *found = crm_part_found(p, &why);
    struct crm_state s = options();
    enum base_status status;

    if (found && found->complete)
        return crm_part_commit(p, false, err);
    if (found) {
        s.bytes = found->bytes;
        s.at = found->at;
    }
    status = crm_part_begin(p, &s, err);
    while (!status && s.at.rows < LINES) {
        char line[32];

        s.at.rows++;
        s.at.ranged = true;
        (void)snprintf(line, sizeof(line), "line %lld\n", (long long)s.at.rows);
        status = crm_part_write(p, base_span_of(line), err);
        if (!status && s.at.rows % 3 == 0 && s.at.rows < LINES)
            status = crm_part_mark(p, &s.at, err);
    }
    return status ? status : crm_part_commit(p, false, err);
}

static enum base_status go_on(void *arg)
{
    struct base_error err = BASE_ERROR_NONE;
    struct crm_part *p;
    enum base_status status = crm_part_open(path, &p, &err);

    (void)arg;
    if (status)
        return status;
    status = fill(p, &err);
    if (status)
        (void)crm_part_close(p);
    return status;
}

static bool run_one(void *arg)
{
    return go_on(arg) == BASE_OK;
}

static bool is_there(const char *suffix)
{
    char name[600];

    (void)snprintf(name, sizeof(name), "%s%s", path, suffix);
    return access(name, F_OK) == 0;
}

static void assert_complete(void)
{
    char text[1024], want[1024] = "";
    size_t n = 0;

    for (int i = 1; i <= LINES; i++)
        n += (size_t)snprintf(want + n, sizeof(want) - n, "line %d\n", i);
    assert_int_equal(test_file_read(path, text, sizeof(text)), n);
    assert_memory_equal(text, want, n);
    assert_false(is_there(CRM_PART_SUFFIX));
    assert_false(is_there(CRM_STATE_SUFFIX));
    assert_false(is_there(CRM_STATE_SUFFIX ".new"));
}

static void start_anew(void)
{
    static const char *const names[] = {"", CRM_PART_SUFFIX, CRM_STATE_SUFFIX,
                                        CRM_STATE_SUFFIX ".new"};

    for (size_t i = 0; i < TEST_COUNT(names); i++) {
        char name[600];

        (void)snprintf(name, sizeof(name), "%s%s", path, names[i]);
        (void)unlink(name);
    }
}

/* ------------------------------------------------------------------ cases */

static void test_whole(void **state)
{
    (void)state;
    assert_ok(go_on(NULL), NULL);
    assert_complete();
    assert_int_equal(test_file_mode(path), 0600);
}

/* R7: kill -9 before each system call in turn. */
static void test_killed(void **state)
{
    unsigned n;
    int complete_already = 0;

    (void)state;
    if (!test_kill_is_worth_it())
        skip();
    for (n = 0;; n++) {
        start_anew();
        if (test_kill_at_syscall(run_one, NULL, n))
            break;
        if (access(path, F_OK) == 0) { /* killed between its name and the end of its state */
            complete_already++;
        }
        assert_ok(go_on(NULL), NULL);
        assert_complete();
    }
    assert_true(n > 30);
    assert_true(complete_already > 0);
}

/* Killed, gone on, killed again: each generation gets one call further. */
static void test_killed_twice(void **state)
{
    (void)state;
    if (!test_kill_is_worth_it())
        skip();
    for (unsigned n = 15; n < 45; n++) {
        start_anew();
        if (!test_kill_at_syscall(run_one, NULL, n))
            (void)test_kill_at_syscall(run_one, NULL, n / 2);
        assert_ok(go_on(NULL), NULL);
        assert_complete();
    }
}

/* ENOSPC and EIO at each call that can give them, for once and from there on. */
static void test_failing_disk(void **state)
{
    static const char *const calls[] = {"write", "fdatasync", "fsync", "ftruncate", "renameat"};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(calls); i++) {
        for (int k = 0; k < 80; k++) {
            enum base_status status;

            start_anew();
            fault.call = calls[i];
            fault.after = k / 2;
            fault.stays = k % 2;
            fault.error_number = k % 4 < 2 ? ENOSPC : EIO;
            status = go_on(NULL);
            assert_true(status == BASE_OK || status == BASE_STORAGE);
            assert_true(status != BASE_OK || is_there(""));
            fault.call = NULL;
            assert_ok(go_on(NULL), NULL);
            assert_complete();
        }
    }
}

/* An export with one row, which is marked. */
static struct crm_part *part_with_a_row(struct crm_state *s)
{
    struct base_error err = BASE_ERROR_NONE;
    struct crm_part *p;

    *s = options();
    assert_ok(crm_part_open(path, &p, &err), &err);
    assert_ok(crm_part_begin(p, s, &err), &err);
    assert_ok(crm_part_write(p, BASE_SPAN("line 1\n"), &err), &err);
    s->at.rows = 1;
    s->at.ranged = true;
    assert_ok(crm_part_mark(p, &s->at, &err), &err);
    return p;
}

static bool state_has(const char *wanted)
{
    char text[4096];
    size_t n = test_file_read(test_dir_path(&folder, "x" CRM_STATE_SUFFIX), text, sizeof(text) - 1);

    text[n] = '\0';
    return strstr(text, wanted) != NULL;
}

/* A sync that failed says nothing of what is on the disk, and asked again it says that all is well:
 * what was written since the last good one is not called synced. */
static void test_failed_sync(void **state)
{
    struct base_error err = BASE_ERROR_NONE;
    struct crm_state s;
    struct crm_part *p = part_with_a_row(&s);

    (void)state;
    fault.call = "fdatasync";
    fault.after = 0;
    fault.stays = false;
    fault.error_number = EIO;
    assert_status(crm_part_commit(p, false, &err), BASE_STORAGE, NULL);
    assert_int_equal(crm_part_close(p), 1);
    assert_false(state_has("\"synced\":true"));
    assert_true(state_has("\"synced\":false"));
}

/* What ends in an orderly way is synced, so that it counts after a restart as well. */
static void test_closed_is_synced(void **state)
{
    struct base_error err = BASE_ERROR_NONE;
    struct crm_state s;
    struct crm_part *p = part_with_a_row(&s);

    (void)state;
    assert_ok(crm_part_write(p, BASE_SPAN("li"), &err), &err);
    assert_int_equal(crm_part_close(p), 1);
    assert_true(state_has("{\"bytes\":7,\"rows\":1,\"synced\":true"));
    assert_ok(go_on(NULL), NULL);
    assert_complete();
}

/* Marks without end: the state's file is begun anew when it is large. */
static void test_state_stays_small(void **state)
{
    struct base_error err = BASE_ERROR_NONE;
    struct crm_state s = options();
    struct crm_part *p;
    struct stat st;
    off_t largest = 0;

    (void)state;
    s.at.ranged = true;
    for (size_t i = 1; i < CRM_RANGES; i++)
        s.at.ranges.at[i] = (struct crm_range){.open = true,
                                               .next = (int64_t)i * 1000000000000,
                                               .end = (int64_t)i * 1000000000000 + 9};
    s.at.ranges.at[0].open = false;
    assert_ok(crm_part_open(path, &p, &err), &err);
    assert_ok(crm_part_begin(p, &s, &err), &err);
    for (int i = 0; i < 600; i++) {
        s.at.rows++;
        assert_ok(crm_part_write(p, BASE_SPAN("line\n"), &err), &err);
        assert_ok(crm_part_mark(p, &s.at, &err), &err);
        assert_int_equal(stat(test_dir_path(&folder, "x" CRM_STATE_SUFFIX), &st), 0);
        largest = st.st_size > largest ? st.st_size : largest;
    }
    assert_true(largest > 500000 && largest < 1100000);
    assert_true(st.st_size < largest);
    assert_int_equal(crm_part_close(p), 600);
    assert_ok(crm_part_open(path, &p, &err), &err);
    const char *why;
    const struct crm_state *found = crm_part_found(p, &why);
    assert_non_null(found);
    assert_int_equal(found->at.rows, 600);
    assert_int_equal(found->bytes, 3000);
    assert_int_equal(crm_part_close(p), 600);
}

static void test_two_at_once(void **state)
{
    struct base_error err = BASE_ERROR_NONE;
    struct crm_part *p, *other;
    struct crm_state s = options();

    (void)state;
    assert_ok(crm_part_open(path, &p, &err), &err);
    assert_status(crm_part_open(path, &other, &err), BASE_BUSY, NULL);
    assert_ok(crm_part_begin(p, &s, &err), &err);
    assert_status(crm_part_open(path, &other, &err), BASE_BUSY, NULL);
    assert_int_equal(crm_part_close(p), -1);
    assert_false(is_there(CRM_PART_SUFFIX));
    assert_ok(go_on(NULL), NULL);
    assert_complete();
}

/* The state that stays until all files of a command are complete. */
static void test_kept_state(void **state)
{
    struct base_error err = BASE_ERROR_NONE;
    struct crm_state s = options();
    const struct crm_state *found;
    struct crm_part *p;
    const char *why;

    (void)state;
    assert_ok(crm_part_open(path, &p, &err), &err);
    assert_ok(crm_part_begin(p, &s, &err), &err);
    assert_ok(crm_part_write(p, BASE_SPAN("line 1\n"), &err), &err);
    assert_ok(crm_part_commit(p, true, &err), &err);
    assert_true(is_there(CRM_STATE_SUFFIX) && is_there("") && !is_there(CRM_PART_SUFFIX));
    assert_ok(crm_part_open(path, &p, &err), &err);
    found = crm_part_found(p, &why);
    assert_true(found && found->complete);
    assert_ok(crm_part_commit(p, true, &err), &err);
    assert_true(is_there(CRM_STATE_SUFFIX) && is_there("") && !is_there(CRM_PART_SUFFIX));

    /* Another file in its place is not what was complete. */
    test_file_write(path, "else", 4, 0600);
    assert_ok(crm_part_open(path, &p, &err), &err);
    assert_null(crm_part_found(p, &why));
    assert_string_equal(why, "the file that was complete is not as it was left");
    assert_int_equal(crm_part_close(p), -1);
    test_file_write(path, "line 1\n", 7, 0600);
    crm_part_forget(path);
    assert_true(is_there("") && !is_there(CRM_STATE_SUFFIX) && !is_there(CRM_PART_SUFFIX));
}

/* What lies there and was not put there by us. */
static void test_strangers(void **state)
{
    struct base_error err = BASE_ERROR_NONE;
    const char *part = strdup(test_dir_path(&folder, "x" CRM_PART_SUFFIX));
    const char *other = strdup(test_dir_path(&folder, "other"));
    const char *mark = strdup(test_dir_path(&folder, "x" CRM_STATE_SUFFIX));
    struct crm_part *p;

    (void)state;
    test_file_write(other, "precious\n", 9, 0600);
    assert_int_equal(symlink(other, part), 0);
    assert_status(crm_part_open(path, &p, &err), BASE_STORAGE, NULL);
    assert_int_equal(unlink(part), 0);
    assert_int_equal(link(other, part), 0);
    assert_status(crm_part_open(path, &p, &err), BASE_STORAGE, NULL);
    assert_int_equal(unlink(part), 0);
    assert_int_equal(mkfifo(part, 0600), 0);
    assert_status(crm_part_open(path, &p, &err), BASE_STORAGE, NULL);
    assert_int_equal(unlink(part), 0);
    assert_int_equal(symlink(other, mark), 0);
    test_file_write(part, "rows\n", 5, 0600);
    assert_status(crm_part_open(path, &p, &err), BASE_STORAGE, NULL);
    assert_int_equal(test_file_read(part, (char[16]){0}, 16),
                     5); /* they are not given up for that */
    assert_int_equal(unlink(part), 0);
    assert_int_equal(unlink(mark), 0);
    assert_int_equal(mkfifo(mark, 0600), 0);
    assert_status(crm_part_open(path, &p, &err), BASE_STORAGE, NULL);
    assert_int_equal(unlink(mark), 0);
    if (geteuid() == 0) { /* another user's */
        test_file_write(part, "", 0, 0666);
        assert_int_equal(chown(part, 1, 1), 0);
        assert_status(crm_part_open(path, &p, &err), BASE_STORAGE, NULL);
        assert_int_equal(unlink(part), 0);
    }
    assert_int_equal(test_file_read(other, (char[16]){0}, 16), 9);
    free((char *)part);
    free((char *)other);
    free((char *)mark);
}

static enum base_status anew(void *arg)
{
    start_anew();
    return go_on(arg);
}

static enum base_status resumed(void *arg)
{
    pid_t pid;
    int status;

    start_anew();
    pid = test_process_fork(); /* whose allocations do not count here */
    if (pid == 0) {
        struct crm_state s = options();
        struct crm_part *p;

        base_mem_fail_after(-1);
        s.at.rows = 3;
        s.at.ranged = true;
        if (crm_part_open(path, &p, NULL) || crm_part_begin(p, &(struct crm_state){0}, NULL) ||
            crm_part_write(p, BASE_SPAN("line 1\nline 2\nline 3\n"), NULL) ||
            crm_part_mark(p, &s.at, NULL))
            _exit(1);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    return go_on(arg);
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_true(test_each_allocation_fails(anew, NULL) > 0);
    assert_complete();
    assert_true(test_each_allocation_fails(resumed, NULL) > 0);
    assert_complete();
}

static int set_up(void **state)
{
    (void)state;
    test_dir_make(&folder);
    (void)snprintf(path, sizeof(path), "%s/x", folder.path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fault.call = NULL;
    test_dir_remove(&folder);
    return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_whole),
        CASE(test_killed),
        CASE(test_killed_twice),
        CASE(test_failing_disk),
        CASE(test_failed_sync),
        CASE(test_closed_is_synced),
        CASE(test_state_stays_small),
        CASE(test_two_at_once),
        CASE(test_kept_state),
        CASE(test_strangers),
        CASE(test_no_memory),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
