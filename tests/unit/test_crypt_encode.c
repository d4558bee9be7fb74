#include "test_support.h"

#include "crypt_encode.h"
#include "crypt_secret.h"

static void test_hex(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, 8);
    crypt_hex(&b, "", 0);
    crypt_hex(&b, "\x00\x7f\xff\xa5", 4); /* just as long as allowed */
    assert_string_equal(base_buf_str(&b), "007fffa5");
    crypt_hex(&b, "x", 1);
    assert_int_equal(base_buf_status(&b), BASE_LIMIT);
    base_buf_reset(&b);
    crypt_hex(&b, "x", SIZE_MAX);
    assert_int_equal(base_buf_status(&b), BASE_LIMIT);
    base_buf_reset(&b);
    crypt_base64url(&b, "x", SIZE_MAX);
    assert_int_equal(base_buf_status(&b), BASE_LIMIT);
    base_buf_free(&b);
}

/* RFC 4648 section 10, without padding. */
static void test_base64url(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_buf b;
        char back[16];
        size_t n;
        base_buf_init(&b, 100);
        crypt_base64url(&b, cases[i][0], strlen(cases[i][0]));
        assert_string_equal(base_buf_str(&b), cases[i][1]);
        assert_true(crypt_base64_decode(base_buf_span(&b), back, strlen(cases[i][0]), &n));
        assert_span(((struct base_span){back, n}), cases[i][0]);
        base_buf_free(&b);
    }
}

/* RFC 4648 section 10, and the characters that base64url has not. */
static void test_base64(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
        {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xfb\xff\xfe", "+//+"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_buf b;
        base_buf_init(&b, 100);
        crypt_base64(&b, cases[i][0], strlen(cases[i][0]));
        assert_string_equal(base_buf_str(&b), cases[i][1]);
        base_buf_free(&b);
    }
}

static void test_base64_decode(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *bytes; /* NULL: refused */
    } cases[] = {
        {"Zg==", "f"},
        {"Zg", "f"},
        {"Zm8=", "fo"},
        {"Zm9vYmFy", "foobar"},
        {"+//+", "\xfb\xff\xfe"},
        {"-__-", "\xfb\xff\xfe"},
        {"Zg=", NULL},
        {"Zg===", NULL},
        {"Z===", NULL},
        {"====", NULL},
        {"=", NULL},
        {"Z", NULL},
        {"Zm9vY", NULL},
        {"Zm8==", NULL},
        {"Zm9v====", NULL},
        {"Zh==", NULL},
        {"Zh", NULL}, /* bits left over: not the one encoding of "f" */
        {"+_+_", NULL},
        {"Zm 9", NULL},
        {"Zm\n9v", NULL},
        {"Zm9v!", NULL},
        {"Z=g=", NULL},
        {"Zm9v=", NULL},
        {"\xc3\xa9", NULL},
        {"8\xab\xad\xaa\x9d\x8a\xb8\xb5", NULL}, /* libsodium alone takes it */
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        char out[16];
        size_t n = 42;
        bool good = crypt_base64_decode(base_span_of(cases[i].text), out, sizeof(out), &n);
        if (good != (cases[i].bytes != NULL))
            fail_msg("%s", cases[i].text);
        if (good)
            assert_span(((struct base_span){out, n}), cases[i].bytes);
        else
            assert_int_equal(n, 42);
    }
    char out[2];
    size_t n;
    assert_false(crypt_base64_decode(BASE_SPAN("Zm9v"), out, sizeof(out), &n)); /* three bytes */
    assert_true(crypt_base64_decode(BASE_SPAN_NONE, NULL, 0, &n));
    assert_int_equal(n, 0);
}

static int start(void **state)
{
    (void)state;
    return crypt_start(NULL) == BASE_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_base64url),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_base64_decode),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
