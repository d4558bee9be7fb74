#include "test_support.h"

#include <locale.h>

#include "base_table.h"

static const char *const titles[] = {"PORTAL", "NAME", "SCOPES"};

static struct base_table *contacts(void)
{
    struct base_table *t = base_table_new(titles, 3);
    if (t == NULL)
        return NULL;
    base_table_cell_str(t, "1234567");
    base_table_cell_str(t, "\xe4\xb8\xad\xe6\x96\x87"); /* two characters, four columns */
    base_table_cell_str(t, "oauth");
    base_table_cell_str(t, "1");
    base_table_cell(t, BASE_SPAN("a longer name"));
    base_table_cell_str(t, "");
    return t;
}

static void assert_table(const struct base_table *t, size_t max_cell, bool bold, const char *want)
{
    struct base_buf b;
    struct base_error err = BASE_ERROR_NONE;
    base_buf_init(&b, 10000);
    assert_ok(base_table_print(t, max_cell, bold, &b, &err), &err);
    assert_string_equal(base_buf_str(&b), want);
    base_buf_free(&b);
}

static void test_layout(void **state)
{
    (void)state;
    struct base_table *t = contacts();
    assert_int_equal(base_table_rows(t), 2);
    assert_table(t, 40, false,
                 "PORTAL   NAME           SCOPES\n"
                 "1234567  \xe4\xb8\xad\xe6\x96\x87           oauth\n"
                 "1        a longer name  \n");
    assert_table(t, 4, true,
                 "\x1b[1mPOR…  NAME  SCO…\x1b[0m\n"
                 "123…  \xe4\xb8\xad\xe6\x96\x87  oau…\n"
                 "1     a l…  \n");
    assert_table(t, 3, false, /* half of a wide character is none */
                 "PO…  NA…  SC…\n"
                 "12…  \xe4\xb8\xad…  oa…\n"
                 "1    a …  \n");
    base_table_free(t);
    base_table_free(NULL);
}

/* B10: a name that comes from HubSpot cannot drive the terminal, nor break a row. */
static void test_printable(void **state)
{
    (void)state;
    static const char *const one[] = {"NAME"};
    struct base_table *t = base_table_new(one, 1);
    base_table_cell(t, BASE_SPAN("\x1b[2J\nx\0y\xff"));
    assert_table(t, 40, false, "NAME\n?[2J?x?y?\n");
    base_table_free(t);
}

static void test_limits(void **state)
{
    (void)state;
    const char *many[BASE_TABLE_COLUMNS + 1];
    struct base_buf b;
    for (size_t i = 0; i < TEST_COUNT(many); i++)
        many[i] = "T";
    assert_null(base_table_new(many, BASE_TABLE_COLUMNS + 1));
    assert_null(base_table_new(many, 0));
    struct base_table *t = base_table_new(many, BASE_TABLE_COLUMNS);
    base_buf_init(&b, 10);
    assert_int_equal(base_table_print(t, 40, false, &b, NULL), BASE_LIMIT);
    base_buf_free(&b);
    base_table_free(t);
}

static enum base_status step_all(void *arg)
{
    (void)arg;
    struct base_buf b;
    struct base_table *t = contacts();
    if (t == NULL)
        return BASE_NO_MEMORY;
    base_buf_init(&b, 10000);
    enum base_status status = base_table_print(t, 40, false, &b, NULL);
    base_buf_free(&b);
    base_table_free(t);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_in_range(test_each_allocation_fails(step_all, NULL), 3, 10);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_printable),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
