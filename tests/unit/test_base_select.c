#include "test_support.h"

#include "base_select.h"

static void add_line(void *arg, const struct base_json_value *v)
{
    base_select_line(arg, v);
    base_buf_add_char(arg, '|');
}

#define ROWS                                                                                       \
    "{\"total\": 2, \"results\":[{\"id\":\"1\",\"p\":{\"email\":\"a@b.c\",\"x.y\":1}},"            \
    "{\"id\":\"2\",\"p\":{\"email\":null}},{\"id\":\"3\"},7]}"

static void test_select(void **state)
{
    (void)state;
    static const struct {
        const char *path, *json, *lines;
    } cases[] = {
        {"total", ROWS, "2|"},
        {".total", ROWS, "2|"},
        {"results[].id", ROWS, "1|2|3||"},
        {"results[].p.email", ROWS, "a@b.c||||"},
        {"results[].p[\"x.y\"]", ROWS, "1||||"},
        {"results[1].id", ROWS, "2|"},
        {"results[9].id", ROWS, "|"},
        {"results[1].p", ROWS, "{\"email\":null}|"},
        {"nothing", ROWS, "|"},
        {"nothing.at.all", ROWS, "|"},
        {"nothing[].x", ROWS, ""},
        {"total[].x", ROWS, ""},
        {".", " {\"a\" :\n1} ", "{\"a\" : 1}|"},
        {".", "true", "true|"},
        {"[]", "[1,\"x\",[2],{\"a\":[]}]", "1|x|[2]|{\"a\":[]}|"},
        {".[0]", "[1,2]", "1|"},
        {"[1]", "[1,2]", "2|"},
        {"[]", "{\"a\":1,\"b\":\"\"}", "1||"},
        {"a[][].b", "{\"a\":[[{\"b\":1},{\"b\":2}],[],[{\"b\":3}]]}", "1|2|3|"},
        {"[\"\"]", "{\"\":1}", "1|"},
        {"a", "{\"a\":1,\"a\":2}", "1|"},
        {"a", "[{\"a\":1}]", "|"},
        /* one line each, and nothing that drives a terminal */
        {"a", "{\"a\":\"x\\ny\\r\\t\\\\ \\u001b[31m\\u009b \\u0000\\u007f\\u00fc\"}",
         "x\\ny\\r\\t\\\\ \\u001b[31m\\u009b \\u0000\\u007f\xc3\xbc|"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_error err = BASE_ERROR_NONE;
        struct base_buf out;
        base_buf_init(&out, 10000);
        assert_ok(base_select_check(cases[i].path, &err), &err);
        base_select(base_span_of(cases[i].json), cases[i].path, add_line, &out);
        if (strcmp(base_buf_str(&out), cases[i].lines) != 0)
            print_error("%s\n", cases[i].path);
        assert_string_equal(base_buf_str(&out), cases[i].lines);
        base_buf_free(&out);
    }
}

static void test_paths(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",          "..",
        "a..b",      "a.",
        ".a.",       "a[",
        "a[x]",      "a[1",
        "a[-1]",     "a[].",
        "a]",        "a\"b",
        "[\"a]",     "[\"a\"",
        "a[\"b\"c]", ". a[",
        "a[]b",      "[]a",
        "a[ ]",      ".[].[]",
        "a.[]",      "a[99999999999999999999]",
    };
    char deep[200] = "a";
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        struct base_error err = BASE_ERROR_NONE;
        if (base_select_check(bad[i], &err) != BASE_USAGE)
            fail_msg("%s is taken", bad[i]);
        assert_true(err.hint[0] != '\0');
    }
    for (size_t i = 1; i < BASE_SELECT_STEPS; i++)
        memcpy(deep + 2 * i - 1, ".a", 3);
    assert_int_equal(base_select_check(deep, NULL), BASE_OK);
    memcpy(deep + strlen(deep), ".a", 3);
    assert_int_equal(base_select_check(deep, NULL), BASE_USAGE);
}

static void test_before_each(void **state)
{
    (void)state;
    static const struct {
        const char *path, *before;
    } cases[] = {
        {"a.b", "a.b"},
        {"a[].b", "a"},
        {"a.b[][]", "a.b"},
        {"[]", ""},
        {".[]", ""},
        {".", ""},
        {"[\"a[]\"].b", "[\"a[]\"].b"},
        {"[\"a[]\"][].b", "[\"a[]\"]"},
        {"a[3][]", "a[3]"},
        {"[\"[\"][\"]\"][]", "[\"[\"][\"]\"]"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        const char *path = cases[i].path;
        assert_ok(base_select_check(path, NULL), NULL);
        struct base_span before = {path, base_select_before_each(path)};
        assert_true(base_span_is(before, cases[i].before));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_select), cmocka_unit_test(test_paths),
                                       cmocka_unit_test(test_before_each)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
