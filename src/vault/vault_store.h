/* The store port: rows under (kind, name) with a generation each, a header, and leases. A backend
 * knows nothing of secrets: it gets sealed bytes. Backends: memory, SQLite (module). The same
 * contract suite runs on each (tests/contract). */
#ifndef VAULT_STORE_H
#define VAULT_STORE_H

#include "base_buf.h"
#include "vault_shared.h"

struct vault_store;
struct vault_lease;

/* Caps. The vault checks them before a backend is called; a backend refuses to read what is larger.
 */
#define VAULT_NAME_MAX 255          /* bytes of UTF-8, at least 1 */
#define VAULT_PLAIN_MAX (64u << 10) /* public columns */
#define VAULT_SEALED_MAX (4u << 20) /* a token answer has at most 1 MiB (C4) */
#define VAULT_NOTE_MAX (VAULT_PLAIN_MAX + VAULT_SEALED_MAX + 64u)
#define VAULT_NOTE_READY ((16u << 10) - 4u) /* HubSpot's have two or three thousand */
#define VAULT_HEADER_MAX (16u << 10)

/* What a row is: name, number, word. The numbers are stored: never change them. */
#define VAULT_KIND_MAP(X)                                                                          \
    X(APP, 1, "app")                                                                               \
    X(GRANT, 2, "account")                                                                         \
    X(REVOKE, 3, "pending revocation") /* a refresh token that HubSpot is still to be told of */   \
    X(ALIAS, 4, "alias")               /* another name of an account */

enum vault_kind {
#define X(name, number, word) VAULT_##name = (number),
    VAULT_KIND_MAP(X)
#undef X
};

const char *vault_kind_word(enum vault_kind kind);

struct vault_row {
    uint64_t generation;   /* 1 for the first version, +1 with each put */
    struct base_buf plain; /* public columns as JSON, bound to the sealed bytes by their AAD */
    struct base_buf sealed;
};

void vault_row_init(struct vault_row *row);
void vault_row_free(struct vault_row *row);

/* One of the changes that are made together. */
struct vault_change {
    enum vault_kind kind;
    const char *name;
    uint64_t expected; /* as for put; for a removal as for remove */
    bool remove;
    struct base_span plain, sealed;
};

/* Return false to stop the listing. */
typedef bool vault_list_fn(void *arg, const char *name, uint64_t generation,
                           struct base_span plain);

/* Sealed bytes to take the place of a row's, which stays what it is otherwise. */
struct vault_reseal {
    enum vault_kind kind;
    char *name;
    uint64_t generation;
    struct base_buf sealed;
};

