#include "test_support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypt_process.h"
#include "crypt_random.h"
#include "crypt_secret.h"

/* ---------------------------------------------------------------- the type */

static void test_life(void **state)
{
    (void)state;
    assert_ok(crypt_start(NULL), NULL); /* again */
    struct crypt_secret *s = crypt_secret_new(3);
    assert_memory_equal(crypt_secret_bytes(s), "\0\0\0", 3);
    memcpy(crypt_secret_bytes(s), "abc", 3);
    struct crypt_secret *copy = crypt_secret_copy(s);
    crypt_secret_bytes(s)[0] = 'x';
    assert_span(crypt_secret_span(s), "xbc");
    assert_span(crypt_secret_span(copy), "abc");
    assert_int_equal(crypt_secret_length(copy), 3);
    crypt_secret_cleanup(&copy);
    assert_null(copy);
    crypt_secret_cleanup(&copy);
    assert_ptr_equal(crypt_secret_share(s), s);
    crypt_secret_free(s);
    assert_span(crypt_secret_span(s), "xbc"); /* the other owner's */
    crypt_secret_free(s);

    s = crypt_secret_from("", 0);
    assert_non_null(s);
    assert_int_equal(crypt_secret_length(s), 0);
    copy = crypt_secret_copy(s);
    assert_non_null(copy);
    crypt_secret_free(copy);
    crypt_secret_free(s);
    assert_int_equal(crypt_secret_length(NULL), 0);
    assert_null(crypt_secret_span(NULL).p);
    assert_null(crypt_secret_new(SIZE_MAX / 2));
}

static void test_take(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init_sensitive(&b, 10);
    base_buf_add_str(&b, "token");
    struct crypt_secret *s = crypt_secret_take(&b);
    assert_span(crypt_secret_span(s), "token");
    assert_int_equal(b.n, 0);
    assert_true(b.sensitive);
    crypt_secret_free(s);
    base_buf_add_str(&b, "longer than ten");
    assert_null(crypt_secret_take(&b)); /* what was cut is no secret */
    base_buf_free(&b);
    s = crypt_secret_take(&b);
    assert_int_equal(crypt_secret_length(s), 0);
    crypt_secret_free(s);
}

/* A4, E8. That the time is constant is libsodium's promise; that it is asked is for a reader to
 * see. */
static void test_eq(void **state)
{
    (void)state;
    struct crypt_secret *s = crypt_secret_from("ab\0c", 4);
    assert_true(crypt_secret_eq(s, BASE_SPAN("ab\0c")));
    assert_false(crypt_secret_eq(s, BASE_SPAN("ab\0d")));
    assert_false(crypt_secret_eq(s, BASE_SPAN("ab")));
    assert_false(crypt_secret_eq(s, BASE_SPAN_NONE));
    assert_false(crypt_secret_eq(NULL, BASE_SPAN_NONE)); /* no secret equals nothing */
    assert_true(crypt_span_eq(BASE_SPAN_NONE, BASE_SPAN("")));
    assert_false(crypt_span_eq(BASE_SPAN("a"), BASE_SPAN("b")));
    crypt_secret_free(s);
}

/* E6 */
static void test_fingerprint(void **state)
{
    (void)state;
    char a[64];
    char b[64];
    struct crypt_secret *one = crypt_secret_from("secret one", 10);
    struct crypt_secret *two = crypt_secret_from("secret two", 10);
    crypt_secret_fingerprint(a, one, "access_token");
    assert_int_equal(strlen(a), strlen("‹redacted:access_token:1a2b3c4d›"));
    assert_int_equal(strncmp(a, "‹redacted:access_token:", strlen("‹redacted:access_token:")), 0);
    assert_null(strstr(a, "secret"));
    assert_string_equal(crypt_secret_fingerprint(b, one, "access_token"), a);
    assert_string_not_equal(crypt_secret_fingerprint(b, two, "access_token"), a);
    crypt_secret_fingerprint(b, one,
                             "a kind whose name is far too long for the array that it goes to");
    assert_true(strlen(b) < sizeof(b));
    assert_string_equal(b + strlen(b) - strlen("›"), "›");
    crypt_secret_fingerprint(b, NULL, "none");
    crypt_secret_free(one);
    crypt_secret_free(two);
}

