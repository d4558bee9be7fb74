/* The JSON scanner on anything: reading token by token, taking values whole, looking up, decoding
 * and decoding strings agree with each other and stay within the text. */
#include <stdint.h>
#include <stdlib.h>

#include "base_indent.h"
#include "base_json.h"
#include "base_jsonw.h"
#include "base_text.h"

static void fuzz_assert(bool holds)
{
    if (!holds)
        abort();
}

static void fuzz_within(struct base_span text, struct base_span part)
{
    fuzz_assert(part.p >= text.p && part.n <= text.n && part.p + part.n <= text.p + text.n);
}

/* A decoded string is UTF-8, and written again it reads the same. */
static void fuzz_string(const struct base_json_value *v)
{
    struct base_buf decoded;
    struct base_buf written;
    struct base_jsonw w;
    struct base_json j;
    struct base_json_value again;
    base_buf_init(&decoded, SIZE_MAX);
    base_buf_init(&written, SIZE_MAX);
    base_json_string_add(v, &decoded);
    fuzz_assert(decoded.n == base_json_string_length(v) && decoded.n <= v->raw.n);
    fuzz_assert(base_text_utf8_valid(base_buf_span(&decoded)));
    char *text = base_json_string_dup(v);
    fuzz_assert((text == NULL) == (memchr(base_buf_str(&decoded), '\0', decoded.n) != NULL));
    fuzz_assert(text == NULL || base_json_string_is(v, text));
    base_mem_free(text);

    base_jsonw_begin(&w, &written);
    base_jsonw_string(&w, base_buf_span(&decoded));
    base_json_begin(&j, base_buf_span(&written));
    fuzz_assert(base_json_next(&j, &again) == BASE_JSON_STRING);
    base_buf_reset(&decoded);
    base_json_string_add(v, &decoded);
    struct base_buf twice;
    base_buf_init(&twice, SIZE_MAX);
    base_json_string_add(&again, &twice);
    fuzz_assert(base_span_eq(base_buf_span(&decoded), base_buf_span(&twice)));
    base_buf_free(&twice);
    base_buf_free(&written);
    base_buf_free(&decoded);
}

static void fuzz_scalar(struct base_span text, const struct base_json_value *v)
{
    int64_t number;
    fuzz_within(text, v->raw);
    if (v->type == BASE_JSON_KEY || v->type == BASE_JSON_STRING)
        fuzz_string(v);
    base_json_int64(v, &number);
}

/* Token by token. Returns whether the text is JSON; *ret_offset is where it ends or fails. */
static bool fuzz_tokens(struct base_span text, size_t *ret_offset)
{
    struct base_json j;
    struct base_json_value v;
    enum base_json_type type;
    unsigned depth = 0;
    base_json_begin(&j, text);
    while ((type = base_json_next(&j, &v)) != BASE_JSON_END && type != BASE_JSON_ERROR) {
        fuzz_assert(v.type == type);
        depth += type == BASE_JSON_OBJECT || type == BASE_JSON_ARRAY;
        depth -= type == BASE_JSON_OBJECT_END || type == BASE_JSON_ARRAY_END;
        fuzz_assert(depth <= BASE_JSON_DEPTH);
        fuzz_scalar(text, &v);
    }
    fuzz_assert((type == BASE_JSON_ERROR) == (j.error != NULL));
    fuzz_assert(type == BASE_JSON_ERROR || depth == 0);
    *ret_offset = base_json_offset(&j);
    fuzz_assert(*ret_offset <= text.n);
    fuzz_assert(base_json_next(&j, NULL) == type);
    return type == BASE_JSON_END;
}

static bool fuzz_same(const struct base_json_value *a, const struct base_json_value *b)
{
    return a->type == b->type && a->escaped == b->escaped && a->raw.p == b->raw.p &&
           a->raw.n == b->raw.n;
}

/* Members of an object taken whole: each is JSON by itself, and a search finds it or one before it.
 * Taken in one step each they are the same. */
