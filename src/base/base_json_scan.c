#include <string.h>

#include "base_json_escape.h"
#include "base_json_stops.h"
#include "base_utf8.h"

/* ---------------------------------------------------------------- the scanner
 *
 * One function, json_token(), reads one token. It is inlined into base_json_next(), which hands
 * tokens out, and into json_skip(), which runs over a whole value: one grammar, and the fast path
 * keeps its state in registers. */

#define JSON_INLINE static inline __attribute__((always_inline))
#define JSON_LIKELY(x) __builtin_expect(!!(x), 1)
#define JSON_UNLIKELY(x) __builtin_expect(!!(x), 0)

enum json_expect {
    JSON_EXPECT_VALUE,        /* at the start, after a key's colon, after a comma in an array */
    JSON_EXPECT_VALUE_OR_END, /* after '[' */
    JSON_EXPECT_KEY_OR_END,   /* after '{' */
    JSON_EXPECT_COMMA_OR_END, /* after a value inside something */
    JSON_EXPECT_NOTHING,      /* after the one value */
    JSON_EXPECT_FAILED,
};

void base_json_begin(struct base_json *j, struct base_span text)
{
    static const char nothing[1]; /* pointers into an empty text must be comparable too */
    const char *start = text.n > 0 ? text.p : nothing;
    *j = (struct base_json){.start = start,
                            .pos = start,
                            .end = start + text.n,
                            .seen = start,
                            .expect = JSON_EXPECT_VALUE};
}

static __attribute__((cold, noinline)) enum base_json_type json_fail(struct base_json *j,
                                                                     const char *at,
                                                                     const char *why)
{
    j->pos = at;
    j->error = why;
    j->expect = JSON_EXPECT_FAILED;
    return BASE_JSON_ERROR;
}

