#include "base_list.h"
#include "test_support.h"

static void test_add(void **state)
{
    (void)state;
    struct base_list l = {0};
    char text[8];

    for (int i = 0; i < 40; i++) {
        snprintf(text, sizeof(text), "n%d", i);
        assert_true(base_list_add(&l, text));
    }
    assert_int_equal(l.count, 40);
    assert_string_equal(l.items[0], "n0");
    assert_string_equal(l.items[39], "n39"); /* copies, not `text` */
    assert_false(l.failed);
    base_list_free(&l);
    base_list_free(&l);
    assert_int_equal(l.count, 0);
}

/* Whichever allocation fails, it is said, and what was there stays. */
static void test_memory(void **state)
{
    (void)state;
    for (long n = 0; n < 2; n++) {
        struct base_list l = {0};

        for (int i = 0; i < 16; i++)
            assert_true(base_list_add(&l, "there"));
        base_mem_fail_after(n);
        assert_false(base_list_add(&l, "more"));
        base_mem_fail_after(-1);
        assert_true(l.failed);
        assert_int_equal(l.count, 16);
        assert_string_equal(l.items[15], "there");
        base_list_free(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
