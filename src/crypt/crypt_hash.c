#include "crypt_hash.h"

#include <sodium.h>

/* Never NULL: libsodium declares its pointers so, also for empty messages. */
static const unsigned char *hash_bytes(struct base_span s)
{
    return s.p != NULL ? (const unsigned char *)s.p : (const unsigned char *)"";
}

void crypt_sha256(unsigned char out[CRYPT_SHA256_BYTES], struct base_span message)
{
    crypto_hash_sha256(out, hash_bytes(message), message.n);
}

void crypt_blake2b(unsigned char out[CRYPT_BLAKE2B_BYTES], struct base_span key,
                   struct base_span message)
{
    unsigned char short_key[CRYPT_BLAKE2B_BYTES];
    bool too_long = key.n > crypto_generichash_KEYBYTES_MAX;
    if (too_long) { /* as HMAC does with its key; libsodium would refuse and leave `out` unset */
        crypto_generichash(short_key, sizeof(short_key), hash_bytes(key), key.n, NULL, 0);
        key = (struct base_span){(const char *)short_key, sizeof(short_key)};
    }
    crypto_generichash(out, CRYPT_BLAKE2B_BYTES, hash_bytes(message), message.n, hash_bytes(key),
                       key.n);
    if (too_long)
        sodium_memzero(short_key, sizeof(short_key));
}
