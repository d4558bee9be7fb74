/* The broker: the use cases, and the only place with policy. It is a state machine on the loop:
 * every function that talks to HubSpot returns at once and answers through a callback, so that a
 * daemon can run thousands of them.
 *
 * The life of a token reads straight down: broker_token.c (is it fresh?), broker_refresh.c (make it
 * fresh), broker_call.c (use it). */
#ifndef BROKER_H
#define BROKER_H

#include "base_error.h"
#include "base_span.h"

struct broker;
struct crypt_secret;
struct http;
struct loop;
struct vault;

struct broker_deps {
    struct vault *vault; /* the broker closes it; NULL: for broker_doctor_start() alone */
    /* Opens outward HTTP when it is first needed; the broker frees what it gets. */
    enum base_status (*http_open)(void *arg, struct loop *l, struct http **ret,
                                  struct base_error *err);
    int64_t (*now)(void *arg); /* wall clock, Unix ms; NULL: the system's */
    /* Something that a person who waits may want to know: one line, no secrets, no full stop. May
     * be NULL. */
    void (*notice)(void *arg, const char *text);
    /* Before a grant is stored: its refresh token, to be made durable elsewhere when the vault is
     * not. May be NULL. */
    void (*keep)(void *arg, const struct crypt_secret *refresh_token);
    /* Around a refresh, where processes that share no vault share a refresh token. BUSY while
     * another one is at it, with a text that says so; never waits. OK: leave() follows, and until
     * then nobody else enters; *ret is the refresh token as it is now when that is another than
     * keep() was told last (the broker frees it), else NULL. Both may be NULL. */
    enum base_status (*enter)(void *arg, struct crypt_secret **ret, struct base_error *err);
    void (*leave)(void *arg);
    void *arg;
};

/* Takes the vault in any case. */
enum base_status broker_new(const struct broker_deps *deps, struct broker **ret,
                            struct base_error *err);
/* What is under way must have been cancelled; NULL is allowed. */
void broker_free(struct broker *b);
/* The loop for everything that answers through a callback. Once, before the first of these; it must
 * outlive the broker. */
void broker_use_loop(struct broker *b, struct loop *l);

/* How modest bulk calls of this broker are. */
struct broker_pace {
    unsigned reserve_percent; /* of the window, left to others: 0 to 90 */
    int64_t least_gap_ms;     /* between two of them; 0: none */
};
void broker_set_pace(struct broker *b, const struct broker_pace *pace);

#endif
