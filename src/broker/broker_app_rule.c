#include "broker_app_rule.h"

#include "base_buf.h"
#include "base_url.h"
#include "hubspot_client.h"
#include "hubspot_endpoint.h"
#include "hubspot_redirect.h"
#include "hubspot_scope.h"
#include "hubspot_scope_known.h"

#include <stdarg.h>

#define DOING "adding an app"
#define NAME_MAX_LENGTH 64
#define SCOPES_MAX (64u << 10)

/* ------------------------------------------------------------------ what a record needs */

static bool is_name(struct base_span name)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    for (size_t i = 0; i < name.n; i++) {
        if (!memchr(good, name.p[i], sizeof(good) - 1))
            return false;
    }
    return name.n > 0 && name.n <= NAME_MAX_LENGTH && name.p[0] != '.' && name.p[0] != '-';
}

bool broker_app_rule_is_name(const char *name)
{
    return is_name(base_span_of(name));
}

bool broker_app_rule_is_account(const char *name)
{
    struct base_span account = base_span_of(name);
    struct base_span app = base_span_cut(&account, '/');

    return is_name(app) && is_name(account);
}

static enum base_status check_name(const struct broker_app *app, struct base_error *err)
{
    if (!broker_app_rule_is_name(app->name))
        return base_fail(err, BASE_USAGE, DOING,
                         "a name has 1 to 64 letters, digits, '.', '_' or '-', and does not begin "
                         "with '.' or '-'");
    return BASE_OK;
}

static enum base_status check_visible(const char *what, const char *value, struct base_error *err)
{
    size_t n = strlen(value);

    for (size_t i = 0; i < n; i++) {
        if (value[i] <= ' ' || value[i] > '~')
            return base_fail(err, BASE_USAGE, DOING,
                             "the %s has a character that is not visible ASCII at position %zu",
                             what, i + 1);
    }
    if (n == 0 || n > 512)
        return base_fail(err, BASE_USAGE, DOING, "the %s is %s", what,
                         n ? "longer than 512 characters" : "empty");
    return BASE_OK;
}

static enum base_status check_url(const char *option, const char *value, struct base_error *err)
{
    struct base_url url;
    enum base_status status;

    if (!value[0])
        return BASE_OK;
    status = base_url_parse(base_span_of(value), &url, err);
    if (status) {
        base_error_doing(err, DOING ": reading %s", option);
        return base_error_as(err, BASE_USAGE);
    }
    if (!base_url_is_safe(&url))
        return base_fail(err, BASE_USAGE, DOING,
                         "%s must begin with https://; plain http is for this machine alone",
                         option);
    return BASE_OK;
}

static enum base_status check_redirect(const struct broker_app *app, const char *url,
                                       struct base_error *err)
{
    /* Another OAuth server has its own rules: RFC 8252 even asks for 127.0.0.1. */
    if (app->authorize_url[0])
        return check_url("--redirect-url", url, err);
    return hubspot_redirect_check(base_span_of(url), err);
}

static enum base_status check_redirects(const struct broker_app *app, struct base_error *err)
{
    if (app->redirect_count == 0)
        return base_fail(err, BASE_USAGE, DOING, "at least one --redirect-url is needed");
    for (size_t i = 0; i < app->redirect_count; i++) {
        enum base_status status = check_redirect(app, app->redirect_urls[i], err);

        if (status)
            return status;
    }
    return BASE_OK;
}

static enum base_status check_endpoints(const struct broker_app *app, struct base_error *err)
{
    enum base_status status;

    if (!hubspot_endpoints_find(app->api_version)) {
        base_fail(err, BASE_USAGE, DOING, "there is no API version \"%s\"", app->api_version);
        base_error_hint(err, "one of %s", hubspot_endpoints_versions());
        return BASE_USAGE;
    }
    if (!app->authorize_url[0] != !app->token_url[0])
        return base_fail(err, BASE_USAGE, DOING,
                         "--authorize-url and --token-url come together or not at all");
    if ((status = check_url("--api-url", app->api_url, err)) ||
        (status = check_url("--app-url", app->app_url, err)) ||
        (status = check_url("--authorize-url", app->authorize_url, err)))
        return status;
    return check_url("--token-url", app->token_url, err);
}

