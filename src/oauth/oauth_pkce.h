/* PKCE (RFC 7636), S256 only. */
#ifndef OAUTH_PKCE_H
#define OAUTH_PKCE_H

#include "base_buf.h"

#define OAUTH_RANDOM_BYTES                                                                         \
    32 /* 256 bits: above the 128 of RFC 6819 5.1.4.2.2 and what RFC 7636 7.1 recommends */

/* 43 characters of base64url from 32 random bytes (RFC 7636 section 4.1). Also used for `state`. */
void oauth_pkce_verifier(const unsigned char random[OAUTH_RANDOM_BYTES], struct base_buf *out);
/* BASE64URL(SHA256(ASCII(verifier))) (section 4.2). */
void oauth_pkce_challenge(struct base_span verifier, struct base_buf *out);

#endif
