#include "crypt_encode.h"

#include <sodium.h>
#include <string.h>

void crypt_hex_to(char *out, const void *bytes, size_t n)
{
    sodium_bin2hex(out, 2 * n + 1, bytes, n);
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
    crypt_hex_to(place, bytes, n); /* writes the NUL too, for which there is room */
    base_buf_commit(out, 2 * n);
}

static void encode_base64(struct base_buf *out, const void *bytes, size_t n, int variant)
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
    encode_base64(out, bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void crypt_base64(struct base_buf *out, const void *bytes, size_t n)
{
    encode_base64(out, bytes, n, sodium_base64_VARIANT_ORIGINAL);
}

/* Takes the padding off. False when there is some and it does not fill the last group of four. */
static bool encode_cut_padding(struct base_span *text)
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
static bool encode_is_ascii(struct base_span text)
{
    unsigned char all = 0;
    for (size_t i = 0; i < text.n; i++)
        all |= (unsigned char)text.p[i];
    return all < 0x80;
}

bool crypt_base64_decode(struct base_span text, void *out, size_t cap, size_t *ret_n)
{
    if (!encode_is_ascii(text) || !encode_cut_padding(&text))
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
