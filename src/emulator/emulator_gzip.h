/* gzip (RFC 1952), as Cloudflare compresses answers in front of HubSpot: whole ones by libdeflate,
 * those that nobody holds by zlib. The one place that knows these. */
#ifndef EMULATOR_GZIP_H
#define EMULATOR_GZIP_H

#include "base_buf.h"

/* Whether an Accept-Encoding header asks for it. */
bool emulator_gzip_wanted(struct base_span accept_encoding);

struct libdeflate_compressor;
struct libdeflate_compressor *emulator_gzip_new(void);    /* NULL when memory is short */
void emulator_gzip_free(struct libdeflate_compressor *c); /* NULL is allowed */
/* Appends the compressed bytes; false when there is no room for them. */
bool emulator_gzip(struct libdeflate_compressor *c, struct base_span plain, struct base_buf *out);

struct emulator_gzip_stream;
struct emulator_gzip_stream *emulator_gzip_begin(void); /* NULL when memory is short */
void emulator_gzip_end(struct emulator_gzip_stream *s); /* NULL is allowed */
/* Appends what `plain` becomes, all of it, so that it can be read before more comes; with `last`
 * the end as well. False when there is no room. */
bool emulator_gzip_add(struct emulator_gzip_stream *s, struct base_span plain, bool last,
                       struct base_buf *out);

#endif
