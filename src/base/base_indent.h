/* JSON laid out for a person at a terminal: two spaces for each level, nothing in it that drives
 * the terminal. */
#ifndef BASE_INDENT_H
#define BASE_INDENT_H

#include "base_buf.h"

/* Ends with a line end. False, and `out` is unchanged but for its capacity, when the text is no
 * JSON. */
bool base_indent(struct base_buf *out, struct base_span json);

#endif
