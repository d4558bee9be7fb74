/* HTTP/1.1 requests, strictly (RFC 9112): pure, incremental, bounded. Whatever two parsers could
 * read differently is refused: both or repeated Content-Length, Content-Length with
 * Transfer-Encoding, any coding but a single "chunked", obs-fold, bare LF or CR, white space before
 * a colon, control characters, missing or repeated Host. */
#ifndef SERVE_PARSE_H
#define SERVE_PARSE_H

#include "base_buf.h"

#define SERVE_MAX_HEADERS 100

struct serve_header {
    struct base_span name, value;
};

struct serve_request {
    struct base_span method; /* "GET" */
    struct base_span target; /* as sent: "/path?query" */
    struct base_span path;   /* as sent, before '?' */
    struct base_span query;  /* after '?'; p == NULL when there is none */
    int minor;               /* HTTP/1.minor: 0 or 1 */
    bool keep_alive;
    struct serve_header headers[SERVE_MAX_HEADERS];
    size_t header_count;
    struct base_span body;
};

enum serve_parse_result { SERVE_PARSE_MORE, SERVE_PARSE_DONE, SERVE_PARSE_REFUSED };

struct serve_limits {
    size_t max_head; /* request line and headers with the empty line after them, bytes */
    size_t max_body; /* decoded */
};

/* Zeroed before each request; keeps what need not be looked at twice. */
struct serve_parse {
    size_t scanned;     /* bytes that were found to be good */
    size_t head_end;    /* 0 until the head is complete */
    size_t body_length; /* as announced; of a chunked body, what has been decoded so far */
    bool chunked;
    /* Expect: 100-continue, which the server answers when the head is complete. */
    bool expects_continue;
};

/* Looks at the bytes received so far, from the start of a request.
 *
 * DONE: *request holds spans of `bytes` and *ret_used says where the next request begins. REFUSED:
 * *ret_status is the HTTP status to answer before closing (400, 405 for CONNECT and TRACE, 413,
 * 414, 417, 431, 501, 505) and *ret_reason a static text. MORE: call again with the same bytes and
 * more behind them; *request is scratch until then.
 *
 * A chunked body is decoded in place as it arrives, hence `bytes` is not const: each call must get
 * what the one before left there, though it may have moved. */
enum serve_parse_result serve_parse(struct serve_parse *state, char *bytes, size_t n,
                                    const struct serve_limits *limits,
                                    struct serve_request *request, size_t *ret_used,
                                    int *ret_status, const char **ret_reason);
/* With so many bytes there is no answer MORE: the largest buffer that a connection needs. */
size_t serve_parse_room(const struct serve_limits *limits);

/* The value of a header by case-insensitive name; p == NULL when absent. */
struct base_span serve_request_header(const struct serve_request *request, const char *name);

#endif
