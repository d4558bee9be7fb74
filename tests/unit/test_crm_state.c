/* What is kept of an export: it comes back as it was written, wherever it was cut, and nothing that
 * somebody else put there makes a row come twice (R7). */
#include "test_support.h"

#include "crm_state.h"

#define BOOT "11111111-2222-3333-4444-555555555555"

static struct crm_state some(void)
{
    struct crm_state s = {
        .option = {[CRM_STATE_OBJECT] = "contacts",
                   [CRM_STATE_ACCOUNT] = "crm/1234567",
                   [CRM_STATE_API] = "2026-03",
                   [CRM_STATE_FORMAT] = "csv",
                   [CRM_STATE_PROPERTIES] = "@\"names\"\n",
                   [CRM_STATE_LIMIT] = "900"},
        .names = "email,firstname",
        .bytes = 4711,
        .at = {.rows = 42, .ranged = true, .jumped = true, .cursor = "514254400608"},
    };

    crm_ranges_init(&s.at.ranges);
    s.at.ranges.lowest = 3;
    s.at.ranges.highest = 99;
    s.at.ranges.at[0] = (struct crm_range){.open = true, .next = 10, .end = 20, .stride = 7};
    s.at.ranges.at[5] = (struct crm_range){.open = true, .next = 30, .end = 40, .stride = 0};
    s.at.ranges.at[9] =
        (struct crm_range){.open = true, .next = 50, .end = CRM_RANGE_END, .stride = 1};
    return s;
}

static void write_to(struct base_buf *out, const struct crm_state *s)
{
    base_buf_init(out, CRM_STATE_MAX);
    crm_state_begin(s, BOOT, out);
    crm_state_mark(s, out);
    assert_int_equal(base_buf_status(out), BASE_OK);
}

static void test_comes_back(void **state)
{
    struct crm_state s = some(), got;
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf text;

    (void)state;
    write_to(&text, &s);
    assert_ok(crm_state_parse(base_buf_span(&text), BOOT, &got, &err), &err);
    assert_int_equal(crm_state_differs(&s, &got), CRM_STATE_OPTIONS);
    for (size_t i = 0; i < CRM_STATE_OPTIONS; i++) {
        if (s.option[i])
            assert_string_equal(got.option[i], s.option[i]);
        else
            assert_null(got.option[i]);
    }
    assert_string_equal(got.names, s.names);
    assert_int_equal(got.bytes, 4711);
    assert_int_equal(got.at.rows, 42);
    assert_true(got.at.ranged && got.at.jumped && !got.at.ended && !got.complete && !got.synced);
    assert_string_equal(got.at.cursor, s.at.cursor);
    assert_int_equal(got.at.ranges.lowest, 3);
    assert_int_equal(got.at.ranges.highest, 99);
    for (int64_t id = 0; id < 120; id++)
        assert_int_equal(crm_ranges_want(&got.at.ranges, id), crm_ranges_want(&s.at.ranges, id));
    assert_true(crm_ranges_want(&got.at.ranges, CRM_ID_MAX - 1));
    assert_int_equal(got.at.ranges.at[0].stride, 7);
    crm_state_free(&got);
    base_buf_free(&text);
}

/* Killed in the middle of a write: the mark before counts. */
static void test_cut_anywhere(void **state)
{
    struct crm_state s = some(), got;
    struct base_buf text;
    size_t first, second;

    (void)state;
    write_to(&text, &s);
    first = text.n;
    s.bytes = 5000;
    s.at.rows = 50;
    crm_state_mark(&s, &text);
    second = text.n;
    for (size_t n = 0; n <= second; n++) {
        enum base_status status =
            crm_state_parse(base_span_first(base_buf_span(&text), n), BOOT, &got, NULL);

        if (status == BASE_OK) {
            /* The line end may be missing: all that counts is there. */
            assert_int_equal(got.at.rows, n >= second - 1 ? 50 : 42);
            assert_int_equal(got.bytes, n >= second - 1 ? 5000 : 4711);
            crm_state_free(&got);
        }
        assert_int_equal(status == BASE_OK, n >= first - 1);
    }
    base_buf_free(&text);
}

/* After the machine was started anew, only what was synced is certain; bytes that the power took
 * are no mark. */
