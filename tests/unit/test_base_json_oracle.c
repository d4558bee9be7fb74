/* The scanner against jansson: thousands of documents made from a fixed seed, sound and damaged.
 * Both must agree on what is JSON and on what it says.
 *
 * Known differences, which the generator avoids or the comparison allows for:
 * - jansson refuses integers beyond 64 bits and numbers beyond a double; the RFC does not, and
 * neither do we.
 * - jansson refuses a NUL character in a name (\u0000).
 * - jansson allows 2,048 levels; we allow 64 (the generator stays below).
 * - jansson overlooks a NUL byte behind a word or number; no JSON holds a bare NUL.
 * - jansson takes the last of duplicate names; we hand out both. */
#include "test_support.h"

#include <jansson.h>

#include "base_buf.h"
#include "base_json.h"
#include "base_text.h"

enum { ORACLE_DOCUMENTS = 4000, ORACLE_DAMAGES = 6, ORACLE_LARGEST = 1 << 16 };

static uint64_t oracle_seed = 0x9E3779B97F4A7C15u;

/* xorshift64* (Vigna): the same sequence on every machine. */
static unsigned oracle_random(unsigned bound)
{
    oracle_seed ^= oracle_seed >> 12;
    oracle_seed ^= oracle_seed << 25;
    oracle_seed ^= oracle_seed >> 27;
    return (unsigned)((oracle_seed * 0x2545F4914F6CDD1Du) >> 33) % bound;
}

/* ---------------------------------------------------------------- the generator */

static void make_space(struct base_buf *out)
{
    static const char *const spaces[] = {"", "", "", "", " ", "\n", "\t", "\r\n  "};
    base_buf_add_str(out, spaces[oracle_random(8)]);
}

static void make_string(struct base_buf *out)
{
    static const char *const pieces[] = {
        "a",
        "Z",
        "hubspot",
        "0123456789",
        " ",
        "\xc3\xa9",
        "\xe2\x82\xac",
        "\xf0\x9f\x98\x80",
        "\\\"",
        "\\\\",
        "\\/",
        "\\n",
        "\\u0041",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\uFFFD",
        "\x7f",
        "/",
        "{",
        "]",
        ",",
        ":",
        "\\u007f",
        "\xed\x9f\xbf",
    };
    base_buf_add_char(out, '"');
    for (unsigned n = oracle_random(24); n > 0; n--)
        base_buf_add_str(out, pieces[oracle_random((unsigned)TEST_COUNT(pieces))]);
    base_buf_add_char(out, '"');
}

static void make_number(struct base_buf *out)
{
    if (oracle_random(3) == 0)
        base_buf_add_char(out, '-');
    base_buf_add_int(out, oracle_random(4) == 0 ? 0 : (int64_t)oracle_random(1000000000));
    if (oracle_random(3) == 0)
        base_buf_printf(out, ".%u", oracle_random(100000));
    if (oracle_random(4) == 0)
        base_buf_printf(out, "%c%s%u", oracle_random(2) != 0 ? 'e' : 'E',
                        oracle_random(2) != 0 ? "-" : "", oracle_random(200));
}

static void make_value(struct base_buf *out, unsigned depth)
{
    static const char *const words[] = {"true", "false", "null"};
    unsigned kind = oracle_random(depth < 8 ? 10 : 6);
    make_space(out);
    if (kind < 3) {
        make_string(out);
    } else if (kind < 5) {
        make_number(out);
    } else if (kind < 6) {
        base_buf_add_str(out, words[oracle_random(3)]);
    } else {
        bool object = kind < 8;
        base_buf_add_char(out, object ? '{' : '[');
        unsigned members = oracle_random(6);
        for (unsigned i = 0; i < members; i++) {
            base_buf_add_str(out, i > 0 ? "," : "");
            if (object) {
                make_space(out);
                make_string(out);
                make_space(out);
                base_buf_add_char(out, ':');
            }
            make_value(out, depth + 1);
        }
        make_space(out);
        base_buf_add_char(out, object ? '}' : ']');
    }
    make_space(out);
}

