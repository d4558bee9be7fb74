/* Hashes and encodings of bytes. */
#ifndef CRYPT_HASH_H
#define CRYPT_HASH_H

#include "base_buf.h"

#define CRYPT_SHA256_BYTES 32
#define CRYPT_BLAKE2B_BYTES 32

void crypt_sha256(unsigned char out[CRYPT_SHA256_BYTES], struct base_span message);
/* HMAC-SHA-256 (RFC 2104); the key may have any length. */
void crypt_hmac_sha256(unsigned char out[CRYPT_SHA256_BYTES], struct base_span key,
                       struct base_span message);
/* BLAKE2b-256, keyed when key.n > 0; a key of more than 64 bytes is hashed first. */
void crypt_blake2b(unsigned char out[CRYPT_BLAKE2B_BYTES], struct base_span key,
                   struct base_span message);

void crypt_hex(struct base_buf *out, const void *bytes, size_t n);
/* base64url without padding (RFC 4648 section 5), as PKCE and our tokens use it. */
void crypt_base64url(struct base_buf *out, const void *bytes, size_t n);
/* Base64 with padding (RFC 4648 section 4). */
void crypt_base64(struct base_buf *out, const void *bytes, size_t n);
/* Decodes base64url or base64, padding optional. False on anything else or when it needs more than
 * `cap` bytes. */
bool crypt_base64_decode(struct base_span text, void *out, size_t cap, size_t *ret_n);

#endif
