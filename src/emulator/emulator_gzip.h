/* gzip (RFC 1952), as Cloudflare compresses answers in front of HubSpot. The one place that knows
 * libdeflate. */
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

#endif
