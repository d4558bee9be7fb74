/* Children of a test. They end with it: a test that fails leaves nothing running. */
#ifndef TEST_PROCESS_H
#define TEST_PROCESS_H

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_support.h"

/* fork(2): 0 in the child. */
static inline pid_t test_process_fork(void)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
        abort(); /* or the parent was gone before the request */
    return pid;
}

static inline void test_process_kill(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

#endif
