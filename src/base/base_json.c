#include "base_json.h"

#include <stdarg.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base_text.h"
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
    *j = (struct base_json){
        .start = start, .pos = start, .end = start + text.n, .expect = JSON_EXPECT_VALUE};
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

static int json_hex4(const char *p, const char *end)
{
    int value = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* Checks the escape whose backslash stands at p. The place after it, or NULL with *why. */
static const char *json_escape(const char *p, const char *end, const char **why)
{
    *why = "invalid escape in a string";
    if (end - p < 2)
        return NULL;
    if (p[1] != 'u')
        return p[1] != '\0' && strchr("\"\\/bfnrt", p[1]) != NULL ? p + 2 : NULL;
    int unit = json_hex4(p + 2, end);
    if (unit < 0)
        return NULL;
    if (unit < 0xD800 || unit > 0xDFFF)
        return p + 6;
    /* RFC 8259 section 8.2 leaves lone surrogates open; they have no UTF-8 form, so they are
     * refused. */
    *why = "lone surrogate in a string";
    if (unit > 0xDBFF || end - p < 12 || p[6] != '\\' || p[7] != 'u')
        return NULL;
    int low = json_hex4(p + 8, end);
    return low >= 0xDC00 && low <= 0xDFFF ? p + 12 : NULL;
}

/* Skips what needs no look: everything but '"', '\', control characters and bytes of longer UTF-8
 * sequences. */
JSON_INLINE const char *json_plain(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i slash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(' ');
    while (JSON_LIKELY(end - p >= 16)) {
        __m128i c;
        memcpy(&c, p, sizeof(c)); /* an unaligned load */
        /* Signed bytes: "below space" holds for control characters and for 0x80 to 0xFF. */
        __m128i stop =
            _mm_or_si128(_mm_cmplt_epi8(c, space),
                         _mm_or_si128(_mm_cmpeq_epi8(c, quote), _mm_cmpeq_epi8(c, slash)));
        int mask = _mm_movemask_epi8(stop);
        if (mask != 0)
            return p + __builtin_ctz((unsigned)mask);
        p += 16;
    }
#endif
    while (p < end && (signed char)*p >= ' ' && *p != '"' && *p != '\\')
        p++;
    return p;
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
            const char *next = json_escape(p, end, &why);
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
            if (p < end && (unsigned char)*p >= 0x80)
                continue; /* other scripts come in runs */
        }
        p = json_plain(p, end);
    }
}

/* A string whose opening quote stands at p. The place after its closing quote, or NULL after an
 * error. */
