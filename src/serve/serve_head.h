/* The head of a request, whole: the part of the parser that knows the grammar of RFC 9112 sections
 * 3 and 5. */
#ifndef SERVE_HEAD_H
#define SERVE_HEAD_H

#include "serve_parse.h"

/* Why a request is refused. */
struct serve_refusal {
    int status;
    const char *reason; /* static */
};

/* What follows the head (RFC 9112 section 6.3). */
struct serve_framing {
    size_t body_length; /* 0 when chunked */
    bool chunked;
    bool expects_continue;
};

/* For `return serve_refuse(...)`: always false. */
bool serve_refuse(struct serve_refusal *refusal, int status, const char *reason);

/* A method or a header's name (RFC 9110 section 5.6.2). */
bool serve_head_is_token(struct base_span s);

/* `head` ends with the empty line, holds no control characters but CR LF pairs and tabs. Fills the
 * request but its body; false with the refusal set. */
bool serve_head_parse(struct base_span head, size_t max_body, struct serve_request *request,
                      struct serve_framing *framing, struct serve_refusal *refusal);

#endif
