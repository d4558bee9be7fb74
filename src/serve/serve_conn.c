/* One connection. The path that matters is request after request on a connection kept alive: each
 * is one wake-up, one recv and one sendmsg, without an allocation and without touching epoll or the
 * loop's timers. */
#include "serve_conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_MIN = 4096 - 2, /* with the byte to spare and the buffer's NUL: a page */
    READ_MAX = 65536,
    KEEP_MAX = 65536,   /* an idle connection keeps buffers up to this size */
    LINGER_MS = 2000,   /* for the peer to read the last answer */
    DISCARD_MAX = 16384 /* in one go while lingering */
};

#define NO_DEADLINE INT64_MAX

/* ---------------------------------------------------------------- deadlines */

/* The timer is moved only to come earlier. When it comes too early it is set again: so a deadline
 * that moves with each request costs an assignment. */
static void timer_cover(struct serve_conn *c)
{
    if (c->deadline == NO_DEADLINE || (loop_timer_active(c->timer) && c->timer_due <= c->deadline))
        return;
    c->timer_due = c->deadline;
    loop_timer_start(c->timer, c->deadline - loop_now(c->server->loop));
}

static void deadline_set(struct serve_conn *c, int64_t after_ms)
{
    c->deadline = loop_now(c->server->loop) + after_ms;
    timer_cover(c);
}

static void deadline_clear(struct serve_conn *c)
{
    c->deadline = NO_DEADLINE;
}

/* ---------------------------------------------------------------- life */

static void conn_on_ready(void *arg, unsigned events);
static void conn_on_timer(void *arg);

static void idle_set(struct serve_conn *c, bool idle)
{
    struct serve *s = c->server;

    if (idle == c->is_idle)
        return;
    c->is_idle = idle;
    if (idle)
        TAILQ_INSERT_TAIL(&s->idle, c, idle_link);
    else
        TAILQ_REMOVE(&s->idle, c, idle_link);
}

void serve_conn_close(struct serve_conn *c)
{
    struct serve *s = c->server;

    if (c->closed)
        return;
    c->closed = true;
    idle_set(c, false);
    loop_watch_free(c->watch);
    loop_timer_free(c->timer);
    close(c->fd);
    base_buf_free(&c->in);
    base_buf_free(&c->out);
    TAILQ_REMOVE(&s->conns, c, link);
    TAILQ_INSERT_TAIL(&s->graveyard, c, link);
    s->conn_count--;
    serve_room_made(s);
}

/* From now on it may be evicted as a slow one: who waits at the door must not wait for its deadline
 * (B12). */
static void conn_yields(struct serve_conn *c)
{
    if (c->server->config.evict_slow)
        serve_room_made(c->server);
}

static void conn_watch(struct serve_conn *c, unsigned events)
{
    if (loop_watch_set(c->watch, events, NULL))
        serve_conn_close(c);
}

void serve_conn_open(struct serve *s, int fd)
{
    struct serve_conn *c = base_mem_new(sizeof *c);

    if (!c) {
        close(fd);
        return;
    }
    c->server = s;
    c->fd = fd;
    c->exchange.conn = c;
    /* Requests and answers hold codes, tokens and client secrets. */
    base_buf_init_sensitive(&c->in, s->room + READ_MAX);
    base_buf_init_sensitive(&c->out, SIZE_MAX / 2); /* the program's own answers */
    c->watch = loop_watch_new(s->loop, fd, conn_on_ready, c);
    c->timer = loop_timer_new(s->loop, conn_on_timer, c);
    if (!c->watch || !c->timer) {
        loop_watch_free(c->watch);
        loop_timer_free(c->timer);
        close(fd);
        base_mem_free(c);
        return;
    }
    TAILQ_INSERT_TAIL(&s->conns, c, link);
    s->conn_count++;
    /* An answer is one write; waiting for more to send with it would only delay it. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    /* A first request has to come as fast as one that has begun: silent strangers must not hold
     * places. */
    deadline_set(c, s->config.request_timeout_ms);
    conn_watch(c, LOOP_READ);
}

/* The peer has closed, or the connection broke. */
static void conn_peer_gone(struct serve_conn *c)
{
    struct serve *s = c->server;

    if (c->state == CONN_PENDING && s->config.gone)
        s->config.gone(s->config.arg, &c->exchange);
    serve_conn_close(c);
}

/* Closing with unread bytes in the socket would reset the connection and could take our last answer
 * from the peer (RFC 9112 section 9.6). So shut our side and read until the peer shuts its own. */
