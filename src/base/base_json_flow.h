/* JSON that is looked at as it comes, in pieces that are not kept: where in the text we are. This
 * is no judge of JSON (base_json_valid() is): it tells a text that has come to its end from one
 * that was cut. */
#ifndef BASE_JSON_FLOW_H
#define BASE_JSON_FLOW_H

#include "base_span.h"

struct base_json_flow {
    unsigned depth;          /* of open brackets */
    bool in_string, escaped; /* escaped: the next character is */
    bool closed;             /* the outermost value is */
    bool broken; /* a bracket too many, more than BASE_JSON_DEPTH, or text behind it all */
};

/* All zero at the beginning. True when `c` is in a string, or is one of its quotes. */
bool base_json_flow_step(struct base_json_flow *f, char c);
void base_json_flow_add(struct base_json_flow *f, struct base_span piece);
/* Whether what has come can be a whole text: an object, array or string that is closed. */
bool base_json_flow_ended(const struct base_json_flow *f);

#endif
