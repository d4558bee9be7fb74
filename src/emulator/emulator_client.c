#include "emulator_client.h"

#include "emulator_error.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "crypt_encode.h"
#include "crypt_secret.h"

/* "Basic base64(id:secret)", both form-encoded (RFC 6749 section 2.3.1): read as the form that they
 * would have been. HubSpot documents no such thing. */
static void read_basic(struct emulator_call *call)
{
    char pair[1024];
    size_t n;
    struct base_span rest = serve_request_header(call->request, "authorization");
    struct base_span scheme = base_span_cut(&rest, ' ');
    if (!call->emulator->config.basic_auth || call->basic.count > 0 ||
        !base_span_is_nocase(scheme, "basic") ||
        !crypt_base64_decode(base_span_trim(rest), pair, sizeof pair, &n))
        return;
    struct base_span secret = {pair, n}, id = base_span_cut(&secret, ':');
    BASE_CLEANUP(base_buf_free) struct base_buf form;
    base_buf_init_sensitive(&form, 2 * sizeof pair);
    base_buf_add_str(&form, "client_id=");
    base_buf_add_span(&form, id);
    base_buf_add_str(&form, "&client_secret=");
    base_buf_add_span(&form, secret);
    (void)serve_form_parse(base_buf_span(&form), &call->basic, NULL);
    crypt_wipe(pair, sizeof pair);
}

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
    read_basic(call);
    const char *id = emulator_client_parameter(call, "client_id");
    if (id == NULL)
        id = serve_form_get(&call->basic, "client_id");
    int app = emulator_apps_find(apps, id);
    if (app < 0) {
        emulator_error_oauth(call, EMULATOR_BAD_CLIENT_ID, NULL);
        return false;
    }
    const char *secret = emulator_client_parameter(call, "client_secret");
    if (secret == NULL)
        secret = serve_form_get(&call->basic, "client_secret");
    if (secret == NULL ||
        !crypt_span_eq(base_span_of(secret), base_span_of(apps->items[app].client_secret))) {
        emulator_error_oauth(call, EMULATOR_BAD_CLIENT_SECRET, NULL);
        return false;
    }
    *ret_app = app;
    return true;
}
