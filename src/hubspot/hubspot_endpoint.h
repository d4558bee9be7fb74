/* HubSpot's API versions as data: which paths each of them has. OAuth v1 is switched off on
 * 2027-02-16. */
#ifndef HUBSPOT_ENDPOINT_H
#define HUBSPOT_ENDPOINT_H

#include "base_buf.h"

#define HUBSPOT_API_URL "https://api.hubapi.com"
#define HUBSPOT_APP_URL "https://app.hubspot.com"
#define HUBSPOT_DEFAULT_VERSION "2026-03"
#define HUBSPOT_OAUTH_V1_ENDS "2027-02-16"

enum hubspot_token_style {
    HUBSPOT_TOKEN_IN_PATH, /* v1: GET/DELETE …/{token}: the token travels in the URL */
    HUBSPOT_TOKEN_IN_BODY, /* v3 and dated: POST with a form */
};

struct hubspot_endpoints {
    const char *version; /* "v1", "v3", "2026-03", "2026-09" */
    const char *token;   /* POST */
    enum hubspot_token_style style;
    const char *introspect_access; /* path, or prefix of it for TOKEN_IN_PATH */
    const char *introspect_refresh;
    const char *revoke;
    const char *account;  /* GET account-info details, scope oauth */
    const char *contacts; /* GET list */
    /* GET list and more, the type follows; NULL in v1, which has contacts alone. */
    const char *objects;
    const char *properties; /* GET definitions, the type follows; NULL in v1 */
    int64_t ends_at;        /* Unix ms when the OAuth paths stop working; 0: no date known */
};

/* NULL when there is no such version. */
const struct hubspot_endpoints *hubspot_endpoints_find(const char *version);
/* The i-th of all, NULL past the end: for help texts and tests. */
const struct hubspot_endpoints *hubspot_endpoints_at(size_t i);
/* "v1, v3, 2026-03, 2026-09" */
const char *hubspot_endpoints_versions(void);
/* app_url + "/oauth/authorize", or "/oauth/{portal}/authorize" when portal is not NULL. */
void hubspot_authorize_endpoint(struct base_buf *out, const char *app_url, const char *portal);

#endif
