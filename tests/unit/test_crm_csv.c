/* Objects become rows: whatever stands in them, and in whatever order, each value is in its column,
 * quoted as RFC 4180 has it. */
#include "test_dir.h"

#include "base_jsonw.h"
#include "crm_object.h"
#include "crm_sink.h"

static struct test_dir folder;

static const struct crm_plan plan = {.object = "contacts",
                                     .api_version = "2026-03",
                                     .properties = "email,city,zip,state,fax,note",
                                     .tabular = true};

/* The rows of these objects, without the line of titles, in a static buffer. */
static const char *rows_of(const struct crm_plan *p, const struct base_span *objects, size_t count)
{
    static char text[1u << 20];
    struct base_error err = BASE_ERROR_NONE;
    struct crm_output *o;
    struct crm_sink *s;
    const char *path = test_dir_path(&folder, "contacts.csv"), *rows;

    assert_status(crm_output_open(path, &o, &err), BASE_OK, &err);
    assert_status(crm_output_begin(o, &(struct crm_state){0}, &err), BASE_OK, &err);
    assert_status(crm_csv_new(o, p, false, &s, &err), BASE_OK, &err);
    for (size_t i = 0; i < count; i++)
        assert_status(crm_sink_row(s, objects[i], &err), BASE_OK, &err);
    assert_status(crm_sink_finish(s, &err), BASE_OK, &err);
    assert_status(crm_output_commit(o, false, &err), BASE_OK, &err);
    crm_sink_free(s);
    text[test_file_read(path, text, sizeof(text) - 1)] = '\0';
    rows = strstr(text, "\r\n");
    assert_non_null(rows);
    return rows + 2;
}

static void each_value_is_in_its_column(void **state)
{
    static const struct {
        const char *object, *row;
    } cases[] = {
        {"{\"id\":\"7\",\"properties\":{\"email\":\"a\",\"city\":\"b\",\"zip\":\"c\",\"state\":"
         "\"d\","
         "\"fax\":\"e\",\"note\":\"f\"}}",
         "7,a,b,c,d,e,f"},
        /* another order, names that nobody asked for, what stands before and behind */
        {"{\"a\":[{\"id\":1}],\"properties\":{\"x\":{\"email\":\"no\"},\"note\":\"f\",\"emai\":"
         "\"no\","
         "\"zip\":\"c\",\"emails\":\"no\",\"email\":\"a\"},\"z\":\"no\",\"id\":\"8\"}",
         "8,a,,c,,,f"},
        {"{\"id\":\"9\",\"properties\":{},\"email\":\"no\"}", "9,,,,,,"},
        {"{\"id\":\"9\"}", "9,,,,,,"},
        {"{\"id\":\"9\",\"properties\":null}", "9,,,,,,"},
        {" { \"id\" : 9 , \"properties\" : { \"email\" : null , \"city\" : true , \"zip\" : -1.5 } "
         "} ",
         "9,,true,-1.5,,,"},
        {"{\"id\":null,\"properties\":{\"email\":\"a\"}}", ",a,,,,,"},
        /* quotes */
        {"{\"id\":\"1\",\"properties\":{\"email\":\"a,b\",\"city\":\"\\\"\",\"zip\":\"\\n\","
         "\"state\":"
         "\"\\r\",\"fax\":\"'\",\"note\":\",\"}}",
         "1,\"a,b\",\"\"\"\",\"\n\",\"\r\",',\",\""},
        {"{\"id\":\"1\",\"properties\":{\"email\":\"M\\u00fcller\",\"city\":\"\\u0000\",\"zip\":"
         "\"\","
         "\"state\":[1,\"x\"],\"fax\":[1],\"note\":\"\\u002c\"}}",
         "1,M\xc3\xbcller,?,,\"[1,\"\"x\"\"]\",[1],\",\""},
    };
    char expected[256];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_span object = base_span_of(cases[i].object);

        snprintf(expected, sizeof(expected), "%s\r\n", cases[i].row);
        assert_string_equal(rows_of(&plan, &object, 1), expected);
    }
}

