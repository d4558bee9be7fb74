/* gzip of the emulator: who asks for it, and that what comes out is what went in, as zlib reads it.
 */
#include "test_support.h"

#include "emulator_gzip.h"

#include <zlib.h>

static void test_wanted(void **fixture)
{
    (void)fixture;
    static const char *const yes[] = {"gzip", "deflate, gzip", "br,GZIP;q=0.5", " gzip ; q=1"};
    static const char *const no[] = {"", "identity", "gzip;q=0", "gzip; q=0.0", "x-gzip, br", "gz"};
    for (size_t i = 0; i < TEST_COUNT(yes); i++)
        assert_true(emulator_gzip_wanted(base_span_of(yes[i])));
    for (size_t i = 0; i < TEST_COUNT(no); i++)
        assert_false(emulator_gzip_wanted(base_span_of(no[i])));
}

static void round_trip(size_t n)
{
    struct libdeflate_compressor *c = emulator_gzip_new();
    struct base_buf plain, small;
    base_buf_init(&plain, (size_t)1 << 22);
    base_buf_init(&small, (size_t)1 << 22);
    for (size_t i = 0; i < n; i++)
        base_buf_add_char(&plain, (char)('a' + i * i % 23));
    assert_true(emulator_gzip(c, base_buf_span(&plain), &small));
    char *back = base_mem_array(n + 1, 1);
    assert_non_null(back);
    z_stream z = {.next_in = (Bytef *)small.p,
                  .avail_in = (uInt)small.n,
                  .next_out = (Bytef *)back,
                  .avail_out = (uInt)n + 1};
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, n);
    assert_true(n == 0 || memcmp(back, plain.p, n) == 0);
    inflateEnd(&z);
    base_mem_free(back);
    base_buf_free(&plain);
    base_buf_free(&small);
    emulator_gzip_free(c);
}

static void test_round_trips(void **fixture)
{
    (void)fixture;
    round_trip(0);
    round_trip(1);
    round_trip(1000);
    round_trip(2000000);
}

static void test_no_room(void **fixture)
{
    (void)fixture;
    struct libdeflate_compressor *c = emulator_gzip_new();
    struct base_buf small;
    base_buf_init(&small, 10);
    assert_false(emulator_gzip(c, BASE_SPAN("does not fit in ten bytes at all"), &small));
    assert_int_equal(small.n, 0);
    base_buf_free(&small);
    emulator_gzip_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wanted),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
