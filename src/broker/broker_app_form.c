/* What an app looks like in the vault. Pure. */
#include "broker_int.h"

#include "base_json.h"
#include "base_jsonw.h"

void broker_app_encode(const struct broker_app *app, struct base_buf *out)
{
    struct base_jsonw w;

    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "client_id", app->client_id);
    base_jsonw_key(&w, "redirect_urls");
    base_jsonw_array(&w);
    for (size_t i = 0; i < app->redirect_count; i++)
        base_jsonw_str(&w, app->redirect_urls[i]);
    base_jsonw_end(&w);
    base_jsonw_member_str(&w, "scope", app->scope);
    base_jsonw_member_str(&w, "optional_scope", app->optional_scope);
    base_jsonw_member_str(&w, "api_version", app->api_version);
    base_jsonw_member_str(&w, "api_url", app->api_url);
    base_jsonw_member_str(&w, "app_url", app->app_url);
    base_jsonw_member_str(&w, "authorize_url", app->authorize_url);
    base_jsonw_member_str(&w, "token_url", app->token_url);
    if (app->issuer[0])
        base_jsonw_member_str(&w, "issuer", app->issuer);
    if (app->previous_version && app->previous_version[0])
        base_jsonw_member_str(&w, "previous_version", app->previous_version);
    if (app->migrating)
        base_jsonw_member_bool(&w, "migrating", true);
    base_jsonw_end(&w);
}

static enum base_status decode_redirects(const struct base_json_value *array,
                                         struct broker_app *app, struct base_error *err)
{
    struct base_json j;
    struct base_json_value v;

    base_json_begin(&j, array->raw);
    (void)base_json_next(&j, NULL);
    while (base_json_next(&j, &v) == BASE_JSON_STRING) {
        if (app->redirect_count == BROKER_APP_REDIRECTS)
            return base_fail(err, BASE_STORAGE, "reading an app", "too many redirect URLs");
        app->redirect_urls[app->redirect_count] = base_json_string_dup(&v);
        if (!app->redirect_urls[app->redirect_count])
            return base_fail_memory(err);
        app->redirect_count++;
    }
    return BASE_OK;
}

enum base_status broker_app_decode(const char *name, struct base_span plain, struct broker_app *ret,
                                   struct base_error *err)
{
    struct base_json_value id, urls, scope, optional, version, api, app_url, authorize, token,
        issuer, previous;
    bool has_issuer = false, has_previous = false, migrating = false;
    const struct base_json_field fields[] = {
        {"client_id", BASE_JSON_WANT_STRING, true, &id, NULL},
        {"redirect_urls", BASE_JSON_WANT_ARRAY, true, &urls, NULL},
        {"scope", BASE_JSON_WANT_STRING, true, &scope, NULL},
        {"optional_scope", BASE_JSON_WANT_STRING, true, &optional, NULL},
        {"api_version", BASE_JSON_WANT_STRING, true, &version, NULL},
        {"api_url", BASE_JSON_WANT_STRING, true, &api, NULL},
        {"app_url", BASE_JSON_WANT_STRING, true, &app_url, NULL},
        {"authorize_url", BASE_JSON_WANT_STRING, true, &authorize, NULL},
        {"token_url", BASE_JSON_WANT_STRING, true, &token, NULL},
        {"issuer", BASE_JSON_WANT_STRING, false, &issuer, &has_issuer},
        {"previous_version", BASE_JSON_WANT_STRING, false, &previous, &has_previous},
        {"migrating", BASE_JSON_WANT_BOOL, false, &migrating, NULL},
    };
    struct broker_app app = {0};
    enum base_status status =
        base_json_decode(plain, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (status) {
        base_error_doing(err, "reading app %s in the vault", name);
        return status;
    }
    app.name = base_mem_strdup(name);
    app.client_id = base_json_string_dup(&id);
    app.scope = base_json_string_dup(&scope);
    app.optional_scope = base_json_string_dup(&optional);
    app.api_version = base_json_string_dup(&version);
    app.api_url = base_json_string_dup(&api);
    app.app_url = base_json_string_dup(&app_url);
    app.authorize_url = base_json_string_dup(&authorize);
    app.token_url = base_json_string_dup(&token);
    app.issuer = has_issuer ? base_json_string_dup(&issuer) : base_mem_strdup("");
    app.previous_version = has_previous ? base_json_string_dup(&previous) : base_mem_strdup("");
    app.migrating = migrating;
    status = decode_redirects(&urls, &app, err);
    if (!status && (!app.name || !app.client_id || !app.scope || !app.optional_scope ||
                    !app.api_version || !app.api_url || !app.app_url || !app.authorize_url ||
                    !app.token_url || !app.issuer || !app.previous_version))
        status = base_fail_memory(err);
    if (status) {
        broker_app_free(&app);
        return status;
    }
    *ret = app;
    return BASE_OK;
}
