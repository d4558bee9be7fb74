#include "emulator_app.h"

#include "base_url.h"

static const char *const default_redirects[] = {
    "http://localhost:8976/callback", "http://localhost:8977/callback",
    "http://localhost:8978/callback", "http://localhost:8979/callback",
    "http://localhost:8980/callback", "http://localhost:8981/callback",
    "http://localhost:8982/callback", "http://localhost:8983/callback",
    "http://localhost:8984/callback", "http://localhost:8985/callback",
};

static bool is_ip_address(struct base_span host)
{
    bool digits_and_dots = host.n > 0;
    for (size_t i = 0; i < host.n; i++) {
        if (host.p[i] == ':') /* only IPv6 has one */
            return true;
        if ((host.p[i] < '0' || host.p[i] > '9') && host.p[i] != '.')
            digits_and_dots = false;
    }
    return digits_and_dots;
}

/* The host goes into a Content-Security-Policy, so nothing but a domain name may pass. */
static bool is_domain_name(struct base_span host)
{
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '.' || c == '_';
        if (!good)
            return false;
    }
    return host.n > 0;
}

const char *emulator_redirect_fault(const char *url)
{
    struct base_url parts;
    if (base_url_parse(base_span_of(url), &parts, NULL) != BASE_OK)
        return "The redirect URL is not an absolute http or https URL.";
    if (is_ip_address(parts.host))
        return "The redirect URL must have a domain name: an IP address such as 127.0.0.1 is not "
               "allowed. Use localhost.";
    if (!is_domain_name(parts.host))
        return "The host of the redirect URL is not a domain name.";
    if (base_span_is_nocase(parts.scheme, "http") && !base_span_is(parts.host, "localhost"))
        return "The redirect URL must use https. Only localhost may use http.";
    return NULL;
}

static bool dup_to(char **ret, const char *text)
{
    *ret = base_span_dup(base_span_of(text));
    return *ret != NULL;
}

static void app_done(struct emulator_app *app)
{
    base_mem_free(app->name);
    base_mem_free(app->client_id);
    base_mem_free(app->client_secret);
    for (unsigned i = 0; i < app->redirect_count; i++)
        base_mem_free(app->redirects[i]);
    emulator_scopes_done(&app->scopes);
    *app = (struct emulator_app){0};
}

static enum base_status register_urls(struct emulator_app *app,
                                      const struct emulator_app_spec *spec, struct base_error *err)
{
    if (spec->redirect_count == 0 || spec->redirect_count > EMULATOR_REDIRECTS_MAX)
        return base_fail(err, BASE_USAGE, "registering the redirect URLs",
                         "app %s has %zu of them: 1 to %d are possible", spec->name,
                         spec->redirect_count, EMULATOR_REDIRECTS_MAX);
    for (size_t i = 0; i < spec->redirect_count; i++) {
        const char *fault = emulator_redirect_fault(spec->redirects[i]);
        if (fault != NULL)
            return base_fail(err, BASE_USAGE, "registering the redirect URL", "%s: %s",
                             spec->redirects[i], fault);
        if (!dup_to(&app->redirects[app->redirect_count], spec->redirects[i]))
            return base_fail_memory(err);
        app->redirect_count++;
    }
    return BASE_OK;
}

static enum base_status fill(struct emulator_app *app, const struct emulator_app_spec *spec,
                             struct base_error *err)
{
    app->app_id = spec->app_id;
    app->mcp = spec->mcp;
    if (!dup_to(&app->name, spec->name) || !dup_to(&app->client_id, spec->client_id) ||
        !dup_to(&app->client_secret, spec->client_secret))
        return base_fail_memory(err);
    enum base_status st = register_urls(app, spec, err);
    if (st == BASE_OK)
        st = emulator_scopes_init(&app->scopes, spec->required, spec->conditional, spec->optional,
                                  err);
    return st;
}

enum base_status emulator_apps_add(struct emulator_apps *apps, const struct emulator_app_spec *spec,
                                   struct base_error *err)
{
    if (apps->count == EMULATOR_APPS_MAX)
        return base_fail(err, BASE_USAGE, "defining an app", "more than %d apps",
                         EMULATOR_APPS_MAX);
    if (emulator_apps_find(apps, spec->client_id) >= 0)
        return base_fail(err, BASE_USAGE, "defining an app", "two apps have the client ID %s",
                         spec->client_id);
    struct emulator_app made = {0};
    enum base_status st = fill(&made, spec, err);
    if (st == BASE_OK)
        apps->items[apps->count++] = made;
    else
        app_done(&made);
    return st;
}

static enum base_status add_built_in(struct emulator_apps *apps,
                                     const struct emulator_config *config, struct base_error *err)
{
    const struct base_opt_list *urls = &config->redirect_urls;
    bool own = urls->count > 0;
    struct emulator_app_spec spec = {
        .redirects = own ? urls->items : default_redirects,
        .redirect_count =
            own ? urls->count : sizeof default_redirects / sizeof default_redirects[0],
        .required = config->scopes,
        .conditional = config->conditional_scopes,
        .optional = config->optional_scopes,
    };
    spec.name = "Emulated app";
    spec.client_id = config->client_id;
    spec.client_secret = config->client_secret;
    spec.app_id = EMULATOR_FIRST_APP_ID;
    enum base_status st = emulator_apps_add(apps, &spec, err);
    spec.name = "Second emulated app";
    spec.client_id = EMULATOR_SECOND_CLIENT_ID;
    spec.client_secret = EMULATOR_SECOND_CLIENT_SECRET;
    spec.app_id = EMULATOR_FIRST_APP_ID + 1;
    if (st == BASE_OK)
        st = emulator_apps_add(apps, &spec, err);
    spec.name = "Emulated MCP app";
    spec.client_id = EMULATOR_MCP_CLIENT_ID;
    spec.client_secret = EMULATOR_MCP_CLIENT_SECRET;
    spec.app_id = EMULATOR_FIRST_APP_ID + 2;
    spec.mcp = true;
    if (st == BASE_OK)
        st = emulator_apps_add(apps, &spec, err);
    return st;
}

enum base_status emulator_apps_init(struct emulator_apps *apps,
                                    const struct emulator_config *config, struct base_error *err)
{
    struct emulator_apps made = {0};
    enum base_status st = add_built_in(&made, config, err);
    for (size_t i = 0; st == BASE_OK && i < config->app_files.count; i++)
        st = emulator_app_file_add(&made, config->app_files.items[i], err);
    if (st == BASE_OK)
        *apps = made;
    else
        emulator_apps_done(&made);
    return st;
}

void emulator_apps_done(struct emulator_apps *apps)
{
    for (int i = 0; i < apps->count; i++)
        app_done(&apps->items[i]);
    apps->count = 0;
}

int emulator_apps_find(const struct emulator_apps *apps, const char *client_id)
{
    struct base_span wanted = base_span_of(client_id);
    for (int i = 0; client_id != NULL && i < apps->count; i++)
        if (base_span_is(wanted, apps->items[i].client_id))
            return i;
    return -1;
}

int emulator_app_redirect(const struct emulator_app *app, const char *url)
{
    for (unsigned i = 0; i < app->redirect_count; i++)
        if (strcmp(app->redirects[i], url) == 0)
            return (int)i;
    return -1;
}
