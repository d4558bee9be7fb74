#include "test_support.h"

#include "hubspot_page.h"

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum hubspot_page_style style;
        const char *rows;
        const char *cursor; /* "": the last page; NULL: refused */
    } cases[] = {
        /* v3 and dated */
        {"{\"results\":[{\"id\":\"33451\"},{\"id\":\"2\"}],\"paging\":{\"next\":{\"after\":"
         "\"33452\",\"link\":\"x\"}}}",
         HUBSPOT_PAGE_V3, "[{\"id\":\"33451\"},{\"id\":\"2\"}]", "33452"},
        {"{\"results\":[]}", HUBSPOT_PAGE_V3, "[]", ""},
        {" {\"paging\" : {\"next\":{\"after\": 7}}, \"total\":9, \"results\" : [ {} , "
         "{\"a\":[1,{}]} ] } ",
         HUBSPOT_PAGE_V3, "[ {} , {\"a\":[1,{}]} ]", "7"},
        {"{\"results\":[],\"paging\":{}}", HUBSPOT_PAGE_V3, "[]", ""},
        {"{\"results\":[],\"paging\":null}", HUBSPOT_PAGE_V3, "[]", ""},
        {"{\"results\":[],\"paging\":{\"next\":null}}", HUBSPOT_PAGE_V3, "[]", ""},
        {"{\"results\":[],\"paging\":{\"next\":{\"after\":\"\"}}}", HUBSPOT_PAGE_V3, "[]", ""},
        {"{\"results\":[],\"paging\":{\"next\":{\"after\":\"NTI1Cg%3D%3D\"}}}", HUBSPOT_PAGE_V3,
         "[]", "NTI1Cg%3D%3D"},
        {"{\"results\":[],\"paging\":{\"next\":{\"after\":\"\\u0061\\n\"}}}", HUBSPOT_PAGE_V3, "[]",
         "a\n"},
        /* v1: the end is has-more:false, whatever vid-offset says */
        {"{\"contacts\":[{\"vid\":196181}],\"has-more\":true,\"vid-offset\":196181}",
         HUBSPOT_PAGE_V1, "[{\"vid\":196181}]", "196181"},
        {"{\"contacts\":[{\"vid\":1}],\"has-more\":false,\"vid-offset\":234368}", HUBSPOT_PAGE_V1,
         "[{\"vid\":1}]", ""},
        {"{\"vid-offset\":123456789012345,\"has-more\":true,\"contacts\":[]}", HUBSPOT_PAGE_V1,
         "[]", "123456789012345"},
        /* not a list */
        {"{\"id\":\"1\"}", HUBSPOT_PAGE_NONE, "", ""},
        {"{\"results\":{\"a\":1}}", HUBSPOT_PAGE_NONE, "", ""},
        {"{\"results\":null}", HUBSPOT_PAGE_NONE, "", ""},
        {"[{\"results\":[]}]", HUBSPOT_PAGE_NONE, "", ""},
        {"5", HUBSPOT_PAGE_NONE, "", ""},
        /* refused */
        {"", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"<html>", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[{}]", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[{}]}}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[{},]}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[{\"a\":tru}]}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[]} x", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[],\"results\":[]}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[1]}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[{},[{}]]}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[],\"paging\":7}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[],\"paging\":{\"next\":7}}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[],\"paging\":{\"next\":{}}}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[],\"paging\":{\"next\":{\"after\":null}}}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[],\"paging\":{\"next\":{\"after\":true}}}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"results\":[],\"paging\":{\"next\":{\"after\":\"a\\u0000b\"}}}", HUBSPOT_PAGE_NONE,
         NULL, NULL},
        {"{\"contacts\":[]}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"contacts\":[],\"has-more\":\"true\",\"vid-offset\":1}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"contacts\":[],\"has-more\":true}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"contacts\":[],\"has-more\":true,\"vid-offset\":-1}", HUBSPOT_PAGE_NONE, NULL, NULL},
        {"{\"contacts\":[],\"has-more\":true,\"vid-offset\":1.5}", HUBSPOT_PAGE_NONE, NULL, NULL},
        /* a recent list needs timeOffset too: silently reading its first page again would be wrong
         */
        {"{\"contacts\":[],\"has-more\":true,\"vid-offset\":1,\"time-offset\":2}",
         HUBSPOT_PAGE_NONE, NULL, NULL},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_error err = BASE_ERROR_NONE;
        struct hubspot_page page = {.style = HUBSPOT_PAGE_NONE};
        enum base_status status = hubspot_page_parse(base_span_of(cases[i].body), &page, &err);
        if ((status == BASE_OK) != (cases[i].cursor != NULL))
            print_error("%s\n", cases[i].body);
        assert_status(status, cases[i].cursor != NULL ? BASE_OK : BASE_INVALID, &err);
        if (status != BASE_OK)
            continue;
        assert_int_equal(page.style, cases[i].style);
        assert_span(page.rows, cases[i].rows);
        assert_string_equal(page.cursor, cases[i].cursor);
        assert_int_equal(page.more, cases[i].cursor[0] != '\0');
        if (page.style != HUBSPOT_PAGE_NONE)
            assert_string_equal(page.parameter,
                                page.style == HUBSPOT_PAGE_V3 ? "after" : "vidOffset");
    }
}

