#include "emulator_page.h"

#include "emulator_state.h"

#include "base_text.h"
#include "base_url.h"
#include "crypt_encode.h"
#include "crypt_random.h"

static const char style[] =
    ":root{color-scheme:light dark;--bg:#f5f8fa;--card:#fff;--ink:#2d3e50;--soft:#5b6b7c;"
    "--line:#d6dfe8;--go:#b93c1d;--go-ink:#fff;--bad:#b3261e}"
    "@media(prefers-color-scheme:dark){:root{--bg:#14191f;--card:#1f2730;--ink:#e6edf3;"
    "--soft:#a5b2bf;--line:#3a4653;--go:#ff8a66;--go-ink:#1b0d07;--bad:#ff9c94}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--bg);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}"
    "main{max-width:34rem;margin:6vh auto;padding:1.5rem;background:var(--card);"
    "border:1px solid var(--line);border-radius:.75rem}"
    "@media(max-width:36rem){main{margin:0;border:0;border-radius:0;min-height:100vh}}"
    "h1{font-size:1.35rem;line-height:1.3;margin:0 0 1rem}"
    "h2{font-size:1rem;margin:1.25rem 0 .25rem}"
    "p{margin:.5rem 0}ul{margin:.25rem 0;padding-left:1.25rem}"
    "code{overflow-wrap:anywhere;font-size:.9em}"
    "fieldset{border:1px solid var(--line);border-radius:.5rem;margin:0;padding:.5rem .75rem}"
    "label{display:block;padding:.35rem 0}"
    ".soft{color:var(--soft);font-size:.9rem}.soft:last-child{margin-top:1.25rem}.bad{color:var(--"
    "bad)}"
    ".buttons{display:flex;gap:.75rem;flex-wrap:wrap;margin-top:1.5rem}"
    "button{flex:1 1 9rem;min-height:2.75rem;font:inherit;font-weight:600;border-radius:.5rem;"
    "border:1px solid var(--line);background:transparent;color:inherit;cursor:pointer}"
    "#approve{background:var(--go);border-color:var(--go);color:var(--go-ink)}"
    "button:focus-visible{outline:3px solid var(--soft);outline-offset:2px}";

static void add(struct base_buf *out, const char *html)
{
    base_buf_add_str(out, html);
}

static void add_text(struct base_buf *out, const char *text)
{
    base_text_html(out, base_span_of(text));
}