static void version_one_wraps_values(void **state)
{
    static const struct crm_plan v1 = {
        .object = "contacts", .api_version = "v1", .properties = "email,city", .tabular = true};
    const struct base_span object = BASE_SPAN(
        "{\"addedAt\":1,\"vid\":42,\"canonical-vid\":43,\"properties\":{\"city\":"
        "{\"value\":\"a,b\"},\"email\":{\"versions\":[{\"value\":\"no\"}],\"value\":\"c\"}},"
        "\"id\":1}");

    (void)state;
    assert_string_equal(rows_of(&v1, &object, 1), "42,c,\"a,b\"\r\n");

    /* the first of two; null; nested deeper; none, where all of it is shown */
    const struct base_span objects[] = {
        BASE_SPAN("{\"vid\":1,\"properties\":{\"city\":{\"value\":\"a\",\"value\":\"b\"},"
                  "\"email\":{\"value\":null}}}"),
        BASE_SPAN("{\"vid\":2,\"properties\":{\"city\":{\"x\":{\"value\":1}},\"email\":{}}}"),
    };
    assert_string_equal(rows_of(&v1, objects, 2),
                        "1,,a\r\n2,{},\"{\"\"x\"\":{\"\"value\"\":1}}\"\r\n");
}

static void titles_are_there_without_rows(void **state)
{
    (void)state;
    assert_string_equal(rows_of(&plan, NULL, 0), "");
}

static void what_is_no_object_is_refused(void **state)
{
    static const char *const texts[] = {"[]",
                                        "1",
                                        "",
                                        "{\"id\":\"1\",\"properties\":[]}",
                                        "{\"id\":\"1\",\"properties\":\"x\"}",
                                        "{\"id\":\"1\",\"properties\":{\"email\"}}",
                                        "{\"id\":\"1\",\"properties\":{\"email\":\"a\""};
    struct crm_table_row *row = base_mem_new(sizeof(*row));

    (void)state;
    assert_non_null(row);
    crm_table_row_init(row, &plan);
    for (size_t i = 0; i < TEST_COUNT(texts); i++)
        assert_int_equal(crm_table_row_read(row, base_span_of(texts[i]), NULL), BASE_INVALID);
    base_mem_free(row);
}

/* ------------------------------------------------------------------ any values, any order */

static uint32_t random_state = 1;

static uint32_t below(uint32_t n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % n;
}

static void add_random_text(struct base_buf *out)
{
    static const char *const pieces[] = {"a",  "\"",       ",", "\r",        "\n",
                                         "\\", "\xc3\xa9", " ", "long text", "\x7f"};

    for (size_t count = below(8); count > 0; count--)
        base_buf_add_str(out, pieces[below(TEST_COUNT(pieces))]);
}

/* As the RFC says it, a byte at a time. */
static void expect_field(struct base_buf *out, const char *text)
{
    bool quotes = strpbrk(text, ",\"\r\n") != NULL;

    base_buf_add_str(out, quotes ? "\"" : "");
    for (; *text; text++) {
        base_buf_add_char(out, *text);
        if (*text == '"')
            base_buf_add_char(out, '"');
    }
    base_buf_add_str(out, quotes ? "\"" : "");
}

/* An object with some of its properties, beginning with any of them, and its row. */
static void make_object(unsigned id, struct base_buf *object, struct base_buf *row)
{
    static const char *const names[] = {"email", "city", "zip",  "state", "fax",
                                        "note",  "hs_a", "hs_b", "tozip"};
    struct base_buf values[TEST_COUNT(names)];
    size_t first = below(TEST_COUNT(names));
    struct base_jsonw w;

    base_jsonw_begin(&w, object);
    base_jsonw_object(&w);
    base_jsonw_member_int(&w, "id", id);
    base_jsonw_key(&w, "properties");
    base_jsonw_object(&w);
    for (size_t i = 0; i < TEST_COUNT(names); i++) {
        size_t at = (first + i) % TEST_COUNT(names);

        base_buf_init(&values[at], SIZE_MAX);
        if (below(4) == 0)
            continue;
        add_random_text(&values[at]);
        base_jsonw_member_span(&w, names[at], base_buf_span(&values[at]));
    }
    base_jsonw_end(&w);
    base_jsonw_end(&w);
    base_buf_add_int(row, id);
    for (size_t i = 0; i < TEST_COUNT(names); i++) {
        if (i < 6) {
            base_buf_add_char(row, ',');
            expect_field(row, base_buf_str(&values[i]));
        }
        base_buf_free(&values[i]);
    }
    base_buf_add_str(row, "\r\n");
}

