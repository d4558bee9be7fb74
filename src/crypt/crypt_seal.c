#include "crypt_seal.h"

#include <sodium.h>

#include "crypt_hash.h"

_Static_assert(CRYPT_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(CRYPT_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(CRYPT_SEAL_OVERHEAD == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES +
                                          crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "nonce and tag");
_Static_assert(CRYPT_SALT_BYTES == crypto_pwhash_argon2id_SALTBYTES, "salt");

#define SEAL_NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define SEAL_KDF_OPS_MIN 1u
#define SEAL_KDF_OPS_MAX 10u
#define SEAL_KDF_MEMORY_MIN (UINT64_C(8) << 20)
#define SEAL_KDF_MEMORY_MAX (UINT64_C(1) << 30)

static const unsigned char *seal_bytes(struct base_span s)
{
    return (const unsigned char *)s.p;
}

static bool seal_key_is_good(const struct crypt_secret *key)
{
    return crypt_secret_length(key) == CRYPT_KEY_BYTES;
}

void crypt_nonce_draw(struct crypt_nonce *n)
{
    /* 192 random bits do not repeat by chance, so no counter has to be kept. */
    randombytes_buf(n->bytes, sizeof(n->bytes));
    n->fresh = true;
}

enum base_status crypt_seal_ahead(const struct crypt_secret *key, struct crypt_nonce *nonce,
                                  struct base_span aad, struct base_span plain,
                                  struct base_buf *out, struct base_error *err)
{
    if (!seal_key_is_good(key))
        return base_fail(err, BASE_FAILED, "sealing", "the key has the wrong length");
    if (plain.n > SIZE_MAX - CRYPT_SEAL_OVERHEAD)
        return base_fail(err, BASE_LIMIT, "sealing", "too large");
    unsigned char *place = (unsigned char *)base_buf_reserve(out, plain.n + CRYPT_SEAL_OVERHEAD);
    if (place == NULL)
        return base_buf_status(out) == BASE_LIMIT
                   ? base_fail(err, BASE_LIMIT, "sealing", "too large for its buffer")
                   : base_fail_memory(err);
    if (!nonce->fresh)
        crypt_nonce_draw(nonce);
    nonce->fresh = false; /* used twice with one key it would show both texts */
    memcpy(place, nonce->bytes, SEAL_NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(place + SEAL_NONCE, NULL, seal_bytes(plain), plain.n,
                                               seal_bytes(aad), aad.n, NULL, place,
                                               seal_bytes(crypt_secret_span(key)));
    base_buf_commit(out, plain.n + CRYPT_SEAL_OVERHEAD);
    return BASE_OK;
}

enum base_status crypt_seal(const struct crypt_secret *key, struct base_span aad,
                            struct base_span plain, struct base_buf *out, struct base_error *err)
{
    struct crypt_nonce nonce = {0};
    return crypt_seal_ahead(key, &nonce, aad, plain, out, err);
}

static enum base_status seal_refuse(struct base_error *err)
{
    return base_fail(err, BASE_INVALID, "opening sealed bytes",
                     "wrong key, or the bytes were changed or belong elsewhere");
}

enum base_status crypt_open(const struct crypt_secret *key, struct base_span aad,
                            struct base_span sealed, struct crypt_secret **ret,
                            struct base_error *err)
{
    if (!seal_key_is_good(key))
        return base_fail(err, BASE_FAILED, "opening sealed bytes", "the key has the wrong length");
    if (sealed.n < CRYPT_SEAL_OVERHEAD)
        return seal_refuse(err);
    struct crypt_secret *plain = crypt_secret_new(sealed.n - CRYPT_SEAL_OVERHEAD);
    if (plain == NULL)
        return base_fail_memory(err);
    struct base_span body = base_span_from(sealed, SEAL_NONCE);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            (unsigned char *)crypt_secret_bytes(plain), NULL, NULL, seal_bytes(body), body.n,
            seal_bytes(aad), aad.n, seal_bytes(sealed), seal_bytes(crypt_secret_span(key))) != 0) {
        crypt_secret_free(plain);
        return seal_refuse(err);
    }
    *ret = plain;
    return BASE_OK;
}

enum base_status crypt_kdf(const struct crypt_secret *passphrase,
                           const unsigned char salt[CRYPT_SALT_BYTES], uint64_t ops,
                           uint64_t memory_bytes, struct crypt_secret **ret_key,
                           struct base_error *err)
{
    static const char doing[] = "deriving a key from a passphrase";
    if (ops < SEAL_KDF_OPS_MIN || ops > SEAL_KDF_OPS_MAX || memory_bytes < SEAL_KDF_MEMORY_MIN ||
        memory_bytes > SEAL_KDF_MEMORY_MAX)
        return base_fail(err, BASE_INVALID, doing, "its parameters are out of bounds");
    struct crypt_secret *key = crypt_secret_new(CRYPT_KEY_BYTES);
    if (key == NULL)
        return base_fail_memory(err);
    struct base_span words = crypt_secret_span(passphrase);
    if (crypto_pwhash((unsigned char *)crypt_secret_bytes(key), CRYPT_KEY_BYTES, words.p, words.n,
                      salt, ops, (size_t)memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        crypt_secret_free(key); /* the only failure left is that of its large allocation */
        return base_fail(err, BASE_NO_MEMORY, doing, "it needs %llu MiB of memory",
                         (unsigned long long)(memory_bytes >> 20));
    }
    *ret_key = key;
    return BASE_OK;
}

enum base_status crypt_key_from_bytes(struct base_span bytes, const char *purpose,
                                      struct crypt_secret **ret_key, struct base_error *err)
{
    if (bytes.n < CRYPT_KEY_BYTES)
        return base_fail(err, BASE_INVALID, "making a key", "fewer than %d bytes are given",
                         CRYPT_KEY_BYTES);
    struct crypt_secret *key = crypt_secret_new(CRYPT_KEY_BYTES);
    if (key == NULL)
        return base_fail_memory(err);
    crypt_blake2b((unsigned char *)crypt_secret_bytes(key), base_span_of(purpose), bytes);
    *ret_key = key;
    return BASE_OK;
}
