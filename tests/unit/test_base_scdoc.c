#include "test_support.h"

#include "base_scdoc.h"

static void is(const char *text, const char *want)
{
    struct base_buf b;
    base_buf_init(&b, 1000);
    base_scdoc_str(&b, text);
    assert_string_equal(base_buf_str(&b), want);
    base_buf_free(&b);
}

static void own_characters_are_escaped(void **state)
{
    (void)state;
    is("a_b *c* d\\e", "a\\_b \\*c\\* d\\\\e");
    is("- no list", "\\- no list");
    is("# no heading", "\\# no heading");
    is("two\nlines", "two lines");
}

static void between_backticks_is_bold(void **state)
{
    (void)state;
    is("`hubauth status` says, `a_b` too", "*hubauth status* says, *a\\_b* too");
    is("`one` and a lone `", "*one* and a lone \\`");
    is("`", "\\`");
    is("", "");
}

static void line_begins_with_no_request(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, 1000);
    base_scdoc_line(&b, BASE_SPAN(".so /etc/passwd"));
    assert_string_equal(base_buf_str(&b), "*.*so /etc/passwd\n");
    base_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_characters_are_escaped),
        cmocka_unit_test(between_backticks_is_bold),
        cmocka_unit_test(line_begins_with_no_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
