/* gzip (RFC 1952) made readable as it comes, in constant memory, for answers that nobody holds. It
 * is zlib's, which takes three times as long as what decodes whole ones (http_curl_gzip.c). Not for
 * what holds secrets: nothing is wiped. */
#ifndef HTTP_CURL_INFLATE_H
#define HTTP_CURL_INFLATE_H

#include "base_error.h"
#include "base_span.h"

struct http_curl_inflate;

/* What the next bytes become, borrowed, HTTP_CURL_INFLATE_ROOM bytes at most. False: no more is
 * wanted. */
#define HTTP_CURL_INFLATE_ROOM (32u << 10)
typedef bool http_curl_plain_fn(void *arg, struct base_span plain);

/* NULL when memory is short. */
struct http_curl_inflate *http_curl_inflate_new(http_curl_plain_fn *fn, void *arg);
void http_curl_inflate_free(struct http_curl_inflate *x); /* NULL is allowed */

/* Hands on what `bytes` become, 4 GiB of them at most. INVALID: they are no gzip, or what came
 * before is not what a member's checksum and length say; NO_MEMORY; CANCELLED: no more was wanted.
 * An error stays. */
enum base_status http_curl_inflate_add(struct http_curl_inflate *x, struct base_span bytes);
/* No more will come: that error, or INVALID when a member is cut, or none has come. */
enum base_status http_curl_inflate_end(const struct http_curl_inflate *x);
/* zlib's words for what is wrong; "" when it has none. */
const char *http_curl_inflate_said(const struct http_curl_inflate *x);

#endif
