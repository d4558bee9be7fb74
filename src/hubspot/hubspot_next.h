/* Where the next page of a list is, for every style of HubSpot's lists (contacts v1 to the dated
 * ones), whatever the rows are called:
 *   {"paging":{"next":{"after":"123"}}}                        next: after=123
 *   {"has-more":true,"vid-offset":196181}                      next: vidOffset=196181
 *   {"has-more":true,"vid-offset":1,"time-offset":2}           next: vidOffset=1 and timeOffset=2
 *   {"hasMore":true,"offset":"abc"}, with "has-more" as well   next: offset=abc
 *   {"objects":[…],"offset":20,"limit":20,"total":57}          next: offset=40
 * A cursor that stands still, goes backward or comes round again is an error, not a loop. */
#ifndef HUBSPOT_NEXT_H
#define HUBSPOT_NEXT_H

#include "base_buf.h"

#define HUBSPOT_NEXT_CURSOR 512

struct hubspot_next {
    bool more;
    size_t count; /* of parameters that the next request has */
    struct {
        const char *name;
        char value[HUBSPOT_NEXT_CURSOR];
    } parameters[2];
};

/* INVALID when the body is no JSON, or its paging has wrong types. Any body without paging is the
 * last page. */
enum base_status hubspot_next_parse(struct base_span body, struct hubspot_next *ret,
                                    struct base_error *err);
/* `target` with the parameters set. */
void hubspot_next_target(struct base_buf *out, struct base_span target,
                         const struct hubspot_next *next);

/* The way through a list. All zero at the beginning. */
struct hubspot_walk {
    struct hubspot_next last, landmark;
    uint64_t steps, next_landmark;
};
/* INVALID when `next` does not lead on. */
enum base_status hubspot_walk_step(struct hubspot_walk *w, const struct hubspot_next *next,
                                   struct base_error *err);

#endif
