/* When a failed request may be repeated, and how long to wait (C8): exponential with full jitter,
 * capped, and never before Retry-After. */
#ifndef HUBSPOT_RETRY_H
#define HUBSPOT_RETRY_H

#include "hubspot_error.h"

struct hubspot_retry {
    unsigned attempts; /* made so far, the failed one included */
    unsigned max_attempts;
    bool idempotent;  /* the method may be repeated even if the first may have acted */
    bool maybe_acted; /* no answer came, and the request may have arrived */
};

/* A Retry-After beyond this is not sat out: HubSpot's 477 may name a day. */
#define HUBSPOT_RETRY_LONGEST_MS INT64_C(300000)

/* -1: do not repeat. Otherwise ms to wait. `random` is uniform in 0…UINT32_MAX. `refusal` is NULL
 * when no HTTP answer came. */
int64_t hubspot_retry_wait(const struct hubspot_retry *r, const struct hubspot_refusal *refusal,
                           uint32_t random);
bool hubspot_retry_method_idempotent(const char *method); /* GET HEAD PUT DELETE OPTIONS */

#endif