static void page_start(struct emulator_call *call, const char *title)
{
    struct emulator_answer *a = &call->answer;
    unsigned char bytes[16];
    BASE_CLEANUP(base_buf_free) struct base_buf nonce;
    base_buf_init(&nonce, sizeof a->page_nonce);
    crypt_random(bytes, sizeof bytes);
    crypt_base64url(&nonce, bytes, sizeof bytes);

    emulator_answer_empty(
        call, 200); /* whatever is wrong: HubSpot's page is a script that came with 200 */
    if (base_buf_status(&nonce) != BASE_OK)
        a->body.status = base_buf_status(&nonce);
    base_text_copy(a->page_nonce, sizeof a->page_nonce, base_buf_span(&nonce));
    a->type = "text/html;charset=utf-8";
    add(&a->body,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>");
    add_text(&a->body, title);
    add(&a->body, "</title>\n<style nonce=\"");
    add(&a->body, a->page_nonce);
    add(&a->body, "\">");
    add(&a->body, style);
    add(&a->body, "</style>\n</head>\n<body>\n");
}

static void page_end(struct emulator_call *call)
{
    add(&call->answer.body,
        "<p class=\"soft\">This is an emulator for tests. No HubSpot account is "
        "involved.</p>\n</main>\n</body>\n</html>\n");
}

static void add_accounts(struct emulator_call *call, const struct emulator_consent *consent)
{
    struct base_buf *out = &call->answer.body;
    const struct emulator *e = call->emulator;
    if (consent->portal_fixed || e->portals.count == 1) {
        add(out, "<h2>Account</h2>\n<p>Emulated account <code id=\"portal\">");
        base_buf_add_int(out, consent->grant.portal);
        add(out, "</code></p>\n");
        return;
    }
    add(out, "<h2 id=\"choose\">Choose an account</h2>\n<fieldset aria-labelledby=\"choose\">\n");
    for (size_t i = 0; i < e->portals.count; i++) {
        add(out, "<label><input type=\"radio\" name=\"portal\" value=\"");
        base_buf_add_int(out, e->portals.offered[i]);
        add(out, i == 0 ? "\" checked> Emulated account <code>" : "\"> Emulated account <code>");
        base_buf_add_int(out, e->portals.offered[i]);
        add(out, "</code></label>\n");
    }
    add(out, "</fieldset>\n");
}

static void add_scopes(struct emulator_call *call, const struct emulator_scopes *scopes,
                       uint64_t set)
{
    struct base_buf *out = &call->answer.body;
    add(out, "<h2>This app will be able to use</h2>\n<ul id=\"scopes\">\n");
    for (size_t i = 0; i < scopes->count; i++) {
        if ((set & UINT64_C(1) << i) == 0)
            continue;
        add(out, "<li><code>");
        base_text_html(out, scopes->names[i]);
        add(out, "</code></li>\n");
    }
    add(out, "</ul>\n");
}

/* Chromium applies form-action to the redirect that follows the POST too, so the policy must name
 * where it leads: the scheme, host and port of the redirect URL. */
static void set_form_origin(struct emulator_call *call, const char *redirect_url)
{
    struct base_url url;
    if (base_url_parse(base_span_of(redirect_url), &url, NULL) != BASE_OK)
        return;
    base_text_format(call->answer.form_origin, sizeof call->answer.form_origin, "%.*s://%.*s:%u",
                     BASE_SPAN_ARG(url.scheme), BASE_SPAN_ARG(url.host), (unsigned)url.port);
}

void emulator_page_consent(struct emulator_call *call, const struct emulator_consent *consent,
                           const char *form_token)
{
    const char *redirect_url = consent->app->redirects[consent->grant.redirect];
    bool settled = emulator_consent_settled(call, consent);
    page_start(call, "Connect an app");
    set_form_origin(call, redirect_url);
    struct base_buf *out = &call->answer.body;
    add(out, "<main id=\"consent\">\n<h1>Connect <span id=\"app\">");
    add_text(out, consent->app->name);
    add(out, "</span> to your account?</h1>\n<form method=\"post\" action=\"");
    base_text_html(out, call->request->target);
    add(out, "\">\n<input type=\"hidden\" name=\"consent\" value=\"");
    add_text(out, form_token);
    add(out, "\">\n");
    add_accounts(call, consent);
    add_scopes(call, &consent->app->scopes,
               settled ? consent->grant.scopes : consent->asked | consent->optional);
    add(out, "<p class=\"soft\">You will be sent back to <code>");
    add_text(out, redirect_url);
    add(out,
        "</code></p>\n<div class=\"buttons\">\n"
        "<button id=\"approve\" name=\"decision\" value=\"approve\">Approve</button>\n"
        "<button id=\"deny\" name=\"decision\" value=\"deny\">Deny</button>\n</div>\n</form>\n");
    page_end(call);
}

static void add_seen(struct emulator_call *call, const char *name)
{
    struct base_buf *out = &call->answer.body;
    const char *value = serve_form_get(&call->query, name);
    add(out, "<li><code>");
    add(out, name);
    add(out, "</code>: ");
    if (value == NULL) {
        add(out, "not given");
    } else {
        add(out, "<code>");
        base_text_html(out, base_span_first(base_span_of(value), 512));
        add(out, "</code>");
    }
    add(out, "</li>\n");
}

static void add_scope_names(struct base_buf *out, const struct emulator_scopes *scopes,
                            uint64_t set)
{
    BASE_CLEANUP(base_buf_free) struct base_buf names;
    base_buf_init(&names, (size_t)64 << 10);
    emulator_scopes_text(scopes, set, &names);
    base_text_html(out, base_buf_span(&names));
}

static void add_app_scopes(struct emulator_call *call, const struct emulator_scopes *scopes,
                           const char *title, uint64_t set)
{
    struct base_buf *out = &call->answer.body;
    if (set == 0)
        return;
    add(out, "<li>");
    add(out, title);
    add(out, ": <code>");
    add_scope_names(out, scopes, set);
    add(out, "</code></li>\n");
}

static void add_app(struct emulator_call *call, const struct emulator_app *app)
{
    struct base_buf *out = &call->answer.body;
    const struct emulator_scopes *s = &app->scopes;
    add(out, "<h2>What the app has</h2>\n<ul>\n");
    add_app_scopes(call, s, "required scopes", s->required);
    add_app_scopes(call, s, "conditionally required scopes", s->conditional);
    add_app_scopes(call, s, "optional scopes", s->optional);
    for (unsigned i = 0; i < app->redirect_count; i++) {
        add(out, "<li>redirect URL: <code>");
        add_text(out, app->redirects[i]);
        add(out, "</code></li>\n");
    }
    add(out, "</ul>\n");
}

static void add_message(struct emulator_call *call, const struct emulator_consent *c,
                        const struct emulator_refusal *refusal)
{
    struct base_buf *out = &call->answer.body;
    add_text(out, refusal->message);
    if (c->lacking == 0)
        return;
    add(out, " [");
    add_scope_names(out, &c->app->scopes, c->lacking);
    add(out, "]");
}

void emulator_page_refusal(struct emulator_call *call, const struct emulator_consent *c,
                           const struct emulator_refusal *refusal)
{
    static const char *const shown[] = {"client_id", "redirect_uri", "scope", "optional_scope"};
    page_start(call, "Couldn't complete the connection");
    struct base_buf *out = &call->answer.body;
    add(out, "<main id=\"error\" data-error=\"");
    add_text(out, refusal->code);
    add(out, "\">\n<h1>Couldn't complete the connection</h1>\n<p class=\"bad\" id=\"message\">");
    add_message(call, c, refusal);
    add(out, "</p>\n<p id=\"hint\">");
    add_text(out, refusal->hint);
    add(out, "</p>\n<h2>What the URL says</h2>\n<ul>\n");
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        add_seen(call, shown[i]);
    add(out, "</ul>\n");
    if (c->app != NULL)
        add_app(call, c->app);
    page_end(call);
}
