/* A call of HubSpot's API: token, queue, request, and what may be repeated. */
#ifndef BROKER_CALL_H
#define BROKER_CALL_H

#include "base_buf.h"
#include "broker.h"

struct broker_header {
    struct base_span name, value;
};

struct broker_response;
/* The next piece of a body that is not held; they come in order and each once. `head` is the answer
 * without a body, with the first piece; NULL with later ones. Borrowed. False: no more is wanted,
 * and the call ends as CANCELLED. It may block, which holds HubSpot back. */
typedef bool broker_piece_fn(void *arg, const struct broker_response *head, struct base_span piece);

struct broker_request {
    const char *account; /* the grant's name */
    const char *method;
    const char *target; /* "/crm/…?limit=100": a path of the app's api_url, never another host */
    const struct broker_header *headers;
    size_t header_count;
    struct base_span
        body; /* p == NULL: none; kept by the caller until the answer, so that it can be repeated */
    size_t max_body; /* cap of an answer that is held; 0: 16 MiB */
    /* Lets interactive calls pass, and waits for hours where HubSpot says so. Others end after
     * minutes. */
    bool bulk;
    /* Whether the body of a 2xx is whole, asked with the `arg` of the call before it is delivered.
     * INVALID: a broken answer, such as a page in HTML or truncated JSON; the call is repeated
     * where it may be, else it ends as UNAVAILABLE. Any other status is as good as OK. NULL: a body
     * that calls itself JSON must be JSON. */
    enum base_status (*check)(void *arg, struct base_span body);
    /* For an answer of any length: what a 2xx brings beyond BROKER_CALL_HOLD is not held, judged
     * and repeated as all else is; its body is handed over as it comes, with the `arg` of the call.
     * What ends it early is an error that says how much came. Not together with `check`. NULL: not
     * wanted. */
    broker_piece_fn *on_piece;
};
#define BROKER_CALL_HOLD (1u << 20)

struct broker_response {
    int status;
    const struct broker_header *headers;
    size_t header_count;
    bool is_json;          /* by its Content-Type */
    struct base_buf *body; /* the callee may steal it; empty when it was handed over */
    int64_t elapsed_ms;
};

/* OK for 2xx. For any other final answer status is its class, err explains it, and response is
 * there as well; without an answer response is NULL. All borrowed. */
typedef void broker_call_fn(void *arg, enum base_status status, struct broker_response *response,
                            const struct base_error *err);
struct broker_call;
/* Everything in `request` but strings' lifetime is the caller's: name, method, target and headers
 * are copied. */
enum base_status broker_call_start(struct broker *b, const struct broker_request *request,
                                   broker_call_fn *fn, void *arg, struct broker_call **ret,
                                   struct base_error *err);
void broker_call_cancel(struct broker_call *c);

/* What is known of an account's budget, for progress. */
struct broker_budget {
    unsigned used, max;
    unsigned bulk_max; /* what of max is for bulk work, at least 1 */
    int64_t interval_ms;
    int64_t least_gap_ms; /* between calls of bulk work; 0: none */
    int64_t wait_ms;      /* until the next call may leave */
    unsigned throttled;   /* refusals so far, of all processes */
};
struct broker_budget broker_call_budget(struct broker *b, const char *account);

#endif
