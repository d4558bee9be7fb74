/* URLs as far as this project needs them (RFC 3986): split, checked, and percent-encoding. */
#ifndef BASE_URL_H
#define BASE_URL_H

#include "base_buf.h"

struct base_url {            /* spans of the parsed text */
    struct base_span scheme; /* "https" or "http", as written */
    struct base_span host;   /* without brackets for IPv6 */
    uint16_t port;           /* explicit, or 80/443 by scheme */
    bool port_given;
    struct base_span path;  /* "/" or more; may be empty */
    struct base_span query; /* after '?', p == NULL when there is none */
};

/* Absolute http(s) URLs only, no user info, no fragment, nothing but printable ASCII, every % with
 * its two digits, at most 8,192 bytes (BASE_LIMIT). Nothing is normalised. The error says what is
 * wrong without quoting the URL. */
enum base_status base_url_parse(struct base_span text, struct base_url *ret,
                                struct base_error *err);
/* localhost (any case), 127.0.0.0/8 or ::1, as text; no name is resolved. */
bool base_url_is_loopback(struct base_span host);
/* https, or http on a loopback host. */
bool base_url_is_safe(const struct base_url *url);
/* Scheme, host and port as RFC 6454 section 6.2 writes an origin: small letters, and the port only
 * where it is not the scheme's own. Nothing is added for a URL that did not parse (no scheme). */
void base_url_origin(struct base_buf *out, const struct base_url *url);
/* Everything but unreserved characters (RFC 3986 section 2.3) as %XX; a space is %20. */
void base_url_encode(struct base_buf *out, struct base_span s);

#endif
