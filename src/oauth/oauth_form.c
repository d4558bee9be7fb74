#include "oauth_form.h"

#include "base_text.h"
#include "base_url.h"

void oauth_form_add(struct base_buf *out, const char *name, struct base_span value)
{
    struct base_span before = base_buf_span(out);
    if (before.n > 0 && before.p[before.n - 1] != '?' && before.p[before.n - 1] != '&')
        base_buf_add_char(out, '&');
    base_url_encode(out, base_span_of(name));
    base_buf_add_char(out, '=');
    base_url_encode(out, value);
}

void oauth_form_add_str(struct base_buf *out, const char *name, const char *value)
{
    oauth_form_add(out, name, base_span_of(value));
}

/* Stricter than WHATWG, which lets a lone '%' pass: what two readers could decode differently is
 * refused. */
static enum base_status decode(struct base_span text, struct base_buf *out)
{
    base_buf_reset(out);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            int high = i + 1 < text.n ? base_text_hex_value(text.p[i + 1]) : -1;
            int low = i + 2 < text.n ? base_text_hex_value(text.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return BASE_INVALID;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (c == '\0')
            return BASE_INVALID;
        base_buf_add_char(out, c);
    }
    return base_buf_status(out);
}

bool oauth_form_next(struct base_span *rest, struct base_buf *name, struct base_buf *value,
                     enum base_status *ret_status)
{
    struct base_span pair = BASE_SPAN_NONE;
    while (rest->n > 0 && pair.n == 0) /* "a=1&&b=2" has no pair between the two '&' */
        pair = base_span_cut(rest, '&');
    *ret_status = BASE_OK;
    if (pair.n == 0)
        return false;

    struct base_span encoded_value = pair;
    struct base_span encoded_name = base_span_cut(&encoded_value, '=');
    *ret_status = decode(encoded_name, name);
    if (*ret_status == BASE_OK)
        *ret_status = decode(encoded_value, value);
    return *ret_status == BASE_OK;
}