static void test_long_cursor(void **state)
{
    (void)state;
    struct hubspot_page page;
    struct base_buf body;
    base_buf_init(&body, 10000);
    for (size_t n = 510; n < 514; n++) {
        base_buf_reset(&body);
        base_buf_add_str(&body, "{\"results\":[],\"paging\":{\"next\":{\"after\":\"");
        for (size_t i = 0; i < n; i++)
            base_buf_add_char(&body, 'a');
        base_buf_add_str(&body, "\"}}}");
        enum base_status status = hubspot_page_parse(base_buf_span(&body), &page, NULL);
        assert_int_equal(status, n < sizeof(page.cursor) ? BASE_OK : BASE_INVALID);
        if (status == BASE_OK)
            assert_int_equal(strlen(page.cursor), n);
    }
    base_buf_free(&body);
}

static void test_rows(void **state)
{
    (void)state;
    static const char array[] =
        "[{\"id\":\"1\", \"x\":null} , {\"id\":\"2\"},\n{\"a\":{\"b\":[{}]}}]";
    static const char *const want[] = {"{\"id\":\"1\", \"x\":null}", "{\"id\":\"2\"}",
                                       "{\"a\":{\"b\":[{}]}}"};
    struct hubspot_rows rows;
    struct base_span row;
    hubspot_rows_begin(&rows, base_span_of(array));
    for (size_t i = 0; i < TEST_COUNT(want); i++) {
        assert_true(hubspot_rows_next(&rows, &row));
        assert_span(row, want[i]); /* unchanged */
    }
    assert_false(hubspot_rows_next(&rows, &row));
    assert_false(hubspot_rows_next(&rows, &row));
    static const char *const none[] = {"[]", "", "{}", "[1]", "[", "x"};
    for (size_t i = 0; i < TEST_COUNT(none); i++) {
        hubspot_rows_begin(&rows, base_span_of(none[i]));
        assert_false(hubspot_rows_next(&rows, &row));
        assert_false(hubspot_rows_next(&rows, &row));
    }
}

static void test_next_target(void **state)
{
    (void)state;
    static const struct {
        const char *target, *parameter, *cursor, *want;
    } cases[] = {
        {"/crm/v3/objects/contacts", "after", "33452", "/crm/v3/objects/contacts?after=33452"},
        {"/c?limit=100", "after", "1", "/c?limit=100&after=1"},
        {"/c?after=1&limit=100", "after", "2", "/c?after=2&limit=100"},
        {"/c?limit=100&after=1&x=y", "after", "2", "/c?limit=100&after=2&x=y"},
        {"/c?after=1&a=b&after=7", "after", "2", "/c?after=2&a=b"},
        {"/c?after", "after", "2", "/c?after=2"},
        {"/c?hereafter=1&afterwards=2", "after", "3", "/c?hereafter=1&afterwards=2&after=3"},
        {"/c?", "after", "3", "/c?after=3"},
        {"/c", "after", "a b&c=d%", "/c?after=a%20b%26c%3Dd%25"},
        {"/contacts/v1/lists/all/contacts/all?count=100", "vidOffset", "9",
         "/contacts/v1/lists/all/contacts/all?count=100&vidOffset=9"},
        {"/c?q=a%26after=1", "after", "2", "/c?q=a%26after=1&after=2"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_buf out;
        base_buf_init(&out, 1000);
        hubspot_page_next_target(&out, base_span_of(cases[i].target), cases[i].parameter,
                                 cases[i].cursor);
        assert_string_equal(base_buf_str(&out), cases[i].want);
        base_buf_free(&out);
    }
}

/* A frozen or backward cursor is an error, not a loop. */
static void test_advances(void **state)
{
    (void)state;
    static const struct {
        const char *previous, *next;
        bool good;
    } cases[] = {
        {"", "1", true},     {"1", "2", true},
        {"99", "100", true}, {"4294967296", "4294967297", true},
        {"a", "b", true},    {"b", "a", true}, /* an opaque cursor has no order */
        {"1", "a", true},    {"1", "1", false},
        {"2", "1", false},   {"100", "99", false},
        {"a", "a", false},   {"", "", false},
        {"007", "7", false},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_error err = BASE_ERROR_NONE;
        assert_status(hubspot_page_advances(cases[i].previous, cases[i].next, &err),
                      cases[i].good ? BASE_OK : BASE_INVALID, &err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),    cmocka_unit_test(test_long_cursor),
        cmocka_unit_test(test_rows),     cmocka_unit_test(test_next_target),
        cmocka_unit_test(test_advances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