static void any_object_gives_its_row(void **state)
{
    struct base_buf object, row;

    (void)state;
    base_buf_init(&object, SIZE_MAX);
    base_buf_init(&row, SIZE_MAX);
    for (unsigned round = 0; round < 300; round++) {
        struct base_span span;

        base_buf_reset(&object);
        base_buf_reset(&row);
        make_object(round, &object, &row);
        span = base_buf_span(&object);
        assert_string_equal(rows_of(&plan, &span, 1), base_buf_str(&row));
    }
    base_buf_free(&object);
    base_buf_free(&row);
}

/* ------------------------------------------------------------------ many columns, no memory */

static void two_thousand_columns_are_found(void **state)
{
    struct base_buf names, object, expected;
    struct crm_plan wide = plan;
    struct base_span span;

    (void)state;
    base_buf_init(&names, SIZE_MAX);
    base_buf_init(&object, SIZE_MAX);
    base_buf_init(&expected, SIZE_MAX);
    base_buf_add_str(&object, "{\"id\":\"1\",\"properties\":{");
    base_buf_add_str(&expected, "1");
    for (int i = 0; i < CRM_PROPERTIES; i++) {
        base_buf_printf(&names, "%sproperty_%04d", i > 0 ? "," : "", i);
        base_buf_printf(&object, "%s\"property_%04d\":\"%d\"", i > 0 ? "," : "",
                        CRM_PROPERTIES - 1 - i, CRM_PROPERTIES - 1 - i);
        base_buf_printf(&expected, ",%d", i);
    }
    base_buf_add_str(&object, "}}");
    base_buf_add_str(&expected, "\r\n");
    wide.properties = base_buf_str(&names);
    span = base_buf_span(&object);
    assert_string_equal(rows_of(&wide, &span, 1), base_buf_str(&expected));
    base_buf_free(&names);
    base_buf_free(&object);
    base_buf_free(&expected);
}

static enum base_status step_row(void *arg)
{
    const struct base_span object =
        BASE_SPAN("{\"id\":\"1\",\"properties\":{\"email\":\"\\n\",\"city\":\"b\"}}");
    struct crm_output *o = NULL;
    struct crm_sink *s = NULL;
    enum base_status status = crm_output_open(NULL, &o, NULL);

    (void)arg;
    if (!status)
        status = crm_csv_new(o, &plan, false, &s, NULL);
    if (!status)
        status = crm_sink_row(s, object, NULL);
    crm_sink_free(s);
    (void)crm_output_abort(o); /* nothing is written */
    return status;
}

/* Wherever it stands and however it is written: that of HubSpot is read without the scanner. */
static void the_id_is_found(void **state)
{
    static const struct {
        const char *object;
        int64_t id; /* -1: it has none */
    } cases[] = {
        {"{\"id\":\"514254394268\",\"properties\":{\"id\":\"7\"}}", 514254394268},
        {"{\"id\":\"0\"}", 0},
        {"{\"id\":\"7\",\"id\":\"8\"}", 7},
        {"{\"properties\":{\"id\":\"7\"},\"id\":\"8\"}", 8},
        {"{ \"id\": \"12\" }", 12},
        {"{\"id\":12}", 12},
        {"{\"i\\u0064\":\"12\"}", 12},
        {"{\"id\":\"\"}", -1},
        {"{\"id\":\"-1\"}", -1},
        {"{\"id\":\"1a\"}", -1},
        {"{\"id\":\"\\u0031\"}", -1},
        {"{\"id\":\"999999999999999999999\"}", -1},
        {"{\"id\":\"9223372036854775807\"}", -1}, /* CRM_ID_MAX or more */
        {"{\"id\":\"12", -1},
        {"{\"id\":\"", -1},
        {"{\"id\":null}", -1},
        {"{\"ids\":\"12\"}", -1},
        {"[\"id\"]", -1},
        {"", -1},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        int64_t id = -1;

        assert_int_equal(crm_object_id(base_span_of(cases[i].object), &id), cases[i].id >= 0);
        assert_true(cases[i].id < 0 || id == cases[i].id);
    }
}

static void short_memory_is_said(void **state)
{
    (void)state;
    assert_true(test_each_allocation_fails(step_row, NULL) >= 4);
}

static int make_folder(void **state)
{
    (void)state;
    test_dir_make(&folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    test_dir_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_is_in_its_column),
        cmocka_unit_test(version_one_wraps_values),
        cmocka_unit_test(titles_are_there_without_rows),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(any_object_gives_its_row),
        cmocka_unit_test(two_thousand_columns_are_found),
        cmocka_unit_test(the_id_is_found),
        cmocka_unit_test(short_memory_is_said),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
