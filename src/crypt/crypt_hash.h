/* Hashes. */
#ifndef CRYPT_HASH_H
#define CRYPT_HASH_H

#include "base_span.h"

#define CRYPT_SHA256_BYTES 32
#define CRYPT_BLAKE2B_BYTES 32

void crypt_sha256(unsigned char out[CRYPT_SHA256_BYTES], struct base_span message);
/* BLAKE2b-256, keyed when key.n > 0; a key of more than 64 bytes is hashed first. */
void crypt_blake2b(unsigned char out[CRYPT_BLAKE2B_BYTES], struct base_span key,
                   struct base_span message);

#endif
