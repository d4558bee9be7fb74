/* Whether a file answers at all. The file system of a server that is gone holds a process in the
 * kernel, where neither a signal nor a deadline reaches it: so a child asks, and is left there. */
#include "cli_doctor.h"

#include "base_time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whoever hangs here may hang for ever: nobody must wait for what it holds open, such as the reader
 * of our output. It keeps its end of the pipe, as descriptor 0. */
static void let_go(int end)
{
    (void)dup2(end, STDIN_FILENO);
    (void)close_range(STDOUT_FILENO, ~0U, 0);
}

/* What the checks will do: look at it, and read. */
static void touch(const char *path)
{
    struct stat st;
    char byte;
    int fd;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0 && read(fd, &byte, 1) >= 0)
        (void)close(fd);
}

/* The other end of the pipe is closed when the child is done, or by the kernel. */
static bool ends_in_time(int fd, int64_t timeout_ms)
{
    struct pollfd end = {.fd = fd, .events = POLLIN};
    int64_t until = base_time_monotonic() + timeout_ms, left;
    int n;

    do {
        left = until - base_time_monotonic();
        n = poll(&end, 1, (int)(left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : left));
    } while (n < 0 && errno == EINTR);
    return n != 0;
}

static bool answers(const char *path, int64_t timeout_ms)
{
    int ends[2];
    bool in_time;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return true; /* then nobody knows, and the checks go on as they would */
    child = fork();
    if (child == 0) {
        let_go(ends[1]);
        touch(path);
        _exit(0);
    }
    (void)close(ends[1]);
    in_time = child < 0 || ends_in_time(ends[0], timeout_ms);
    (void)close(ends[0]);
    if (child > 0 && !in_time)
        (void)kill(child, SIGKILL);
    if (child > 0)
        (void)waitpid(child, NULL, in_time ? 0 : WNOHANG);
    return in_time;
}

bool cli_doctor_answers(struct cli_doctor *d, const char *check, const char *path)
{
    char human[32];

    if (answers(path, d->timeout_ms))
        return true;
    broker_found(&d->findings, check, BROKER_ERROR, "cat /proc/mounts",
                 "%s does not answer within %s: is its file system that of a server that is gone?",
                 path, base_time_human(human, d->timeout_ms));
    return false;
}