/* RFC 8414 section 2: https, neither query nor fragment. */
static enum base_status check_issuer(const struct broker_app *app, struct base_error *err)
{
    enum base_status status = check_url("--issuer", app->issuer, err);

    if (!status && strchr(app->issuer, '?'))
        return base_fail(err, BASE_USAGE, DOING, "--issuer must have no query (?…)");
    return status;
}

static enum base_status check_scopes(const struct broker_app *app, struct base_error *err)
{
    const char *lists[] = {app->scope, app->optional_scope};

    for (size_t i = 0; i < 2; i++) {
        BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
        enum base_status status;

        base_buf_init(&out, SCOPES_MAX);
        status = hubspot_scope_normalise(base_span_of(lists[i]), &out, err);
        if (status)
            return status == BASE_INVALID ? base_error_as(err, BASE_USAGE) : status;
    }
    return BASE_OK;
}

static enum base_status check_client_id(const struct broker_app *app, struct base_error *err)
{
    return check_visible("client id", app->client_id, err);
}

static enum base_status check_servers(const struct broker_app *app, struct base_error *err)
{
    enum base_status status = check_endpoints(app, err);

    return status ? status : check_issuer(app, err);
}

enum base_status broker_app_rule_check(const struct broker_app *app, struct base_error *err)
{
    enum base_status status;

    if ((status = check_name(app, err)) || (status = check_client_id(app, err)) ||
        (status = check_redirects(app, err)) || (status = check_servers(app, err)))
        return status;
    return check_scopes(app, err);
}

/* ------------------------------------------------------------------ what a person enters */

static void advise(const struct broker_app_advice *advice, const char *format, ...)
    BASE_PRINTF(2, 3);

static void advise(const struct broker_app_advice *advice, const char *format, ...)
{
    char text[512];
    va_list args;

    if (!advice)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    advice->fn(advice->arg, text);
}

/* Scopes and redirect URLs follow HubSpot's rules, at HubSpot or at what stands in for it. */
static bool is_hubspot(const struct broker_app *app)
{
    return !app->authorize_url[0];
}

/* Another server's ids and secrets may have any form, those of a stand-in for HubSpot too. */
static bool is_hubspot_itself(const struct broker_app *app)
{
    return is_hubspot(app) && strcmp(app->api_url, HUBSPOT_API_URL) == 0;
}

static enum base_status form_client_id(const struct broker_app *app,
                                       const struct broker_app_advice *advice,
                                       struct base_error *err)
{
    enum base_status status = check_client_id(app, err);

    if (status || !is_hubspot(app) || hubspot_client_is_uuid(base_span_of(app->client_id)))
        return status;
    if (!is_hubspot_itself(app)) {
        advise(advice, "the client id is no UUID, as HubSpot's are");
        return BASE_OK;
    }
    base_fail(err, BASE_USAGE, DOING,
              "\"%s\" is no client id of HubSpot's: these are 8-4-4-4-12 hexadecimal digits",
              app->client_id);
    base_error_hint(err,
                    "it stands on the app's Auth page in HubSpot; the app id is another number");
    return BASE_USAGE;
}

static enum base_status form_client_secret(const struct broker_app *app,
                                           const struct broker_app_advice *advice,
                                           struct base_error *err)
{
    struct base_span secret = crypt_secret_span(app->client_secret);

    if (hubspot_client_trim(secret).n != secret.n)
        advise(advice, "the client secret begins or ends with a blank or a quote");
    if (!is_hubspot(app) || hubspot_client_is_uuid(secret))
        return BASE_OK;
    if (!is_hubspot_itself(app)) {
        advise(advice, "the client secret is no UUID, as HubSpot's are");
        return BASE_OK;
    }
    base_fail(err, BASE_USAGE, DOING,
              "the client secret (%zu characters) is none of HubSpot's: these are 8-4-4-4-12 "
              "hexadecimal digits",
              secret.n);
    base_error_hint(err, "it stands beside the client id on the app's Auth page in HubSpot, behind "
                         "Show");
    return BASE_USAGE;
}

