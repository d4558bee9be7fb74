#include "fake_time.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FAKE_TIME_WALL INT64_C(1790000000000) /* September 2026 */
#define FAKE_TIME_LONGEST                                                                          \
    (10 * INT64_C(86400000)) /* a test that waits longer waits for nothing                         \
                              */

static bool time_is_fake;
static int64_t time_passed, time_suspended, time_wall_offset;

void fake_time_begin(void)
{
    time_is_fake = true;
    time_passed = time_suspended = 0;
    time_wall_offset = FAKE_TIME_WALL;
}

void fake_time_end(void)
{
    time_is_fake = false;
}

int64_t fake_time_now(void)
{
    return time_passed;
}

int64_t fake_time_wall(void)
{
    return time_wall_offset + time_passed;
}

void fake_time_pass(int64_t ms)
{
    time_passed += ms;
    if (time_passed > FAKE_TIME_LONGEST) {
        (void)fprintf(stderr, "the loop waits for something that never comes\n");
        abort();
    }
}

void fake_time_suspend(int64_t ms)
{
    time_suspended += ms;
    time_wall_offset += ms;
}

void fake_time_set_wall(int64_t unix_ms)
{
    time_wall_offset = unix_ms - time_passed;
}

/* ------------------------------------------------------------------ in the place of libc's */

#define IN_PLACE_OF_LIBC __attribute__((visibility("default")))

IN_PLACE_OF_LIBC int clock_gettime(clockid_t clock, struct timespec *ret)
{
    /* Far from 0, which some code takes for "never". */
    int64_t ms = clock == CLOCK_REALTIME ? fake_time_wall() : INT64_C(1000000) + time_passed;

    if (!time_is_fake)
        return (int)syscall(SYS_clock_gettime, clock, ret);
    if (clock == CLOCK_BOOTTIME)
        ms += time_suspended;
    *ret = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    return 0;
}

IN_PLACE_OF_LIBC int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout,
                                 const sigset_t *mask)
{
    bool jumps = time_is_fake && timeout > 0;
    int n = (int)syscall(SYS_epoll_pwait, fd, events, max, jumps ? 0 : timeout, mask, _NSIG / 8);

    if (jumps && n == 0)
        fake_time_pass(timeout);
    return n;
}

IN_PLACE_OF_LIBC int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
    return epoll_pwait(fd, events, max, timeout, NULL);
}
