/* The form of client ids and secrets, and what clings to them. */
#include "hubspot_client.h"
#include "test_support.h"

static void uuids_are_told(void **state)
{
    static const char *const good[] = {"11111111-2222-4333-8444-555555555555",
                                       "abcdefAB-CDEF-0123-4567-89abcdefABCD"};
    static const char *const bad[] = {"",
                                      "11111111-2222-4333-8444-55555555555",
                                      "11111111-2222-4333-8444-5555555555555",
                                      "11111111x2222-4333-8444-555555555555",
                                      "11111111-2222-4333-8444-55555555555g",
                                      "{11111111-2222-4333-8444-55555555555",
                                      "111111112222433384445555555555555555"};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(good); i++)
        assert_true(hubspot_client_is_uuid(base_span_of(good[i])));
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        assert_false(hubspot_client_is_uuid(base_span_of(bad[i])));
}

static void what_clings_is_left_out(void **state)
{
    static const char *const cases[][2] = {
        {"abc", "abc"},
        {"", ""},
        {" \t\r\n", ""},
        {"  abc\r\n", "abc"},
        {"\"abc\"", "abc"},
        {"' abc '", "abc"},
        {"`a b`", "a b"},
        {"\xc2\xa0"
         "abc\xe2\x80\x8b",
         "abc"},
        {"\xef\xbb\xbf"
         "abc",
         "abc"},
        {"\xe2\x80\x9c"
         "abc\xe2\x80\x9d",
         "abc"},
        {"\xe2\x80\x9e"
         "abc\xe2\x80\x98",
         "abc"},
        {"\xe2\x80", "\xe2\x80"}, /* a part of one */
        {"a\"b", "a\"b"},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++)
        assert_span(hubspot_client_trim(base_span_of(cases[i][0])), cases[i][1]);
    assert_int_equal(hubspot_client_trim(BASE_SPAN_NONE).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuids_are_told),
        cmocka_unit_test(what_clings_is_left_out),
    };
    return cmocka_run_group_tests_name("hubspot_client", tests, NULL, NULL);
}
