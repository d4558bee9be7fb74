/* C9, E6, T11: no secret reaches the request log. */
#include "test_dir.h"

#include "base_file.h"
#include "base_json.h"
#include "emulator_log.h"

#define CANARY "na1-0f5a1c2b-5e7d-4c1a-9d55-0123456789ab"

static struct test_dir dir;
static char path[512];

static int setup(void **fixture)
{
    (void)fixture;
    test_dir_make(&dir);
    memcpy(path, test_dir_path(&dir, "log"), sizeof path);
    return 0;
}

static int teardown(void **fixture)
{
    (void)fixture;
    test_dir_remove(&dir);
    return 0;
}

static void write_one(const char *target, const char *pattern, struct base_buf *out)
{
    struct emulator_log *log;
    (void)unlink(path);
    assert_ok(emulator_log_open(path, &log, NULL), NULL);
    struct emulator_log_line line = {.time_ms = 1456790400123,
                                     .method = BASE_SPAN("GET"),
                                     .path = base_span_of(target),
                                     .pattern = pattern,
                                     .status = 200,
                                     .duration_ms = 3,
                                     .authorization = true};
    assert_true(emulator_log_write(log, &line));
    emulator_log_free(log);
    base_buf_init(out, 1 << 16);
    assert_ok(base_file_read(path, out, NULL), NULL);
    assert_null(strstr(base_buf_str(out), "0123456789ab"));
    assert_true(base_json_valid(base_buf_span(out)));
}

static void expect_path(const char *target, const char *pattern, const char *shown)
{
    struct base_buf text;
    struct base_json_value value;
    write_one(target, pattern, &text);
    assert_true(base_json_find(base_buf_span(&text), &value, "path", NULL));
    if (!base_json_string_is(&value, shown))
        fail_msg("%s became %.*s", target, BASE_SPAN_ARG(value.raw));
    base_buf_free(&text);
}

static void test_redacted(void **fixture)
{
    (void)fixture;
    expect_path("/crm/v3/objects/contacts/514254394268", "/crm/v3/objects/contacts/{id}",
                "/crm/v3/objects/contacts/514254394268");
    expect_path("/", NULL, "/");
    expect_path("/oauth/v1/access-tokens/short", "/oauth/v1/access-tokens/{token}",
                "/oauth/v1/access-tokens/‹redacted›");
    expect_path("/oauth/v1/refresh-tokens/" CANARY, "/oauth/v1/refresh-tokens/{token}",
                "/oauth/v1/refresh-tokens/‹redacted›");
    /* Paths that match no route can carry tokens as well. */
    expect_path("/oauth/v1/refresh-token/" CANARY "/x", NULL,
                "/oauth/v1/refresh-token/‹redacted›/x");
    expect_path("/a\"b\\c", NULL, "/a\"b\\c");
}

static void test_line(void **fixture)
{
    (void)fixture;
    struct base_buf text;
    write_one("/x", NULL, &text);
    assert_string_equal(base_buf_str(&text),
                        "{\"time\":\"2016-03-01T00:00:00.123Z\",\"method\":\"GET\",\"path\":\"/x\","
                        "\"status\":200,\"duration_ms\":3,\"authorization\":true}\n");
    base_buf_free(&text);
    assert_int_equal(test_file_mode(path), 0600);
}

static void test_long_paths_are_cut(void **fixture)
{
    (void)fixture;
    struct base_buf text;
    static char target[8000];
    for (size_t i = 0; i + 1 < sizeof target; i++)
        target[i] = i % 3 == 0 ? '/' : '"'; /* grows when escaped */
    write_one(target, NULL, &text);
    base_buf_free(&text);
}

static void test_cannot_open(void **fixture)
{
    (void)fixture;
    struct emulator_log *log;
    struct base_error err = BASE_ERROR_NONE;
    assert_int_equal(emulator_log_open("/nonexistent/log", &log, &err), BASE_STORAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_redacted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_paths_are_cut, setup, teardown),
        cmocka_unit_test(test_cannot_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
