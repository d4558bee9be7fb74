#include "cli_app.h"

#include "cli_secret.h"
#include "hubspot_client.h"
#include "hubspot_scope.h"

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

/* ------------------------------------------------------------------ what the options say */

enum base_status cli_app_take_text(struct cli *c, const char *what, const char *given, char **ret,
                                   struct base_error *err)
{
    struct base_span text = hubspot_client_trim(base_span_of(given));

    if (!given)
        return BASE_OK;
    if (text.n != strlen(given))
        cli_say(c, "hubauth: left out the blanks or quotes around the %s", what);
    *ret = base_span_dup(text);
    return *ret ? BASE_OK : base_fail_memory(err);
}

static enum base_status take_scopes(const char *given, char **ret, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf list = {0};
    enum base_status status;

    if (!given)
        return BASE_OK;
    base_buf_init(&list, 64u << 10);
    status = hubspot_scope_normalise(hubspot_client_trim(base_span_of(given)), &list, err);
    if (status == BASE_INVALID)
        return base_error_as(err, BASE_USAGE);
    *ret = status ? NULL : base_buf_steal(&list);
    return status || *ret ? status : base_fail_memory(err);
}

static enum base_status take_redirects(struct cli *c, const struct base_opt_list *urls,
                                       struct broker_app *app, struct base_error *err)
{
    enum base_status status = BASE_OK;

    for (size_t i = 0; !status && i < urls->count && i < BROKER_APP_REDIRECTS; i++) {
        status = cli_app_take_text(c, "redirect URL", urls->items[i],
                                   &app->redirect_urls[app->redirect_count], err);
        app->redirect_count += !status;
    }
    return status;
}

static enum base_status take_secret(struct cli *c, const char *file, bool other_server,
                                    struct broker_app *app, struct base_error *err)
{
    struct crypt_secret *read;
    struct base_span text;
    enum base_status status;

    if (!file)
        return BASE_OK;
    status = cli_secret_read(c, file, "client secret", &read, err);
    if (status)
        return status;
    text = hubspot_client_trim(crypt_secret_span(read));
    if (other_server || text.n == crypt_secret_length(read)) {
        app->client_secret = read; /* another server's secret may begin with a quote */
        return BASE_OK;
    }
    cli_say(c, "hubauth: left out the blanks or quotes around the client secret");
    app->client_secret = crypt_secret_from(text.p, text.n);
    crypt_secret_free(read);
    return app->client_secret ? BASE_OK : base_fail_memory(err);
}

enum base_status cli_app_take(struct cli *c, const struct cli_app_options *o, bool other_server,
                              struct broker_app *app, struct base_error *err)
{
    const struct {
        const char *what, *given;
        char **to;
    } texts[] = {
        {"client id", o->client_id, &app->client_id},
        {"API version", o->api_version, &app->api_version},
        {"API's URL", o->api_url, &app->api_url},
        {"consent page's URL", o->app_url, &app->app_url},
        {"authorization endpoint", o->authorize_url, &app->authorize_url},
        {"token endpoint", o->token_url, &app->token_url},
        {"issuer", o->issuer, &app->issuer},
    };
    enum base_status status = BASE_OK;

    for (size_t i = 0; !status && i < sizeof(texts) / sizeof(texts[0]); i++)
        status = cli_app_take_text(c, texts[i].what, texts[i].given, texts[i].to, err);
    if (status || (status = take_secret(c, o->secret_file, other_server, app, err)) ||
        (status = take_redirects(c, &o->redirect_urls, app, err)) ||
        (status = take_scopes(o->scope, &app->scope, err)))
        return status;
    return take_scopes(o->optional_scope, &app->optional_scope, err);
}
