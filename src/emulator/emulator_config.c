#include "emulator_config.h"

#include "emulator_limit.h"

void emulator_config_defaults(struct emulator_config *config)
{
    *config = (struct emulator_config){
        .contacts = 10000,
        .companies = 1000,
        .deals = 2000,
        .tickets = 1000,
        .machines = 300,
        .cursor = "id",
        .seed = 1,
        .client_id = EMULATOR_CLIENT_ID,
        .client_secret = EMULATOR_CLIENT_SECRET,
        .scopes = "oauth crm.objects.contacts.read",
        .optional_scopes = "crm.objects.contacts.write crm.schemas.contacts.read "
                           "crm.objects.owners.read crm.lists.read crm.objects.companies.read "
                           "crm.objects.deals.read tickets crm.objects.custom.read",
        .conditional_scopes = "",
        .region = "na1",
        .deny_error = "access_denied",
        .grant_error = "invalid_grant",
        .bad_hub_status = "400",
        .oauth_v1_gone = "404",
        .code_lifetime_s = 300,
        .token_lifetime_s = 1800, /* HubSpot's since 2021-11-08 */
        .url_limit = 16000,       /* about 16.2 kB was measured, 8 kB was reported too */
        .search_limit = 5,
        .private_rate_limit = 100, /* Free and Starter */
        .daily_limit = 250000,
        .rate_limit = 110, /* an OAuth app's, for each account */
        .rate_window_ms = EMULATOR_WINDOW_MS,
    };
}
