#include "emulator_gzip.h"

#include <libdeflate.h>

#define LEVEL 1 /* fast: clients are what is measured here */

/* "gzip;q=0" refuses it (RFC 9110 section 12.5.3). */
bool emulator_gzip_wanted(struct base_span accept_encoding)
{
    while (accept_encoding.n > 0) {
        struct base_span item = base_span_cut(&accept_encoding, ',');
        struct base_span name = base_span_trim(base_span_cut(&item, ';'));
        struct base_span weight = base_span_trim(item);
        if (base_span_is_nocase(name, "gzip"))
            return !base_span_is(weight, "q=0") && !base_span_starts(weight, "q=0.0");
    }
    return false;
}

struct libdeflate_compressor *emulator_gzip_new(void)
{
    return libdeflate_alloc_compressor(LEVEL);
}

void emulator_gzip_free(struct libdeflate_compressor *c)
{
    if (c != NULL)
        libdeflate_free_compressor(c);
}

bool emulator_gzip(struct libdeflate_compressor *c, struct base_span plain, struct base_buf *out)
{
    size_t bound = libdeflate_gzip_compress_bound(c, plain.n);
    char *room = base_buf_reserve(out, bound);
    size_t n = room != NULL ? libdeflate_gzip_compress(c, plain.p, plain.n, room, bound) : 0;
    base_buf_commit(out, n);
    return n > 0;
}
