/* The header's text: what is written can be read, and nothing else is taken for a header. */
#include "test_support.h"
#include "vault_header.h"

#define WRAPPED                                                                                    \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AAAA" /* 96 letters */
#define GOOD                                                                                       \
    "{\"format\":1,\"key\":\"file:/k\",\"params\":{},\"wrapped\":\"" WRAPPED                       \
    "\",\"created\":\"2026-11-23T22:32:46Z\"}"

_Static_assert(VAULT_WRAPPED_BYTES == 72, "96 letters of base64url");

static void header_round_trip(void **state)
{
    (void)state;
    struct vault_header h, again;
    struct base_buf text;
    struct base_error err;
    vault_header_init(&h);
    base_buf_init(&text, VAULT_HEADER_MAX);
    h.key_spec = base_mem_strdup("file:/home/u/\"odd\\ näme");
    assert_non_null(h.key_spec);
    base_buf_add_str(&h.params, "{\"ops\":3}");
    for (size_t i = 0; i < sizeof(h.wrapped); i++)
        h.wrapped[i] = (unsigned char)(i * 5);
    h.created = INT64_C(1795473166000);
    assert_ok(vault_header_write(&h, &text, &err), &err);
    assert_ok(vault_header_parse(base_buf_span(&text), &again, &err), &err);
    assert_string_equal(again.key_spec, h.key_spec);
    assert_span(base_buf_span(&again.params), "{\"ops\":3}");
    assert_memory_equal(again.wrapped, h.wrapped, sizeof(h.wrapped));
    assert_int_equal(again.created, h.created);
    vault_header_free(&h);
    vault_header_free(&again);
    base_buf_free(&text);
}

/* D8: what a rotation adds. */
static void rotation_round_trip(void **state)
{
    static const char text[] =
        "{\"format\":1,\"key\":\"file:/k\",\"params\":{},\"wrapped\":\"" WRAPPED
        "\",\"data_key\":\"0123456789abcdef\",\"previous\":\"" WRAPPED
        "\",\"created\":\"2026-11-23T22:32:46Z\"}";
    struct vault_header h;
    struct base_buf written;
    struct base_error err;
    (void)state;
    base_buf_init(&written, VAULT_HEADER_MAX);
    assert_ok(vault_header_parse(base_span_of(text), &h, &err), &err);
    assert_true(h.rotating);
    assert_string_equal(h.data_key, "0123456789abcdef");
    assert_ok(vault_header_write(&h, &written, &err), &err);
    assert_non_null(strstr(base_buf_str(&written), "\"previous\":\"" WRAPPED "\""));
    base_buf_reset(&written);
    h.rotating = false;
    assert_ok(vault_header_write(&h, &written, &err), &err);
    assert_null(strstr(base_buf_str(&written), "previous"));
    vault_header_free(&h);
    base_buf_free(&written);
}

static void bad_rotation_is_refused(void **state)
{
    static const char *const bad[] = {
        "\"previous\":7",
        "\"previous\":\"\"",
        "\"previous\":\"AAAA\"",
        "\"previous\":\"" WRAPPED "AAAA\"",
        "\"data_key\":7",
        "\"data_key\":\"\"",
        "\"data_key\":\"0123456789abcde\"",
        "\"data_key\":\"0123456789abcdef0\"",
        "\"data_key\":\"0123456789ABCDEF\"",
        "\"data_key\":\"0123456789abcde\\\"\"",
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        char text[600];
        struct vault_header h;
        struct base_error err;
        snprintf(text, sizeof(text),
                 "{\"format\":1,\"key\":\"file:/k\",\"params\":{},\"wrapped\":\"" WRAPPED
                 "\",\"created\":\"2026-11-23T22:32:46Z\",%s}",
                 bad[i]);
        assert_status(vault_header_parse(base_span_of(text), &h, &err), BASE_STORAGE, &err);
    }
}

static void too_large_header_is_not_written(void **state)
{
    (void)state;
    struct vault_header h;
    struct base_buf text;
    struct base_error err;
    vault_header_init(&h);
    base_buf_init(&text, VAULT_HEADER_MAX);
    h.key_spec = base_mem_array(VAULT_HEADER_MAX + 1, 1);
    assert_non_null(h.key_spec);
    memset(h.key_spec, 'k', VAULT_HEADER_MAX);
    base_buf_add_str(&h.params, "{}");
    assert_status(vault_header_write(&h, &text, &err), BASE_STORAGE, &err);
    vault_header_free(&h);
    base_buf_free(&text);
}

