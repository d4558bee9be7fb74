#include "emulator_error.h"
#include "emulator_page.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "base_text.h"
#include "crypt_encode.h"
#include "crypt_random.h"

#define CONSENT_LIFETIME_MS (INT64_C(600) * 1000)
#define DENIED "The user denied access to the app"

static const struct emulator_refusal stale_form = {"stale_form",
                                                   "This page has been used already or is too old.",
                                                   "Go back to the app and connect again."};

/* A page, never a redirect: that is how HubSpot shows faults of configuration. */
static void refuse(struct emulator_call *call, const struct emulator_consent *c,
                   const struct emulator_refusal *refusal)
{
    call->emulator->stats.authorize_refused++;
    call->note = refusal->code;
    emulator_page_refusal(call, c, refusal);
}

/* ---------------------------------------------------------------- answering the app */

static void redirect(struct emulator_call *call, const struct emulator_consent *c, const char *name,
                     const char *value)
{
    const struct emulator *e = call->emulator;
    const char *state = serve_form_get(&call->query, "state");
    emulator_answer_redirect(call, c->app->redirects[c->grant.redirect]);
    emulator_answer_parameter(call, name, value);
    if (strcmp(name, "error") == 0)
        emulator_answer_parameter(call, "error_description", DENIED);
    if (state != NULL)
        emulator_answer_parameter(call, "state", state);
    if (e->config.iss != NULL)
        emulator_answer_parameter(call, "iss", e->config.iss);
}

static void approve(struct emulator_call *call, struct emulator_consent *c)
{
    struct emulator *e = call->emulator;
    char id[37], code[64];
    emulator_uuid4(id);
    base_text_format(code, sizeof code, "%s-%s", e->config.region, id);
    c->grant.family = ++e->logins;
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

/* HubSpot sends the browser on to the host of the account's region: app-eu1.hubspot.com. Browsers
 * and curl take every name below localhost to be this machine (RFC 6761 section 6.3). */
static bool moved_to_region(struct emulator_call *call)
{
    const struct emulator *e = call->emulator;
    char host[64], url[128];
    if (!e->config.regional_page || strcmp(e->config.region, "na1") == 0)
        return false;
    base_text_format(host, sizeof host, "app-%s.localhost:%u", e->config.region, (unsigned)e->port);
    if (base_span_is_nocase(serve_request_header(call->request, "host"), host))
        return false;
    base_text_format(url, sizeof url, "http://%s", host);
    emulator_answer_redirect(call, url);
    base_buf_add_span(&call->answer.location, call->request->target);
    return true;
}

void emulator_authorize_get(struct emulator_call *call)
{
    struct emulator_consent consent;
    struct emulator_refusal refusal;
    if (moved_to_region(call))
        return;
    if (!emulator_consent_check(call, &consent, &refusal) ||
        (emulator_consent_settled(call, &consent) &&
         !emulator_consent_account(call, &consent, &refusal)))
        refuse(call, &consent, &refusal);
    else if (call->emulator->config.auto_approve)
        approve(call, &consent);
    else
        show(call, &consent);
}

void emulator_authorize_post(struct emulator_call *call)
{
    struct emulator_consent consent;
    struct emulator_refusal refusal;
    emulator_call_form(call);
    const char *decision = serve_form_get(&call->form, "decision");
    bool approved = decision != NULL && strcmp(decision, "approve") == 0;
    if (!emulator_consent_check(call, &consent, &refusal)) {
        refuse(call, &consent, &refusal);
    } else if (!form_is_fresh(call)) {
        refuse(call, &consent, &stale_form);
    } else if (!approved) {
        call->emulator->stats.denied++;
        redirect(call, &consent, "error", call->emulator->config.deny_error);
    } else if (!emulator_consent_choose(call, &consent, &refusal)) {
        refuse(call, &consent, &refusal);
    } else {
        approve(call, &consent);
    }
}
