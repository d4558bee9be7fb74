/* An app's own token (broker_app_token.h) as an account: "APP/app-level". It is cached sealed and
 * renewed like any other, under the account's lease (broker_refresh.h), but with the client's
 * secret: there is no refresh token, nothing that a lost answer could cost, and nothing that
 * HubSpot could declare dead. */
#ifndef BROKER_APP_LEVEL_H
#define BROKER_APP_LEVEL_H

#include "broker_token.h"

/* In the place of a portal's number, and no number: the account's name after the app's. */
#define BROKER_APP_LEVEL "app-level"

bool broker_grant_is_app_level(const struct broker_grant *g);

struct broker_app_level;
/* Gets a first token for these scopes and stores the account; one that is there already is
 * replaced. Nothing is stored when HubSpot refuses. The callback gets what was stored. */
enum base_status broker_app_level_add(struct broker *b, const char *app_name, const char *scope,
                                      broker_token_fn *fn, void *arg, struct broker_app_level **ret,
                                      struct base_error *err);
void broker_app_level_cancel(struct broker_app_level *l); /* no callback after it */

#endif
