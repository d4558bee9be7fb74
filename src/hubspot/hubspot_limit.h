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

/* Which of HubSpot's budgets a call draws on (usage guidelines; the OpenAPI documents exempt search
 * from the ten seconds). */
enum hubspot_budget {
    HUBSPOT_BUDGET_CALLS,  /* TEN_SECONDLY_ROLLING: 100 to 250 in 10 s for each app and portal */
    HUBSPOT_BUDGET_SEARCH, /* SECONDLY: 5 a second for each portal, all apps together; no headers */
    /* SECONDLY: new tokens, for each app. How many is not published; no answer was seen to say. */
    HUBSPOT_BUDGET_TOKENS,
};
#define HUBSPOT_BUDGETS 3
/* "ten-secondly", "search", "token endpoint" */
const char *hubspot_budget_word(enum hubspot_budget budget);
/* Of a call of the API; `path` may have a query. */
enum hubspot_budget hubspot_budget_of(const char *method, struct base_span path);

/* The largest window that is tracked call by call (HubSpot's largest is 250), and the most calls
 * that may be under way. */
#define HUBSPOT_LIMIT_CALLS 512
#define HUBSPOT_LIMIT_FLIGHTS 256

/* A call that left and was not answered: it may arrive at any time from now. */
struct hubspot_flight {
    int64_t departed;
    int64_t owner; /* whose it is: a process's number */
};

/* The rolling window as we know it. Plain data without pointers: processes share it as bytes. Times
 * are of a monotonic clock, in ms. */
struct hubspot_limit {
    int64_t interval_ms; /* 10,000 until a header says otherwise */
    uint32_t max;        /* 100, HubSpot's smallest, until a header says otherwise */
    uint32_t max_known;  /* a header has said so */
    int64_t learnt_sent; /* when the latest call left that was answered */
    int64_t flight_ms;   /* for so long a call that is not answered counts as under way */
    int64_t margin_ms;   /* added to the interval, beside what the jitter that was seen asks for */
    /* A ring of the latest moments at which calls may have arrived, of this machine's processes,
     * oldest first. */
    int64_t calls[HUBSPOT_LIMIT_CALLS];
    uint32_t head, count;
    struct hubspot_flight flights[HUBSPOT_LIMIT_FLIGHTS];
    uint32_t in_flight;
    uint32_t throttled;      /* refusals so far */
    int64_t blocked_until;   /* after a refusal */
    int64_t daily;           /* -1: unknown, as for all OAuth apps */
    int64_t daily_remaining; /* likewise */
    /* Others who spend from the same window: the most calls in it that were surely theirs, in this
     * epoch and in the one before. */
    int64_t others_since;
    uint32_t others_now, others_before;
    int64_t crowded_since; /* they have had two thirds of it since then; 0: they have not */
    int64_t told_at;       /* the latest answer that said how many there are in all; 0: none has */
    /* Ways there and back: the shortest and the number in this epoch and in the one before, and how
     * much longer than the shortest they are on average, in 1/16 ms. */
    int64_t trips_since;
    int64_t shortest_now, shortest_before;
    uint32_t trips_now, trips_before;
    uint32_t least_trips; /* fewer say nothing of the shortest */
    int64_t excess_x16;
    /* What refusals have taught of a Max that no header names. */
    uint32_t untaught;  /* Max without that; 0: they have taught nothing */
    uint32_t lesson;    /* how sure the latest lesson is, from 1 to 3; 0: there was none */
    uint32_t refusals;  /* of this window, in a row, each less than it after the one before */
    int64_t refused_at; /* the latest refusal */
};

void hubspot_limit_init(struct hubspot_limit *w, enum hubspot_budget budget);
/* Whether bytes that came from elsewhere can be one: indexes within bounds, times from the
 * machine's start to `now`.
 */
bool hubspot_limit_sane(const struct hubspot_limit *w, int64_t now);

/* When the next call may leave that leaves `spare` places of the window to others: `now` or later.
 */
int64_t hubspot_limit_next(struct hubspot_limit *w, int64_t now, uint32_t spare);
/* The same for a call that does not wait for the end of a pause which HubSpot has asked for. */
int64_t hubspot_limit_room(struct hubspot_limit *w, int64_t now, uint32_t spare);
void hubspot_limit_departed(struct hubspot_limit *w, int64_t now, int64_t owner);

struct hubspot_trip {
    int64_t owner, departed; /* as they were given to hubspot_limit_departed() */
    int64_t sent;            /* the request left on an open connection */
    int64_t answered;        /* the first byte of the answer came */
};

/* An answer. Max and interval are learnt, how long the way is, and from `Remaining` what others
 * spend. */
void hubspot_limit_answered(struct hubspot_limit *w, const struct hubspot_trip *trip, int64_t now,
                            const struct hubspot_limit_headers *h);
/* No answer: it may have arrived. */
void hubspot_limit_lost(struct hubspot_limit *w, int64_t owner, int64_t departed, int64_t now);
/* The calls of those who are no more may have arrived until now. */
void hubspot_limit_bury(struct hubspot_limit *w, int64_t now, bool (*alive)(int64_t owner));
/* A 429: nothing leaves before now + wait (wait -1: a whole interval, or half of one where others
 * filled the window whose calls answers tell of). `full`: it was for this window, and not for
 * another limit. */
void hubspot_limit_throttled(struct hubspot_limit *w, int64_t now, int64_t wait_ms, bool full);
/* Before it, where no header names Max: that is learnt from what the window held when the refused
 * call came. It counts for an hour without a refusal; where the window held two calls or three, for
 * seconds, and for an hour only when it is learnt again at once. After hubspot_limit_answered(). */
void hubspot_limit_taught(struct hubspot_limit *w, int64_t now);
/* A call was served that had left at `departed`. If that was in a pause, the pause is over. */
void hubspot_limit_served(struct hubspot_limit *w, int64_t departed);
/* Whether HubSpot has told Max, by a header or by refusals. */
bool hubspot_limit_known(const struct hubspot_limit *w, int64_t now);
/* Calls of the current window that are used, for people. */
uint32_t hubspot_limit_used(const struct hubspot_limit *w, int64_t now);
/* When a used place is free again: `now` when none is used. */
int64_t hubspot_limit_renews(const struct hubspot_limit *w, int64_t now);

#endif
