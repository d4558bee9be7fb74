/* Another value for some fields of an app that is stored. What the token endpoint can prove is
 * proven before it is stored (broker_check.h); then all is stored in one write, in place of exactly
 * the record that was read. Accounts stay connected, and a refresh that is under way ends as it
 * would have: tokens are in records of their own. */
#ifndef BROKER_UPDATE_H
#define BROKER_UPDATE_H

#include "broker_app_rule.h"

struct broker_update_result { /* all borrowed */
    const struct broker_app *app;
    bool stored; /* false: nothing is different from before */
    bool proven; /* the token endpoint took client id and secret */
    /* Scopes that the app now asks for and did not before, and the accounts that lack some of them
     * until they log in again: "123, 456". "": none. */
    const char *new_scopes, *accounts;
};

/* `result` is there when the status is OK, `err` when it is not: nothing is stored then. */
typedef void broker_update_fn(void *arg, enum base_status status,
                              const struct broker_update_result *result,
                              const struct base_error *err);
struct broker_update;

struct broker_update_way {
    bool unproven;                          /* store what nobody has proven */
    const struct broker_app_advice *advice; /* about the new values; may be NULL */
};

/* Of `changes` what is neither NULL nor, for redirect URLs, none. Its name and API version do not
 * count: the one is the record's, the other moves with its accounts (broker_migrate.h).
 *
 * USAGE with the rule that is broken (broker_app_rule.h) or when the token endpoint refuses client
 * id or secret, with broker_check.h's statuses for its other answers. BUSY when the client id or
 * the kind of server would change under accounts that are connected, or under logouts that HubSpot
 * is still to be told of: refresh tokens belong to a client id (RFC 6749 section 6). CONFLICT when
 * somebody else changed the app meanwhile.
 *
 * The callback runs from the loop, once; `changes` and `way` are not needed after the return. */
enum base_status broker_update_start(struct broker *b, const char *name,
                                     const struct broker_app *changes,
                                     const struct broker_update_way *way, broker_update_fn *fn,
                                     void *arg, struct broker_update **ret, struct base_error *err);
void broker_update_cancel(struct broker_update *u); /* NULL is allowed */

#endif
