#include "test_support.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
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
    const char *library = NULL;
    assert_ok(base_module_library("test-good", &library, &err), &err);
    assert_string_equal(library, "a library 1.0");
    assert_status(base_module_library("test-abi", &library, &err), BASE_FAILED, &err);
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

static const char *linked_library(void)
{
    return "linked 2.0";
}

/* A module that the program has linked in stands for its name, and for no other. */
static void test_linked(void **state)
{
    (void)state;
    static const int number = 12;
    static const struct base_module linked = {
        .abi = BASE_MODULE_ABI, .name = "test-none", .entry = &number, .library = linked_library};
    const void *entry;
    const char *library;
    struct base_error err = BASE_ERROR_NONE;
    assert_int_equal(base_module_load("test-none", &entry, NULL), BASE_FAILED);
    base_module_link(&linked);
    assert_ok(base_module_load("test-none", &entry, &err), &err);
    assert_ptr_equal(entry, &number);
    assert_ok(base_module_library("test-none", &library, &err), &err);
    assert_string_equal(library, "linked 2.0");
    assert_ok(base_module_load("test-good", &entry, &err), &err);
    assert_int_equal(*(const int *)entry, 4711);
    base_module_link(NULL);
    assert_int_equal(base_module_load("test-none", &entry, NULL), BASE_FAILED);
}

static void copy(const char *from, const char *to)
{
    char bytes[65536];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t n;
    assert_true(in >= 0 && out >= 0);
    while ((n = read(in, bytes, sizeof(bytes))) > 0)
        assert_int_equal(write(out, bytes, (size_t)n), n);
    assert_int_equal(close(in) + close(out), 0);
}

/* Into the folder beside which ../modules is; sees to it that there is one. */
static void enter_program_folder(void)
{
    char program[4096];
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    assert_true(n > 0);
    program[n] = '\0';
    *strrchr(program, '/') = '\0';
    assert_int_equal(chdir(program), 0);
    assert_true(mkdir("../modules", 0700) == 0 || errno == EEXIST);
}

/* In ../modules, the folder beside that of the program: what others can write, or what is another
 * user's, is not even opened. */
static void test_foreign_module(void **state)
{
    (void)state;
    const void *entry;
    struct base_error err;
    enter_program_folder();
    copy("modules/test-good.so", "../modules/test-far.so");
    assert_status(base_module_load("test-far", &entry, &err), BASE_FAILED, &err);
    assert_non_null(strstr(err.why, "holds another module")); /* found, and opened */
    assert_int_equal(chmod("../modules/test-far.so", 0666), 0);
    assert_status(base_module_load("test-far", &entry, &err), BASE_FAILED, &err);
    assert_non_null(strstr(err.why, "neither beside the program"));
    if (geteuid() == 0) {
        assert_int_equal(chmod("../modules/test-far.so", 0644), 0);
        assert_int_equal(chown("../modules/test-far.so", 65534, 65534), 0);
        assert_status(base_module_load("test-far", &entry, &err), BASE_FAILED, &err);
        assert_non_null(strstr(err.why, "neither beside the program"));
    }
    assert_int_equal(unlink("../modules/test-far.so"), 0);
}

static void refuse_far(const char *why)
{
    struct base_error err;
    const void *entry;
    assert_status(base_module_load("test-far", &entry, &err), BASE_FAILED, &err);
    if (strstr(err.why, why) == NULL)
        fail_msg("%s", err.why);
}

/* Nor is what stands in a folder of others, where they could change it between look and loading. */
static void test_foreign_folder(void **state)
{
    (void)state;
    static const char not_found[] = "neither beside the program";
    enter_program_folder();
    copy("modules/test-good.so", "../modules/test-far.so");
    assert_int_equal(chmod("../modules", 0777), 0);
    refuse_far(not_found);
    assert_int_equal(chmod("../modules", 0755), 0);
    refuse_far("holds another module"); /* found, and opened */
    assert_int_equal(rename("../modules", "../far"), 0);
    assert_int_equal(symlink("far", "../modules"), 0);
    refuse_far("holds another module"); /* a link of our own */
    if (geteuid() == 0) {
        assert_int_equal(lchown("../modules", 65534, 65534), 0);
        refuse_far(not_found);
    }
    assert_int_equal(unlink("../modules"), 0);
    assert_int_equal(rename("../far", "../modules"), 0);
    assert_int_equal(unlink("../modules/test-far.so"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load),           cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_no_other_place), cmocka_unit_test(test_foreign_module),
        cmocka_unit_test(test_linked),         cmocka_unit_test(test_foreign_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
