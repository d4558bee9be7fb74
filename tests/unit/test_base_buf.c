#include "test_support.h"

#include "base_buf.h"

static void test_append(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, 1000);
    assert_string_equal(base_buf_str(&b), "");
    base_buf_add_str(&b, "a");
    base_buf_add_char(&b, 'b');
    base_buf_add(&b, "\0c", 2);
    base_buf_add_span(&b, BASE_SPAN_NONE);
    base_buf_add_int(&b, INT64_MIN);
    base_buf_add_char(&b, ' ');
    base_buf_add_int(&b, 0);
    base_buf_printf(&b, " %d-%s", 7, "x");
    static const char want[] = "ab\0c-9223372036854775808 0 7-x";
    assert_int_equal(b.n, sizeof(want) - 1);
    assert_memory_equal(base_buf_str(&b), want, sizeof(want));
    base_buf_free(&b);
    base_buf_free(&b);
    base_buf_add_str(&b, "usable again");
    assert_string_equal(base_buf_str(&b), "usable again");
    base_buf_free(&b);
}

/* As printf(3) writes them: each number of digits, and around each power of ten. */
static void test_integers(void **state)
{
    (void)state;
    int64_t power = 1;
    for (int digits = 1; digits <= 19; digits++) {
        for (int64_t off = -11; off <= 11; off++) {
            for (int sign = -1; sign <= 1; sign += 2) {
                int64_t value = sign * (power + off);
                char want[32];
                struct base_buf b;
                base_buf_init(&b, 100);
                base_buf_add_int(&b, value);
                snprintf(want, sizeof(want), "%lld", (long long)value);
                assert_string_equal(base_buf_str(&b), want);
                base_buf_free(&b);
            }
        }
        if (digits < 19)
            power *= 10;
    }
    struct base_buf b;
    base_buf_init(&b, 100);
    base_buf_add_int(&b, INT64_MAX);
    assert_string_equal(base_buf_str(&b), "9223372036854775807");
    base_buf_free(&b);
}

static void test_grow(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, 100000);
    for (int i = 0; i < 100000; i++)
        base_buf_add_char(&b, (char)('a' + i % 26));
    assert_int_equal(base_buf_status(&b), BASE_OK);
    assert_int_equal(b.n, 100000);
    for (size_t i = 0; i < 100000; i++)
        assert_int_equal(b.p[i], 'a' + i % 26);
    base_buf_add_char(&b, 'x');
    assert_int_equal(base_buf_status(&b), BASE_LIMIT);
    base_buf_free(&b);
}

/* Whatever fails first is kept, and later appends do nothing. */
static void test_limit(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, 5);
    base_buf_add_str(&b, "12345");
    assert_int_equal(base_buf_status(&b), BASE_OK);
    base_buf_add_str(&b, "");
    assert_int_equal(base_buf_status(&b), BASE_OK);
    base_buf_add_str(&b, "6");
    assert_int_equal(base_buf_status(&b), BASE_LIMIT);
    base_buf_consume(&b, 3);
    base_buf_add_str(&b, "x");
    assert_string_equal(base_buf_str(&b), "45");
    assert_null(base_buf_reserve(&b, 1));
    assert_null(base_buf_steal(&b));
    base_buf_reset(&b);
    base_buf_printf(&b, "%s", "12345");
    assert_string_equal(base_buf_str(&b), "12345");
    base_buf_reset(&b);
    base_buf_printf(&b, "%s", "123456"); /* would fit the memory, but not the limit */
    assert_int_equal(base_buf_status(&b), BASE_LIMIT);
    assert_string_equal(base_buf_str(&b), "");
    base_buf_reset(&b);
    base_buf_printf(&b, "%0200d", 1);
    assert_int_equal(base_buf_status(&b), BASE_LIMIT);
    base_buf_reset(&b);
    base_buf_add(&b, "x", 1);
    assert_null(base_buf_reserve(&b, SIZE_MAX)); /* n + b.n would wrap around */
    assert_int_equal(base_buf_status(&b), BASE_LIMIT);
    base_buf_free(&b);

    base_buf_init(&b, 0);
    base_buf_add_str(&b, "");
    assert_int_equal(base_buf_status(&b), BASE_OK);
    base_buf_add_str(&b, "x");
    assert_int_equal(base_buf_status(&b), BASE_LIMIT);
    base_buf_free(&b);
}

static void test_unlimited(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, SIZE_MAX);
    base_buf_add_str(&b, "x");
    assert_int_equal(base_buf_status(&b), BASE_OK);
    assert_null(base_buf_reserve(&b, SIZE_MAX - 1));
    assert_int_equal(base_buf_status(&b), BASE_NO_MEMORY);
    base_buf_free(&b);
}

