#include "emulator_consent.h"

#include "emulator_route.h"
#include "emulator_state.h"

#include "crypt_encode.h"
#include "crypt_hash.h"

/* The texts that people quote from HubSpot's page. */
static const struct emulator_refusal unknown_client = {
    "unknown_client_id", "The client ID in the URL is not that of an app.",
    "Copy the client ID from the app's Auth page."};
static const struct emulator_refusal redirect_missing = {
    "missing_redirect_uri", "The URL has no redirect_uri.",
    "Add one of the redirect URLs that are registered for the app."};
static const struct emulator_refusal redirect_unknown = {
    "redirect_uri_mismatch", "The redirect URL does not match any that is registered for the app.",
    "Redirect URLs are compared byte by byte: scheme, host, port, path and every slash."};
static const struct emulator_refusal scopes_none = {
    "insufficient_scopes", "Insufficient scopes were provided. Please contact the app developer.",
    "The URL has no scope parameter."};
static const struct emulator_refusal scopes_insufficient = {
    "insufficient_scopes",
    "Authorization failed because the provided scopes are insufficient. Please contact the app "
    "developer.",
    "The scope parameter must name every scope that the app requires."};
static const struct emulator_refusal scopes_mismatch = {
    "scope_mismatch",
    "Authorization failed because there is a mismatch between the scopes in the install URL and "
    "the app's configured scopes. Please contact the app developer.",
    "The scope parameter names a scope that the app does not declare, or comes twice."};
static const struct emulator_refusal scopes_lacking = {
    "account_lacks_scopes",
    "Authorization failed because this account doesn't have access to the scopes required by the "
    "app.",
    "Ask for it by optional_scope: what the account cannot grant is left out there."};
/* The variant that names them: --name-lacking-scopes. */
static const struct emulator_refusal scopes_lacking_named = {
    "account_lacks_scopes",
    "Authorization failed because your account lacks access to the required scopes",
    "Ask for it by optional_scope: what the account cannot grant is left out there."};
static const struct emulator_refusal no_permission = {
    "no_permission",
    "Authorization failed because you don't have permissions to authorize the scopes required by "
    "the app. Please contact your super admin to authorize the app.",
    "Connect as a Super Admin of the account, or with the permission HubSpot Marketplace Access."};
static const struct emulator_refusal no_challenge = {
    "missing_code_challenge", "An MCP app must send a code challenge.",
    "Send code_challenge_method=S256 and a challenge of 43 characters (RFC 7636)."};
static const struct emulator_refusal bad_challenge = {
    "bad_code_challenge", "The code challenge cannot be used.",
    "Send code_challenge_method=S256 and a challenge of 43 characters (RFC 7636)."};
static const struct emulator_refusal bad_portal = {
    "unknown_account", "You do not have access to this account.",
    "The number in the path or form is no account ID."};

/* ---------------------------------------------------------------- the request */

static bool check_redirect(const struct emulator_call *call, struct emulator_consent *c,
                           struct emulator_refusal *refusal)
{
    const char *url = serve_form_get(&call->query, "redirect_uri");
    if (url == NULL || url[0] == '\0') {
        *refusal = redirect_missing;
        return false;
    }
    const char *fault = emulator_redirect_fault(url);
    if (fault != NULL) {
        *refusal = (struct emulator_refusal){"bad_redirect_uri", fault, redirect_unknown.hint};
        return false;
    }
    c->grant.redirect = emulator_app_redirect(c->app, url);
    if (c->grant.redirect < 0) {
        *refusal = redirect_unknown;
        return false;
    }
    return true;
}

/* Required scopes must all be asked for; declared others may be. Undeclared ones are a mismatch in
 * `scope` and dropped in silence from `optional_scope`. Of an MCP app both are ignored: it gets all
 * that it declares. */
static bool check_scopes(struct emulator_call *call, struct emulator_consent *c,
                         struct emulator_refusal *refusal)
{
    const struct emulator_scopes *declared = &c->app->scopes;
    bool unknown, dropped;
    const char *text = serve_form_get(&call->query, "scope");
    c->asked = emulator_scopes_parse(declared, text, &unknown);
    c->optional =
        emulator_scopes_parse(declared, serve_form_get(&call->query, "optional_scope"), &dropped);
    if (serve_form_get(&call->query, "optional_scopes") != NULL)
        call->emulator->stats
            .misspelt_scopes++; /* HubSpot's prose has this name, its page does not */
    if (c->app->mcp) {
        c->asked = 0;
        c->optional = declared->required | declared->conditional | declared->optional;
        return true;
    }
    uint64_t misplaced = c->asked & ~(declared->required | declared->conditional);
    if (unknown || serve_form_count(&call->query, "scope") > 1 ||
        (call->emulator->config.strict_scopes && misplaced != 0))
        *refusal = scopes_mismatch;
    else if (c->asked == 0)
        *refusal = scopes_none;
    else if ((c->asked & declared->required) != declared->required)
        *refusal = scopes_insufficient;
    else
        return true;
    return false;
}

