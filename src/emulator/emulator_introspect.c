#include "emulator_client.h"
#include "emulator_error.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "crypt_encode.h"
#include "crypt_random.h"

#define USER "person@example.com"
#define HUB_DOMAIN "example.com"

struct info {
    const struct emulator_grant *grant;
    struct base_span token;
    bool refresh; /* it is a refresh token */
    bool v1;
};

static void member_random(struct base_jsonw *w, const char *name, size_t bytes)
{
    unsigned char random[64];
    BASE_CLEANUP(base_buf_free) struct base_buf text;
    base_buf_init(&text, 128);
    crypt_random(random, bytes);
    crypt_base64url(&text, random, bytes);
    base_jsonw_member_span(w, name, base_buf_span(&text));
}

/* Clients have no use for it but must get past it: signatures here are random bytes. */
static void write_signed(const struct emulator_call *call, const struct info *info,
                         struct base_jsonw *w)
{
    const struct emulator_app *app = &call->emulator->apps.items[info->grant->app];
    base_jsonw_key(w, "signed_access_token");
    base_jsonw_object(w);
    base_jsonw_member_int(w, "expiresAt", info->grant->expires_ms);
    member_random(w, "scopes", 12);
    base_jsonw_member_int(w, "hubId", info->grant->portal);
    base_jsonw_member_int(w, "userId", EMULATOR_USER_ID);
    base_jsonw_member_int(w, "appId", app->app_id);
    member_random(w, "signature", 32);
    member_random(w, "scopeToScopeGroupPks", 24);
    member_random(w, "newSignature", 32);
    base_jsonw_member_str(w, "hublet", call->emulator->config.region);
    base_jsonw_member_str(w, "trialScopes", "");
    base_jsonw_member_str(w, "trialScopeToScopeGroupPks", "");
    base_jsonw_member_bool(w, "isUserLevel", app->mcp);
    base_jsonw_member_bool(w, "isPrivateDistribution", true);
    base_jsonw_end(w);
}

static void write_type(const struct info *info, struct base_jsonw *w)
{
    if (info->v1) {
        base_jsonw_member_str(w, "token_type", info->refresh ? "refresh" : "access");
        return;
    }
    base_jsonw_member_str(w, "token_use", info->refresh ? "refresh_token" : "access_token");
    base_jsonw_member_str(w, "token_type", "Bearer");
}

/* Of a token of an app itself. Its answer has not been seen: what would name an account or a user
 * is left out, the rest is as for others. */
static void write_app_level(struct emulator_call *call, const struct info *info)
{
    const struct emulator_app *app = &call->emulator->apps.items[info->grant->app];
    struct base_jsonw w;
    emulator_answer_json(call, 200, &w);
    base_jsonw_object(&w);
    if (!info->v1)
        base_jsonw_member_bool(&w, "active", true);
    base_jsonw_member_span(&w, "token", info->token);
    base_jsonw_member_str(&w, "client_id", app->client_id);
    base_jsonw_member_int(&w, "app_id", app->app_id);
    base_jsonw_key(&w, "scopes");
    emulator_scopes_write(&call->emulator->app_level, info->grant->scopes, &w);
    base_jsonw_member_int(&w, "expires_in", (info->grant->expires_ms - call->now) / 1000);
    base_jsonw_member_str(&w, "token_use", "client_credentials");
    base_jsonw_member_str(&w, "token_type", info->v1 ? "access" : "Bearer");
    base_jsonw_end(&w);
}

static void write_info(struct emulator_call *call, const struct info *info)
{
    const struct emulator_app *app = &call->emulator->apps.items[info->grant->app];
    struct base_jsonw w;
    if (info->grant->portal == 0) {
        write_app_level(call, info);
        return;
    }
    emulator_answer_json(call, 200, &w);
    base_jsonw_object(&w);
    if (!info->v1)
        base_jsonw_member_bool(&w, "active", true);
    base_jsonw_member_span(&w, "token", info->token);
    base_jsonw_member_int(&w, "hub_id", info->grant->portal);
    base_jsonw_member_int(&w, "user_id", EMULATOR_USER_ID);
    if (!info->v1 || info->refresh)
        base_jsonw_member_str(&w, "client_id", app->client_id);
    if (!info->v1 || !info->refresh)
        base_jsonw_member_int(&w, "app_id", app->app_id);
    base_jsonw_member_str(&w, "user", USER);
    base_jsonw_member_str(&w, "hub_domain", HUB_DOMAIN);
    base_jsonw_key(&w, "scopes");
    emulator_scopes_write(&app->scopes, info->grant->scopes, &w);
    if (!info->refresh) {
        write_signed(call, info, &w);
        base_jsonw_member_int(&w, "expires_in", (info->grant->expires_ms - call->now) / 1000);
        base_jsonw_member_bool(&w, "is_private_distribution", true);
    }
    write_type(info, &w);
    base_jsonw_end(&w);
}

