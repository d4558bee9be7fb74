#include "emulator_error.h"
#include "emulator_page.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "base_text.h"
#include "base_url.h"
#include "crypt_hash.h"
#include "crypt_random.h"

#define CONSENT_LIFETIME_MS (INT64_C(600) * 1000)
#define DENIED "The user denied access to the app"

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
static const struct emulator_refusal bad_challenge = {
    "bad_code_challenge", "The code challenge cannot be used.",
    "Send code_challenge_method=S256 and a challenge of 43 characters (RFC 7636)."};
static const struct emulator_refusal bad_portal = {
    "unknown_account", "You do not have access to this account.",
    "The number in the path or form is no account ID."};
static const struct emulator_refusal stale_form = {"stale_form",
                                                   "This page has been used already or is too old.",
                                                   "Go back to the app and connect again."};

/* ---------------------------------------------------------------- checking the request */

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
    c->grant.redirect = emulator_apps_redirect(&call->emulator->apps, url);
    if (c->grant.redirect < 0) {
        *refusal = redirect_unknown;
        return false;
    }
    return true;
}

/* Required scopes must all be asked for; declared others may be. Optional ones that are undeclared,
 * or that the account cannot grant, are dropped in silence. */
static bool check_scopes(struct emulator_call *call, struct emulator_consent *c,
                         struct emulator_refusal *refusal)
{
    const struct emulator_scopes *scopes = &call->emulator->apps.scopes;
    bool unknown, dropped;
    const char *text = serve_form_get(&call->query, "scope");
    uint64_t asked = emulator_scopes_parse(scopes, text, &unknown);
    uint64_t optional =
        emulator_scopes_parse(scopes, serve_form_get(&call->query, "optional_scope"), &dropped);
    if (serve_form_get(&call->query, "optional_scopes") != NULL)
        call->emulator->stats
            .misspelt_scopes++; /* HubSpot's prose has this name, its page does not */
    if (unknown || serve_form_count(&call->query, "scope") > 1)
        *refusal = scopes_mismatch;
    else if ((asked & scopes->required) != scopes->required || asked == 0)
        *refusal = scopes_insufficient;
    else if (asked & scopes->lacking)
        *refusal = scopes_lacking;
    else {
        c->grant.scopes = asked | (optional & ~scopes->lacking);
        return true;
    }
    return false;
}

/* S256 of RFC 7636 section 4.2 always has 43 characters of base64url. */
static bool check_challenge(const struct emulator_call *call, struct emulator_consent *c,
                            struct emulator_refusal *refusal)
{
    const char *challenge = serve_form_get(&call->query, "code_challenge");
    const char *method = serve_form_get(&call->query, "code_challenge_method");
    if (challenge == NULL && method == NULL)
        return true;
    unsigned char hash[CRYPT_SHA256_BYTES];
    size_t n;
    if (challenge == NULL || method == NULL || strcmp(method, "S256") != 0 ||
        strlen(challenge) != sizeof c->grant.challenge - 1 ||
        !crypt_base64_decode(base_span_of(challenge), hash, sizeof hash, &n) || n != sizeof hash) {
        *refusal = bad_challenge;
        return false;
    }
    memcpy(c->grant.challenge, challenge, sizeof c->grant.challenge);
    return true;
}

/* From the path, else the first of --portal. Any account may be named in the path. */
static bool check_portal(const struct emulator_call *call, struct emulator_consent *c,
                         struct emulator_refusal *refusal)
{
    c->grant.portal = call->emulator->portals[0];
    if (call->params[0].n == 0)
        return true;
    c->portal_fixed = true;
    int64_t portal;
    if (!base_span_int64(call->params[0], &portal) || portal < 1 || portal > EMULATOR_PORTAL_MAX) {
        *refusal = bad_portal;
        return false;
    }
    c->grant.portal = portal;
    return true;
}

static bool check(struct emulator_call *call, struct emulator_consent *c,
                  struct emulator_refusal *refusal)
{
    int app = emulator_apps_find(&call->emulator->apps, serve_form_get(&call->query, "client_id"));
    if (app < 0) {
        *refusal = unknown_client;
        return false;
    }
    c->grant = (struct emulator_grant){.kind = EMULATOR_CODE, .app = app, .issued_ms = call->now};
    return check_redirect(call, c, refusal) && check_scopes(call, c, refusal) &&
           check_challenge(call, c, refusal) && check_portal(call, c, refusal);
}

/* A page, never a redirect: that is how HubSpot shows faults of configuration. */
static void refuse(struct emulator_call *call, const struct emulator_refusal *refusal)
{
    call->emulator->stats.authorize_refused++;
    call->note = refusal->code;
    emulator_page_refusal(call, refusal);
}

/* ---------------------------------------------------------------- answering the app */

static void add_parameter(struct base_buf *out, const char *name, const char *value)
{
    bool first = memchr(out->p, '?', out->n) == NULL;
    base_buf_add_char(out, first ? '?' : '&');
    base_buf_add_str(out, name);
    base_buf_add_char(out, '=');
    base_url_encode(out, base_span_of(value));
}

