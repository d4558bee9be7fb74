#include "oauth_pkce.h"

#include "crypt_encode.h"
#include "crypt_hash.h"

void oauth_pkce_verifier(const unsigned char random[OAUTH_RANDOM_BYTES], struct base_buf *out)
{
    crypt_base64url(out, random, OAUTH_RANDOM_BYTES);
}

void oauth_pkce_challenge(struct base_span verifier, struct base_buf *out)
{
    unsigned char digest[CRYPT_SHA256_BYTES];
    crypt_sha256(digest, verifier);
    crypt_base64url(out, digest, sizeof digest);
}
