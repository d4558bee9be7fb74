#include "test_dir.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_file.h"

/* ---------------------------------------------------------------- faults
 *
 * These definitions come before the C library's, so base_file.c calls them. */

static struct {
    const char *call; /* the one that shall fail; NULL: none */
    int after;        /* so many calls of it succeed first */
    int error_number; /* 0: a short write instead */
} fault;

static bool fault_strikes(const char *call)
{
    return fault.call != NULL && strcmp(fault.call, call) == 0 && fault.after-- == 0;
}

int fsync(int fd)
{
    if (fault_strikes("fsync")) {
        errno = fault.error_number;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

int close(int fd)
{
    bool strikes = fault_strikes("close");
    int result = (int)syscall(SYS_close, fd);
    if (strikes) {
        errno = fault.error_number;
        return -1;
    }
    return result;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    if (fault_strikes("renameat")) {
        errno = fault.error_number;
        return -1;
    }
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    if (fault_strikes("write")) {
        if (fault.error_number != 0) {
            errno = fault.error_number;
            return -1;
        }
        n = n > 3 ? 3 : n;
    }
    return syscall(SYS_write, fd, bytes, n);
}

ssize_t getrandom(void *out, size_t n, unsigned flags)
{
    if (fault_strikes("getrandom")) {
        errno = fault.error_number;
        return -1;
    }
    return syscall(SYS_getrandom, out, n, flags);
}

/* ---------------------------------------------------------------- a folder of its own for each
 * test */

static struct test_dir folder;

static const char *in_folder(const char *name)
{
    return test_dir_path(&folder, name);
}

static int set_up(void **state)
{
    (void)state;
    test_dir_make(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fault.call = NULL;
    test_dir_remove(&folder);
    return 0;
}

static int files_seen;
static int count_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
    (void)path;
    (void)st;
    (void)walk;
    files_seen += flag == FTW_D ? 0 : 1;
    return 0;
}

static int folder_count(void)
{
    files_seen = 0;
    assert_int_equal(nftw(folder.path, count_one, 8, FTW_PHYS), 0);
    return files_seen;
}

static void put(const char *path, struct base_span text)
{
    test_file_write(path, text.p, text.n, 0600);
}

static void assert_content(const char *path, const char *text)
{
    struct base_buf b;
    struct base_error err = BASE_ERROR_NONE;
    base_buf_init(&b, 100000);
    assert_ok(base_file_read(path, &b, &err), &err);
    assert_string_equal(base_buf_str(&b), text);
    base_buf_free(&b);
}

/* ---------------------------------------------------------------- reading */

static void test_read(void **state)
{
    (void)state;
    struct base_buf b;
    struct base_error err = BASE_ERROR_NONE;
    put(in_folder("f"), BASE_SPAN("12345"));
    base_buf_init(&b, 5);
    assert_ok(base_file_read(in_folder("f"), &b, &err), &err); /* just as large as allowed */
    assert_string_equal(base_buf_str(&b), "12345");
    base_buf_free(&b);
    base_buf_init(&b, 4);
    assert_status(base_file_read(in_folder("f"), &b, &err), BASE_LIMIT, &err);
    assert_non_null(strstr(err.why, "larger than 4 bytes"));
    base_buf_free(&b);
    base_buf_init(&b, 0);
    assert_status(base_file_read(in_folder("f"), &b, &err), BASE_LIMIT, &err);
    assert_status(base_file_read(in_folder("none"), &b, &err), BASE_NOT_FOUND, &err);
    assert_status(base_file_read(in_folder("f/x"), &b, &err), BASE_NOT_FOUND, &err);
    assert_status(base_file_read(folder.path, &b, &err), BASE_FAILED, &err);
    put(in_folder("empty"), BASE_SPAN(""));
    assert_ok(base_file_read(in_folder("empty"), &b, &err), &err);
    assert_string_equal(base_buf_str(&b), "");
    base_buf_free(&b);
}

static void test_read_large(void **state)
{
    (void)state;
    const size_t n = 300000;
    char *text = base_mem_array(n, 1);
    struct base_buf b;
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + i % 23);
    put(in_folder("f"), (struct base_span){text, n});
    base_buf_init(&b, n);
    base_buf_add_str(&b, "");
    assert_ok(base_file_read(in_folder("f"), &b, NULL), NULL);
    assert_true(base_span_eq(base_buf_span(&b), (struct base_span){text, n}));
    base_buf_free(&b);
    base_mem_free(text);
}

/* A pipe tells no size and gives its bytes in pieces. */
static void test_read_fd(void **state)
{
    (void)state;
    int ends[2];
    struct base_buf b;
    base_buf_init(&b, 10000);
    base_buf_add_str(&b, "<");
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    char chunk[5000];
    memset(chunk, 'x', sizeof(chunk));
    assert_ok(base_file_write_fd(ends[1], (struct base_span){chunk, sizeof(chunk)}, NULL), NULL);
    close(ends[1]);
    assert_ok(base_file_read_fd(ends[0], &b, NULL), NULL);
    assert_int_equal(b.n, 5001);
    close(ends[0]);
    struct base_error err = BASE_ERROR_NONE;
    assert_status(base_file_read_fd(ends[0], &b, &err), BASE_FAILED, &err);
    base_buf_free(&b);
}

/* ---------------------------------------------------------------- writing */

/* A pipe in which nobody writes, nobody writes more, and which somebody closes. */
static void test_read_fd_within(void **state)
{
    (void)state;
    struct base_buf b;
    struct base_error err = BASE_ERROR_NONE;
    const char *path = test_dir_path(&folder, "pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    base_buf_init(&b, 100);
    assert_status(base_file_read_fd_within(reader, 1, &b, &err), BASE_UNAVAILABLE, &err);
    int writer = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(writer >= 0);
    assert_int_equal(write(writer, "some", 4), 4);
    assert_status(base_file_read_fd_within(reader, 1, &b, &err), BASE_UNAVAILABLE, &err);
    assert_string_equal(base_buf_str(&b), "some");
    assert_int_equal(write(writer, " more", 5), 5);
    close(writer);
    assert_ok(base_file_read_fd_within(reader, 1, &b, &err), &err);
    assert_string_equal(base_buf_str(&b), "some more");
    close(reader);
    base_buf_free(&b);
}

static void test_write(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    int fd = open(in_folder("f"), O_WRONLY | O_CREAT, 0600);
    fault.call = "write";
    fault.after = 0;
    fault.error_number = 0; /* takes three bytes of eight */
    assert_ok(base_file_write_fd(fd, BASE_SPAN("12345678"), &err), &err);
    fault.after = 0;
    fault.error_number = EINTR;
    assert_ok(base_file_write_fd(fd, BASE_SPAN("9"), &err), &err);
    assert_content(in_folder("f"), "123456789");
    fault.after = 0;
    fault.error_number = ENOSPC;
    assert_status(base_file_write_fd(fd, BASE_SPAN("more"), &err), BASE_STORAGE, &err);
    assert_string_equal(err.why, "4 bytes were left: No space left on device");
    close(fd);
}

static enum base_status replace(const char *path, const char *text, struct base_error *err)
{
    struct base_file *f;
    enum base_status status = base_file_create(path, 0600, &f, err);
    if (status != BASE_OK)
        return status;
    status = base_file_write_fd(base_file_fd(f), base_span_of(text), err);
    if (status != BASE_OK) {
        base_file_abort(f);
        return status;
    }
    return base_file_commit(f, err);
}

/* ---------------------------------------------------------------- standard output */

#define MORE_THAN_A_PIPE (1u << 20)

static void on_signal(int signo)
{
    (void)signo;
}

/* Whose output is `to`, which takes less than it writes. The handler asks for a restart, as libuv's
 * do. */
static pid_t start_writer(int to)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    enum base_status status = BASE_FAILED;
    char *bytes;
    pid_t pid;

    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    bytes = calloc(1, MORE_THAN_A_PIPE);
    if (bytes && dup2(to, STDOUT_FILENO) >= 0)
        status = base_file_write_stdout((struct base_span){bytes, MORE_THAN_A_PIPE}, NULL);
    free(bytes);
    _exit((int)status);
}

static int in_pipe(int fd)
{
    int n = 0;

    assert_int_equal(ioctl(fd, FIONREAD, &n), 0);
    return n;
}

/* `already`: so much is in the pipe before. */
static void interrupt_writer(int already)
{
    static const char filling[64 << 10];
    int ends[2], status = 0, signals = 0;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], filling, (size_t)already), already);
    pid = start_writer(ends[1]);
    while (in_pipe(ends[0]) < (int)sizeof(filling) && waitpid(pid, &status, WNOHANG) == 0)
        (void)sched_yield();
    /* More than one: the first may come before the writer waits. */
    while (waitpid(pid, &status, WNOHANG) == 0 && signals++ < 1000) {
        (void)kill(pid, SIGUSR1);
        (void)usleep(10000);
    }
    if (signals > 1000) {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, &status, 0);
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), BASE_CANCELLED);
    close(ends[0]);
    close(ends[1]);
}

