/* A turn at an app's token endpoint, for one request: the wait for it in the queue, so that many
 * accounts do not burst into HubSpot's limit together, and what the answer says of that limit. */
#ifndef BROKER_TOKEN_TURN_H
#define BROKER_TOKEN_TURN_H

#include "broker.h"

struct http_response;

struct broker_patience {
    int64_t ms;   /* for so long the turn is waited for... */
    bool insists; /* ...but not for the end of a long pause that HubSpot has asked for: a person */
};

struct broker_token_turn;
/* `err` NULL: the request may leave, and counts as having left. Otherwise UNAVAILABLE: the turn did
 * not come in time. Called from the loop, once. */
typedef void broker_token_turn_fn(void *arg, const struct base_error *err);

/* `app` is an app's name, and stays the caller's as long as the turn. UNAVAILABLE at once when the
 * turn cannot come in time. */
enum base_status broker_token_turn_wait(struct broker *b, const char *app,
                                        struct broker_patience patience, broker_token_turn_fn *fn,
                                        void *arg, struct broker_token_turn **ret,
                                        struct base_error *err);
/* The request's answer; NULL: none came. A 429 is obeyed by all who wait for the app's tokens. This
 * takes system calls: not before new tokens are safe. Once, of a turn that came. */
void broker_token_turn_end(struct broker_token_turn *t, const struct http_response *r);
/* Of one that came and has not ended: no answer came. NULL is allowed. */
void broker_token_turn_free(struct broker_token_turn *t);

#endif