JSON_INLINE const char *json_string(struct base_json *j, const char *p, const char *end,
                                    struct base_json_value *v)
{
    const char *first = p + 1;
    bool escaped = false;
    p = json_plain(first, end);
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

/* The next member of an object when it is `"name":"text"` or `"name":null` without a space: of such
 * members pages of objects consist. False, and nothing is done, when there is anything else; or the
 * text is no text, and that is an error. */
JSON_INLINE bool json_plain_member(struct base_json *j, struct base_json_value *name,
                                   struct base_json_value *value)
{
    const char *p = j->pos, *end = j->end;
    if (end - p <
        (ptrdiff_t)sizeof(",\"\"")) /* less holds none, and needs no more looks at the end */
        return false;
    if (j->expect == JSON_EXPECT_COMMA_OR_END && (j->in_object & 1) != 0) {
        if (*p++ != ',')
            return false;
    } else if (j->expect != JSON_EXPECT_KEY_OR_END) {
        return false;
    }
    if (*p != '"')
        return false;
    const char *first = p + 1;
    p = json_plain(first, end);
    if (end - p < 6 || p[0] != '"' || p[1] != ':')
        return false;
    name->raw = (struct base_span){first, (size_t)(p - first)};
    name->escaped = value->escaped = false;
    p += 2;
    if (*p == '"') {
        p = json_string(j, p, end, value);
        if (JSON_UNLIKELY(p == NULL))
            return false;
        value->type = BASE_JSON_STRING;
    } else if (memcmp(p, "null", 4) == 0) {
        value->type = BASE_JSON_NULL;
        value->raw = (struct base_span){p, 4};
        p += 4;
    } else {
        return false;
    }
    j->pos = p;
    j->expect = JSON_EXPECT_COMMA_OR_END;
    return true;
}

/* Runs to the end of the object or array that was just opened. */
static bool json_skip(struct base_json *j)
{
    struct base_json local =
        *j; /* its address does not escape but on errors: it lives in registers */
    unsigned outside = local.depth - 1;
    struct base_json_value name, v;
    bool good = true;
    while (good && local.depth > outside) {
        while (json_plain_member(&local, &name, &v))
            continue;
        good = json_token(&local, &v) != BASE_JSON_ERROR;
    }
    *j = local;
    return good;
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
    if (JSON_LIKELY(json_plain_member(j, name, value))) {
        name->type = BASE_JSON_KEY;
        return true;
    }
    return base_json_next(j, name) == BASE_JSON_KEY && base_json_next(j, value) != BASE_JSON_ERROR;
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

/* ---------------------------------------------------------------- strings */

/* Decodes one character or escape at *p, moves *p behind it and returns how many bytes it gives (1
 * to 4). The scanner has checked the escapes; on anything else the bytes stand for themselves, so
 * that no input can lead astray. */
static size_t json_unescape(const char **p, const char *end, char out[4])
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    const char *at = *p;
    const char *known;
    out[0] = *at;
    *p = at + 1;
    if (*at != '\\' || end - at < 2)
        return 1;
    if (at[1] != 'u') {
        known = at[1] != '\0' ? strchr(from, at[1]) : NULL;
        if (known != NULL) {
            out[0] = to[known - from];
            *p = at + 2;
        }
        return 1;
    }
    const char *why;
    const char *next = json_escape(at, end, &why);
    if (next == NULL)
        return 1;
    uint32_t point = (uint32_t)json_hex4(at + 2, end);
    if (next - at == 12)
        point = 0x10000 + ((point - 0xD800) << 10) + ((uint32_t)json_hex4(at + 8, end) - 0xDC00);
    *p = next;
    return base_utf8_put(out, point);
}

size_t base_json_string_length(const struct base_json_value *v)
{
    if (!v->escaped)
        return v->raw.n;
    size_t length = 0;
    char piece[4];
    const char *end = v->raw.p + v->raw.n;
    for (const char *p = v->raw.p; p < end;)
        length += json_unescape(&p, end, piece);
    return length;
}

void base_json_string_decode(const struct base_json_value *v, char *out)
{
    if (!v->escaped) {
        if (v->raw.n > 0)
            memcpy(out, v->raw.p, v->raw.n);
        return;
    }
    char piece[4];
    const char *end = v->raw.p + v->raw.n;
    for (const char *p = v->raw.p; p < end;) {
        size_t n = json_unescape(&p, end, piece);
        memcpy(out, piece, n);
        out += n;
    }
}

void base_json_string_add(const struct base_json_value *v, struct base_buf *out)
{
    size_t n = base_json_string_length(v);
    char *place = base_buf_reserve(out, n);
    if (place == NULL)
        return;
    base_json_string_decode(v, place);
    base_buf_commit(out, n);
}

void base_json_string_show(const struct base_json_value *v, char *out, size_t size)
{
    struct base_buf text;
    base_buf_init(&text, v->raw.n); /* what is decoded is never longer */
    if (v->escaped)
        base_json_string_add(v, &text);
    bool decoded = v->escaped && base_buf_status(&text) == BASE_OK;
    base_text_printable_to(out, size, decoded ? base_buf_span(&text) : v->raw);
    base_buf_free(&text);
}

char *base_json_string_dup(const struct base_json_value *v)
{
    size_t n = base_json_string_length(v);
    char *text = base_mem_array(n + 1, 1);
    if (text == NULL)
        return NULL;
    base_json_string_decode(v, text);
    if (memchr(text, '\0', n) != NULL) {
        explicit_bzero(text, n);
        base_mem_free(text);
        return NULL;
    }
    return text;
}

bool base_json_string_is(const struct base_json_value *v, const char *text)
{
    if (JSON_LIKELY(!v->escaped)) { /* most often another, which the first letter tells */
        size_t n = 0;
        while (n < v->raw.n && text[n] != '\0' && text[n] == v->raw.p[n])
            n++;
        return n == v->raw.n && text[n] == '\0';
    }
    size_t left = strlen(text);
    char piece[4];
    const char *end = v->raw.p + v->raw.n;
    for (const char *p = v->raw.p; p < end;) {
        size_t n = json_unescape(&p, end, piece);
        if (n > left || memcmp(piece, text, n) != 0)
            return false;
        text += n;
        left -= n;
    }
    return left == 0;
}

bool base_json_int64(const struct base_json_value *v, int64_t *ret)
{
    if (v->type != BASE_JSON_NUMBER && (v->type != BASE_JSON_STRING || v->escaped))
        return false;
    return base_span_int64(v->raw, ret);
}

/* ---------------------------------------------------------------- looking into objects */

/* The value of the first member of that name. */
static bool json_member(struct base_span object, const char *name, struct base_json_value *ret)
{
    struct base_json j;
    struct base_json_value key, v;
    base_json_begin(&j, object);
    if (base_json_next(&j, NULL) != BASE_JSON_OBJECT)
        return false;
    while (base_json_member(&j, &key, &v) && base_json_rest(&j, &v)) {
        if (base_json_string_is(&key, name)) {
            *ret = v;
            return true;
        }
    }
    return false;
}

bool base_json_find(struct base_span object, struct base_json_value *ret, ...)
{
    struct base_json_value v = {.type = BASE_JSON_OBJECT, .raw = object};
    bool found = true;
    va_list names;
    va_start(names, ret);
    const char *name;
    while (found && (name = va_arg(names, const char *)) != NULL)
        found = v.type == BASE_JSON_OBJECT && json_member(v.raw, name, &v);
    va_end(names);
    if (found)
        *ret = v;
    return found;
}

/* ---------------------------------------------------------------- decoding by table */

enum { JSON_FIELDS = 64 };

static const char json_doing[] = "reading a JSON object";

static bool json_fits(enum base_json_want want, const struct base_json_value *v)
{
    int64_t number;
    switch (want) {
    case BASE_JSON_WANT_VALUE:
        return true;
    case BASE_JSON_WANT_STRING:
        return v->type == BASE_JSON_STRING;
    case BASE_JSON_WANT_INT64:
        return base_json_int64(v, &number);
    case BASE_JSON_WANT_BOOL:
        return v->type == BASE_JSON_TRUE || v->type == BASE_JSON_FALSE;
    case BASE_JSON_WANT_ARRAY:
        return v->type == BASE_JSON_ARRAY;
    case BASE_JSON_WANT_OBJECT:
        return v->type == BASE_JSON_OBJECT;
    }
    return false;
}

static const char *json_want_name(enum base_json_want want)
{
    switch (want) {
    case BASE_JSON_WANT_VALUE:
        break;
    case BASE_JSON_WANT_STRING:
        return "a string";
    case BASE_JSON_WANT_INT64:
        return "an integer";
    case BASE_JSON_WANT_BOOL:
        return "true or false";
    case BASE_JSON_WANT_ARRAY:
        return "an array";
    case BASE_JSON_WANT_OBJECT:
        return "an object";
    }
    return "a value";
}

static void json_store(const struct base_json_field *field, const struct base_json_value *v)
{
    switch (field->want) {
    case BASE_JSON_WANT_INT64:
        base_json_int64(v, field->to);
        break;
    case BASE_JSON_WANT_BOOL:
        *(bool *)field->to = v->type == BASE_JSON_TRUE;
        break;
    case BASE_JSON_WANT_VALUE:
    case BASE_JSON_WANT_STRING:
    case BASE_JSON_WANT_ARRAY:
    case BASE_JSON_WANT_OBJECT:
        *(struct base_json_value *)field->to = *v;
        break;
    }
}

/* The field of that name, looked for from `guess` on, since answers keep their order. `count` when
 * unknown. */
static size_t json_field_index(const struct base_json_field *fields, size_t count, size_t guess,
                               const struct base_json_value *key)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = (guess + i) % count;
        if (base_json_string_is(key, fields[at].name))
            return at;
    }
    return count;
}

