/* Forms and query strings as a server reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve_form.h"

static struct base_error err;

static void expect_form(struct base_span text, const char *description)
{
    struct serve_form form;
    struct base_buf seen;

    base_buf_init(&seen, 4096);
    assert_int_equal(serve_form_parse(text, &form, &err), BASE_OK);
    for (size_t i = 0; i < form.count; i++)
        base_buf_printf(&seen, "[%s=%s]", form.fields[i].name, form.fields[i].value);
    assert_string_equal(base_buf_str(&seen), description);
    serve_form_free(&form);
    assert_int_equal(form.count, 0);
    base_buf_free(&seen);
}

static void test_fields(void **fixture)
{
    (void)fixture;
    expect_form(BASE_SPAN_NONE, "");
    expect_form(BASE_SPAN("a=1"), "[a=1]");
    expect_form(BASE_SPAN("a=1&b=2&a=3"), "[a=1][b=2][a=3]");
    expect_form(BASE_SPAN("a"), "[a=]");
    expect_form(BASE_SPAN("a="), "[a=]");
    expect_form(BASE_SPAN("=1"), "[=1]");
    expect_form(BASE_SPAN("a=b=c"), "[a=b=c]");
    expect_form(BASE_SPAN("&a=1&&b=2&"), "[a=1][b=2]");
}

static void test_encoding(void **fixture)
{
    (void)fixture;
    expect_form(BASE_SPAN("a+b=c+d%20e"), "[a b=c d e]");
    expect_form(BASE_SPAN("%61%3D%26=%2b%25%2B"), "[a=&=+%+]");
    expect_form(BASE_SPAN("a=%C3%a9\303\251"), "[a=\303\251\303\251]");
    expect_form(BASE_SPAN("redirect_uri=http%3A%2F%2Flocalhost%3A8976%2Fcallback"),
                "[redirect_uri=http://localhost:8976/callback]");
}

/* C3: every printable character of a secret arrives unchanged. */
static void test_every_printable_character(void **fixture)
{
    struct base_buf encoded;
    struct serve_form form;
    (void)fixture;

    base_buf_init(&encoded, 4096);
    base_buf_add_str(&encoded, "client_secret=");
    for (unsigned c = 0x20; c < 0x7f; c++)
        base_buf_printf(&encoded, "%%%02X", c);
    assert_int_equal(serve_form_parse(base_buf_span(&encoded), &form, &err), BASE_OK);
    const char *secret = serve_form_get(&form, "client_secret");
    assert_non_null(secret);
    for (unsigned c = 0x20; c < 0x7f; c++)
        assert_int_equal(secret[c - 0x20], c);
    assert_int_equal(strlen(secret), 0x7f - 0x20);
    serve_form_free(&form);
    base_buf_free(&encoded);
}

static void test_malformed(void **fixture)
{
    static const struct base_span malformed[] = {
        BASE_SPAN("a=%"),   BASE_SPAN("a=%4"),       BASE_SPAN("a=%4g"), BASE_SPAN("a=%g4"),
        BASE_SPAN("%=1"),   BASE_SPAN("a=1&b=%zz"),  BASE_SPAN("a=%00"), BASE_SPAN("a=x%00y"),
        BASE_SPAN("a\0=1"), BASE_SPAN("a=%%34%31"),  BASE_SPAN("a=% 1"), BASE_SPAN("a=%u0041"),
        BASE_SPAN("a=%+1"), BASE_SPAN("a=1&b=2&%0"),
    };
    (void)fixture;

    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        struct serve_form form;
        err = BASE_ERROR_NONE;
        assert_int_equal(serve_form_parse(malformed[i], &form, &err), BASE_INVALID);
        assert_int_equal(err.status, BASE_INVALID);
        assert_int_equal(form.count, 0); /* nothing left to free */
    }
}

static void test_too_many_fields(void **fixture)
{
    struct base_buf text;
    struct serve_form form;
    (void)fixture;

    base_buf_init(&text, 4096);
    for (int i = 0; i < SERVE_FORM_MAX; i++)
        base_buf_printf(&text, "f%d=%d&", i, i);
    assert_int_equal(serve_form_parse(base_buf_span(&text), &form, &err), BASE_OK);
    assert_int_equal(form.count, SERVE_FORM_MAX);
    serve_form_free(&form);
    base_buf_add_str(&text, "one=more");
    assert_int_equal(serve_form_parse(base_buf_span(&text), &form, &err), BASE_LIMIT);
    base_buf_free(&text);
}

/* B9: a parameter given twice can be seen. */
static void test_lookup(void **fixture)
{
    struct serve_form form;
    (void)fixture;

    assert_int_equal(serve_form_parse(BASE_SPAN("code=1&state=2&code=3"), &form, &err), BASE_OK);
    assert_string_equal(serve_form_get(&form, "code"), "1");
    assert_int_equal(serve_form_count(&form, "code"), 2);
    assert_string_equal(serve_form_get(&form, "state"), "2");
    assert_int_equal(serve_form_count(&form, "state"), 1);
    assert_null(serve_form_get(&form, "Code"));
    assert_int_equal(serve_form_count(&form, "Code"), 0);
    serve_form_free(&form);
}

static void test_short_of_memory(void **fixture)
{
    (void)fixture;

    for (long after = 0; after < 4; after++) {
        struct serve_form form;
        base_mem_fail_after(after);
        assert_int_equal(serve_form_parse(BASE_SPAN("a=1&b=2"), &form, &err), BASE_NO_MEMORY);
        assert_int_equal(form.count, 0);
    }
    base_mem_fail_after(-1);
}

static void test_path(void **fixture)
{
    struct base_buf out;
    (void)fixture;

    base_buf_init(&out, 100);
    assert_true(serve_path_decode(BASE_SPAN("a+b%2Fc%2e%c3%A9"), &out));
    assert_string_equal(base_buf_str(&out), "a+b/c.\303\251");
    base_buf_reset(&out);
    assert_true(serve_path_decode(BASE_SPAN(""), &out));
    assert_int_equal(out.n, 0);
    assert_false(serve_path_decode(BASE_SPAN("a%2"), &out));
    assert_false(serve_path_decode(BASE_SPAN("a%00"), &out));
    assert_int_equal(out.n, 0);
    base_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_encoding),
        cmocka_unit_test(test_every_printable_character),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_too_many_fields),
        cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_short_of_memory),
        cmocka_unit_test(test_path),
    };
    return cmocka_run_group_tests_name("serve_form", tests, NULL, NULL);
}
