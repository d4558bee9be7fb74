/* When a failed request may be repeated, and how long to wait (C8): exponential with full jitter,
 * capped, and never before Retry-After. */
#ifndef HUBSPOT_RETRY_H
#define HUBSPOT_RETRY_H

#include "hubspot_error.h"

struct hubspot_retry {
    unsigned attempts; /* made so far, the failed one included */
    unsigned max_attempts;
    bool idempotent;     /* it may be repeated even if the first may have acted */
    bool maybe_acted;    /* no answer came, and the request may have arrived */
    int64_t patience_ms; /* a longer wait is not sat out; 0: HUBSPOT_RETRY_LONGEST_MS */
};

/* A person waits for minutes; HubSpot's 477 may name a day. */
#define HUBSPOT_RETRY_LONGEST_MS INT64_C(300000)

/* -1: do not repeat. Otherwise ms to wait. `random` is uniform in 0…UINT32_MAX. `refusal` is NULL
 * when no HTTP answer came. */
int64_t hubspot_retry_wait(const struct hubspot_retry *r, const struct hubspot_refusal *refusal,
                           uint32_t random);
/* GET HEAD PUT DELETE OPTIONS (RFC 9110 section 9.2.2), and what only reads though it is a POST:
 * search and batch/read of CRM objects. `path` may have a query. */
bool hubspot_retry_idempotent(const char *method, struct base_span path);

#endif
