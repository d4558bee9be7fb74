#include "hubspot_scope.h"

#define DOING "reading a list of scopes"

static bool is_separator(char c)
{
    return c == ' ' || c == ',' || c == '\t' || c == '\r' || c == '\n';
}

/* scope-token of RFC 6749 section 3.3: %x21 / %x23-5B / %x5D-7E. */
static bool is_scope_character(char c)
{
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* The next name of `*rest`; empty at the end. */
static struct base_span next_name(struct base_span *rest)
{
    while (rest->n > 0 && is_separator(rest->p[0]))
        *rest = base_span_from(*rest, 1);
    size_t n = 0;
    while (n < rest->n && !is_separator(rest->p[n]))
        n++;
    struct base_span name = base_span_first(*rest, n);
    *rest = base_span_from(*rest, n);
    return name;
}

bool hubspot_scope_has(struct base_span list, struct base_span name)
{
    for (;;) {
        struct base_span next = next_name(&list);
        if (next.n == 0)
            return false;
        if (base_span_eq(next, name))
            return true;
    }
}

static void add_name(struct base_buf *out, size_t start, struct base_span name)
{
    if (out->n > start)
        base_buf_add_char(out, ' ');
    base_buf_add_span(out, name);
}

enum base_status hubspot_scope_normalise(struct base_span text, struct base_buf *out,
                                         struct base_error *err)
{
    const size_t start = out->n;
    struct base_span name;
    while ((name = next_name(&text)).n > 0) {
        for (size_t i = 0; i < name.n; i++)
            if (!is_scope_character(name.p[i]))
                return base_fail(err, BASE_INVALID, DOING,
                                 "a scope holds a character that no scope can have");
        if (!hubspot_scope_has(base_span_from(base_buf_span(out), start), name))
            add_name(out, start, name);
    }
    enum base_status status = base_buf_status(out);
    if (status == BASE_NO_MEMORY)
        return base_fail_memory(err);
    if (status != BASE_OK)
        return base_fail(err, status, DOING, "the list is too long");
    return BASE_OK;
}

void hubspot_scope_minus(struct base_span a, struct base_span b, struct base_buf *out)
{
    const size_t start = out->n;
    struct base_span name;
    while ((name = next_name(&a)).n > 0)
        if (!hubspot_scope_has(b, name))
            add_name(out, start, name);
}
