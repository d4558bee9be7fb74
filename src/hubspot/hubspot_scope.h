/* Scope lists: names separated by spaces (RFC 6749 section 3.3; commas are taken as spaces). */
#ifndef HUBSPOT_SCOPE_H
#define HUBSPOT_SCOPE_H

#include "base_buf.h"

/* One space between names, each once, order kept. INVALID on characters that a scope cannot have.
 */
enum base_status hubspot_scope_normalise(struct base_span text, struct base_buf *out,
                                         struct base_error *err);
bool hubspot_scope_has(struct base_span list, struct base_span name);
/* Appends the names of `a` that are not in `b`, separated by spaces. */
void hubspot_scope_minus(struct base_span a, struct base_span b, struct base_buf *out);

#endif
