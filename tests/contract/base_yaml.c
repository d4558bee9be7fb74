/* YAML to JSON: what HubSpot's tools write, what is refused, and that the module is found. */
#include "base_yaml_libyaml.h"

#include "base_json.h"
#include "test_support.h"

static void converts(const char *yaml, const char *json)
{
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf out;

    base_buf_init(&out, 4096);
    assert_ok(base_yaml_libyaml_to_json(base_span_of(yaml), &out, &err), &err);
    assert_string_equal(base_buf_str(&out), json);
    assert_true(base_json_valid(base_buf_span(&out)));
    base_buf_free(&out);
}

static void what_programs_write_is_read(void **state)
{
    (void)state;
    converts("", "null");
    converts("---\n", "null");
    converts("a: 1\nb: true\nc: ~\nd: null\ne:\nf: 'null'\n",
             "{\"a\":\"1\",\"b\":\"true\",\"c\":null,\"d\":null,\"e\":null,\"f\":\"null\"}");
    converts(
        "accounts:\n  - name: main\n    accountId: 123\n    auth:\n      scopes:\n        - oauth\n"
        "      tokenInfo:\n        accessToken: >-\n          CIrT\n        expiresAt: "
        "'2026-11-26T10:00:00.000Z'\n  - name: \"two\\u0041\"\n",
        "{\"accounts\":[{\"name\":\"main\",\"accountId\":\"123\",\"auth\":{\"scopes\":[\"oauth\"],"
        "\"tokenInfo\":{\"accessToken\":\"CIrT\",\"expiresAt\":\"2026-11-26T10:00:00.000Z\"}}},"
        "{\"name\":\"twoA\"}]}");
    converts("{\"a\": [1, {\"b\": \"x\\ny\"}], \"c\": {}}\n",
             "{\"a\":[\"1\",{\"b\":\"x\\ny\"}],\"c\":{}}");
    converts("a: |\n  two\n  lines\n", "{\"a\":\"two\\nlines\\n\"}");
    converts("- - a\n  - b\n- c\n", "[[\"a\",\"b\"],\"c\"]");
}

static void what_is_hard_to_judge_is_refused(void **state)
{
    static const char *const bad[] = {
        "a: &x 1\nb: *x\n",  "a: &x [1]\n",     "a: *x\n",         "a: !!str 1\n", "a: !x {b: 1}\n",
        "a: 1\n---\nb: 2\n", "? [a, b]\n: c\n", "? {a: b}\n: c\n", "a: [1\n",      "a: 'x\n",
        "\ta: 1\n",          "a: b: c\n",       "a: \"\xff\"\n",   "a: \x01\n",
    };
    char deep[200];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        struct base_error err = BASE_ERROR_NONE;
        struct base_buf out;

        base_buf_init(&out, 4096);
        assert_status(base_yaml_libyaml_to_json(base_span_of(bad[i]), &out, &err), BASE_INVALID,
                      &err);
        assert_non_null(strstr(err.why, "line "));
        base_buf_free(&out);
    }
    for (size_t n = 32; n <= 33; n++) {
        struct base_buf out;

        memset(deep, '[', n);
        memset(deep + n, ']', n);
        base_buf_init(&out, 4096);
        assert_int_equal(base_yaml_libyaml_to_json((struct base_span){deep, 2 * n}, &out, NULL),
                         n == 32 ? BASE_OK : BASE_INVALID);
        base_buf_free(&out);
    }
}

/* The text may hold secrets. */
static void errors_do_not_quote(void **state)
{
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf out;

    (void)state;
    base_buf_init(&out, 4096);
    assert_int_equal(base_yaml_libyaml_to_json(
                         base_span_of("clientSecret: canary-1\nother: 'canary-2\n"), &out, &err),
                     BASE_INVALID);
    assert_null(strstr(err.why, "canary"));
    assert_null(strstr(err.lower, "canary"));
    base_buf_free(&out);
    base_buf_init(&out, 8);
    assert_int_equal(base_yaml_libyaml_to_json(base_span_of("a: long enough\n"), &out, &err),
                     BASE_LIMIT);
    base_buf_free(&out);
}

static void module_is_found(void **state)
{
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf out;

    (void)state;
    base_buf_init(&out, 64);
    assert_ok(base_yaml_to_json(base_span_of("a: 1"), &out, &err), &err);
    assert_string_equal(base_buf_str(&out), "{\"a\":\"1\"}");
    base_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_programs_write_is_read),
        cmocka_unit_test(what_is_hard_to_judge_is_refused),
        cmocka_unit_test(errors_do_not_quote),
        cmocka_unit_test(module_is_found),
    };
    return cmocka_run_group_tests_name("base_yaml", tests, NULL, NULL);
}
