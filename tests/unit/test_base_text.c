#include "test_support.h"

#include <locale.h>

#include "base_text.h"

struct text_case {
    struct base_span in;
    const char *out;
};

#define CASE(in, out)                                                                              \
    {                                                                                              \
        {in, sizeof(in) - 1}, out                                                                  \
    }

/* B10: nothing from outside drives the terminal or turns the text around. */
static void test_printable(void **state)
{
    (void)state;
    static const struct text_case cases[] = {
        CASE("plain, \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
             "plain, \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
        CASE("a\nb\tc\rd\0e", "a?b?c?d?e"),
        CASE("\x1b[31mred\x1b]0;title\x07", "?[31mred?]0;title?"),
        CASE("\x7f\xc2\x80\xc2\x9b\xc2\xa0",
             "???\xc2\xa0"), /* DEL, NEL, CSI; not the no-break space */
        CASE("\xe2\x80\xae"
             "exe.txt\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c\xe2\x80\xa8",
             "?exe.txt????"),
        CASE("\xc0\x80\xff\xed\xa0\x80\xe2\x82", "????????"), /* invalid: a mark for each byte */
        CASE("", ""),
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_buf b;
        char fixed[64];
        base_buf_init(&b, 1000);
        base_text_printable(&b, cases[i].in, 100);
        assert_string_equal(base_buf_str(&b), cases[i].out);
        base_buf_free(&b);
        base_text_printable_to(fixed, sizeof(fixed), cases[i].in);
        assert_string_equal(fixed, cases[i].out);
    }
}

static void test_printable_cut(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, 1000);
    base_text_printable(&b, BASE_SPAN("abcdef"), 6);
    base_text_printable(&b, BASE_SPAN("|abcdef"), 4);
    base_text_printable(&b, BASE_SPAN("ab\xe2\x82\xac"), 4); /* no half character */
    assert_string_equal(base_buf_str(&b), "abcdef|abc…ab…");
    base_buf_free(&b);

    char out[8];
    base_text_printable_to(out, sizeof(out), BASE_SPAN("1234567"));
    assert_string_equal(out, "1234567");
    base_text_printable_to(out, sizeof(out), BASE_SPAN("12345678"));
    assert_string_equal(out, "1234…");
    base_text_printable_to(out, sizeof(out), BASE_SPAN("123\xe2\x82\xac\xe2\x82\xac"));
    assert_string_equal(out, "123…");
    base_text_printable_to(out, 3, BASE_SPAN("abc")); /* no room for the mark */
    assert_string_equal(out, "ab");
    base_text_printable_to(out, 1, BASE_SPAN("abc"));
    assert_string_equal(out, "");
    base_text_printable_to(NULL, 0, BASE_SPAN("abc"));
}

static void test_html(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, 1000);
    base_text_html(&b, BASE_SPAN("<a href=\"x\">'&\xc3\xa9"));
    assert_string_equal(base_buf_str(&b), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;\xc3\xa9");
    base_buf_free(&b);
}

static void test_utf8(void **state)
{
    (void)state;
    assert_true(base_text_utf8_valid(BASE_SPAN("")));
    assert_true(base_text_utf8_valid(BASE_SPAN("a\0\xc3\xa9\xf4\x8f\xbf\xbf")));
    assert_false(base_text_utf8_valid(BASE_SPAN("a\xc3")));
    assert_false(base_text_utf8_valid(BASE_SPAN("\xed\xa0\x80")));
    assert_false(base_text_utf8_valid(BASE_SPAN("\xf4\x90\x80\x80")));
    assert_false(base_text_utf8_valid(BASE_SPAN("\xc0\xaf")));
    assert_true(base_text_is_printable(BASE_SPAN("")));
    assert_true(base_text_is_printable(BASE_SPAN("a b\xc3\xa9")));
    assert_false(base_text_is_printable(BASE_SPAN("a\033[2J")));
    assert_false(base_text_is_printable(BASE_SPAN("a\xc2\x9b"
                                                  "2J"))); /* CSI of C1 */
    assert_false(base_text_is_printable(BASE_SPAN("a\xe2\x80\xae")));
    assert_false(base_text_is_printable(BASE_SPAN("a\xc3")));
}

static void test_copy(void **state)
{
    (void)state;
    char out[4] = "zzz";
    assert_true(base_text_copy(out, sizeof(out), BASE_SPAN("abc")));
    assert_string_equal(out, "abc");
    assert_false(base_text_copy(out, sizeof(out), BASE_SPAN("wxyz")));
    assert_string_equal(out, "wxy");
    assert_true(base_text_copy(out, sizeof(out), BASE_SPAN_NONE));
    assert_string_equal(out, "");
    assert_false(base_text_copy(out, 0, BASE_SPAN("a")));
    base_text_format(out, sizeof(out), "%d", 12345);
    assert_string_equal(out, "123");
}

static void test_width(void **state)
{
    (void)state;
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    assert_int_equal(base_text_width(BASE_SPAN("abc")), 3);
    assert_int_equal(base_text_width(BASE_SPAN("\xc3\xa9")), 1);
    assert_int_equal(base_text_width(BASE_SPAN("\xe4\xb8\xad\xe6\x96\x87")),
                     4);                                          /* two wide characters */
    assert_int_equal(base_text_width(BASE_SPAN("e\xcc\x81")), 1); /* a combining accent */
    assert_int_equal(base_text_width(BASE_SPAN("\xff\xfe")), 2);
    setlocale(LC_CTYPE, "C");
}

