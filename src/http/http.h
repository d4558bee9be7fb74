/* Outward HTTP: the one way out, and a port. The backend (http/curl, a module) keeps these
 * promises: https only, plain http only to a loopback host; certificates and names checked;
 * redirects never followed; connect, idle and total deadlines; answers capped; gzip decoded;
 * connections reused. */
#ifndef HTTP_H
#define HTTP_H

#include "base_buf.h"
#include "crypt_secret.h"
#include "loop.h"

struct http;
struct http_call; /* one request under way */

struct http_header {
    struct base_span name, value;
};

/* How far a request came: the step that failed, in the order in which they are taken. */
enum http_step {
    HTTP_STEP_NONE,       /* it was not taken on its way: a request that cannot be made */
    HTTP_STEP_PROXY,      /* the proxy's name, or what the proxy answered */
    HTTP_STEP_NAME,       /* resolving the host's name */
    HTTP_STEP_CONNECTION, /* TCP, with the host or the proxy */
    HTTP_STEP_TLS,
    HTTP_STEP_ANSWER, /* it was sent; no whole answer came */
    HTTP_STEP_DONE,
};

/* What a request met on its way, for a diagnosis. */
struct http_trace {
    enum http_step step;
    char issuer[256];         /* of the server's certificate: "C = US, O = …"; "" without TLS */
    int64_t certificate_ends; /* Unix ms; 0: unknown */
};

/* `body` is what has come so far of the answer's. Borrowed. No call is started or
 * cancelled from here. */
typedef void http_body_fn(void *arg, int status, struct base_span body);

struct http_response;
/* The next piece of a body that is not held; they come in order and each once. `head` is the answer
 * without a body, with the first piece; NULL with later ones. Borrowed. False: no more is wanted,
 * and the request ends as CANCELLED. It may block, which is how a slow reader holds the sender
 * back. No call is started or cancelled from here. */
typedef bool http_piece_fn(void *arg, const struct http_response *head, struct base_span piece);

struct http_request {
    const char *method; /* "GET" */
    const char *url;    /* absolute */
    const struct http_header *headers;
    size_t header_count;
    struct base_span body;             /* p == NULL: none */
    const struct crypt_secret *bearer; /* adds "Authorization: Bearer …"; NULL: none */
    bool sensitive;                    /* the answer holds secrets: its buffer is wiped */
    size_t max_body;                   /* cap of the decoded answer; 0: 1 MiB */
    int64_t connect_timeout_ms;        /* 0: 10 s */
    int64_t idle_timeout_ms;           /* no byte for so long; 0: 30 s */
    int64_t total_timeout_ms;          /* 0: 120 s */
    struct http_trace *trace;          /* filled before `done` is called; NULL: not wanted */
    /* For an answer that is given once, and must be put away before anything can happen to this
     * process: called each time that more of the body has come, without a system call in between.
     * No compression is asked for then; a body that has one all the same is not shown. NULL: not
     * wanted. */
    http_body_fn *on_body;
    void *on_body_arg;
    /* For an answer of any length: when the body of a 2xx outgrows `hold` bytes, it is handed over,
     * what is held first, and neither max_body nor the total deadline counts any more. All others
     * are held. Bytes are those of the decoded body, which comes as it is decoded: that it was
     * damaged or cut may be seen only when all of it was handed over. NULL: not wanted. */
    http_piece_fn *on_piece;
    void *on_piece_arg;
    size_t hold;
};

struct http_response {
    int status;
    const struct http_header *headers; /* names as received; of the final answer only */
    size_t header_count;
    struct base_buf body; /* the callee may base_buf_steal() it; empty when it was handed over */
    int64_t elapsed_ms;
    /* Of that: until the request left on an open connection, and until the answer began. */
    int64_t sent_ms, first_byte_ms;
};

/* How far a failed request got, for the rules of what may be repeated. */
enum http_progress {
    HTTP_NOT_SENT,    /* no byte of the request can have been acted upon */
    HTTP_MAYBE_ACTED, /* sent in part or whole; the outcome is unknown */
};

/* Called once, from the loop, never from http_start(). On BASE_OK an HTTP answer of any status has
 * arrived. Otherwise response is NULL and `err` says why: UNAVAILABLE (network, DNS, deadline,
 * TLS), LIMIT (answer too large), INVALID (no HTTP), CANCELLED (no more was wanted). All pointers
 * are borrowed for the time of the call. */
typedef void http_done_fn(void *arg, enum base_status status, struct http_response *response,
                          enum http_progress progress, const struct base_error *err);

struct http_ops {
    /* Everything in `request` is the caller's and must stay until `done` or cancel. */
    enum base_status (*start)(struct http *h, const struct http_request *request,
                              http_done_fn *done, void *arg, struct http_call **ret,
                              struct base_error *err);
    void (*cancel)(struct http_call *call); /* no callback after it */
    void (*free)(struct http *h);           /* cancels what is left */
};

struct http { /* a backend embeds it as its first member */
    const struct http_ops *ops;
};

/* What the module's entry points to. `user_agent` is copied. */
struct http_module {
    enum base_status (*open)(struct loop *l, const char *user_agent, struct http **ret,
                             struct base_error *err);
};

/* Loads the libcurl backend. */
enum base_status http_open(struct loop *l, const char *user_agent, struct http **ret,
                           struct base_error *err);
/* Checks method, URL and headers (USAGE on bad ones, no CR/LF anywhere; http only to loopback),
 * then the backend's start. */
enum base_status http_start(struct http *h, const struct http_request *request, http_done_fn *done,
                            void *arg, struct http_call **ret, struct base_error *err);
void http_cancel(struct http_call *call, struct http *h);
void http_free(struct http *h);

/* A header by case-insensitive name; p == NULL when absent. */
struct base_span http_response_header(const struct http_response *r, const char *name);

#endif
