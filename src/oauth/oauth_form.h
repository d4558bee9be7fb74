/* application/x-www-form-urlencoded as a client writes and reads it (WHATWG URL section 5, RFC 6749
 * appendix B). */
#ifndef OAUTH_FORM_H
#define OAUTH_FORM_H

#include "base_buf.h"

/* Appends "name=value", with '&' before it when `out` does not end in '?' or is not empty. Space
 * becomes %20, which every server reads; everything but unreserved characters is encoded (C3). */
void oauth_form_add(struct base_buf *out, const char *name, struct base_span value);
void oauth_form_add_str(struct base_buf *out, const char *name, const char *value);
/* The next pair of `*rest`, decoded ('+' and %XX) into the two buffers (reset first). False at the
 * end. *ret_status is BASE_INVALID on malformed encoding or a NUL byte. */
bool oauth_form_next(struct base_span *rest, struct base_buf *name, struct base_buf *value,
                     enum base_status *ret_status);

#endif
