#include "json_judge.h"

#include <jansson.h>
#include <stdlib.h>

#include "base_mem.h"

static bool same_value(struct base_json *j, const struct base_json_value *v, const json_t *want);

static bool same_string(const struct base_json_value *v, const char *want, size_t n)
{
    char *text = base_mem_array(base_json_string_length(v) + 1, 1);
    if (text == NULL)
        abort();
    base_json_string_decode(v, text);
    bool same = base_json_string_length(v) == n && memcmp(text, want, n) == 0;
    base_mem_free(text);
    return same;
}

static bool same_object(struct base_json *j, const json_t *want)
{
    struct base_json_value v;
    size_t members = 0;
    bool same = true;
    struct base_json ahead =
        *j; /* names are counted first: of doubled ones jansson has only the last value */
    while (base_json_take(&ahead, &v) == BASE_JSON_KEY) {
        members++;
        base_json_take(&ahead, &v);
    }
    bool doubled = members != json_object_size(want);
    while (base_json_next(j, &v) == BASE_JSON_KEY) {
        char *name = base_json_string_dup(&v);
        const json_t *member = name != NULL ? json_object_get(want, name) : NULL;
        base_mem_free(name);
        if (member == NULL)
            return false;
        if (doubled) {
            base_json_take(j, &v);
            continue;
        }
        base_json_next(j, &v);
        same = same && same_value(j, &v, member);
    }
    return same;
}

static bool same_array(struct base_json *j, const json_t *want)
{
    struct base_json_value v;
    size_t i = 0;
    bool same = true;
    while (base_json_next(j, &v) != BASE_JSON_ARRAY_END) {
        const json_t *item = json_array_get(want, i++);
        same = item != NULL && same && same_value(j, &v, item);
        if (item == NULL)
            return false;
    }
    return same && i == json_array_size(want);
}

static bool same_number(const struct base_json_value *v, const json_t *want)
{
    int64_t number;
    if (base_json_int64(v, &number))
        return json_is_integer(want) && json_integer_value(want) == number;
    char *text = base_span_dup(v->raw);
    bool same = text != NULL && json_is_real(want) && strtod(text, NULL) == json_real_value(want);
    base_mem_free(text);
    return same;
}

static bool same_value(struct base_json *j, const struct base_json_value *v, const json_t *want)
{
    switch (v->type) {
    case BASE_JSON_OBJECT:
        return json_is_object(want) && same_object(j, want);
    case BASE_JSON_ARRAY:
        return json_is_array(want) && same_array(j, want);
    case BASE_JSON_STRING:
        return json_is_string(want) &&
               same_string(v, json_string_value(want), json_string_length(want));
    case BASE_JSON_NUMBER:
        return same_number(v, want);
    case BASE_JSON_TRUE:
        return json_is_true(want);
    case BASE_JSON_FALSE:
        return json_is_false(want);
    case BASE_JSON_NULL:
        return json_is_null(want);
    case BASE_JSON_ERROR:
    case BASE_JSON_END:
    case BASE_JSON_OBJECT_END:
    case BASE_JSON_ARRAY_END:
    case BASE_JSON_KEY:
        break;
    }
    return false;
}

/* Whether the text reads the same in both, which have taken it. */
static bool same_text(struct base_span text, const json_t *want)
{
    struct base_json j;
    struct base_json_value v;
    base_json_begin(&j, text);
    base_json_next(&j, &v);
    return same_value(&j, &v, want) && base_json_next(&j, NULL) == BASE_JSON_END;
}

/* Of the text as a whole, whoever else disapproves of something else in it. */
static bool too_deep(struct base_span text)
{
    struct base_json j;
    base_json_begin(&j, text);
    (void)base_json_take(&j, NULL);
    return j.error != NULL && strcmp(j.error, "nested too deeply") == 0;
}

enum json_verdict json_judge(struct base_span text)
{
    json_error_t error;
    json_t *want = json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    bool valid = base_json_valid(text);
    enum json_verdict verdict;
    if (want != NULL && valid)
        verdict = same_text(text, want) ? JSON_BOTH_TAKE : JSON_DIFFERENT;
    else if (want == NULL && !valid)
        verdict = JSON_BOTH_REFUSE;
    else if (want != NULL) /* takes what we do not */
        verdict = too_deep(text) || memchr(text.p, '\0', text.n) != NULL ? JSON_KNOWN_DIFFERENCE
                                                                         : JSON_DIFFERENT;
    else
        verdict = json_error_code(&error) == json_error_numeric_overflow ||
                          json_error_code(&error) == json_error_null_byte_in_key
                      ? JSON_KNOWN_DIFFERENCE
                      : JSON_DIFFERENT;
    json_decref(want);
    return verdict;
}
