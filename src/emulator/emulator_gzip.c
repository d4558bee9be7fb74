#include "emulator_gzip.h"

#include <libdeflate.h>
#include <zlib.h>

#define LEVEL 1 /* fast: clients are what is measured here */
#define ROOM ((size_t)16 << 10)

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

struct emulator_gzip_stream {
    z_stream z;
};

struct emulator_gzip_stream *emulator_gzip_begin(void)
{
    struct emulator_gzip_stream *s = base_mem_new(sizeof *s);
    if (s != NULL && deflateInit2(&s->z, LEVEL, Z_DEFLATED, 16 + MAX_WBITS, MAX_MEM_LEVEL,
                                  Z_DEFAULT_STRATEGY) == Z_OK)
        return s;
    base_mem_free(s);
    return NULL;
}

void emulator_gzip_end(struct emulator_gzip_stream *s)
{
    if (s != NULL)
        (void)deflateEnd(&s->z);
    base_mem_free(s);
}

bool emulator_gzip_add(struct emulator_gzip_stream *s, struct base_span plain, bool last,
                       struct base_buf *out)
{
    s->z.next_in = (z_const Bytef *)plain.p;
    s->z.avail_in = (uInt)plain.n;
    do {
        char *room = base_buf_reserve(out, ROOM);
        if (room == NULL)
            return false;
        s->z.next_out = (Bytef *)room;
        s->z.avail_out = ROOM;
        (void)deflate(&s->z, last ? Z_FINISH : Z_SYNC_FLUSH);
        base_buf_commit(out, ROOM - s->z.avail_out);
    } while (s->z.avail_out == 0);
    return true;
}
