/* What the server's own files share.
 *
 *   serve.c         the server: listeners, accepting, limits, its life
 *   serve_conn.c    a connection: reads, parses, hands out, writes, closes
 *   serve_answer.c  the exchange: what a handler can do with a request
 *
 * A handler may answer, or free the server, in any callback. So a connection that closes is only
 * taken off its lists and given to the graveyard; serve_leave() frees it when no function of the
 * server is on the stack. */
#ifndef SERVE_CONN_H
#define SERVE_CONN_H

#include "serve.h"

#include <sys/queue.h>

enum { SERVE_LISTENERS_MAX = 8 };

struct serve_conn;
TAILQ_HEAD(serve_conn_list, serve_conn);

struct serve_listener {
    struct serve *server;
    int fd;
    struct loop_watch *watch;
};

struct serve {
    struct loop *loop;
    struct serve_config config;
    size_t room; /* the largest buffer for a request */

    struct serve_listener *listeners[SERVE_LISTENERS_MAX];
    size_t listener_count;
    bool accept_paused;              /* too many connections or descriptors */
    struct loop_timer *accept_retry; /* after the system was short of descriptors */

    struct serve_conn_list conns;
    struct serve_conn_list idle; /* kept alive without a request, the longest idle first */
    unsigned conn_count;

    bool closed; /* serve_close_listeners() */
    void (*drained)(void *arg);
    void *drained_arg;
    struct loop_timer *drained_timer;

    unsigned depth; /* functions of the server on the stack */
    bool doomed;    /* serve_free() while on the stack */
    struct serve_conn_list graveyard;

    int64_t date_second; /* of what `date` says */
    char date[32];
};

struct serve_exchange {
    struct serve_conn *conn;
    void *pointer;
    size_t head_at; /* where the answer begins in conn->out */
    int status;     /* 0: serve_start() was not called */
    bool has_date;
    bool broken; /* a header that must not be sent: the answer becomes a 500 */
    bool close;
    struct serve_request request;
};

enum serve_conn_state {
    CONN_READING,   /* a request, or waits for one */
    CONN_PENDING,   /* the handler has the exchange */
    CONN_WRITING,   /* what the socket did not take at once */
    CONN_LINGERING, /* all is written and our side shut; waits for the peer's end */
};

struct serve_conn {
    struct serve *server;
    TAILQ_ENTRY(serve_conn) link; /* conns or graveyard */
    TAILQ_ENTRY(serve_conn) idle_link;
    bool is_idle;

    int fd;
    struct loop_watch *watch;
    struct loop_timer *timer;
    int64_t deadline;  /* loop time, or NO_DEADLINE */
    int64_t timer_due; /* what the timer is set to: never later than the deadline */

    enum serve_conn_state state;
    bool closed;    /* in the graveyard */
    bool advancing; /* a function is on the stack that goes on with pipelined requests */
    bool resume;    /* the timer is set to go on with pipelined requests */
    bool begun;     /* a byte of the present request has come */
    bool continued; /* "100 Continue" has been sent */
    bool close_after;

    struct base_buf in; /* from the first byte of the present request */
    size_t in_used;     /* bytes of it that the request takes */
    struct serve_parse parse;
    struct base_buf out;
    size_t out_sent;

    struct serve_exchange exchange;
};

/* Around everything that calls back or closes connections. */
void serve_enter(struct serve *s);
void serve_leave(struct serve *s);
/* A connection has closed, become idle or one that may be evicted: another may be accepted, the
 * drain may be over. */
void serve_room_made(struct serve *s);
/* The value of a Date header for now. */
const char *serve_date(struct serve *s);

/* Takes over fd in any case. */
void serve_conn_open(struct serve *s, int fd);
/* At once. The handler is not told. */
void serve_conn_close(struct serve_conn *c);
/* Sends what it can of conn->out while the handler has the exchange. False: it has closed. */
bool serve_conn_some(struct serve_conn *c);
/* Sends conn->out and the body behind it, then goes on to the next request or closes. */
void serve_conn_send(struct serve_conn *c, struct base_span body);

/* The server's own answer to a request that is none; closes. */
void serve_answer_refusal(struct serve_conn *c, int status, const char *reason);

#endif
