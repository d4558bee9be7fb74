#include "oauth_life.h"

#include "base_time.h"

/* No token lives longer; a bound keeps the sums below from overflowing. */
#define LONGEST_S (10 * INT64_C(366) * (BASE_DAY_MS / BASE_SECOND_MS))

static int64_t bounded(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

int64_t oauth_life_ends(int64_t now_ms, int64_t request_took_ms, int64_t expires_in_s,
                        int64_t fallback_s)
{
    int64_t lives_s = bounded(expires_in_s < 0 ? fallback_s : expires_in_s, 0, LONGEST_S);
    int64_t took_ms = bounded(request_took_ms, 0, BASE_DAY_MS);
    return now_ms - took_ms + lives_s * BASE_SECOND_MS;
}

enum oauth_life oauth_life(int64_t obtained_at, int64_t expires_at, int64_t now, int64_t min_ttl)
{
    if (now >= expires_at)
        return OAUTH_EXPIRED;
    /* Set back, the clock no longer says how much of the life is gone. */
    if (obtained_at > now)
        return OAUTH_DUE;
    int64_t left;
    if (__builtin_sub_overflow(expires_at, now, &left)) /* only a negative `now` gets here */
        return OAUTH_DUE;
    return left >= min_ttl ? OAUTH_FRESH : OAUTH_DUE;
}
