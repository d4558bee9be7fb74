/* The scanner against jansson: do both take a text, and do they read the same in it? */
#ifndef JSON_JUDGE_H
#define JSON_JUDGE_H

#include "base_json.h"

/* Known differences, in which ours is meant as it is:
 * - jansson refuses integers beyond 64 bits and numbers beyond a double; the RFC does not, and
 * neither do we.
 * - jansson refuses a NUL character in a name (\u0000).
 * - jansson allows 2,048 levels; we allow 64.
 * - jansson overlooks a NUL byte behind a word or number; no JSON holds a bare NUL.
 * - jansson takes the last of duplicate names; we hand out both, and then their values are not
 * compared. */
enum json_verdict {
    JSON_BOTH_TAKE,
    JSON_BOTH_REFUSE,
    JSON_KNOWN_DIFFERENCE,
    JSON_DIFFERENT, /* one of them is wrong */
};
enum json_verdict json_judge(struct base_span text);

#endif
