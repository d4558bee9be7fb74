/* The server: its listeners, whom it lets in, and its life. */
#include "base_time.h"
#include "serve_conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ACCEPT_BATCH = 64,     /* then the open connections have their turn */
    ACCEPT_RETRY_MS = 100, /* after EMFILE and its like */
    EVICT_TRIES = 8,
    PORT_TRIES = 32, /* for a number that is free in both families */
};

/* ---------------------------------------------------------------- accepting */

static void accept_watch(struct serve *s, bool on)
{
    s->accept_paused = !on;
    for (size_t i = 0; i < s->listener_count; i++)
        (void)loop_watch_set(s->listeners[i]->watch, on ? LOOP_READ : 0, NULL);
}

static void accept_on_retry(void *arg)
{
    accept_watch(arg, true);
}

static bool nothing_to_read(const struct serve_conn *c)
{
    char byte;

    return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

/* Makes room by closing a connection that has been idle for long. Not one whose next request is in
 * the socket already: it would be lost. */
static bool idle_evict(struct serve *s)
{
    struct serve_conn *c;
    int tries = EVICT_TRIES;

    TAILQ_FOREACH(c, &s->idle, idle_link)
    {
        if (nothing_to_read(c)) {
            serve_conn_close(c);
            return true;
        }
        if (--tries == 0)
            break;
    }
    return false;
}

/* The oldest connection in one of the states. Not one whose bytes are still to be read: a whole
 * request may be there; when they are read, accepting goes on (conn_yields). */
static bool evict_in(struct serve *s, enum serve_conn_state state)
{
    struct serve_conn *c;

    TAILQ_FOREACH(c, &s->conns, link)
    {
        if (c->state == state && (state != CONN_READING || nothing_to_read(c))) {
            serve_conn_close(c);
            return true;
        }
    }
    return false;
}

/* Makes room among those that are not idle, the least deserving first: who was answered and does
 * not go, who does not finish a request, who does not read an answer. Never one that the handler
 * has. */
static bool slow_evict(struct serve *s)
{
    return s->config.evict_slow &&
           (evict_in(s, CONN_LINGERING) || evict_in(s, CONN_READING) || evict_in(s, CONN_WRITING));
}

/* accept(2) failed: is there any point in trying again at once? */
static bool accept_may_go_on(struct serve *s, int error_number)
{
    switch (error_number) {
    case EAGAIN:
        return false;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        /* The connection stays in the queue and the listener ready: without a pause this would
         * spin. */
        if (idle_evict(s))
            return true;
        accept_watch(s, false);
        loop_timer_start(s->accept_retry, ACCEPT_RETRY_MS);
        return false;
    default: /* EINTR, or an error of that one connection (accept(2), "Error handling") */
        return true;
    }
}

static void listener_on_ready(void *arg, unsigned events)
{
    struct serve_listener *listener = arg;
    struct serve *s = listener->server;
    (void)events;

    serve_enter(s);
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        /* Somebody waits: that is known only for the first of the batch. */
        if (s->conn_count >= s->config.max_connections &&
            (i > 0 || (!idle_evict(s) && !slow_evict(s)))) {
            if (i == 0)
                accept_watch(s, false);
            break;
        }
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            serve_conn_open(s, fd);
        else if (!accept_may_go_on(s, errno))
            break;
    }
    serve_leave(s);
}

/* ---------------------------------------------------------------- listeners */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static union address loopback(int family, uint16_t port, socklen_t *ret_size)
{
    if (family == AF_INET6) {
        *ret_size = sizeof(struct sockaddr_in6);
        return (union address){.v6 = {.sin6_family = AF_INET6,
                                      .sin6_port = htons(port),
                                      .sin6_addr = IN6ADDR_LOOPBACK_INIT}};
    }
    *ret_size = sizeof(struct sockaddr_in);
    return (union address){.v4 = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}}};
}

/* A bound and listening socket, or -1 with errno. SO_REUSEADDR is for ports in TIME_WAIT; it does
 * not let two listeners have one address on Linux. SO_REUSEPORT would, and is never set. */
