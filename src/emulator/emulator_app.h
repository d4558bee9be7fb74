/* The apps that the emulator knows: the one of the command line and a second one, so that a client
 * can be tried with another app's tokens. */
#ifndef EMULATOR_APP_H
#define EMULATOR_APP_H

#include "emulator_config.h"
#include "emulator_scope.h"

#define EMULATOR_APPS 2
#define EMULATOR_REDIRECTS_MAX 16

struct emulator_app {
    const char *name;
    const char *client_id, *client_secret;
    int64_t app_id;
};

struct emulator_apps {
    struct emulator_app items[EMULATOR_APPS];
    const char *redirects[EMULATOR_REDIRECTS_MAX]; /* registered for both */
    unsigned redirect_count;
    struct emulator_scopes scopes; /* declared by both */
};

/* Refuses what HubSpot's app settings refuse. Keeps pointers into `config`. */
enum base_status emulator_apps_init(struct emulator_apps *apps,
                                    const struct emulator_config *config, struct base_error *err);
void emulator_apps_done(struct emulator_apps *apps);

/* The app's index; -1 when unknown. NULL is allowed. */
int emulator_apps_find(const struct emulator_apps *apps, const char *client_id);
/* The registered URL's index, compared byte by byte; -1 when it is not registered. */
int emulator_apps_redirect(const struct emulator_apps *apps, const char *url);
/* NULL when HubSpot would take it as a redirect URL, else what is wrong with it, as a sentence. */
const char *emulator_redirect_fault(const char *url);

#endif
