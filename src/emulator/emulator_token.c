#include "emulator_client.h"
#include "emulator_error.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "base_text.h"
#include "crypt_encode.h"
#include "crypt_hash.h"
#include "crypt_random.h"
#include "crypt_secret.h"

/* Without --token-size the length varies, as HubSpot's does. */
#define TOKEN_SIZE_FROM 300u
#define TOKEN_SIZE_SPREAD 301u
#define REFRESH_TOKEN_SIZE 64

/* ---------------------------------------------------------------- making tokens */

/* base64url of a binary blob whose first byte is a protobuf tag: it starts with "C". */
static void make_access_token(const struct emulator *e, struct base_buf *out)
{
    size_t size = e->config.token_size > 0
                      ? (size_t)e->config.token_size
                      : TOKEN_SIZE_FROM + crypt_random_below(TOKEN_SIZE_SPREAD);
    size_t bytes = size / 4 * 3 + 3;
    BASE_CLEANUP(base_buf_free) struct base_buf blob;
    base_buf_init_sensitive(&blob, bytes + 1);
    char *room = base_buf_reserve(&blob, bytes);
    if (room == NULL) {
        out->status = BASE_NO_MEMORY;
        return;
    }
    crypt_random(room, bytes);
    room[0] = 0x08;
    base_buf_commit(&blob, bytes);
    crypt_base64url(out, blob.p, blob.n);
    if (base_buf_status(out) == BASE_OK)
        out->n = size;
}

static void make_refresh_token(const struct emulator *e, char out[REFRESH_TOKEN_SIZE])
{
    char id[37];
    emulator_uuid4(id);
    base_text_format(out, REFRESH_TOKEN_SIZE, "%s-%s", e->config.region, id);
}

static void write_tokens(struct emulator_call *call, const struct emulator_grant *grant,
                         struct base_span access_token, const char *refresh_token)
{
    const struct emulator_app *app = &call->emulator->apps.items[grant->app];
    struct base_jsonw w;
    emulator_answer_json(call, 200, &w);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "token_type", "bearer"); /* lower case here, upper in introspection */
    base_jsonw_member_str(&w, "refresh_token", refresh_token);
    base_jsonw_member_span(&w, "access_token", access_token);
    base_jsonw_member_int(&w, "hub_id", grant->portal);
    base_jsonw_key(&w, "scopes");
    emulator_scopes_write(&app->scopes, grant->scopes, &w);
    base_jsonw_member_int(&w, "expires_in", call->emulator->config.token_lifetime_s);
    base_jsonw_member_str(&w, "token_use", "access_token");
    if (app->mcp)
        base_jsonw_member_int(&w, "user_id", EMULATOR_USER_ID);
    base_jsonw_end(&w);
}

/* A new access token of `from`, and `refresh_token` remembered when it is new. Earlier access
 * tokens live on. */
static bool issue(struct emulator_call *call, const struct emulator_grant *from,
                  const char *refresh_token, bool refresh_token_is_new)
{
    struct emulator *e = call->emulator;
    struct emulator_grant access = *from, refresh = *from;
    access.kind = EMULATOR_ACCESS;
    access.issued_ms = refresh.issued_ms = call->now;
    access.expires_ms = call->now + e->config.token_lifetime_s * 1000;
    refresh.kind = EMULATOR_REFRESH;
    refresh.expires_ms = INT64_MAX;

    BASE_CLEANUP(base_buf_free) struct base_buf token;
    base_buf_init_sensitive(&token, 2 * EMULATOR_TOKEN_SIZE_MAX);
    make_access_token(e, &token);
    if (base_buf_status(&token) != BASE_OK ||
        emulator_store_put(e->store, base_buf_span(&token), &access) != BASE_OK ||
        (refresh_token_is_new &&
         emulator_store_put(e->store, base_span_of(refresh_token), &refresh) != BASE_OK)) {
        emulator_error_page(call, 503);
        return false;
    }
    write_tokens(call, from, base_buf_span(&token), refresh_token);
    return true;
}

/* ---------------------------------------------------------------- authorization_code */

/* RFC 7636 section 4.6. */
static bool verifier_fits(const struct emulator_grant *code, const char *verifier)
{
    unsigned char hash[CRYPT_SHA256_BYTES];
    if (code->challenge[0] == '\0')
        return true;
    if (verifier == NULL)
        return false;
    BASE_CLEANUP(base_buf_free) struct base_buf challenge;
    base_buf_init(&challenge, 64);
    crypt_sha256(hash, base_span_of(verifier));
    crypt_base64url(&challenge, hash, sizeof hash);
    return base_span_is(base_buf_span(&challenge), code->challenge);
}

