#include "http_raw_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test_support.h"

struct raw_peer {
    struct raw_server *server;
    struct raw_peer *next;
    int fd;
    struct loop_watch *watch;
    struct base_buf in, out;
    bool closing, closed;
};

struct raw_server {
    struct loop *loop;
    raw_request_fn *fn;
    void *arg;
    int fd;
    uint16_t port;
    struct loop_watch *watch;
    struct raw_peer
        *peers; /* closed ones stay in the list until the end: a test may still point at them */
    unsigned connections, requests, gone;
};

static void close_peer(struct raw_peer *p)
{
    if (p->closed)
        return;
    p->closed = true;
    loop_watch_free(p->watch);
    close(p->fd);
}

static void watch_peer(struct raw_peer *p)
{
    unsigned events = LOOP_READ | (p->out.n > 0 ? LOOP_WRITE : 0u);
    assert_ok(loop_watch_set(p->watch, events, NULL), NULL);
}

static void flush(struct raw_peer *p)
{
    while (!p->closed && p->out.n > 0) {
        ssize_t n = send(p->fd, p->out.p, p->out.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            p->server->gone++;
            close_peer(p);
            return;
        }
        base_buf_consume(&p->out, (size_t)n);
    }
    if (p->closed)
        return;
    if (p->closing && p->out.n == 0)
        close_peer(p);
    else
        watch_peer(p);
}

/* Bytes of the first request in the buffer, 0 while it is not complete. */
static size_t request_length(const struct base_buf *in)
{
    const char *text = base_buf_str(in);
    const char *end = strstr(text, "\r\n\r\n");
    if (end == NULL)
        return 0;
    size_t head = (size_t)(end - text) + 4, body = 0;
    const char *length = strcasestr(text, "\r\nContent-Length:");
    if (length != NULL && length < end)
        body = strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    return in->n >= head + body ? head + body : 0;
}

static void on_readable(struct raw_peer *p)
{
    char bytes[65536];
    ssize_t n = recv(p->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        p->server->gone++;
        close_peer(p);
        return;
    }
    base_buf_add(&p->in, bytes, (size_t)n);
    for (size_t length; !p->closed && !p->closing && (length = request_length(&p->in)) > 0;) {
        char *request = base_mem_dup(p->in.p, length);
        assert_non_null(request);
        base_buf_consume(&p->in, length);
        p->server->requests++;
        p->server->fn(p->server->arg, p, request);
        base_mem_free(request);
    }
}

static void on_peer(void *arg, unsigned events)
{
    struct raw_peer *p = arg;
    if (events & LOOP_READ)
        on_readable(p);
    if (!p->closed)
        flush(p);
}

static void on_accept(void *arg, unsigned events)
{
    struct raw_server *s = arg;
    (void)events;
    int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct raw_peer *p = base_mem_new(sizeof(*p));
    assert_non_null(p);
    p->server = s;
    p->fd = fd;
    base_buf_init(&p->in, SIZE_MAX);
    base_buf_init(&p->out, SIZE_MAX);
    p->watch = loop_watch_new(s->loop, fd, on_peer, p);
    assert_non_null(p->watch);
    p->next = s->peers;
    s->peers = p;
    s->connections++;
    watch_peer(p);
}

struct raw_server *raw_server_new(struct loop *l, raw_request_fn *fn, void *arg)
{
    struct raw_server *s = base_mem_new(sizeof(*s));
    assert_non_null(s);
    *s = (struct raw_server){.loop = l, .fn = fn, .arg = arg};
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(s->fd >= 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(address);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&address, n), 0);
    assert_int_equal(listen(s->fd, 16), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&address, &n), 0);
    s->port = ntohs(address.sin_port);
    s->watch = loop_watch_new(l, s->fd, on_accept, s);
    assert_non_null(s->watch);
    assert_ok(loop_watch_set(s->watch, LOOP_READ, NULL), NULL);
    return s;
}

void raw_server_free(struct raw_server *s)
{
    while (s->peers != NULL) {
        struct raw_peer *p = s->peers;
        s->peers = p->next;
        close_peer(p);
        base_buf_free(&p->in);
        base_buf_free(&p->out);
        base_mem_free(p);
    }
    loop_watch_free(s->watch);
    close(s->fd);
    base_mem_free(s);
}

uint16_t raw_server_port(const struct raw_server *s)
{
    return s->port;
}

unsigned raw_server_connections(const struct raw_server *s)
{
    return s->connections;
}

unsigned raw_server_requests(const struct raw_server *s)
{
    return s->requests;
}

unsigned raw_server_gone(const struct raw_server *s)
{
    return s->gone;
}

void raw_send_bytes(struct raw_peer *p, const void *bytes, size_t n)
{
    if (p->closed)
        return;
    base_buf_add(&p->out, bytes, n);
    flush(p);
}

void raw_send(struct raw_peer *p, const char *bytes)
{
    raw_send_bytes(p, bytes, strlen(bytes));
}

void raw_close(struct raw_peer *p)
{
    p->closing = true;
    if (!p->closed)
        flush(p);
}

void raw_reset(struct raw_peer *p)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (!p->closed)
        (void)setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close_peer(p);
}
