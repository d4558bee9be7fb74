#include "test_support.h"

#include "base_indent.h"
#include "base_json.h"
#include "base_text.h"

static void test_layout(void **state)
{
    (void)state;
    static const struct {
        const char *json, *text; /* NULL: no JSON */
    } cases[] = {
        {"{}", "{}\n"},
        {"[]", "[]\n"},
        {" 5 ", "5\n"},
        {"\"a\\n\"", "\"a\\n\"\n"},
        {"{\"a\":1,\"b\":[true,null,{}],\"c\":{\"d\":[]}}",
         "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null,\n    {}\n  ],\n  \"c\": {\n    \"d\": "
         "[]\n  }\n}\n"},
        {"[[1],[2]]", "[\n  [\n    1\n  ],\n  [\n    2\n  ]\n]\n"},
        {"[\"\xc2\x9b\x7f\"]", "[\n  \"??\"\n]\n"}, /* what would drive a terminal */
        {"", NULL},
        {"<html>", NULL},
        {"{\"a\":", NULL},
        {"{} {}", NULL},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_buf out;
        base_buf_init(&out, 10000);
        assert_int_equal(base_indent(&out, base_span_of(cases[i].json)), cases[i].text != NULL);
        assert_string_equal(base_buf_str(&out), cases[i].text ? cases[i].text : "");
        if (cases[i].text)
            assert_true(base_json_valid(base_buf_span(&out)));
        base_buf_free(&out);
    }
}

/* Wherever a text is cut, its pieces are laid out as the whole is. */
static void test_pieces(void **state)
{
    (void)state;
    static const char json[] =
        "{\"a\\\"[\":[1,{\"b\":[]} ,\"]\\\\\"],\n\"\xc3\xa9\":\"\xe2\x82\xac\"}";
    struct base_span all = BASE_SPAN(json);
    struct base_buf whole, out;
    base_buf_init(&whole, 10000);
    base_buf_init(&out, 10000);
    assert_true(base_indent(&whole, all));
    for (size_t n = 0; n <= all.n; n++) {
        struct base_indent i = {0};
        size_t at = base_text_whole(base_span_first(all, n));
        base_buf_reset(&out);
        base_indent_add(&i, base_span_first(all, at), &out);
        assert_int_equal(base_json_flow_ended(&i.at), at == all.n);
        base_indent_add(&i, base_span_from(all, at), &out);
        base_buf_add_char(&out, '\n');
        assert_string_equal(base_buf_str(&out), base_buf_str(&whole));
        assert_true(base_json_flow_ended(&i.at));
    }
    base_buf_free(&whole);
    base_buf_free(&out);
}

/* What is no JSON is shown, drives no terminal (B10) and takes no room beyond its own depth. */
static void test_pieces_of_no_json(void **state)
{
    (void)state;
    struct base_indent i = {0};
    struct base_buf out;
    base_buf_init(&out, 100000);
    base_indent_add(&i, BASE_SPAN("]}<p\x1b>\xc2\x9b"), &out);
    assert_string_equal(base_buf_str(&out), "\n]\n}<p?>??");
    assert_false(base_json_flow_ended(&i.at));
    base_buf_reset(&out);
    i = (struct base_indent){0};
    for (unsigned n = 0; n < 100; n++)
        base_indent_add(&i, BASE_SPAN("["), &out);
    assert_int_equal(i.at.depth, BASE_JSON_DEPTH);
    assert_true(i.at.broken);
    base_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layout), cmocka_unit_test(test_pieces),
                                       cmocka_unit_test(test_pieces_of_no_json)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
