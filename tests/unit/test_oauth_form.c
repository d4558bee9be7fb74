#include "test_support.h"

#include "oauth_form.h"

static void test_add(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, 1000);
    oauth_form_add_str(&b, "grant_type", "refresh_token");
    oauth_form_add_str(&b, "scope", "oauth crm.objects.contacts.read");
    oauth_form_add_str(&b, "empty", "");
    oauth_form_add_str(&b, "none", NULL);
    assert_string_equal(base_buf_str(&b),
                        "grant_type=refresh_token&scope=oauth%20crm.objects.contacts."
                        "read&empty=&none=");
    base_buf_reset(&b);
    base_buf_add_str(&b, "https://a.example/x?");
    oauth_form_add_str(&b, "a", "1");
    oauth_form_add_str(&b, "b", "2");
    assert_string_equal(base_buf_str(&b), "https://a.example/x?a=1&b=2");
    base_buf_free(&b);
}

/* RFC 6749 appendix B: " %&+£€" in UTF-8. Ours has %20 where the RFC has '+'; both read the same.
 */
static void test_rfc_vector(void **state)
{
    (void)state;
    static const char text[] = " %&+\xc2\xa3\xe2\x82\xac";
    struct base_buf b, name, value;
    base_buf_init(&b, 1000);
    base_buf_init(&name, 1000);
    base_buf_init(&value, 1000);
    oauth_form_add_str(&b, "v", text);
    assert_string_equal(base_buf_str(&b), "v=%20%25%26%2B%C2%A3%E2%82%AC");
    struct base_span rest = BASE_SPAN("v=+%25%26%2B%C2%A3%E2%82%AC");
    enum base_status status;
    assert_true(oauth_form_next(&rest, &name, &value, &status));
    assert_string_equal(base_buf_str(&value), text);
    base_buf_free(&b);
    base_buf_free(&name);
    base_buf_free(&value);
}

/* C3: every printable ASCII character, in names and values, arrives unchanged. */
static void test_round_trip(void **state)
{
    (void)state;
    char all[0x7f - 0x20 + 1] = "";
    for (char c = 0x20; c < 0x7f; c++)
        all[c - 0x20] = c;
    struct base_buf b, name, value;
    base_buf_init(&b, 10000);
    base_buf_init(&name, 1000);
    base_buf_init(&value, 1000);
    oauth_form_add_str(&b, all, all);
    oauth_form_add_str(&b, "second", "x");
    for (size_t i = 0; i < b.n; i++) { /* nothing that any server could read as something else */
        char c = b.p[i];
        assert_true((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                    strchr("-._~%=&", c) != NULL);
    }
    struct base_span rest = base_buf_span(&b);
    enum base_status status;
    assert_true(oauth_form_next(&rest, &name, &value, &status));
    assert_string_equal(base_buf_str(&name), all);
    assert_string_equal(base_buf_str(&value), all);
    assert_true(oauth_form_next(&rest, &name, &value, &status));
    assert_string_equal(base_buf_str(&name), "second");
    assert_false(oauth_form_next(&rest, &name, &value, &status));
    assert_int_equal(status, BASE_OK);
    base_buf_free(&b);
    base_buf_free(&name);
    base_buf_free(&value);
}

static void test_next(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum base_status status;    /* after the last pair */
        const char *names, *values; /* joined by '|' */
    } cases[] = {
        {"", BASE_OK, "", ""},
        {"&&", BASE_OK, "", ""},
        {"a=1", BASE_OK, "a|", "1|"},
        {"a=1&b=2", BASE_OK, "a|b|", "1|2|"},
        {"&a=1&&b=2&", BASE_OK, "a|b|", "1|2|"},
        {"a", BASE_OK, "a|", "|"},
        {"a=", BASE_OK, "a|", "|"},
        {"=1", BASE_OK, "|", "1|"},
        {"a=b=c", BASE_OK, "a|", "b=c|"},
        {"a+b=c+d", BASE_OK, "a b|", "c d|"},
        {"%61=%4a%4A", BASE_OK, "a|", "JJ|"},
        {"a=%", BASE_INVALID, "", ""},
        {"a=%4", BASE_INVALID, "", ""},
        {"a=%4g", BASE_INVALID, "", ""},
        {"a=%g4", BASE_INVALID, "", ""},
        {"%zz=1", BASE_INVALID, "", ""},
        {"a=%00", BASE_INVALID, "", ""},
        {"ok=1&a=%00&b=2", BASE_INVALID, "ok|", "1|"},
    };
    struct base_buf name, value, names, values;
    base_buf_init(&name, 100);
    base_buf_init(&value, 100);
    base_buf_init(&names, 100);
    base_buf_init(&values, 100);
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_span rest = base_span_of(cases[i].text);
        enum base_status status;
        base_buf_reset(&names);
        base_buf_reset(&values);
        while (oauth_form_next(&rest, &name, &value, &status)) {
            base_buf_printf(&names, "%s|", base_buf_str(&name));
            base_buf_printf(&values, "%s|", base_buf_str(&value));
        }
        assert_int_equal(status, cases[i].status);
        assert_string_equal(base_buf_str(&names), cases[i].names);
        assert_string_equal(base_buf_str(&values), cases[i].values);
    }
    base_buf_free(&name);
    base_buf_free(&value);
    base_buf_free(&names);
    base_buf_free(&values);
}

static void test_next_limit(void **state)
{
    (void)state;
    struct base_buf name, value;
    base_buf_init(&name, 100);
    base_buf_init(&value, 3);
    struct base_span rest = BASE_SPAN("a=1234");
    enum base_status status;
    assert_false(oauth_form_next(&rest, &name, &value, &status));
    assert_int_equal(status, BASE_LIMIT);
    base_buf_free(&name);
    base_buf_free(&value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),        cmocka_unit_test(test_rfc_vector),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_next),
        cmocka_unit_test(test_next_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