static void test_distance(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        unsigned distance;
    } cases[] = {
        {"", "", 0},
        {"abc", "", 3},
        {"kitten", "sitting", 3},
        {"token", "tokne", 2},
        {"Format", "format", 0},
        {"flaw", "lawn", 2},
        {"log", "login", 2},
        {"intention", "execution", 5},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        assert_int_equal(base_text_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(base_text_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
    char a[100];
    char b[100];
    memset(a, 'a', 99);
    memset(b, 'b', 99);
    a[99] = b[99] = '\0';
    assert_int_equal(base_text_distance(a, b), 64); /* only so much is looked at */
}

static void test_thousands(void **state)
{
    (void)state;
    char out[27];
    assert_string_equal(base_text_thousands(out, 0), "0");
    assert_string_equal(base_text_thousands(out, 999), "999");
    assert_string_equal(base_text_thousands(out, -1000), "-1,000");
    assert_string_equal(base_text_thousands(out, 1234567), "1,234,567");
    assert_string_equal(base_text_thousands(out, INT64_MIN), "-9,223,372,036,854,775,808");
}

static void test_hex_value(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdef", capitals[] = "0123456789ABCDEF";
    int found = 0;
    for (int i = 0; i < 16; i++) {
        assert_int_equal(base_text_hex_value(digits[i]), i);
        assert_int_equal(base_text_hex_value(capitals[i]), i);
    }
    for (int c = -128; c < 128; c++)
        found += base_text_hex_value((char)c) >= 0;
    assert_int_equal(found, 22);
}

/* Lines stay below the columns; a word that is too long has its own; further lines are indented. */
static void test_wrap(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at, indent, columns;
        const char *wrapped;
    } cases[] = {
        {"", 0, 0, 10, "\n"},
        {"one", 0, 0, 10, "one\n"},
        {"one two three", 0, 0, 8, "one two\nthree\n"},
        {"one two three", 0, 0, 7, "one\ntwo\nthree\n"},
        {"one  two\n three", 4, 2, 12, "one two\n  three\n"},
        {"a-word-that-is-too-long b", 0, 1, 8, "a-word-that-is-too-long\n b\n"},
        {"\xc3\xa4\xc3\xa4\xc3\xa4 b", 0, 0, 6, "\xc3\xa4\xc3\xa4\xc3\xa4 b\n"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_buf out;
        base_buf_init(&out, 1000);
        base_text_wrap(&out, base_span_of(cases[i].text), cases[i].at, cases[i].indent,
                       cases[i].columns);
        assert_string_equal(base_buf_str(&out), cases[i].wrapped);
        base_buf_free(&out);
    }
}

static void test_shell(void **state)
{
    (void)state;
    static const struct {
        const char *word, *quoted;
    } cases[] = {
        {"/home/u/.config/hubauth.key", "/home/u/.config/hubauth.key"},
        {"/a b", "'/a b'"},
        {"it's", "'it'\\''s'"},
        {"$(reboot)", "'$(reboot)'"},
        {"~", "'~'"},
        {"", "''"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_buf out;
        base_buf_init(&out, 100);
        base_text_shell(&out, cases[i].word);
        assert_string_equal(base_buf_str(&out), cases[i].quoted);
        base_buf_free(&out);
    }
}

static void test_printable_lines(void **state)
{
    (void)state;
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
    base_buf_init(&out, 256);
    base_text_printable_lines(&out, BASE_SPAN("a\tb\r\n\n\x1b[2J\x7f\xc2\x9b"
                                              "2J\xe2\x80\xaeü\n\r\xff"));
    assert_string_equal(base_buf_str(&out), "a\tb\n\n?[2J??2J?ü\n?");
    base_buf_reset(&out);
    base_text_printable_lines(&out, BASE_SPAN_NONE);
    assert_string_equal(base_buf_str(&out), "");
}

static void test_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t whole;
    } cases[] = {
        {"", 0},         {"abc", 3},          {"a\xc3", 1},         {"a\xc3\xa9", 3},
        {"\xe2\x82", 0}, {"\xe2\x82\xac", 3}, {"a\xf0\x9f\x98", 1}, {"\xf0\x9f\x98\x80", 4},
        {"\x80\x80", 2}, {"\xe2\x82x", 3},    {"\xff", 0},          {"\xff\x80\x80\x80", 4},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++)
        assert_int_equal(base_text_whole(base_span_of(cases[i].text)), cases[i].whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrap),          cmocka_unit_test(test_printable),
        cmocka_unit_test(test_printable_cut), cmocka_unit_test(test_html),
        cmocka_unit_test(test_utf8),          cmocka_unit_test(test_copy),
        cmocka_unit_test(test_width),         cmocka_unit_test(test_distance),
        cmocka_unit_test(test_shell),         cmocka_unit_test(test_thousands),
        cmocka_unit_test(test_hex_value),     cmocka_unit_test(test_printable_lines),
        cmocka_unit_test(test_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
