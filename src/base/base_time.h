/* Time: Unix milliseconds everywhere. Pure code takes `now` as a parameter; only programs read the
 * clock. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base_span.h"

#define BASE_SECOND_MS INT64_C(1000)
#define BASE_MINUTE_MS (60 * BASE_SECOND_MS)
#define BASE_HOUR_MS (60 * BASE_MINUTE_MS)
#define BASE_DAY_MS (24 * BASE_HOUR_MS)

int64_t base_time_now(void);       /* wall clock, Unix ms */
int64_t base_time_monotonic(void); /* CLOCK_BOOTTIME, ms: for intervals; goes on during suspend */

/* The next two clamp to the years 0 to 9999. */
/* "2026-11-23T22:32:46Z"; with a fraction only when it is not zero ("….123Z"), as HubSpot writes
 * it. */
const char *base_time_iso(char out[32], int64_t unix_ms);
/* "Mon, 23 Nov 2026 22:32:46 GMT" (RFC 9110 section 5.6.7). */
const char *base_time_http(char out[32], int64_t unix_ms);
bool base_time_parse_http(struct base_span text, int64_t *ret_unix_ms); /* IMF-fixdate only */
bool base_time_parse_iso(struct base_span text, int64_t *ret_unix_ms);  /* with Z or an offset */
/* "29 m", "1 h 04 m", "12 s", "3 d": for people; negative spans count as their absolute value. */
const char *base_time_human(char out[32], int64_t span_ms);
/* "90", "90s", "5m", "1h", "2d", "250ms" -> ms; false on anything else, negative or overflow. */
bool base_time_parse_span(struct base_span text, int64_t *ret_ms);

#endif
