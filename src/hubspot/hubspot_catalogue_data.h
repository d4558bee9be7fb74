/* The catalogue's tables, by subject. Only hubspot_catalogue.c reads them; everybody else asks
 * it. Each ends with an entry without a code. */
#ifndef HUBSPOT_CATALOGUE_DATA_H
#define HUBSPOT_CATALOGUE_DATA_H

#include "hubspot_catalogue.h"

extern const struct hubspot_catalogue_entry hubspot_catalogue_login_consent[];
extern const struct hubspot_catalogue_entry hubspot_catalogue_token[];
extern const struct hubspot_catalogue_entry hubspot_catalogue_login_redirect[];
extern const struct hubspot_catalogue_entry hubspot_catalogue_api[];
extern const struct hubspot_catalogue_entry hubspot_catalogue_status[];
/* Network, webhooks, the long run, exit codes. */
extern const struct hubspot_catalogue_entry hubspot_catalogue_rest[];

/* Sources that several entries name. */
#define HUBSPOT_SAYS_OAUTH "HubSpot: Working with OAuth"
#define HUBSPOT_SAYS_TOKENS "HubSpot: Manage OAuth tokens"
#define HUBSPOT_SAYS_ERRORS "HubSpot: Error handling"
#define HUBSPOT_SAYS_LIMITS "HubSpot: API usage guidelines and limits"
#define HUBSPOT_SAYS_SCOPES "HubSpot: Scopes"

#endif
