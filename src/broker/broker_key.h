/* The vault's key: what it is, keeping it at hand, changing it. */
#ifndef BROKER_KEY_H
#define BROKER_KEY_H

#include "broker.h"

struct broker_key {       /* the texts are the vault's, until it is changed */
    const char *spec;     /* where it comes from: "passphrase", "file:/home/u/key" */
    const char *data_key; /* the name of the data key; "" when an old hubauth made it */
    int64_t created;      /* of the vault, Unix ms */
    bool rotating;        /* a rotation was interrupted */
    bool keepable;        /* broker_key_keep() makes sense */
    int64_t kept_until;   /* Unix ms; 0: not kept */
};

/* Asks nobody. */
void broker_key_look(const struct broker *b, struct broker_key *ret);
/* Keeps the key in the kernel for so long, a second to 30 days, so that nobody is asked for it.
 * USAGE when the source needs no such thing. */
enum base_status broker_key_keep(struct broker *b, int64_t for_ms, struct base_error *err);
/* NOT_FOUND when it is not kept. */
enum base_status broker_key_drop(struct broker *b, struct base_error *err);

/* `done` of about `total` records have the new key. Return false to stop; the next rotation goes
 * on. */
typedef bool broker_key_fn(void *arg, int64_t done, int64_t total);
/* A new data key, under which every record is sealed anew while others read and refresh.
 * *ret_resumed: one that had been interrupted was finished, and no other begun. CANCELLED when it
 * was stopped, BUSY when another process is at it. */
enum base_status broker_key_rotate(struct broker *b, broker_key_fn *fn, void *arg,
                                   int64_t *ret_done, bool *ret_resumed, struct base_error *err);
/* USAGE when `spec` is no place for a key: what can be said without a vault. */
enum base_status broker_key_check(const char *spec, struct base_error *err);
/* Locks the vault with another source from now on; the old key opens nothing any more. */
enum base_status broker_key_change(struct broker *b, const char *spec, struct base_error *err);

#endif
