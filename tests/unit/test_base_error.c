#include "test_support.h"

#include <errno.h>

/* The exit codes are a contract with scripts: this table repeats it on purpose. */
static void test_exit_codes(void **state)
{
    (void)state;
    static const struct {
        enum base_status status;
        int exit_code;
        const char *word;
    } contract[] = {
        {BASE_OK, 0, "ok"},
        {BASE_FAILED, 1, "failed"},
        {BASE_USAGE, 2, "usage"},
        {BASE_REAUTH, 3, "login_needed"},
        {BASE_FORBIDDEN, 4, "forbidden"},
        {BASE_QUOTA, 5, "quota"},
        {BASE_UNAVAILABLE, 6, "unavailable"},
        {BASE_PARTIAL, 7, "partial"},
        {BASE_STORAGE, 8, "storage"},
        {BASE_NOT_FOUND, 1, "not_found"},
        {BASE_EXISTS, 1, "exists"},
        {BASE_CONFLICT, 1, "conflict"},
        {BASE_STALE, 1, "stale"},
        {BASE_BUSY, 6, "busy"},
        {BASE_INVALID, 1, "invalid"},
        {BASE_LIMIT, 1, "limit"},
        {BASE_CANCELLED, 1, "cancelled"},
        {BASE_NO_MEMORY, 1, "no_memory"},
    };
    assert_int_equal(TEST_COUNT(contract), BASE_NO_MEMORY + 1);
    for (size_t i = 0; i < TEST_COUNT(contract); i++) {
        assert_int_equal(base_status_exit_code(contract[i].status), contract[i].exit_code);
        assert_string_equal(base_status_word(contract[i].status), contract[i].word);
    }
    assert_int_equal(base_status_exit_code((enum base_status)99), 1);
    assert_string_equal(base_status_word((enum base_status)99), "failed");
}

static void test_fail(void **state)
{
    (void)state;
    struct base_error err;
    memset(&err, 'x', sizeof(err));
    assert_int_equal(base_fail(&err, BASE_QUOTA, "calling", "%d of %s", 5, "6"), BASE_QUOTA);
    assert_int_equal(err.status, BASE_QUOTA);
    assert_string_equal(err.doing, "calling");
    assert_string_equal(err.why, "5 of 6");
    assert_string_equal(err.lower, "");
    assert_string_equal(err.hint, "");
    assert_string_equal(err.code, "");
    assert_string_equal(err.correlation, "");
    assert_int_equal(err.http_status, 0);

    base_error_lower(&err, "%s", "below");
    base_error_hint(&err, "try %d", 7);
    base_error_doing(&err, "calling %s", "again");
    assert_string_equal(err.lower, "below");
    assert_string_equal(err.hint, "try 7");
    assert_string_equal(err.doing, "calling again");
    assert_string_equal(err.why, "5 of 6");

    base_fail(&err, BASE_FAILED, err.doing, "because %s", err.why); /* its own parts as arguments */
    assert_string_equal(err.doing, "calling again");
    assert_string_equal(err.why, "because 5 of 6");

    assert_int_equal(base_fail_memory(&err), BASE_NO_MEMORY);
    assert_string_equal(err.why, "memory is short");
}

static void test_errno(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    assert_int_equal(base_fail_errno(&err, BASE_STORAGE, "writing", ENOSPC, "%s", "/x"),
                     BASE_STORAGE);
    assert_string_equal(err.why, "/x: No space left on device");
    base_fail_errno(&err, BASE_STORAGE, "writing", ENOENT, "%s", "");
    assert_string_equal(err.why, "No such file or directory");
}

static void test_no_object(void **state)
{
    (void)state;
    assert_int_equal(base_fail(NULL, BASE_BUSY, "x", "y"), BASE_BUSY);
    assert_int_equal(base_fail_errno(NULL, BASE_BUSY, "x", 1, "y"), BASE_BUSY);
    assert_int_equal(base_fail_memory(NULL), BASE_NO_MEMORY);
    base_error_lower(NULL, "x");
    base_error_hint(NULL, "x");
    base_error_doing(NULL, "x");
    assert_int_equal(base_error_as(NULL, BASE_USAGE), BASE_USAGE);
}

static void test_as(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    base_fail(&err, BASE_INVALID, "reading a URL", "it is too long");
    assert_int_equal(base_error_as(&err, BASE_USAGE), BASE_USAGE);
    assert_int_equal(err.status, BASE_USAGE);
    assert_string_equal(err.doing, "reading a URL");
    assert_string_equal(err.why, "it is too long");
}

/* B10: what came from outside cannot drive the terminal, and has a limit. */
static void test_sanitised(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    base_fail(&err, BASE_INVALID, "a\nb", "\x1b[31m%s", "red\xff");
    assert_string_equal(err.doing, "a?b");
    assert_string_equal(err.why, "?[31mred?");
    char large[4096];
    memset(large, 'a', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    base_error_lower(&err, "%s", large);
    assert_int_equal(strlen(err.lower), sizeof(err.lower) - 1);
    assert_string_equal(err.lower + sizeof(err.lower) - 4, "…");
    base_fail(&err, BASE_INVALID, large, "%s", large);
    assert_int_equal(strlen(err.doing), sizeof(err.doing) - 1);
    base_fail_errno(&err, BASE_INVALID, "x", ENOENT, "%s", large);
    assert_int_equal(strlen(err.why), sizeof(err.why) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_codes), cmocka_unit_test(test_fail),
        cmocka_unit_test(test_errno),      cmocka_unit_test(test_no_object),
        cmocka_unit_test(test_as),         cmocka_unit_test(test_sanitised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
