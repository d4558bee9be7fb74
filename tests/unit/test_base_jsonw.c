#include "test_support.h"

#include <jansson.h>

#include "base_json.h"
#include "base_jsonw.h"

static void test_write(void **state)
{
    (void)state;
    struct base_buf b;
    struct base_jsonw w;
    base_buf_init(&b, 1000);
    base_jsonw_begin(&w, &b);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "s", "a\"\\\b\f\n\r\t\x01\x7f/\xc3\xa9");
    base_jsonw_member_str(&w, "none", NULL);
    base_jsonw_member_span(&w, "nul", BASE_SPAN("a\0b"));
    base_jsonw_member_int(&w, "i", INT64_MIN);
    base_jsonw_member_bool(&w, "t", true);
    base_jsonw_key(&w, "a");
    base_jsonw_array(&w);
    base_jsonw_end(&w);
    base_jsonw_key_span(&w, BASE_SPAN("k\n"));
    base_jsonw_array(&w);
    base_jsonw_int(&w, 1);
    base_jsonw_object(&w);
    base_jsonw_end(&w);
    base_jsonw_bool(&w, false);
    base_jsonw_raw(&w, BASE_SPAN("{\"x\": 1}"));
    base_jsonw_null(&w);
    base_jsonw_string(&w, BASE_SPAN("x\xff\xed\xa0\x80y")); /* a mark for each invalid byte */
    base_jsonw_end(&w);
    base_jsonw_end(&w);
    assert_int_equal(base_buf_status(&b), BASE_OK);
    assert_string_equal(
        base_buf_str(&b),
        "{\"s\":\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f/"
        "\xc3\xa9\",\"none\":null,\"nul\":\"a\\u0000b\","
        "\"i\":-9223372036854775808,\"t\":true,\"a\":[],\"k\\n\":[1,{},false,{\"x\": 1},null,"
        "\"x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdy\"]}");
    assert_true(base_json_valid(base_buf_span(&b)));
    base_buf_free(&b);
}

/* Every byte, alone and in pairs, comes back from our reader and from jansson as it went in. */
static void test_round_trip(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 128 * 128; i++) {
        char text[2] = {(char)(i / 128), (char)(i % 128)};
        struct base_span in = {text, 2};
        struct base_buf b;
        struct base_jsonw w;
        base_buf_init(&b, 100);
        base_jsonw_begin(&w, &b);
        base_jsonw_string(&w, in);
        assert_int_equal(base_buf_status(&b), BASE_OK);

        struct base_json j;
        struct base_json_value v;
        char back[2];
        base_json_begin(&j, base_buf_span(&b));
        assert_int_equal(base_json_next(&j, &v), BASE_JSON_STRING);
        assert_int_equal(base_json_string_length(&v), 2);
        base_json_string_decode(&v, back);
        assert_memory_equal(back, text, 2);

        json_t *oracle = json_loadb(b.p, b.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        assert_non_null(oracle);
        assert_int_equal(json_string_length(oracle), 2);
        assert_memory_equal(json_string_value(oracle), text, 2);
        json_decref(oracle);
        base_buf_free(&b);
    }
}

static void misuse_value_without_key(struct base_jsonw *w)
{
    base_jsonw_object(w);
    base_jsonw_int(w, 1);
}

static void misuse_key_in_array(struct base_jsonw *w)
{
    base_jsonw_array(w);
    base_jsonw_key(w, "k");
}

static void misuse_key_at_top(struct base_jsonw *w)
{
    base_jsonw_key(w, "k");
}

static void misuse_two_keys(struct base_jsonw *w)
{
    base_jsonw_object(w);
    base_jsonw_key(w, "k");
    base_jsonw_key(w, "l");
}

static void misuse_end_after_key(struct base_jsonw *w)
{
    base_jsonw_object(w);
    base_jsonw_key(w, "k");
    base_jsonw_end(w);
}

static void misuse_end_of_nothing(struct base_jsonw *w)
{
    base_jsonw_array(w);
    base_jsonw_end(w);
    base_jsonw_end(w);
}

static void misuse_two_values(struct base_jsonw *w)
{
    base_jsonw_int(w, 1);
    base_jsonw_int(w, 2);
}

static void misuse_empty_raw(struct base_jsonw *w)
{
    base_jsonw_raw(w, BASE_SPAN_NONE);
}

static void misuse_too_deep(struct base_jsonw *w)
{
    for (int i = 0; i < 65; i++)
        base_jsonw_array(w);
}

static void test_misuse(void **state)
{
    (void)state;
    static void (*const cases[])(struct base_jsonw *) = {
        misuse_value_without_key, misuse_key_in_array,  misuse_key_at_top,
        misuse_two_keys,          misuse_end_after_key, misuse_end_of_nothing,
        misuse_two_values,        misuse_empty_raw,     misuse_too_deep,
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_buf b;
        struct base_jsonw w;
        base_buf_init(&b, 1000);
        base_jsonw_begin(&w, &b);
        cases[i](&w);
        if (base_buf_status(&b) != BASE_FAILED)
            fail_msg("case %zu was taken", i);
        base_buf_free(&b);
    }
}

/* The deepest that the writer allows, the reader takes. */
static void test_depth(void **state)
{
    (void)state;
    struct base_buf b;
    struct base_jsonw w;
    base_buf_init(&b, 1000);
    base_jsonw_begin(&w, &b);
    for (int i = 0; i < 64; i++) {
        if (i % 2 == 0) {
            base_jsonw_object(&w);
            base_jsonw_key(&w, "k");
        } else {
            base_jsonw_array(&w);
        }
    }
    base_jsonw_int(&w, 1);
    for (int i = 0; i < 64; i++)
        base_jsonw_end(&w);
    assert_int_equal(base_buf_status(&b), BASE_OK);
    assert_true(base_json_valid(base_buf_span(&b)));
    base_buf_free(&b);
}

static enum base_status step_write(void *arg)
{
    (void)arg;
    struct base_buf b;
    struct base_jsonw w;
    base_buf_init(&b, 10000);
    base_jsonw_begin(&w, &b);
    base_jsonw_array(&w);
    for (int i = 0; i < 100; i++)
        base_jsonw_str(&w, "text\n");
    base_jsonw_end(&w);
    enum base_status status = base_buf_status(&b);
    base_buf_free(&b);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_in_range(test_each_allocation_fails(step_write, NULL), 2, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write),     cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_misuse),    cmocka_unit_test(test_depth),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
