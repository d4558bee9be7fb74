/* What `hubauth app import` finds in the files and variables of others, before anything is stored.
 */
#ifndef CLI_APP_IMPORT_H
#define CLI_APP_IMPORT_H

#include "broker_app.h"
#include "cli_context.h"
#include "hubspot_config.h"

#define CLI_APP_IMPORT_APPS 16

struct cli_app_import_account {
    size_t app;      /* index of its app; CLI_APP_IMPORT_APPS: it cannot be imported, see `why` */
    const char *why; /* static */
    struct hubspot_config_account found;
};

struct cli_app_import {
    struct cli *c;
    struct broker_app apps[CLI_APP_IMPORT_APPS]; /* with what was found: fields may be NULL */
    size_t app_count;
    struct cli_app_import_account *accounts;
    size_t account_count;
    struct base_buf sources; /* what was read, one a line, with what is wrong with the file */
    bool holds_secrets;      /* one of the files does, in clear */
};

void cli_app_import_init(struct cli_app_import *i, struct cli *c);
void cli_app_import_free(struct cli_app_import *i);

/* "env", or a file: HubSpot's CLI configuration (YAML) or a project's app-hsmeta.json. */
enum base_status cli_app_import_source(struct cli_app_import *i, const char *source,
                                       struct base_error *err);
/* The first that there is of: HUBSPOT_CLIENT_ID and its kin, HUBSPOT_CONFIG_PATH,
 * ~/.hscli/config.yml, ./hubspot.config.yml, ./app-hsmeta.json, ./src/app/app-hsmeta.json.
 * NOT_FOUND names them. A file that was only found must be the user's, and nobody else's to write:
 * USAGE. */
enum base_status cli_app_import_usual_source(struct cli_app_import *i, struct base_error *err);

#endif
