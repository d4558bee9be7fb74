/* What is sealed with which key, and what is bound to it (docs/vault-format.md). */
#ifndef VAULT_SEAL_H
#define VAULT_SEAL_H

#include "crypt_seal.h"
#include "vault_store.h"

#define VAULT_FORMAT 1
#define VAULT_WRAPPED_BYTES (CRYPT_KEY_BYTES + CRYPT_SEAL_OVERHEAD)

/* What a data key is called in the header: it shows nothing of the key. */
#define VAULT_KEY_ID_CHARS 16

/* Which row a secret belongs to. */
struct vault_seal_place {
    enum vault_kind kind;
    const char *name;
    uint64_t generation;
    struct base_span plain;
};

/* Appends the sealed secret. `nonce`: drawn ahead, or NULL. */
enum base_status vault_seal(const struct crypt_secret *data_key,
                            const struct vault_seal_place *place, const struct crypt_secret *secret,
                            struct crypt_nonce *nonce, struct base_buf *out,
                            struct base_error *err);
/* INVALID when the bytes were not sealed for this place with this key. */
enum base_status vault_unseal(const struct crypt_secret *data_key,
                              const struct vault_seal_place *place, struct base_span sealed,
                              struct crypt_secret **ret, struct base_error *err);

/* The data key, sealed with the key that the key source gives. Appends VAULT_WRAPPED_BYTES. */
enum base_status vault_seal_key(const struct crypt_secret *key, const struct crypt_secret *data_key,
                                struct base_buf *out, struct base_error *err);
/* INVALID when it is the wrong key. */
enum base_status vault_unseal_key(const struct crypt_secret *key, struct base_span wrapped,
                                  struct crypt_secret **ret, struct base_error *err);

/* The name of a data key. */
void vault_seal_key_id(const struct crypt_secret *data_key, char ret[VAULT_KEY_ID_CHARS + 1]);

#endif