/* False when unknown, expired or revoked. */
static bool look_up(const struct emulator_call *call, struct base_span token, struct info *ret)
{
    const struct emulator_store *store = call->emulator->store;
    const struct emulator_grant *grant = emulator_store_find(store, EMULATOR_ACCESS, token);
    bool refresh = grant == NULL;
    if (refresh)
        grant = emulator_store_find(store, EMULATOR_REFRESH, token);
    if (grant == NULL || grant->expires_ms <= call->now ||
        emulator_portal_deleted(&call->emulator->portals, grant->portal))
        return false;
    *ret = (struct info){.grant = grant, .token = token, .refresh = refresh};
    return true;
}

/* The specification has `token`; the guide names the field after the kind of token. */
static struct base_span token_field(const struct emulator_call *call)
{
    static const char *const names[] = {"token", "access_token", "refresh_token"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = serve_form_get(&call->form, names[i]);
        if (value != NULL)
            return base_span_of(value);
    }
    return BASE_SPAN_NONE;
}

void emulator_introspect_post(struct emulator_call *call)
{
    int app;
    struct info info;
    emulator_call_form(call);
    if (!emulator_client_check(call, &app))
        return;
    call->emulator->stats.introspected++;
    if (look_up(call, token_field(call), &info) && info.grant->app == app) {
        write_info(call, &info);
        return;
    }
    struct base_jsonw w;
    emulator_answer_json(call, 200, &w);
    base_jsonw_object(&w);
    base_jsonw_member_bool(&w, "active", false);
    base_jsonw_end(&w);
}

/* 200 without a body whatever the token is (RFC 7009 section 2.2). Of a refresh token the access
 * tokens live on. */
void emulator_revoke_post(struct emulator_call *call)
{
    struct emulator *e = call->emulator;
    int app;
    struct info info;
    emulator_call_form(call);
    if (!emulator_client_check(call, &app))
        return;
    if (look_up(call, token_field(call), &info) && info.grant->app == app) {
        e->stats.revoked++;
        if (info.refresh)
            emulator_store_spend(e->store, EMULATOR_REFRESH, info.token);
        else
            emulator_store_remove(e->store, EMULATOR_ACCESS, info.token);
    }
    emulator_answer_empty(call, 200);
}

/* ---------------------------------------------------------------- the v1 twins: the token is in
 * the path */

static void unknown_v1(struct emulator_call *call)
{
    emulator_error_plain(call, 404, "resource not found", NULL);
    call->answer.extra[0] = "x-hubspot-notfound";
    call->answer.extra[1] = "true";
}

static void info_v1(struct emulator_call *call, bool refresh)
{
    struct info info;
    BASE_CLEANUP(base_buf_free) struct base_buf token;
    base_buf_init_sensitive(&token, 2 * EMULATOR_TOKEN_SIZE_MAX);
    if (!serve_path_decode(call->params[0], &token) ||
        !look_up(call, base_buf_span(&token), &info) || info.refresh != refresh) {
        unknown_v1(call);
        return;
    }
    info.v1 = true;
    call->emulator->stats.introspected++;
    write_info(call, &info);
}

void emulator_introspect_access_v1(struct emulator_call *call)
{
    info_v1(call, false);
}

void emulator_introspect_refresh_v1(struct emulator_call *call)
{
    info_v1(call, true);
}

void emulator_revoke_refresh_v1(struct emulator_call *call)
{
    BASE_CLEANUP(base_buf_free) struct base_buf token;
    base_buf_init_sensitive(&token, 2 * EMULATOR_TOKEN_SIZE_MAX);
    if (!serve_path_decode(call->params[0], &token) ||
        !emulator_store_spend(call->emulator->store, EMULATOR_REFRESH, base_buf_span(&token))) {
        unknown_v1(call);
        return;
    }
    call->emulator->stats.revoked++;
    emulator_answer_empty(call, 204);
}
