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

enum base_status emulator_apps_init(struct emulator_apps *apps,
                                    const struct emulator_config *config, struct base_error *err)
{
    struct emulator_apps made = {
        .items = {{"Emulated app", config->client_id, config->client_secret, 1000001},
                  {"Second emulated app", EMULATOR_SECOND_CLIENT_ID, EMULATOR_SECOND_CLIENT_SECRET,
                   1000002}},
    };
    const char *const *urls = config->redirect_urls.items;
    size_t count = config->redirect_urls.count;
    if (count == 0) {
        urls = default_redirects;
        count = sizeof default_redirects / sizeof default_redirects[0];
    }
    for (size_t i = 0; i < count && i < EMULATOR_REDIRECTS_MAX; i++) {
        const char *fault = emulator_redirect_fault(urls[i]);
        if (fault != NULL)
            return base_fail(err, BASE_USAGE, "registering the redirect URL", "%s: %s", urls[i],
                             fault);
        made.redirects[made.redirect_count++] = urls[i];
    }
    enum base_status st = emulator_scopes_init(&made.scopes, config->scopes,
                                               config->optional_scopes, config->account_lacks, err);
    if (st == BASE_OK)
        *apps = made;
    return st;
}

void emulator_apps_done(struct emulator_apps *apps)
{
    emulator_scopes_done(&apps->scopes);
}

int emulator_apps_find(const struct emulator_apps *apps, const char *client_id)
{
    for (int i = 0; client_id != NULL && i < EMULATOR_APPS; i++)
        if (strcmp(apps->items[i].client_id, client_id) == 0)
            return i;
    return -1;
}

int emulator_apps_redirect(const struct emulator_apps *apps, const char *url)
{
    for (unsigned i = 0; i < apps->redirect_count; i++)
        if (strcmp(apps->redirects[i], url) == 0)
            return (int)i;
    return -1;
}
