/* HubSpot's rolling limit, exact to the millisecond, and the judge of the client: the largest
 * number of requests that ever arrived in any window, whether allowed or refused. */
#ifndef EMULATOR_LIMIT_H
#define EMULATOR_LIMIT_H

#include "base_error.h"

#include <stdbool.h>
#include <stdint.h>

#define EMULATOR_WINDOW_MS INT64_C(10000)

struct emulator_limit;

struct emulator_verdict {
    bool allowed;
    uint64_t max;       /* 0: no limit */
    uint64_t remaining; /* after this request */
    int64_t window_ms;
};

/* `max` requests in any window_ms for each app and portal; 0: all are allowed, yet counted. */
enum base_status emulator_limit_new(uint64_t max, int64_t window_ms, struct emulator_limit **ret,
                                    struct base_error *err);
void emulator_limit_free(struct emulator_limit *limit); /* NULL is allowed */

/* A request arrives at `now` (monotonic ms). A request at t counts against those before t +
 * window_ms. Refused ones do not use up the allowance. */
enum base_status emulator_limit_arrive(struct emulator_limit *limit, int app, int64_t portal,
                                       int64_t now, struct emulator_verdict *ret);
/* From now on; 0: all are allowed. */
void emulator_limit_set_max(struct emulator_limit *limit, uint64_t max);
/* Somebody else, who is not to be seen, makes so many requests in a second with each app in each
 * portal, from its first request here on. They use the allowance up; the judge does not count
 * them. */
void emulator_limit_set_foreign(struct emulator_limit *limit, uint64_t in_a_second);
/* The judge's figure over all apps and portals. */
uint64_t emulator_limit_max_in_window(const struct emulator_limit *limit);
void emulator_limit_reset_max(struct emulator_limit *limit);

#endif
