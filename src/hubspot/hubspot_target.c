#include "hubspot_target.h"

#include "base_text.h"

#define DOING "reading a path of HubSpot's API"

static enum base_status refuse(struct base_error *err, const char *why)
{
    base_fail(err, BASE_USAGE, DOING, "%s", why);
    base_error_hint(err, "a path begins with one slash, such as /crm/objects/2026-03/contacts");
    return BASE_USAGE;
}

/* The byte at s->p as a server reads it, and how many bytes spell it: 0 for half an encoding. */
static size_t read_byte(struct base_span s, unsigned char *ret)
{
    *ret = (unsigned char)s.p[0];
    if (s.p[0] != '%')
        return 1;
    int high = s.n < 3 ? -1 : base_text_hex_value(s.p[1]);
    int low = high < 0 ? -1 : base_text_hex_value(s.p[2]);
    if (low < 0)
        return 0;
    *ret = (unsigned char)(high * 16 + low);
    return 3;
}

/* A segment as far as it was read. */
struct segment {
    size_t length, dots; /* dots: at the beginning, nothing else before them */
    bool in_parameters;  /* behind ';', which Java servers cut off before they resolve dots */
};

static void add_byte(struct segment *s, unsigned char c)
{
    if (c == ';')
        s->in_parameters = true;
    if (c == '.' && s->dots == s->length && !s->in_parameters)
        s->dots++;
    if (!s->in_parameters)
        s->length++;
}

static bool is_dots(const struct segment *s)
{
    return s->length == s->dots && (s->dots == 1 || s->dots == 2);
}

static enum base_status check_path(struct base_span path, struct base_error *err)
{
    struct segment s = {0};
    path = base_span_from(path, 1);
    while (path.n > 0) {
        unsigned char c;
        size_t n = read_byte(path, &c);
        if (n == 0)
            return refuse(err, "a % without its two digits");
        if (c < 0x20 || c == 0x7f || c == '\\')
            return refuse(err, "a backslash or a control character, as such or as %XX");
        path = base_span_from(path, n);
        if (c != '/') {
            add_byte(&s, c);
            continue;
        }
        if (s.length == 0)
            return refuse(err, "an empty segment: two slashes in a row");
        if (is_dots(&s))
            return refuse(err, "\".\" or \"..\" as a segment, however it is spelt");
        s = (struct segment){0};
    }
    if (is_dots(&s))
        return refuse(err, "\".\" or \"..\" as a segment, however it is spelt");
    return BASE_OK;
}

static enum base_status check_query(struct base_span query, struct base_error *err)
{
    while (query.n > 0) {
        unsigned char c;
        size_t n = read_byte(query, &c);
        if (n == 0)
            return refuse(err, "a % without its two digits");
        query = base_span_from(query, n);
    }
    return BASE_OK;
}

enum base_status hubspot_target_check(struct base_span target, struct base_error *err)
{
    if (target.n == 0 || target.p[0] != '/' || base_span_starts(target, "//"))
        return refuse(err, "not a path of HubSpot's API: the token goes to no other host");
    for (size_t i = 0; i < target.n; i++) {
        if (target.p[i] <= 0x20 || target.p[i] >= 0x7f)
            return refuse(err, "a space, a control character or a letter beyond ASCII, which has "
                               "to be written as %XX");
        if (target.p[i] == '#' || target.p[i] == '\\')
            return refuse(err, "a # or a backslash");
    }
    struct base_span query = target;
    struct base_span path = base_span_cut(&query, '?');
    enum base_status status = check_path(path, err);
    return status != BASE_OK ? status : check_query(query, err);
}
