#include "hubspot_endpoint.h"

#include "base_url.h"

/* 2027-02-16T00:00:00Z (changelog "v1 OAuth API deprecation", announced 2026-05-12). */
#define V1_ENDS_AT INT64_C(1802736000000)

/* The dated versions differ in nothing but the date. */
#define DATED(date)                                                                                \
    {                                                                                              \
        .version = "" date, .token = "/oauth/" date "/token", .style = HUBSPOT_TOKEN_IN_BODY,      \
        .introspect_access = "/oauth/" date "/token/introspect",                                   \
        .introspect_refresh = "/oauth/" date "/token/introspect",                                  \
        .revoke = "/oauth/" date "/token/revoke", .account = "/account-info/" date "/details",     \
        .contacts = "/crm/objects/" date "/contacts", .objects = "/crm/objects/" date "/",         \
        .properties = "/crm/properties/" date "/",                                                 \
    }

static const struct hubspot_endpoints table[] = {
    {
        .version = "v1",
        .token = "/oauth/v1/token",
        .style = HUBSPOT_TOKEN_IN_PATH,
        .introspect_access = "/oauth/v1/access-tokens/",
        .introspect_refresh = "/oauth/v1/refresh-tokens/",
        .revoke = "/oauth/v1/refresh-tokens/",
        .account = "/account-info/v3/details", /* there is no v1 of it */
        .contacts = "/contacts/v1/lists/all/contacts/all",
        .ends_at = V1_ENDS_AT,
    },
    {
        .version = "v3",
        .token = "/oauth/v3/token",
        .style = HUBSPOT_TOKEN_IN_BODY,
        .introspect_access = "/oauth/v3/token/introspect",
        .introspect_refresh = "/oauth/v3/token/introspect",
        .revoke = "/oauth/v3/token/revoke",
        .account = "/account-info/v3/details",
        .contacts = "/crm/v3/objects/contacts",
        .objects = "/crm/v3/objects/",
        .properties = "/crm/v3/properties/",
    },
    DATED("2026-03"),
    DATED("2026-09"),
};

const struct hubspot_endpoints *hubspot_endpoints_at(size_t i)
{
    return i < sizeof(table) / sizeof(table[0]) ? &table[i] : NULL;
}

const struct hubspot_endpoints *hubspot_endpoints_find(const char *version)
{
    const struct hubspot_endpoints *e;
    for (size_t i = 0; (e = hubspot_endpoints_at(i)) != NULL; i++)
        if (strcmp(e->version, version) == 0)
            return e;
    return NULL;
}

const char *hubspot_endpoints_versions(void)
{
    return "v1, v3, 2026-03, 2026-09";
}

void hubspot_authorize_endpoint(struct base_buf *out, const char *app_url, const char *portal)
{
    struct base_span base = base_span_of(app_url);
    while (base.n > 0 && base.p[base.n - 1] == '/')
        base.n--;
    base_buf_add_span(out, base);
    base_buf_add_str(out, "/oauth/");
    if (portal != NULL) {
        base_url_encode(out, base_span_of(portal));
        base_buf_add_char(out, '/');
    }
    base_buf_add_str(out, "authorize");
}