static int socket_listen(const union address *address, socklen_t size, uint16_t *ret_port)
{
    int family = address->any.sa_family;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    union address bound;
    socklen_t bound_size = sizeof bound;

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) != 0 ||
        (family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, sizeof(int)) != 0) ||
        bind(fd, &address->any, size) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, &bound.any, &bound_size) != 0) {
        int error_number = errno;
        close(fd);
        errno = error_number;
        return -1;
    }
    *ret_port = ntohs(family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
    return fd;
}

static void listener_free(struct serve_listener *listener)
{
    if (!listener)
        return;
    loop_watch_free(listener->watch);
    close(listener->fd);
    base_mem_free(listener);
}

/* Takes over fd in any case. */
static enum base_status listener_new(struct serve *s, int fd, struct serve_listener **ret,
                                     struct base_error *err)
{
    struct serve_listener *listener = base_mem_new(sizeof *listener);

    if (!listener) {
        close(fd);
        return base_fail_memory(err);
    }
    listener->server = s;
    listener->fd = fd;
    listener->watch = loop_watch_new(s->loop, fd, listener_on_ready, listener);
    if (!listener->watch) {
        listener_free(listener);
        return base_fail_memory(err);
    }
    *ret = listener;
    return BASE_OK;
}

static enum base_status fail_listening(struct base_error *err, const char *address, uint16_t port,
                                       int error_number)
{
    enum base_status status = error_number == EADDRINUSE ? BASE_BUSY : BASE_FAILED;
    (void)base_fail_errno(err, status, "listening", error_number, "%s port %u", address,
                          (unsigned)port);
    return status;
}

/* From here on connections are accepted. */
static enum base_status listener_add(struct serve *s, struct serve_listener *listener,
                                     struct base_error *err)
{
    enum base_status status =
        s->listener_count == SERVE_LISTENERS_MAX
            ? base_fail(err, BASE_LIMIT, "listening", "more than %d addresses", SERVE_LISTENERS_MAX)
            : loop_watch_set(listener->watch, s->accept_paused ? 0 : LOOP_READ, err);

    if (status) {
        listener_free(listener);
        return status;
    }
    s->listeners[s->listener_count++] = listener;
    s->closed = false;
    return BASE_OK;
}

/* Bound, but not yet accepting. On failure *ret_errno is the system's reason, or 0. */
static enum base_status listener_bind(struct serve *s, int family, uint16_t port,
                                      struct serve_listener **ret, uint16_t *ret_port,
                                      int *ret_errno, struct base_error *err)
{
    socklen_t size;
    const union address address = loopback(family, port, &size);
    int fd = socket_listen(&address, size, ret_port);

    *ret_errno = fd < 0 ? errno : 0;
    if (fd < 0)
        return fail_listening(err, family == AF_INET6 ? "::1" : "127.0.0.1", port, *ret_errno);
    return listener_new(s, fd, ret, err);
}

/* Both families on one port, bound but not yet accepting. *ret_v6 is NULL on a host without IPv6;
 * then *err is filled all the same. */
static enum base_status loopback_bind(struct serve *s, uint16_t port,
                                      struct serve_listener **ret_v4,
                                      struct serve_listener **ret_v6, uint16_t *ret_port,
                                      struct base_error *err)
{
    struct serve_listener *v4, *v6 = NULL;
    uint16_t bound;
    int error_number;

    enum base_status status = listener_bind(s, AF_INET, port, &v4, &bound, &error_number, err);
    if (status)
        return status;
    status = listener_bind(s, AF_INET6, bound, &v6, &bound, &error_number, err);
    if (status && error_number != EAFNOSUPPORT && error_number != EADDRNOTAVAIL) {
        listener_free(v4);
        return status;
    }
    *ret_v4 = v4;
    *ret_v6 = v6;
    *ret_port = bound;
    return BASE_OK;
}

/* Both or neither; takes them over in any case. */
static enum base_status loopback_add(struct serve *s, struct serve_listener *v4,
                                     struct serve_listener *v6, struct base_error *err)
{
    enum base_status status = listener_add(s, v4, err);

    if (status) {
        listener_free(v6);
        return status;
    }
    if (!v6)
        return BASE_OK;
    status = listener_add(s, v6, err);
    if (status)
        listener_free(s->listeners[--s->listener_count]);
    return status;
}

enum base_status serve_listen_loopback(struct serve *s, uint16_t port, uint16_t *ret_port,
                                       struct base_error *err)
{
    struct serve_listener *v4 = NULL, *v6 = NULL;
    struct base_error reason; /* of a try that another may follow */
    uint16_t bound = 0;
    int tries = port == 0 ? PORT_TRIES : 1;
    enum base_status status;

