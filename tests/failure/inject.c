/* Runs a command under ptrace(2) and makes one of its system calls go wrong.
 *
 *     inject REPORT ACTION N COMMAND…
 *
 * kill, stop     SIGKILL, or SIGSTOP and no more tracing, before the N-th call after the answer
 * ENOSPC, EIO, EINTR
 *                the N-th call on storage fails so and is not carried out; with "+" behind it all
 *                from the N-th on
 * short          the N-th write to storage writes half of what it should
 * step           SIGKILL after N instructions after the answer, if no call comes before
 * none           nothing; counts
 *
 * N counts from 1. "The answer" is the first recvfrom(2) that brought bytes from an Internet
 * socket; "kill@30": the thirtieth, as over TLS, where others come before it.
 * Calls on storage are those that write, sync, cut, rename, remove or make files:
 * descriptors that came from openat(2), and standard output. REPORT gets one line for the shell to
 * source. The exit status is the command's, 128 + signal when it was killed. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
int main(void)
{
    (void)fputs("inject: knows the registers of x86-64 alone\n", stderr);
    return 77;
}
#else

/* A call on storage, and which of its arguments is the descriptor: -1 means that it takes names. */
struct storage_call {
    uint64_t number;
    const char *name;
    int descriptor;
    bool writes; /* bytes, counted in its third argument */
};

static const struct storage_call storage_calls[] = {
    {SYS_write, "write", 0, true},           {SYS_pwrite64, "pwrite64", 0, true},
    {SYS_writev, "writev", 0, false},        {SYS_fsync, "fsync", 0, false},
    {SYS_fdatasync, "fdatasync", 0, false},  {SYS_ftruncate, "ftruncate", 0, false},
    {SYS_fallocate, "fallocate", 0, false},  {SYS_fchmod, "fchmod", 0, false},
    {SYS_rename, "rename", -1, false},       {SYS_renameat, "renameat", -1, false},
    {SYS_renameat2, "renameat2", -1, false}, {SYS_unlink, "unlink", -1, false},
    {SYS_unlinkat, "unlinkat", -1, false},   {SYS_mkdirat, "mkdirat", -1, false},
};

/* What a report may name besides. */
static const struct {
    uint64_t number;
    const char *name;
} other_calls[] = {
    {SYS_read, "read"},
    {SYS_pread64, "pread64"},
    {SYS_openat, "openat"},
    {SYS_close, "close"},
    {SYS_fcntl, "fcntl"},
    {SYS_newfstatat, "newfstatat"},
    {SYS_lseek, "lseek"},
    {SYS_mmap, "mmap"},
    {SYS_munmap, "munmap"},
    {SYS_mlock, "mlock"},
    {SYS_munlock, "munlock"},
    {SYS_mprotect, "mprotect"},
    {SYS_madvise, "madvise"},
    {SYS_fstatfs, "fstatfs"},
    {SYS_brk, "brk"},
    {SYS_recvfrom, "recvfrom"},
    {SYS_sendto, "sendto"},
    {SYS_poll, "poll"},
    {SYS_epoll_ctl, "epoll_ctl"},
    {SYS_epoll_wait, "epoll_wait"},
    {SYS_epoll_pwait, "epoll_pwait"},
    {SYS_getsockopt, "getsockopt"},
    {SYS_getsockname, "getsockname"},
    {SYS_getpeername, "getpeername"},
    {SYS_setsockopt, "setsockopt"},
    {SYS_rt_sigaction, "rt_sigaction"},
    {SYS_rt_sigprocmask, "rt_sigprocmask"},
    {SYS_getpid, "getpid"},
    {SYS_geteuid, "geteuid"},
    {SYS_getrandom, "getrandom"},
    {SYS_exit_group, "exit_group"},
};

enum action { NONE, KILL, STOP, STEP, FAIL, SHORT };
enum { DESCRIPTORS = 1024, NOT_REPLACED = 0 };

struct run {
    pid_t pid;
    FILE *report;
    enum action action;
    int error;      /* FAIL */
    bool from_then; /* ...all calls from the n-th on */
    unsigned long n;

    bool is_file[DESCRIPTORS], is_inet[DESCRIPTORS];
    unsigned long received; /* times */
    unsigned long answer;   /* which of them was the answer */
    bool answered;
    unsigned long instructions;             /* STEP: from there to the next call, or to the end */
    unsigned long after_answer, on_storage; /* calls seen */
    unsigned long answer_at; /* of calls on storage, how many came before the answer */
    bool struck;
    struct __ptrace_syscall_info entry; /* the call that is under way */
    int replaced;                       /* by this error; NOT_REPLACED: it is carried out */
};

