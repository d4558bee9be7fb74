/* What is exported comes out as it was given, however long rows are and wherever what is buffered
 * is written. */
#include "test_dir.h"

#include "crm_sink.h"

#define LONGEST ((size_t)600 << 10)

static struct test_dir folder;

/* {"id":"iii","n":"nnn…"} of so many bytes. */
static struct base_span make_row(char *room, size_t i, size_t bytes)
{
    size_t n = (size_t)snprintf(room, 64, "{\"id\":\"%03zu\",\"n\":\"", i);

    assert_true(bytes >= n + 2);
    memset(room + n, 'n', bytes - n - 2);
    memcpy(room + bytes - 2, "\"}", 2);
    return (struct base_span){room, bytes};
}

static void export_rows(const char *path, const size_t *bytes, size_t count)
{
    static char row[LONGEST];
    struct base_error err = BASE_ERROR_NONE;
    struct crm_output *o;
    struct crm_sink *s;

    assert_status(crm_output_open(path, &o, &err), BASE_OK, &err);
    assert_status(crm_output_begin(o, &(struct crm_state){0}, &err), BASE_OK, &err);
    assert_status(crm_ndjson_new(o, &s, &err), BASE_OK, &err);
    for (size_t i = 0; i < count; i++)
        assert_status(crm_sink_row(s, make_row(row, i, bytes[i]), &err), BASE_OK, &err);
    assert_status(crm_sink_finish(s, &err), BASE_OK, &err);
    assert_status(crm_output_commit(o, false, &err), BASE_OK, &err);
    crm_sink_free(s);
}

/* R2: a row that is written past the buffer does not overtake those in it. */
static void rows_keep_their_order(void **state)
{
    static const size_t sizes[] = {30,         1000,       10u << 10,  30u << 10,  40u << 10,
                                   65u << 10,  100u << 10, 127u << 10, 129u << 10, 150u << 10,
                                   200u << 10, 255u << 10, 256u << 10, 257u << 10, LONGEST};
    static char text[4 * LONGEST], row[LONGEST];
    const char *path = test_dir_path(&folder, "rows.ndjson");

    (void)state;
    for (size_t k = 0; k < TEST_COUNT(sizes) * TEST_COUNT(sizes); k++) {
        const size_t bytes[] = {sizes[k % TEST_COUNT(sizes)], 30, sizes[k / TEST_COUNT(sizes)], 30};
        size_t at = 0, n;

        export_rows(path, bytes, TEST_COUNT(bytes));
        n = test_file_read(path, text, sizeof(text));
        for (size_t i = 0; i < TEST_COUNT(bytes); i++) {
            struct base_span whole = make_row(row, i, bytes[i]);

            assert_true(n >= at + whole.n + 1);
            assert_memory_equal(text + at, whole.p, whole.n);
            assert_int_equal(text[at + whole.n], '\n');
            at += whole.n + 1;
        }
        assert_int_equal(n, at);
    }
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
        cmocka_unit_test(rows_keep_their_order),
    };
    return cmocka_run_group_tests_name("crm_output", tests, make_folder, remove_folder);
}
