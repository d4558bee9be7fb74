#include "test_support.h"

#include "cli_fields.h"

#define T(...)                                                                                     \
    {                                                                                              \
        .items = {__VA_ARGS__}, .count = sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)    \
    }

static const struct base_opt_list none;

static void test_bodies(void **state)
{
    (void)state;
    static const struct {
        struct base_opt_list texts, values;
        const char *body; /* NULL: refused */
    } cases[] = {
        {T("a=1", "b=x=y"), {.count = 0}, "{\"a\":\"1\",\"b\":\"x=y\"}"},
        {T("a="), T("n=10", "t=true", "f=false", "z=null", "s=tru", "m=-1.5e3", "o={}", "q=01"),
         "{\"a\":\"\",\"n\":10,\"t\":true,\"f\":false,\"z\":null,\"s\":\"tru\",\"m\":-1.5e3,"
         "\"o\":\"{}\",\"q\":\"01\"}"},
        {T("properties[email]=a@b.c", "x=1", "properties[city]=Ghent \"x\""),
         {.count = 0},
         "{\"properties\":{\"email\":\"a@b.c\",\"city\":\"Ghent \\\"x\\\"\"},\"x\":\"1\"}"},
        {T("a[b][c]=1", "a[b][d]=2", "a[e]=3"),
         {.count = 0},
         "{\"a\":{\"b\":{\"c\":\"1\",\"d\":\"2\"},\"e\":\"3\"}}"},
        {T("l[]=x", "l[]=y"), T("l[]=3"), "{\"l\":[\"x\",\"y\",3]}"},
        {T("a[l][]=x", "a[l][]=y"), {.count = 0}, "{\"a\":{\"l\":[\"x\",\"y\"]}}"},
        {T("a=1", "a=2"), {.count = 0}, NULL},
        {T("a=1", "a[b]=2"), {.count = 0}, NULL},
        {T("a[b]=1", "a=2"), {.count = 0}, NULL},
        {T("a[b]=1", "a[]=2"), {.count = 0}, NULL},
        {T("a[]=1", "a[b]=2"), {.count = 0}, NULL},
        {T("a[b]=1", "a[b]=2"), {.count = 0}, NULL},
        {T("a[][b]=1"), {.count = 0}, NULL},
        {T("a"), {.count = 0}, NULL},
        {T("=1"), {.count = 0}, NULL},
        {T("[a]=1"), {.count = 0}, NULL},
        {T("a[b=1"), {.count = 0}, NULL},
        {T("a[b]c=1"), {.count = 0}, NULL},
        {T("a[1][2][3][4][5][6][7][8]=1"), {.count = 0}, NULL},
        {{.count = 0}, T("a=@/nonexistent/file"), NULL},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_error err = BASE_ERROR_NONE;
        struct base_buf out;
        enum base_status status;
        base_buf_init(&out, 10000);
        status = cli_fields_body(&cases[i].texts, &cases[i].values, &out, &err);
        if (cases[i].body) {
            assert_ok(status, &err);
            assert_string_equal(base_buf_str(&out), cases[i].body);
        } else {
            if (status != BASE_USAGE)
                fail_msg("case %zu gives %s", i, base_buf_str(&out));
            assert_int_equal(err.status, BASE_USAGE);
        }
        base_buf_free(&out);
    }
}

static void test_queries(void **state)
{
    (void)state;
    const struct base_opt_list texts = T("a b=x&y", "ids[]=1", "ids[]=2"), values = T("limit=10");
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf target;
    base_buf_init(&target, 10000);
    base_buf_add_str(&target, "/x");
    assert_ok(cli_fields_query(&texts, &values, &target, &err), &err);
    assert_string_equal(base_buf_str(&target), "/x?a%20b=x%26y&ids%5B%5D=1&ids%5B%5D=2&limit=10");
    assert_ok(cli_fields_query(&none, &values, &target, &err), &err);
    assert_non_null(strstr(base_buf_str(&target), "limit=10&limit=10"));
    base_buf_free(&target);
}

/* A file that could not be read for want of memory is nobody's wrong usage. */
static enum base_status step_body(void *arg)
{
    const struct base_opt_list texts = T("a=1"), *values = arg;
    struct base_buf out;
    enum base_status status;
    base_buf_init(&out, 10000);
    status = cli_fields_body(&texts, values, &out, NULL);
    base_buf_free(&out);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    struct base_opt_list values = T("b=@/proc/self/cmdline", "c=1");
    assert_true(test_each_allocation_fails(step_body, &values) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bodies),
                                       cmocka_unit_test(test_queries),
                                       cmocka_unit_test(test_no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
