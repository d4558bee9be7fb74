/* The names of all properties, from their definitions. */
#include "bed.h"

#include "crm_schema.h"

#define PATH "/crm/properties/2026-03/contacts"

struct outcome {
    unsigned calls;
    enum base_status status;
    struct base_error err;
    char names[512];
    size_t length;
};

static const struct crm_plan contacts = {.object = "contacts", .api_version = "2026-03"};

static void on_names(void *arg, enum base_status status, const char *names,
                     const struct base_error *err)
{
    struct outcome *o = arg;

    o->calls++;
    o->status = status;
    o->length = strlen(names);
    snprintf(o->names, sizeof(o->names), "%s", names);
    if (status)
        o->err = *err;
}

static void make(struct bed *b)
{
    bed_make(b);
    bed_put_grant(b, &(struct bed_grant){.life_ms = INT64_C(1800000)});
}

/* What comes of an answer of the definitions. */
static void ask(struct bed *b, const struct fake_exchange *x, struct outcome *o)
{
    struct crm_schema *s;

    *o = (struct outcome){0};
    fake_http_expect(b->http, x);
    assert_ok(crm_schema_start(b->broker, BED_ACCOUNT, &contacts, on_names, o, &s, &o->err),
              &o->err);
    bed_run(b);
    assert_int_equal(o->calls, 1);
}

static void names_are_sorted_and_come_once(void **state)
{
    (void)state;
    static const struct fake_exchange x = {
        .method = "GET",
        .url = BED_API PATH,
        .bearer = "at-1",
        .answer = "{\"results\":[{\"name\":\"email\",\"type\":\"string\"},{\"name\":\"a\"},"
                  "{\"label\":\"no name\"},{\"name\":7},{\"name\":\"email2\"},{\"name\":\"B\"},"
                  "{\"name\":\"a\"}]}",
    };
    struct bed b;
    struct outcome o;

    make(&b);
    ask(&b, &x, &o);
    assert_ok(o.status, &o.err);
    assert_string_equal(o.names, "B,a,email,email2");
    bed_free(&b);
}

static void what_is_no_list_is_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        enum base_status status;
    } cases[] = {
        {"{\"results\":[]}", BASE_INVALID},
        {"{\"results\":[{\"label\":\"x\"}]}", BASE_INVALID},
        {"{}", BASE_INVALID},
    };
    struct bed b;
    struct outcome o;

    make(&b);
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        ask(&b, &(struct fake_exchange){.answer = cases[i].answer}, &o);
        assert_status(o.status, cases[i].status, &o.err);
        assert_non_null(strstr(o.err.why, "named none"));
    }
    ask(&b, &(struct fake_exchange){.status = 403, .answer = "{\"category\":\"MISSING_SCOPES\"}"},
        &o);
    assert_status(o.status, BASE_FORBIDDEN, &o.err);
    bed_free(&b);
}

/* As many as a request can name, and one more. */
static void there_is_a_most(void **state)
{
    (void)state;
    struct bed b;
    struct outcome o;

    make(&b);
    for (size_t more = 0; more <= 1; more++) {
        struct base_buf answer;

        base_buf_init(&answer, 1u << 20);
        base_buf_add_str(&answer, "{\"results\":[");
        for (size_t i = 0; i < CRM_PROPERTIES + more; i++)
            base_buf_printf(&answer, "%s{\"name\":\"p%04zu\"}", i > 0 ? "," : "", i);
        base_buf_add_str(&answer, "]}");
        ask(&b, &(struct fake_exchange){.answer = base_buf_str(&answer)}, &o);
        base_buf_free(&answer);
        assert_status(o.status, more ? BASE_LIMIT : BASE_OK, &o.err);
        if (!more)
            assert_int_equal(o.length, CRM_PROPERTIES * 6 - 1);
    }
    bed_free(&b);
}

static void old_api_has_none(void **state)
{
    (void)state;
    static const struct crm_plan plan = {.object = "contacts", .api_version = "v1"};
    struct bed b;
    struct outcome o = {0};
    struct crm_schema *s = NULL;

    make(&b);
    assert_status(crm_schema_start(b.broker, BED_ACCOUNT, &plan, on_names, &o, &s, &o.err),
                  BASE_USAGE, &o.err);
    assert_null(s);
    assert_int_equal(o.calls, 0);
    bed_free(&b);
}

static void cancelled_it_calls_nothing(void **state)
{
    (void)state;
    struct bed b;
    struct outcome o = {0};
    struct crm_schema *s;

    make(&b);
    assert_ok(crm_schema_start(b.broker, BED_ACCOUNT, &contacts, on_names, &o, &s, &o.err), &o.err);
    crm_schema_cancel(s);
    crm_schema_cancel(NULL);
    bed_run(&b);
    assert_int_equal(o.calls, 0);
    bed_free(&b);
}

/* Whichever allocation fails, it is said, once, or made up for. */
static void short_memory_is_said(void **state)
{
    (void)state;
    static const struct fake_exchange x = {.answer = "{\"results\":[{\"name\":\"email\"}]}"};
    struct bed b;
    unsigned failures = 0;
    bool refused = true;

    make(&b);
    for (long n = 0; refused; n++) {
        struct base_error err = BASE_ERROR_NONE;
        struct outcome o = {0};
        struct crm_schema *s;
        enum base_status status;

        fake_http_forget(b.http);
        fake_http_expect(b.http, &x);
        base_mem_fail_after(n);
        status = crm_schema_start(b.broker, BED_ACCOUNT, &contacts, on_names, &o, &s, &err);
        if (!status)
            bed_run(&b);
        refused = base_mem_count() > n;
        base_mem_fail_after(-1);
        assert_int_equal(o.calls, status ? 0 : 1);
        status = status ? status : o.status;
        assert_true(status == BASE_OK || status == BASE_NO_MEMORY);
        assert_true(status == BASE_OK || refused);
        failures += status == BASE_NO_MEMORY;
        if (!status)
            assert_string_equal(o.names, "email");
    }
    assert_true(failures > 5);
    fake_http_forget(b.http);
    bed_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_sorted_and_come_once),
        cmocka_unit_test(what_is_no_list_is_an_error),
        cmocka_unit_test(there_is_a_most),
        cmocka_unit_test(old_api_has_none),
        cmocka_unit_test(cancelled_it_calls_nothing),
        cmocka_unit_test(short_memory_is_said),
    };
    return cmocka_run_group_tests_name("crm_schema", tests, NULL, NULL);
}
