#include "test_support.h"

#include "hubspot_scope.h"

static void test_normalise(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want; /* NULL: refused */
    } cases[] = {
        {"", ""},
        {"  ,\t\n", ""},
        {"oauth", "oauth"},
        {"oauth crm.objects.contacts.read", "oauth crm.objects.contacts.read"},
        {" oauth,crm.lists.read\r\n\ttickets  oauth", "oauth crm.lists.read tickets"},
        {"b a b a c", "b a c"},
        {"a ab a.b abc ab", "a ab a.b abc"},
        {"e-commerce crm.objects.contacts.sensitive.read.v2",
         "e-commerce crm.objects.contacts.sensitive.read.v2"},
        {"https://a.example/scope !#[]~",
         "https://a.example/scope !#[]~"}, /* all of RFC 6749's set */
        {"a\"b", NULL},
        {"a\\b", NULL},
        {"a\x01", NULL},
        {"a\x7f", NULL},
        {"\xc3\xa4", NULL},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_error err = BASE_ERROR_NONE;
        struct base_buf out;
        base_buf_init(&out, 1000);
        base_buf_add_str(&out, "before|");
        enum base_status status = hubspot_scope_normalise(base_span_of(cases[i].text), &out, &err);
        assert_status(status, cases[i].want != NULL ? BASE_OK : BASE_INVALID, &err);
        if (cases[i].want != NULL)
            assert_string_equal(base_buf_str(&out) + strlen("before|"), cases[i].want);
        base_buf_free(&out);
    }
}

static void test_has(void **state)
{
    (void)state;
    struct base_span list = BASE_SPAN("oauth crm.objects.contacts.read");
    assert_true(hubspot_scope_has(list, BASE_SPAN("oauth")));
    assert_true(hubspot_scope_has(list, BASE_SPAN("crm.objects.contacts.read")));
    assert_false(hubspot_scope_has(list, BASE_SPAN("crm.objects.contacts")));
    assert_false(hubspot_scope_has(list, BASE_SPAN("auth")));
    assert_false(hubspot_scope_has(list, BASE_SPAN("")));
    assert_false(hubspot_scope_has(BASE_SPAN_NONE, BASE_SPAN("oauth")));
}

/* A8: what was asked and not granted. */
static void test_minus(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b, *want;
    } cases[] = {
        {"oauth tickets forms", "forms oauth", "tickets"},
        {"a b c", "", "a b c"},
        {"a b c", "c b a d", ""},
        {"", "a", ""},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_buf out;
        base_buf_init(&out, 1000);
        hubspot_scope_minus(base_span_of(cases[i].a), base_span_of(cases[i].b), &out);
        assert_string_equal(base_buf_str(&out), cases[i].want);
        base_buf_free(&out);
    }
}

static enum base_status step(void *arg)
{
    (void)arg;
    struct base_buf out;
    base_buf_init(&out, 1000);
    enum base_status status = hubspot_scope_normalise(BASE_SPAN("a b"), &out, NULL);
    base_buf_free(&out);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_in_range(test_each_allocation_fails(step, NULL), 1, 10);
    struct base_buf out;
    base_buf_init(&out, 5);
    assert_int_equal(hubspot_scope_normalise(BASE_SPAN("oauth x"), &out, NULL), BASE_LIMIT);
    base_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normalise),
        cmocka_unit_test(test_has),
        cmocka_unit_test(test_minus),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
