/* An HTTP/1.1 server on the loop: TCP on loopback addresses, keep-alive, pipelining, limits and
 * deadlines. It serves programs on this machine; in public, nginx or Caddy stands in front. */
#ifndef SERVE_H
#define SERVE_H

#include "loop.h"
#include "serve_parse.h"

struct serve;
struct serve_exchange; /* one request and its answer */

/* Called when a request is complete. It answers now or later; the exchange and its request live
 * until the answer is sent, the peer goes away (then `gone` is called, if set; a peer that only
 * shuts its sending side counts as gone) or the server is freed. Any function of this header may be
 * called in it. */
typedef void serve_handler_fn(void *arg, struct serve_exchange *x);
typedef void serve_gone_fn(void *arg, struct serve_exchange *x);

struct serve_config {
    struct serve_limits limits; /* 0: 16 KiB head, 1 MiB body */
    /* From first byte to the whole request, and for the first byte of a connection; 0: 5,000. */
    int64_t request_timeout_ms;
    /* Keep-alive without a request, or a peer that does not read its answer; 0: 60,000. */
    int64_t idle_timeout_ms;
    /* 0: 1,024. Beyond it the longest idle connection makes room, else the accept queue waits. */
    unsigned max_connections;
    /* Beyond it, and without an idle one, the oldest connection whose request is not complete makes
     * room as well. For a server that awaits one visitor among strangers: they cannot fill it up.
     */
    bool evict_slow;
    serve_handler_fn *handler;
    serve_gone_fn *gone; /* may be NULL */
    /* Told of a request refused by the parser or a deadline; may be NULL. */
    void (*refused)(void *arg, int status, const char *reason);
    void *arg;
};

enum base_status serve_new(struct loop *l, const struct serve_config *config, struct serve **ret,
                           struct base_error *err);
/* Both 127.0.0.1 and ::1 on one port, without SO_REUSEPORT, or neither. A host without IPv6 is
 * recognised and passes with IPv4 alone. Port 0: the kernel chooses; *ret_port says which. BUSY
 * when the port is taken. */
enum base_status serve_listen_loopback(struct serve *s, uint16_t port, uint16_t *ret_port,
                                       struct base_error *err);
void serve_close_listeners(struct serve *s); /* no new connections; open ones go on */
/* Open connections; with none, the server can be freed without cutting anybody off. */
unsigned serve_connections(const struct serve *s);
/* Asks for an orderly end: idle connections are closed now, the others after their next answer.
 * `fn` is told once, from the loop, when none is left after serve_close_listeners(). */
void serve_on_drained(struct serve *s, void (*fn)(void *arg), void *arg);
void serve_free(struct serve *s); /* closes everything at once; NULL is allowed */

const struct serve_request *serve_exchange_request(const struct serve_exchange *x);
/* A place for the handler's own pointer. */
void serve_exchange_set(struct serve_exchange *x, void *pointer);
void *serve_exchange_get(const struct serve_exchange *x);

/* The answer: start, headers, then send with the body, which is only borrowed. Content-Length, Date
 * (unless it was given) and Connection are added, so they are not the handler's to set. For HEAD
 * the body is counted and left out. A header with control characters, or no start at all, makes the
 * answer a 500. After serve_send() the exchange is no longer the caller's. */
void serve_start(struct serve_exchange *x, int status);
void serve_header(struct serve_exchange *x, const char *name, const char *value);
void serve_header_int(struct serve_exchange *x, const char *name, int64_t value);
void serve_send(struct serve_exchange *x, struct base_span body);
void serve_close_after(struct serve_exchange *x); /* "Connection: close" on this answer */
/* start + Content-Type + send. */
void serve_text(struct serve_exchange *x, int status, const char *content_type,
                struct base_span body);
/* Faults on demand: sends these raw bytes as they are and closes / resets the connection. */
void serve_raw_and_close(struct serve_exchange *x, struct base_span bytes);
void serve_reset(struct serve_exchange *x);
/* Sends these raw bytes and waits for more of them, ended by serve_raw_and_close(). What the socket
 * does not take is kept up to a megabyte, beyond which nothing is added. False: the connection is
 * closed, the exchange gone, and `gone` is not called. */
BASE_CHECK bool serve_raw_some(struct serve_exchange *x, struct base_span bytes);
/* So many bytes of these are kept. Asking for it sends nothing: the next serve_raw_some() does. */
size_t serve_unsent(const struct serve_exchange *x);

const char *serve_status_text(int status);

#endif