static void conn_linger(struct serve_conn *c)
{
    if (shutdown(c->fd, SHUT_WR) != 0) {
        serve_conn_close(c);
        return;
    }
    c->state = CONN_LINGERING;
    base_buf_free(&c->in);
    deadline_set(c, LINGER_MS);
    conn_watch(c, LOOP_READ);
    conn_yields(c);
}

static void conn_discard(struct serve_conn *c)
{
    char bytes[DISCARD_MAX];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);

    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        serve_conn_close(c);
}

/* ---------------------------------------------------------------- writing */

static void buf_trim(struct base_buf *b)
{
    if (b->n == 0 && b->cap > KEEP_MAX)
        base_buf_free(b);
}

/* The whole answer is in the socket. */
static void conn_answered(struct serve_conn *c)
{
    struct serve *s = c->server;

    base_buf_consume(&c->out, c->out.n);
    c->out_sent = 0;
    if (c->close_after) {
        conn_linger(c);
        return;
    }
    base_buf_consume(&c->in, c->in_used);
    buf_trim(&c->in);
    buf_trim(&c->out);
    c->parse = (struct serve_parse){0};
    c->begun = c->continued = false;
    c->state = CONN_READING;
    deadline_set(c, s->config.idle_timeout_ms);
    conn_watch(c, LOOP_READ);
    if (c->closed)
        return;
    if (c->in.n == 0) {
        idle_set(c, true);
        if (s->accept_paused)
            serve_room_made(s);
    } else if (!c->advancing) {
        /* A late answer: the next request is handed out from the loop, not from within
         * serve_send(). */
        c->resume = true;
        c->timer_due = loop_now(s->loop);
        loop_timer_start(c->timer, 0);
    }
}

/* Keeps what the socket did not take. */
static void conn_stash(struct serve_conn *c, struct base_span body, size_t sent)
{
    size_t head = c->out.n - c->out_sent;

    if (sent < head) {
        c->out_sent += sent;
    } else {
        base_buf_consume(&c->out, c->out.n);
        c->out_sent = 0;
        body = base_span_from(body, sent - head);
    }
    base_buf_add_span(&c->out, body);
    if (base_buf_status(&c->out)) {
        serve_conn_close(c);
        return;
    }
    c->state = CONN_WRITING;
    deadline_set(c, c->server->config.idle_timeout_ms);
    conn_watch(c, LOOP_WRITE);
    conn_yields(c);
}

/* One sendmsg of what is in `out` and the body; false when the connection broke. */
static bool conn_write(struct serve_conn *c, struct base_span body, size_t *ret_sent)
{
    struct iovec parts[2] = {
        {.iov_base = c->out.p ? c->out.p + c->out_sent : NULL, .iov_len = c->out.n - c->out_sent},
        {.iov_base = (void *)(uintptr_t)body.p, .iov_len = body.n},
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = body.n > 0 ? 2 : 1};
    ssize_t n;

    do {
        n = sendmsg(c->fd, &message, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN)
        return false;
    *ret_sent = n > 0 ? (size_t)n : 0;
    return true;
}

bool serve_conn_some(struct serve_conn *c)
{
    size_t sent;

    if (base_buf_status(&c->out) || !conn_write(c, BASE_SPAN_NONE, &sent)) {
        serve_conn_close(c);
        return false;
    }
    base_buf_consume(&c->out, c->out_sent + sent);
    c->out_sent = 0;
    c->exchange.head_at = c->out.n; /* what is not sent yet is no answer to be taken back */
    return true;
}

void serve_conn_send(struct serve_conn *c, struct base_span body)
{
    size_t sent;

    deadline_clear(c);
    if (!conn_write(c, body, &sent))
        serve_conn_close(c);
    else if (sent < c->out.n - c->out_sent + body.n)
        conn_stash(c, body, sent);
    else
        conn_answered(c);
}

/* ---------------------------------------------------------------- reading */

static void conn_refuse(struct serve_conn *c, int status, const char *reason)
{
    struct serve *s = c->server;

    if (s->config.refused)
        s->config.refused(s->config.arg, status, reason);
    if (!c->closed)
        serve_answer_refusal(c, status, reason);
}

static void conn_dispatch(struct serve_conn *c)
{
    struct serve *s = c->server;
    struct serve_exchange *x = &c->exchange;

    c->state = CONN_PENDING;
    deadline_clear(c);
    x->pointer = NULL;
    x->head_at = c->out.n;
    x->status = 0;
    x->has_date = x->broken = x->close = false;
    s->config.handler(s->config.arg, x);
}

/* The request is not complete. */
static void conn_wait_for_more(struct serve_conn *c)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    size_t sent;

    if (!c->begun) {
        c->begun = true;
        deadline_set(c, c->server->config.request_timeout_ms);
    }
    conn_yields(c);
    if (!c->parse.expects_continue || c->continued)
        return;
    c->continued = true;
    base_buf_add_str(&c->out, go_on);
    if (base_buf_status(&c->out) || !conn_write(c, BASE_SPAN_NONE, &sent))
        serve_conn_close(c);
    else
        c->out_sent += sent; /* the rest, if any, goes out before the answer */
}

