/* Rows that a list shows in part, made whole. */
#include "bed.h"

#include "base_json.h"
#include "crm_fill.h"

#define ID(id) "\"id\":\"" id "\""
/* A list of associations of which there are more. */
#define MORE(after) "\"paging\":{\"next\":{\"after\":\"" after "\",\"link\":\"https://x\"}}"

struct outcome {
    unsigned calls;
    enum base_status status;
    struct base_error err;
    int64_t requests;
    char rows[CRM_PAGE_SIZE][512];
};

struct job {
    struct bed bed;
    struct crm_plan plan;
    const char *const *rows; /* until NULL */
    size_t count, room;
    struct outcome out;
    struct crm_fill *fill;
};

/* Too many names for a URL. */
static const char *many_properties(void)
{
    static char names[9000];

    for (size_t n = 0; n < 8000;)
        n +=
            (size_t)snprintf(names + n, sizeof(names) - n, "%sproperty_%04zu", n > 0 ? "," : "", n);
    return names;
}

static void on_filled(void *arg, enum base_status status, const struct base_span *rows,
                      const struct base_error *err)
{
    struct job *j = arg;

    j->out.calls++;
    j->out.status = status;
    if (status)
        j->out.err = *err;
    for (size_t i = 0; !status && i < j->count; i++)
        snprintf(j->out.rows[i], sizeof(j->out.rows[i]), "%.*s", BASE_SPAN_ARG(rows[i]));
}

static void make(struct job *j, const char *const *rows)
{
    *j = (struct job){.rows = rows,
                      .room = CRM_FILL_ROOM,
                      .plan = {.object = "contacts", .api_version = "2026-03"}};
    while (rows[j->count])
        j->count++;
    bed_make(&j->bed);
    bed_put_grant(&j->bed, &(struct bed_grant){.life_ms = INT64_C(1800000)});
}

static void spans_of(const struct job *j, struct base_span *spans)
{
    for (size_t i = 0; i < j->count; i++)
        spans[i] = base_span_of(j->rows[i]);
}

/* The rows here are not spans of the body, which is taken over all the same. */
static enum base_status start(struct job *j, struct base_buf *body)
{
    struct base_span spans[CRM_PAGE_SIZE];
    const struct crm_fill_page page = {spans, j->count, body};
    const struct crm_fill_tally tally = {&j->out.requests, &j->room};

    spans_of(j, spans);
    j->out = (struct outcome){0};
    j->fill = NULL;
    return crm_fill_start(j->bed.broker, BED_ACCOUNT, &j->plan, &page, &tally, on_filled, j,
                          &j->fill, &j->out.err);
}

static enum base_status fill(struct job *j)
{
    struct base_buf body;
    enum base_status status;

    base_buf_init(&body, 64);
    base_buf_add_str(&body, "the list");
    status = start(j, &body);
    assert_null(body.p);
    base_buf_free(&body);
    if (status)
        return status;
    bed_run(&j->bed);
    assert_int_equal(j->out.calls, 1);
    return j->out.status;
}

static bool needed(const struct job *j)
{
    struct base_span spans[CRM_PAGE_SIZE];

    spans_of(j, spans);
    return crm_fill_needed(&j->plan, spans, j->count);
}

static void expect(struct job *j, const char *method, const char *url, const char *body,
                   const char *answer)
{
    fake_http_expect(
        j->bed.http,
        &(struct fake_exchange){
            .method = method, .url = url, .body = body, .bearer = "at-1", .answer = answer});
}

/* ------------------------------------------------------------------ what needs it */

static void whole_rows_need_nothing(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "{" ID("1") "}",
        "{" ID("2") ",\"associations\":{\"companies\":{\"results\":[{" ID("7") "}]}}}",
        "{" ID("3") ",\"associations\":null}",
        "{" ID("4") ",\"properties\":{\"paging\":\"next\"}}",
        NULL,
    };
    struct job j;

    make(&j, rows);
    assert_false(needed(&j));
    j.plan.associations = "companies";
    assert_false(needed(&j));
    j.plan.properties = many_properties();
    assert_true(needed(&j));
    j.count = 0;
    assert_false(needed(&j));
    bed_free(&j.bed);
}

/* ------------------------------------------------------------------ properties */

static const char *const three[] = {"{" ID("1") "}", "{" ID("2") "}", "{" ID("3") "}", NULL};

/* The answer comes in any order, without those that are no more, and may have a record that was not
 * asked for: the winner of a merge. */
