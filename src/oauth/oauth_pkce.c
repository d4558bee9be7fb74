#include "oauth_pkce.h"

#include "crypt_encode.h"
#include "crypt_hash.h"

/* RFC 7636 section 4.1. */
#define VERIFIER_MIN 43
#define VERIFIER_MAX 128

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

static bool is_unreserved(char c) /* RFC 3986 section 2.3 */
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

bool oauth_pkce_verifier_valid(struct base_span verifier)
{
    if (verifier.n < VERIFIER_MIN || verifier.n > VERIFIER_MAX)
        return false;
    for (size_t i = 0; i < verifier.n; i++)
        if (!is_unreserved(verifier.p[i]))
            return false;
    return true;
}
