/* Sealing: XChaCha20-Poly1305 (IETF) with a random 192-bit nonce, and keys from passphrases by
 * Argon2id. */
#ifndef CRYPT_SEAL_H
#define CRYPT_SEAL_H

#include "crypt_secret.h"

#define CRYPT_KEY_BYTES 32
#define CRYPT_NONCE_BYTES 24
#define CRYPT_SEAL_OVERHEAD (CRYPT_NONCE_BYTES + 16) /* nonce in front, tag behind */
#define CRYPT_SALT_BYTES 16

/* Appends nonce, ciphertext and tag. `aad` is bound but not stored. `key` has CRYPT_KEY_BYTES. */
enum base_status crypt_seal(const struct crypt_secret *key, struct base_span aad,
                            struct base_span plain, struct base_buf *out, struct base_error *err);
/* A nonce drawn ahead, for who must seal without a system call. Good for one seal. */
struct crypt_nonce {
    bool fresh;
    unsigned char bytes[CRYPT_NONCE_BYTES];
};
void crypt_nonce_draw(struct crypt_nonce *n);
/* As crypt_seal(). A nonce that was used, or never drawn, is drawn now. */
enum base_status crypt_seal_ahead(const struct crypt_secret *key, struct crypt_nonce *nonce,
                                  struct base_span aad, struct base_span plain,
                                  struct base_buf *out, struct base_error *err);
/* The reverse into a new secret (the caller frees it). BASE_INVALID when key, aad or bytes do not
 * belong together. */
enum base_status crypt_open(const struct crypt_secret *key, struct base_span aad,
                            struct base_span sealed, struct crypt_secret **ret,
                            struct base_error *err);

/* Argon2id 1.3. Parameters read from a file are bounded here: ops 1…10, memory 8 MiB…1 GiB, else
 * BASE_INVALID. */
#define CRYPT_KDF_OPS 3u
#define CRYPT_KDF_MEMORY (256u << 20)
enum base_status crypt_kdf(const struct crypt_secret *passphrase,
                           const unsigned char salt[CRYPT_SALT_BYTES], uint64_t ops,
                           uint64_t memory_bytes, struct crypt_secret **ret_key,
                           struct base_error *err);
/* A key from the bytes of a key file (at least 32 of them): BLAKE2b-256, keyed with the purpose. */
enum base_status crypt_key_from_bytes(struct base_span bytes, const char *purpose,
                                      struct crypt_secret **ret_key, struct base_error *err);

#endif
