#include "base_json.h"

#include <stdarg.h>
#include <string.h>

#include "base_json_escape.h"
#include "base_text.h"
#include "base_utf8.h"

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
    const char *next = base_json_escape(at, end, &why);
    if (next == NULL)
        return 1;
    uint32_t point = (uint32_t)base_json_hex4(at + 2, end);
    if (next - at == 12)
        point =
            0x10000 + ((point - 0xD800) << 10) + ((uint32_t)base_json_hex4(at + 8, end) - 0xDC00);
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
    if (!v->escaped) { /* most often another, which the first letter tells */
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
