#include "base_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base_utf8.h"

static const char text_ellipsis[] = "…";

/* What a terminal or a reader could be deceived with: C0, DEL, C1, the bidirectional marks,
 * embeddings, overrides and isolates (Unicode UAX #9), and the line and paragraph separators. */
static bool text_is_unfit(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x061C || point == 0x200E ||
           point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2066 && point <= 0x2069);
}

/* The next piece of `s` that is fit to show: a sequence of `s` itself, or "?". Sets *ret_used to
 * what it stands for. */
static struct base_span text_fit(struct base_span s, size_t *ret_used)
{
    size_t n = base_utf8_length(s.p, s.p + s.n);
    *ret_used = n > 0 ? n : 1;
    if (n == 0 || text_is_unfit(base_utf8_point(s.p, n)))
        return BASE_SPAN("?");
    return base_span_first(s, n);
}

void base_text_printable(struct base_buf *out, struct base_span s, size_t max)
{
    size_t written = 0;
    while (s.n > 0) {
        size_t used;
        struct base_span piece = text_fit(s, &used);
        if (piece.n > max - written) {
            base_buf_add_str(out, text_ellipsis);
            return;
        }
        base_buf_add_span(out, piece);
        written += piece.n;
        s = base_span_from(s, used);
    }
}

void base_text_printable_to(char *out, size_t size, struct base_span s)
{
    const size_t mark = sizeof(text_ellipsis) - 1;
    size_t written = 0;
    size_t fits = 0; /* how much of it leaves room for the mark */
    if (size == 0)
        return;
    while (s.n > 0) {
        size_t used;
        struct base_span piece = text_fit(s, &used);
        if (piece.n > size - 1 - written) {
            if (size > mark) {
                memcpy(out + fits, text_ellipsis, mark);
                written = fits + mark;
            }
            break;
        }
        memcpy(out + written, piece.p, piece.n);
        written += piece.n;
        if (written + mark < size)
            fits = written;
        s = base_span_from(s, used);
    }
    out[written] = '\0';
}

void base_text_printable_lines(struct base_buf *out, struct base_span s)
{
    while (s.n > 0) {
        size_t n = 0;
        while (n < s.n && s.p[n] != '\n' && s.p[n] != '\r' && s.p[n] != '\t')
            n++;
        base_text_printable(out, base_span_first(s, n), SIZE_MAX);
        if (n < s.n && s.p[n] != '\r')
            base_buf_add_char(out, s.p[n]);
        s = base_span_from(s, n < s.n ? n + 1 : n);
    }
}

size_t base_text_whole(struct base_span s)
{
    for (size_t back = 1; back <= 3 && back <= s.n; back++) {
        unsigned char c = (unsigned char)s.p[s.n - back];
        if ((c & 0xC0) == 0x80) /* inside a sequence */
            continue;
        size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
        return length > back ? s.n - back : s.n;
    }
    return s.n;
}

void base_text_html(struct base_buf *out, struct base_span s)
{
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '&':
            base_buf_add_str(out, "&amp;");
            break;
        case '<':
            base_buf_add_str(out, "&lt;");
            break;
        case '>':
            base_buf_add_str(out, "&gt;");
            break;
        case '"':
            base_buf_add_str(out, "&quot;");
            break;
        case '\'':
            base_buf_add_str(out, "&#39;");
            break;
        default:
            base_buf_add_char(out, s.p[i]);
        }
    }
}

static bool text_is_space(char c)
{
    return c == ' ' || c == '\n';
}

/* Takes the next word off *text; an empty one at the end. */
static struct base_span text_word(struct base_span *text)
{
    while (text->n > 0 && text_is_space(text->p[0]))
        *text = base_span_from(*text, 1);
    size_t n = 0;
    while (n < text->n && !text_is_space(text->p[n]))
        n++;
    struct base_span word = base_span_first(*text, n);
    *text = base_span_from(*text, n);
    return word;
}

void base_text_wrap(struct base_buf *out, struct base_span text, size_t at, size_t indent,
                    size_t columns)
{
    struct base_span word;
    bool first = true;
    while ((word = text_word(&text)).n > 0) {
        size_t width = base_text_width(word);
        if (!first && at + 1 + width >= columns) {
            base_buf_printf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            base_buf_add_char(out, ' ');
            at++;
        }
        base_buf_add_span(out, word);
        at += width;
        first = false;
    }
    base_buf_add_char(out, '\n');
}

void base_text_shell(struct base_buf *out, const char *word)
{
    static const char safe[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+,@%";
    if (word[0] != '\0' && word[strspn(word, safe)] == '\0') {
        base_buf_add_str(out, word);
        return;
    }
    base_buf_add_char(out, '\'');
    for (const char *p = word; *p != '\0'; p++) {
        if (*p == '\'')
            base_buf_add_str(out, "'\\''");
        else
            base_buf_add_char(out, *p);
    }
    base_buf_add_char(out, '\'');
}

bool base_text_is_printable(struct base_span s)
{
    while (s.n > 0) {
        size_t n = base_utf8_length(s.p, s.p + s.n);
        if (n == 0 || text_is_unfit(base_utf8_point(s.p, n)))
            return false;
        s = base_span_from(s, n);
    }
    return true;
}

bool base_text_utf8_valid(struct base_span s)
{
    while (s.n > 0) {
        size_t n = base_utf8_length(s.p, s.p + s.n);
        if (n == 0)
            return false;
        s = base_span_from(s, n);
    }
    return true;
}

bool base_text_copy(char *out, size_t size, struct base_span s)
{
    if (size == 0)
        return false;
    size_t n = s.n < size ? s.n : size - 1;
    if (n > 0)
        memcpy(out, s.p, n);
    out[n] = '\0';
    return n == s.n;
}

void base_text_format(char *out, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(out, size, format, args);
    va_end(args);
    if (n < 0 && size > 0)
        out[0] = '\0';
}

size_t base_text_width(struct base_span s)
{
    size_t columns = 0;
    while (s.n > 0) {
        size_t n = base_utf8_length(s.p, s.p + s.n);
        int width = n > 0 ? wcwidth((wchar_t)base_utf8_point(s.p, n)) : 1;
        columns += width >= 0 ? (size_t)width : 1;
        s = base_span_from(s, n > 0 ? n : 1);
    }
    return columns;
}

static char text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

unsigned base_text_distance(const char *a, const char *b)
{
    enum { LONGEST = 64 };
    size_t na = strnlen(a, LONGEST);
    size_t nb = strnlen(b, LONGEST);
    unsigned row[LONGEST + 1]; /* the distances from a's first i bytes to b's first j */
    for (unsigned j = 0; j <= nb; j++)
        row[j] = j;
    for (unsigned i = 1; i <= na; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned change = diagonal + (text_lower(a[i - 1]) != text_lower(b[j - 1]));
            unsigned insert = row[j - 1] + 1;
            unsigned delete = row[j] + 1;
            diagonal = row[j];
            row[j] = change < insert ? change : insert;
            if (delete < row[j])
                row[j] = delete;
        }
    }
    return row[nb];
}

const char *base_text_thousands(char out[27], int64_t value)
{
    char reversed[27];
    size_t n = 0;
    unsigned digits = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        if (digits > 0 && digits % 3 == 0)
            reversed[n++] = ',';
        reversed[n++] = (char)('0' + rest % 10);
        rest /= 10;
        digits++;
    } while (rest > 0);
    if (value < 0)
        reversed[n++] = '-';
    for (size_t i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    out[n] = '\0';
    return out;
}

int base_text_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}