static void die(const char *what)
{
    (void)fprintf(stderr, "inject: %s: %s\n", what, strerrordesc_np(errno));
    exit(125);
}

static const struct storage_call *storage_call(const struct run *r)
{
    uint64_t number = r->entry.entry.nr;

    for (size_t i = 0; i < sizeof(storage_calls) / sizeof(storage_calls[0]); i++) {
        const struct storage_call *c = &storage_calls[i];
        if (c->number != number)
            continue;
        uint64_t fd = c->descriptor < 0 ? 0 : r->entry.entry.args[c->descriptor];
        return c->descriptor < 0 || (fd < DESCRIPTORS && r->is_file[fd]) ? c : NULL;
    }
    return NULL;
}

static const char *call_name(uint64_t number)
{
    for (size_t i = 0; i < sizeof(storage_calls) / sizeof(storage_calls[0]); i++) {
        if (storage_calls[i].number == number)
            return storage_calls[i].name;
    }
    for (size_t i = 0; i < sizeof(other_calls) / sizeof(other_calls[0]); i++) {
        if (other_calls[i].number == number)
            return other_calls[i].name;
    }
    return "other";
}

/* ------------------------------------------------------------------ going wrong */

static struct user_regs_struct registers(const struct run *r)
{
    struct user_regs_struct regs;
    if (ptrace(PTRACE_GETREGS, r->pid, NULL, &regs) != 0)
        die("reading registers");
    return regs;
}

static void set_registers(const struct run *r, const struct user_regs_struct *regs)
{
    if (ptrace(PTRACE_SETREGS, r->pid, NULL, regs) != 0)
        die("writing registers");
}

static void strike(struct run *r, uint64_t number)
{
    if (!r->struck)
        (void)fprintf(r->report, "call=%s\n", call_name(number));
    r->struck = true;
}

static void replace_call(struct run *r)
{
    struct user_regs_struct regs = registers(r);
    strike(r, r->entry.entry.nr);
    r->replaced = r->error;
    regs.orig_rax = UINT64_MAX; /* no such call */
    set_registers(r, &regs);
}

static void shorten_call(struct run *r)
{
    struct user_regs_struct regs = registers(r);
    strike(r, r->entry.entry.nr);
    regs.rdx /= 2;
    set_registers(r, &regs);
}

/* True when the command is no longer traced. */
static bool kill_or_stop(struct run *r)
{
    strike(r, r->entry.entry.nr);
    if (r->action == STOP) {
        (void)fprintf(r->report, "pid=%ld\n", (long)r->pid);
        (void)fflush(r->report);
        if (ptrace(PTRACE_DETACH, r->pid, NULL, (void *)(uintptr_t)SIGSTOP) != 0)
            die("letting go");
        return true;
    }
    if (kill(r->pid, SIGKILL) != 0)
        die("killing");
    return false;
}

/* ------------------------------------------------------------------ following */

static bool on_entry(struct run *r)
{
    const struct storage_call *c = storage_call(r);

    r->replaced = NOT_REPLACED;
    if (r->answered && ++r->after_answer == r->n && (r->action == KILL || r->action == STOP))
        return kill_or_stop(r);
    if (c == NULL || (r->action == SHORT && !(c->writes && r->entry.entry.args[2] > 1)))
        return false;
    r->on_storage++;
    if (r->action == FAIL && (r->on_storage == r->n || (r->from_then && r->on_storage > r->n)))
        replace_call(r);
    if (r->action == SHORT && r->on_storage == r->n)
        shorten_call(r);
    return false;
}

static void note_descriptors(struct run *r, int64_t result)
{
    uint64_t number = r->entry.entry.nr, fd = r->entry.entry.args[0];

    if (number == SYS_openat && result >= 0 && result < DESCRIPTORS)
        r->is_file[result] = true;
    if (fd >= DESCRIPTORS)
        return;
    if (number == SYS_close)
        r->is_file[fd] = r->is_inet[fd] = false;
    /* sockaddr_in has 16 bytes, sockaddr_in6 28; the memory of a process that hardened itself
     * cannot be read by everyone. */
    if (number == SYS_connect && (r->entry.entry.args[2] == 16 || r->entry.entry.args[2] == 28))
        r->is_inet[fd] = true;
    if (number == SYS_recvfrom && r->is_inet[fd] && result > 0 && ++r->received == r->answer) {
        r->answered = true;
        r->answer_at = r->on_storage;
    }
}

