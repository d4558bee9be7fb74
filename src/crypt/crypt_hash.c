#include "crypt_hash.h"

#include <sodium.h>
#include <string.h>

/* Never NULL: libsodium declares its pointers so, also for empty messages. */
static const unsigned char *hash_bytes(struct base_span s)
{
    return s.p != NULL ? (const unsigned char *)s.p : (const unsigned char *)"";
}

void crypt_sha256(unsigned char out[CRYPT_SHA256_BYTES], struct base_span message)
{
    crypto_hash_sha256(out, hash_bytes(message), message.n);
}

void crypt_hmac_sha256(unsigned char out[CRYPT_SHA256_BYTES], struct base_span key,
                       struct base_span message)
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, hash_bytes(key), key.n);
    crypto_auth_hmacsha256_update(&state, hash_bytes(message), message.n);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof(state));
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

void crypt_hex(struct base_buf *out, const void *bytes, size_t n)
{
    if (n > SIZE_MAX / 2 - 1) {
        out->status = BASE_LIMIT;
        return;
    }
    char *place = base_buf_reserve(out, 2 * n);
    if (place == NULL)
        return;
    sodium_bin2hex(place, 2 * n + 1, bytes, n); /* writes the NUL too, for which there is room */
    base_buf_commit(out, 2 * n);
}

static void hash_add_base64(struct base_buf *out, const void *bytes, size_t n, int variant)
{
    if (n > SIZE_MAX / 2 - 1) {
        out->status = BASE_LIMIT;
        return;
    }
    size_t length = sodium_base64_encoded_len(n, variant) - 1;
    char *place = base_buf_reserve(out, length);
    if (place == NULL)
        return;
    sodium_bin2base64(place, length + 1, bytes, n, variant);
    base_buf_commit(out, length);
}

void crypt_base64url(struct base_buf *out, const void *bytes, size_t n)
{
    hash_add_base64(out, bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void crypt_base64(struct base_buf *out, const void *bytes, size_t n)
{
    hash_add_base64(out, bytes, n, sodium_base64_VARIANT_ORIGINAL);
}

/* Takes the padding off. False when there is some and it does not fill the last group of four. */
static bool hash_cut_padding(struct base_span *text)
{
    size_t n = text->n;
    while (n > 0 && text->p[n - 1] == '=')
        n--;
    size_t padding = text->n - n;
    if (padding > 0 && (padding > 2 || text->n % 4 != 0))
        return false;
    text->n = n;
    return true;
}

/* libsodium 1.0.18 computes with signed characters and takes some bytes from 0x80 on for digits. No
 * branch on a single byte, since the text may be a secret. */
static bool hash_is_ascii(struct base_span text)
{
    unsigned char all = 0;
    for (size_t i = 0; i < text.n; i++)
        all |= (unsigned char)text.p[i];
    return all < 0x80;
}

bool crypt_base64_decode(struct base_span text, void *out, size_t cap, size_t *ret_n)
{
    if (!hash_is_ascii(text) || !hash_cut_padding(&text))
        return false;
    if (text.n == 0) {
        *ret_n = 0;
        return true;
    }
    bool url = memchr(text.p, '-', text.n) != NULL || memchr(text.p, '_', text.n) != NULL;
    int variant =
        url ? sodium_base64_VARIANT_URLSAFE_NO_PADDING : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    const char *end = NULL;
    size_t n = 0;
    if (sodium_base642bin(out, cap, text.p, text.n, NULL, &n, &end, variant) != 0 ||
        end != text.p + text.n)
        return false;
    *ret_n = n;
    return true;
}