/* False when the code is in order; else *ret says what is wrong. A code that fails stays as it was.
 */
static bool code_is_wrong(const struct emulator_call *call, int app, const char *text,
                          enum emulator_oauth_error *ret)
{
    struct emulator *e = call->emulator;
    const char *redirect_uri = emulator_client_parameter(call, "redirect_uri");
    int redirect =
        redirect_uri != NULL ? emulator_app_redirect(&e->apps.items[app], redirect_uri) : -1;
    const struct emulator_grant *code =
        text != NULL ? emulator_store_find(e->store, EMULATOR_CODE, base_span_of(text)) : NULL;
    if (redirect < 0)
        *ret = EMULATOR_BAD_REDIRECT_URI;
    else if (code == NULL || code->app != app)
        *ret = EMULATOR_BAD_AUTH_CODE;
    else if (code->expires_ms <= call->now)
        *ret = EMULATOR_EXPIRED_AUTH_CODE;
    else if (code->redirect != redirect)
        *ret = EMULATOR_MISMATCH_REDIRECT_URI_AUTH_CODE;
    else if (!verifier_fits(code, emulator_client_parameter(call, "code_verifier")))
        *ret = EMULATOR_BAD_CODE_VERIFIER;
    else
        return false;
    return true;
}

/* What was used up is in the hands of two: one of them stole it, and nobody can say which (RFC 6749
 * section 4.1.2, RFC 9700 section 4.14.2). */
static void notice_replay(struct emulator *e, int app, struct base_span token, int64_t *counter)
{
    const struct emulator_grant *spent = emulator_store_find(e->store, EMULATOR_SPENT, token);
    if (spent == NULL)
        return;
    (*counter)++;
    struct emulator_match family = {.kinds = 1u << EMULATOR_ACCESS | 1u << EMULATOR_REFRESH,
                                    .app = app,
                                    .family = spent->family};
    if (e->config.replay_detection && spent->app == app)
        emulator_store_forget(e->store, &family);
}

static bool exchange_code(struct emulator_call *call)
{
    struct emulator *e = call->emulator;
    int app;
    enum emulator_oauth_error error;
    const char *text = emulator_client_parameter(call, "code");
    if (!emulator_client_check(call, &app))
        return false;
    if (code_is_wrong(call, app, text, &error)) {
        if (text != NULL)
            notice_replay(e, app, base_span_of(text), &e->stats.code_replayed);
        emulator_error_oauth(call, error, NULL);
        return false;
    }
    struct base_span key = base_span_of(text);
    struct emulator_grant grant = *emulator_store_find(e->store, EMULATOR_CODE, key);
    emulator_store_spend(e->store, EMULATOR_CODE, key);
    if (e->config.reconsent_ends_old)
        emulator_store_forget(e->store, &(struct emulator_match){.kinds = 1u << EMULATOR_REFRESH,
                                                                 .app = app,
                                                                 .portal = grant.portal});
    char refresh_token[REFRESH_TOKEN_SIZE];
    make_refresh_token(e, refresh_token);
    bool ok = issue(call, &grant, refresh_token, true);
    crypt_wipe(refresh_token, sizeof refresh_token);
    return ok;
}

/* ---------------------------------------------------------------- refresh_token */

static bool refresh_rotating(struct emulator_call *call, struct base_span used,
                             const struct emulator_grant *grant)
{
    struct emulator *e = call->emulator;
    struct emulator_grant next = *grant;
    char refresh_token[REFRESH_TOKEN_SIZE];
    next.turn++;
    make_refresh_token(e, refresh_token);
    bool ok = issue(call, &next, refresh_token, true);
    if (ok && e->config.rotation_grace)
        emulator_store_spend_before(e->store, grant->family, grant->turn);
    else if (ok)
        emulator_store_spend(e->store, EMULATOR_REFRESH, used);
    crypt_wipe(refresh_token, sizeof refresh_token);
    return ok;
}

