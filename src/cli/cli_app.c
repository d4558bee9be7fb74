#include "cli_app.h"

void cli_app_write_json(struct base_jsonw *w, const struct broker_app *app)
{
    base_jsonw_object(w);
    base_jsonw_member_str(w, "name", app->name);
    base_jsonw_member_str(w, "client_id", app->client_id);
    base_jsonw_key(w, "redirect_urls");
    base_jsonw_array(w);
    for (size_t i = 0; i < app->redirect_count; i++)
        base_jsonw_str(w, app->redirect_urls[i]);
    base_jsonw_end(w);
    base_jsonw_member_str(w, "scope", app->scope);
    base_jsonw_member_str(w, "optional_scope", app->optional_scope);
    base_jsonw_member_str(w, "api_version", app->api_version);
    if (app->previous_version && app->previous_version[0])
        base_jsonw_member_str(w, "previous_version", app->previous_version);
    if (app->migrating)
        base_jsonw_member_bool(w, "migrating", true);
    base_jsonw_member_str(w, "api_url", app->api_url);
    base_jsonw_member_str(w, "app_url", app->app_url);
    if (app->authorize_url[0]) {
        base_jsonw_member_str(w, "authorize_url", app->authorize_url);
        base_jsonw_member_str(w, "token_url", app->token_url);
    }
    if (app->issuer[0])
        base_jsonw_member_str(w, "issuer", app->issuer);
    base_jsonw_end(w);
}