static void batch_fills_the_rows_in_their_order(void **state)
{
    (void)state;
    struct job j;

    make(&j, three);
    j.plan.properties = many_properties();
    expect(&j, "POST", BED_API "/crm/objects/2026-03/contacts/batch/read",
           "\"property_0000\" {\"id\":\"1\"},{\"id\":\"2\"},{\"id\":\"3\"}]}",
           "{\"status\":\"COMPLETE\",\"results\":[{" ID("3") ",\"p\":3},{" ID("99") "},{" ID(
               "1") ",\"p\":1}]}");
    assert_ok(fill(&j), &j.out.err);
    assert_string_equal(j.out.rows[0], "{" ID("1") ",\"p\":1}");
    assert_string_equal(j.out.rows[1], "");
    assert_string_equal(j.out.rows[2], "{" ID("3") ",\"p\":3}");
    assert_int_equal(j.out.requests, 1);
    bed_free(&j.bed);
}

static void batch_of_archived_ones_says_so(void **state)
{
    (void)state;
    struct job j;

    make(&j, three);
    j.plan.properties = many_properties();
    j.plan.archived = true;
    expect(&j, "POST", "/batch/read?archived=true", NULL, "{\"results\":[]}");
    assert_ok(fill(&j), &j.out.err);
    assert_string_equal(j.out.rows[0], "");
    bed_free(&j.bed);
}

/* ------------------------------------------------------------------ associations */

static const char *const linked[] = {
    "{" ID("1") ",\"associations\":{\"companies\":{\"results\":[{" ID("7") "}]}}}",
    "{" ID("2") ",\"associations\":{\"companies\":{\"results\":[{" ID("8") "}]," MORE(
        "9") "},\"deals\":{\"results\":[]," MORE("50") "}},\"archived\":false}",
    NULL,
};
#define LINKED_2                                                                                   \
    "{" ID("2") ",\"associations\":{\"companies\":{\"results\":[{" ID("8") "},{" ID("9") "},{" ID( \
        "10") "}]},\"deals\":{\"results\":[{" ID("50") "}]}},\"archived\":false}"

static void expect_associations(struct job *j)
{
    expect(j, "GET", BED_API "/crm/v3/objects/contacts/2/associations/companies?limit=500&after=9",
           NULL, "{\"results\":[{" ID("9") "}]," MORE("10") "}");
    expect(j, "GET", "/2/associations/companies?limit=500&after=10", NULL,
           "{\"results\":[{" ID("10") "}]}");
    expect(j, "GET", "/2/associations/deals?limit=500&after=50", NULL,
           "{\"results\":[ {" ID("50") "} ]}");
}

static void associations_are_followed_to_their_end(void **state)
{
    (void)state;
    struct job j;

    make(&j, linked);
    j.plan.associations = "companies,deals";
    assert_true(needed(&j));
    expect_associations(&j);
    assert_ok(fill(&j), &j.out.err);
    assert_string_equal(j.out.rows[0], linked[0]);
    assert_string_equal(j.out.rows[1], LINKED_2);
    assert_int_equal(j.out.requests, 3);
    bed_free(&j.bed);
}

/* A batch read knows none: those of the list go into its row. */
static void associations_outlive_the_batch(void **state)
{
    (void)state;
    struct job j;

    make(&j, linked);
    j.plan.associations = "companies,deals";
    j.plan.properties = many_properties();
    expect_associations(&j);
    expect(&j, "POST", "/batch/read", "{\"id\":\"1\"},{\"id\":\"2\"}",
           "{\"results\":[{" ID("2") ",\"p\":2},{" ID("1") ",\"p\":1}]}");
    assert_ok(fill(&j), &j.out.err);
    assert_string_equal(j.out.rows[0], "{" ID("1") ",\"p\":1,\"associations\":{\"companies\":{"
                                                   "\"results\":[{" ID("7") "}]}}}");
    assert_non_null(strstr(j.out.rows[1], "{" ID("2") ",\"p\":2,\"associations\":{\"companies\":"));
    assert_non_null(strstr(j.out.rows[1], "{" ID("50") "}]}}}"));
    assert_null(strstr(j.out.rows[1], "paging"));
    bed_free(&j.bed);
}

/* A cursor that stands still or goes back is an error, not a loop. */
static void frozen_cursor_is_an_error(void **state)
{
    (void)state;
    static const char *const cursors[] = {MORE("9"), MORE("8")};
    struct job j;

    make(&j, linked);
    j.plan.associations = "companies,deals";
    for (size_t i = 0; i < TEST_COUNT(cursors); i++) {
        char answer[256];

        snprintf(answer, sizeof(answer), "{\"results\":[{" ID("9") "}],%s}", cursors[i]);
        expect(&j, "GET", "after=9", NULL, answer);
        assert_status(fill(&j), BASE_INVALID, &j.out.err);
        assert_int_equal(j.out.requests, 1);
    }
    bed_free(&j.bed);
}

