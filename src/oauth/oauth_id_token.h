/* The ID token in a token answer (OpenID Connect Core 1.0 section 3.1.3.7), as far as a login needs
 * it: does it speak of this login, this client and this server, and does it still hold. */
#ifndef OAUTH_ID_TOKEN_H
#define OAUTH_ID_TOKEN_H

#include "base_error.h"
#include "base_span.h"

#define OAUTH_ID_TOKEN_SKEW_MS (60 * 1000) /* between our clock and the server's */

/* What it must say; all borrowed. */
struct oauth_id_token_expect {
    const char *issuer;     /* compared byte by byte (item 2) */
    const char *client_id;  /* the audience, and the authorized party where one is named (3 to 5) */
    struct base_span nonce; /* that was sent; empty: none was, and none is looked for (11) */
    int64_t now_ms;
};

/* INVALID with the claim that is wrong: iss, aud, azp, exp, iat, sub or nonce, or the form of the
 * token. The signature is not checked: item 6 allows that for a token that came from the token
 * endpoint itself, over TLS (or from this machine), and hubauth takes it from nowhere else. So
 * nothing that the token says beyond these checks is used. An encrypted token (five parts) is
 * refused. */
enum base_status oauth_id_token_check(struct base_span token,
                                      const struct oauth_id_token_expect *expect,
                                      struct base_error *err);

#endif
