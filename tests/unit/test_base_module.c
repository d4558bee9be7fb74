#include "test_support.h"

#include <unistd.h>

#include "base_module.h"

static void test_load(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    const void *entry = NULL;
    const void *again = NULL;
    assert_ok(base_module_load("test-good", &entry, &err), &err);
    assert_int_equal(*(const int *)entry, 4711);
    assert_ok(base_module_load("test-good", &again, &err), &err);
    assert_ptr_equal(entry, again);
}

static void test_refuse(void **state)
{
    (void)state;
    static const struct {
        const char *name, *why, *lower;
    } cases[] = {
        {"test-abi", "belongs to another version", ""},
        {"test-name", "holds another module", ""},
        {"test-empty", "is empty", ""},
        {"test-symbol", "is no module of hubauth", ""},
        {"test-needs", "cannot be loaded", "nobody_defines_this"},
        {"test-none", "test-none.so is neither beside the program nor in /", ""},
        {"../test-good", "is no module's name", ""},
        {"/tmp/x", "is no module's name", ""},
        {"Test", "is no module's name", ""},
        {"-x", "is no module's name", ""},
        {"", "is no module's name", ""},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "is no module's name", ""},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_error err = BASE_ERROR_NONE;
        const void *entry = &err;
        assert_status(base_module_load(cases[i].name, &entry, &err), BASE_FAILED, &err);
        if (strstr(err.why, cases[i].why) == NULL)
            fail_msg("%s: %s", cases[i].name, err.why);
        assert_non_null(strstr(err.lower, cases[i].lower));
        assert_ptr_equal(entry, &err);
    }
    struct base_error err = BASE_ERROR_NONE;
    const void *entry;
    base_module_load("test-none", &entry, &err);
    assert_non_null(strstr(err.hint, "install"));
}

/* Neither the environment nor the working directory is a way in. */
static void test_no_other_place(void **state)
{
    (void)state;
    const void *entry;
    char program[4096];
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    assert_true(n > 0);
    program[n] = '\0';
    *strrchr(program, '/') = '\0';
    assert_int_equal(setenv("LD_LIBRARY_PATH", program, 1), 0);
    assert_int_equal(chdir(program), 0);
    assert_int_equal(chdir("modules"), 0);
    assert_int_equal(base_module_load("test-none", &entry, NULL), BASE_FAILED);
    assert_int_equal(base_module_load("test-good", &entry, NULL), BASE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_no_other_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