static void redirect(struct emulator_call *call, const struct emulator_consent *c, const char *name,
                     const char *value)
{
    struct base_buf *out = &call->answer.location;
    const char *state = serve_form_get(&call->query, "state");
    emulator_answer_redirect(call);
    base_buf_add_str(out, call->emulator->apps.redirects[c->grant.redirect]);
    if (base_buf_status(out) != BASE_OK)
        return;
    add_parameter(out, name, value);
    if (strcmp(name, "error") == 0)
        add_parameter(out, "error_description", DENIED);
    if (state != NULL)
        add_parameter(out, "state", state);
}

static void approve(struct emulator_call *call, struct emulator_consent *c)
{
    struct emulator *e = call->emulator;
    char id[37], code[64];
    emulator_uuid4(id);
    base_text_format(code, sizeof code, "%s-%s", e->config.region, id);
    c->grant.expires_ms = call->now + e->config.code_lifetime_s * 1000;
    if (emulator_store_put(e->store, base_span_of(code), &c->grant) != BASE_OK) {
        emulator_error_page(call, 503);
        return;
    }
    e->stats.approved++;
    redirect(call, c, "code", code);
}

/* ---------------------------------------------------------------- the form */

/* Bound to the request that it was shown for: the token alone does not open another one. */
static void form_key(struct base_buf *out, const struct emulator_call *call, const char *token)
{
    base_buf_init_sensitive(out, (size_t)64 << 10);
    base_buf_add_str(out, token);
    base_buf_add_char(out, ' ');
    base_buf_add_span(out, call->request->target);
}

static void show(struct emulator_call *call, struct emulator_consent *c)
{
    unsigned char bytes[24];
    BASE_CLEANUP(base_buf_free) struct base_buf token, key;
    base_buf_init_sensitive(&token, 64);
    crypt_random(bytes, sizeof bytes);
    crypt_base64url(&token, bytes, sizeof bytes);
    form_key(&key, call, base_buf_str(&token));
    struct emulator_grant form = {.kind = EMULATOR_CONSENT,
                                  .app = c->grant.app,
                                  .issued_ms = call->now,
                                  .expires_ms = call->now + CONSENT_LIFETIME_MS};
    if (base_buf_status(&token) != BASE_OK || base_buf_status(&key) != BASE_OK ||
        emulator_store_put(call->emulator->store, base_buf_span(&key), &form) != BASE_OK) {
        emulator_error_page(call, 503);
        return;
    }
    call->emulator->stats.authorize_shown++;
    emulator_page_consent(call, c, base_buf_str(&token));
}

static bool form_is_fresh(const struct emulator_call *call)
{
    const char *token = serve_form_get(&call->form, "consent");
    if (token == NULL)
        return false;
    struct emulator_store *store = call->emulator->store;
    BASE_CLEANUP(base_buf_free) struct base_buf key;
    form_key(&key, call, token);
    struct base_span span = base_buf_span(&key);
    const struct emulator_grant *form = emulator_store_find(store, EMULATOR_CONSENT, span);
    bool fresh = form != NULL && form->expires_ms > call->now;
    emulator_store_remove(store, EMULATOR_CONSENT, span);
    return fresh;
}

/* The account that was chosen on the page must be one that the page offered. */
static bool choose_portal(const struct emulator_call *call, struct emulator_consent *c)
{
    int64_t portal;
    const char *text = serve_form_get(&call->form, "portal");
    if (text == NULL || c->portal_fixed)
        return true;
    if (!base_span_int64(base_span_of(text), &portal))
        return false;
    for (size_t i = 0; i < call->emulator->portal_count; i++) {
        if (call->emulator->portals[i] == portal) {
            c->grant.portal = portal;
            return true;
        }
    }
    return false;
}

void emulator_authorize_get(struct emulator_call *call)
{
    struct emulator_consent consent = {0};
    struct emulator_refusal refusal;
    if (!check(call, &consent, &refusal))
        refuse(call, &refusal);
    else if (call->emulator->config.auto_approve)
        approve(call, &consent);
    else
        show(call, &consent);
}

void emulator_authorize_post(struct emulator_call *call)
{
    struct emulator_consent consent = {0};
    struct emulator_refusal refusal;
    emulator_call_form(call);
    const char *decision = serve_form_get(&call->form, "decision");
    if (!check(call, &consent, &refusal)) {
        refuse(call, &refusal);
    } else if (!form_is_fresh(call)) {
        refuse(call, &stale_form);
    } else if (!choose_portal(call, &consent)) {
        refuse(call, &bad_portal);
    } else if (decision != NULL && strcmp(decision, "approve") == 0) {
        approve(call, &consent);
    } else {
        call->emulator->stats.denied++;
        redirect(call, &consent, "error", "access_denied");
    }
}
