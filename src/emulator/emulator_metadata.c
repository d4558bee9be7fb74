#include "emulator_route.h"
#include "emulator_state.h"

#include "base_text.h"

static void member_url(struct base_jsonw *w, const struct emulator_call *call, const char *name,
                       const char *path)
{
    char url[128];
    base_text_format(url, sizeof url, "http://localhost:%u%s", (unsigned)call->emulator->port,
                     path);
    base_jsonw_member_str(w, name, url);
}

static void member_list(struct base_jsonw *w, const char *name, const char *one, const char *two)
{
    base_jsonw_key(w, name);
    base_jsonw_array(w);
    base_jsonw_str(w, one);
    if (two != NULL)
        base_jsonw_str(w, two);
    base_jsonw_end(w);
}

/* RFC 8414, as mcp.hubspot.com publishes it for MCP apps. api.hubapi.com has no such document. */
void emulator_metadata_get(struct emulator_call *call)
{
    struct base_jsonw w;
    emulator_answer_json(call, 200, &w);
    base_jsonw_object(&w);
    member_url(&w, call, "issuer", "");
    member_url(&w, call, "authorization_endpoint", "/oauth/authorize/user");
    member_url(&w, call, "token_endpoint", "/oauth/v3/token");
    member_url(&w, call, "introspection_endpoint", "/oauth/v3/token/introspect");
    member_list(&w, "response_types_supported", "code", NULL);
    member_list(&w, "grant_types_supported", "authorization_code", "refresh_token");
    member_list(&w, "code_challenge_methods_supported", "S256", NULL);
    member_list(&w, "token_endpoint_auth_methods_supported", "client_secret_post", NULL);
    if (call->emulator->config.iss != NULL)
        base_jsonw_member_bool(&w, "authorization_response_iss_parameter_supported", true);
    base_jsonw_end(&w);
}
