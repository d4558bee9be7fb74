/* Values out of JSON by a simple path: "results[].properties.email". Names are separated by dots,
 * [] is each element of an array or each value of an object, [3] one element (from 0), ["a.b"] a
 * name with special characters; a dot at the beginning is allowed, "." alone is the whole. */
#ifndef BASE_SELECT_H
#define BASE_SELECT_H

#include "base_json.h"

#define BASE_SELECT_STEPS 32

/* USAGE when it is no such path. */
enum base_status base_select_check(const char *path, struct base_error *err);

/* How many bytes of a path that was checked stand before its first [], behind which there may be
 * nothing; all of them where it has none. 0: the whole value. A name in quotes may hold brackets.
 */
size_t base_select_before_each(const char *path);

/* Called for each value that the path leads to, in the order of the text; `v` borrowed. Where the
 * way ends early (no such name, or null or a scalar on the way), v->type is BASE_JSON_ERROR, so
 * that each element of a list has its line. */
typedef void base_select_fn(void *arg, const struct base_json_value *v);
/* `json` is one valid value, as base_json_valid() says, and `path` was checked. */
void base_select(struct base_span json, const char *path, base_select_fn *fn, void *arg);

/* A value as one line without its end. Strings as text: \n, \r, \t, \\ and \u001b for what would
 * break the line or drive a terminal. Objects and arrays as JSON; null and what is absent as
 * nothing. */
void base_select_line(struct base_buf *out, const struct base_json_value *v);

#endif
