#include "test_support.h"

#include "hubspot_search.h"

#define SORT "\"sorts\":[{\"propertyName\":\"hs_object_id\",\"direction\":\"ASCENDING\"}]"
#define PAST "{\"propertyName\":\"hs_object_id\",\"operator\":\"GT\",\"value\":\"77\"}"

static void body_is(const struct hubspot_search *s, const char *text)
{
    struct base_buf out;
    base_buf_init(&out, 100000);
    hubspot_search_body(s, &out);
    assert_int_equal(base_buf_status(&out), BASE_OK);
    assert_string_equal(base_buf_str(&out), text);
    base_buf_free(&out);
}

/* The first body, one within the 10,000, and one beyond. */
static void test_bodies(void **state)
{
    (void)state;
    static const struct {
        const char *body, *first, *second, *past;
    } cases[] = {
        {"{}", "{" SORT "}", "{" SORT ",\"after\":\"20\"}",
         "{" SORT ",\"filterGroups\":[{\"filters\":[" PAST "]}]}"},
        {"{\"limit\":100,\"after\":\"0\",\"query\":\"x\",\"sorts\":[]}",
         "{\"limit\":100,\"query\":\"x\"," SORT "}",
         "{\"limit\":100,\"query\":\"x\"," SORT ",\"after\":\"20\"}",
         "{\"limit\":100,\"query\":\"x\"," SORT ",\"filterGroups\":[{\"filters\":[" PAST "]}]}"},
        {"{\"filters\":[{\"a\":1}],\"sorts\":[\"hs_object_id\"]}",
         "{\"filters\":[{\"a\":1}]," SORT "}",
         "{\"filters\":[{\"a\":1}]," SORT ",\"after\":\"20\"}",
         "{" SORT ",\"filters\":[{\"a\":1}," PAST "]}"},
        {"{\"filterGroups\":[{\"filters\":[{\"a\":1},{\"b\":2}]},{\"filters\":[],\"x\\\"y\":2}]}",
         "{\"filterGroups\":[{\"filters\":[{\"a\":1},{\"b\":2}]},{\"filters\":[],\"x\\\"y\":2}]"
         "," SORT "}",
         "{\"filterGroups\":[{\"filters\":[{\"a\":1},{\"b\":2}]},{\"filters\":[],\"x\\\"y\":2}]"
         "," SORT ",\"after\":\"20\"}",
         "{" SORT ",\"filterGroups\":[{\"filters\":[{\"a\":1},{\"b\":2}," PAST
         "]},{\"x\\\"y\":2,\"filters\":[" PAST "]}]}"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_error err = BASE_ERROR_NONE;
        struct hubspot_search s;
        assert_ok(hubspot_search_begin(&s, base_span_of(cases[i].body), &err), &err);
        assert_true(s.by_id);
        body_is(&s, cases[i].first);
        s.after = 20;
        body_is(&s, cases[i].second);
        s.after = 0;
        s.past = 77;
        body_is(&s, cases[i].past);
    }
}

static void test_refused_bodies(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{",
        "{\"after\":\"100\"}",
        "{\"after\":100}",
        "{\"limit\":0}",
        "{\"limit\":201}",
        "{\"limit\":\"x\"}",
        "{\"filterGroups\":{}}",
        "{\"sorts\":[],\"sorts\":[]}",
    };
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        struct base_error err = BASE_ERROR_NONE;
        struct hubspot_search s;
        assert_int_equal(hubspot_search_begin(&s, base_span_of(bad[i]), &err), BASE_USAGE);
        assert_int_equal(err.status, BASE_USAGE);
    }
}

/* A search of 25,000 results, answered as HubSpot does. */
static void answer(const struct hubspot_search *s, struct base_buf *out)
{
    uint64_t total = 25000, first = s->past + s->after, n = total - first;
    assert_true(s->after + s->limit <= HUBSPOT_SEARCH_CAP);
    if (n > s->limit)
        n = s->limit;
    base_buf_init(out, 1000000);
    base_buf_printf(out, "{\"total\":%d,\"results\":[", (int)(total - s->past));
    for (uint64_t i = 1; i <= n; i++)
        base_buf_printf(out, "%s{\"id\":\"%d\"}", i > 1 ? "," : "", (int)(first + i));
    base_buf_add_str(out, "]");
    if (first + n < total)
        base_buf_printf(out, ",\"paging\":{\"next\":{\"after\":\"%d\"}}", (int)(s->after + n));
    base_buf_add_str(out, "}");
}