    do {
        status = loopback_bind(s, port, &v4, &v6, &bound, &reason);
    } while (status == BASE_BUSY && --tries > 0);
    if (!status)
        status = loopback_add(s, v4, v6, &reason);
    if (status) {
        if (err)
            *err = reason;
        return status;
    }
    if (ret_port)
        *ret_port = bound;
    return BASE_OK;
}

/* ---------------------------------------------------------------- life */

static void on_drained(void *arg)
{
    struct serve *s = arg;
    void (*fn)(void *) = s->drained;

    if (fn && s->conn_count == 0) {
        s->drained = NULL;
        fn(s->drained_arg);
    }
}

static void config_defaults(struct serve_config *config)
{
    if (config->limits.max_head == 0)
        config->limits.max_head = 16 * 1024;
    if (config->limits.max_body == 0)
        config->limits.max_body = 1024 * 1024;
    if (config->request_timeout_ms == 0)
        config->request_timeout_ms = 5000;
    if (config->idle_timeout_ms == 0)
        config->idle_timeout_ms = 60000;
    if (config->max_connections == 0)
        config->max_connections = 1024;
}

enum base_status serve_new(struct loop *l, const struct serve_config *config, struct serve **ret,
                           struct base_error *err)
{
    struct serve *s = base_mem_new(sizeof *s);

    if (!s)
        return base_fail_memory(err);
    s->loop = l;
    s->config = *config;
    config_defaults(&s->config);
    s->room = serve_parse_room(&s->config.limits);
    TAILQ_INIT(&s->conns);
    TAILQ_INIT(&s->idle);
    TAILQ_INIT(&s->graveyard);
    s->accept_retry = loop_timer_new(l, accept_on_retry, s);
    s->drained_timer = loop_timer_new(l, on_drained, s);
    if (!s->accept_retry || !s->drained_timer) {
        serve_free(s);
        return base_fail_memory(err);
    }
    *ret = s;
    return BASE_OK;
}

void serve_enter(struct serve *s)
{
    s->depth++;
}

void serve_leave(struct serve *s)
{
    struct serve_conn *c;

    if (--s->depth > 0)
        return;
    while ((c = TAILQ_FIRST(&s->graveyard)) != NULL) {
        TAILQ_REMOVE(&s->graveyard, c, link);
        base_mem_free(c);
    }
    if (s->doomed)
        base_mem_free(s);
}

void serve_room_made(struct serve *s)
{
    if (s->doomed)
        return;
    if (s->accept_paused)
        accept_watch(s, true);
    if (s->closed && s->conn_count == 0 && s->drained)
        loop_timer_start(s->drained_timer, 0);
}

void serve_close_listeners(struct serve *s)
{
    while (s->listener_count > 0)
        listener_free(s->listeners[--s->listener_count]);
    loop_timer_stop(s->accept_retry);
    s->closed = true;
    serve_room_made(s);
}

unsigned serve_connections(const struct serve *s)
{
    return s->conn_count;
}

void serve_on_drained(struct serve *s, void (*fn)(void *arg), void *arg)
{
    struct serve_conn *c;

    serve_enter(s);
    s->drained = fn;
    s->drained_arg = arg;
    while (fn && (c = TAILQ_FIRST(&s->idle)) != NULL)
        serve_conn_close(c);
    serve_room_made(s);
    serve_leave(s);
}

void serve_free(struct serve *s)
{
    struct serve_conn *c;

    if (!s)
        return;
    serve_enter(s);
    s->doomed = true;
    while ((c = TAILQ_FIRST(&s->conns)) != NULL)
        serve_conn_close(c);
    while (s->listener_count > 0)
        listener_free(s->listeners[--s->listener_count]);
    loop_timer_free(s->accept_retry);
    loop_timer_free(s->drained_timer);
    serve_leave(s);
}

const char *serve_date(struct serve *s)
{
    int64_t now = base_time_now();

    if (now / BASE_SECOND_MS != s->date_second || s->date[0] == '\0') {
        s->date_second = now / BASE_SECOND_MS;
        (void)base_time_http(s->date, now);
    }
    return s->date;
}
