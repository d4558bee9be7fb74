/* Bytes as text and back: libsodium's conversions, whose time does not depend on the bytes, since
 * those are often secrets. */
#ifndef CRYPT_ENCODE_H
#define CRYPT_ENCODE_H

#include "base_buf.h"

void crypt_hex(struct base_buf *out, const void *bytes, size_t n);
void crypt_hex_to(char *out, const void *bytes, size_t n); /* 2 n digits and a NUL */
/* base64url without padding (RFC 4648 section 5), as PKCE and our tokens use it. */
void crypt_base64url(struct base_buf *out, const void *bytes, size_t n);
/* Base64 with padding (RFC 4648 section 4). */
void crypt_base64(struct base_buf *out, const void *bytes, size_t n);
/* Decodes base64url or base64, padding optional. False on anything else or when it needs more than
 * `cap` bytes. */
bool crypt_base64_decode(struct base_span text, void *out, size_t cap, size_t *ret_n);

#endif
