#include "emulator_error.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "base_text.h"
#include "base_url.h"

/* The consent page for this app and account, asking for what the app requires. A state is missing:
 * the app appends it as "&state=…". */
static void return_url(const struct emulator_call *call, const struct emulator_app *app,
                       const char *redirect_url, int64_t portal, struct base_buf *out)
{
    BASE_CLEANUP(base_buf_free) struct base_buf scopes;
    base_buf_init(&scopes, (size_t)8 << 10);
    emulator_scopes_text(&app->scopes, app->scopes.required, &scopes);
    base_buf_printf(out, "http://localhost:%u/oauth/%lld/authorize?client_id=",
                    (unsigned)call->emulator->port, (long long)portal);
    base_url_encode(out, base_span_of(app->client_id));
    base_buf_add_str(out, "&redirect_uri=");
    base_url_encode(out, base_span_of(redirect_url));
    base_buf_add_str(out, "&scope=");
    base_url_encode(out, base_buf_span(&scopes));
}

/* "Install" on the app's page of the marketplace: HubSpot calls the redirect URL without a code,
 * and with a returnUrl to which the app sends the browser back, its state appended. Some apps have
 * met this, no documentation has it. ?client_id=ID, perhaps &redirect_uri=URL and &portal=N. */
void emulator_marketplace_install(struct emulator_call *call)
{
    struct emulator *e = call->emulator;
    const char *wanted = serve_form_get(&call->query, "redirect_uri");
    const char *text = serve_form_get(&call->query, "portal");
    int64_t portal = e->portals.offered[0];
    int index = emulator_apps_find(&e->apps, serve_form_get(&call->query, "client_id"));
    if (index < 0 || (text != NULL && !emulator_portal_parse(base_span_of(text), &portal))) {
        emulator_error_plain(call, 400, "client_id or portal is unknown", NULL);
        return;
    }
    const struct emulator_app *app = &e->apps.items[index];
    int redirect = wanted == NULL ? 0 : emulator_app_redirect(app, wanted);
    if (redirect < 0) {
        emulator_error_plain(call, 400, "redirect_uri is not registered", NULL);
        return;
    }
    BASE_CLEANUP(base_buf_free) struct base_buf back;
    base_buf_init(&back, (size_t)16 << 10);
    return_url(call, app, app->redirects[redirect], portal, &back);
    emulator_answer_redirect(call, app->redirects[redirect]);
    emulator_answer_parameter(call, "returnUrl", base_buf_str(&back));
    if (base_buf_status(&back) != BASE_OK)
        emulator_error_page(call, 503);
}
