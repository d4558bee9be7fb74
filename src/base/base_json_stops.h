/* Stops: the bytes of a JSON text at which its scanner has to look. The quotes, backslashes and
 * control characters, and what of UTF-8 needs care; never an ordinary character of a string. A bit
 * stands for each byte, found for whole blocks at a time: so the end of a string costs a count of
 * zeros, where a loop for each short string costs a mispredicted branch. */
#ifndef BASE_JSON_STOPS_H
#define BASE_JSON_STOPS_H

#include <endian.h>
#include <string.h>

#include "base_json.h"

/* Bytes of a block. */
#define BASE_JSON_BLOCK 64
/* So many bits of base_json_stops() are known. */
#define BASE_JSON_KNOWN 57

/* Looks at the text from p on: base_json_stops() can be asked there then. Everything from the end
 * of the text on is a stop. At first it looks at little: many who begin are after a name or two. */
void base_json_look(struct base_json *j, const char *p);

/* The stops from j->seen + at on, at < j->known: the lowest bit is the first byte, a bit that is
 * set is a stop. A load of eight bytes wherever the byte of the bit stands: little-endian. */
static inline uint64_t base_json_stops(const struct base_json *j, size_t at)
{
    uint64_t bits;
    memcpy(&bits, (const char *)j->stops + at / 8, sizeof(bits));
    return le64toh(bits) >> (at % 8);
}

#endif
