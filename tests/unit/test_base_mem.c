#include "test_support.h"

#include <unistd.h>

static void test_allocate(void **state)
{
    (void)state;
    unsigned char *p = base_mem_array(3, 5);
    assert_non_null(p);
    for (int i = 0; i < 15; i++)
        assert_int_equal(p[i], 0);
    base_mem_free(p);
    p = base_mem_new(0); /* nothing is not failure */
    assert_non_null(p);
    base_mem_free(p);
    base_mem_free(NULL);
}

static void test_overflow(void **state)
{
    (void)state;
    volatile size_t huge = SIZE_MAX / 2 + 1;
    assert_null(base_mem_array(huge, 2));
    char *p = base_mem_strdup("kept");
    assert_null(base_mem_grow(p, huge, 2));
    assert_string_equal(p, "kept");
    assert_null(base_mem_dup(p, SIZE_MAX));
    base_mem_free(p);
}

static void test_grow(void **state)
{
    (void)state;
    char *p = base_mem_grow(NULL, 2, 1);
    assert_non_null(p);
    memcpy(p, "a", 2);
    char *larger = base_mem_grow(p, 100, 10);
    assert_non_null(larger);
    assert_string_equal(larger, "a");
    char *none = base_mem_grow(larger, 0, 1); /* shrinks; realloc(p, 0) would free */
    assert_non_null(none);
    base_mem_free(none);
}

static void test_copies(void **state)
{
    (void)state;
    char *p = base_mem_dup("ab\0cd", 5);
    assert_memory_equal(p, "ab\0cd", 6);
    base_mem_free(p);
    p = base_mem_dup(NULL, 0);
    assert_string_equal(p, "");
    base_mem_free(p);
    BASE_CLEANUP(base_mem_cleanup) char *freed_by_itself = base_mem_strdup("x");
    assert_non_null(freed_by_itself);
}

static void test_failing(void **state)
{
    (void)state;
    base_mem_fail_after(2);
    void *a = base_mem_new(1);
    void *b = base_mem_strdup("b");
    void *c = base_mem_array(1, 1);
    void *d = base_mem_new(1); /* once: the next one works again */
    assert_non_null(a);
    assert_non_null(b);
    assert_null(c);
    assert_non_null(d);
    assert_int_equal(base_mem_count(), 4);
    char *grown = base_mem_grow(a, 2, 1);
    assert_non_null(grown);
    base_mem_fail_after(0);
    assert_null(base_mem_grow(grown, 1000, 1));
    base_mem_fail_after(0);
    assert_null(base_mem_dup("x", 1));
    base_mem_fail_after(-1);
    assert_int_equal(base_mem_count(), 0);
    base_mem_free(grown);
    base_mem_free(b);
    base_mem_free(d);
}

/* T2: what the reserve is for. */
/* Leaves less in the heap than a room has: takes memory until the heap grows (by 132 KiB, glibc's
 * M_TOP_PAD and a page), and then most of that. */
static size_t use_up_the_heap(void *block[200])
{
    const char *end = sbrk(0);
    size_t n = 0, rest = 30;
    while (n < 200 && rest > 0) {
        block[n] = base_mem_new(4000);
        assert_non_null(block[n++]);
        rest -= sbrk(0) != end;
    }
    return n;
}

/* C5: what is allocated and freed in the room neither grows the heap nor shrinks it. (Another
 * malloc than glibc's, as a sanitizer's, has no heap to look at.) */
static void test_room(void **state)
{
    (void)state;
    void *used[200], *block[30];
    size_t n = use_up_the_heap(used);
    base_mem_make_room();
    const char *end = sbrk(0);
    for (size_t i = 0; i < TEST_COUNT(block); i++) {
        block[i] = base_mem_new(2000);
        assert_non_null(block[i]);
    }
    assert_ptr_equal(sbrk(0), end);
    for (size_t i = 0; i < TEST_COUNT(block); i++)
        base_mem_free(block[i]);
    assert_ptr_equal(sbrk(0), end);
    while (n > 0)
        base_mem_free(used[--n]);
}

/* C5 */
static void test_room_is_not_given_back(void **state)
{
    (void)state;
    void *used[200];
    size_t n = use_up_the_heap(used);
    void *last =
        base_mem_new(40000); /* the heap grows for it, and by as much again as glibc keeps */
    assert_non_null(last);
    base_mem_make_room();
    const char *end = sbrk(0);
    base_mem_free(last);
    assert_ptr_equal(sbrk(0), end);
    while (n > 0)
        base_mem_free(used[--n]);
}

static void test_reserve(void **state)
{
    (void)state;
    base_mem_fail_after(0);
    assert_false(base_mem_hold_reserve()); /* no memory for the reserve itself: it is not held */
    assert_true(base_mem_hold_reserve());
    base_mem_fail_after(0);
    char *p = base_mem_new(1);
    assert_non_null(p);
    base_mem_fail_after(0);
    assert_null(base_mem_grow(p, 100, 1)); /* spent */
    assert_true(base_mem_hold_reserve());  /* filled anew, and held twice */
    base_mem_fail_after(0);
    char *grown = base_mem_grow(p, 100, 1);
    assert_non_null(grown);
    base_mem_free(grown);
    assert_true(base_mem_hold_reserve());
    base_mem_drop_reserve();
    base_mem_drop_reserve();
    base_mem_fail_after(0);
    char *copy = base_mem_strdup("copy"); /* one holds it still */
    assert_string_equal(copy, "copy");
    base_mem_free(copy);
    assert_true(base_mem_hold_reserve());
    base_mem_drop_reserve();
    base_mem_drop_reserve();
    base_mem_fail_after(0);
    assert_null(base_mem_new(1)); /* nobody holds it */
    base_mem_fail_after(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocate),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_failing),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_room_is_not_given_back),
        cmocka_unit_test(test_reserve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
