/* What HubSpot's own tools write about apps and accounts, read from its JSON (base_yaml.h makes
 * that of the YAML ones):
 *   ~/.hscli/config.yml     {"accounts":[{"accountId":123,"authType":"oauth2","auth":{…}}]}
 *   hubspot.config.yml      the older one: "portals" and "portalId"
 *   app-hsmeta.json         {"type":"app","config":{"name":…,"auth":{"redirectUrls":[…],…}}}
 * What is of no use here, such as access tokens, is not read.
 * (HubSpot/hubspot-local-dev-lib, types/Accounts.ts and config/; developer docs, "App
 * configuration".) */
#ifndef HUBSPOT_CONFIG_H
#define HUBSPOT_CONFIG_H

#include "crypt_secret.h"

enum hubspot_config_auth {
    HUBSPOT_CONFIG_OAUTH,        /* "oauth2" */
    HUBSPOT_CONFIG_PERSONAL_KEY, /* "personalaccesskey": of a person, for HubSpot's CLI */
    HUBSPOT_CONFIG_API_KEY,      /* "apikey": ended in 2022 */
    HUBSPOT_CONFIG_OTHER,
};

struct hubspot_config_account {
    char *name;     /* NULL: none */
    int64_t hub_id; /* 0: none */
    enum hubspot_config_auth auth;
    bool qa;         /* of HubSpot's own test system */
    char *client_id; /* this and the rest: NULL when absent */
    char *scopes;    /* separated by spaces */
    struct crypt_secret *client_secret, *refresh_token;
};

#define HUBSPOT_CONFIG_ACCOUNTS 1024

struct hubspot_config {
    struct hubspot_config_account *accounts;
    size_t count;
};

/* INVALID with the place when it is no such file. Accounts that lack what their kind needs are kept
 * as they are. */
enum base_status hubspot_config_parse(struct base_span json, struct hubspot_config *ret,
                                      struct base_error *err);
void hubspot_config_account_free(struct hubspot_config_account *a); /* may be called twice */
void hubspot_config_free(struct hubspot_config *c);                 /* likewise */

#define HUBSPOT_PROJECT_REDIRECTS 16

struct hubspot_project { /* an app of a project; no secrets */
    char *name;          /* NULL: none */
    bool oauth;          /* false: an app with a static token, which has no login */
    char *redirect_urls[HUBSPOT_PROJECT_REDIRECTS];
    size_t redirect_count;
    char *required, *conditional, *optional; /* scopes, separated by spaces; "" for none */
};

enum base_status hubspot_config_project_parse(struct base_span json, struct hubspot_project *ret,
                                              struct base_error *err);
void hubspot_config_project_free(struct hubspot_project *p); /* may be called twice */

#endif
