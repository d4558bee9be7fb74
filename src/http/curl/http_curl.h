/* The libcurl backend's own header: what its files share.
 *   http_curl.c        the module, curl's multi handle and the loop
 *   http_curl_call.c   the life of one request
 *   http_curl_setup.c  every option that curl is given, in one place to be audited
 *   http_curl_fault.c  what curl's errors mean
 *   http_curl_gzip.c   compressed answers, and which of them are decoded as they come
 *   http_curl_inflate.c  how that is done
 *   http_curl_trace.c  what a request met on its way, for those who ask */
#ifndef HTTP_CURL_H
#define HTTP_CURL_H

#include "http.h"
#include "http_curl_inflate.h"

#include <curl/curl.h>

#define HTTP_CURL_HEAD_MAX (64u << 10) /* bytes of an answer's headers */
#define HTTP_CURL_HEADERS_MAX 128
#define HTTP_CURL_TRUST_S 3600 /* that roots which were read are believed for */

struct http_curl_socket;
struct libdeflate_decompressor;

struct http_curl {
    struct http http;
    struct loop *loop;
    CURLM *multi;
    CURLSH *sessions;         /* of TLS, for all requests */
    int64_t sessions_since;   /* loop time */
    struct loop_timer *timer; /* curl's next deadline */
    char *user_agent;
    char *ca_file; /* the roots: one of the two, or neither, which is curl's own default */
    char *ca_path;
    struct libdeflate_decompressor *decompressor;
    struct http_call *calls;
    struct http_curl_socket *sockets;
    unsigned depth; /* of our own callbacks on the stack */
    bool closing;   /* freed while depth > 0: the last one to leave does it */
};

enum http_curl_coding {
    HTTP_CURL_PLAIN,
    HTTP_CURL_GZIP_WHOLE,  /* decoded when it is whole */
    HTTP_CURL_GZIP_PIECES, /* decoded as it comes */
    HTTP_CURL_UNKNOWN,
};
/* Why we take no more of an answer. */
enum http_curl_overflow {
    HTTP_CURL_FITS,
    HTTP_CURL_HEAD_TOO_LARGE,
    HTTP_CURL_BODY_TOO_LARGE,
    HTTP_CURL_NOT_WANTED,
};

struct http_call {
    struct http_curl *h;
    struct http_call *next, *previous;
    CURL *easy;
    http_done_fn *done;
    void *arg;

    /* the request */
    struct base_buf lines; /* its header lines, each with a NUL; holds the bearer token */
    struct curl_slist
        *nodes;      /* our own list over `lines`: curl_slist_append() would leave a copy */
    char where[280]; /* host, and port where one was given: for messages */
    bool loopback;
    bool repeatable; /* the method is idempotent */
    int64_t connect_timeout_ms, idle_timeout_ms, total_timeout_ms;

    http_body_fn *on_body; /* NULL: not wanted */
    void *on_body_arg;
    http_piece_fn *on_piece; /* NULL: not wanted */
    void *on_piece_arg;
    size_t hold;

    /* how far it is */
    struct http_trace *trace; /* the caller's; NULL: not wanted */
    struct loop_timer *idle;
    int64_t moved_at;  /* by the loop's clock: when something last did */
    unsigned sendings; /* curl begins again when a kept connection turns out to be dead */
    curl_off_t uploaded;
    bool finished; /* `done` is running or has run */
    bool idled;    /* the idle timer ended it */
    bool holds_reserve;

    /* the answer */
    struct base_buf head; /* its header lines, without the status line */
    size_t header_count;
    bool head_complete; /* what comes now are trailers */
    enum http_curl_coding coding;
    struct http_curl_inflate *inflate; /* of GZIP_PIECES, from the body's first byte on */
    struct base_buf body; /* what is held of it: of GZIP_WHOLE as it came, and decoded in the end */
    bool handed_over;     /* the body is, and what comes of it will be */
    enum http_curl_overflow overflow;
    char said[CURL_ERROR_SIZE];
};

/* http_curl.c: around everything that may call `done`, since that may free the backend. */
void http_curl_enter(struct http_curl *h);
void http_curl_leave(struct http_curl *h);

/* http_curl_call.c */
enum base_status http_curl_call_start(struct http_curl *h, const struct http_request *request,
                                      http_done_fn *done, void *arg, struct http_call **ret,
                                      struct base_error *err);
void http_curl_call_cancel(struct http_call *call);
/* Takes the call out of curl's hands, tells the caller and frees it. */
void http_curl_call_finish(struct http_call *call, CURLcode code);

/* http_curl_setup.c */
enum base_status http_curl_setup(struct http_call *call, const struct http_request *request,
                                 struct base_error *err);

/* curl's callbacks, in http_curl_call.c */
size_t http_curl_on_head(char *line, size_t size, size_t n, void *arg);
size_t http_curl_on_body(char *bytes, size_t size, size_t n, void *arg);
int http_curl_on_sending(void *arg, char *remote, char *local, int remote_port, int local_port);
int http_curl_on_progress(void *arg, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                          curl_off_t up);

/* http_curl_gzip.c */
struct libdeflate_decompressor *http_curl_decompressor_new(void);
void http_curl_decompressor_free(struct libdeflate_decompressor *d); /* NULL is allowed */
/* One of the answer's: some say how the body will be decoded. */
void http_curl_on_header(struct http_call *call, struct base_span name, struct base_span value);
/* Decodes a body of GZIP_WHOLE in place; says of one of GZIP_PIECES whether it was whole and sound.
 * `code`, which curl ended with, unless there is more to say. */
CURLcode http_curl_decode(struct http_call *call, CURLcode code);

/* http_curl_fault.c */
enum base_status http_curl_fault(const struct http_call *call, CURLcode code,
                                 struct base_error *err);
enum http_progress http_curl_progress(const struct http_call *call);

/* http_curl_trace.c: fills call->trace. */
void http_curl_trace(const struct http_call *call, CURLcode code);

#endif
