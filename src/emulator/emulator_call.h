/* A request and the answer that is being made for it. A handler fills call->answer; it is sent when
 * the handler has returned, or later when --latency or a fault says so. */
#ifndef EMULATOR_CALL_H
#define EMULATOR_CALL_H

#include "emulator_limit.h"
#include "emulator_record.h"
#include "emulator_store.h"

#include "base_jsonw.h"
#include "serve.h"
#include "serve_form.h"

#define EMULATOR_PARAMS 3
#define EMULATOR_ANSWER_MAX ((size_t)16 << 20)

struct emulator;
struct emulator_route;

enum emulator_ending {
    EMULATOR_SEND,  /* the answer is sent */
    EMULATOR_RESET, /* the connection is reset instead */
    EMULATOR_CUT,   /* the answer breaks off in the middle of its body */
    /* See emulator_drip.h. */
    EMULATOR_CHUNKED,
    EMULATOR_DRIP,
    EMULATOR_ENDLESS,
    /* See emulator_rows.h. */
    EMULATOR_ROWS,
    EMULATOR_ROWS_CUT,
    EMULATOR_ROWS_CHUNKED,
};

struct emulator_answer {
    int status;
    const char *type; /* Content-Type; NULL: no body */
    struct base_buf body;
    struct base_buf location;
    const char *allow;     /* methods, of a 405; NULL: none */
    const char *extra[2];  /* one more header: name and value */
    int64_t retry_after;   /* seconds; 0: no such header */
    bool retry_date;       /* as the date that is so far off */
    char page_nonce[24];   /* of an HTML page with styles; then its policy is sent */
    char form_origin[256]; /* where the form of the page may lead besides here */
    bool gzipped;
    int64_t rate; /* of EMULATOR_DRIP: bytes in a second */
    int64_t rows; /* of EMULATOR_ROWS */
    enum emulator_ending ending;
};

struct emulator_call {
    struct emulator *emulator;
    struct serve_exchange *exchange; /* NULL once it is answered or gone */
    const struct serve_request *request;
    const struct emulator_route *route; /* NULL: none matched */
    const struct emulator_type *type;   /* of EMULATOR_CRM routes; NULL: none is of that name */
    struct base_span params[EMULATOR_PARAMS]; /* the {segments} of the path, as sent */
    struct serve_form query, form;            /* form: empty until emulator_call_form() */
    struct serve_form basic; /* client_id and client_secret of HTTP Basic, with --basic-auth */
    char correlation[37];
    int64_t now;                     /* the emulator's clock, Unix ms */
    int64_t arrived;                 /* monotonic ms */
    struct emulator_grant grant;     /* of the bearer token, on routes that need one */
    struct emulator_verdict verdict; /* of the limit; max is 0 where none applies */
    bool daily;                      /* a private app's: the daily limit's headers are sent */
    struct emulator_answer answer;
    const char *note; /* for the log */
    struct loop_timer *timer;
    bool held;                          /* by a fault's delay */
    struct loop_timer *drip;            /* the answer goes out in pieces */
    size_t drip_at;                     /* so much of it is sent */
    int64_t row_at;                     /* so many of its rows are made */
    struct emulator_gzip_stream *gzip;  /* of the rows; NULL: they are not compressed */
    struct emulator_call *next, **link; /* in emulator->calls */
};

/* NULL when memory is short; a query that is no form gives an empty one and sets *ret_malformed. */
struct emulator_call *emulator_call_new(struct emulator *e, struct serve_exchange *x,
                                        bool *ret_malformed);
void emulator_call_free(struct emulator_call *call);
/* The client went away before its answer: logs that and frees the call. */
void emulator_call_gone(struct emulator_call *call);
/* Whether its answer is to be compressed, as Cloudflare does when the client asks for it. */
bool emulator_call_wants_gzip(const struct emulator_call *call);
/* Sends the answer after `delay_ms` and frees the call. */
void emulator_call_finish(struct emulator_call *call, int64_t delay_ms);
/* Sends the answers that a fault's delay holds back, as soon as the loop has its turn. */
void emulator_call_let_go(struct emulator *e);

/* Reads the body when it is application/x-www-form-urlencoded; otherwise, or when it is malformed,
 * the form stays empty, which is what HubSpot's parser sees of a JSON body. */
void emulator_call_form(struct emulator_call *call);

/* The records of a type in the account that the token is for, as of now. */
void emulator_call_records(const struct emulator_call *call, const struct emulator_type *type,
                           struct emulator_records *ret);

/* The start of a JSON answer: the caller writes one value with `w`. */
void emulator_answer_json(struct emulator_call *call, int status, struct base_jsonw *w);
/* The same for many objects. There is no secret in them: the answer is not wiped, which costs more
 * than to write it. */
void emulator_answer_objects(struct emulator_call *call, int status, struct base_jsonw *w);
void emulator_answer_empty(struct emulator_call *call, int status);
/* 302 to a URL, to which parameters are added. */
void emulator_answer_redirect(struct emulator_call *call, const char *url);
void emulator_answer_parameter(struct emulator_call *call, const char *name, const char *value);

/* A random UUID of version 4. */
void emulator_uuid4(char out[37]);

#endif
