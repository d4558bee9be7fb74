/* Taking over a grant that another program has: its refresh token, out of a configuration file or
 * the environment. HubSpot is asked first whose it is, then it is stored, then refreshed once, and
 * what comes back is stored. Nothing is ever taken from where the token came. */
#ifndef BROKER_IMPORT_H
#define BROKER_IMPORT_H

#include "broker_grant.h"

struct broker_import_wish {
    const char *app;    /* stored, HubSpot's */
    int64_t hub_id;     /* whose the source says that it is; 0: it does not say */
    const char *scopes; /* what the source says; the refresh tells better */
    const struct crypt_secret *refresh_token; /* stays until the end */
};

/* OK: connected and refreshed. EXISTS: the account is connected already, and left as it was.
 * REAUTH: HubSpot does not know the token. INVALID: it is another account's. Nothing is stored
 * then. Otherwise, with `stored`: connected, but the refresh did not come about; without: nothing
 * was stored. `account` is the grant's vault name, NULL where none is known. */
typedef void broker_import_fn(void *arg, enum base_status status, const char *account, bool stored,
                              const struct base_error *err);
struct broker_import;
enum base_status broker_import_start(struct broker *b, const struct broker_import_wish *wish,
                                     broker_import_fn *fn, void *arg, struct broker_import **ret,
                                     struct base_error *err);
void broker_import_cancel(struct broker_import *i); /* NULL is allowed */

#endif