static void test_other_boot(void **state)
{
    struct crm_state s = some(), got;
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf text;

    (void)state;
    write_to(&text, &s);
    assert_status(crm_state_parse(base_buf_span(&text), "another", &got, &err), BASE_NOT_FOUND,
                  NULL);
    assert_status(crm_state_parse(base_buf_span(&text), "", &got, &err), BASE_NOT_FOUND, NULL);
    s.synced = true;
    s.at.rows = 50;
    crm_state_mark(&s, &text);
    base_buf_add(&text, "\0\0\0\0\0\0\0\0\n{\"bytes\":1", 19);
    base_buf_add_char(&text, '\n');
    s.synced = false;
    s.at.rows = 60;
    crm_state_mark(&s, &text);
    assert_ok(crm_state_parse(base_buf_span(&text), "another", &got, &err), &err);
    assert_int_equal(got.at.rows, 50);
    crm_state_free(&got);
    assert_ok(crm_state_parse(base_buf_span(&text), BOOT, &got, &err), &err);
    assert_int_equal(got.at.rows, 60);
    crm_state_free(&got);
    base_buf_free(&text);
}

static void test_options(void **state)
{
    struct crm_state a = some(), b = some();

    (void)state;
    for (size_t i = 0; i < CRM_STATE_OPTIONS; i++) {
        if (i == CRM_STATE_PROPERTIES)
            continue;
        b = some();
        b.option[i] = "other";
        assert_int_equal(crm_state_differs(&a, &b), i);
        b.option[i] = a.option[i] ? NULL : "yes";
        assert_int_equal(crm_state_differs(&a, &b), i);
    }
    b = some();
    b.option[CRM_STATE_PROPERTIES] = "email,firstname"; /* what is in the file */
    assert_int_equal(crm_state_differs(&a, &b), CRM_STATE_OPTIONS);
    b.names = "email";
    assert_int_equal(crm_state_differs(&a, &b), CRM_STATE_PROPERTIES);
    b = some();
    b.option[CRM_STATE_PROPERTIES] = "all";
    b.names = NULL;
    assert_int_equal(crm_state_differs(&a, &b), CRM_STATE_PROPERTIES);
    a.option[CRM_STATE_PROPERTIES] = NULL;
    a.names = NULL;
    assert_int_equal(crm_state_differs(&a, &b), CRM_STATE_PROPERTIES);
    a.option[CRM_STATE_PROPERTIES] = "all"; /* those of then */
    a.names = "email,firstname,phone";
    assert_int_equal(crm_state_differs(&a, &b), CRM_STATE_OPTIONS);
}

#define FIRST "{\"hubauth_export\":1,\"boot\":\"" BOOT "\",\"object\":\"contacts\"}\n"
#define MARK(head, rest)                                                                           \
    "{\"bytes\":1,\"rows\":1,\"synced\":true,\"complete\":false," head                             \
    ",\"jumped\":false,\"lowest\":1,\"highest\":1," rest "}\n"