struct vault_store_ops {
    /* The header: one blob. NOT_FOUND in a new store. put replaces only what equals `expected`
     * (empty: nothing yet), else CONFLICT.
     *
     * It says with which keys rows are sealed, so what this handle writes counts only under the
     * header that it got or put last: once another handle has put one since, put and reseal are
     * STALE until header_get is called again. A handle that never asked for it is free. */
    enum base_status (*header_get)(struct vault_store *s, struct base_buf *out,
                                   struct base_error *err);
    enum base_status (*header_put)(struct vault_store *s, struct base_span expected,
                                   struct base_span header, struct base_error *err);
    /* NOT_FOUND when absent. *ret needs no initialisation; the caller frees it with
     * vault_row_free(). */
    enum base_status (*get)(struct vault_store *s, enum vault_kind kind, const char *name,
                            struct vault_row *ret, struct base_error *err);
    /* Durable when it returns. `expected` is the generation that is replaced, 0 for a new row;
     * anything else there: CONFLICT. The row's new generation is expected + 1. */
    enum base_status (*put)(struct vault_store *s, enum vault_kind kind, const char *name,
                            uint64_t expected, struct base_span plain, struct base_span sealed,
                            struct base_error *err);
    /* The first row behind (kind, name), of whatever kind: (0, "") begins. *ret_name is heap text.
     * NOT_FOUND at the end. */
    enum base_status (*next)(struct vault_store *s, enum vault_kind kind, const char *name,
                             enum vault_kind *ret_kind, char **ret_name, struct vault_row *ret,
                             struct base_error *err);
    /* Durable when it returns. All of them in one go, but for rows that are gone or have another
     * generation by now: these are left as they are. */
    enum base_status (*reseal)(struct vault_store *s, const struct vault_reseal *rows, size_t count,
                               struct base_error *err);
    /* NOT_FOUND when absent; `expected` 0 removes any generation. The bytes are overwritten where
     * the backend can. */
    enum base_status (*remove)(struct vault_store *s, enum vault_kind kind, const char *name,
                               uint64_t expected, struct base_error *err);
    /* All of these changes or none of them, durable when it returns: CONFLICT or NOT_FOUND as put
     * and remove would say it. No row stands in the list twice. */
    enum base_status (*apply)(struct vault_store *s, const struct vault_change *changes,
                              size_t count, struct base_error *err);
    /* All rows of a kind, by name ascending. */
    enum base_status (*list)(struct vault_store *s, enum vault_kind kind, vault_list_fn *fn,
                             void *arg, struct base_error *err);
    /* Reads everything that is kept and looks for damage, which takes as long as that does: STORAGE
     * with the first damage found. Changes nothing. */
    enum base_status (*check)(struct vault_store *s, struct base_error *err);
    /* An exclusive right to `name` across processes: BUSY when somebody else has it, never waits.
     * It ends with release, with the store's close and with the process's death. Two leases of one
     * name in one process exclude each other as well. */
    enum base_status (*lease_try)(struct vault_store *s, const char *name, struct vault_lease **ret,
                                  struct base_error *err);
    void (*lease_release)(struct vault_store *s, struct vault_lease *lease);
    /* A note beside the lease, for whoever has it next: the last one written, also by a holder that
     * died. It outlives the process from the moment that it is there, and after lease_sync a power
     * cut as well. An empty note is none. A note that was cut short is none, or is garbage. */
    enum base_status (*lease_note)(struct vault_store *s, struct vault_lease *lease,
                                   struct base_span note, struct base_error *err);
    enum base_status (*lease_sync)(struct vault_store *s, struct vault_lease *lease,
                                   struct base_error *err);
    /* Ahead of notes of up to VAULT_NOTE_READY bytes: until the lease ends they cannot fail and
     * make no system call, so that no moment is left in which a killed process could lose one.
     * False: not here; then lease_note does what it can. */
    bool (*lease_ready)(struct vault_store *s, struct vault_lease *lease);
    /* Appends it. */
    enum base_status (*lease_noted)(struct vault_store *s, struct vault_lease *lease,
                                    struct base_buf *out, struct base_error *err);
    /* Bytes that the store's processes share, see vault_shared.h; NULL: there is but one process.
     */
    enum base_status (*share)(struct vault_store *s, const char *name, size_t size,
                              struct vault_shared **ret, struct base_error *err);
    /* Ends its leases; their notes stay, and shared bytes that are open stay usable. */
    void (*close)(struct vault_store *s);
};

struct vault_store { /* a backend embeds it as its first member */
    const struct vault_store_ops *ops;
};

/* What a store module's entry points to. The directory is the vault's (0700, ours, checked by the
 * backend before use); `create` makes a new store (EXISTS when there is one), otherwise an absent
 * store is NOT_FOUND. A file that is no vault, or one of a newer format: STORAGE with a text that
 * says so, and the file is left as it is. */
struct vault_store_module {
    enum base_status (*open)(const char *directory, bool create, struct vault_store **ret,
                             struct base_error *err);
};

/* A store is used by one thread at a time, and not across fork(2): the child opens its own. */

/* Rows in memory, for tests and for the stateless mode. */
enum base_status vault_memory_open(struct vault_store **ret, struct base_error *err);
/* Loads the module and opens DIRECTORY/vault.db. */
enum base_status vault_sqlite_open(const char *directory, bool create, struct vault_store **ret,
                                   struct base_error *err);

#endif
