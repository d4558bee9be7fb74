/* gzip (RFC 1952), as Cloudflare compresses answers in front of HubSpot. The one place that knows
 * zlib. */
#ifndef EMULATOR_GZIP_H
#define EMULATOR_GZIP_H

#include "base_buf.h"

/* Whether an Accept-Encoding header asks for it. */
bool emulator_gzip_wanted(struct base_span accept_encoding);
/* Appends the compressed bytes; false when memory is short. */
bool emulator_gzip(struct base_span plain, struct base_buf *out);

#endif