static void test_stdout_is_interrupted(void **state)
{
    (void)state;
    interrupt_writer(0);
    interrupt_writer(64 << 10); /* not even the first byte goes */
}

/* As Node hands its pipes to children. */
static void test_stdout_that_does_not_wait(void **state)
{
    char piece[4096];
    size_t got = 0;
    ssize_t n;
    int ends[2], status = 0;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    pid = start_writer(ends[1]);
    close(ends[1]);
    while ((n = read(ends[0], piece, sizeof(piece))) > 0)
        got += (size_t)n;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), BASE_OK);
    assert_int_equal(got, MORE_THAN_A_PIPE);
    close(ends[0]);
}

static void test_create(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    struct base_file *f;
    struct stat st;
    assert_ok(base_file_create(in_folder("f"), 0600, &f, &err), &err);
    /* D1: 0600. E5: not inherited by children. */
    assert_int_equal(fstat(base_file_fd(f), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(fcntl(base_file_fd(f), F_GETFD), FD_CLOEXEC);
    assert_int_equal(access(in_folder("f"), F_OK), -1); /* not there before it is complete */
    assert_ok(base_file_write_fd(base_file_fd(f), BASE_SPAN("one"), &err), &err);
    assert_ok(base_file_commit(f, &err), &err);
    assert_content(in_folder("f"), "one");
    assert_ok(replace(in_folder("f"), "two", &err), &err);
    assert_content(in_folder("f"), "two");
    assert_int_equal(folder_count(), 1);

    assert_ok(base_file_create(in_folder("f"), 0600, &f, &err), &err);
    base_file_abort(f);
    base_file_abort(NULL);
    assert_content(in_folder("f"), "two");
    assert_int_equal(folder_count(), 1);
}

/* D3: whichever step fails, it is reported, the old content stays and no temporary is left. */
static void test_create_faults(void **state)
{
    (void)state;
    static const struct {
        const char *call;
        int after;
        const char *why;
        const char *content;
    } steps[] = {
        {"getrandom", 0, "no random name for", "old"},
        {"write", 0, "3 bytes were left", "old"},
        {"fsync", 0, "cannot sync", "old"},
        {"renameat", 0, "cannot put in place", "old"},
        {"close", 0, "cannot close", "old"},
        {"fsync", 1, "cannot sync the folder of",
         "new"}, /* in place already, but perhaps not for good */
    };
    for (size_t i = 0; i < TEST_COUNT(steps); i++) {
        struct base_error err = BASE_ERROR_NONE;
        assert_ok(replace(in_folder("f"), "old", &err), &err);
        fault.call = steps[i].call;
        fault.after = steps[i].after;
        fault.error_number = EIO;
        assert_status(replace(in_folder("f"), "new", &err), BASE_STORAGE, &err);
        fault.call = NULL;
        assert_int_equal(strncmp(err.why, steps[i].why, strlen(steps[i].why)), 0);
        assert_non_null(strstr(err.why, "Input/output error"));
        assert_content(in_folder("f"), steps[i].content);
        assert_int_equal(folder_count(), 1);
    }
    struct base_error err = BASE_ERROR_NONE;
    fault.call = "fsync";
    fault.after = 1;
    fault.error_number = EINVAL; /* a file system whose folders cannot be synced */
    assert_ok(replace(in_folder("f"), "newer", &err), &err);
}

/* D2: neither a link nor a device nor a folder is written through or replaced. */
static void test_create_refuses(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    put(in_folder("target"), BASE_SPAN("precious"));
    assert_int_equal(symlink("target", in_folder("link")), 0);
    assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
    assert_int_equal(mkdir(in_folder("dir"), 0700), 0);
    assert_status(replace(in_folder("link"), "x", &err), BASE_STORAGE, &err);
    assert_status(replace(in_folder("fifo"), "x", &err), BASE_STORAGE, &err);
    assert_status(replace(in_folder("dir"), "x", &err), BASE_STORAGE, &err);
    assert_content(in_folder("target"), "precious");
    assert_status(replace(in_folder("dir/"), "x", &err), BASE_USAGE, &err);
    assert_status(replace(in_folder("dir/."), "x", &err), BASE_USAGE, &err);
    assert_status(replace(in_folder(".."), "x", &err), BASE_USAGE, &err);
    assert_status(replace("", "x", &err), BASE_USAGE, &err);
    assert_string_equal(err.why, "\"\" names no file");
    assert_status(replace(in_folder("none/f"), "x", &err), BASE_STORAGE, &err);
    assert_int_equal(folder_count(), 3);
}

static char *content_of(struct base_file *f, char out[64])
{
    ssize_t n = pread(base_file_fd(f), out, 63, 0);
    assert_true(n >= 0);
    out[n] = '\0';
    return out;
}

/* One that grows: what is in it stays, is nobody else's meanwhile, and gets its name in the end. */
static void test_continue(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    struct base_file *f, *other;
    char text[64];
    assert_ok(base_file_continue(in_folder("f"), ".part", 0600, &f, &err), &err);
    assert_string_equal(base_file_name(f), "f");
    assert_ok(base_file_write_fd(base_file_fd(f), BASE_SPAN("one "), &err), &err);
    assert_status(base_file_continue(in_folder("f"), ".part", 0600, &other, &err), BASE_BUSY, NULL);
    base_file_keep(f);
    assert_int_equal(access(in_folder("f"), F_OK), -1);
    assert_int_equal(test_file_mode(in_folder("f.part")), 0600);
    assert_ok(base_file_continue(in_folder("f"), ".part", 0600, &f, &err), &err);
    assert_string_equal(content_of(f, text), "one ");
    assert_int_equal(lseek(base_file_fd(f), 0, SEEK_END), 4);
    assert_ok(base_file_write_fd(base_file_fd(f), BASE_SPAN("two"), &err), &err);
    fault.call = "renameat";
    fault.after = 0;
    fault.error_number = EIO;
    assert_status(base_file_commit(f, &err), BASE_STORAGE, NULL);
    fault.call = NULL;
    assert_ok(base_file_continue(in_folder("f"), ".part", 0600, &f, &err), &err);
    assert_string_equal(content_of(f, text), "one two"); /* it is not lost for that */
    assert_ok(base_file_commit(f, &err), &err);
    assert_content(in_folder("f"), "one two");
    assert_int_equal(folder_count(), 1);
    assert_ok(base_file_continue(in_folder("f"), ".part", 0600, &f, &err), &err);
    assert_string_equal(content_of(f, text), "");
    base_file_abort(f);
    assert_int_equal(folder_count(), 1);
}

/* One that is open to others, as whoever unpacked or cloned a folder has it, may be open in their
 * programs: what we write goes into a new one (D1). */
static void test_continue_open_to_others(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    struct base_file *f;
    char text[64];
    static const mode_t modes[] = {0644, 0660, 0604, 0666};
    for (size_t i = 0; i < TEST_COUNT(modes); i++) {
        int planted = open(in_folder("f.part"), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_int_equal(write(planted, "theirs", 6), 6);
        assert_int_equal(fchmod(planted, modes[i]), 0);
        assert_ok(base_file_continue(in_folder("f"), ".part", 0600, &f, &err), &err);
        assert_string_equal(content_of(f, text), "");
        assert_ok(base_file_write_fd(base_file_fd(f), BASE_SPAN("ours"), &err), &err);
        assert_int_equal(pread(planted, text, sizeof(text), 0), 6);
        assert_memory_equal(text, "theirs", 6);
        assert_ok(base_file_commit(f, &err), &err);
        assert_content(in_folder("f"), "ours");
        assert_int_equal(test_file_mode(in_folder("f")), 0600);
        close(planted);
        assert_int_equal(unlink(in_folder("f")), 0);
        assert_int_equal(folder_count(), 0);
    }
}

static void test_create_relative(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    char *before = getcwd(NULL, 0);
    assert_non_null(before);
    assert_int_equal(chdir(folder.path), 0);
    assert_ok(replace("plain", "x", &err), &err);
    assert_content("plain", "x");
    assert_int_equal(chdir(before), 0);
    free(before);
    assert_status(replace("/", "x", &err), BASE_USAGE, &err);
    fault.call =
        "getrandom"; /* so far and no further: nothing is to be written into the root folder */
    fault.after = 0;
    fault.error_number = EIO;
    assert_status(replace("/hubauth-test", "x", &err), BASE_STORAGE, &err);
    assert_string_equal(err.why, "no random name for /hubauth-test: Input/output error");
}

/* ---------------------------------------------------------------- folders and paths */

static void test_make_dir(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    struct stat st;
    mode_t mask = umask(0);
    assert_ok(base_file_make_dir(in_folder("a/b//c/"), &err), &err);
    umask(mask);
    assert_int_equal(stat(in_folder("a"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(in_folder("a/b/c"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(chmod(in_folder("a"), 0750), 0);
    assert_ok(base_file_make_dir(in_folder("a"), &err), &err);
    assert_int_equal(stat(in_folder("a"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0750); /* left as it was */
    assert_ok(base_file_make_dir("/", &err), &err);
    put(in_folder("file"), BASE_SPAN("x"));
    assert_status(base_file_make_dir(in_folder("file"), &err), BASE_STORAGE, &err);
    assert_status(base_file_make_dir(in_folder("file/x"), &err), BASE_STORAGE, &err);
    assert_status(base_file_make_dir("", &err), BASE_USAGE, &err);
}

static void test_join(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"/", "b", "/b"}, {"a/", "b", "a/b"}, {"", "b", "/b"}, {"a", "", "a/"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        char *path = base_file_join(cases[i][0], cases[i][1]);
        assert_string_equal(path, cases[i][2]);
        base_mem_free(path);
    }
}

static enum base_status step_all(void *arg)
{
    (void)arg;
    struct base_error err = BASE_ERROR_NONE;
    char *sub = base_file_join(folder.path, "sub");
    char *path = base_file_join(folder.path, "sub/f");
    struct base_buf b;
    base_buf_init(&b, 100000);
    enum base_status status = sub != NULL && path != NULL ? BASE_OK : BASE_NO_MEMORY;
    if (status == BASE_OK)
        status = base_file_make_dir(sub, &err);
    if (status == BASE_OK)
        status = replace(path, "text", &err);
    if (status == BASE_OK)
        status = base_file_read(path, &b, &err);
    base_buf_free(&b);
    base_mem_free(sub);
    base_mem_free(path);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_in_range(test_each_allocation_fails(step_all, NULL), 5, 20);
    assert_int_equal(folder_count(), 1);
}

#define FILE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_read),
        FILE_TEST(test_read_large),
        FILE_TEST(test_read_fd),
        FILE_TEST(test_read_fd_within),
        FILE_TEST(test_write),
        FILE_TEST(test_stdout_is_interrupted),
        FILE_TEST(test_stdout_that_does_not_wait),
        FILE_TEST(test_create),
        FILE_TEST(test_create_faults),
        FILE_TEST(test_create_refuses),
        FILE_TEST(test_create_relative),
        FILE_TEST(test_continue_open_to_others),
        FILE_TEST(test_continue),
        FILE_TEST(test_make_dir),
        FILE_TEST(test_join),
        FILE_TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
