/* The server over real sockets on loopback. Server and clients share one loop: a test sends, and
 * lets the loop turn until what it waits for is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve.h"
#include "test_loop.h"

enum { BIG = 8 << 20, CLIENTS = 24 };

/* ---------------------------------------------------------------- the bench */

struct client {
    int fd; /* -1: not open */
    struct loop_watch *watch;
    struct base_buf got;
    bool ended; /* the server has shut its side */
    int error;  /* errno of what broke the connection */
};

struct bench {
    struct loop *loop;
    struct loop_timer *tick;
    struct serve *serve;
    struct serve *other; /* beside it, where a test wants one */
    uint16_t port;
    struct base_buf log;         /* what the server called back */
    struct serve_exchange *late; /* not answered yet */
    char *big;
    bool free_when_gone;
    int drained;
    struct client clients[CLIENTS];
    size_t client_count;
};

static void on_tick(void *arg)
{
    loop_stop(((struct bench *)arg)->loop);
}

static void turn(struct bench *b)
{
    loop_timer_start(b->tick, 1);
    loop_run(b->loop);
}

/* A minute without what is waited for is a failure, not a hang. */
#define UNTIL(b, condition)                                                                        \
    for (int64_t until_end = loop_now((b)->loop) + 60000; !(condition); turn(b)) {                 \
        if (loop_now((b)->loop) > until_end)                                                       \
            fail_msg("waited in vain for " #condition);                                            \
    }

static void turn_for(struct bench *b, int64_t ms)
{
    int64_t end = loop_now(b->loop) + ms;
    while (loop_now(b->loop) < end)
        turn(b);
}

/* ---------------------------------------------------------------- the handler */

static void answer_echo(struct serve_exchange *x, const struct serve_request *r)
{
    struct base_buf body;

    base_buf_init(&body, 4 << 20);
    base_buf_printf(&body, "%.*s %.*s ", BASE_SPAN_ARG(r->method), BASE_SPAN_ARG(r->target));
    base_buf_add_span(&body, r->body);
    serve_text(x, 200, "text/plain", base_buf_span(&body));
    base_buf_free(&body);
}

static void answer_odd(struct bench *b, struct serve_exchange *x, struct base_span path)
{
    if (base_span_is(path, "/204") || base_span_is(path, "/304")) {
        serve_start(x, base_span_is(path, "/204") ? 204 : 304);
        serve_send(x, BASE_SPAN("not to be sent"));
    } else if (base_span_is(path, "/inject")) {
        serve_start(x, 302);
        serve_header(x, "Location", "/a\r\nSet-Cookie: evil=1");
        serve_send(x, BASE_SPAN("body"));
    } else if (base_span_is(path, "/inject-name")) {
        serve_start(x, 200);
        serve_header(x, "X: y\r\nSet-Cookie", "evil=1");
        serve_send(x, BASE_SPAN("body"));
    } else if (base_span_is(path, "/framing")) {
        serve_start(x, 200);
        serve_header(x, "content-length", "3");
        serve_send(x, BASE_SPAN("body"));
    } else if (base_span_is(path, "/unstarted")) {
        serve_send(x, BASE_SPAN("body"));
    } else if (base_span_is(path, "/date")) {
        serve_start(x, 200);
        serve_header(x, "Date", "Thu, 01 Jan 1970 00:00:00 GMT");
        serve_header_int(x, "X-Min", INT64_MIN);
        serve_send(x, BASE_SPAN("body"));
    } else if (base_span_is(path, "/close")) {
        serve_close_after(x);
        serve_text(x, 200, "text/plain", BASE_SPAN("last"));
    } else if (base_span_is(path, "/raw")) {
        serve_start(x, 200);
        serve_raw_and_close(x, BASE_SPAN("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut o"));
    } else if (base_span_is(path, "/some")) {
        assert_true(serve_raw_some(x, BASE_SPAN("HTTP/1.1 200 OK\r\n")));
        assert_true(serve_raw_some(x, BASE_SPAN("Content-Length: 4\r\n\r\n")));
        serve_raw_and_close(x, BASE_SPAN("body"));
    } else if (base_span_is(path, "/flood")) {
        for (int i = 0; i < 200; i++) /* much more than the socket takes or the server keeps */
            assert_true(serve_raw_some(x, (struct base_span){b->big, 65536}));
        serve_raw_and_close(x, BASE_SPAN("end"));
    } else if (base_span_is(path, "/reset")) {
        serve_reset(x);
    } else if (base_span_is(path, "/free")) {
        serve_free(b->serve);
        b->serve = NULL;
    } else {
        serve_text(x, 404, "text/plain", BASE_SPAN("no such thing\n"));
    }
}

static void on_request(void *arg, struct serve_exchange *x)
{
    struct bench *b = arg;
    const struct serve_request *r = serve_exchange_request(x);

    base_buf_printf(&b->log, "[%.*s %.*s]", BASE_SPAN_ARG(r->method), BASE_SPAN_ARG(r->target));
    assert_null(serve_exchange_get(x));
    if (base_span_is(r->path, "/")) {
        serve_text(x, 200, "text/plain", BASE_SPAN("hello\n"));
    } else if (base_span_is(r->path, "/echo")) {
        answer_echo(x, r);
    } else if (base_span_is(r->path, "/big")) {
        serve_text(x, 200, "text/plain", (struct base_span){b->big, BIG});
    } else if (base_span_is(r->path, "/late")) {
        b->late = x;
        serve_exchange_set(x, b);
    } else {
        answer_odd(b, x, r->path);
    }
}

static void on_gone(void *arg, struct serve_exchange *x)
{
    struct bench *b = arg;

    assert_ptr_equal(serve_exchange_get(x), b);
    assert_ptr_equal(b->late, x);
    b->late = NULL;
    base_buf_add_str(&b->log, "[gone]");
    if (b->free_when_gone) {
        serve_free(b->serve);
        b->serve = NULL;
    }
}

static void on_refused(void *arg, int status, const char *reason)
{
    struct bench *b = arg;

    assert_non_null(reason);
    base_buf_printf(&b->log, "[refused %d]", status);
}

static void answer_late(struct bench *b, const char *text)
{
    struct serve_exchange *x = b->late;

    assert_non_null(x);
    b->late = NULL;
    serve_text(x, 200, "text/plain", base_span_of(text));
}

/* ---------------------------------------------------------------- clients */

static void on_client_readable(void *arg, unsigned events)
{
    struct client *c = arg;
    char *to = base_buf_reserve(&c->got, 65536);
    (void)events;

    assert_non_null(to);
    ssize_t n = recv(c->fd, to, 65536, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n > 0) {
        base_buf_commit(&c->got, (size_t)n);
        return;
    }
    c->ended = true;
    c->error = n < 0 ? errno : 0;
    assert_int_equal(loop_watch_set(c->watch, 0, NULL), BASE_OK);
}

static int tcp_connect(int family, uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc;

    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v6.sin6_addr = in6addr_loopback;
    assert_true(fd >= 0);
    if (family == AF_INET)
        rc = connect(fd, (struct sockaddr *)&v4, sizeof v4);
    else
        rc = connect(fd, (struct sockaddr *)&v6, sizeof v6);
    if (rc != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void client_attach(struct bench *b, struct client *c, int fd)
{
    assert_true(fd >= 0);
    *c = (struct client){.fd = fd};
    base_buf_init(&c->got, 2 * BIG);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    c->watch = loop_watch_new(b->loop, fd, on_client_readable, c);
    assert_non_null(c->watch);
    assert_int_equal(loop_watch_set(c->watch, LOOP_READ, NULL), BASE_OK);
}

static struct client *client_open_family(struct bench *b, int family)
{
    assert_true(b->client_count < CLIENTS);
    struct client *c = &b->clients[b->client_count++];
    client_attach(b, c, tcp_connect(family, b->port));
    return c;
}

static struct client *client_open(struct bench *b)
{
    return client_open_family(b, AF_INET);
}

static void client_close(struct client *c)
{
    if (c->fd < 0)
        return;
    loop_watch_free(c->watch);
    close(c->fd);
    base_buf_free(&c->got);
    c->fd = -1;
}

static void client_abort(struct client *c)
{
    struct linger at_once = {.l_onoff = 1};
    assert_int_equal(setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    client_close(c);
}

/* False when the server has cut the connection. */
static bool client_try_send(struct bench *b, struct client *c, struct base_span bytes)
{
    while (bytes.n > 0) {
        ssize_t n = send(c->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            return false;
        if (n > 0)
            bytes = base_span_from(bytes, (size_t)n);
        else
            turn(b);
    }
    return true;
}

static void client_send(struct bench *b, struct client *c, const char *text)
{
    assert_true(client_try_send(b, c, base_span_of(text)));
}

static const char *got(const struct client *c)
{
    return base_buf_str(&c->got);
}

static bool got_has(const struct client *c, const char *text)
{
    return strstr(got(c), text) != NULL;
}

static bool got_ends(const struct client *c, const char *text)
{
    size_t n = strlen(text);
    return c->got.n >= n && memcmp(c->got.p + c->got.n - n, text, n) == 0;
}

static size_t got_count(const struct client *c, const char *text)
{
    size_t count = 0;
    for (const char *p = got(c); (p = strstr(p, text)) != NULL; p++)
        count++;
    return count;
}

static void got_forget(struct client *c)
{
    base_buf_reset(&c->got);
}

/* ---------------------------------------------------------------- set-up */

static struct serve_config bench_config(struct bench *b)
{
    return (struct serve_config){
        .handler = on_request, .gone = on_gone, .refused = on_refused, .arg = b};
}

static void bench_serve(struct bench *b, const struct serve_config *config)
{
    struct base_error err = BASE_ERROR_NONE;

    serve_free(b->serve);
    assert_int_equal(serve_new(b->loop, config, &b->serve, &err), BASE_OK);
    if (serve_listen_loopback(b->serve, 0, &b->port, &err) != BASE_OK)
        fail_msg("%s: %s", err.doing, err.why);
}

static int bench_setup(void **fixture)
{
    struct bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    base_buf_init(&b->log, 1 << 20);
    assert_int_equal(test_loop_new(&b->loop, NULL), BASE_OK);
    b->tick = loop_timer_new(b->loop, on_tick, b);
    assert_non_null(b->tick);
    b->big = malloc(BIG);
    assert_non_null(b->big);
    for (size_t i = 0; i < BIG; i++)
        b->big[i] = (char)('a' + i % 23);
    struct serve_config config = bench_config(b);
    bench_serve(b, &config);
    *fixture = b;
    return 0;
}

static int bench_teardown(void **fixture)
{
    struct bench *b = *fixture;

    base_mem_fail_after(-1);
    serve_free(b->serve);
    serve_free(b->other);
    for (size_t i = 0; i < b->client_count; i++)
        client_close(&b->clients[i]);
    loop_timer_free(b->tick);
    loop_free(b->loop);
    base_buf_free(&b->log);
    free(b->big);
    free(b);
    return 0;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: localhost\r\n\r\n"

/* ---------------------------------------------------------------- answers */

static void test_answer_is_complete(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);
    char date[64], expected[256];

    client_send(b, c, GET("/"));
    UNTIL(b, got_ends(c, "hello\n"));
    assert_non_null(strstr(got(c), "Date: "));
    assert_int_equal(sscanf(strstr(got(c), "Date: "), "Date: %63[^\r]", date), 1);
    assert_int_equal(strlen(date), strlen("Sun, 06 Nov 1994 08:49:37 GMT"));
    (void)snprintf(expected, sizeof expected,
                   "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: %s\r\n"
                   "Content-Length: 6\r\n\r\nhello\n",
                   date);
    assert_string_equal(got(c), expected);
    assert_false(c->ended);
}

static void test_keep_alive(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    for (int i = 0; i < 3; i++) {
        got_forget(c);
        client_send(b, c, GET("/"));
        UNTIL(b, got_ends(c, "hello\n"));
        assert_int_equal(serve_connections(b->serve), 1);
    }
    assert_string_equal(base_buf_str(&b->log), "[GET /][GET /][GET /]");
}

/* The path of every request: once the buffers are there, nothing is allocated. */
static void test_keep_alive_does_not_allocate(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    base_buf_reserve(&b->log, 65536);
    client_send(b, c, GET("/"));
    UNTIL(b, got_ends(c, "hello\n"));
    long before = base_mem_count();
    for (int i = 0; i < 50; i++) {
        got_forget(c);
        client_send(b, c, GET("/"));
        UNTIL(b, got_ends(c, "hello\n"));
    }
    assert_int_equal(base_mem_count(), before);
}

static void test_connection_close(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b), *d = client_open(b), *e = client_open(b);

    client_send(b, c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" GET("/never"));
    client_send(b, d, "GET / HTTP/1.0\r\n\r\n");
    client_send(b, e, GET("/close"));
    UNTIL(b, c->ended && d->ended && e->ended);
    assert_true(got_has(c, "Connection: close\r\n"));
    assert_true(got_ends(c, "hello\n"));
    assert_true(got_has(d, "HTTP/1.1 200 OK\r\n") && got_has(d, "Connection: close\r\n"));
    assert_true(got_has(e, "Connection: close\r\n") && got_ends(e, "last"));
    assert_int_equal(c->error | d->error | e->error, 0);
    assert_null(strstr(base_buf_str(&b->log), "/never"));
    client_close(c);
    client_close(d);
    client_close(e);
    UNTIL(b, serve_connections(b->serve) == 0);
}

static void test_http_1_0_keep_alive(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    for (int i = 0; i < 2; i++) {
        got_forget(c);
        client_send(b, c, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        UNTIL(b, got_ends(c, "hello\n"));
        assert_true(got_has(c, "Connection: keep-alive\r\n"));
    }
}

/* RFC 9110 sections 9.3.2, 8.6, 15.4.5. */
static void test_answers_without_a_body(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    client_send(b, c, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    UNTIL(b, got_ends(c, "\r\n\r\n"));
    assert_true(got_has(c, "Content-Length: 6\r\n"));
    got_forget(c);
    client_send(b, c, GET("/204"));
    UNTIL(b, got_ends(c, "\r\n\r\n"));
    assert_true(got_has(c, "HTTP/1.1 204 No Content\r\n"));
    assert_false(got_has(c, "Content-Length"));
    got_forget(c);
    client_send(b, c, GET("/304") GET("/"));
    UNTIL(b, got_ends(c, "hello\n"));
    assert_false(got_has(c, "not to be sent"));
}

/* A value from outside cannot add headers to an answer, nor can a handler break its framing. */
static void test_bad_headers_become_500(void **fixture)
{
    static const char *const requests[] = {GET("/inject"), GET("/inject-name"), GET("/framing"),
                                           GET("/unstarted")};
    struct bench *b = *fixture;

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct client *c = client_open(b);
        client_send(b, c, requests[i]);
        UNTIL(b, c->ended);
        assert_true(got_has(c, "HTTP/1.1 500 Internal Server Error\r\n"));
        assert_true(got_has(c, "Content-Length: 0\r\n"));
        assert_int_equal(got_count(c, "HTTP/1.1"), 1);
        assert_false(got_has(c, "evil"));
    }
}

static void test_handler_may_set_the_date(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    client_send(b, c, GET("/date"));
    UNTIL(b, got_ends(c, "body"));
    assert_int_equal(got_count(c, "Date: "), 1);
    assert_true(got_has(c, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"));
    assert_true(got_has(c, "X-Min: -9223372036854775808\r\n"));
}

static void test_faults_on_demand(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b), *d = client_open(b);

    client_send(b, c, GET("/raw"));
    UNTIL(b, c->ended);
    assert_string_equal(got(c), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut o");
    assert_int_equal(c->error, 0);
    struct client *e = client_open(b), *f = client_open(b);
    client_send(b, e, GET("/some"));
    UNTIL(b, e->ended);
    assert_string_equal(got(e), "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
    client_send(b, f, GET("/flood"));
    UNTIL(b, f->ended);
    assert_true(got_ends(f, "end"));
    assert_in_range(f->got.n, 1 << 20, 200 * 65536 - 1); /* kept a megabyte, then none was added */
    client_send(b, d, GET("/reset"));
    UNTIL(b, d->ended);
    assert_int_equal(d->error, ECONNRESET);
    assert_int_equal(d->got.n, 0);
}

/* ---------------------------------------------------------------- requests */

static void test_request_in_single_bytes(void **fixture)
{
    static const char request[] =
        "POST /echo?a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    for (size_t i = 0; i < sizeof request - 1; i++) {
        assert_true(client_try_send(b, c, (struct base_span){request + i, 1}));
        turn(b);
    }
    UNTIL(b, got_ends(c, "POST /echo?a body"));
}

static void test_pipelining(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    client_send(b, c,
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
                "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                "2\r\ntw\r\n1\r\no\r\n0\r\n\r\n" GET("/late") GET("/echo?4") GET("/la"));
    UNTIL(b, b->late);
    turn_for(b, 5);
    assert_string_equal(base_buf_str(&b->log), "[POST /echo][POST /echo][GET /late]");
    assert_int_equal(got_count(c, "HTTP/1.1 200 OK"), 2);
    client_send(b, c, "te"); /* comes while the answer is awaited; nonsense on its own */
    turn_for(b, 5);

    size_t handled = b->log.n;
    answer_late(b, "three");
    assert_int_equal(b->log.n, handled); /* the next is not handed out from within serve_send() */
    UNTIL(b, got_has(c, "no such thing"));
    const char *one = strstr(got(c), "POST /echo one"), *two = strstr(got(c), "POST /echo two");
    const char *three = strstr(got(c), "three"), *four = strstr(got(c), "GET /echo?4");
    assert_non_null(one);
    assert_true(one < two && two < three && three < four);
}

/* Many requests wait in the socket while one answer is late; none is lost when it comes. */
static void test_pipelining_beyond_the_buffer(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);
    enum { COUNT = 2000 };

    client_send(b, c, GET("/late"));
    UNTIL(b, b->late);
    for (int i = 0; i < COUNT; i++)
        client_send(b, c, GET("/echo"));
    turn_for(b, 20);
    assert_int_equal(c->got.n, 0);
    answer_late(b, "late");
    UNTIL(b, got_count(c, "GET /echo ") == COUNT);
    assert_int_equal(got_count(c, "HTTP/1.1 200 OK\r\n"), COUNT + 1);
}

static void test_expect_continue(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    client_send(
        b, c,
        "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    UNTIL(b, got_ends(c, "HTTP/1.1 100 Continue\r\n\r\n"));
    client_send(b, c, "bo");
    turn_for(b, 5);
    client_send(b, c, "dy");
    UNTIL(b, got_ends(c, "POST /echo body"));
    assert_int_equal(got_count(c, "100 Continue"), 1);

    /* a body that is there already need not be asked for */
    got_forget(c);
    client_send(
        b, c,
        "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok");
    UNTIL(b, got_ends(c, "POST /echo ok"));
    assert_false(got_has(c, "100 Continue"));
}

static void body_of(struct base_buf *out, size_t n)
{
    base_buf_init(out, 4 << 20);
    for (size_t i = 0; i < n; i++)
        base_buf_add_char(out, (char)('A' + i % 26));
}

static void test_large_bodies(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);
    struct base_buf body;
    char head[128];

    /* exactly the default limit, by length and then in chunks of odd sizes */
    body_of(&body, 1 << 20);
    (void)snprintf(head, sizeof head,
                   "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n", body.n);
    client_send(b, c, head);
    assert_true(client_try_send(b, c, base_buf_span(&body)));
    UNTIL(b, c->got.n > body.n && got_ends(c, base_buf_str(&body)));

    got_forget(c);
    client_send(b, c, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0, size = 1; at < body.n; at += size, size = size * 3 + 1) {
        size = size < body.n - at ? size : body.n - at;
        (void)snprintf(head, sizeof head, "%zx\r\n", size);
        client_send(b, c, head);
        assert_true(client_try_send(b, c, (struct base_span){body.p + at, size}));
        client_send(b, c, "\r\n");
    }
    client_send(b, c, "0\r\n\r\n");
    UNTIL(b, c->got.n > body.n && got_ends(c, base_buf_str(&body)));
    base_buf_free(&body);
}

/* The buffer is as small as the limits, and everything that they allow fits into it. */
static void test_small_limits(void **fixture)
{
    struct bench *b = *fixture;
    struct serve_config config = bench_config(b);
    config.limits = (struct serve_limits){.max_head = 100, .max_body = 50};
    bench_serve(b, &config);
    struct client *c = client_open(b);
    struct base_buf request;

    base_buf_init(&request, 1000);
    base_buf_add_str(&request,
                     "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX: ");
    while (request.n < 96)
        base_buf_add_char(&request, 'v');
    base_buf_add_str(&request, "\r\n\r\n");
    for (int i = 0; i < 50; i++)
        base_buf_add_str(&request, "1;a=bcdefgh\r\nx\r\n");
    base_buf_add_str(&request, "0\r\n\r\n");
    for (size_t i = 0; i < request.n; i++) {
        assert_true(client_try_send(b, c, (struct base_span){request.p + i, 1}));
        turn(b);
    }
    UNTIL(b, got_ends(c, "POST /echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
    got_forget(c);
    client_send(b, c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 51\r\n\r\n");
    UNTIL(b, c->ended);
    assert_true(got_has(c, "HTTP/1.1 413 "));
    base_buf_free(&request);
}

/* ---------------------------------------------------------------- refusals */

/* G4: nothing of what follows a refused request is looked at. */
static void test_refusal_closes(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    client_send(b, c, GET("/") "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n" GET("/never"));
    UNTIL(b, c->ended);
    assert_int_equal(c->error, 0);
    assert_true(got_has(c, "HTTP/1.1 400 Bad Request\r\n"));
    assert_true(got_has(c, "Connection: close\r\n"));
    assert_string_equal(base_buf_str(&b->log), "[GET /][refused 400]");
}

static void test_refused_method_names_the_others(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    client_send(b, c, "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n");
    UNTIL(b, c->ended);
    assert_true(got_has(c, "HTTP/1.1 405 Method Not Allowed\r\n") && got_has(c, "\r\nAllow: GET"));
}

/* B12: 16 KiB of head. The answer arrives although the peer never stops sending (RFC 9112
 * section 9.6). */
static void test_huge_head_and_body(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b), *d = client_open(b);
    struct base_buf body;

    body_of(&body, 3 << 20);
    client_send(b, c, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
    (void)client_try_send(b, c, base_buf_span(&body));
    UNTIL(b, c->ended);
    assert_true(got_has(c, "HTTP/1.1 431 Request Header Fields Too Large\r\n"));
    client_send(b, d, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3145728\r\n\r\n");
    (void)client_try_send(b, d, base_buf_span(&body));
    UNTIL(b, d->ended);
    assert_true(got_has(d, "HTTP/1.1 413 Content Too Large\r\n"));
    assert_string_equal(base_buf_str(&b->log), "[refused 431][refused 413]");
    base_buf_free(&body);
}

/* ---------------------------------------------------------------- deadlines and places */

static void bench_serve_fast(struct bench *b, unsigned max_connections)
{
    struct serve_config config = bench_config(b);

    config.request_timeout_ms = 60;
    config.idle_timeout_ms = 120;
    config.max_connections = max_connections;
    bench_serve(b, &config);
}

/* B12: who has sent half a request holds nobody else up. */
static void test_slow_peer_beside_a_fast_one(void **fixture)
{
    struct bench *b = *fixture;
    struct client *slow = client_open(b), *other = client_open(b);

    client_send(b, slow, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
    turn(b);
    client_send(b, other, GET("/"));
    UNTIL(b, got_ends(other, "hello\n"));
    assert_string_equal(base_buf_str(&b->log), "[GET /]");
    assert_false(slow->ended);
}

/* B12: a byte now and then does not hold the connection. */
static void test_slow_loris(void **fixture)
{
    struct bench *b = *fixture;
    bench_serve_fast(b, 0);
    struct client *slow = client_open(b);

    client_send(b, slow, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
    int64_t begun = loop_now(b->loop);
    while (!slow->ended && loop_now(b->loop) < begun + 60000) {
        (void)client_try_send(b, slow, BASE_SPAN("a"));
        turn_for(b, 5);
    }
    assert_true(slow->ended);
    assert_true(got_has(slow, "HTTP/1.1 408 Request Timeout\r\n"));
    assert_string_equal(base_buf_str(&b->log), "[refused 408]");
}

/* Deadlines count what a peer did, not what the process was late to see. */
static void test_deadline_after_being_held_up(void **fixture)
{
    struct bench *b = *fixture;
    bench_serve_fast(b, 0);
    struct client *c = client_open(b), *d = client_open(b);

    client_send(b, c, GET("/"));
    UNTIL(b, got_ends(c, "hello\n") && serve_connections(b->serve) == 2);
    got_forget(c);
    client_send(b, c, GET("/")); /* on a connection that is idle, */
    client_send(b, d, GET("/")); /* and the first on another */
    usleep(200000);
    UNTIL(b, c->ended || got_ends(c, "hello\n"));
    UNTIL(b, d->ended || got_ends(d, "hello\n"));
    assert_string_equal(base_buf_str(&b->log), "[GET /][GET /][GET /]");
}

/* B12: all places are taken by peers that send nothing or too little; the callback still comes
 * through. */
static void test_slow_loris_in_every_place(void **fixture)
{
    struct bench *b = *fixture;
    bench_serve_fast(b, 16);

    for (int i = 0; i < 16; i++) {
        struct client *slow = client_open(b);
        if (i % 2)
            client_send(b, slow, "GET /");
    }
    UNTIL(b, serve_connections(b->serve) == 16);
    struct client *c = client_open(b);
    client_send(b, c, GET("/"));
    UNTIL(b, got_ends(c, "hello\n"));
}

static void test_silent_and_idle_connections_close(void **fixture)
{
    struct bench *b = *fixture;
    bench_serve_fast(b, 0);
    struct client *silent = client_open(b), *idle = client_open(b);

    int64_t since = loop_now(b->loop);
    client_send(b, idle, GET("/"));
    UNTIL(b, got_ends(idle, "hello\n"));
    UNTIL(b, silent->ended);
    UNTIL(b, idle->ended);
    assert_true(loop_now(b->loop) - since >= 120);
    assert_int_equal(silent->got.n, 0);
    assert_int_equal(got_count(idle, "HTTP/1.1"), 1);
    assert_string_equal(base_buf_str(&b->log), "[GET /]");
}

/* A late answer is the program's business: no deadline of the server cuts it. */
static void test_no_deadline_for_the_handler(void **fixture)
{
    struct bench *b = *fixture;
    bench_serve_fast(b, 0);
    struct client *c = client_open(b);

    client_send(b, c, GET("/late"));
    UNTIL(b, b->late);
    turn_for(b, 300);
    answer_late(b, "at last");
    UNTIL(b, got_ends(c, "at last"));
    got_forget(c);
    client_send(b, c, GET("/"));
    UNTIL(b, got_ends(c, "hello\n"));
}

/* The longest idle connection makes room; with none idle, the newcomer waits. */
static void test_max_connections(void **fixture)
{
    struct bench *b = *fixture;
    struct serve_config config = bench_config(b);
    config.max_connections = 2;
    bench_serve(b, &config);
    struct client *first = client_open(b), *second = client_open(b);

    client_send(b, first, GET("/"));
    UNTIL(b, got_ends(first, "hello\n"));
    client_send(b, second, GET("/"));
    UNTIL(b, got_ends(second, "hello\n"));
    struct client *third = client_open(b);
    client_send(b, third, GET("/late"));
    UNTIL(b, b->late);
    assert_int_equal(serve_connections(b->serve), 2);
    UNTIL(b, first->ended);
    assert_false(second->ended);

    client_send(b, second, "GET /"); /* not idle any more */
    turn_for(b, 5);
    struct client *fourth = client_open(b);
    client_send(b, fourth, GET("/"));
    turn_for(b, 20);
    assert_int_equal(fourth->got.n, 0);
    assert_false(second->ended);
    answer_late(b, "now idle");
    UNTIL(b, got_ends(fourth, "hello\n"));
    assert_true(got_ends(third, "now idle"));
    assert_int_equal(serve_connections(b->serve), 2);
}

/* B12: strangers who hold every place with half a request make room for who has a whole one. */
static void test_evict_slow(void **fixture)
{
    struct bench *b = *fixture;
    struct serve_config config = bench_config(b);
    config.max_connections = 3;
    config.evict_slow = true;
    bench_serve(b, &config);
    struct client *late = client_open(b), *oldest = client_open(b), *other = client_open(b);

    client_send(b, late,
                GET("/late")); /* the handler has it: it stays, although it is the oldest */
    UNTIL(b, b->late);
    client_send(b, oldest, "GET /");
    client_send(b, other, "GET /");
    turn_for(b, 5);
    struct client *visitor = client_open(b);
    client_send(b, visitor, GET("/"));
    UNTIL(b, got_ends(visitor, "hello\n"));
    assert_true(oldest->ended);
    assert_int_equal(oldest->got.n, 0); /* not by its deadline, which would have said 408 */
    assert_false(other->ended);
    assert_false(late->ended);
    assert_int_equal(serve_connections(b->serve), 3);
    answer_late(b, "after all");
    UNTIL(b, got_ends(late, "after all"));
}

/* B12: a newcomer is seen before the bytes of those who hold the places, as by a process that was
 * held up: once they are read, the oldest makes room. */
static void test_evict_slow_once_read(void **fixture)
{
    struct bench *b = *fixture;
    struct serve_config config = bench_config(b);
    config.max_connections = 2;
    config.evict_slow = true;
    bench_serve(b, &config);
    struct client *oldest = client_open(b), *other = client_open(b);

    UNTIL(b, serve_connections(b->serve) == 2);
    struct client *visitor = client_open(b);
    client_send(b, oldest, "GET /");
    client_send(b, other, "GET /");
    client_send(b, visitor, GET("/"));
    UNTIL(b, got_ends(visitor, "hello\n"));
    assert_true(oldest->ended);
    assert_int_equal(oldest->got.n, 0);
    assert_false(other->ended);
}

/* B12: who does not read an answer holds no place with what it has sent behind the request. */
static void test_evict_who_does_not_read(void **fixture)
{
    struct bench *b = *fixture;
    struct serve_config config = bench_config(b);
    config.max_connections = 1;
    config.idle_timeout_ms = 300000;
    config.evict_slow = true;
    bench_serve(b, &config);
    struct client *slow = client_open(b);

    assert_int_equal(loop_watch_set(slow->watch, 0, NULL), BASE_OK);
    client_send(b, slow, GET("/big"));
    UNTIL(b, b->log.n > 0);
    client_send(b, slow, GET("/"));
    struct client *visitor = client_open(b);
    client_send(b, visitor, GET("/"));
    UNTIL(b, got_ends(visitor, "hello\n"));
}

static int64_t cpu_ms(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

/* Out of descriptors the server waits instead of spinning, and goes on when there are some. */
static void test_out_of_descriptors(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);
    struct rlimit old, low;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    low = old;
    low.rlim_cur = (rlim_t)c->fd + 1;
    client_send(b, c, GET("/"));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    struct loop_timer *pause = loop_timer_new(b->loop, on_tick, b);
    loop_timer_start(pause, 450);
    int64_t before = cpu_ms();
    loop_run(b->loop);
    int64_t used = cpu_ms() - before;
    loop_timer_free(pause);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(c->got.n, 0);
    assert_true(used < 200);
    /* valgrind makes EMFILE itself: it lets the system accept the connection and drops it */
    UNTIL(b, got_ends(c, "hello\n") || c->ended);
    struct client *next = client_open(b);
    client_send(b, next, GET("/"));
    UNTIL(b, got_ends(next, "hello\n"));
}

/* ---------------------------------------------------------------- writing */

static void test_backpressure(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    assert_int_equal(loop_watch_set(c->watch, 0, NULL), BASE_OK); /* reads nothing */
    client_send(b, c, GET("/big") GET("/"));
    turn_for(b, 30);
    assert_string_equal(base_buf_str(&b->log), "[GET /big]"); /* the next request waits */
    assert_int_equal(loop_watch_set(c->watch, LOOP_READ, NULL), BASE_OK);
    UNTIL(b, got_ends(c, "hello\n"));
    const char *body = strstr(got(c), "\r\n\r\n");
    assert_non_null(body);
    assert_memory_equal(body + 4, b->big, BIG);
    assert_memory_equal(body + 4 + BIG, "HTTP/1.1 200", 12);
}

static void test_peer_that_never_reads(void **fixture)
{
    struct bench *b = *fixture;
    bench_serve_fast(b, 0);
    struct client *c = client_open(b);

    assert_int_equal(loop_watch_set(c->watch, 0, NULL), BASE_OK);
    client_send(b, c, GET("/big"));
    UNTIL(b, b->log.n > 0);
    UNTIL(b, serve_connections(b->serve) == 0);
}

/* No SIGPIPE: the process goes on. Linux makes it EPIPE when the peer has shut its side before. */
static void test_peer_resets_while_being_written_to(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    assert_int_equal(loop_watch_set(c->watch, 0, NULL), BASE_OK);
    client_send(b, c, GET("/big"));
    UNTIL(b, b->log.n > 0);
    assert_int_equal(shutdown(c->fd, SHUT_WR), 0);
    turn_for(b, 5);
    client_abort(c);
    UNTIL(b, serve_connections(b->serve) == 0);
    assert_string_equal(base_buf_str(&b->log), "[GET /big]"); /* the exchange was over */
}

/* ---------------------------------------------------------------- peers that go away */

static void test_peer_gone_while_pending(void **fixture)
{
    struct bench *b = *fixture;

    for (int reset = 0; reset < 2; reset++) {
        struct client *c = client_open(b);
        base_buf_reset(&b->log);
        client_send(b, c, GET("/late"));
        UNTIL(b, b->late);
        if (reset)
            client_abort(c);
        else
            client_close(c);
        UNTIL(b, !b->late);
        assert_string_equal(base_buf_str(&b->log), "[GET /late][gone]");
        assert_int_equal(serve_connections(b->serve), 0);
    }
}

/* Also when the request filled the buffer to its last byte. */
static void test_peer_gone_with_a_full_buffer(void **fixture)
{
    struct bench *b = *fixture;

    for (size_t size = 4080; size <= 4100; size++) {
        struct client *c = client_open(b);
        struct base_buf request;
        base_buf_init(&request, 8192);
        base_buf_add_str(&request, "GET /late HTTP/1.1\r\nHost: x\r\nX: ");
        while (request.n < size - 4)
            base_buf_add_char(&request, 'v');
        base_buf_add_str(&request, "\r\n\r\n");
        assert_true(client_try_send(b, c, base_buf_span(&request)));
        base_buf_free(&request);
        UNTIL(b, b->late);
        client_close(c);
        UNTIL(b, !b->late);
        b->client_count--;
    }
}

static void test_peer_leaves_in_the_middle(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b), *d = client_open(b), *e = client_open(b);

    client_send(b, c, "GET / HTTP/1.1\r\nHo");
    client_send(b, d, GET("/"));
    UNTIL(b, got_ends(d, "hello\n") && serve_connections(b->serve) == 3);
    client_close(c);
    client_abort(d);
    client_close(e);
    UNTIL(b, serve_connections(b->serve) == 0);
    assert_string_equal(base_buf_str(&b->log), "[GET /]");
}

/* ---------------------------------------------------------------- listeners */

static bool has_ipv6(void)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&v6, sizeof v6) == 0;

    if (fd >= 0)
        close(fd);
    return has;
}

static void test_both_families(void **fixture)
{
    struct bench *b = *fixture;
    struct client *v4 = client_open_family(b, AF_INET);

    client_send(b, v4, GET("/"));
    UNTIL(b, got_ends(v4, "hello\n"));
    if (!has_ipv6())
        skip();
    struct client *v6 = client_open_family(b, AF_INET6);
    client_send(b, v6, GET("/"));
    UNTIL(b, got_ends(v6, "hello\n"));
}

/* Addresses listening on the port, as the kernel lists them. */
static void listening_addresses(const char *path, uint16_t port, struct base_buf *out)
{
    FILE *file = fopen(path, "re");
    char line[512], address[64];
    unsigned line_port, state;

    if (!file)
        return; /* no such family here */
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, " %*d: %63[0-9A-F]:%X %*[0-9A-F]:%*X %X", address, &line_port, &state) ==
                3 &&
            line_port == port && state == 0x0A)
            base_buf_printf(out, "[%s]", address);
    }
    fclose(file);
}

/* B1: loopback addresses and no others. */
static void test_binds_loopback_alone(void **fixture)
{
    struct bench *b = *fixture;
    struct base_buf seen;

    base_buf_init(&seen, 4096);
    listening_addresses("/proc/net/tcp", b->port, &seen);
    assert_string_equal(base_buf_str(&seen), "[0100007F]");
    base_buf_reset(&seen);
    listening_addresses("/proc/net/tcp6", b->port, &seen);
    assert_string_equal(base_buf_str(&seen),
                        has_ipv6() ? "[00000000000000000000000001000000]" : "");
    base_buf_free(&seen);
}

static struct serve *other_serve(struct bench *b)
{
    struct serve_config config = bench_config(b);

    serve_free(b->other);
    assert_int_equal(serve_new(b->loop, &config, &b->other, NULL), BASE_OK);
    return b->other;
}

/* B3: the port is ours alone, whatever options the other sets. */
static void test_port_is_exclusive(void **fixture)
{
    struct bench *b = *fixture;
    struct serve *other = other_serve(b);
    struct base_error err = BASE_ERROR_NONE;
    uint16_t port = 7;

    assert_int_equal(serve_listen_loopback(other, b->port, &port, &err), BASE_BUSY);
    assert_int_equal(err.status, BASE_BUSY);
    assert_int_equal(port, 7);

    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(b->port)};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &(int){1}, sizeof(int)), 0);
    int rc = bind(fd, (struct sockaddr *)&any, sizeof any);
    int error_number = errno;
    close(fd);
    assert_int_equal(rc, -1);
    assert_int_equal(error_number, EADDRINUSE);
}

static int squat(uint16_t *ret_port)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin6_port);
    return fd;
}

/* B2: somebody else has the port in the other family: then not even ours is taken. */
static void test_both_families_or_neither(void **fixture)
{
    struct bench *b = *fixture;
    struct serve *ours = other_serve(b);
    struct base_error err = BASE_ERROR_NONE;
    uint16_t port, bound;
    int squatter;

    if (!has_ipv6())
        skip();
    squatter = squat(&port);
    assert_int_equal(serve_listen_loopback(ours, port, &bound, &err), BASE_BUSY);
    assert_int_equal(tcp_connect(AF_INET, port), -1);
    assert_int_equal(close(squatter), 0);
    assert_int_equal(serve_listen_loopback(ours, port, &bound, &err), BASE_OK);
    assert_int_equal(bound, port);
}

/* B4: the port is closed at once; connections that are open go on. */
static void test_close_listeners(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    client_send(b, c, GET("/"));
    UNTIL(b, got_ends(c, "hello\n"));
    serve_close_listeners(b->serve);
    assert_int_equal(tcp_connect(AF_INET, b->port), -1);
    assert_int_equal(tcp_connect(AF_INET6, b->port), -1);
    got_forget(c);
    client_send(b, c, GET("/"));
    UNTIL(b, got_ends(c, "hello\n"));
    assert_false(got_has(c, "Connection: close"));
}

/* E5: a child inherits none of the server's descriptors, and none can block the loop. */
static void test_descriptor_flags(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);
    int sockets = 0;

    client_send(b, c, GET("/late"));
    UNTIL(b, b->late);
    for (int fd = 3; fd < 256; fd++) {
        int type;
        socklen_t size = sizeof type;
        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
            continue;
        sockets++;
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    }
    assert_true(sockets >= 3); /* a listener, the client, the server's end */
}

/* ---------------------------------------------------------------- the end */

static void on_drained(void *arg)
{
    struct bench *b = arg;

    assert_int_equal(serve_connections(b->serve), 0);
    b->drained++;
    serve_free(b->serve);
    b->serve = NULL;
}

static void test_drain(void **fixture)
{
    struct bench *b = *fixture;
    struct client *idle = client_open(b), *busy = client_open(b);

    client_send(b, idle, GET("/"));
    UNTIL(b, got_ends(idle, "hello\n"));
    client_send(b, busy, GET("/late"));
    UNTIL(b, b->late);
    serve_close_listeners(b->serve);
    serve_on_drained(b->serve, on_drained, b);
    UNTIL(b, idle->ended);
    turn_for(b, 5);
    assert_int_equal(b->drained, 0);
    answer_late(b, "finished");
    UNTIL(b, busy->ended);
    assert_true(got_ends(busy, "finished") && got_has(busy, "Connection: close\r\n"));
    client_close(busy);
    UNTIL(b, b->drained > 0);
    turn_for(b, 5);
    assert_int_equal(b->drained, 1);
}

static void test_drain_of_nobody(void **fixture)
{
    struct bench *b = *fixture;

    serve_on_drained(b->serve, on_drained, b);
    turn_for(b, 5);
    assert_int_equal(b->drained, 0); /* still listening */
    serve_close_listeners(b->serve);
    assert_int_equal(b->drained, 0); /* told from the loop */
    UNTIL(b, b->drained == 1);
}

/* The server goes with everything open, and tells nobody. */
static void test_free_with_all_states_open(void **fixture)
{
    struct bench *b = *fixture;
    struct client *pending = client_open(b), *reading = client_open(b), *idle = client_open(b);
    struct client *writing = client_open(b), *lingering = client_open(b);

    client_send(b, reading, "GET / HT");
    assert_int_equal(loop_watch_set(writing->watch, 0, NULL), BASE_OK);
    client_send(b, writing, GET("/big"));
    client_send(b, idle, GET("/"));
    client_send(b, lingering, GET("/close"));
    client_send(b, pending, GET("/late"));
    UNTIL(b, b->late && lingering->ended && got_ends(idle, "hello\n"));
    assert_int_equal(serve_connections(b->serve), 5);
    size_t logged = b->log.n;
    serve_free(b->serve);
    b->serve = NULL;
    UNTIL(b, pending->ended && reading->ended && idle->ended);
    assert_int_equal(b->log.n, logged);
}

static void test_free_in_the_handler(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b), *d = client_open(b);

    client_send(b, d, GET("/"));
    UNTIL(b, got_ends(d, "hello\n"));
    client_send(b, c, GET("/free") GET("/never"));
    UNTIL(b, c->ended && d->ended);
    assert_null(b->serve);
    assert_null(strstr(base_buf_str(&b->log), "/never"));
}

static void test_free_when_the_peer_is_gone(void **fixture)
{
    struct bench *b = *fixture;
    struct client *c = client_open(b);

    b->free_when_gone = true;
    client_send(b, c, GET("/late"));
    UNTIL(b, b->late);
    client_close(c);
    UNTIL(b, !b->late);
    assert_null(b->serve);
}

/* One request to a new server, with the allocation after `after` failing. True when none had to
 * fail. */
static bool serve_once(struct bench *b, long after)
{
    struct serve_config config = bench_config(b);
    struct base_error err;
    struct client *c = NULL;

    base_mem_fail_after(after);
    enum base_status status = serve_new(b->loop, &config, &b->serve, &err);
    if (status == BASE_OK)
        status = serve_listen_loopback(b->serve, 0, &b->port, &err);
    if (status != BASE_OK) {
        assert_int_equal(status, BASE_NO_MEMORY);
        return false;
    }
    int fd = tcp_connect(AF_INET, b->port);
    assert_true(fd >= 0);
    assert_true(send(fd, GET("/"), sizeof GET("/") - 1, MSG_NOSIGNAL) > 0);
    for (int i = 0; i < 10; i++)
        turn(b); /* the server takes it, while the client does not allocate */
    bool unharmed = base_mem_count() <= after;

    base_mem_fail_after(-1);
    c = &b->clients[b->client_count++];
    client_attach(b, c, fd);
    UNTIL(b, c->ended || got_ends(c, "hello\n"));
    bool served = got_ends(c, "hello\n");
    client_close(c);
    b->client_count--;
    return unharmed && served;
}

/* Whichever allocation fails: no crash, no leak, and the client gets its answer or the end of the
 * connection. */
static void test_short_of_memory(void **fixture)
{
    struct bench *b = *fixture;
    long after = 0;

    base_buf_reserve(&b->log, 1024); /* the test's own */
    serve_free(b->serve);
    b->serve = NULL;
    while (!serve_once(b, after)) {
        base_mem_fail_after(-1);
        serve_free(b->serve);
        b->serve = NULL;
        base_buf_reset(&b->log);
        assert_true(++after < 100);
    }
    assert_true(after >=
                10); /* server, timers, listeners, connection, its watch, timer and buffers */
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(test_answer_is_complete),
        WITH_BENCH(test_keep_alive),
        WITH_BENCH(test_keep_alive_does_not_allocate),
        WITH_BENCH(test_connection_close),
        WITH_BENCH(test_http_1_0_keep_alive),
        WITH_BENCH(test_answers_without_a_body),
        WITH_BENCH(test_bad_headers_become_500),
        WITH_BENCH(test_handler_may_set_the_date),
        WITH_BENCH(test_faults_on_demand),
        WITH_BENCH(test_request_in_single_bytes),
        WITH_BENCH(test_pipelining),
        WITH_BENCH(test_pipelining_beyond_the_buffer),
        WITH_BENCH(test_expect_continue),
        WITH_BENCH(test_large_bodies),
        WITH_BENCH(test_small_limits),
        WITH_BENCH(test_refusal_closes),
        WITH_BENCH(test_refused_method_names_the_others),
        WITH_BENCH(test_huge_head_and_body),
        WITH_BENCH(test_slow_peer_beside_a_fast_one),
        WITH_BENCH(test_slow_loris),
        WITH_BENCH(test_deadline_after_being_held_up),
        WITH_BENCH(test_slow_loris_in_every_place),
        WITH_BENCH(test_silent_and_idle_connections_close),
        WITH_BENCH(test_no_deadline_for_the_handler),
        WITH_BENCH(test_max_connections),
        WITH_BENCH(test_evict_slow),
        WITH_BENCH(test_evict_slow_once_read),
        WITH_BENCH(test_evict_who_does_not_read),
        WITH_BENCH(test_out_of_descriptors),
        WITH_BENCH(test_backpressure),
        WITH_BENCH(test_peer_that_never_reads),
        WITH_BENCH(test_peer_resets_while_being_written_to),
        WITH_BENCH(test_peer_gone_while_pending),
        WITH_BENCH(test_peer_gone_with_a_full_buffer),
        WITH_BENCH(test_peer_leaves_in_the_middle),
        WITH_BENCH(test_both_families),
        WITH_BENCH(test_binds_loopback_alone),
        WITH_BENCH(test_port_is_exclusive),
        WITH_BENCH(test_both_families_or_neither),
        WITH_BENCH(test_close_listeners),
        WITH_BENCH(test_descriptor_flags),
        WITH_BENCH(test_drain),
        WITH_BENCH(test_drain_of_nobody),
        WITH_BENCH(test_free_with_all_states_open),
        WITH_BENCH(test_free_in_the_handler),
        WITH_BENCH(test_free_when_the_peer_is_gone),
        WITH_BENCH(test_short_of_memory),
    };
    return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}
