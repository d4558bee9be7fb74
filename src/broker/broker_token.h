/* A usable access token for an account. */
#ifndef BROKER_TOKEN_H
#define BROKER_TOKEN_H

#include "broker_grant.h"

/* Loads the grant and says whether its token lives for min_ttl or longer. Touches nothing but the
 * vault: the whole of `hubauth token` while the token is fresh. REAUTH for a dead grant. */
enum base_status broker_token_look(struct broker *b, const char *name, int64_t min_ttl_ms,
                                   struct broker_grant *ret, bool *ret_fresh,
                                   struct base_error *err);

struct broker_token_wish {
    const char *name; /* copied */
    int64_t min_ttl_ms;
    bool force;   /* refresh even a fresh token */
    bool insists; /* a person wants it now: HubSpot's pauses hold it less (broker_token_turn.h) */
    int64_t refused_obtained_at; /* a token obtained at that time was refused by the API: refresh
                                    unless somebody has; 0: none */
};

/* The grant is borrowed for the time of the call. When the token could not be refreshed but is
 * still valid, status is BASE_OK and `warning` is set. */
typedef void broker_token_fn(void *arg, enum base_status status, const struct broker_grant *grant,
                             const struct base_error *warning_or_error);
struct broker_token_get;
/* Single flight for each account across processes: a lease, and a second look under it. The
 * callback runs from the loop, once. */
enum base_status broker_token_get(struct broker *b, const struct broker_token_wish *wish,
                                  broker_token_fn *fn, void *arg, struct broker_token_get **ret,
                                  struct base_error *err);
void broker_token_cancel(
    struct broker_token_get *t); /* no callback after it; a refresh that was sent is not undone */

#endif
