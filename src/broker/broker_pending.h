/* Pending revocations: those that HubSpot is still to be told of. A logout puts the refresh token
 * here in the same write that removes the account, so that neither a crash nor a HubSpot that is
 * down loses it; it leaves when HubSpot has been told. */
#ifndef BROKER_PENDING_H
#define BROKER_PENDING_H

#include "broker.h"

struct broker_pending { /* without the token */
    const char *id;     /* its name in the vault */
    const char *app, *account;
    int64_t since;    /* Unix ms of the logout */
    int64_t attempts; /* that failed */
    const char *last; /* why the last one failed; "" before the first */
};

typedef bool broker_pending_fn(void *arg, const struct broker_pending *p);
/* All are borrowed. Return false to stop. */
enum base_status broker_pending_list(struct broker *b, broker_pending_fn *fn, void *arg,
                                     struct base_error *err);

/* Forgets all of them without telling HubSpot; *ret_count (may be NULL): how many. */
enum base_status broker_pending_forget(struct broker *b, unsigned *ret_count,
                                       struct base_error *err);

#endif