static void fuzz_members(struct base_span text)
{
    struct base_json j, k;
    struct base_json_value key, name;
    struct base_json_value v, value;
    base_json_begin(&j, text);
    if (base_json_next(&j, &v) != BASE_JSON_OBJECT)
        return;
    k = j;
    while (base_json_next(&j, &key) == BASE_JSON_KEY && base_json_take(&j, &v) != BASE_JSON_ERROR) {
        struct base_json_value found;
        fuzz_assert(base_json_member(&k, &name, &value) && base_json_rest(&k, &value));
        fuzz_assert(fuzz_same(&name, &key) && fuzz_same(&value, &v) && k.expect == j.expect);
        char *text_of = base_json_string_dup(&key);
        if (v.type == BASE_JSON_OBJECT || v.type == BASE_JSON_ARRAY)
            fuzz_assert(base_json_valid(v.raw));
        if (text_of != NULL) {
            fuzz_assert(base_json_find(text, &found, text_of, NULL));
            fuzz_assert(found.raw.p <= v.raw.p);
        }
        base_mem_free(text_of);
    }
    fuzz_assert(!base_json_member(&k, &name, &value) || !base_json_rest(&k, &value));
    fuzz_assert(base_json_offset(&k) == base_json_offset(&j));
}

static void fuzz_decode(struct base_span text, bool valid)
{
    struct base_json_value a;
    struct base_json_value b;
    int64_t n;
    bool t;
    const struct base_json_field fields[] = {
        {"a", BASE_JSON_WANT_STRING, false, &a, NULL},
        {"b", BASE_JSON_WANT_VALUE, false, &b, NULL},
        {"n", BASE_JSON_WANT_INT64, false, &n, NULL},
        {"t", BASE_JSON_WANT_BOOL, false, &t, NULL},
    };
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status =
        base_json_decode(text, fields, sizeof(fields) / sizeof(fields[0]), &err);
    fuzz_assert(status == BASE_OK || status == BASE_INVALID);
    fuzz_assert(status == BASE_INVALID || valid);
    fuzz_assert(base_text_utf8_valid(base_span_of(err.why)));
}

/* Laid out in two pieces it is as in one, and drives no terminal; JSON comes to its end. */
static void fuzz_pieces(struct base_span text, bool valid)
{
    struct base_indent one = {0}, two = {0};
    struct base_buf whole, pieces;
    size_t cut = base_text_whole(base_span_first(text, text.n / 2));
    base_buf_init(&whole, SIZE_MAX);
    base_buf_init(&pieces, SIZE_MAX);
    base_indent_add(&one, text, &whole);
    base_indent_add(&two, base_span_first(text, cut), &pieces);
    base_indent_add(&two, base_span_from(text, cut), &pieces);
    fuzz_assert(base_span_eq(base_buf_span(&whole), base_buf_span(&pieces)));
    fuzz_assert(!valid || !(one.at.in_string || one.at.broken || one.at.depth > 0));
    for (size_t i = 0; i < whole.n; i++)
        fuzz_assert((unsigned char)whole.p[i] >= 0x20 || whole.p[i] == '\n');
    fuzz_assert(base_text_utf8_valid(base_buf_span(&whole)));
    base_buf_free(&whole);
    base_buf_free(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_span text = {(const char *)data, size};
    size_t offset;
    bool valid = fuzz_tokens(text, &offset);
    fuzz_assert(base_json_valid(text) == valid);

    struct base_json j; /* the whole value at once ends or fails in the same place */
    base_json_begin(&j, text);
    if (base_json_take(&j, NULL) != BASE_JSON_ERROR)
        base_json_next(&j, NULL);
    fuzz_assert(base_json_offset(&j) == offset && (j.error == NULL) == valid);

    fuzz_members(text);
    fuzz_decode(text, valid);
    fuzz_pieces(text, valid);
    return 0;
}
