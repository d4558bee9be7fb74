/* A span: bytes that belong to somebody else. Never NUL-terminated, never freed through the span.
 * An empty one may have p == NULL. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct base_span {
    const char *p;
    size_t n;
};

#define BASE_SPAN(literal) ((struct base_span){(literal), sizeof(literal) - 1})
#define BASE_SPAN_NONE ((struct base_span){0})
/* For printf: ("%.*s", BASE_SPAN_ARG(span)). */
#define BASE_SPAN_ARG(span) (int)(span).n, (span).p

struct base_span base_span_of(const char *text); /* NULL gives the empty span */
bool base_span_eq(struct base_span a, struct base_span b);
bool base_span_is(struct base_span a, const char *text);
bool base_span_is_nocase(struct base_span a, const char *text); /* ASCII only */
bool base_span_starts(struct base_span a, const char *prefix);
bool base_span_ends(struct base_span a, const char *suffix);
struct base_span base_span_from(struct base_span a, size_t offset); /* empty past the end */
struct base_span base_span_first(struct base_span a, size_t n);
struct base_span base_span_trim(struct base_span a); /* spaces, tabs, CR, LF at both ends */
/* Cuts at the first `separator`: returns what stands before it and leaves in *rest what follows.
 * Without a separator everything is returned and *rest is empty with p == NULL. */
struct base_span base_span_cut(struct base_span *rest, char separator);
/* Without the line end that it may have: "\n", "\r\n" or "\r", one of them. */
struct base_span base_span_chomp(struct base_span a);
/* Whole-span decimal integers; false on empty, other characters or overflow. */
bool base_span_int64(struct base_span a, int64_t *ret);
bool base_span_uint64(struct base_span a, uint64_t *ret);
/* NUL-terminated heap copy, base_mem_free() it; NULL when memory is short. */
char *base_span_dup(struct base_span a);

#endif
