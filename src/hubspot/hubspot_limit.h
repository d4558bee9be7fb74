/* Rate limits: what HubSpot's headers say, and the arithmetic of a rolling window (110 calls in any
 * 10 s for each app and portal). Pure: the clock is a parameter. */
#ifndef HUBSPOT_LIMIT_H
#define HUBSPOT_LIMIT_H

#include "base_span.h"

struct hubspot_limit_headers { /* -1: header absent */
    int64_t max, remaining, interval_ms, daily, daily_remaining;
};

#define HUBSPOT_LIMIT_HEADERS_NONE ((struct hubspot_limit_headers){-1, -1, -1, -1, -1})
/* Takes one header; names are case-insensitive. False when it is none of them or no number. */
bool hubspot_limit_header(struct hubspot_limit_headers *h, struct base_span name,
                          struct base_span value);

/* The largest window that is tracked call by call; HubSpot's largest is 250. */
#define HUBSPOT_LIMIT_CALLS 512

/* The rolling window as we know it. Plain data without pointers: it may be copied and shared. */
struct hubspot_limit {
    int64_t interval_ms; /* 10,000 until a header says otherwise */
    unsigned max;        /* 100, HubSpot's smallest, until a header says otherwise */
    int64_t margin_ms;   /* added to the interval, beside what the jitter that was seen asks for */
    /* A ring of the latest moments at which calls may have arrived, ours and others', oldest first.
     */
    int64_t calls[HUBSPOT_LIMIT_CALLS];
    unsigned head, count;
    unsigned in_flight;      /* departed, not answered: they may arrive at any time from now */
    int64_t blocked_until;   /* after a 429 */
    int64_t daily_remaining; /* -1: unknown */
    /* Others who spend from the same window: how much in this interval and in the one before. */
    int64_t foreign_since;
    unsigned foreign_now, foreign_before;
    /* Ways there and back: the shortest and the number in this epoch and in the one before, and how
     * much longer than the shortest they are on average, in 1/16 ms. */
    int64_t trips_since;
    int64_t shortest_now, shortest_before;
    unsigned trips_now, trips_before;
    int64_t excess_x16;
};

void hubspot_limit_init(struct hubspot_limit *w);
/* When the next call may leave: `now` or later. */
int64_t hubspot_limit_next(struct hubspot_limit *w, int64_t now);
void hubspot_limit_departed(struct hubspot_limit *w, int64_t now);
/* An answer: `sent` is when the request left on an open connection, `answered` when the first byte
 * of the answer came. Max and interval are learnt, and how long the way is; `Remaining` lower than
 * what we know of is spending by others and is counted as such. */
void hubspot_limit_answered(struct hubspot_limit *w, int64_t sent, int64_t answered, int64_t now,
                            const struct hubspot_limit_headers *h);
/* No answer: it may have arrived. */
void hubspot_limit_lost(struct hubspot_limit *w, int64_t departed, int64_t now);
/* A 429: nothing leaves before now + wait (wait -1: a whole interval). */
void hubspot_limit_throttled(struct hubspot_limit *w, int64_t now, int64_t wait_ms);
/* Calls of the current window that are used, for progress. */
unsigned hubspot_limit_used(struct hubspot_limit *w, int64_t now);

#endif
