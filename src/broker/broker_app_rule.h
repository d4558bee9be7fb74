/* The rules for an app's fields. A record must keep the first kind, whoever makes it; the second is
 * for what a person enters or copies from somewhere: the form of HubSpot's values as well, and
 * advice where something is odd and may yet be meant. */
#ifndef BROKER_APP_RULE_H
#define BROKER_APP_RULE_H

#include "broker_app.h"

/* The names of apps and accounts: nothing in them that a shell, a path or a terminal reads in a way
 * of its own. */
bool broker_app_rule_is_name(const char *name);
/* "app/account" of two such names. */
bool broker_app_rule_is_account(const char *name);

/* Every field; USAGE with the rule that is broken. broker_app_add() asks it. The secret may have
 * any form, and may be absent. */
enum base_status broker_app_rule_check(const struct broker_app *app, struct base_error *err);

/* In the order in which they can be judged: what follows depends on SERVERS. */
enum broker_app_field {
    BROKER_APP_NAME,
    BROKER_APP_SERVERS, /* API version, URLs, issuer */
    BROKER_APP_CLIENT_ID,
    BROKER_APP_CLIENT_SECRET,
    BROKER_APP_REDIRECT_URLS,
    BROKER_APP_SCOPES,
    BROKER_APP_FIELDS,
};

struct broker_app_advice {
    void (*fn)(void *arg, const char *text); /* one sentence without full stop */
    void *arg;
};

/* One field of an app whose other fields may still be missing; `advice` may be NULL. */
enum base_status broker_app_rule_form(const struct broker_app *app, enum broker_app_field field,
                                      const struct broker_app_advice *advice,
                                      struct base_error *err);
/* All fields. */
enum base_status broker_app_rule_forms(const struct broker_app *app,
                                       const struct broker_app_advice *advice,
                                       struct base_error *err);

#endif
