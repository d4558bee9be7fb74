/* Outward HTTP from a script, on the real loop: what must be asked, and what is answered. */
#ifndef FAKE_HTTP_H
#define FAKE_HTTP_H

#include "base_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_http;
struct http;
struct loop;

enum fake_outcome {
    FAKE_ANSWERED,
    FAKE_NOT_SENT,    /* the network failed before a byte left */
    FAKE_MAYBE_ACTED, /* it failed after that: whether the server acted is unknown */
};

struct fake_exchange {
    /* What must arrive: the method, a part of the URL, parts of the body separated by spaces, the
     * whole bearer token ("": none). NULL: anything. */
    const char *method, *url, *body, *bearer;
    /* What comes of it. */
    enum fake_outcome outcome;
    enum base_status lost_as; /* of an answer that does not come; BASE_OK means UNAVAILABLE */
    int status;               /* 0: 200 */
    const char *headers;      /* "Name: value\n…" */
    const char *answer;       /* of one that does not come whole: what was seen of it */
    int64_t delay_ms;         /* from the arrival to the answer's body */
    int64_t end_delay_ms;     /* from there to its end */
};

/* A request as it arrived. */
struct fake_request {
    const char *method, *url, *body, *bearer; /* "" where there is none */
    int64_t at;                               /* loop time of its arrival */
};

struct fake_http *fake_http_new(void);
void fake_http_free(struct fake_http *f); /* after the loop's broker is gone; NULL is allowed */
/* For broker_deps; `arg` is the struct fake_http. */
enum base_status fake_http_open(void *fake, struct loop *l, struct http **ret,
                                struct base_error *err);

/* Adds to the queue. All is copied. */
void fake_http_expect(struct fake_http *f, const struct fake_exchange *x);
/* Instead of a queue: `fn` fills in what comes of each request; all is copied when it returns. */
typedef void fake_http_fn(void *arg, const struct fake_request *r, struct fake_exchange *ret);
void fake_http_serve(struct fake_http *f, fake_http_fn *fn, void *arg);
/* Requests are under way for a time between the two before they arrive. */
void fake_http_transit(struct fake_http *f, int64_t least_ms, int64_t most_ms);
/* The next call of fake_http_open() fails with `status`. */
void fake_http_fail_open(struct fake_http *f, enum base_status status);

size_t fake_http_opens(const struct fake_http *f); /* how often it was opened */
size_t fake_http_count(const struct fake_http *f); /* of requests that arrived */
size_t fake_http_under_way(const struct fake_http *f);
const struct fake_request *fake_http_request(const struct fake_http *f, size_t i);
/* Forgets what arrived and what was expected. */
void fake_http_forget(struct fake_http *f);
/* False, with words on standard error, when something unexpected arrived or something expected did
 * not. */
bool fake_http_satisfied(const struct fake_http *f);

#endif