static void on_exit_of_call(struct run *r, const struct __ptrace_syscall_info *info)
{
    struct user_regs_struct regs;

    if (r->replaced == NOT_REPLACED && r->action == SHORT) {
        regs = registers(r); /* the kernel keeps this register, and so must we */
        regs.rdx = r->entry.entry.args[2];
        set_registers(r, &regs);
    }
    if (r->replaced != NOT_REPLACED) {
        regs = registers(r);
        regs.rax = (uint64_t) - (int64_t)r->replaced;
        set_registers(r, &regs);
        return;
    }
    note_descriptors(r, info->exit.rval);
}

static int end(struct run *r, int status)
{
    (void)fprintf(r->report,
                  "struck=%d\nafter_answer=%lu\non_storage=%lu\nanswer_at=%lu\nreceived=%lu\n"
                  "instructions=%lu\n",
                  r->struck, r->after_answer, r->on_storage, r->answered ? r->answer_at : 0,
                  r->received, r->instructions);
    if (fclose(r->report) != 0)
        die("writing the report");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int wait_for(const struct run *r)
{
    int status;
    while (waitpid(r->pid, &status, 0) != r->pid) {
        if (errno != EINTR)
            die("waiting");
    }
    return status;
}

/* One instruction at a time, up to the next system call, which is carried out. */
static void step_to_call(struct run *r)
{
    struct user_regs_struct regs;

    do {
        if (ptrace(PTRACE_SINGLESTEP, r->pid, NULL, NULL) != 0)
            die("stepping");
        int status = wait_for(r);
        if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
            die("stepping: something else came in between");
        regs = registers(r);
        r->instructions++;
        if (r->instructions == r->n) {
            r->struck = true;
            if (kill(r->pid, SIGKILL) != 0)
                die("killing");
            return;
        }
    } while ((int64_t)regs.orig_rax < 0); /* else what was stepped over is that call */
    r->action = NONE;
}

static int follow(struct run *r)
{
    uintptr_t signal_number = 0;

    for (;;) {
        if (ptrace(PTRACE_SYSCALL, r->pid, NULL, (void *)signal_number) != 0 && errno != ESRCH)
            die("going on");
        int status = wait_for(r);
        signal_number = 0;
        if (!WIFSTOPPED(status))
            return end(r, status);
        if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
            signal_number = WSTOPSIG(status) == SIGTRAP ? 0 : (uintptr_t)WSTOPSIG(status);
            continue;
        }
        struct __ptrace_syscall_info info;
        if (ptrace(PTRACE_GET_SYSCALL_INFO, r->pid, (void *)sizeof(info), &info) <= 0)
            continue; /* it was killed meanwhile */
        if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
            on_exit_of_call(r, &info);
            if (r->action == STEP && r->answered)
                step_to_call(r);
            continue;
        }
        r->entry = info;
        if (on_entry(r))
            return end(r, wait_for(r));
    }
}

static void launch(struct run *r, char **command)
{
    r->pid = fork();
    if (r->pid < 0)
        die("fork");
    if (r->pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0)
            die("being traced");
        execvp(command[0], command);
        die(command[0]);
    }
    (void)wait_for(r);
    if (ptrace(PTRACE_SETOPTIONS, r->pid, NULL,
               (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) != 0)
        die("tracing");
    r->is_file[STDOUT_FILENO] = true;
}

static bool read_action(struct run *r, const char *word)
{
    static const struct {
        const char *word;
        enum action action;
        int error;
    } words[] = {{"none", NONE, 0},      {"kill", KILL, 0},        {"stop", STOP, 0},
                 {"step", STEP, 0},      {"ENOSPC", FAIL, ENOSPC}, {"EIO", FAIL, EIO},
                 {"EINTR", FAIL, EINTR}, {"short", SHORT, 0}};
    size_t n = strcspn(word, "+@");

    r->from_then = word[n] == '+';
    r->answer = word[n] == '@' ? strtoul(word + n + 1, NULL, 10) : 1;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i].word) == n && memcmp(words[i].word, word, n) == 0) {
            r->action = words[i].action;
            r->error = words[i].error;
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    struct run r = {0};

    if (argc < 5 || !read_action(&r, argv[2])) {
        (void)fputs("usage: inject REPORT ACTION N COMMAND…\n", stderr);
        return 125;
    }
    r.n = strtoul(argv[3], NULL, 10);
    r.report = fopen(argv[1], "we");
    if (r.report == NULL)
        die(argv[1]);
    launch(&r, argv + 4);
    return follow(&r);
}
#endif
