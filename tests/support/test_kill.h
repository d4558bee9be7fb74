/* kill -9 at each system call in turn: what a process leaves behind wherever it dies. */
#ifndef TEST_KILL_H
#define TEST_KILL_H

#include <sys/ptrace.h>

#include "test_process.h"

/* Valgrind makes system calls of its own, and many times more of each; there it would only take
 * time. */
static inline bool test_kill_is_worth_it(void)
{
    const char *preload = getenv("LD_PRELOAD");
    return preload == NULL || strstr(preload, "vgpreload") == NULL;
}

/* Runs `run` in a child and kills that before its n-th system call (counted from 0, from the
 * beginning of `run`). True when it came to its end before; then run() must have returned true. */
static inline bool test_kill_at_syscall(bool (*run)(void *arg), void *arg, unsigned n)
{
    pid_t pid = test_process_fork();
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0)
            abort();
        _exit(run(arg) ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD), 0);
    /* Each call stops twice, at its entry and at its exit; the first stop is the exit of raise(3)'s
     * own. */
    for (unsigned stops = 0;; stops++) {
        assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFEXITED(status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            return true;
        }
        assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80));
        if (stops == 2 * n + 1)
            break;
    }
    test_process_kill(pid);
    return false;
}

#endif