/* Goes on with what has been received: as many requests as are complete and answered at once. */
static void conn_advance(struct serve_conn *c)
{
    c->advancing = true;
    while (!c->closed && c->state == CONN_READING && c->in.n > 0) {
        int status;
        const char *reason;
        enum serve_parse_result result =
            serve_parse(&c->parse, c->in.p, c->in.n, &c->server->config.limits,
                        &c->exchange.request, &c->in_used, &status, &reason);

        if (result == SERVE_PARSE_DONE) {
            conn_dispatch(c);
        } else if (result == SERVE_PARSE_REFUSED) {
            conn_refuse(c, status, reason);
        } else {
            conn_wait_for_more(c);
            break;
        }
    }
    c->advancing = false;
}

/* Room for the next bytes. While a handler looks at the request its bytes must not move: then only
 * what is left of the buffer is used. */
static char *conn_read_room(struct serve_conn *c, size_t *ret_n)
{
    if (c->state == CONN_PENDING) {
        *ret_n = c->in.cap - c->in.n - 1;
        return c->in.p + c->in.n;
    }
    size_t want = c->in.n < READ_MIN ? READ_MIN : c->in.n;
    *ret_n = want < READ_MAX ? want : READ_MAX;
    /* One byte more than is read: while the answer is awaited the peer's end can then be seen. */
    return base_buf_reserve(&c->in, *ret_n + 1);
}

static void conn_read(struct serve_conn *c)
{
    size_t room;
    char *to = conn_read_room(c, &room);
    if (!to) {
        serve_conn_close(c); /* short of memory */
        return;
    }

    ssize_t n = recv(c->fd, to, room, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        conn_peer_gone(c);
        return;
    }
    base_buf_commit(&c->in, (size_t)n);
    idle_set(c, false);
    if (c->state == CONN_READING)
        conn_advance(c);
    if (!c->closed && c->state == CONN_PENDING && c->in.n + 1 >= c->in.cap)
        conn_watch(c, 0); /* full: the next request waits in the socket */
}

/* ---------------------------------------------------------------- called by the loop */

/* Room in the socket: the answer goes on, and then the next request. */
static void conn_flush(struct serve_conn *c)
{
    c->advancing = true;
    serve_conn_send(c, BASE_SPAN_NONE);
    conn_advance(c);
}

static void conn_on_ready(void *arg, unsigned events)
{
    struct serve_conn *c = arg;
    struct serve *s = c->server;
    (void)events; /* a state waits for one kind only */

    serve_enter(s);
    switch (c->state) {
    case CONN_READING:
    case CONN_PENDING:
        conn_read(c);
        break;
    case CONN_WRITING:
        conn_flush(c);
        break;
    case CONN_LINGERING:
        conn_discard(c);
        break;
    }
    serve_leave(s);
}

/* A process that was held up finds its timers due before it looks at its sockets. What came in time
 * counts, so look there first. */
static bool conn_came_in_time(struct serve_conn *c)
{
    int64_t due = c->deadline;

    if (c->state != CONN_READING)
        return false;
    conn_read(c);
    return c->closed || c->state != CONN_READING || c->deadline != due;
}

static void conn_expire(struct serve_conn *c)
{
    if (conn_came_in_time(c))
        return;
    if (c->state == CONN_READING && c->in.n > 0)
        conn_refuse(c, 408, "request took too long");
    else
        serve_conn_close(c);
}

static void conn_on_timer(void *arg)
{
    struct serve_conn *c = arg;
    struct serve *s = c->server;

    serve_enter(s);
    if (c->resume) {
        c->resume = false;
        conn_advance(c);
    } else if (loop_now(s->loop) >= c->deadline) {
        conn_expire(c);
    }
    if (!c->closed)
        timer_cover(c);
    serve_leave(s);
}
