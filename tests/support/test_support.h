/* cmocka with what it wants included before it, and what most unit tests need besides. */
#ifndef TEST_SUPPORT_H
#define TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base_error.h"
#include "base_mem.h"
#include "base_span.h"

#define TEST_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Compares a span with a literal text and shows both when they differ. */
static inline void test_span_is(struct base_span span, const char *text, const char *file, int line)
{
    if (!base_span_is(span, text)) {
        print_error("\"%.*s\" is not \"%s\"\n", BASE_SPAN_ARG(span), text);
        _fail(file, line);
    }
}
#define assert_span(span, text) test_span_is(span, text, __FILE__, __LINE__)

/* Asserts a status and shows the error object otherwise. */
static inline void test_status_is(enum base_status got, enum base_status want,
                                  const struct base_error *err, const char *file, int line)
{
    if (got != want) {
        print_error("status %s, not %s\n", base_status_word(got), base_status_word(want));
        if (err != NULL && err->status != BASE_OK)
            print_error("%s: %s (%s)\n", err->doing, err->why, err->lower);
        _fail(file, line);
    }
}
#define assert_status(got, want, err) test_status_is(got, want, err, __FILE__, __LINE__)
#define assert_ok(got, err) test_status_is(got, BASE_OK, err, __FILE__, __LINE__)

/* Where the compiler neither adds checks nor leaves the code as it was written, a long simulation
 * takes seconds. Elsewhere it would take minutes in all, for nothing that it does not find here. */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define TEST_IS_FAST 1
#else
#define TEST_IS_FAST 0
#endif

/* valgrind runs the program inside itself: /proc/self/exe is another's, and all is much slower. */
static inline bool test_in_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

/* Runs `step` with its first allocation failing, then its second, and so on until none fails. Each
 * failure must be reported as BASE_NO_MEMORY; that nothing leaks is seen by the address sanitizer
 * and valgrind. Returns the number of allocations, so that a test can assert that there was one at
 * all. */
static inline long test_each_allocation_fails(enum base_status (*step)(void *arg), void *arg)
{
    for (long n = 0;; n++) {
        base_mem_fail_after(n);
        enum base_status status = step(arg);
        long made = base_mem_count();
        base_mem_fail_after(-1);
        if (made <= n) {
            assert_status(status, BASE_OK, NULL);
            return made;
        }
        assert_status(status, BASE_NO_MEMORY, NULL);
    }
}

#endif