/* Another process has another key, so a fingerprint in a log cannot be tried against guesses. */
static void test_fingerprint_key(void **state)
{
    (void)state;
    char self[4096];
    char first[64] = "";
    char second[64] = "";
    char *const outs[] = {first, second};
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    assert_true(length > 0);
    self[length] = '\0';
    for (int i = 0; i < 2; i++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            dup2(ends[1], 1);
            execl(self, self, "fingerprint", (char *)NULL);
            _exit(127);
        }
        close(ends[1]);
        assert_int_equal(read(ends[0], outs[i], 63) > 0, 1);
        close(ends[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);
    }
    assert_int_equal(strlen(first), strlen("‹redacted:kind:1a2b3c4d›"));
    assert_string_not_equal(first, second);
}

static int print_fingerprint(void)
{
    char out[64];
    struct crypt_secret *s = crypt_start(NULL) == BASE_OK ? crypt_secret_from("same", 4) : NULL;
    if (s == NULL)
        return 1;
    crypt_secret_fingerprint(out, s, "kind");
    crypt_secret_free(s);
    return write(1, out, strlen(out)) > 0 ? 0 : 1;
}

static void test_wipe(void **state)
{
    (void)state;
    char text[] = "canary";
    crypt_wipe(text, sizeof(text));
    assert_memory_equal(text, "\0\0\0\0\0\0", 7);
    crypt_wipe(NULL, 0);
}

/* ---------------------------------------------------------------- memory (E1) */

enum { CANARY = 32, LARGE = 5000 /* more than a shared slot holds */ };
#define CANARY_MASK 0xA5 /* the pattern is never in memory unmasked but where it is looked for */

static unsigned char scan_chunk[1 << 16];

static bool scan_matches(const unsigned char *at, const unsigned char masked[CANARY])
{
    for (size_t i = 0; i < CANARY; i++) {
        if ((at[i] ^ CANARY_MASK) != masked[i])
            return false;
    }
    return true;
}

/* How far the pattern can move on when this byte stands at its end (Horspool): most often by all of
 * its length, and there are hundreds of megabytes to look through. */
static void scan_skips(size_t skip[256], const unsigned char masked[CANARY])
{
    for (size_t byte = 0; byte < 256; byte++)
        skip[byte] = CANARY;
    for (size_t i = 0; i + 1 < CANARY; i++)
        skip[masked[i] ^ CANARY_MASK] = CANARY - 1 - i;
}

static unsigned scan_region(int fd, unsigned long from, unsigned long to,
                            const unsigned char masked[CANARY])
{
    unsigned found = 0;
    size_t skip[256];
    scan_skips(skip, masked);
    while (from + CANARY <= to) {
        size_t want = to - from < sizeof(scan_chunk) ? to - from : sizeof(scan_chunk);
        ssize_t got = pread(fd, scan_chunk, want, (off_t)from);
        if (got < CANARY)
            break; /* a guard page */
        const unsigned char *end = scan_chunk + got - CANARY + 1;
        for (const unsigned char *p = scan_chunk; p < end; p += skip[p[CANARY - 1]])
            found += scan_matches(p, masked);
        from += (size_t)got - CANARY + 1;
    }
    return found;
}

/* How often the pattern is in this process's memory, apart from the scanner's own chunk. */
static unsigned scan_memory(const unsigned char masked[CANARY])
{
    unsigned found = 0;
    char line[512];
    int fd = open("/proc/self/mem", O_RDONLY);
    FILE *maps = fopen("/proc/self/maps", "re");
    assert_true(fd >= 0 && maps != NULL);
    while (fgets(line, sizeof(line), maps) != NULL) {
        unsigned long from;
        unsigned long to;
        char right;
        assert_int_equal(sscanf(line, "%lx-%lx %c", &from, &to, &right), 3);
        bool huge = to - from > 1ul << 30; /* the sanitizer's shadow */
        bool own = from <= (unsigned long)scan_chunk && (unsigned long)scan_chunk < to;
        if (right == 'r' && !huge && !own)
            found += scan_region(fd, from, to, masked);
    }
    fclose(maps);
    close(fd);
    explicit_bzero(scan_chunk, sizeof(scan_chunk));
    return found;
}

static struct crypt_secret *canary_secret(const unsigned char masked[CANARY])
{
    struct crypt_secret *s = crypt_secret_new(CANARY);
    assert_non_null(s);
    for (size_t i = 0; i < CANARY; i++)
        crypt_secret_bytes(s)[i] = (char)(masked[i] ^ CANARY_MASK);
    return s;
}

