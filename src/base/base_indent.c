#include "base_indent.h"

#include "base_json.h"
#include "base_text.h"

static void new_line(struct base_buf *out, unsigned depth)
{
    base_buf_add_char(out, '\n');
    for (unsigned i = 0; i < depth; i++)
        base_buf_add_str(out, "  ");
}

static void add_quoted(struct base_buf *out, struct base_span text)
{
    base_buf_add_char(out, '"');
    base_text_printable(out, text, SIZE_MAX);
    base_buf_add_char(out, '"');
}

/* What comes before a token that is no end: a comma and a line of its own, but for values behind
 * their key. */
static void separate(struct base_buf *out, unsigned depth, enum base_json_type before)
{
    bool opened = before == BASE_JSON_OBJECT || before == BASE_JSON_ARRAY;
    if (before == BASE_JSON_KEY || before == BASE_JSON_END)
        return;
    if (!opened)
        base_buf_add_char(out, ',');
    new_line(out, depth);
}

static void close_level(struct base_buf *out, unsigned depth, enum base_json_type before, char c)
{
    if (before != BASE_JSON_OBJECT && before != BASE_JSON_ARRAY)
        new_line(out, depth);
    base_buf_add_char(out, c);
}

static void add_token(struct base_buf *out, enum base_json_type type,
                      const struct base_json_value *v)
{
    switch (type) {
    case BASE_JSON_OBJECT:
        base_buf_add_char(out, '{');
        break;
    case BASE_JSON_ARRAY:
        base_buf_add_char(out, '[');
        break;
    case BASE_JSON_KEY:
        add_quoted(out, v->raw);
        base_buf_add_str(out, ": ");
        break;
    case BASE_JSON_STRING:
        add_quoted(out, v->raw);
        break;
    case BASE_JSON_NUMBER:
    case BASE_JSON_TRUE:
    case BASE_JSON_FALSE:
    case BASE_JSON_NULL:
        base_buf_add_span(out, v->raw);
        break;
    case BASE_JSON_ERROR:
    case BASE_JSON_END:
    case BASE_JSON_OBJECT_END:
    case BASE_JSON_ARRAY_END:
        break;
    }
}

bool base_indent(struct base_buf *out, struct base_span json)
{
    struct base_json scanner;
    struct base_json_value v;
    enum base_json_type type, before = BASE_JSON_END; /* nothing yet */
    if (!base_json_valid(json))
        return false;
    base_json_begin(&scanner, json);
    while ((type = base_json_next(&scanner, &v)) != BASE_JSON_END && type != BASE_JSON_ERROR) {
        if (type == BASE_JSON_OBJECT_END || type == BASE_JSON_ARRAY_END) {
            close_level(out, scanner.depth, before, type == BASE_JSON_OBJECT_END ? '}' : ']');
        } else {
            bool opens = type == BASE_JSON_OBJECT || type == BASE_JSON_ARRAY;
            separate(out, scanner.depth - opens, before);
            add_token(out, type, &v);
        }
        before = type;
    }
    base_buf_add_char(out, '\n');
    return true;
}
