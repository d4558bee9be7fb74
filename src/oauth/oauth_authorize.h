/* The authorization request (RFC 6749 section 4.1.1) and the answer at the redirect URL
 * (section 4.1.2). */
#ifndef OAUTH_AUTHORIZE_H
#define OAUTH_AUTHORIZE_H

#include "base_buf.h"

struct oauth_authorize {
    const char *endpoint; /* absolute URL; may have a query of its own, which is kept */
    const char *client_id;
    const char *redirect_uri;
    const char *scope;
    const char
        *optional_scope; /* HubSpot's optional_scope; NULL or "": left out, never sent empty */
    const char *state;
    const char *code_challenge; /* S256 */
    const char *nonce;          /* OpenID Connect Core section 3.1.2.1; NULL or "": left out */
};

/* Appends the URL. `response_type` is always "code" and the challenge method always S256 (A1, A5,
 * A6): there is no parameter for another. */
enum base_status oauth_authorize_url(const struct oauth_authorize *request, struct base_buf *out,
                                     struct base_error *err);

/* What came back, decoded. Strings are on the heap or NULL when absent. */
struct oauth_callback {
    char *code; /* wiped when freed */
    char *state;
    char *error;
    char *error_description;
    char *error_uri;
    char *iss;        /* RFC 9207 */
    char *return_url; /* HubSpot's returnUrl: an installation begun in the marketplace */
};

#define OAUTH_CALLBACK_MAX 8192 /* bytes of query that are looked at */

/* Parses a query string. INVALID on malformed encoding, on a parameter given twice (RFC 6749
 * section 3.1, B9), LIMIT when longer than the cap. Does not check the state. */
enum base_status oauth_callback_parse(struct base_span query, struct oauth_callback *ret,
                                      struct base_error *err);
/* The query of a whole address that a browser ended up at, for oauth_callback_parse(). It must be
 * `redirect_uri` byte for byte, then '?' (or '&' where that has a query of its own: RFC 6749
 * section 3.1.2) and the answer. A fragment, which browsers keep in the address bar, is cut off
 * unread (A11). Borrowed from `address`. */
bool oauth_callback_query(struct base_span address, const char *redirect_uri,
                          struct base_span *ret_query);
void oauth_callback_free(struct oauth_callback *c);

#endif