/* E1: one copy while it lives, none afterwards, whichever way it went. */
static void test_no_trace(void **state)
{
    (void)state;
    unsigned char masked[CANARY];
    struct base_buf b;
    crypt_random(masked, sizeof(masked));
    assert_int_equal(scan_memory(masked), 0);
    struct crypt_secret *s = canary_secret(masked);
    assert_int_equal(scan_memory(masked), 1);
    struct crypt_secret *copy = crypt_secret_copy(s);
    assert_int_equal(scan_memory(masked), 2);
    crypt_secret_free(copy);
    assert_int_equal(scan_memory(masked), 1);

    base_buf_init_sensitive(&b, 100000);
    base_buf_add_span(&b, crypt_secret_span(s));
    for (int i = 0; i < 1000; i++) /* it moves as it grows */
        base_buf_add_str(&b, "and more");
    assert_int_equal(scan_memory(masked), 2);
    base_buf_free(&b);
    assert_int_equal(scan_memory(masked), 1);

    base_buf_add_span(&b, crypt_secret_span(s));
    crypt_secret_free(s);
    s = crypt_secret_take(&b);
    assert_int_equal(scan_memory(masked), 1);
    crypt_secret_free(s);
    assert_int_equal(scan_memory(masked), 0);
}

/* Runs `body` in a child, because it changes the process for good. Its result is the child's exit
 * code. */
static int in_child(int (*body)(void))
{
    int status = -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(body());
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int body_overrun(void)
{
    struct crypt_secret *s = crypt_secret_new(LARGE);
    signal(SIGSEGV, SIG_DFL); /* the sanitizer would report it */
    volatile char *behind = crypt_secret_bytes(s) + LARGE;
    return *behind;
}

/* E1: a guard page follows a large secret. */
static void test_guard(void **state)
{
    (void)state;
    int status = in_child(body_overrun);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

/* Runs this program again in a mode of its own: a fork has no slab. Its result is the exit code, or
 * 128 + the signal. */
static int in_program(const char *mode)
{
    int status = -1;
    if (test_in_valgrind())
        skip();
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test_crypt_secret", mode, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int mode_write_behind(void)
{
    struct crypt_secret *s = crypt_secret_from("0123456789abcdef", 16);
    volatile char *p = crypt_secret_bytes(s);
    signal(SIGABRT, SIG_DFL);
    p[16] ^= 1;
    crypt_secret_free(s);
    return 0;
}

static int write_before(size_t size)
{
    struct crypt_secret *s = crypt_secret_new(size);
    volatile char *p = crypt_secret_bytes(s);
    signal(SIGABRT, SIG_DFL);
    p[-1] ^= 1;
    crypt_secret_free(s);
    return 0;
}

static int mode_write_before(void)
{
    return write_before(700);
}

static int mode_write_before_large(void)
{
    return write_before(LARGE);
}

/* E1: who writes past a secret is found out when it is freed; behind a large one at once
 * (test_guard). */
static void test_canary(void **state)
{
    (void)state;
    assert_int_equal(in_program("write-behind"), 128 + SIGABRT);
    assert_int_equal(in_program("write-before"), 128 + SIGABRT);
    assert_int_equal(in_program("write-before-large"), 128 + SIGABRT);
}

/* More secrets than the shared mapping has room for, of every size around its limits, each with its
 * own bytes, freed in another order. */
static void many(void)
{
    static const size_t sizes[] = {0, 1, 95, 96, 97, 98, 500, 2015, 2016, 2017, 5000, 16352, 16353};
    struct crypt_secret *all[20 * TEST_COUNT(sizes)];
    for (size_t i = 0; i < TEST_COUNT(all); i++) {
        size_t n = sizes[i % TEST_COUNT(sizes)];
        all[i] = crypt_secret_new(n);
        assert_non_null(all[i]);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(crypt_secret_bytes(all[i])[k], 0);
        memset(crypt_secret_bytes(all[i]), (int)i, n);
    }
    for (size_t i = 0; i < TEST_COUNT(all); i++) {
        struct base_span s = crypt_secret_span(all[i]);
        assert_int_equal(s.n, sizes[i % TEST_COUNT(sizes)]);
        for (size_t k = 0; k < s.n; k++)
            assert_int_equal((unsigned char)s.p[k], i & 0xff);
    }
    for (size_t step = 0; step < 3; step++) {
        for (size_t i = step; i < TEST_COUNT(all); i += 3)
            crypt_secret_free(all[i]);
    }
}

static void test_many(void **state)
{
    (void)state;
    many();
    crypt_secret_make_room();
    many();
}

/* From prctl(2) on any system call but exit(2) and two more is the end. */
static int mode_room(void)
{
    struct crypt_secret *before = crypt_secret_new(LARGE), *all[8];
    crypt_secret_make_room();
    base_mem_make_room();
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0) != 0)
        return 77;
    for (size_t i = 0; i < TEST_COUNT(all); i++) {
        all[i] = crypt_secret_new(i % 2 == 0 ? LARGE : 16000);
        if (all[i] == NULL)
            syscall(SYS_exit, 1);
        memset(crypt_secret_bytes(all[i]), 'x', LARGE);
    }
    for (size_t i = 0; i < TEST_COUNT(all); i++)
        crypt_secret_free(all[i]);
    syscall(SYS_exit, before != NULL ? 0 : 1);
    return 1;
}

/* C5: where there is room the secrets of a token answer are a matter of memory alone. */
static void test_room(void **state)
{
    (void)state;
    int result = in_program("room");
    if (result == 77)
        skip(); /* no seccomp here */
    assert_int_equal(result, 0);
}

/* The flags that the kernel shows for the mapping that holds `address`: lo, dd, wf (proc(5)). */
static void smaps_flags(const void *address, char out[256])
{
    char line[512];
    bool here = false;
    FILE *maps = fopen("/proc/self/smaps", "re");
    out[0] = '\0';
    assert_non_null(maps);
    while (fgets(line, sizeof(line), maps) != NULL) {
        unsigned long from;
        unsigned long to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            here = from <= (unsigned long)address && (unsigned long)address < to;
        else if (here && strncmp(line, "VmFlags:", 8) == 0)
            (void)snprintf(out, 256, "%.250s", line + 8);
    }
    fclose(maps);
}

static int flags_of(size_t size)
{
    char flags[256];
    struct crypt_secret *s = crypt_secret_new(size);
    memset(crypt_secret_bytes(s), 'x', size);
    smaps_flags(crypt_secret_bytes(s), flags);
    bool locked = crypt_secret_is_locked(s);
    crypt_secret_free(s);
    if (flags[0] == '\0')
        return 77;
    /* The address sanitizer lets mlock(2) do nothing, and says that it did. */
    return strstr(flags, " dd") == NULL                                            ? 1
           : strstr(flags, " wf") == NULL                                          ? 2
           : locked != (strstr(flags, " lo") != NULL) && mlock(scan_chunk, 1) != 0 ? 3
                                                                                   : 0;
}

static int mode_flags(void)
{
    int result = flags_of(3);
    return result == 0 ? flags_of(LARGE) : result;
}

/* E1: neither in a core dump nor in a child. */
static void test_flags(void **state)
{
    (void)state;
    int result = in_program("flags");
    if (result == 77)
        skip(); /* no smaps, as under some sandboxes */
    assert_int_equal(result, 0);
}

static struct crypt_secret *forked;
static unsigned char forked_masked[CANARY];

static int body_forked(void)
{
    struct base_span s = crypt_secret_span(forked);
    if (scan_memory(forked_masked) != 0)
        return 1;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '\0')
            return 2;
    }
    struct crypt_secret *own = crypt_secret_from("abc", 3);
    struct crypt_secret *large = crypt_secret_new(LARGE);
    bool good = own != NULL && crypt_secret_eq(own, BASE_SPAN("abc"));
    crypt_secret_free(own);
    crypt_secret_free(large);
    crypt_secret_free(forked);
    return good ? 0 : 3;
}