/* S256 of RFC 7636 section 4.2 always has 43 characters of base64url. */
static bool check_challenge(const struct emulator_call *call, struct emulator_consent *c,
                            struct emulator_refusal *refusal)
{
    const char *challenge = serve_form_get(&call->query, "code_challenge");
    const char *method = serve_form_get(&call->query, "code_challenge_method");
    if (challenge == NULL && method == NULL) {
        *refusal = no_challenge;
        return !c->app->mcp;
    }
    unsigned char hash[CRYPT_SHA256_BYTES];
    size_t n;
    if (challenge == NULL || method == NULL || strcmp(method, "S256") != 0 ||
        strlen(challenge) != sizeof c->grant.challenge - 1 ||
        !crypt_base64_decode(base_span_of(challenge), hash, sizeof hash, &n) || n != sizeof hash) {
        *refusal = bad_challenge;
        return false;
    }
    if (c->app->mcp || !call->emulator->config.ignore_pkce)
        memcpy(c->grant.challenge, challenge, sizeof c->grant.challenge);
    return true;
}

/* From the path, else the first of --portal. Any account may be named in the path. */
static bool check_portal(const struct emulator_call *call, struct emulator_consent *c,
                         struct emulator_refusal *refusal)
{
    c->portal_fixed = call->params[0].n > 0;
    c->grant.portal = call->emulator->portals.offered[0];
    *refusal = bad_portal;
    return !c->portal_fixed || emulator_portal_parse(call->params[0], &c->grant.portal);
}

bool emulator_consent_check(struct emulator_call *call, struct emulator_consent *c,
                            struct emulator_refusal *refusal)
{
    const struct emulator_apps *apps = &call->emulator->apps;
    int app = emulator_apps_find(apps, serve_form_get(&call->query, "client_id"));
    *c = (struct emulator_consent){0};
    if (app < 0) {
        *refusal = unknown_client;
        return false;
    }
    c->app = &apps->items[app];
    c->grant = (struct emulator_grant){.kind = EMULATOR_CODE, .app = app, .issued_ms = call->now};
    return check_redirect(call, c, refusal) && check_scopes(call, c, refusal) &&
           check_challenge(call, c, refusal) && check_portal(call, c, refusal);
}

/* ---------------------------------------------------------------- the account */

bool emulator_consent_settled(const struct emulator_call *call, const struct emulator_consent *c)
{
    const struct emulator *e = call->emulator;
    return c->portal_fixed || e->portals.count == 1 || e->config.auto_approve;
}

bool emulator_consent_account(const struct emulator_call *call, struct emulator_consent *c,
                              struct emulator_refusal *refusal)
{
    const struct emulator *e = call->emulator;
    int64_t portal = c->grant.portal;
    uint64_t lacking = emulator_portal_lacks(&e->portals, portal, &c->app->scopes);
    if (emulator_portal_deleted(&e->portals, portal)) {
        *refusal = bad_portal;
        return false;
    }
    if (emulator_portal_forbidden(&e->portals, portal)) {
        *refusal = no_permission;
        return false;
    }
    if (c->asked & lacking) {
        *refusal = e->config.name_lacking_scopes ? scopes_lacking_named : scopes_lacking;
        if (e->config.name_lacking_scopes)
            c->lacking = c->asked & lacking;
        return false;
    }
    c->grant.scopes = c->asked | (c->optional & ~lacking);
    return true;
}

bool emulator_consent_choose(const struct emulator_call *call, struct emulator_consent *c,
                             struct emulator_refusal *refusal)
{
    const char *text = serve_form_get(&call->form, "portal");
    *refusal = bad_portal;
    if (text != NULL && !c->portal_fixed &&
        (!emulator_portal_parse(base_span_of(text), &c->grant.portal) ||
         !emulator_portal_offered(&call->emulator->portals, c->grant.portal)))
        return false;
    return emulator_consent_account(call, c, refusal);
}
