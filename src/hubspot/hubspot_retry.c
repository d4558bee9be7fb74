#include "hubspot_retry.h"

#include "base_span.h"

/* Full jitter: uniform in [0, ceiling], the ceiling doubling with each attempt. */
#define FIRST_MS 500
#define CEILING_MS 30000

static int64_t jitter(unsigned attempts, uint32_t random)
{
    int64_t ceiling = FIRST_MS;
    for (unsigned i = 1; i < attempts && ceiling < CEILING_MS; i++)
        ceiling *= 2;
    if (ceiling > CEILING_MS)
        ceiling = CEILING_MS;
    return (int64_t)(((uint64_t)ceiling + 1) * random >> 32);
}

/* The server refused before doing anything: locked, moving between data centres, not serving. Any
 * other 5xx may come from a gateway that lost the answer to a request that was carried out. */
static bool surely_not_acted(const struct hubspot_refusal *refusal)
{
    switch (refusal->http_status) {
    case 423:
    case 429:
    case 477:
    case 503:
        return true;
    default:
        return false;
    }
}

/* The shortest wait that can help: what HubSpot says, else what is known of its windows and locks.
 */
static int64_t least_wait(const struct hubspot_refusal *refusal)
{
    int64_t told = refusal->retry_after_ms;
    if (refusal->http_status == 423) /* a lock of a bulk write lasts two seconds */
        return told > 2000 ? told : 2000;
    if (told >= 0 || refusal->verdict != HUBSPOT_THROTTLED)
        return told >= 0 ? told : 0;
    return base_span_is(base_span_of(refusal->policy), "TEN_SECONDLY_ROLLING") ? 10000 : 1000;
}

static bool may_repeat(const struct hubspot_retry *r, const struct hubspot_refusal *refusal)
{
    if (r->attempts >= r->max_attempts)
        return false;
    if (refusal == NULL)
        return r->idempotent || !r->maybe_acted;
    if (refusal->verdict == HUBSPOT_THROTTLED)
        return !base_span_is(base_span_of(refusal->policy), "DAILY");
    if (refusal->verdict == HUBSPOT_TRANSIENT)
        return r->idempotent || surely_not_acted(refusal);
    return false;
}

int64_t hubspot_retry_wait(const struct hubspot_retry *r, const struct hubspot_refusal *refusal,
                           uint32_t random)
{
    if (!may_repeat(r, refusal))
        return -1;
    int64_t patience = r->patience_ms != 0 ? r->patience_ms : HUBSPOT_RETRY_LONGEST_MS;
    int64_t spread = jitter(r->attempts, random);
    int64_t least = refusal == NULL ? 0 : least_wait(refusal);
    /* The spread comes on top, or all clients come back at the same moment. */
    return least <= patience ? least + spread : -1;
}

/* Only below /crm/, where these words have this meaning. */
static bool only_reads(struct base_span path)
{
    path = base_span_cut(&path, '?');
    return base_span_starts(path, "/crm/") &&
           (base_span_ends(path, "/search") || base_span_ends(path, "/batch/read"));
}

bool hubspot_retry_idempotent(const char *method, struct base_span path)
{
    static const char *const idempotent[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
    for (size_t i = 0; i < sizeof(idempotent) / sizeof(idempotent[0]); i++)
        if (base_span_is(base_span_of(method), idempotent[i]))
            return true;
    return strcmp(method, "POST") == 0 && only_reads(path);
}
