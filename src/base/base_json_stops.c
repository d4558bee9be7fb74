#include "base_json_stops.h"

/* The build with this defined is that of other machines: tests/unit/meson.build. */
#if defined(__SSE2__) && !defined(BASE_JSON_PORTABLE)
#include <emmintrin.h>

#define JSON_INLINE static inline __attribute__((always_inline))

/* ---------------------------------------------------------------- a block with SSE2 */

JSON_INLINE __m128i json_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* Of all 16 bytes those above it, as signed ones: 0x80 is the lowest. */
JSON_INLINE __m128i json_above(__m128i c, unsigned char bound)
{
    return _mm_cmpgt_epi8(c, _mm_set1_epi8((char)bound));
}

/* All but '"', '\', control characters and 0x80 to 0xFF. With its second bit flipped a quote is
 * what comes next to the control characters: one comparison finds them all. */
JSON_INLINE uint64_t json_plain(__m128i c)
{
    __m128i flipped = _mm_xor_si128(c, _mm_set1_epi8(2));
    __m128i slash = _mm_cmpeq_epi8(flipped, _mm_set1_epi8('\\' ^ 2));
    return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(slash, json_above(flipped, '"' ^ 2)));
}

/* All but 80 to BF. */
JSON_INLINE uint64_t json_no_tail(__m128i c)
{
    return (unsigned)_mm_movemask_epi8(json_above(c, 0xBF));
}

/* C2 to DF. */
JSON_INLINE uint64_t json_lead_2(__m128i c)
{
    return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(json_above(c, 0xDF), json_above(c, 0xC1)));
}

/* E1 to EF but ED: behind E0 and ED the second byte has a range of its own. */
JSON_INLINE uint64_t json_lead_3(__m128i c)
{
    __m128i other = _mm_or_si128(json_above(c, 0xEF), _mm_cmpeq_epi8(c, _mm_set1_epi8((char)0xED)));
    return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(other, json_above(c, 0xE0)));
}

typedef uint64_t json_class_fn(__m128i c);

JSON_INLINE uint64_t json_bits(const char *block, json_class_fn *class)
{
    return class(json_load(block)) | class(json_load(block + 16)) << 16 |
           class(json_load(block + 32)) << 32 | class(json_load(block + 48)) << 48;
}

/* Takes sequences of two and three bytes that are right out of the stops. Of one that is wrong the
 * first byte remains, or the byte that belongs to none: the place of the error. What remains of one
 * that goes on in the next block does no harm: who stops at its first byte goes on behind it. */
static __attribute__((noinline)) uint64_t json_block_utf8(const char *block, uint64_t stops)
{
    uint64_t tail = ~json_bits(block, json_no_tail);
    uint64_t two = json_bits(block, json_lead_2) & tail >> 1;
    uint64_t three = json_bits(block, json_lead_3) & tail >> 1 & tail >> 2;
    uint64_t good = two | two << 1 | three | three << 1 | three << 2;
    return stops & ~good;
}

JSON_INLINE uint64_t json_block(const char *block)
{
    uint64_t stops = ~json_bits(block, json_plain);
    __m128i any = _mm_or_si128(_mm_or_si128(json_load(block), json_load(block + 16)),
                               _mm_or_si128(json_load(block + 32), json_load(block + 48)));
    return __builtin_expect(_mm_movemask_epi8(any) != 0, 0) ? json_block_utf8(block, stops) : stops;
}

#else

/* ---------------------------------------------------------------- a block on any machine */

/* The byte in each place. */
#define EACH(byte) ((byte)*UINT64_C(0x0101010101010101))

/* The same of eight bytes, but that all from 0x80 on are stops. No sum carries into the next byte,
 * whose highest bit is out of it. */
static uint64_t json_stop(const char *p)
{
    uint64_t c;
    memcpy(&c, p, sizeof(c));
    c = le64toh(c);
    uint64_t low = c & EACH(0x7F);
    uint64_t above = (low ^ EACH(2)) + EACH(0x80 - (('"' ^ 2) + 1));
    uint64_t no_slash = (low ^ EACH('\\')) + EACH(0x7F);
    uint64_t stops = (c | ~(above & no_slash)) & EACH(0x80);
    /* The highest bits side by side: each is moved to its place in the highest byte. */
    return (stops >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static uint64_t json_block(const char *block)
{
    uint64_t stops = 0;
    for (unsigned i = 0; i < BASE_JSON_BLOCK; i += 8)
        stops |= json_stop(block + i) << i;
    return stops;
}

#endif

/* ---------------------------------------------------------------- the blocks of a text */

/* A block with fewer than 64 bytes of text. Behind them are zeros, which are stops. */
static __attribute__((noinline)) uint64_t json_last_block(const char *p, const char *end)
{
    char block[BASE_JSON_BLOCK] = {0};
    memcpy(block, p, (size_t)(end - p));
    return json_block(block);
}

void base_json_look(struct base_json *j, const char *p)
{
    unsigned i = 0, n = 2;
    if (j->known > 0 && (size_t)(p - j->seen) - j->known < BASE_JSON_BLOCK) {
        j->stops[i++] = j->stops[j->known / BASE_JSON_BLOCK]; /* lent its bits till now */
        n = BASE_JSON_STOPS;
        j->seen += j->known;
        p = j->end - j->seen > BASE_JSON_BLOCK ? j->seen + BASE_JSON_BLOCK : j->end;
    } else {
        j->seen = p;
    }
    j->known = (n - 1) * BASE_JSON_BLOCK;
    for (; i < n && j->end - p >= BASE_JSON_BLOCK; i++, p += BASE_JSON_BLOCK)
        j->stops[i] = htole64(json_block(p));
    for (; i < n; i++) {
        j->stops[i] = p < j->end ? htole64(json_last_block(p, j->end)) : UINT64_MAX;
        p = j->end;
    }
}