/* Changes, drops or doubles a byte, most often to one that matters. */
static void make_damage(struct base_buf *text)
{
    static const char bytes[] =
        "{}[],:\"\\ \n\t0-+.eEu1aftn\x01\x7f\x80\xbf\xc3\xe0\xed\xf0\xf4\xff";
    size_t at = oracle_random((unsigned)text->n);
    char c = oracle_random(4) != 0 ? bytes[oracle_random(sizeof(bytes))] /* its NUL included */
                                   : (char)oracle_random(256);
    switch (oracle_random(3)) {
    case 0:
        text->p[at] = c;
        break;
    case 1:
        memmove(text->p + at, text->p + at + 1, text->n - at - 1);
        text->n--;
        break;
    default:
        base_buf_add_char(text, ' ');
        memmove(text->p + at + 1, text->p + at, text->n - at - 1);
        text->p[at] = c;
        break;
    }
}

/* ---------------------------------------------------------------- the comparison */

static bool same_value(struct base_json *j, const struct base_json_value *v, const json_t *want);

static bool same_string(const struct base_json_value *v, const char *want, size_t n)
{
    char *text = base_mem_array(base_json_string_length(v) + 1, 1);
    assert_non_null(text);
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
    bool doubled = false;
    struct base_json ahead =
        *j; /* names are counted first: of doubled ones jansson has only the last value */
    while (base_json_take(&ahead, &v) == BASE_JSON_KEY) {
        members++;
        base_json_take(&ahead, &v);
    }
    doubled = members != json_object_size(want);
    while (base_json_next(j, &v) == BASE_JSON_KEY) {
        char *name = base_json_string_dup(&v);
        assert_non_null(name);
        const json_t *member = json_object_get(want, name);
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
    char text[400];
    if (base_json_int64(v, &number))
        return json_is_integer(want) && json_integer_value(want) == number;
    assert_true(base_text_copy(text, sizeof(text), v->raw));
    return json_is_real(want) && strtod(text, NULL) == json_real_value(want);
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

/* Number or name of which jansson alone disapproves. */
static bool is_known_difference(const json_error_t *error)
{
    return json_error_code(error) == json_error_numeric_overflow ||
           json_error_code(error) == json_error_null_byte_in_key;
}

/* Returns whether both took the text. */
static bool compare(struct base_span text)
{
    json_error_t error;
    json_t *want = json_loadb(text.p, text.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    bool valid = base_json_valid(text);
    if (memchr(text.p, '\0', text.n) != NULL) {
        assert_false(valid);
        json_decref(want);
        return false;
    }
    if (want == NULL && is_known_difference(&error))
        return false; /* jansson stopped there and says nothing about the rest */
    if (valid != (want != NULL))
        fail_msg("%s: %.*s", valid ? error.text : "jansson takes it", BASE_SPAN_ARG(text));
    if (valid) {
        struct base_json j;
        struct base_json_value v;
        base_json_begin(&j, text);
        base_json_next(&j, &v);
        if (!same_value(&j, &v, want))
            fail_msg("read otherwise: %.*s", BASE_SPAN_ARG(text));
        assert_int_equal(base_json_next(&j, NULL), BASE_JSON_END);
    }
    json_decref(want);
    return valid;
}

static void test_against_jansson(void **state)
{
    (void)state;
    struct base_buf sound;
    struct base_buf damaged;
    unsigned still_valid = 0;
    base_buf_init(&sound, ORACLE_LARGEST);
    base_buf_init(&damaged, ORACLE_LARGEST);
    for (unsigned i = 0; i < ORACLE_DOCUMENTS; i++) {
        base_buf_reset(&sound);
        make_value(&sound, 0);
        assert_int_equal(base_buf_status(&sound), BASE_OK);
        assert_true(compare(base_buf_span(&sound)));
        for (unsigned k = 0; k < ORACLE_DAMAGES; k++) {
            base_buf_reset(&damaged);
            base_buf_add_span(&damaged, base_buf_span(&sound));
            make_damage(&damaged);
            still_valid += compare(base_buf_span(&damaged));
        }
    }
    /* Both kinds must have been among the damaged, or the generator does not test what it should.
     */
    assert_in_range(still_valid, 1000, ORACLE_DOCUMENTS * (ORACLE_DAMAGES - 1));
    base_buf_free(&sound);
    base_buf_free(&damaged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_jansson)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