JSON_INLINE const char *json_space(const char *p, const char *end)
{
    while (p < end && (unsigned char)*p <= ' ' &&
           (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

/* Where p stands in what base_json_stops() can be asked for. */
JSON_INLINE size_t json_place(struct base_json *j, const char *p)
{
    size_t at = (size_t)(p - j->seen);
    if (JSON_UNLIKELY(at >= j->known)) {
        base_json_look(j, p);
        at = (size_t)(p - j->seen);
    }
    return at;
}

/* Skips what needs no look: the next stop. The end is one. */
JSON_INLINE const char *json_plain(struct base_json *j, const char *p)
{
    uint64_t stops;
    while ((stops = base_json_stops(j, json_place(j, p))) == 0)
        p += BASE_JSON_KNOWN;
    return p + __builtin_ctzll(stops);
}

/* The rest of a string that holds something else than plain characters. p stands at the first such
 * byte; the result stands at the closing quote. NULL after an error. */
static __attribute__((noinline)) const char *json_string_rest(struct base_json *j, const char *p,
                                                              const char *end, bool *escaped)
{
    for (;;) {
        if (p >= end) {
            json_fail(j, p, "unterminated string");
            return NULL;
        }
        unsigned char c = (unsigned char)*p;
        if (c == '"')
            return p;
        if (c == '\\') {
            const char *why;
            const char *next = base_json_escape(p, end, &why);
            if (next == NULL) {
                json_fail(j, p, why);
                return NULL;
            }
            *escaped = true;
            p = next;
        } else if (c < 0x20) {
            json_fail(j, p, "control character in a string");
            return NULL;
        } else {
            size_t n = base_utf8_length(p, end);
            if (n == 0) {
                json_fail(j, p, "invalid UTF-8 in a string");
                return NULL;
            }
            p += n;
        }
        p = json_plain(j, p);
    }
}

/* A string whose opening quote stands at p. The place after its closing quote, or NULL after an
 * error. */
JSON_INLINE const char *json_string(struct base_json *j, const char *p, const char *end,
                                    struct base_json_value *v)
{
    const char *first = p + 1;
    bool escaped = false;
    p = json_plain(j, first);
    if (JSON_UNLIKELY(p >= end || *p != '"')) {
        p = json_string_rest(j, p, end, &escaped);
        if (p == NULL)
            return NULL;
    }
    v->escaped = escaped;
    v->raw = (struct base_span){first, (size_t)(p - first)};
    return p + 1;
}

JSON_INLINE const char *json_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* RFC 8259 section 6. The place after the number, or NULL. */
static const char *json_number(const char *p, const char *end)
{
    if (*p == '-')
        p++;
    const char *whole = p;
    p = json_digits(p, end);
    if (p == whole || (*whole == '0' && p > whole + 1))
        return NULL;
    if (p < end && *p == '.') {
        const char *fraction = ++p;
        p = json_digits(p, end);
        if (p == fraction)
            return NULL;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        const char *exponent = p;
        p = json_digits(p, end);
        if (p == exponent)
            return NULL;
    }
    return p;
}

JSON_INLINE void json_value_done(struct base_json *j)
{
    j->expect = j->depth > 0 ? JSON_EXPECT_COMMA_OR_END : JSON_EXPECT_NOTHING;
}

JSON_INLINE enum base_json_type json_open(struct base_json *j, const char *p, bool object,
                                          struct base_json_value *v)
{
    if (JSON_UNLIKELY(j->depth >= BASE_JSON_DEPTH))
        return json_fail(j, p, "nested too deeply");
    j->in_object = j->in_object << 1 | (object ? 1 : 0);
    j->depth++;
    j->expect = object ? JSON_EXPECT_KEY_OR_END : JSON_EXPECT_VALUE_OR_END;
    v->raw = (struct base_span){p, 1};
    j->pos = p + 1;
    return object ? BASE_JSON_OBJECT : BASE_JSON_ARRAY;
}

JSON_INLINE enum base_json_type json_close(struct base_json *j, const char *p, bool object,
                                           struct base_json_value *v)
{
    if (JSON_UNLIKELY((j->in_object & 1) != (object ? 1 : 0)))
        return json_fail(j, p, "closing bracket of the wrong kind");
    j->in_object >>= 1;
    j->depth--;
    json_value_done(j);
    v->raw = (struct base_span){p, 1};
    j->pos = p + 1;
    return object ? BASE_JSON_OBJECT_END : BASE_JSON_ARRAY_END;
}

JSON_INLINE enum base_json_type json_word(struct base_json *j, const char *p, const char *word,
                                          size_t n, enum base_json_type type,
                                          struct base_json_value *v)
{
    if ((size_t)(j->end - p) < n || memcmp(p, word, n) != 0)
        return json_fail(j, p, "unknown word");
    v->raw = (struct base_span){p, n};
    j->pos = p + n;
    json_value_done(j);
    return type;
}

/* A value that starts at p. */
JSON_INLINE enum base_json_type json_value(struct base_json *j, const char *p,
                                           struct base_json_value *v)
{
    const char *next;
    switch (*p) {
    case '"':
        next = json_string(j, p, j->end, v);
        if (JSON_UNLIKELY(next == NULL))
            return BASE_JSON_ERROR;
        j->pos = next;
        json_value_done(j);
        return BASE_JSON_STRING;
    case '{':
        return json_open(j, p, true, v);
    case '[':
        return json_open(j, p, false, v);
    case 't':
        return json_word(j, p, "true", 4, BASE_JSON_TRUE, v);
    case 'f':
        return json_word(j, p, "false", 5, BASE_JSON_FALSE, v);
    case 'n':
        return json_word(j, p, "null", 4, BASE_JSON_NULL, v);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        next = json_number(p, j->end);
        if (JSON_UNLIKELY(next == NULL))
            return json_fail(j, p, "malformed number");
        v->raw = (struct base_span){p, (size_t)(next - p)};
        j->pos = next;
        json_value_done(j);
        return BASE_JSON_NUMBER;
    default:
        return json_fail(j, p, "a value is expected");
    }
}

/* A key whose quote is expected at p, with its colon. */
JSON_INLINE enum base_json_type json_key(struct base_json *j, const char *p,
                                         struct base_json_value *v)
{
    if (JSON_UNLIKELY(*p != '"'))
        return json_fail(j, p, "a name in quotes is expected");
    const char *next = json_string(j, p, j->end, v);
    if (JSON_UNLIKELY(next == NULL))
        return BASE_JSON_ERROR;
    next = json_space(next, j->end);
    if (JSON_UNLIKELY(next >= j->end || *next != ':'))
        return json_fail(j, next, "a colon is expected after a name");
    j->pos = next + 1;
    j->expect = JSON_EXPECT_VALUE;
    return BASE_JSON_KEY;
}

/* One token. v->type is left to the caller. */
JSON_INLINE enum base_json_type json_token(struct base_json *j, struct base_json_value *v)
{
    if (JSON_UNLIKELY(j->expect == JSON_EXPECT_FAILED))
        return BASE_JSON_ERROR;
    const char *p = json_space(j->pos, j->end);
    v->escaped = false;
    if (JSON_UNLIKELY(p >= j->end)) {
        if (j->expect != JSON_EXPECT_NOTHING)
            return json_fail(j, p, "the text ends too early");
        j->pos = p;
        v->raw = (struct base_span){p, 0};
        return BASE_JSON_END;
    }
    unsigned char expect = j->expect;
    if (expect == JSON_EXPECT_COMMA_OR_END) {
        if (*p != ',') {
            if (*p == '}' || *p == ']')
                return json_close(j, p, *p == '}', v);
            return json_fail(j, p, "a comma or closing bracket is expected");
        }
        p = json_space(p + 1, j->end);
        if (JSON_UNLIKELY(p >= j->end))
            return json_fail(j, p, "the text ends too early");
        return (j->in_object & 1) != 0 ? json_key(j, p, v) : json_value(j, p, v);
    }
    if (expect == JSON_EXPECT_VALUE)
        return json_value(j, p, v);
    if (expect == JSON_EXPECT_KEY_OR_END)
        return *p == '}' ? json_close(j, p, true, v) : json_key(j, p, v);
    if (expect == JSON_EXPECT_VALUE_OR_END)
        return *p == ']' ? json_close(j, p, false, v) : json_value(j, p, v);
    return json_fail(j, p, "text after the value");
}

enum base_json_type base_json_next(struct base_json *j, struct base_json_value *value)
{
    struct base_json_value v = {0};
    enum base_json_type type = json_token(j, &v);
    if (value != NULL) {
        v.type = type;
        *value = v;
    }
    return type;
}

/* ---------------------------------------------------------------- members as pages have them
 *
 * Pages of objects consist of members without a space whose value is null or a text without an
 * escape. Whether the next is one of the two cannot be predicted: so nothing branches on it. */

struct json_member {
    size_t name; /* length of the name */
    size_t text; /* 1: the value is a text; 0: null */
    size_t last; /* the place of its last byte, from the name's first */
};

/* By `text`: what stands behind the name, which of its bytes count, and the value's last byte. */
static const char json_between[2][8] = {"\":null", "\":\""};
static const char json_between_mask[2][8] = {"\xff\xff\xff\xff\xff\xff", "\xff\xff\xff"};
static const char json_end[2] = {'l', '"'};
/* From a name on so much of the text must be left: what is loaded begins within its known stops. */
#define JSON_MEMBER (BASE_JSON_BLOCK + (ptrdiff_t)sizeof(json_between[0]))

JSON_INLINE uint64_t json_load64(const char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof(x));
    return x;
}

/* Reads the member whose name begins at j->seen + at; the byte at ret->last is left to the caller.
 * False when it is none of that kind, or too long for one look: ret->name is the first stop, or 0.
 */
JSON_INLINE bool json_plain_member(const struct base_json *j, size_t at, struct json_member *ret)
{
    uint64_t stops = base_json_stops(j, at);
    uint64_t name = stops & -stops; /* the bit of its end; that of a text's start is two further */
    uint64_t start = stops & (stops - 1), end = start & (start - 1);
    if (JSON_UNLIKELY(end == 0)) {
        ret->name = stops != 0 ? (size_t)__builtin_ctzll(stops) : 0;
        return false;
    }
    ret->name = (size_t)__builtin_ctzll(stops);
    ret->text = (name << 2 & stops) != 0;
    if ((name << 2 & stops) == 0)
        end = name << 5;
    const char *between = j->seen + at + ret->name;
    if (JSON_UNLIKELY(((json_load64(between) ^ json_load64(json_between[ret->text])) &
                       json_load64(json_between_mask[ret->text])) != 0))
        return false;
    ret->last = (size_t)__builtin_ctzll(end);
    return true;
}

/* Whether a member is next of which json_plain_member() may be asked: then where its name begins.
 */
JSON_INLINE bool json_at_member(struct base_json *j, size_t *ret_at)
{
    const char *p = j->pos;
    if (j->end - p < 2 + JSON_MEMBER)
        return false;
    if (j->expect == JSON_EXPECT_COMMA_OR_END && (j->in_object & 1) != 0) {
        if (*p++ != ',')
            return false;
    } else if (j->expect != JSON_EXPECT_KEY_OR_END) {
        return false;
    }
    if (*p++ != '"')
        return false;
    *ret_at = json_place(j, p);
    return true;
}

/* Goes to the value of a member that is not of that kind, if the end of its name was seen. */
JSON_INLINE bool json_pass_name(struct base_json *j, const char *name, size_t length)
{
    if (name[length] != '"' || name[length + 1] != ':')
        return false;
    j->pos = name + length + 2;
    j->expect = JSON_EXPECT_VALUE;
    return true;
}

/* Skips such members, and the name of one that has another value. What takes one to the next is
 * short: a load of bits, no byte of the text. */
JSON_INLINE void json_plain_members(struct base_json *j)
{
    struct json_member m;
    size_t at;
    if (!json_at_member(j, &at))
        return;
    for (;;) {
        const char *name = j->seen + at;
        bool plain = json_plain_member(j, at, &m);
        if (JSON_UNLIKELY(!plain || name[m.last] != json_end[m.text])) {
            json_pass_name(j, name, m.name);
            return;
        }
        j->pos = name + m.last + 1;
        j->expect = JSON_EXPECT_COMMA_OR_END;
        if (JSON_UNLIKELY(j->end - j->pos < 2 + JSON_MEMBER || j->pos[0] != ',' ||
                          j->pos[1] != '"'))
            return;
        at += m.last + sizeof("\",\"") - 1;
        if (JSON_UNLIKELY(at >= j->known))
            at = json_place(j, j->pos + 2);
    }
}

/* Runs to the end of the object or array that was just opened. */
static bool json_skip(struct base_json *j)
{
    unsigned outside = j->depth - 1;
    struct base_json_value v;
    enum base_json_type type = BASE_JSON_OBJECT;
    while (type != BASE_JSON_ERROR && j->depth > outside) {
        if (type != BASE_JSON_KEY)
            json_plain_members(j);
        type = json_token(j, &v);
    }
    return type != BASE_JSON_ERROR;
}

enum base_json_type base_json_take(struct base_json *j, struct base_json_value *value)
{
    struct base_json_value v = {0};
    enum base_json_type type = json_token(j, &v);
    if (type == BASE_JSON_OBJECT || type == BASE_JSON_ARRAY) {
        if (json_skip(j))
            v.raw.n = (size_t)(j->pos - v.raw.p);
        else
            type = BASE_JSON_ERROR;
    }
    if (value != NULL) {
        v.type = type;
        *value = v;
    }
    return type;
}

bool base_json_member(struct base_json *j, struct base_json_value *name,
                      struct base_json_value *value)
{
    struct json_member m;
    size_t at;
    if (JSON_UNLIKELY(!json_at_member(j, &at)))
        return base_json_next(j, name) == BASE_JSON_KEY &&
               base_json_next(j, value) != BASE_JSON_ERROR;
    const char *first = j->seen + at;
    bool plain = json_plain_member(j, at, &m);
    *name = (struct base_json_value){BASE_JSON_KEY, false, {first, m.name}};
    if (JSON_UNLIKELY(!plain || first[m.last] != json_end[m.text])) {
        if (!json_pass_name(j, first, m.name) && base_json_next(j, name) != BASE_JSON_KEY)
            return false;
        return base_json_next(j, value) != BASE_JSON_ERROR;
    }
    const char *start = first + m.name + 2 + m.text, *end = first + m.last + 1;
    *value = (struct base_json_value){
        m.text ? BASE_JSON_STRING : BASE_JSON_NULL, false, {start, (size_t)(end - start) - m.text}};
    j->pos = end;
    j->expect = JSON_EXPECT_COMMA_OR_END;
    return true;
}

bool base_json_rest(struct base_json *j, struct base_json_value *value)
{
    if (value->type != BASE_JSON_OBJECT && value->type != BASE_JSON_ARRAY)
        return true;
    if (!json_skip(j))
        return false;
    value->raw.n = (size_t)(j->pos - value->raw.p);
    return true;
}

size_t base_json_offset(const struct base_json *j)
{
    return (size_t)(j->pos - j->start);
}

bool base_json_valid(struct base_span text)
{
    struct base_json j;
    base_json_begin(&j, text);
    return base_json_take(&j, NULL) != BASE_JSON_ERROR && base_json_next(&j, NULL) == BASE_JSON_END;
}
