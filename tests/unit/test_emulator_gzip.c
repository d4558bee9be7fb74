/* gzip of the emulator: who asks for it, and that what comes out is what went in, as zlib reads it.
 */
#include "test_support.h"

#include "emulator_gzip.h"

#include <libdeflate.h>
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

/* What has come can be read before the rest comes, and the end is its own. */
static void test_stream(void **fixture)
{
    (void)fixture;
    struct emulator_gzip_stream *s = emulator_gzip_begin();
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    struct base_buf plain, small;
    char back[100000];
    size_t n;
    base_buf_init(&plain, (size_t)1 << 22);
    base_buf_init(&small, (size_t)1 << 22);
    z_stream z = {0};
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    for (unsigned i = 0; i < 5; i++) {
        const struct base_span before = base_buf_span(&plain), sent = base_buf_span(&small);
        for (unsigned k = 0; k < 15000; k++)
            base_buf_add_char(&plain, (char)('a' + k * k % (23 + i)));
        assert_true(
            emulator_gzip_add(s, base_span_from(base_buf_span(&plain), before.n), i == 4, &small));
        z.next_in = (Bytef *)small.p + sent.n;
        z.avail_in = (uInt)(small.n - sent.n);
        z.next_out = (Bytef *)back + before.n;
        z.avail_out = (uInt)(sizeof(back) - before.n);
        assert_int_equal(inflate(&z, Z_SYNC_FLUSH), i == 4 ? Z_STREAM_END : Z_OK);
        assert_int_equal(z.total_out, plain.n);
    }
    assert_memory_equal(back, plain.p, plain.n);
    inflateEnd(&z);
    assert_int_equal(libdeflate_gzip_decompress(d, small.p, small.n, back, sizeof(back), &n),
                     LIBDEFLATE_SUCCESS);
    assert_int_equal(n, plain.n);
    assert_memory_equal(back, plain.p, plain.n);
    libdeflate_free_decompressor(d);
    emulator_gzip_end(s);
    base_buf_free(&plain);
    base_buf_free(&small);
}

static void test_no_room(void **fixture)
{
    (void)fixture;
    struct libdeflate_compressor *c = emulator_gzip_new();
    struct base_buf small;
    base_buf_init(&small, 10);
    assert_false(emulator_gzip(c, BASE_SPAN("does not fit in ten bytes at all"), &small));
    assert_int_equal(small.n, 0);
    struct emulator_gzip_stream *s = emulator_gzip_begin();
    assert_false(emulator_gzip_add(s, BASE_SPAN("the same"), true, &small));
    base_buf_free(&small);
    emulator_gzip_end(s);
    emulator_gzip_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wanted),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
