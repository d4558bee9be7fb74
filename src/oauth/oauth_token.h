/* The token endpoint (RFC 6749 sections 4.1.3, 5 and 6), revocation (RFC 7009) and introspection
 * (RFC 7662): bodies out, answers in. The client authenticates by client_secret_post, the only way
 * that HubSpot documents. */
#ifndef OAUTH_TOKEN_H
#define OAUTH_TOKEN_H

#include "crypt_secret.h"

struct oauth_client {
    const char *client_id;
    const struct crypt_secret *client_secret; /* NULL for a public client: left out */
};

/* Form bodies, appended to a sensitive buffer. */
void oauth_token_code_body(struct base_buf *out, const struct oauth_client *client,
                           struct base_span code, const char *redirect_uri,
                           struct base_span code_verifier);
void oauth_token_refresh_body(struct base_buf *out, const struct oauth_client *client,
                              const struct crypt_secret *refresh_token); /* no redirect_uri (A7) */
/* A token of the client itself (section 4.4.2). */
void oauth_token_client_body(struct base_buf *out, const struct oauth_client *client,
                             const char *scope);
/* For revocation and introspection; `hint` is "access_token" or "refresh_token". */
void oauth_token_hint_body(struct base_buf *out, const struct oauth_client *client,
                           const struct crypt_secret *token, const char *hint);

/* A successful answer (section 5.1). */
struct oauth_tokens {
    struct crypt_secret *access_token;
    struct crypt_secret
        *refresh_token; /* NULL: the server gave none, the old one stays (section 6, C5) */
    int64_t expires_in; /* seconds; -1 when the answer does not say */
    char *scope;        /* RFC's space-separated `scope`, of visible ASCII; NULL when absent */
    struct crypt_secret *id_token; /* unchecked: oauth_id_token_check(); NULL when absent or odd */
};

#define OAUTH_TOKEN_MAX_BODY (1u << 20)   /* C4 */
#define OAUTH_TOKEN_MAX_BYTES (64u << 10) /* one token; HubSpot's fluctuate around 512 */

/* Whether it can be a token: visible ASCII, and not too long. */
bool oauth_token_is_one(struct base_span text);
/* INVALID when the body is not JSON, access_token is not a non-empty string of visible ASCII,
 * token_type is not Bearer in any case, or expires_in is no number or numeric string in 0 to
 * 10 years. */
enum base_status oauth_tokens_parse(struct base_span body, struct oauth_tokens *ret,
                                    struct base_error *err);
void oauth_tokens_free(struct oauth_tokens *t);

#endif
