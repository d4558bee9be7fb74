/* What was handed out: consent forms, authorization codes, access and refresh tokens. The texts
 * themselves are not kept, only keyed hashes of them. Memory is bounded: what expired is forgotten
 * after a while, and when there is too much of a kind the oldest goes first. */
#ifndef EMULATOR_STORE_H
#define EMULATOR_STORE_H

#include "base_error.h"
#include "base_span.h"

#define EMULATOR_STORE_CAP 100000

enum emulator_kind {
    EMULATOR_CONSENT, /* the one-time token of a consent form */
    EMULATOR_CODE,
    EMULATOR_ACCESS,
    EMULATOR_REFRESH,
    EMULATOR_PRIVATE, /* the token of a private app */
    EMULATOR_SPENT,   /* a code or refresh token that must not be used again */
    EMULATOR_KINDS,
};

/* What a token stands for. */
struct emulator_grant {
    enum emulator_kind kind;
    int app;         /* index in struct emulator_apps */
    int redirect;    /* of a code: index of the registered URL */
    uint64_t family; /* the consent that it comes from, however often refreshed */
    uint64_t turn;   /* of a refresh token: how often it was rotated before */
    int64_t portal;  /* 0: none, it is the app's own */
    uint64_t scopes;
    int64_t issued_ms;
    int64_t expires_ms; /* INT64_MAX: never */
    char challenge[44]; /* of a code: PKCE S256, base64url; empty without PKCE */
};

struct emulator_store;

/* `cap` is the largest number of one kind, 0 for EMULATOR_STORE_CAP. */
enum base_status emulator_store_new(size_t cap, struct emulator_store **ret,
                                    struct base_error *err);
void emulator_store_free(struct emulator_store *store); /* NULL is allowed */

/* Remembers `grant` under `token`; within one kind the expiry must not go backwards. */
enum base_status emulator_store_put(struct emulator_store *store, struct base_span token,
                                    const struct emulator_grant *grant);
/* NULL when unknown. Expired ones are found until they are forgotten. The pointer is good until the
 * next call that changes the store. */
const struct emulator_grant *emulator_store_find(const struct emulator_store *store,
                                                 enum emulator_kind kind, struct base_span token);
/* Marks a code or refresh token as used up: it is EMULATOR_SPENT from now on. False when it was not
 * there. */
bool emulator_store_spend(struct emulator_store *store, enum emulator_kind kind,
                          struct base_span token);
/* Marks all refresh tokens of the family that come before this turn. */
void emulator_store_spend_before(struct emulator_store *store, uint64_t family, uint64_t turn);
bool emulator_store_remove(struct emulator_store *store, enum emulator_kind kind,
                           struct base_span token);

/* Forgets what has been expired for so long that nobody asks again. */
void emulator_store_purge(struct emulator_store *store, int64_t now);
/* All live access tokens expire at `now`. */
void emulator_store_expire_access(struct emulator_store *store, int64_t now);
/* Which grants emulator_store_forget() means; a field that is 0 (app: -1) matches all. */
struct emulator_match {
    unsigned kinds; /* 1u << EMULATOR_ACCESS | … */
    int app;
    int64_t portal;
    uint64_t family;
};

#define EMULATOR_ALL_KINDS ((1u << EMULATOR_KINDS) - 1)

void emulator_store_forget(struct emulator_store *store, const struct emulator_match *match);
size_t emulator_store_count(const struct emulator_store *store, enum emulator_kind kind);

#endif
