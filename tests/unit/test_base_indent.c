#include "test_support.h"

#include "base_indent.h"
#include "base_json.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layout)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
