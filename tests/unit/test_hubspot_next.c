#include "test_support.h"

#include "hubspot_next.h"

#define TARGET "/x?after=0&limit=5&vidOffset=1"

/* What the next target is; "": this is the last page; NULL: refused. */
static void test_styles(void **state)
{
    (void)state;
    static const struct {
        const char *body, *target;
    } cases[] = {
        /* v3 and dated */
        {"{\"results\":[],\"paging\":{\"next\":{\"after\":\"33452\",\"link\":\"https://evil/\"}}}",
         "/x?after=33452&limit=5&vidOffset=1"},
        {"{\"paging\":{\"next\":{\"after\":7}}}", "/x?after=7&limit=5&vidOffset=1"},
        {"{\"paging\":{\"next\":{\"after\":\"a&b=\\u00fc\"}}}",
         "/x?after=a%26b%3D%C3%BC&limit=5&vidOffset=1"},
        {"{\"paging\":{\"next\":{\"after\":\"\"}}}", ""},
        {"{\"paging\":{\"prev\":{\"before\":\"1\"}}}", ""},
        {"{\"paging\":null,\"results\":[]}", ""},
        {"{\"results\":[]}", ""},
        {"{\"paging\":{\"next\":{}}}", NULL},
        {"{\"paging\":{\"next\":{\"after\":[1]}}}", NULL},
        {"{\"paging\":{\"next\":{\"after\":\"a\\u0000b\"}}}", NULL},
        {"{\"paging\":7}", NULL},
        {"{\"paging\":{},\"paging\":{\"next\":{\"after\":\"1\"}}}", NULL},
        /* v1 contacts, all and recent */
        {"{\"contacts\":[],\"has-more\":true,\"vid-offset\":196181}",
         "/x?after=0&limit=5&vidOffset=196181"},
        {"{\"contacts\":[],\"has-more\":true,\"vid-offset\":5,\"time-offset\":1484577669107}",
         "/x?after=0&limit=5&vidOffset=5&timeOffset=1484577669107"},
        {"{\"contacts\":[],\"has-more\":false,\"vid-offset\":5}", ""},
        {"{\"has-more\":1,\"vid-offset\":5}", NULL},
        {"{\"has-more\":true}", NULL},
        /* the other old ones */
        {"{\"companies\":[],\"has-more\":true,\"offset\":500}",
         "/x?after=0&limit=5&vidOffset=1&offset=500"},
        {"{\"deals\":[],\"hasMore\":true,\"offset\":\"Ch4/A\"}",
         "/x?after=0&limit=5&vidOffset=1&offset=Ch4%2FA"},
        {"{\"deals\":[],\"hasMore\":false,\"offset\":0}", ""},
        /* the content APIs */
        {"{\"limit\":2,\"objects\":[{},{}],\"offset\":0,\"total\":5}",
         "/x?after=0&limit=5&vidOffset=1&offset=2"},
        {"{\"limit\":2,\"objects\":[{},{}],\"offset\":2,\"total\":5,\"total_count\":5}",
         "/x?after=0&limit=5&vidOffset=1&offset=4"},
        {"{\"limit\":2,\"objects\":[{},{}],\"offset\":2,\"total\":4}", ""},
        {"{\"limit\":2,\"objects\":[{}],\"offset\":4,\"total\":5}", ""},
        {"{\"limit\":2,\"objects\":[],\"offset\":4,\"total\":4}", ""},
        /* less than the limit, which may be more than the server gives: nothing is passed over */
        {"{\"limit\":1000,\"objects\":[{},[1,2],3],\"offset\":1,\"total\":57}",
         "/x?after=0&limit=5&vidOffset=1&offset=4"},
        {"{\"limit\":20,\"objects\":[],\"offset\":0,\"total\":57}", NULL},
        {"{\"limit\":20,\"objects\":[],\"offset\":0}", ""},
        {"{\"limit\":20,\"results\":[],\"offset\":0,\"total\":57}", ""},
        /* no list, and no JSON */
        {"[]", ""},
        {"5", ""},
        {"{\"id\":\"1\"}", ""},
        {"", NULL},
        {"<html>", NULL},
        {"{\"results\":[{\"id\":", NULL},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_error err = BASE_ERROR_NONE;
        struct hubspot_next next;
        struct base_buf out;
        enum base_status status = hubspot_next_parse(base_span_of(cases[i].body), &next, &err);
        if ((status == BASE_OK) != (cases[i].target != NULL))
            fail_msg("%s: %s", cases[i].body, err.why);
        assert_int_equal(err.status, status);
        if (status != BASE_OK)
            continue;
        assert_int_equal(next.more, cases[i].target[0] != '\0');
        base_buf_init(&out, 1000);
        if (next.more)
            hubspot_next_target(&out, BASE_SPAN(TARGET), &next);
        assert_string_equal(base_buf_str(&out), cases[i].target);
        base_buf_free(&out);
    }
}

static enum base_status step(struct hubspot_walk *w, const char *name, const char *value)
{
    struct hubspot_next next = {.more = true, .count = 1};
    next.parameters[0].name = name;
    snprintf(next.parameters[0].value, sizeof(next.parameters[0].value), "%s", value);
    return hubspot_walk_step(w, &next, NULL);
}

static void test_numbers_rise(void **state)
{
    (void)state;
    struct hubspot_walk w = {0};
    assert_int_equal(step(&w, "after", "9"), BASE_OK);
    assert_int_equal(step(&w, "after", "10"), BASE_OK);
    assert_int_equal(step(&w, "after", "10"), BASE_INVALID);
    assert_int_equal(step(&w, "after", "9"), BASE_INVALID);
    assert_int_equal(step(&w, "after", "11"), BASE_OK);
}

/* Texts have no order, but a circle of any length is noticed. */
static void test_circles(void **state)
{
    (void)state;
    for (unsigned length = 1; length < 40; length++) {
        for (unsigned lead = 0; lead < 20; lead++) {
            struct hubspot_walk w = {0};
            unsigned n = 0;
            for (;; n++) {
                char text[16];
                snprintf(text, sizeof(text), "t%u", n < lead ? n : lead + (n - lead) % length);
                if (step(&w, "offset", text) != BASE_OK)
                    break;
                assert_true(n < 4 * (lead + length) + 8);
            }
            assert_true(n >= lead + length); /* not before it is closed */
        }
    }
}

/* The lists of recent contacts go back in time. */
static void test_time_goes_back(void **state)
{
    (void)state;
    struct hubspot_walk w = {0};
    struct hubspot_next next = {
        .more = true, .count = 2, .parameters = {{"vidOffset", "5"}, {"timeOffset", "100"}}};
    assert_int_equal(hubspot_walk_step(&w, &next, NULL), BASE_OK);
    snprintf(next.parameters[1].value, 10, "90");
    assert_int_equal(hubspot_walk_step(&w, &next, NULL), BASE_OK);
    snprintf(next.parameters[0].value, 10, "4");
    assert_int_equal(hubspot_walk_step(&w, &next, NULL), BASE_OK);
    assert_int_equal(hubspot_walk_step(&w, &next, NULL), BASE_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_styles),
        cmocka_unit_test(test_numbers_rise),
        cmocka_unit_test(test_circles),
        cmocka_unit_test(test_time_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
