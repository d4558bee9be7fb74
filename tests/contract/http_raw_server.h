/* A server that does what a test says and nothing of its own accord: it collects requests as they
 * came, byte for byte, and sends what it is given. It runs on the test's loop. */
#ifndef HTTP_RAW_SERVER_H
#define HTTP_RAW_SERVER_H

#include "base_buf.h"
#include "loop.h"

struct raw_server;
struct raw_peer; /* one connection */

/* A request is there, head and body (by Content-Length). */
typedef void raw_request_fn(void *arg, struct raw_peer *peer, const char *request);

struct raw_server *raw_server_new(struct loop *l, raw_request_fn *fn, void *arg);
void raw_server_free(struct raw_server *s);
uint16_t raw_server_port(const struct raw_server *s);
unsigned raw_server_connections(const struct raw_server *s); /* so far */
unsigned raw_server_requests(const struct raw_server *s);
unsigned raw_server_gone(const struct raw_server *s); /* connections that the client has closed */

void raw_send(struct raw_peer *peer, const char *bytes);
void raw_send_bytes(struct raw_peer *peer, const void *bytes,
                    size_t n); /* what does not fit waits */
void raw_close(
    struct raw_peer *peer); /* when all is sent; the peer is gone for the caller at once */
void raw_reset(struct raw_peer *peer); /* RST */

#endif
