#include "emulator_client.h"

#include "emulator_error.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "crypt_secret.h"

const char *emulator_client_parameter(const struct emulator_call *call, const char *name)
{
    const char *value = serve_form_get(&call->form, name);
    bool from_query = call->route->flags & EMULATOR_V1 &&
                      (strcmp(name, "client_secret") == 0 || strcmp(name, "refresh_token") == 0);
    return value == NULL && from_query ? serve_form_get(&call->query, name) : value;
}

bool emulator_client_check(struct emulator_call *call, int *ret_app)
{
    const struct emulator_apps *apps = &call->emulator->apps;
    int app = emulator_apps_find(apps, emulator_client_parameter(call, "client_id"));
    if (app < 0) {
        emulator_error_oauth(call, EMULATOR_BAD_CLIENT_ID, NULL);
        return false;
    }
    const char *secret = emulator_client_parameter(call, "client_secret");
    if (secret == NULL ||
        !crypt_span_eq(base_span_of(secret), base_span_of(apps->items[app].client_secret))) {
        emulator_error_oauth(call, EMULATOR_BAD_CLIENT_SECRET, NULL);
        return false;
    }
    *ret_app = app;
    return true;
}