static void test_hostile(void **state)
{
    static const struct {
        const char *text;
        enum base_status status;
    } cases[] = {
        {FIRST MARK("\"ranged\":true,\"ended\":false", "\"cursor\":\"\",\"ranges\":[[1,5,1]]"),
         BASE_OK},
        {FIRST MARK("\"ranged\":false,\"ended\":false", "\"cursor\":\"\",\"ranges\":[]"), BASE_OK},
        /* nothing left */
        {FIRST MARK("\"ranged\":true,\"ended\":false", "\"cursor\":\"\",\"ranges\":[]"),
         BASE_NOT_FOUND},
        {FIRST MARK("\"ranged\":false,\"ended\":true", "\"cursor\":\"\",\"ranges\":[[1,5,1]]"),
         BASE_NOT_FOUND},
        /* an id in two ranges */
        {FIRST MARK("\"ranged\":true,\"ended\":false",
                    "\"cursor\":\"\",\"ranges\":[[1,5,1],[4,9,1]]"),
         BASE_NOT_FOUND},
        {FIRST MARK("\"ranged\":true,\"ended\":false",
                    "\"cursor\":\"\",\"first\":[0,9,1],\"ranges\":[[4,5,1]]"),
         BASE_NOT_FOUND},
        /* numbers that are none, or would not stay in range */
        {FIRST MARK("\"ranged\":true,\"ended\":false", "\"cursor\":\"\",\"ranges\":[[5,5,1]]"),
         BASE_NOT_FOUND},
        {FIRST MARK("\"ranged\":true,\"ended\":false", "\"cursor\":\"\",\"ranges\":[[-1,5,1]]"),
         BASE_NOT_FOUND},
        {FIRST MARK("\"ranged\":true,\"ended\":false",
                    "\"cursor\":\"\",\"ranges\":[[9223372036854775806,9223372036854775807,1]]"),
         BASE_NOT_FOUND},
        {FIRST MARK("\"ranged\":true,\"ended\":false",
                    "\"cursor\":\"\",\"ranges\":[[1,5,9223372036854775807]]"),
         BASE_NOT_FOUND},
        {FIRST MARK("\"ranged\":true,\"ended\":false", "\"cursor\":\"\",\"ranges\":[[1,5]]"),
         BASE_NOT_FOUND},
        {FIRST MARK("\"ranged\":true,\"ended\":false", "\"cursor\":\"\",\"ranges\":[[1,5,1,1]]"),
         BASE_NOT_FOUND},
        {FIRST MARK("\"ranged\":true,\"ended\":false", "\"cursor\":\"\",\"ranges\":[1]"),
         BASE_NOT_FOUND},
        {FIRST MARK("\"ranged\":1,\"ended\":false", "\"cursor\":\"\",\"ranges\":[[1,5,1]]"),
         BASE_NOT_FOUND},
        {FIRST "{\"bytes\":0,\"rows\":1,\"synced\":true,\"complete\":false,\"ranged\":false,"
               "\"jumped\":false,\"ended\":false,\"lowest\":1,\"highest\":1,\"cursor\":\"9\","
               "\"ranges\":[]}\n",
         BASE_NOT_FOUND},
        {FIRST "{\"bytes\":41,\"rows\":42,\"synced\":true,\"complete\":false,\"ranged\":false,"
               "\"jumped\":false,\"ended\":false,\"lowest\":1,\"highest\":1,\"cursor\":\"9\","
               "\"ranges\":[]}\n",
         BASE_NOT_FOUND},
        {FIRST, BASE_NOT_FOUND},
        {"", BASE_INVALID},
        {"\n", BASE_INVALID},
        {"{}\n", BASE_INVALID},
        {"{\"hubauth_export\":2,\"boot\":\"\",\"object\":\"contacts\"}\n", BASE_INVALID},
        {"{\"hubauth_export\":1,\"boot\":\"\"}\n", BASE_INVALID},
        {"{\"hubauth_export\":1,\"boot\":\"\",\"object\":7}\n", BASE_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct crm_state got;
        enum base_status status = crm_state_parse(base_span_of(cases[i].text), BOOT, &got, NULL);

        if (status != cases[i].status)
            print_error("case %zu\n", i);
        assert_int_equal(status, cases[i].status);
        if (status == BASE_OK)
            crm_state_free(&got);
    }
}

/* More ranges than there can be, and a cursor that is longer than any. */
static void test_too_much(void **state)
{
    struct crm_state s = some(), got;
    struct base_buf text;
    char long_cursor[CRM_CURSOR_SIZE + 1];

    (void)state;
    for (size_t most = CRM_RANGES - 1; most <= CRM_RANGES; most++) {
        base_buf_init(&text, CRM_STATE_MAX);
        base_buf_add_str(&text,
                         FIRST "{\"bytes\":1,\"rows\":1,\"synced\":true,\"complete\":false,"
                               "\"ranged\":true,\"jumped\":false,\"ended\":false,\"lowest\":1,"
                               "\"highest\":1,\"cursor\":\"\",\"ranges\":[[0,1,1]");
        for (size_t i = 1; i < most; i++)
            base_buf_printf(&text, ",[%zu,%zu,1]", i, i + 1);
        base_buf_add_str(&text, "]}\n");
        assert_int_equal(crm_state_parse(base_buf_span(&text), BOOT, &got, NULL),
                         most < CRM_RANGES ? BASE_OK : BASE_NOT_FOUND);
        if (most < CRM_RANGES)
            crm_state_free(&got);
        base_buf_free(&text);
    }
    memset(long_cursor, '7', CRM_CURSOR_SIZE);
    long_cursor[CRM_CURSOR_SIZE] = '\0';
    base_buf_init(&text, CRM_STATE_MAX);
    crm_state_begin(&s, BOOT, &text);
    base_buf_printf(&text,
                    MARK("\"ranged\":false,\"ended\":false", "\"cursor\":\"%s\",\"ranges\":[]"),
                    long_cursor);
    assert_int_equal(crm_state_parse(base_buf_span(&text), BOOT, &got, NULL), BASE_NOT_FOUND);
    base_buf_free(&text);
}

static enum base_status parse_once(void *arg)
{
    struct base_error err = BASE_ERROR_NONE;
    struct crm_state got;
    enum base_status status = crm_state_parse(base_buf_span(arg), BOOT, &got, &err);

    if (status == BASE_OK)
        crm_state_free(&got);
    return status;
}

static void test_no_memory(void **state)
{
    struct crm_state s = some();
    struct base_buf text;

    (void)state;
    write_to(&text, &s);
    assert_true(test_each_allocation_fails(parse_once, &text) > 0);
    base_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back), cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_other_boot), cmocka_unit_test(test_options),
        cmocka_unit_test(test_hostile),    cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_no_memory),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
