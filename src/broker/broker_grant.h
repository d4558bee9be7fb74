/* Grants: what an account's user gave an app, or a token that stands in the place of that
 * (broker_grant_kind). One record in the vault: public columns as JSON, tokens sealed. */
#ifndef BROKER_GRANT_H
#define BROKER_GRANT_H

#include "broker.h"
#include "crypt_secret.h"

#define BROKER_BOOT_SIZE 40 /* of the kernel's boot id, a UUID */

/* name, word */
#define BROKER_GRANT_STATE_MAP(X)                                                                  \
    X(OK, "ok")                                                                                    \
    X(REFRESHING,                                                                                  \
      "refreshing") /* written before a refresh is sent; found later, its outcome is in doubt */   \
    X(DEAD, "dead") /* the provider said so in words: a person must log in again */

enum broker_grant_state {
#define X(name, word) BROKER_GRANT_##name,
    BROKER_GRANT_STATE_MAP(X)
#undef X
};
const char *broker_grant_state_word(enum broker_grant_state state);

/* Where an account's access token comes from. name, word */
#define BROKER_GRANT_KIND_MAP(X)                                                                   \
    X(OAUTH, "oauth")         /* a login; renewed with its refresh token */                        \
    X(PRIVATE, "private-app") /* a private app's: it does not expire (broker_private.h) */         \
    X(APP_LEVEL, "app-level") /* the app's own, of no portal; renewed with the client secret */

enum broker_grant_kind {
#define X(name, word) BROKER_KIND_##name,
    BROKER_GRANT_KIND_MAP(X)
#undef X
};
const char *broker_grant_kind_word(enum broker_grant_kind kind);

struct vault_lease;
struct crypt_nonce;

struct broker_grant {
    char *name; /* "app/account": its name in the vault */
    char *app;
    char *account;  /* the portal's number, or the app's name where the server knows no accounts, or
                       BROKER_APP_LEVEL */
    int64_t hub_id; /* 0: none */
    enum broker_grant_kind kind;
    char *scopes; /* granted */
    char *asked;  /* asked for, required and optional */
    int64_t connected_at, obtained_at, expires_at, refreshes;
    enum broker_grant_state state;
    int64_t state_since;
    /* Since the last refresh that brought tokens: */
    char *last_code, *last_message, *last_correlation; /* of the last refusal; "" without one */
    int64_t failures;   /* how often in a row asking again later was the answer */
    int64_t not_before; /* nobody asks before that; 0: no such moment */
    /* When the token was obtained (broker_clock.h): */
    int64_t machine_started_at;
    char boot[BROKER_BOOT_SIZE];
    uint64_t generation;
    /* Only after broker_grant_load(): */
    struct crypt_secret *access_token, *refresh_token; /* refresh_token may be NULL */
    struct crypt_secret
        *previous_refresh_token; /* kept until the new one has served once; may be NULL */
};

void broker_grant_free(struct broker_grant *g); /* the content; may be called twice */

/* How long nobody should ask HubSpot, ms; 0: it may be asked. A moment that was set by a clock
 * which was ahead of `now` does not count. */
int64_t broker_grant_hold(const struct broker_grant *g, int64_t now);

/* With its tokens. NOT_FOUND when absent. */
enum base_status broker_grant_load(struct broker *b, const char *name, struct broker_grant *ret,
                                   struct base_error *err);
/* Durable when it returns. Replaces generation g->generation (0: new), which then counts one up;
 * CONFLICT otherwise. */
enum base_status broker_grant_store(struct broker *b, struct broker_grant *g,
                                    struct base_error *err);
/* The same in the place of whatever is there, which may be beyond reading. CONFLICT when somebody
 * wrote at that moment: it can be tried again. */
enum base_status broker_grant_replace(struct broker *b, struct broker_grant *g,
                                      struct base_error *err);
/* Notes beside the account's lease what is about to be stored (vault.h). `nonce` is one of
 * vault_lease_ready(), or NULL. */
enum base_status broker_grant_note(struct broker *b, struct vault_lease *lease,
                                   const struct broker_grant *g, struct crypt_nonce *nonce,
                                   struct base_error *err);
/* By a new holder of the lease: stores what an earlier one noted and did not get to store. OK also
 * when there is nothing, or when a newer login counts for more. */
enum base_status broker_grant_recover(struct broker *b, struct vault_lease *lease, const char *name,
                                      struct base_error *err);
/* Whether there is no record: then a note that was left is blanked, which is not to outlive it
 * (D10).
 */
bool broker_grant_forget_gone(struct broker *b, const char *name);
enum base_status broker_grant_remove(struct broker *b, const char *name, struct base_error *err);

typedef bool broker_grant_fn(void *arg, const struct broker_grant *g);
/* Without tokens, by name ascending. Return false to stop. */
enum base_status broker_grant_list(struct broker *b, broker_grant_fn *fn, void *arg,
                                   struct base_error *err);
/* The vault name of the account that a person means: "app/account", an account, an alias, or an app
 * with one account; NULL: the only one. An app-level account counts only where it is named itself:
 * "app/app-level", "app-level" or an alias. REAUTH when that is not connected, USAGE naming the
 * candidates when it is unclear or unknown. Heap. */
enum base_status broker_grant_choose(struct broker *b, const char *wanted, char **ret,
                                     struct base_error *err);

/* The sealed part, pure, for tests and fuzzing. */
struct crypt_secret *broker_grant_encode(const struct broker_grant *g);
enum base_status broker_grant_decode(struct base_span bytes, struct broker_grant *g,
                                     struct base_error *err);
/* The public part, pure. */
void broker_grant_encode_plain(const struct broker_grant *g, struct base_buf *out);
enum base_status broker_grant_decode_plain(struct base_span json, struct broker_grant *g,
                                           struct base_error *err);

#endif
