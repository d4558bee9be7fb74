#include "base_json_flow.h"

#include "base_json.h"

static bool in_string(struct base_json_flow *f, char c)
{
    if (f->escaped)
        f->escaped = false;
    else if (c == '\\')
        f->escaped = true;
    else if (c == '"') {
        f->in_string = false;
        f->closed = f->depth == 0;
    }
    return true;
}

static void open_bracket(struct base_json_flow *f)
{
    if (f->depth < BASE_JSON_DEPTH)
        f->depth++;
    else
        f->broken = true;
}

static void close_bracket(struct base_json_flow *f)
{
    if (f->depth == 0)
        f->broken = true;
    else
        f->closed = --f->depth == 0;
}

bool base_json_flow_step(struct base_json_flow *f, char c)
{
    if (f->in_string)
        return in_string(f, c);
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
        return false;
    f->broken |= f->closed;
    if (c == '{' || c == '[')
        open_bracket(f);
    else if (c == '}' || c == ']')
        close_bracket(f);
    f->in_string = c == '"';
    return f->in_string;
}

void base_json_flow_add(struct base_json_flow *f, struct base_span piece)
{
    for (size_t i = 0; i < piece.n; i++)
        (void)base_json_flow_step(f, piece.p[i]);
}

bool base_json_flow_ended(const struct base_json_flow *f)
{
    return f->closed && !f->broken;
}
