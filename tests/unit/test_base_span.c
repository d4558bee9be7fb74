#include "test_support.h"

static void test_compare(void **state)
{
    (void)state;
    assert_int_equal(base_span_of(NULL).n, 0);
    assert_true(base_span_eq(BASE_SPAN_NONE, BASE_SPAN("")));
    assert_true(base_span_eq(BASE_SPAN("a\0b"), BASE_SPAN("a\0b")));
    assert_false(base_span_eq(BASE_SPAN("a\0b"), BASE_SPAN("a\0c")));
    assert_true(base_span_is(BASE_SPAN("abc"), "abc"));
    assert_false(base_span_is(BASE_SPAN("abc"), "ab"));
    assert_false(base_span_is(BASE_SPAN("ab"), "abc"));
    assert_false(base_span_is(BASE_SPAN("a\0b"), "a"));
    assert_true(base_span_is_nocase(BASE_SPAN("BeaRer"), "bearer"));
    assert_false(base_span_is_nocase(BASE_SPAN("bearer "), "bearer"));
    assert_false(base_span_is_nocase(BASE_SPAN("["), "{")); /* 0x20 apart, but no letters */
    assert_false(base_span_is_nocase(BASE_SPAN("\xc3\x89"), "\xc3\xa9"));
    assert_true(base_span_starts(BASE_SPAN("abc"), "ab"));
    assert_true(base_span_starts(BASE_SPAN_NONE, ""));
    assert_false(base_span_starts(BASE_SPAN("a"), "ab"));
}

static void test_parts(void **state)
{
    (void)state;
    struct base_span s = BASE_SPAN("abcdef");
    assert_span(base_span_from(s, 2), "cdef");
    assert_span(base_span_from(s, 6), "");
    assert_span(base_span_from(s, SIZE_MAX), "");
    assert_span(base_span_first(s, 2), "ab");
    assert_span(base_span_first(s, 9), "abcdef");
    assert_span(base_span_from(BASE_SPAN_NONE, 3), "");
    assert_span(base_span_trim(BASE_SPAN(" \t\r\na b\n ")), "a b");
    assert_span(base_span_trim(BASE_SPAN(" \n")), "");
    assert_span(base_span_trim(BASE_SPAN("\va")), "\va");
    assert_span(base_span_chomp(BASE_SPAN("a \n")), "a ");
    assert_span(base_span_chomp(BASE_SPAN("a\r\n")), "a");
    assert_span(base_span_chomp(BASE_SPAN("a\n\n")), "a\n");
    assert_span(base_span_chomp(BASE_SPAN("\n")), "");
    assert_span(base_span_chomp(BASE_SPAN_NONE), "");
}

static void test_cut(void **state)
{
    (void)state;
    struct base_span rest = BASE_SPAN("a,,b");
    assert_span(base_span_cut(&rest, ','), "a");
    assert_span(base_span_cut(&rest, ','), "");
    assert_non_null(rest.p);
    assert_span(base_span_cut(&rest, ','), "b");
    assert_null(rest.p);
    assert_span(base_span_cut(&rest, ','), "");
    rest = BASE_SPAN("a,"); /* a separator at the end: one more, empty part */
    assert_span(base_span_cut(&rest, ','), "a");
    assert_non_null(rest.p);
    assert_span(base_span_cut(&rest, ','), "");
    assert_null(rest.p);
}

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_int64, is_uint64;
        int64_t value;
    } cases[] = {
        {"0", true, true, 0},
        {"007", true, true, 7},
        {"-7", true, false, -7},
        {"-0", true, false, 0},
        {"9223372036854775807", true, true, INT64_MAX},
        {"9223372036854775808", false, true, INT64_MIN},
        {"-9223372036854775808", true, false, INT64_MIN},
        {"-9223372036854775809", false, false, 0},
        {"18446744073709551615", false, true, -1},
        {"18446744073709551616", false, false, 0},
        {"184467440737095516150", false, false, 0},
        {"9999999999999999999", false, true, (int64_t)UINT64_C(9999999999999999999)},
        {"00000000000000000000000042", true, true, 42},
        {"000000018446744073709551616", false, false, 0},
        {"", false, false, 0},
        {"-", false, false, 0},
        {"--1", false, false, 0},
        {"+1", false, false, 0},
        {" 1", false, false, 0},
        {"1 ", false, false, 0},
        {"1a", false, false, 0},
        {"0x1", false, false, 0},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        int64_t number = 42;
        uint64_t natural = 42;
        assert_int_equal(base_span_int64(base_span_of(cases[i].text), &number), cases[i].is_int64);
        assert_true(number == (cases[i].is_int64 ? cases[i].value : 42));
        assert_int_equal(base_span_uint64(base_span_of(cases[i].text), &natural),
                         cases[i].is_uint64);
        assert_true(natural == (cases[i].is_uint64 ? (uint64_t)cases[i].value : 42));
    }
}

static enum base_status step_dup(void *arg)
{
    (void)arg;
    BASE_CLEANUP(base_mem_cleanup) char *copy = base_span_dup(base_span_first(BASE_SPAN("abc"), 2));
    if (copy == NULL)
        return BASE_NO_MEMORY;
    assert_string_equal(copy, "ab");
    return BASE_OK;
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_int_equal(test_each_allocation_fails(step_dup, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare),   cmocka_unit_test(test_parts),
        cmocka_unit_test(test_cut),       cmocka_unit_test(test_integers),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
