/* The login's receiver: waits on the registered http://localhost:PORT/path for the one request that
 * brings the answer, and sends everybody else away without ending the wait. */
#ifndef CLI_RECEIVER_H
#define CLI_RECEIVER_H

#include "loop.h"
#include "serve.h"

struct cli_receiver;

/* The query of a request to the right path with the right Host. It answers now or later, with
 * cli_page_send(). */
typedef void cli_receiver_fn(void *arg, struct base_span query, struct serve_exchange *x);

/* What becomes of a request (B6, B7): 0 when it is for the login that waits at `path` on `port`,
 * else the HTTP status to refuse it with, and in *ret_text a sentence that says why. */
int cli_receiver_judge(const struct serve_request *request, const char *path, uint16_t port,
                       const char **ret_text);
/* True when a receiver can wait there: http, and localhost, 127.0.0.1 or [::1]. */
bool cli_receiver_can(const char *redirect_url);
/* Listens on 127.0.0.1 and ::1 (B1, B2). BUSY when the port is taken on either, with the process's
 * name where /proc shows it. */
enum base_status cli_receiver_open(struct loop *l, const char *redirect_url, cli_receiver_fn *fn,
                                   void *arg, struct cli_receiver **ret, struct base_error *err);
/* The browser went away before its answer was sent: forgets `x`. */
void cli_receiver_on_gone(struct cli_receiver *r,
                          void (*gone)(void *arg, struct serve_exchange *x));
/* No new connections; `drained` is called when the last answer has left. */
void cli_receiver_drain(struct cli_receiver *r, void (*drained)(void *arg), void *arg);
/* Answers one that is not awaited: 400 with a page. */
void cli_receiver_refuse(struct cli_receiver *r, struct serve_exchange *x, const char *title,
                         const char *text);
/* How many requests were turned away, here and there (B8). */
unsigned cli_receiver_strangers(const struct cli_receiver *r);
uint16_t cli_receiver_port(const struct cli_receiver *r);
void cli_receiver_close(struct cli_receiver *r); /* at once; NULL is allowed */

#endif
