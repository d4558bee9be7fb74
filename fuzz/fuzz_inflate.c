/* http_curl_inflate: the first byte says how the rest is divided. Where it is divided makes no
 * difference; what it takes, libdeflate takes as the same; and of what libdeflate makes of any
 * bytes it makes these bytes, unless it is cut. */
#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>

#include "base_buf.h"
#include "http_curl_inflate.h"

#define LARGEST (1u << 20) /* more is not wanted */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool take(void *arg, struct base_span plain)
{
    struct base_buf *out = arg;
    check(plain.n > 0 && plain.n <= HTTP_CURL_INFLATE_ROOM);
    check(base_buf_status(out) == BASE_OK); /* it was told that no more is wanted */
    base_buf_add_span(out, plain);
    return base_buf_status(out) == BASE_OK;
}

static enum base_status decode(struct base_span text, size_t piece, struct base_buf *out)
{
    struct http_curl_inflate *x = http_curl_inflate_new(take, out);
    check(x != NULL);
    base_buf_init(out, LARGEST);
    enum base_status status = BASE_OK;
    while (status == BASE_OK && text.n > 0) {
        struct base_span first = base_span_first(text, piece < text.n ? piece : text.n);
        char *exact = base_mem_array(first.n, 1); /* so that a read behind its end is seen */
        check(exact != NULL);
        memcpy(exact, first.p, first.n);
        status = http_curl_inflate_add(x, (struct base_span){exact, first.n});
        base_mem_free(exact);
        text = base_span_from(text, first.n);
    }
    status = http_curl_inflate_end(x);
    http_curl_inflate_free(x);
    return status;
}

/* What libdeflate makes of all members must be `plain`. */
static void check_agrees(struct base_span text, struct base_span plain)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    char *room = base_mem_array(plain.n + 1, 1);
    check(d != NULL && room != NULL);
    size_t at = 0, read, written;
    while (text.n > 0) {
        check(libdeflate_gzip_decompress_ex(d, text.p, text.n, room + at, plain.n - at, &read,
                                            &written) == LIBDEFLATE_SUCCESS);
        text = base_span_from(text, read);
        at += written;
    }
    check(at == plain.n && (at == 0 || memcmp(room, plain.p, at) == 0));
    base_mem_free(room);
    libdeflate_free_decompressor(d);
}

static void decode_any(struct base_span text, size_t piece)
{
    struct base_buf whole, pieces;
    enum base_status status = decode(text, SIZE_MAX, &whole);
    check(decode(text, piece, &pieces) == status);
    if (status != BASE_CANCELLED)
        check(base_span_eq(base_buf_span(&whole), base_buf_span(&pieces)));
    if (status == BASE_OK)
        check_agrees(text, base_buf_span(&whole));
    base_buf_free(&whole);
    base_buf_free(&pieces);
}

static void round_trip(struct base_span plain, size_t piece)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor((int)(piece % 12) + 1);
    check(c != NULL);
    size_t bound = libdeflate_gzip_compress_bound(c, plain.n);
    char *small = base_mem_array(bound, 1);
    check(small != NULL);
    struct base_span text = {small, libdeflate_gzip_compress(c, plain.p, plain.n, small, bound)};
    struct base_buf out;
    check(decode(text, piece, &out) == BASE_OK);
    check(base_span_eq(base_buf_span(&out), plain));
    base_buf_free(&out);
    check(decode(base_span_first(text, text.n * piece / 256), piece, &out) == BASE_INVALID);
    base_buf_free(&out);
    base_mem_free(small);
    libdeflate_free_compressor(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct base_span rest = {(const char *)data + 1, size - 1};
    const size_t piece = data[0] > 0 ? data[0] : 1;
    decode_any(rest, piece);
    round_trip(rest, piece);
    return 0;
}
