/* All results of a CRM search, past its end at 10,000: HubSpot's `after` is an offset there, and no
 * page may end beyond 10,000. So the search is sorted by hs_object_id, and where it would end it
 * begins again with "hs_object_id greater than the last one seen" beside its own filters. Pure:
 * bodies in, bodies out. (CRM search guide; facts of other clients in docs/protocol.md.) */
#ifndef HUBSPOT_SEARCH_H
#define HUBSPOT_SEARCH_H

#include "base_buf.h"
#include "base_json.h"

#define HUBSPOT_SEARCH_CAP 10000
#define HUBSPOT_SEARCH_LIMIT 10 /* HubSpot's page when the body names none */

struct hubspot_search {
    struct base_span body; /* the caller's, as it was given; borrowed */
    struct base_json_value sorts, groups, filters;
    bool by_id; /* sorted by hs_object_id ascending, or not sorted, which is made so */
    bool full;  /* HubSpot would not take a filter more */
    uint64_t limit;
    uint64_t after;    /* of the next request; 0: none */
    uint64_t past;     /* hs_object_id must be greater; 0: no such filter yet */
    uint64_t last_row; /* the greatest id seen */
};

/* `body` must stay. USAGE when it is no JSON object, or names an `after` of its own. */
enum base_status hubspot_search_begin(struct hubspot_search *s, struct base_span body,
                                      struct base_error *err);
/* The body of the next request. */
void hubspot_search_body(const struct hubspot_search *s, struct base_buf *out);
/* Reads an answer; *ret_more says whether there is a next request. INVALID when it is no page of a
 * search or does not lead on; PARTIAL when the results end at 10,000 because the search is sorted
 * otherwise, or has as many filters as HubSpot takes. */
enum base_status hubspot_search_answer(struct hubspot_search *s, struct base_span answer,
                                       bool *ret_more, struct base_error *err);

#endif
