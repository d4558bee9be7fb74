#include "base_indent.h"

#include "base_json.h"
#include "base_text.h"

static void new_line(struct base_buf *out, unsigned depth)
{
    base_buf_add_char(out, '\n');
    for (unsigned i = 0; i < depth; i++)
        base_buf_add_str(out, "  ");
}

/* What stands in a bracket begins on a line of its own. */
static void begin_line(struct base_indent *i, struct base_buf *out)
{
    if (i->opened)
        new_line(out, i->at.depth);
    i->opened = false;
}

/* A character outside strings that is no white space; `before` is the depth before it. */
static void add_mark(struct base_indent *i, unsigned before, char c, struct base_buf *out)
{
    bool opens = c == '{' || c == '[';

    if (opens && i->opened)
        new_line(out, before);
    else if ((c == '}' || c == ']') && !i->opened)
        new_line(out, i->at.depth);
    else if (!opens && c != '}' && c != ']')
        begin_line(i, out);
    base_text_printable(out, (struct base_span){&c, 1}, SIZE_MAX);
    i->opened = opens;
    if (c == ',')
        new_line(out, i->at.depth);
    else if (c == ':')
        base_buf_add_char(out, ' ');
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void base_indent_add(struct base_indent *i, struct base_span piece, struct base_buf *out)
{
    size_t from = 0, to = 0; /* of a string, or of the part of it that is here */

    for (; to < piece.n; to++) {
        unsigned before = i->at.depth;
        char c = piece.p[to];

        if (base_json_flow_step(&i->at, c)) {
            begin_line(i, out);
            continue;
        }
        base_text_printable(out, base_span_first(base_span_from(piece, from), to - from), SIZE_MAX);
        from = to + 1;
        if (!is_space(c))
            add_mark(i, before, c, out);
    }
    base_text_printable(out, base_span_from(piece, from), SIZE_MAX);
}

bool base_indent(struct base_buf *out, struct base_span json)
{
    struct base_indent i = {0};

    if (!base_json_valid(json))
        return false;
    base_indent_add(&i, json, out);
    base_buf_add_char(out, '\n');
    return true;
}
