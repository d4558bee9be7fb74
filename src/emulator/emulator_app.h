/* The apps that the emulator knows, each with redirect URLs and scopes of its own: three that are
 * built in, so that a client can be tried with another app's tokens and with an MCP app, and those
 * of --app. */
#ifndef EMULATOR_APP_H
#define EMULATOR_APP_H

#include "emulator_config.h"
#include "emulator_scope.h"

#define EMULATOR_USER_ID 7777001 /* the person who consents */
#define EMULATOR_APPS_MAX 16
#define EMULATOR_REDIRECTS_MAX 16

struct emulator_app {
    char *name;
    char *client_id, *client_secret;
    int64_t app_id;
    bool mcp; /* user-level: PKCE is required, `scope` is ignored, tokens name the user */
    char *redirects[EMULATOR_REDIRECTS_MAX];
    unsigned redirect_count;
    struct emulator_scopes scopes;
};

struct emulator_apps {
    struct emulator_app items[EMULATOR_APPS_MAX];
    int count;
};

/* What an app is made of; nothing of it is kept. */
struct emulator_app_spec {
    const char *name, *client_id, *client_secret;
    int64_t app_id;
    bool mcp;
    const char *const *redirects;
    size_t redirect_count;
    const char *required, *conditional, *optional; /* scopes, separated by spaces */
};

/* The built-in apps, then those of the files of --app. Refuses what HubSpot's app settings refuse.
 */
enum base_status emulator_apps_init(struct emulator_apps *apps,
                                    const struct emulator_config *config, struct base_error *err);
void emulator_apps_done(struct emulator_apps *apps);
enum base_status emulator_apps_add(struct emulator_apps *apps, const struct emulator_app_spec *spec,
                                   struct base_error *err);

/* Adds the app of an app-hsmeta.json as HubSpot's CLI projects have them (config.auth with
 * redirectUrls, requiredScopes, conditionallyRequiredScopes, optionalScopes). A member "emulator"
 * of ours beside "config" may give clientId, clientSecret, appId and mcp. */
enum base_status emulator_app_file_add(struct emulator_apps *apps, const char *path,
                                       struct base_error *err);

/* The app's index; -1 when unknown. NULL is allowed. */
int emulator_apps_find(const struct emulator_apps *apps, const char *client_id);
/* The registered URL's index, compared byte by byte; -1 when it is not registered. */
int emulator_app_redirect(const struct emulator_app *app, const char *url);
/* NULL when HubSpot would take it as a redirect URL, else what is wrong with it, as a sentence. */
const char *emulator_redirect_fault(const char *url);

#endif
