/* Tokens of an app itself (RFC 6749 section 4.4), for HubSpot's app-level APIs such as the webhooks
 * journal: of no portal, and of no use for CRM data. Here one is asked for and stored nowhere; as
 * an account, which keeps it while it is fresh: broker_app_level.h. */
#ifndef BROKER_APP_TOKEN_H
#define BROKER_APP_TOKEN_H

#include "broker_token.h"

/* One or more scopes, separated by spaces; USAGE when `scope` is none. */
enum base_status broker_app_token_check(const char *scope, struct base_error *err);

struct broker_app_token;
/* `scope` as broker_app_token_check() takes it. The callback gets a grant that stands for the app:
 * account is the app's name, hub_id 0, `scopes` what was granted and `asked` what was asked for. */
enum base_status broker_app_token_get(struct broker *b, const char *app_name, const char *scope,
                                      broker_token_fn *fn, void *arg, struct broker_app_token **ret,
                                      struct base_error *err);
void broker_app_token_cancel(struct broker_app_token *t); /* no callback after it */

#endif
