/* The vault: records sealed at rest, on any store. A record has a few public columns (JSON that the
 * caller defines) and a secret. Both are bound to kind, name and generation, so that rows cannot be
 * swapped or rolled back unnoticed. */
#ifndef VAULT_H
#define VAULT_H

#include "crypt_seal.h"
#include "vault_key.h"
#include "vault_store.h"

struct vault;

/* Makes a new vault in an empty store: a random data key, wrapped by the key source. EXISTS when it
 * has a header. The vault takes the store in any case and closes it. */
enum base_status vault_create(struct vault_store *store, const char *key_spec,
                              const struct vault_key_asker *asker, struct vault **ret,
                              struct base_error *err);
/* A vault whose key is random, is nowhere but in memory, and goes with it: for an empty store that
 * goes with it, too. It has no header. */
enum base_status vault_create_volatile(struct vault_store *store, struct vault **ret,
                                       struct base_error *err);
/* Reads the header. The key is fetched when a secret is first read or written, so that listings
 * need none. */
enum base_status vault_open(struct vault_store *store, const struct vault_key_asker *asker,
                            struct vault **ret, struct base_error *err);
void vault_close(struct vault *v); /* NULL is allowed */
/* Where the key comes from, as in the header: "file:/home/u/key", "passphrase". */
const char *vault_key_spec(const struct vault *v);
/* Fetches the key now, rather than when a secret is first used. STORAGE when there is none or it is
 * the wrong one. */
enum base_status vault_unlock(struct vault *v, struct base_error *err);

/* ------------------------------------------------------------------ the key */

struct vault_key_state { /* the texts are the vault's */
    const char *spec;
    const char *data_key; /* the data key's name; "" for one of an old hubauth */
    int64_t created;      /* Unix ms */
    bool rotating;        /* a rotation was begun and not finished */
    bool keepable;        /* vault_keep() makes sense */
    int64_t kept_until;   /* Unix ms; 0: not kept */
};

/* Asks nobody. */
void vault_key_look(const struct vault *v, struct vault_key_state *ret);
/* Gets the key from its source and keeps it in the kernel for so long, for this user's processes.
 * USAGE when the source needs no such thing. */
enum base_status vault_keep(struct vault *v, int64_t for_ms, struct base_error *err);
/* NOT_FOUND when it is not kept. */
enum base_status vault_drop(struct vault *v, struct base_error *err);

/* Return false to stop; `done` records are sealed with the new key by now. */
typedef bool vault_rotate_fn(void *arg, uint64_t done);
struct vault_rotation {
    uint64_t resealed; /* records */
    bool resumed;      /* a rotation that had been begun was finished, no other one made */
};
/* A new data key, and every record sealed with it, while others read and write. Afterwards the old
 * one opens nothing. Whatever stops it (CANCELLED, a kill), the next call goes on, and meanwhile
 * both keys hold. BUSY when another process is at it. */
enum base_status vault_rotate(struct vault *v, vault_rotate_fn *fn, void *arg,
                              struct vault_rotation *ret, struct base_error *err);
/* Another key source: its key is made, and the data key wrapped with it, in one step. The old key
 * opens nothing afterwards; it is left where it is. BUSY as above. */
enum base_status vault_change_key(struct vault *v, const char *key_spec, struct base_error *err);

/* ------------------------------------------------------------------ records */

/* Looks for damage in the store; see struct vault_store_ops. */
enum base_status vault_check(struct vault *v, struct base_error *err);

struct vault_record {
    uint64_t generation;
    struct base_buf plain;
    struct crypt_secret *secret;
};

void vault_record_free(struct vault_record *r);

/* NOT_FOUND; STORAGE when the bytes do not open (tampered, wrong key): nothing is changed then. */
enum base_status vault_get(struct vault *v, enum vault_kind kind, const char *name,
                           struct vault_record *ret, struct base_error *err);
/* Durable when it returns; CONFLICT when the stored generation is not `expected` (0: must be new).
 */
enum base_status vault_put(struct vault *v, enum vault_kind kind, const char *name,
                           uint64_t expected, struct base_span plain,
                           const struct crypt_secret *secret, struct base_error *err);
enum base_status vault_remove(struct vault *v, enum vault_kind kind, const char *name,
                              struct base_error *err);
/* Several of these at once: all or none. */
struct vault_write {
    enum vault_kind kind;
    const char *name;
    uint64_t expected; /* as for vault_put(); for a removal 0 means any */
    bool remove;
    struct base_span plain;
    const struct crypt_secret *secret;
};
enum base_status vault_apply(struct vault *v, const struct vault_write *writes, size_t count,
                             struct base_error *err);
enum base_status vault_list(struct vault *v, enum vault_kind kind, vault_list_fn *fn, void *arg,
                            struct base_error *err);
enum base_status vault_lease_try(struct vault *v, const char *name, struct vault_lease **ret,
                                 struct base_error *err);
/* Bytes that the processes of this vault share; *ret is NULL when there is but this one. Close it
 * with vault_shared_close(). */
enum base_status vault_share(struct vault *v, const char *name, size_t size,
                             struct vault_shared **ret, struct base_error *err);
void vault_lease_release(struct vault *v, struct vault_lease *lease); /* NULL is allowed */
/* Notes beside the lease what is about to be put with vault_put(), sealed as it would be there: for
 * secrets that exist nowhere else. When it returns the note outlives the process, after
 * vault_lease_sync() a power cut as well; both take a fraction of the time of vault_put().
 *
 * vault_lease_ready() does ahead what a note needs, and the secrets in it: then that makes no
 * system call and cannot fail for want of space, where the store can do so (vault_store.h). `nonce`
 * is what it has drawn; NULL: it was not called. */
enum base_status vault_lease_ready(struct vault *v, struct vault_lease *lease,
                                   struct crypt_nonce *ret_nonce, struct base_error *err);
enum base_status vault_lease_note(struct vault *v, struct vault_lease *lease,
                                  struct crypt_nonce *nonce, enum vault_kind kind, const char *name,
                                  uint64_t expected, struct base_span plain,
                                  const struct crypt_secret *secret, struct base_error *err);
enum base_status vault_lease_sync(struct vault *v, struct vault_lease *lease,
                                  struct base_error *err);
/* The note of the lease's last holders; its generation is the one that vault_put() would have
 * made. NOT_FOUND when there is none, or one that does not open: cut short, of another row, of
 * another key. */
enum base_status vault_lease_noted(struct vault *v, struct vault_lease *lease, enum vault_kind kind,
                                   const char *name, struct vault_record *ret,
                                   struct base_error *err);
void vault_lease_forget(struct vault *v, struct vault_lease *lease); /* the note */

#endif
