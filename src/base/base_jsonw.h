/* JSON out: a writer that puts the commas and escapes, on top of a sticky buffer.
 * Misuse (a value without a key in an object, closing what is not open) sets the buffer's status to
 * BASE_FAILED. */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include "base_buf.h"

struct base_jsonw {
    struct base_buf *out; /* borrowed */
    uint64_t in_object;
    unsigned depth;
    bool need_comma;
    bool after_key;
};

void base_jsonw_begin(struct base_jsonw *w, struct base_buf *out);
void base_jsonw_object(struct base_jsonw *w);
void base_jsonw_array(struct base_jsonw *w);
void base_jsonw_end(struct base_jsonw *w); /* closes the innermost object or array */
void base_jsonw_key(struct base_jsonw *w, const char *name);
void base_jsonw_key_span(struct base_jsonw *w, struct base_span name);
void base_jsonw_string(struct base_jsonw *w, struct base_span s); /* invalid UTF-8 becomes U+FFFD */
void base_jsonw_str(struct base_jsonw *w, const char *text);      /* NULL writes null */
void base_jsonw_int(struct base_jsonw *w, int64_t value);
void base_jsonw_bool(struct base_jsonw *w, bool value);
void base_jsonw_null(struct base_jsonw *w);
void base_jsonw_raw(struct base_jsonw *w, struct base_span json); /* a value that is JSON already */

/* A member in one line: key and value. */
void base_jsonw_member_str(struct base_jsonw *w, const char *name, const char *text);
void base_jsonw_member_span(struct base_jsonw *w, const char *name, struct base_span s);
void base_jsonw_member_int(struct base_jsonw *w, const char *name, int64_t value);
void base_jsonw_member_bool(struct base_jsonw *w, const char *name, bool value);

#endif
