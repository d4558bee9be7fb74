/* Where hubauthd's socket is, and what is found there: real sockets, files and strangers. */
#include "test_dir.h"
#include "test_process.h"
#include "test_support.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base_text.h"
#include "broker_daemon.h"
#include "broker_doctor.h"

#define STRANGER 65534 /* nobody */

static struct test_dir dir;
static struct broker_findings found;

static int set_up(void **state)
{
    (void)state;
    test_dir_make(&dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    broker_findings_free(&found);
    test_dir_remove(&dir);
    return 0;
}

/* The one finding with HUBAUTH_HOME at the test's folder: its severity, a part of its text, and its
 * command with the path behind it. */
static void assert_finds(enum broker_severity severity, const char *text, const char *command,
                         const char *path)
{
    char whole[600] = "";

    broker_findings_free(&found);
    broker_doctor_daemon(dir.path, NULL, &found);
    assert_int_equal(found.count, 1);
    if (found.items[0].severity != severity || !strstr(found.items[0].text, text))
        fail_msg("%s: %s", broker_severity_word(found.items[0].severity), found.items[0].text);
    assert_string_equal(found.items[0].check, "daemon");
    if (command[0])
        snprintf(whole, sizeof(whole), "%s%s%s", command, path[0] ? " " : "", path);
    assert_string_equal(found.items[0].command, whole);
}

static const char *socket_path(void)
{
    return test_dir_path(&dir, "hubauthd.sock");
}

static struct sockaddr_un socket_address(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    assert_true(
        base_text_copy(address.sun_path, sizeof(address.sun_path), base_span_of(socket_path())));
    return address;
}

/* A socket with that name and mode 0600 on which nobody listens yet. */
static int bind_there(int type)
{
    struct sockaddr_un address = socket_address();
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(chmod(socket_path(), 0600), 0);
    return fd;
}

/* ------------------------------------------------------------------ the place */

static void variables_name_the_place(void **state)
{
    (void)state;
    struct broker_daemon d;
    struct base_error err = BASE_ERROR_NONE;

    assert_ok(broker_daemon_find("/home/me/vault", "/run/user/1000", &d, &err), &err);
    assert_string_equal(d.socket, "/home/me/vault/hubauthd.sock");
    assert_int_equal(d.folder, strlen("/home/me/vault"));
    assert_string_equal(d.variable, "HUBAUTH_HOME");
    assert_ok(broker_daemon_find("", "/run/user/1000", &d, &err), &err);
    assert_string_equal(d.socket, "/run/user/1000/hubauth/hubauthd.sock");
    assert_int_equal(d.folder, strlen("/run/user/1000/hubauth"));
    assert_string_equal(d.variable, "XDG_RUNTIME_DIR");
    assert_status(broker_daemon_find(NULL, NULL, &d, &err), BASE_NOT_FOUND, &err);
    assert_status(broker_daemon_find(NULL, "", &d, &err), BASE_NOT_FOUND, &err);
    assert_status(broker_daemon_find(NULL, "run/user", &d, &err), BASE_NOT_FOUND, &err);
}

static void place_fits_into_an_address(void **state)
{
    (void)state;
    struct broker_daemon d;
    struct base_error err = BASE_ERROR_NONE;
    char path[BROKER_DAEMON_PATH_SIZE];
    size_t most = sizeof(path) - sizeof("/hubauthd.sock");

    memset(path, 'x', sizeof(path));
    path[most] = '\0';
    assert_ok(broker_daemon_find(path, NULL, &d, &err), &err);
    assert_int_equal(strlen(d.socket), sizeof(path) - 1);
    path[most] = 'x';
    path[most + 1] = '\0';
    assert_status(broker_daemon_find(path, NULL, &d, &err), BASE_LIMIT, &err);
}

/* ------------------------------------------------------------------ nobody */

static void nothing_there(void **state)
{
    (void)state;
    assert_finds(BROKER_OK, "no daemon runs; every command does its work itself", "", "");
}

static void no_place_for_it(void **state)
{
    (void)state;
    char path[200];

    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    broker_doctor_daemon(NULL, NULL, &found);
    broker_doctor_daemon(NULL, "relative", &found);
    broker_doctor_daemon(path, NULL, &found);
    assert_int_equal(found.count, 3);
    assert_int_equal(broker_findings_count(&found, BROKER_INFO), 3);
    assert_non_null(strstr(found.items[0].text, "XDG_RUNTIME_DIR is not set"));
    assert_non_null(strstr(found.items[1].text, "no absolute path"));
    assert_non_null(strstr(found.items[2].text, "HUBAUTH_HOME is too long for a socket"));
}

static void folder_of_the_session(void **state)
{
    (void)state;
    broker_doctor_daemon(NULL, dir.path, &found);
    assert_int_equal(broker_findings_count(&found, BROKER_OK), 1);
    test_file_write(test_dir_path(&dir, "hubauth"), "", 0, 0600);
    broker_doctor_daemon(NULL, dir.path, &found);
    assert_int_equal(broker_findings_count(&found, BROKER_ERROR), 1);
    assert_non_null(strstr(found.items[1].text, "Not a directory"));
}

static void left_behind(void **state)
{
    (void)state;
    int fd = bind_there(SOCK_STREAM);

    assert_finds(BROKER_WARNING, "left of a daemon that is gone", "rm -f", socket_path());
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(close(fd), 0);
    assert_finds(BROKER_WARNING, "left of a daemon that is gone", "rm -f", socket_path());
}

static void no_socket(void **state)
{
    (void)state;
    int fd;

    test_file_write(socket_path(), "x", 1, 0600);
    assert_finds(BROKER_ERROR, "is no socket", "rm -ri", socket_path());
    assert_int_equal(unlink(socket_path()), 0);
    assert_int_equal(mkfifo(socket_path(), 0600), 0);
    assert_finds(BROKER_ERROR, "is no socket", "rm -ri", socket_path());
    assert_int_equal(unlink(socket_path()), 0);
    assert_int_equal(symlink("/dev/log", socket_path()), 0);
    assert_finds(BROKER_ERROR, "is no socket", "rm -ri", socket_path());
    assert_int_equal(unlink(socket_path()), 0);
    fd = bind_there(SOCK_DGRAM);
    assert_finds(BROKER_ERROR, "takes no connections", "rm -f", socket_path());
    assert_int_equal(close(fd), 0);
}

/* ------------------------------------------------------------------ somebody */

/* Nobody accepts, nobody answers: the examination ends all the same. */
static void one_that_is_silent(void **state)
{
    (void)state;
    int fd = bind_there(SOCK_STREAM);
    char process[32];

    snprintf(process, sizeof(process), "process %ld, of yours,", (long)getpid());
    assert_int_equal(listen(fd, 8), 0);
    assert_finds(BROKER_OK, process, "", "");
    assert_int_equal(close(fd), 0);
}

static void one_whose_queue_is_full(void **state)
{
    (void)state;
    struct sockaddr_un address = socket_address();
    int fd = bind_there(SOCK_STREAM), clients[8];
    size_t n = 0;

    assert_int_equal(listen(fd, 0), 0);
    do {
        assert_true(n < TEST_COUNT(clients));
        clients[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        assert_true(clients[n] >= 0);
    } while (connect(clients[n++], (const struct sockaddr *)&address, sizeof(address)) == 0);
    assert_int_equal(errno, EAGAIN);
    assert_finds(BROKER_WARNING, "its queue is full", "ss -xlp", "");
    while (n > 0)
        assert_int_equal(close(clients[--n]), 0);
    assert_int_equal(close(fd), 0);
}

/* ------------------------------------------------------------------ others */

static void open_to_others(void **state)
{
    (void)state;
    int fd = bind_there(SOCK_STREAM);

    assert_int_equal(listen(fd, 8), 0);
    for (unsigned bit = 01; bit <= 040; bit <<= 1) {
        assert_int_equal(chmod(socket_path(), 0600 | bit), 0);
        assert_finds(BROKER_ERROR, "the socket", "chmod 600", socket_path());
        assert_int_equal(chmod(socket_path(), 0600), 0);
        assert_int_equal(chmod(dir.path, 0700 | bit), 0);
        assert_finds(BROKER_ERROR, "is open to other users", "chmod 700", dir.path);
        assert_int_equal(chmod(dir.path, 0700), 0);
    }
    assert_finds(BROKER_OK, "listens", "", "");
    assert_int_equal(close(fd), 0);
}

static void a_folder_that_is_a_link(void **state)
{
    (void)state;
    int fd = bind_there(SOCK_STREAM);
    char link[300];

    assert_int_equal(listen(fd, 8), 0);
    snprintf(link, sizeof(link), "%s.link", dir.path);
    assert_int_equal(symlink(dir.path, link), 0);
    broker_doctor_daemon(link, NULL, &found);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(broker_findings_count(&found, BROKER_ERROR), 1);
    assert_non_null(strstr(found.items[0].text, "is a symbolic link"));
    assert_int_equal(close(fd), 0);
}

static void a_strangers(void **state)
{
    (void)state;
    int fd;

    if (geteuid() != 0)
        skip(); /* nobody else may give a file away */
    fd = bind_there(SOCK_STREAM);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(chown(socket_path(), STRANGER, STRANGER), 0);
    assert_finds(BROKER_ERROR, "belongs to user 65534", "rm -f", socket_path());
    assert_int_equal(chown(socket_path(), 0, 0), 0);
    assert_int_equal(chown(dir.path, STRANGER, STRANGER), 0);
    assert_finds(BROKER_ERROR, "belongs to user 65534", "unset HUBAUTH_HOME", "");
    assert_int_equal(chown(dir.path, 0, 0), 0);
    assert_int_equal(close(fd), 0);
}

/* The file is ours, and a stranger listens on it. */
static void a_stranger_who_listens(void **state)
{
    (void)state;
    int fd, ready[2];
    char byte;
    pid_t child;

    if (geteuid() != 0)
        skip();
    fd = bind_there(SOCK_STREAM);
    assert_int_equal(pipe(ready), 0);
    child = test_process_fork();
    if (child == 0) {
        if (setuid(STRANGER) != 0 || listen(fd, 8) != 0 || write(ready[1], "x", 1) != 1)
            abort();
        for (;;)
            pause();
    }
    assert_int_equal(close(ready[1]), 0);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_finds(BROKER_ERROR, "of user 65534 listens at", "rm -f", socket_path());
    test_process_kill(child);
    assert_int_equal(close(ready[0]), 0);
    assert_int_equal(close(fd), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(variables_name_the_place),
        TEST(place_fits_into_an_address),
        TEST(nothing_there),
        TEST(no_place_for_it),
        TEST(folder_of_the_session),
        TEST(left_behind),
        TEST(no_socket),
        TEST(one_that_is_silent),
        TEST(one_whose_queue_is_full),
        TEST(open_to_others),
        TEST(a_folder_that_is_a_link),
        TEST(a_strangers),
        TEST(a_stranger_who_listens),
    };
    return cmocka_run_group_tests_name("broker_doctor_daemon", tests, NULL, NULL);
}