static enum base_status form_redirects(const struct broker_app *app,
                                       const struct broker_app_advice *advice,
                                       struct base_error *err)
{
    enum base_status status = check_redirects(app, err);

    for (size_t i = 0; !status && i < app->redirect_count; i++) {
        struct base_url url;

        if (base_url_parse(base_span_of(app->redirect_urls[i]), &url, NULL))
            continue;
        if (!base_url_is_loopback(url.host))
            advise(advice, "%s does not lead to this machine: use `hubauth login --paste`",
                   app->redirect_urls[i]);
        else if (!url.port_given)
            advise(advice,
                   "%s has no port, and port %u is open to root alone; register one with a port, "
                   "such as " BROKER_APP_USUAL_REDIRECT,
                   app->redirect_urls[i], url.port);
    }
    return status;
}

static void advise_scope(const struct broker_app_advice *advice, const char *name)
{
    const char *near;

    if (hubspot_scope_known_has(name))
        return;
    near = hubspot_scope_known_nearest(name);
    if (near)
        advise(advice, "HubSpot has no scope \"%s\" that is known here: perhaps %s is meant", name,
               near);
    else
        advise(advice, "HubSpot has no scope \"%s\" that is known here", name);
}

static enum base_status advise_scopes(const struct broker_app_advice *advice, const char *list,
                                      struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf names = {0};
    enum base_status status;

    base_buf_init(&names, SCOPES_MAX);
    status = hubspot_scope_normalise(base_span_of(list), &names, err);
    for (struct base_span rest = base_buf_span(&names); !status && rest.n > 0;) {
        BASE_CLEANUP(base_mem_cleanup) char *name = base_span_dup(base_span_cut(&rest, ' '));

        if (!name)
            return base_fail_memory(err);
        advise_scope(advice, name);
    }
    return status;
}

static enum base_status form_scopes(const struct broker_app *app,
                                    const struct broker_app_advice *advice, struct base_error *err)
{
    enum base_status status = check_scopes(app, err);

    if (status || !is_hubspot(app))
        return status;
    if (!hubspot_scope_has(base_span_of(app->scope), BASE_SPAN("oauth")))
        advise(advice, "the scope \"oauth\" is missing: HubSpot requires it of new apps");
    status = advise_scopes(advice, app->scope, err);
    return status ? status : advise_scopes(advice, app->optional_scope, err);
}

static enum base_status form_name(const struct broker_app *app,
                                  const struct broker_app_advice *advice, struct base_error *err)
{
    (void)advice;
    return check_name(app, err);
}

static enum base_status form_servers(const struct broker_app *app,
                                     const struct broker_app_advice *advice, struct base_error *err)
{
    (void)advice;
    return check_servers(app, err);
}

enum base_status broker_app_rule_form(const struct broker_app *app, enum broker_app_field field,
                                      const struct broker_app_advice *advice,
                                      struct base_error *err)
{
    static enum base_status (*const forms[])(
        const struct broker_app *, const struct broker_app_advice *, struct base_error *) = {
        [BROKER_APP_NAME] = form_name,
        [BROKER_APP_SERVERS] = form_servers,
        [BROKER_APP_CLIENT_ID] = form_client_id,
        [BROKER_APP_CLIENT_SECRET] = form_client_secret,
        [BROKER_APP_REDIRECT_URLS] = form_redirects,
        [BROKER_APP_SCOPES] = form_scopes,
    };

    return forms[field](app, advice, err);
}

enum base_status broker_app_rule_forms(const struct broker_app *app,
                                       const struct broker_app_advice *advice,
                                       struct base_error *err)
{
    enum base_status status = BASE_OK;

    for (int field = 0; !status && field < BROKER_APP_FIELDS; field++)
        status = broker_app_rule_form(app, (enum broker_app_field)field, advice, err);
    return status;
}
