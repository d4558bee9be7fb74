/* A call that HubSpot refused for want of a scope: what the user can do about it. */
#ifndef BROKER_SCOPE_H
#define BROKER_SCOPE_H

#include "broker.h"

/* HubSpot refused a call of `account` (its name in the vault) for want of `scopes` ("" when it did
 * not say which). The error's hint becomes the command that gets one, as far as that is known; and
 * when the account is app-level and should not be, or the other way round, the error says so, and
 * which account would do. */
void broker_scope_advise(struct broker *b, const char *account, const char *scopes,
                         struct base_error *err);

#endif