/* Texts have no order: a circle of them is noticed when it comes round (C4). */
static void circle_of_cursors_is_an_error(void **state)
{
    (void)state;
    struct job j;

    make(&j, linked);
    j.plan.associations = "companies,deals";
    expect(&j, "GET", "after=9", NULL, "{\"results\":[]," MORE("A") "}");
    expect(&j, "GET", "after=A", NULL, "{\"results\":[]," MORE("B") "}");
    expect(&j, "GET", "after=B", NULL, "{\"results\":[]," MORE("A") "}");
    assert_status(fill(&j), BASE_INVALID, &j.out.err);
    assert_non_null(strstr(j.out.err.why, "the same pages would come again"));
    assert_int_equal(j.out.requests, 3);
    bed_free(&j.bed);
}

/* Two types of a row, or two rows, may have the same cursors. */
static void each_walk_is_its_own(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "{" ID("1") ",\"associations\":{\"a\":{\"results\":[]," MORE(
            "x") "},\"b\":{\"results\":[]," MORE("x") "}}}",
        "{" ID("2") ",\"associations\":{\"a\":{\"results\":[]," MORE("x") "}}}",
        NULL,
    };
    struct job j;

    make(&j, rows);
    j.plan.associations = "a,b";
    expect(&j, "GET", "/1/associations/a?limit=500&after=x", NULL, "{\"results\":[{" ID("5") "}]}");
    expect(&j, "GET", "/1/associations/b?limit=500&after=x", NULL, "{\"results\":[{" ID("6") "}]}");
    expect(&j, "GET", "/2/associations/a?limit=500&after=x", NULL, "{\"results\":[{" ID("7") "}]}");
    assert_ok(fill(&j), &j.out.err);
    bed_free(&j.bed);
}

/* Rows that are put together have a cap for all of them, beside that of each, and what was taken of
 * it is given back (C4). */
static void rows_together_have_a_cap(void **state)
{
    (void)state;
    struct job j;
    size_t whole = strlen(LINKED_2);

    make(&j, linked);
    j.plan.associations = "companies,deals";
    expect_associations(&j);
    j.room = whole + strlen(MORE("50")); /* while it is put together it is longer */
    assert_ok(fill(&j), &j.out.err);
    assert_int_equal(j.room, whole + strlen(MORE("50")));
    expect_associations(&j);
    j.room = whole - 1;
    assert_status(fill(&j), BASE_LIMIT, &j.out.err);
    assert_non_null(strstr(j.out.err.hint, "--associations"));
    assert_int_equal(j.room, whole - 1);
    fake_http_forget(j.bed.http);
    bed_free(&j.bed);
}

/* What has no id cannot be asked for, and an answer without one is no row's: nothing is joined to
 * it (C4). */
static void objects_without_id_fill_nothing(void **state)
{
    (void)state;
#define LINKS ",\"associations\":{\"companies\":{\"results\":[]}}}"
    static const char *const ids[] = {"\"x\":1", ID(""), "\"id\":{}", "\"id\":null"};
    static char row[128];
    static const char *const rows[] = {row, NULL};
    struct job j;

    for (size_t i = 0; i < TEST_COUNT(ids); i++) {
        snprintf(row, sizeof(row), "{%s" LINKS, ids[i]);
        make(&j, rows);
        j.plan.associations = "companies";
        j.plan.properties = many_properties();
        assert_status(fill(&j), BASE_INVALID, &j.out.err);
        bed_free(&j.bed);
    }
    snprintf(row, sizeof(row), "{" ID("1") LINKS);
    make(&j, rows);
    j.plan.associations = "companies";
    j.plan.properties = many_properties();
    expect(&j, "POST", "/batch/read", NULL, "{\"results\":[{},{ },{" ID("") "},{\"id\":1}]}");
    assert_ok(fill(&j), &j.out.err);
    assert_string_equal(j.out.rows[0], "{\"id\":1" LINKS);
    bed_free(&j.bed);
}

static void long_cursor_is_an_error(void **state)
{
    (void)state;
    static char row[1000];
    static const char *const rows[] = {row, NULL};
    struct job j;

    snprintf(row, sizeof(row),
             "{" ID("1") ",\"associations\":{\"companies\":{\"results\":[],\"paging\":{\"next\":{"
                         "\"after\":\"%0512d\"}}}}}",
             1);
    make(&j, rows);
    j.plan.associations = "companies";
    assert_status(fill(&j), BASE_INVALID, &j.out.err);
    assert_int_equal(j.out.calls, 0);
    bed_free(&j.bed);
}

