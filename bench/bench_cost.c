/* What a command costs: runs it and prints wall time and CPU time (user and system, of it and of
 * its children) in microseconds and its peak memory in KiB, on one line to descriptor 3. A process
 * of its own for each run: the peak of a child is at least that of whoever starts it, and this one
 * is small. usage: bench_cost COMMAND [ARG…] 3>FIGURES */
#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t us_of(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

int main(int argc, char **argv)
{
    posix_spawn_file_actions_t actions;
    struct rusage used;
    int64_t begun = now_us(), wall;
    pid_t pid;
    int status, error;

    if (argc < 2) {
        fprintf(stderr, "usage: bench_cost COMMAND [ARG…] 3>FIGURES\n");
        return 2;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addclose(&actions, 3);
    error = posix_spawnp(&pid, argv[1], &actions, NULL, argv + 1, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        fprintf(stderr, "%s: %s\n", argv[1], strerror(error));
        return 127;
    }
    while (wait4(pid, &status, 0, &used) != pid) {
        if (errno != EINTR) {
            perror("wait4");
            return 1;
        }
    }
    wall = now_us() - begun;
    dprintf(3, "%lld %lld %ld\n", (long long)wall,
            (long long)(us_of(used.ru_utime) + us_of(used.ru_stime)), used.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
