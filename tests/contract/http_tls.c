/* C1: whose certificate the libcurl backend trusts. Servers are `openssl s_server`, certificates
 * are made here. */
#include "test_dir.h"
#include "test_process.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base_module.h"
#include "base_text.h"
#include "base_time.h"
#include "http.h"

BASE_MODULE_EXPORT; /* of the backend that is linked into this test */

static struct test_dir dir;

/* ---------------------------------------------------------------- files that are read
 *
 * Certificates are read by libcrypto. These definitions come before the C library's. */

static struct {
    const char *name; /* a part of the paths whose openings are counted */
    int times;
} reads;

static FILE *open_counted(const char *function, const char *path, const char *mode)
{
    FILE *(*real)(const char *path, const char *mode);
    void *found = dlsym(RTLD_NEXT, function);
    memcpy(&real, &found, sizeof(real));
    reads.times += reads.name != NULL && strstr(path, reads.name) != NULL;
    return real(path, mode);
}

/* By the names that stand in the object file: the C library's header makes one of the other. */
__attribute__((visibility("default"))) FILE *open_small(const char *path,
                                                        const char *mode) __asm__("fopen");
__attribute__((visibility("default"))) FILE *open_large(const char *path,
                                                        const char *mode) __asm__("fopen64");

FILE *open_small(const char *path, const char *mode)
{
    return open_counted("fopen", path, mode);
}

FILE *open_large(const char *path, const char *mode)
{
    return open_counted("fopen64", path, mode);
}

/* ---------------------------------------------------------------- the clock */

static time_t clock_ahead; /* seconds */

__attribute__((visibility("default"))) int read_clock(clockid_t id, struct timespec *ret) __asm__(
    "clock_gettime");

int read_clock(clockid_t id, struct timespec *ret)
{
    int failed = (int)syscall(SYS_clock_gettime, id, ret);
    if (failed == 0 && id != CLOCK_REALTIME)
        ret->tv_sec += clock_ahead;
    return failed;
}

/* ---------------------------------------------------------------- openssl(1) */

#define ARGUMENTS 24

static pid_t spawn(const char *const *arguments, int *ret_stdout)
{
    char *argv[ARGUMENTS + 2] = {(char[]){"openssl"}};
    char copies[ARGUMENTS][100];
    for (size_t i = 0; arguments[i] != NULL; i++) {
        assert_true(i < ARGUMENTS);
        snprintf(copies[i], sizeof(copies[i]), "%s", arguments[i]);
        argv[i + 1] = copies[i];
    }
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    pid_t pid = test_process_fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        if (chdir(dir.path) != 0 || dup2(null, 0) < 0 || dup2(fds[1], 1) < 0 || dup2(null, 2) < 0)
            _exit(126);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(fds[1]);
    *ret_stdout = fds[0];
    return pid;
}

static void run_openssl(const char *const *arguments)
{
    int out, status = -1;
    pid_t pid = spawn(arguments, &out);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(out);
    if (status != 0)
        print_error("openssl %s failed\n", arguments[0]);
    assert_int_equal(status, 0);
}
#define OPENSSL(...) run_openssl((const char *const[]){__VA_ARGS__, NULL})

#define EC_KEY "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"

/* A certificate of our authority for one name: <out>.pem and <out>.key. */
static void make_certificate(const char *out, const char *extension, const char *days)
{
    char key[50], certificate[50];
    snprintf(key, sizeof(key), "%s.key", out);
    snprintf(certificate, sizeof(certificate), "%s.pem", out);
    test_file_write(test_dir_path(&dir, "extension"), extension, strlen(extension), 0600);
    OPENSSL("req", EC_KEY, "-keyout", key, "-out", "request", "-subj", "/CN=test");
    OPENSSL("x509", "-req", "-in", "request", "-CA", "authority.pem", "-CAkey", "authority.key",
            "-CAcreateserial", "-out", certificate, "-days", days, "-extfile", "extension");
}

