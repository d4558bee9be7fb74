#include "base_jsonw.h"

#include <string.h>

#include "base_utf8.h"

enum { JSONW_DEPTH = 64 }; /* bits in in_object; the reader's depth as well */

void base_jsonw_begin(struct base_jsonw *w, struct base_buf *out)
{
    *w = (struct base_jsonw){.out = out};
}

static bool jsonw_misuse(struct base_jsonw *w)
{
    if (w->out->status == BASE_OK)
        w->out->status = BASE_FAILED;
    return false;
}

static bool jsonw_in_object(const struct base_jsonw *w)
{
    return w->depth > 0 && (w->in_object & 1) != 0;
}

/* What comes before any value: its comma, and the check that a value may stand here. */
static bool jsonw_value(struct base_jsonw *w)
{
    bool second_at_top = w->depth == 0 && w->need_comma;
    if (second_at_top || jsonw_in_object(w) != w->after_key)
        return jsonw_misuse(w);
    if (w->need_comma && !w->after_key)
        base_buf_add_char(w->out, ',');
    w->after_key = false;
    w->need_comma = true;
    return true;
}

static void jsonw_open(struct base_jsonw *w, bool object)
{
    if (w->depth >= JSONW_DEPTH) {
        jsonw_misuse(w);
        return;
    }
    if (!jsonw_value(w))
        return;
    base_buf_add_char(w->out, object ? '{' : '[');
    w->in_object = w->in_object << 1 | (object ? 1 : 0);
    w->depth++;
    w->need_comma = false;
}

void base_jsonw_object(struct base_jsonw *w)
{
    jsonw_open(w, true);
}

void base_jsonw_array(struct base_jsonw *w)
{
    jsonw_open(w, false);
}

void base_jsonw_end(struct base_jsonw *w)
{
    if (w->depth == 0 || w->after_key) {
        jsonw_misuse(w);
        return;
    }
    base_buf_add_char(w->out, jsonw_in_object(w) ? '}' : ']');
    w->in_object >>= 1;
    w->depth--;
    w->need_comma = true;
}

/* The escape of one character that must not stand bare in a string (RFC 8259 section 7). */
static void jsonw_escape(struct base_buf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *known = c != 0 ? strchr(from, c) : NULL;
    if (known != NULL) {
        char code[2] = {'\\', to[known - from]};
        base_buf_add(out, code, sizeof(code));
    } else {
        char code[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        base_buf_add(out, code, sizeof(code));
    }
}

/* Whether these eight bytes stand in a string as they are: printable ASCII but " and \. A byte of
 * `x - 0x01…` has its high bit set when x was 0, or when one below it borrowed; then we are only
 * asked to look closer. */
static bool jsonw_plain8(const char *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    uint64_t x;
    memcpy(&x, p, sizeof(x));
    uint64_t quote = x ^ ones * '"', backslash = x ^ ones * '\\';
    return ((x | (x - ones * 0x20) | (quote - ones) | (backslash - ones)) & highs) == 0;
}

/* The length of the part at the front that needs neither escapes nor a look at its UTF-8. */
static size_t jsonw_plain(struct base_span s)
{
    size_t n = 0;
    while (n + 8 <= s.n && jsonw_plain8(s.p + n))
        n += 8;
    if (n > 0 && n + 8 > s.n && jsonw_plain8(s.p + s.n - 8)) /* once more, up to the end */
        return s.n;
    while (n < s.n && (unsigned char)s.p[n] >= 0x20 && (unsigned char)s.p[n] < 0x80 &&
           s.p[n] != '"' && s.p[n] != '\\')
        n++;
    return n;
}

/* A text that is plain as a whole, which most are, in one piece with what stands around it: the
 * character before and the one after, if they are not 0. */
static void jsonw_quote_plain(struct base_buf *out, char before, struct base_span s, char after)
{
    char *at = base_buf_reserve(out, s.n + 2 + (before != 0) + (after != 0));
    if (at == NULL)
        return;
    char *from = at;
    if (before != 0)
        *at++ = before;
    *at++ = '"';
    if (s.n > 0)
        memcpy(at, s.p, s.n);
    at += s.n;
    *at++ = '"';
    if (after != 0)
        *at++ = after;
    base_buf_commit(out, (size_t)(at - from));
}

static void jsonw_quote(struct base_buf *out, struct base_span s)
{
    size_t front = jsonw_plain(s);
    if (front == s.n) {
        jsonw_quote_plain(out, 0, s, 0);
        return;
    }
    base_buf_add_char(out, '"');
    const char *end = s.p + s.n;
    const char *plain = s.p; /* what is not written yet */
    const char *p = s.p + front;
    while (p < end) {
        unsigned char c = (unsigned char)*p;
        size_t n = base_utf8_length(p, end);
        if (n > 0 && c >= 0x20 && c != '"' && c != '\\') {
            p += n;
            continue;
        }
        base_buf_add(out, plain, (size_t)(p - plain));
        if (n == 0)
            base_buf_add_str(out, "\xEF\xBF\xBD"); /* U+FFFD */
        else
            jsonw_escape(out, c);
        plain = ++p;
    }
    base_buf_add(out, plain, (size_t)(p - plain));
    base_buf_add_char(out, '"');
}

void base_jsonw_key(struct base_jsonw *w, const char *name)
{
    base_jsonw_key_span(w, base_span_of(name));
}

void base_jsonw_key_span(struct base_jsonw *w, struct base_span name)
{
    if (!jsonw_in_object(w) || w->after_key) {
        jsonw_misuse(w);
        return;
    }
    w->after_key = true;
    if (jsonw_plain(name) == name.n) {
        jsonw_quote_plain(w->out, w->need_comma ? ',' : 0, name, ':');
        return;
    }
    if (w->need_comma)
        base_buf_add_char(w->out, ',');
    jsonw_quote(w->out, name);
    base_buf_add_char(w->out, ':');
}

void base_jsonw_string(struct base_jsonw *w, struct base_span s)
{
    if (jsonw_value(w))
        jsonw_quote(w->out, s);
}

void base_jsonw_str(struct base_jsonw *w, const char *text)
{
    if (text != NULL)
        base_jsonw_string(w, base_span_of(text));
    else
        base_jsonw_null(w);
}

void base_jsonw_int(struct base_jsonw *w, int64_t value)
{
    if (jsonw_value(w))
        base_buf_add_int(w->out, value);
}

void base_jsonw_bool(struct base_jsonw *w, bool value)
{
    if (jsonw_value(w))
        base_buf_add_str(w->out, value ? "true" : "false");
}

void base_jsonw_null(struct base_jsonw *w)
{
    if (jsonw_value(w))
        base_buf_add_str(w->out, "null");
}

void base_jsonw_raw(struct base_jsonw *w, struct base_span json)
{
    if (json.n == 0)
        jsonw_misuse(w);
    else if (jsonw_value(w))
        base_buf_add_span(w->out, json);
}

void base_jsonw_member_str(struct base_jsonw *w, const char *name, const char *text)
{
    base_jsonw_key(w, name);
    base_jsonw_str(w, text);
}

void base_jsonw_member_span(struct base_jsonw *w, const char *name, struct base_span s)
{
    base_jsonw_key(w, name);
    base_jsonw_string(w, s);
}

void base_jsonw_member_int(struct base_jsonw *w, const char *name, int64_t value)
{
    base_jsonw_key(w, name);
    base_jsonw_int(w, value);
}

void base_jsonw_member_bool(struct base_jsonw *w, const char *name, bool value)
{
    base_jsonw_key(w, name);
    base_jsonw_bool(w, value);
}