/* ------------------------------------------------------------------ trouble */

static void refusals_are_passed_on(void **state)
{
    (void)state;
    struct job j;

    make(&j, linked);
    j.plan.associations = "companies,deals";
    expect(&j, "GET", "after=9", NULL, "{\"results\":[]," MORE("10") "}");
    fake_http_expect(j.bed.http, &(struct fake_exchange){.url = "after=10",
                                                         .status = 404,
                                                         .answer = "{\"status\":\"error\"}"});
    assert_status(fill(&j), BASE_NOT_FOUND, &j.out.err);
    assert_int_equal(j.out.requests, 1);
    bed_free(&j.bed);
}

/* What is no list of HubSpot's is asked for again. */
static void broken_answers_are_asked_for_again(void **state)
{
    (void)state;
    struct job j;

    make(&j, three);
    j.plan.properties = many_properties();
    expect(&j, "POST", "/batch/read", NULL, "<html>");
    expect(&j, "POST", "/batch/read", NULL, "{\"results\":[{");
    expect(&j, "POST", "/batch/read", NULL, "{\"nothing\":1}");
    expect(&j, "POST", "/batch/read", NULL, "{\"results\":[{" ID("2") "}]}");
    assert_ok(fill(&j), &j.out.err);
    assert_string_equal(j.out.rows[1], "{" ID("2") "}");
    bed_free(&j.bed);
}

static void cancelled_it_calls_nothing(void **state)
{
    (void)state;
    struct job j;
    struct base_buf body;

    make(&j, three);
    j.plan.properties = many_properties();
    base_buf_init(&body, 64);
    assert_ok(start(&j, &body), &j.out.err);
    crm_fill_cancel(j.fill);
    crm_fill_cancel(NULL);
    bed_run(&j.bed);
    assert_int_equal(j.out.calls, 0);
    bed_free(&j.bed);
}

/* Whichever allocation fails, it is said, once, or made up for. */
static void short_memory_is_said(void **state)
{
    (void)state;
    struct job j;
    unsigned failures = 0;
    bool refused = true;
    long step = test_in_valgrind() ? 11 : 1;

    make(&j, linked);
    j.plan.associations = "companies,deals";
    j.plan.properties = many_properties();
    for (long n = 0; refused; n += step) {
        struct base_buf body;
        enum base_status status;

        fake_http_forget(j.bed.http);
        expect_associations(&j);
        expect(&j, "POST", "/batch/read", NULL, "{\"results\":[{" ID("2") "},{" ID("1") "}]}");
        base_buf_init(&body, 64);
        base_mem_fail_after(n);
        status = start(&j, &body);
        if (!status)
            bed_run(&j.bed);
        refused = base_mem_count() > n;
        base_mem_fail_after(-1);
        base_buf_free(&body);
        assert_int_equal(j.out.calls, status ? 0 : 1);
        status = status ? status : j.out.status;
        if (status != BASE_OK && status != BASE_NO_MEMORY)
            print_error("%ld: %s %s\n", n, base_status_word(status), j.out.err.why);
        assert_true(status == BASE_OK || (refused && status == BASE_NO_MEMORY));
        failures += status == BASE_NO_MEMORY;
        if (!status)
            assert_non_null(strstr(j.out.rows[1], "{" ID("50") "}]}}}"));
    }
    assert_true(failures > 5);
    fake_http_forget(j.bed.http);
    bed_free(&j.bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_rows_need_nothing),
        cmocka_unit_test(batch_fills_the_rows_in_their_order),
        cmocka_unit_test(batch_of_archived_ones_says_so),
        cmocka_unit_test(associations_are_followed_to_their_end),
        cmocka_unit_test(associations_outlive_the_batch),
        cmocka_unit_test(frozen_cursor_is_an_error),
        cmocka_unit_test(circle_of_cursors_is_an_error),
        cmocka_unit_test(each_walk_is_its_own),
        cmocka_unit_test(rows_together_have_a_cap),
        cmocka_unit_test(objects_without_id_fill_nothing),
        cmocka_unit_test(long_cursor_is_an_error),
        cmocka_unit_test(refusals_are_passed_on),
        cmocka_unit_test(broken_answers_are_asked_for_again),
        cmocka_unit_test(cancelled_it_calls_nothing),
        cmocka_unit_test(short_memory_is_said),
    };
    return cmocka_run_group_tests_name("crm_fill", tests, NULL, NULL);
}