static void test_printf_grows(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, 10000);
    base_buf_add_str(&b, "<");
    base_buf_printf(&b, "%05000d", 1);
    base_buf_add_str(&b, ">");
    assert_int_equal(b.n, 5002);
    assert_string_equal(base_buf_str(&b) + 4990, "00000000001>");
    base_buf_free(&b);
}

static void test_reserve(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, 10);
    char *place = base_buf_reserve(&b, 10);
    assert_non_null(place);
    memcpy(place, "0123456789", 10);
    base_buf_commit(&b, 4);
    assert_string_equal(base_buf_str(&b), "0123");
    assert_non_null(base_buf_reserve(&b, 6));
    base_buf_commit(&b, 100); /* never beyond what there is */
    assert_true(b.n <= 63);
    base_buf_free(&b);
    base_buf_commit(&b, 1); /* without memory: nothing */
    assert_int_equal(b.n, 0);
}

static void test_consume(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, 10);
    base_buf_consume(&b, 1);
    base_buf_add_str(&b, "abcdef");
    base_buf_consume(&b, 0);
    base_buf_consume(&b, 2);
    assert_string_equal(base_buf_str(&b), "cdef");
    base_buf_consume(&b, 9);
    assert_string_equal(base_buf_str(&b), "");
    assert_int_equal(b.n, 0);
    base_buf_free(&b);
}

static void test_steal(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init(&b, 10);
    char *text = base_buf_steal(&b);
    assert_string_equal(text, "");
    base_mem_free(text);
    base_buf_add_str(&b, "abc");
    text = base_buf_steal(&b);
    assert_string_equal(text, "abc");
    base_mem_free(text);
    assert_string_equal(base_buf_str(&b), "");
    assert_int_equal(b.max, 10);
    base_buf_add_str(&b, "0123456789");
    base_buf_add_char(&b, 'x');
    assert_null(base_buf_steal(&b)); /* and nothing leaks */
    assert_null(b.p);
    assert_int_equal(base_buf_status(&b), BASE_LIMIT);
    base_buf_free(&b);
}

/* E1: no copy of a secret stays behind. What was freed cannot be looked at in C; what is still ours
 * can. */
static void test_sensitive(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init_sensitive(&b, 1000);
    base_buf_add_str(&b, "canary");
    const char *p = b.p;
    size_t cap = b.cap;
    base_buf_consume(&b, 3);
    assert_memory_equal(p, "ary\0\0\0", 6);
    base_buf_reset(&b);
    for (size_t i = 0; i < cap; i++)
        assert_int_equal(p[i], 0);
    char *place = base_buf_reserve(&b, 20);
    memcpy(place, "reserved, not kept", 18);
    base_buf_reset(&b); /* wiped although it was never committed */
    for (size_t i = 0; i < cap; i++)
        assert_int_equal(p[i], 0);
    base_buf_printf(&b, "%0500d", 7);
    assert_int_equal(b.n, 500);
    assert_true(b.sensitive);
    base_buf_free(&b);
    assert_true(b.sensitive);
}

static enum base_status step_fill(void *arg)
{
    const bool *sensitive = arg;
    struct base_buf b;
    if (*sensitive)
        base_buf_init_sensitive(&b, 10000);
    else
        base_buf_init(&b, 10000);
    for (int i = 0; i < 100; i++)
        base_buf_printf(&b, "%d ", i);
    base_buf_add_str(&b, "end");
    enum base_status status = base_buf_status(&b);
    base_buf_free(&b);
    return status;
}

static enum base_status step_steal(void *arg)
{
    (void)arg;
    struct base_buf b;
    base_buf_init(&b, 10);
    char *text = base_buf_steal(&b);
    base_buf_free(&b);
    if (text == NULL)
        return BASE_NO_MEMORY;
    base_mem_free(text);
    return BASE_OK;
}

static void test_no_memory(void **state)
{
    (void)state;
    bool sensitive = false;
    assert_in_range(test_each_allocation_fails(step_fill, &sensitive), 2, 10);
    sensitive = true;
    assert_in_range(test_each_allocation_fails(step_fill, &sensitive), 2, 10);
    assert_int_equal(test_each_allocation_fails(step_steal, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),    cmocka_unit_test(test_integers),
        cmocka_unit_test(test_grow),      cmocka_unit_test(test_limit),
        cmocka_unit_test(test_unlimited), cmocka_unit_test(test_printf_grows),
        cmocka_unit_test(test_reserve),   cmocka_unit_test(test_consume),
        cmocka_unit_test(test_steal),     cmocka_unit_test(test_sensitive),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