static bool refresh(struct emulator_call *call)
{
    struct emulator *e = call->emulator;
    int app;
    if (!emulator_client_check(call, &app))
        return false;
    struct base_span key = base_span_of(emulator_client_parameter(call, "refresh_token"));
    const struct emulator_grant *found = emulator_store_find(e->store, EMULATOR_REFRESH, key);
    if (found == NULL) {
        notice_replay(e, app, key, &e->stats.refresh_replayed);
        emulator_error_oauth(call, EMULATOR_BAD_REFRESH_TOKEN, NULL);
        return false;
    }
    if (found->app != app) {
        emulator_error_oauth(call, EMULATOR_BAD_REFRESH_TOKEN,
                             "refresh token was not issued to this client");
        return false;
    }
    struct emulator_grant grant = *found;
    if (emulator_portal_deleted(&e->portals, grant.portal)) {
        emulator_error_oauth(call, EMULATOR_BAD_HUB, NULL);
        return false;
    }
    if (e->config.rotate_refresh_tokens)
        return refresh_rotating(call, key, &grant);
    return issue(call, &grant, key.p, false);
}

/* ---------------------------------------------------------------- client_credentials */

static void write_app_token(struct emulator_call *call, struct base_span token, uint64_t scopes)
{
    struct base_jsonw w;
    emulator_answer_json(call, 200, &w);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "token_type", "bearer");
    base_jsonw_member_span(&w, "access_token", token);
    base_jsonw_key(&w, "scopes");
    emulator_scopes_write(&call->emulator->app_level, scopes, &w);
    base_jsonw_member_int(&w, "expires_in", call->emulator->config.token_lifetime_s);
    base_jsonw_member_str(&w, "token_use", "client_credentials");
    base_jsonw_end(&w);
}

/* A token of the app itself: of no account, without a refresh token. */
static bool app_level(struct emulator_call *call)
{
    struct emulator *e = call->emulator;
    int app;
    bool unknown = true;
    const char *scope = emulator_client_parameter(call, "scope");
    uint64_t scopes = scope != NULL ? emulator_scopes_parse(&e->app_level, scope, &unknown) : 0;
    if (!emulator_client_check(call, &app))
        return false;
    if (e->apps.items[app].mcp || unknown || scopes == 0) {
        emulator_error_oauth(call,
                             e->apps.items[app].mcp
                                 ? EMULATOR_USER_LEVEL_CLIENT_CREDENTIALS_NOT_SUPPORTED
                                 : EMULATOR_BAD_SCOPES,
                             NULL);
        return false;
    }
    struct emulator_grant grant = {.kind = EMULATOR_ACCESS,
                                   .app = app,
                                   .scopes = scopes,
                                   .issued_ms = call->now,
                                   .expires_ms = call->now + e->config.token_lifetime_s * 1000};
    BASE_CLEANUP(base_buf_free) struct base_buf token;
    base_buf_init_sensitive(&token, 2 * EMULATOR_TOKEN_SIZE_MAX);
    make_access_token(e, &token);
    if (base_buf_status(&token) != BASE_OK ||
        emulator_store_put(e->store, base_buf_span(&token), &grant) != BASE_OK) {
        emulator_error_page(call, 503);
        return false;
    }
    write_app_token(call, base_buf_span(&token), scopes);
    return true;
}

/* That there is a limit is known, its number is not: --token-rate-limit. No answer was seen to name
 * it: --token-limit-headers. */
static bool too_often(struct emulator_call *call)
{
    struct emulator *e = call->emulator;
    struct emulator_verdict verdict;
    int app = emulator_apps_find(&e->apps, emulator_client_parameter(call, "client_id"));
    if (emulator_limit_arrive(e->token_limit, app, 0, call->arrived, &verdict) != BASE_OK)
        return false;
    if (e->config.token_limit_headers)
        call->verdict = verdict;
    return !verdict.allowed;
}

void emulator_token_post(struct emulator_call *call)
{
    struct emulator_stats *stats = &call->emulator->stats;
    emulator_call_form(call);
    if (too_often(call)) {
        emulator_error_rate(call, "SECONDLY");
        return;
    }
    const char *grant_type = emulator_client_parameter(call, "grant_type");
    if (grant_type != NULL && strcmp(grant_type, "authorization_code") == 0) {
        bool ok = exchange_code(call);
        stats->token_code_ok += ok;
        stats->token_code_failed += !ok;
    } else if (grant_type != NULL && strcmp(grant_type, "refresh_token") == 0) {
        bool ok = refresh(call);
        stats->token_refresh_ok += ok;
        stats->token_refresh_failed += !ok;
    } else if (grant_type != NULL && strcmp(grant_type, "client_credentials") == 0) {
        bool ok = app_level(call);
        stats->token_app_ok += ok;
        stats->token_app_failed += !ok;
    } else {
        stats->token_other_failed++;
        emulator_error_oauth(call, EMULATOR_BAD_GRANT_TYPE, NULL);
    }
}
