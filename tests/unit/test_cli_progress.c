#include "test_support.h"

#include "base_text.h"
#include "cli_progress.h"

static void test_pace(void **state)
{
    (void)state;
    static const struct {
        int64_t elapsed_ms, before, done, total, per_second, left_ms;
    } cases[] = {
        {1000, 0, 500, 2000, 500, 3000},
        {2500, 0, 500, 0, 200, -1},       /* nobody knows how many there are */
        {1000, 400, 500, 600, 100, 1000}, /* what was there before took no time */
        {1000, 0, 600, 600, 600, 0},
        {1000, 0, 601, 600, 601, -1}, /* HubSpot's number was too small */
        {0, 0, 500, 600, 500, 200},   /* at once: as if in a second */
        {5000, 0, 0, 600, 0, -1},
        {5000, 600, 600, 900, 0, -1},
        {5000, 600, 500, 900, 0, -1},
        {10000, 0, 9, 100, 0, -1},           /* less than one in a second */
        {1, 0, INT64_MAX, INT64_MAX, 0, -1}, /* no number of HubSpot's overflows */
        {1000, 0, 1, INT64_MAX, 1, -1},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        const struct cli_progress_state s = {.elapsed_ms = cases[i].elapsed_ms,
                                             .before = cases[i].before,
                                             .done = cases[i].done,
                                             .total = cases[i].total};
        const struct cli_progress_pace pace = cli_progress_pace(&s);
        assert_int_equal(pace.per_second, cases[i].per_second);
        assert_int_equal(pace.left_ms, cases[i].left_ms);
    }
}

static void check_text(struct cli_progress_state s, size_t columns, const char *expected)
{
    struct base_buf out;
    base_buf_init(&out, 512);
    cli_progress_text(&s, columns, &out);
    assert_string_equal(base_buf_str(&out), expected);
    assert_true(base_text_width(base_buf_span(&out)) <= columns);
    base_buf_free(&out);
}

static void test_text(void **state)
{
    (void)state;
    const struct cli_progress_state s = {
        .what = "rows", .elapsed_ms = 3000, .done = 1200, .total = 10000, .used = 12, .max = 110};
    struct cli_progress_state other = s;
    check_text(s, 79, "1,200 of 10,000 rows  400/s  22 s left  limit 12/110 used");
    check_text(s, 56, "1,200 of 10,000 rows  400/s  22 s left");
    check_text(s, 37, "1,200 of 10,000 rows  400/s");
    check_text(s, 20, "1,200 of 10,000 rows");
    check_text(s, 19, "");
    other.total = other.max = 0;
    check_text(other, 79, "1,200 rows  400/s");
    other.total = 1000; /* no more than there are */
    check_text(other, 79, "1,200 rows  400/s");
    other.total = 1200;
    check_text(other, 79, "1,200 of 1,200 rows  400/s");
    other.elapsed_ms = INT64_C(3000000);
    check_text(other, 79, "1,200 of 1,200 rows");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pace), cmocka_unit_test(test_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
