/* The insides of a call, for broker_call.c (token, queue, request) and broker_call_answer.c (what
 * comes of it). */
#ifndef BROKER_CALL_INT_H
#define BROKER_CALL_INT_H

#include "base_json_flow.h"
#include "broker_call.h"
#include "broker_int.h"
#include "broker_queue.h"

#define BROKER_CALL_HEADERS 32

struct broker_call {
    struct broker *b;
    char *account, *method, *target;
    struct http_header headers[BROKER_CALL_HEADERS];
    size_t header_count;
    char *header_text; /* what the spans above point into */
    struct base_span body;
    size_t max_body;
    bool bulk;
    enum base_status (*check)(void *arg, struct base_span body);
    broker_piece_fn *on_piece;
    broker_call_fn *fn;
    void *arg;

    int64_t handed_over;           /* bytes of the body; 0: it is held */
    bool no_memory;                /* that is why no more of it was wanted */
    bool is_json;                  /* what is handed over calls itself so */
    struct base_json_flow flow;    /* of it */
    int64_t deadline;              /* loop time: no attempt begins after it */
    struct loop_timer *impatience; /* for the wait in the queue */
    struct broker_lane *lane;
    struct broker_token_get *token;
    struct broker_ticket *ticket;
    struct http_call *http;
    struct loop_timer *timer;
    char *url;
    struct crypt_secret *access_token;
    int64_t token_obtained_at;
    int64_t refused_obtained_at; /* the token of that time got a 401 */
    bool departed;
    int64_t departed_at;
    unsigned attempts;
};

/* Answers the caller, and is gone. */
void broker_call_finish(struct broker_call *c, enum base_status status,
                        struct broker_response *response, const struct base_error *err);
/* Until its deadline; 0: it is over. */
static inline int64_t broker_call_time_left(const struct broker_call *c)
{
    int64_t left = c->deadline - loop_now(c->b->loop);

    return left > 0 ? left : 0;
}

/* For http_start(). What is to be repeated begins anew by c->timer. */
bool broker_call_on_piece(void *arg, const struct http_response *head, struct base_span piece);
void broker_call_on_done(void *arg, enum base_status status, struct http_response *r,
                         enum http_progress progress, const struct base_error *err);

#endif
