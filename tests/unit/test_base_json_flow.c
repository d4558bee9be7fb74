#include "test_support.h"

#include "base_json.h"
#include "base_json_flow.h"

static void test_ends(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ended;
    } cases[] = {
        {"{}", true},
        {" [1,{\"a\":\"]\"}] \n", true},
        {"\"a\\\"b\"", true},
        {"{\"a\":\"\\\\\"}", true},
        {"", false},
        {"{", false},
        {"[1,{\"a\":2}", false},
        {"{\"a\":\"}", false},
        {"{\"a\":\"\\\"}", false},
        {"{}}", false},
        {"{} {}", false},
        {"{},", false},
        {"]", false},
        {"<html>", false},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_span text = base_span_of(cases[i].text);
        for (size_t cut = 0; cut <= text.n; cut++) {
            struct base_json_flow f = {0};
            base_json_flow_add(&f, base_span_first(text, cut));
            base_json_flow_add(&f, base_span_from(text, cut));
            assert_int_equal(base_json_flow_ended(&f), cases[i].ended);
        }
    }
}

/* No beginning of a text is a whole one. */
static void test_cut(void **state)
{
    (void)state;
    static const char json[] = "{\"a\":[1,{\"b\":\"\\\\\\\"]\"}],\"c\":\"}\"}";
    for (size_t n = 0; n <= sizeof(json) - 1; n++) {
        struct base_json_flow f = {0};
        base_json_flow_add(&f, (struct base_span){json, n});
        assert_int_equal(base_json_flow_ended(&f), n == sizeof(json) - 1);
    }
}

static void test_depth(void **state)
{
    (void)state;
    for (unsigned depth = BASE_JSON_DEPTH; depth <= BASE_JSON_DEPTH + 1; depth++) {
        struct base_json_flow f = {0};
        for (unsigned i = 0; i < depth; i++)
            base_json_flow_add(&f, BASE_SPAN("["));
        for (unsigned i = 0; i < depth; i++)
            base_json_flow_add(&f, BASE_SPAN("]"));
        assert_int_equal(base_json_flow_ended(&f), depth == BASE_JSON_DEPTH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