static int setup(void **state)
{
    (void)state;
    assert_ok(crypt_start(NULL), NULL);
    test_dir_make(&dir);
    OPENSSL("req", "-x509", EC_KEY, "-keyout", "authority.key", "-out", "authority.pem", "-subj",
            "/CN=test authority", "-days", "2");
    OPENSSL("req", "-x509", EC_KEY, "-keyout", "selfsigned.key", "-out", "selfsigned.pem", "-subj",
            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2");
    assert_int_equal(mkdir(test_dir_path(&dir, "roots"), 0700), 0);
    OPENSSL("x509", "-in", "authority.pem", "-out", "roots/authority.pem");
    OPENSSL("rehash", "roots");
    make_certificate("good", "subjectAltName=DNS:localhost", "2");
    make_certificate("expired", "subjectAltName=DNS:localhost", "-1");
    make_certificate("other", "subjectAltName=DNS:other.example", "2");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_dir_remove(&dir);
    return 0;
}

/* ---------------------------------------------------------------- one request */

struct server {
    pid_t pid;
    int out;
    unsigned port;
};

static struct server server_start(const char *name, const char *option)
{
    char key[50], certificate[50], line[256];
    snprintf(key, sizeof(key), "%s.key", name);
    snprintf(certificate, sizeof(certificate), "%s.pem", name);
    struct server s = {0};
    s.pid = spawn((const char *const[]){"s_server", "-accept", "127.0.0.1:0", "-cert", certificate,
                                        "-key", key, "-www", "-cipher", "ALL:@SECLEVEL=0", option,
                                        NULL},
                  &s.out);
    size_t n = 0;
    while (s.port == 0) { /* "ACCEPT 127.0.0.1:34825" */
        ssize_t got = read(s.out, line + n, sizeof(line) - 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        assert_true(got > 0);
        n += (size_t)got;
        line[n] = '\0';
        const char *port = strstr(line, "ACCEPT 127.0.0.1:");
        if (port != NULL && strchr(port, '\n') != NULL)
            s.port = (unsigned)strtoul(port + strlen("ACCEPT 127.0.0.1:"), NULL, 10);
    }
    return s;
}

static void server_stop(struct server *s)
{
    kill(s->pid, SIGKILL);
    assert_int_equal(waitpid(s->pid, NULL, 0), s->pid);
    close(s->out);
}

struct outcome {
    struct loop *loop;
    enum base_status status;
    enum http_progress progress;
    int http_status;
    struct base_error err;
    struct http_trace trace;
};

static void on_done(void *arg, enum base_status status, struct http_response *response,
                    enum http_progress progress, const struct base_error *err)
{
    struct outcome *o = arg;
    o->status = status;
    o->progress = progress;
    if (response != NULL)
        o->http_status = response->status;
    if (err != NULL)
        o->err = *err;
    loop_stop(o->loop);
}

static struct outcome fetch(const char *certificate, const char *option, bool trusted)
{
    struct outcome o = {0};
    struct http *http;
    struct http_call *call;
    struct base_error err = BASE_ERROR_NONE;
    char url[100];
    struct server s = server_start(certificate, option);
    if (trusted)
        setenv("SSL_CERT_FILE", test_dir_path(&dir, "authority.pem"), 1);
    else
        unsetenv("SSL_CERT_FILE");
    assert_ok(loop_new(&o.loop, NULL), NULL);
    const struct http_module *module = hubauth_module.entry;
    assert_ok(module->open(o.loop, "hubauth-test/1", &http, &err), &err);
    snprintf(url, sizeof(url), "https://localhost:%u/", s.port);
    const struct http_request request = {.method = "GET", .url = url, .trace = &o.trace};
    assert_ok(http_start(http, &request, on_done, &o, &call, &err), &err);
    loop_run(o.loop);
    http_free(http);
    loop_free(o.loop);
    server_stop(&s);
    return o;
}

static void check_refused(const char *certificate, const char *option, bool trusted,
                          const char *why)
{
    struct outcome o = fetch(certificate, option, trusted);
    assert_status(o.status, BASE_UNAVAILABLE, &o.err);
    assert_int_equal(o.progress,
                     HTTP_NOT_SENT); /* nothing was said to a server that was not trusted */
    assert_int_equal(o.trace.step, HTTP_STEP_TLS);
    if (strstr(o.err.why, why) == NULL)
        print_error("%s / %s\n", o.err.why, o.err.lower);
    assert_non_null(strstr(o.err.why, why));
    assert_non_null(strstr(o.err.why, "localhost"));
    assert_string_not_equal(o.err.lower, "");
}

/* ---------------------------------------------------------------- several requests */

struct page {
    struct loop *loop;
    enum base_status status;
    struct base_error err;
    char text[32768]; /* it begins with all ciphers */
};

static void on_page(void *arg, enum base_status status, struct http_response *response,
                    enum http_progress progress, const struct base_error *err)
{
    struct page *p = arg;
    (void)progress;
    p->status = status;
    if (response != NULL)
        base_text_copy(p->text, sizeof(p->text),
                       base_span_first(base_buf_span(&response->body), sizeof(p->text) - 1));
    if (err != NULL)
        p->err = *err;
    loop_stop(p->loop);
}

/* Two requests of one client: openssl's page says of each whether its session was resumed. The
 * server closes after each, so that there are two connections. */
static void fetch_pages(const char *certificate, const char *option, struct page pages[2],
                        void (*between)(void))
{
    struct http *http;
    struct http_call *call;
    struct base_error err = BASE_ERROR_NONE;
    char url[100];
    struct server s = server_start(certificate, option);
    struct loop *loop;
    assert_ok(loop_new(&loop, NULL), NULL);
    const struct http_module *module = hubauth_module.entry;
    assert_ok(module->open(loop, "hubauth-test/1", &http, &err), &err);
    snprintf(url, sizeof(url), "https://localhost:%u/", s.port);
    const struct http_request request = {.method = "GET", .url = url};
    for (int i = 0; i < 2; i++) {
        pages[i] = (struct page){.loop = loop};
        assert_ok(http_start(http, &request, on_page, &pages[i], &call, &err), &err);
        loop_run(loop);
        if (i == 0 && between != NULL)
            between();
    }
    http_free(http);
    loop_free(loop);
    server_stop(&s);
}

/* A handshake with certificates costs twice as much as one without. What was refused is resumed by
 * nobody (C1). */
static void test_sessions_are_resumed(void **state)
{
    (void)state;
    struct page pages[2];
    setenv("SSL_CERT_FILE", test_dir_path(&dir, "authority.pem"), 1);
    static const char *const versions[] = {"-no_tls1_3", "-tls1_3"};
    for (size_t i = 0; i < TEST_COUNT(versions); i++) {
        fetch_pages("good", versions[i], pages, NULL);
        assert_ok(pages[0].status, &pages[0].err);
        assert_ok(pages[1].status, &pages[1].err);
        assert_non_null(strstr(pages[0].text, "New, TLSv1."));
        assert_non_null(strstr(pages[1].text, "Reused, TLSv1."));
        fetch_pages("other", versions[i], pages, NULL);
        assert_non_null(strstr(pages[0].err.why, "belongs to another name"));
        assert_non_null(strstr(pages[1].err.why, "belongs to another name"));
    }
    unsetenv("SSL_CERT_FILE");
}

static void take_root_away(void)
{
    char from[512], to[512];
    snprintf(from, sizeof(from), "%s", test_dir_path(&dir, "roots"));
    snprintf(to, sizeof(to), "%s", test_dir_path(&dir, "roots-before"));
    assert_int_equal(rename(from, to), 0);
    clock_ahead += 3600;
}

/* C1: a root that was taken away is not believed for long by those who resume what it let in. */
static void test_sessions_end(void **state)
{
    (void)state;
    struct page pages[2];
    static const char *const versions[] = {"-no_tls1_3", "-tls1_3"};
    for (size_t i = 0; i < TEST_COUNT(versions); i++) {
        char from[512];
        setenv("SSL_CERT_DIR", test_dir_path(&dir, "roots"), 1);
        fetch_pages("good", versions[i], pages, take_root_away);
        unsetenv("SSL_CERT_DIR");
        snprintf(from, sizeof(from), "%s", test_dir_path(&dir, "roots-before"));
        assert_int_equal(rename(from, test_dir_path(&dir, "roots")), 0);
        assert_ok(pages[0].status, &pages[0].err);
        assert_status(pages[1].status, BASE_UNAVAILABLE, &pages[1].err);
        assert_non_null(strstr(pages[1].err.why, "an authority that this machine does not know"));
    }
}

/* ---------------------------------------------------------------- where the roots are */

/* To parse a bundle of all roots costs 30 ms: it is done for those who name one, and once. */
static void test_roots_are_read_at_need(void **state)
{
    (void)state;
    struct page pages[2];

    reads.name = ".crt"; /* as bundles are called: ca-certificates.crt, ca-bundle.crt */
    reads.times = 0;
    check_refused("good", "-tls1_3", false, "an authority that this machine does not know");
    assert_int_equal(reads.times, 0);

    setenv("SSL_CERT_DIR", test_dir_path(&dir, "roots"), 1);
    fetch_pages("good", "-tls1_3", pages, NULL);
    unsetenv("SSL_CERT_DIR");
    assert_ok(pages[1].status, &pages[1].err);
    assert_int_equal(reads.times, 0);

    reads.name = "authority.pem";
    setenv("SSL_CERT_FILE", test_dir_path(&dir, "authority.pem"), 1);
    setenv("SSL_CERT_DIR", test_dir_path(&dir, "nowhere"), 1); /* the file counts */
    fetch_pages("good", "-tls1_3", pages, NULL);
    unsetenv("SSL_CERT_DIR");
    unsetenv("SSL_CERT_FILE");
    assert_ok(pages[1].status, &pages[1].err);
    assert_int_equal(reads.times, 1);
    reads.name = NULL;
}

/* ---------------------------------------------------------------- C1 */

static void test_good(void **state)
{
    (void)state;
    struct outcome o = fetch("good", "-no_tls1_3", true);
    assert_ok(o.status, &o.err);
    assert_int_equal(o.http_status, 200);
    o = fetch("good", "-tls1_3", true);
    assert_ok(o.status, &o.err);
    /* T17: whose certificate it was, and until when. */
    int64_t now = base_time_now();
    assert_int_equal(o.trace.step, HTTP_STEP_DONE);
    assert_non_null(strstr(o.trace.issuer, "test authority"));
    assert_true(o.trace.certificate_ends > now + BASE_DAY_MS);
    assert_true(o.trace.certificate_ends <= now + 2 * BASE_DAY_MS + BASE_MINUTE_MS);
}

static void test_refused(void **state)
{
    (void)state;
    check_refused("good", "-tls1_3", false, "an authority that this machine does not know");
    check_refused("selfsigned", "-tls1_3", false, "is self-signed");
    check_refused("selfsigned", "-tls1_3", true, "is self-signed");
    check_refused("expired", "-tls1_3", true, "has expired");
    check_refused("other", "-tls1_3", true, "belongs to another name");
}

static void test_old_tls(void **state)
{
    (void)state;
    check_refused("good", "-tls1_1", true, "no TLS connection");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),         cmocka_unit_test(test_refused),
        cmocka_unit_test(test_old_tls),      cmocka_unit_test(test_sessions_are_resumed),
        cmocka_unit_test(test_sessions_end), cmocka_unit_test(test_roots_are_read_at_need),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