/* Collects the members that the table names; found[i].type stays BASE_JSON_ERROR for those that are
 * absent. */
static enum base_status json_collect(struct base_json *j, const struct base_json_field *fields,
                                     size_t count, struct base_json_value *found,
                                     struct base_error *err)
{
    struct base_json_value key;
    struct base_json_value v;
    size_t guess = 0;
    if (base_json_next(j, NULL) != BASE_JSON_OBJECT)
        return j->error != NULL ? BASE_OK
                                : base_fail(err, BASE_INVALID, json_doing, "it is no object");
    while (base_json_next(j, &key) == BASE_JSON_KEY) {
        size_t i = json_field_index(fields, count, guess, &key);
        if (base_json_take(j, &v) == BASE_JSON_ERROR)
            return BASE_OK; /* the caller looks at j->error */
        if (i == count)
            continue;
        if (found[i].type != BASE_JSON_ERROR)
            return base_fail(err, BASE_INVALID, json_doing, "the field \"%s\" is given twice",
                             fields[i].name);
        found[i] = v;
        guess = i + 1;
    }
    base_json_next(j, NULL); /* the end, or an error */
    return BASE_OK;
}

enum base_status base_json_decode(struct base_span object, const struct base_json_field *fields,
                                  size_t count, struct base_error *err)
{
    struct base_json_value found[JSON_FIELDS] = {0};
    struct base_json j;
    if (count > JSON_FIELDS)
        return base_fail(err, BASE_FAILED, json_doing, "the table has more than %d fields",
                         JSON_FIELDS);
    base_json_begin(&j, object);
    enum base_status status = json_collect(&j, fields, count, found, err);
    if (status != BASE_OK)
        return status;
    if (j.error != NULL)
        return base_fail(err, BASE_INVALID, json_doing, "it is not JSON: %s at byte %zu", j.error,
                         base_json_offset(&j));
    for (size_t i = 0; i < count; i++) {
        bool absent = found[i].type == BASE_JSON_ERROR || found[i].type == BASE_JSON_NULL;
        if (absent && fields[i].required)
            return base_fail(err, BASE_INVALID, json_doing, "the field \"%s\" is missing",
                             fields[i].name);
        if (!absent && !json_fits(fields[i].want, &found[i]))
            return base_fail(err, BASE_INVALID, json_doing, "the field \"%s\" is not %s",
                             fields[i].name, json_want_name(fields[i].want));
    }
    for (size_t i = 0; i < count; i++) {
        bool present = found[i].type != BASE_JSON_ERROR && found[i].type != BASE_JSON_NULL;
        if (present)
            json_store(&fields[i], &found[i]);
        if (fields[i].present != NULL)
            *fields[i].present = present;
    }
    return BASE_OK;
}
