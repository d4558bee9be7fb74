/* JSON laid out for a person at a terminal: two spaces for each level, nothing in it that drives
 * the terminal. */
#ifndef BASE_INDENT_H
#define BASE_INDENT_H

#include "base_buf.h"
#include "base_json_flow.h"

/* Ends with a line end. False, and `out` is unchanged but for its capacity, when the text is no
 * JSON. */
bool base_indent(struct base_buf *out, struct base_span json);

/* The same for a text that comes in pieces, where nobody can say yet whether it is JSON: all zero
 * at the beginning, and after the last piece a line end is the caller's. A piece ends with a whole
 * character (base_text_whole()). Of what is no JSON every character is kept but white space. */
struct base_indent {
    struct base_json_flow at;
    bool opened; /* a bracket, and nothing in it yet */
};
void base_indent_add(struct base_indent *i, struct base_span piece, struct base_buf *out);

#endif
