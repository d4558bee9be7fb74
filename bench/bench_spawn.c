/* Cold start: spawns two commands in turn, A B A B …, and prints what each took, as minimum and
 * median, and the ratio of the medians. Wall time from posix_spawn to the end of wait; standard
 * output goes to /dev/null. usage: bench_spawn ROUNDS COMMAND_A [ARG…] -- COMMAND_B [ARG…] */
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double run_once(char **argv, posix_spawn_file_actions_t *quiet)
{
    double start = now_us();
    pid_t pid;
    int status;

    if (posix_spawnp(&pid, argv[0], quiet, NULL, argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid) {
        perror(argv[0]);
        exit(1);
    }
    if (status != 0) {
        fprintf(stderr, "%s failed: a fast wrong answer is no figure\n", argv[0]);
        exit(1);
    }
    return now_us() - start;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    int rounds = argc > 4 ? (int)strtol(argv[1], NULL, 10) : 0;
    char **a = argv + 2, **b = NULL;
    double *ta, *tb;
    posix_spawn_file_actions_t quiet;

    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            argv[i] = NULL;
            b = argv + i + 1;
            break;
        }
    }
    if (rounds < 1 || !b || !b[0]) {
        fprintf(stderr, "usage: bench_spawn ROUNDS COMMAND_A [ARG…] -- COMMAND_B [ARG…]\n");
        return 2;
    }
    ta = calloc((size_t)rounds, sizeof(*ta));
    tb = calloc((size_t)rounds, sizeof(*tb));
    if (!ta || !tb)
        return 1;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    for (int i = 0; i < rounds; i++) {
        ta[i] = run_once(a, &quiet);
        tb[i] = run_once(b, &quiet);
    }
    qsort(ta, (size_t)rounds, sizeof(*ta), by_size);
    qsort(tb, (size_t)rounds, sizeof(*tb), by_size);
    printf("%-40s min %7.0f us  median %7.0f us\n", a[0], ta[0], ta[rounds / 2]);
    printf("%-40s min %7.0f us  median %7.0f us\n", b[0], tb[0], tb[rounds / 2]);
    printf("ratio of medians %.2f, of minima %.2f (%d rounds, alternating)\n",
           ta[rounds / 2] / tb[rounds / 2], ta[0] / tb[0], rounds);
    posix_spawn_file_actions_destroy(&quiet);
    free(ta);
    free(tb);
    return 0;
}