/* No page ends beyond 10,000, and every row comes once. */
static void test_whole_search(void **state)
{
    (void)state;
    static const char *const bodies[] = {"{\"limit\":200}", "{\"limit\":100}", "{\"limit\":150}",
                                         "{}", "{\"limit\":199,\"sorts\":[\"hs_object_id\"]}"};
    for (size_t i = 0; i < TEST_COUNT(bodies); i++) {
        struct base_error err = BASE_ERROR_NONE;
        struct hubspot_search s;
        uint64_t before = 0;
        bool more = true;
        assert_ok(hubspot_search_begin(&s, base_span_of(bodies[i]), &err), &err);
        while (more) {
            struct base_buf out;
            answer(&s, &out);
            assert_ok(hubspot_search_answer(&s, base_buf_span(&out), &more, &err), &err);
            assert_true(s.last_row > before && s.last_row <= before + s.limit);
            before = s.last_row;
            base_buf_free(&out);
        }
        assert_int_equal(before, 25000);
    }
}

static void test_other_order_ends_at_the_cap(void **state)
{
    (void)state;
    struct base_error err = BASE_ERROR_NONE;
    struct hubspot_search s;
    bool more;
    assert_ok(
        hubspot_search_begin(&s, BASE_SPAN("{\"limit\":100,\"sorts\":[\"-createdate\"]}"), &err),
        &err);
    assert_false(s.by_id);
    body_is(&s, "{\"limit\":100,\"sorts\":[\"-createdate\"]}");
    assert_ok(hubspot_search_answer(
                  &s, BASE_SPAN("{\"results\":[{}],\"paging\":{\"next\":{\"after\":\"9900\"}}}"),
                  &more, &err),
              &err);
    assert_true(more);
    assert_int_equal(
        hubspot_search_answer(
            &s, BASE_SPAN("{\"results\":[{}],\"paging\":{\"next\":{\"after\":\"10000\"}}}"), &more,
            &err),
        BASE_PARTIAL);
}

/* HubSpot takes six filters in a group and eighteen in all: one more for the ids must fit. */
static void test_groups_that_are_full_end_at_the_cap(void **state)
{
    (void)state;
    static const struct {
        const char *filters; /* of each group, their number */
        enum base_status at_the_cap;
    } cases[] = {
        {"", BASE_OK},           {"5", BASE_OK},     {"6", BASE_PARTIAL}, {"16", BASE_PARTIAL},
        {"5555", BASE_PARTIAL},  {"444", BASE_OK},   {"555", BASE_OK},    {"4443", BASE_PARTIAL},
        {"33332", BASE_PARTIAL}, {"33322", BASE_OK},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_error err = BASE_ERROR_NONE;
        struct hubspot_search s;
        struct base_buf body;
        bool more;
        base_buf_init(&body, 10000);
        base_buf_add_str(&body, "{\"limit\":100,\"filterGroups\":[");
        for (const char *n = cases[i].filters; *n != '\0'; n++) {
            base_buf_add_str(&body, n == cases[i].filters ? "{\"filters\":[" : ",{\"filters\":[");
            for (char k = '0'; k < *n; k++)
                base_buf_add_str(&body, k == '0' ? "{}" : ",{}");
            base_buf_add_str(&body, "]}");
        }
        base_buf_add_str(&body, "]}");
        assert_ok(hubspot_search_begin(&s, base_buf_span(&body), &err), &err);
        assert_int_equal(
            hubspot_search_answer(&s,
                                  BASE_SPAN("{\"results\":[{\"id\":\"7\"}],"
                                            "\"paging\":{\"next\":{\"after\":\"10000\"}}}"),
                                  &more, &err),
            cases[i].at_the_cap);
        if (cases[i].at_the_cap != BASE_OK)
            assert_non_null(strstr(err.hint, "filter"));
        base_buf_free(&body);
    }
}

static void test_answers_that_do_not_lead_on(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"results\":[{\"id\":\"5\"}],\"paging\":{\"next\":{\"after\":\"10\"}}}", /* frozen */
        "{\"results\":[{\"id\":\"5\"}],\"paging\":{\"next\":{\"after\":\"9\"}}}",
        "{\"results\":[{\"id\":\"5\"}],\"paging\":{\"next\":{\"after\":\"x\"}}}",
        "{\"results\":[{\"id\":\"4\"}]}", /* was there */
        "{\"results\":[{\"id\":\"6\"},{\"id\":\"5\"}]}",
        "{\"results\":[{\"id\":\"x\"}]}",
        "{\"results\":[{}]}",
        "{\"total\":0}",
        "<html>",
    };
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        struct base_error err = BASE_ERROR_NONE;
        struct hubspot_search s;
        bool more;
        assert_ok(hubspot_search_begin(&s, BASE_SPAN("{}"), &err), &err);
        s.after = 10;
        s.last_row = 4;
        if (hubspot_search_answer(&s, base_span_of(bad[i]), &more, &err) != BASE_INVALID)
            fail_msg("%s is taken", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_refused_bodies),
        cmocka_unit_test(test_whole_search),
        cmocka_unit_test(test_other_order_ends_at_the_cap),
        cmocka_unit_test(test_groups_that_are_full_end_at_the_cap),
        cmocka_unit_test(test_answers_that_do_not_lead_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