/* E1: a child finds none of its parent's secrets in its memory, whatever their size, may have its
 * own, and may free what it got. */
static void test_fork(void **state)
{
    static const size_t sizes[] = {CANARY, 2000, LARGE, 16353, 1 << 20};
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(sizes); i++) {
        crypt_random(forked_masked, sizeof(forked_masked));
        forked = crypt_secret_new(sizes[i]);
        assert_non_null(forked);
        char *p = crypt_secret_bytes(forked) + (sizes[i] - CANARY) / 2;
        for (size_t k = 0; k < CANARY; k++)
            p[k] = (char)(forked_masked[k] ^ CANARY_MASK);
        assert_int_equal(scan_memory(forked_masked), 1);
        assert_int_equal(in_child(body_forked), 0);
        assert_int_equal(scan_memory(forked_masked), 1); /* and the parent keeps it */
        crypt_secret_free(forked);
        assert_int_equal(scan_memory(forked_masked), 0);
    }
}

static int mode_unlocked(void)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0)
        return 1;
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) /* root may lock regardless */
        return 2;
    if (mlock(scan_chunk, 1) == 0) /* the address sanitizer makes it do nothing */
        return 77;
    if (!crypt_secret_all_locked())
        return 3;
    struct crypt_secret *small = crypt_secret_from("abc", 3);
    struct crypt_secret *large = crypt_secret_new(LARGE);
    int result = small == NULL || !crypt_secret_eq(small, BASE_SPAN("abc"))       ? 4
                 : crypt_secret_is_locked(small) || crypt_secret_is_locked(large) ? 5
                 : crypt_secret_all_locked()                                      ? 6
                                                                                  : 0;
    crypt_secret_free(small);
    crypt_secret_free(large);
    return result;
}

