#include "emulator_gzip.h"

#define ZLIB_CONST /* its input is const then */
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* the largest window; 16 more asks for gzip's head (zlib.h) */
#define LEVEL 1               /* fast: clients are what is measured here */

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

bool emulator_gzip(struct base_span plain, struct base_buf *out)
{
    z_stream z = {0};
    if (deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t bound = deflateBound(&z, (uLong)plain.n);
    char *room = base_buf_reserve(out, bound);
    z.next_in = (const Bytef *)plain.p;
    z.avail_in = (uInt)plain.n; /* EMULATOR_ANSWER_MAX fits */
    z.next_out = (Bytef *)room;
    z.avail_out = (uInt)bound;
    bool done = room != NULL && deflate(&z, Z_FINISH) == Z_STREAM_END;
    if (done)
        base_buf_commit(out, bound - z.avail_out);
    deflateEnd(&z);
    return done;
}
