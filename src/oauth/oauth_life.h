/* How much life is left in an access token. */
#ifndef OAUTH_LIFE_H
#define OAUTH_LIFE_H

#include <stdint.h>

enum oauth_life {
    OAUTH_FRESH,   /* lives for min_ttl or longer: hand it out */
    OAUTH_DUE,     /* still valid, but refresh it first if that can be done */
    OAUTH_EXPIRED, /* of no use */
};

/* Answers "when does it end": now + expires_in, less the time that the request took, since the
 * server counted from somewhere in between. An unknown expires_in (-1) counts as `fallback_s`. */
int64_t oauth_life_ends(int64_t now_ms, int64_t request_took_ms, int64_t expires_in_s,
                        int64_t fallback_s);
/* Times in Unix ms. A token obtained in the future (the clock was set back) counts as due. */
enum oauth_life oauth_life(int64_t obtained_at, int64_t expires_at, int64_t now, int64_t min_ttl);

#endif