/* E1: without the right to lock memory secrets work, and it can be told. */
static void test_unlocked(void **state)
{
    (void)state;
    int result = in_program("unlocked");
    if (result == 77)
        skip();
    assert_int_equal(result, 0);
}

static const struct {
    const char *name;
    int (*run)(void);
} modes[] = {
    {"write-behind", mode_write_behind},
    {"write-before", mode_write_before},
    {"write-before-large", mode_write_before_large},
    {"room", mode_room},
    {"flags", mode_flags},
    {"unlocked", mode_unlocked},
};

/* ---------------------------------------------------------------- random (A2) */

static int compare_values(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

static void test_random(void **state)
{
    (void)state;
    enum { VALUES = 100000 };
    char(*values)[16] = base_mem_array(VALUES, 16);
    assert_non_null(values);
    crypt_random(values, VALUES * sizeof(*values));
    qsort(values, VALUES, sizeof(*values), compare_values);
    for (int i = 1; i < VALUES; i++)
        assert_memory_not_equal(values[i - 1], values[i], 16);
    base_mem_free(values);
    bool seen[6] = {false};
    for (int i = 0; i < 1000; i++) {
        uint32_t n = crypt_random_below(6);
        assert_true(n < 6);
        seen[n] = true;
    }
    for (int i = 0; i < 6; i++)
        assert_true(seen[i]);
}

static int body_no_random(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getrandom, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {TEST_COUNT(filter), filter};
    const struct rlimit none = {0, 0};
    char out[16];
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGABRT, SIG_DFL);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
        return 77;
    crypt_random(out, sizeof(out));
    return 0;
}

/* A2: where the system gives no random bytes the process ends; it never goes on with others. */
static void test_no_random(void **state)
{
    (void)state;
    int status = in_child(body_no_random);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip(); /* no seccomp here, as under valgrind */
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* ---------------------------------------------------------------- process (E2) */

static int body_harden(void)
{
    struct rlimit core;
    char line[256];
    bool told = false;
    if (crypt_process_harden(NULL) != BASE_OK || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return 1;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
        return 2;
    FILE *status = fopen("/proc/self/status", "re");
    if (status == NULL)
        return 3;
    while (fgets(line, sizeof(line), status) != NULL)
        told = told || strcmp(line, "NoNewPrivs:\t1\n") == 0;
    fclose(status);
    return told ? 0 : 4;
}

static int body_abort(void)
{
    if (crypt_process_harden(NULL) != BASE_OK)
        return 1;
    signal(SIGABRT, SIG_DFL);
    abort();
}

static void test_harden(void **state)
{
    (void)state;
    assert_int_equal(in_child(body_harden), 0);
    int status = in_child(body_abort);
    assert_true(WIFSIGNALED(status));
    assert_false(WCOREDUMP(status));
}

/* ---------------------------------------------------------------- short of memory */

static enum base_status step_secrets(void *arg)
{
    (void)arg;
    struct base_buf b;
    base_buf_init_sensitive(&b, 100);
    base_buf_add_str(&b, "abc");
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *s = crypt_secret_take(&b);
    bool kept =
        s != NULL || base_buf_status(&b) != BASE_OK || b.n == 3; /* nothing is lost by failing */
    base_buf_free(&b);
    assert_true(kept);
    if (s == NULL)
        return BASE_NO_MEMORY;
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *copy = crypt_secret_copy(s);
    return copy != NULL ? BASE_OK : BASE_NO_MEMORY;
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_int_equal(test_each_allocation_fails(step_secrets, NULL), 3);
}

static int start(void **state)
{
    (void)state;
    return crypt_start(NULL) == BASE_OK ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "fingerprint") == 0)
        return print_fingerprint();
    for (size_t i = 0; argc == 2 && i < TEST_COUNT(modes); i++) {
        if (strcmp(argv[1], modes[i].name) == 0)
            return crypt_start(NULL) == BASE_OK ? modes[i].run() : 126;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_eq),
        cmocka_unit_test(test_fingerprint),
        cmocka_unit_test(test_fingerprint_key),
        cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_no_trace),
        cmocka_unit_test(test_guard),
        cmocka_unit_test(test_canary),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_unlocked),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_no_random),
        cmocka_unit_test(test_harden),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
