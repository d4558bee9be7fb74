#include "base_scdoc.h"

#include <string.h>

static void add_text(struct base_buf *out, struct base_span s)
{
    static const char special[] = "\\*_#`[]|-;";
    bool bold = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool opens = c == '`' && memchr(s.p + i + 1, '`', s.n - i - 1) != NULL;
        if (opens || (c == '`' && bold)) {
            base_buf_add_char(out, '*');
            bold = !bold;
            continue;
        }
        bool always = c == '\\' || c == '*' || c == '_' || c == '`';
        if (always || (i == 0 && c != '\0' && strchr(special, c) != NULL))
            base_buf_add_char(out, '\\');
        base_buf_add_char(out, c == '\n' ? ' ' : c);
    }
}

void base_scdoc_str(struct base_buf *out, const char *text)
{
    add_text(out, base_span_of(text));
}

/* scdoc 1.11 swallows a full stop at the beginning of a line, and roff would take it for a
 * request. */
void base_scdoc_line(struct base_buf *out, struct base_span s)
{
    if (base_span_starts(s, ".")) {
        base_buf_add_str(out, "*.*");
        s = base_span_from(s, 1);
    }
    add_text(out, s);
    base_buf_add_char(out, '\n');
}

void base_scdoc_section(struct base_buf *out, const char *title)
{
    base_buf_add_str(out, "\n# ");
    base_scdoc_str(out, title);
    base_buf_add_str(out, "\n\n");
}