static const char *const header_garbage[] = {
    "",
    " ",
    "x",
    "null",
    "1",
    "[]",
    "{}",
    "{\"format\":1}",
    "{\"format\":1,",
    GOOD "x",
    GOOD GOOD,
    "{\"format\":0,\"key\":\"file:/k\",\"params\":{},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":-1,\"key\":\"file:/k\",\"params\":{},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1.5,\"key\":\"file:/k\",\"params\":{},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":\"1\",\"key\":\"file:/k\",\"params\":{},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":null,\"key\":\"file:/k\",\"params\":{},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"format\":2,\"key\":\"file:/k\",\"params\":{},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"params\":{},\"wrapped\":\"" WRAPPED "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"key\":7,\"params\":{},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"key\":\"\",\"params\":{},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"key\":\"file:/k\\u001b[2J\",\"params\":{},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}", /* B10: it is shown */
    "{\"format\":1,\"key\":\"file:/k\\u009b2J\",\"params\":{},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"key\":\"file:/k\\u0000x\",\"params\":{},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"key\":\"file:/k\",\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"key\":\"file:/k\",\"params\":[],\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"key\":\"file:/k\",\"params\":{\"a\"},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"key\":\"file:/k\",\"params\":{},\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"key\":\"file:/"
    "k\",\"params\":{},\"wrapped\":\"\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"key\":\"file:/k\",\"params\":{},\"wrapped\":\"" WRAPPED
    "AAAA\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"key\":\"file:/"
    "k\",\"params\":{},\"wrapped\":\"AAAA\",\"created\":\"2026-11-23T22:32:46Z\"}",
    "{\"format\":1,\"key\":\"file:/k\",\"params\":{},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"yesterday\"}",
    "{\"format\":1,\"key\":\"file:/k\",\"params\":{},\"wrapped\":\"" WRAPPED "\",\"created\":5}",
    "{\"format\":1,\"key\":\"file:/k\",\"params\":{},\"wrapped\":\"" WRAPPED "\"}",
    "{\"format\":1,\"key\":\"file:/\xff\",\"params\":{},\"wrapped\":\"" WRAPPED
    "\",\"created\":\"2026-11-23T22:32:46Z\"}",
};

static void garbage_is_refused(void **state)
{
    (void)state;
    struct vault_header h = {.created = 77};
    struct base_error err;
    for (size_t i = 0; i < TEST_COUNT(header_garbage); i++) {
        enum base_status status = vault_header_parse(base_span_of(header_garbage[i]), &h, &err);
        if (status != BASE_STORAGE)
            print_error("%s\n", header_garbage[i]);
        assert_status(status, BASE_STORAGE, &err);
        assert_non_null(strstr(err.why, "damaged"));
        assert_true(err.hint[0] != '\0');
    }
    char large[VAULT_HEADER_MAX + 1];
    memset(large, ' ', sizeof(large));
    memcpy(large, GOOD, sizeof(GOOD) - 1);
    assert_status(vault_header_parse((struct base_span){large, sizeof(large)}, &h, &err),
                  BASE_STORAGE, &err);
    assert_int_equal(h.created, 77); /* written only on success */
    assert_ok(vault_header_parse((struct base_span){large, sizeof(large) - 1}, &h, &err), &err);
    vault_header_free(&h);
}

/* Every prefix of a good header, and the good one. */
static void cut_header_is_refused(void **state)
{
    (void)state;
    struct vault_header h;
    struct base_error err;
    for (size_t n = 0; n < sizeof(GOOD) - 1; n++)
        assert_status(vault_header_parse((struct base_span){GOOD, n}, &h, &err), BASE_STORAGE,
                      &err);
    assert_ok(vault_header_parse(BASE_SPAN(GOOD), &h, &err), &err);
    vault_header_free(&h);
}

static void newer_format_is_told(void **state)
{
    static const char *const newer[] = {"{\"format\":2}",
                                        "{\"format\":99,\"key\":{\"type\":\"tpm\"},\"created\":5}"};
    (void)state;
    struct vault_header h;
    struct base_error err;
    for (size_t i = 0; i < TEST_COUNT(newer); i++) {
        assert_status(vault_header_parse(base_span_of(newer[i]), &h, &err), BASE_STORAGE, &err);
        assert_non_null(strstr(err.why, "made by a newer hubauth"));
    }
}

static enum base_status memory_step(void *arg)
{
    (void)arg;
    struct vault_header h;
    struct base_error err;
    struct base_buf text;
    enum base_status status = vault_header_parse(BASE_SPAN(GOOD), &h, &err);
    if (status != BASE_OK)
        return status;
    base_buf_init(&text, VAULT_HEADER_MAX);
    status = vault_header_write(&h, &text, &err);
    base_buf_free(&text);
    vault_header_free(&h);
    return status;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(test_each_allocation_fails(memory_step, NULL) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_round_trip),
        cmocka_unit_test(rotation_round_trip),
        cmocka_unit_test(bad_rotation_is_refused),
        cmocka_unit_test(too_large_header_is_not_written),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(cut_header_is_refused),
        cmocka_unit_test(newer_format_is_told),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("vault_header", tests, NULL, NULL);
}
