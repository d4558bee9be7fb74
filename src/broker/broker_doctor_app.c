/* What the records say of themselves: HubSpot's rules for apps, and what has become of accounts. */
#include "broker_doctor_int.h"

#include "base_text.h"
#include "base_time.h"
#include "base_url.h"
#include "hubspot_redirect.h"
#include "hubspot_scope.h"
#include "hubspot_scope_known.h"

#define APP "app"
#define ACCOUNT "account"
#define COMMAND_MAX 1000 /* of a finding's command (broker_finding.h) */
/* A refresh takes seconds; whoever began one this long ago is gone. */
#define REFRESH_IN_DOUBT_MS (2 * 60 * INT64_C(1000))

/* ------------------------------------------------------------------ apps */

static void look_at_version(const struct broker_app *app, int64_t now, struct broker_findings *f)
{
    const struct hubspot_endpoints *e = hubspot_endpoints_find(app->api_version);
    char command[400];

    base_text_format(command, sizeof(command), "hubauth app migrate %s --api-version %s",
                     broker_finding_word((char[BROKER_WORD_MAX]){0}, app->name),
                     HUBSPOT_DEFAULT_VERSION);
    if (!e)
        broker_found(f, APP, BROKER_ERROR, command,
                     "app %s asks for the API version %s, which is none", app->name,
                     app->api_version);
    else if (e->ends_at && e->ends_at <= now)
        broker_found(f, APP, BROKER_ERROR, command,
                     "app %s uses OAuth %s, which HubSpot switched off on %s", app->name,
                     e->version, HUBSPOT_OAUTH_V1_ENDS);
    else if (e->ends_at)
        broker_found(f, APP, BROKER_WARNING, command,
                     "app %s uses OAuth %s, which HubSpot switches off on %s, in %lld days",
                     app->name, e->version, HUBSPOT_OAUTH_V1_ENDS,
                     (long long)((e->ends_at - now) / BASE_DAY_MS));
}

/* "hubauth app update NAME", to which options are added */
static void begin_update(struct base_buf *command, const struct broker_app *app)
{
    base_buf_init(command, COMMAND_MAX);
    base_buf_add_str(command, "hubauth app update ");
    base_text_shell(command, app->name);
}

static void add_option(struct base_buf *command, const char *option, const char *value)
{
    base_buf_printf(command, " %s ", option);
    base_text_shell(command, value);
}

/* NULL when it is too long: a part of it could do something else. */
static const char *whole(const struct base_buf *command)
{
    return base_buf_status(command) ? NULL : base_buf_str(command);
}

/* All of them, since those that are given take the place of all: the good ones as they are, the
 * others as HubSpot's rule has them. */
static void mend_redirects(const struct broker_app *app, struct base_buf *command)
{
    begin_update(command, app);
    for (size_t i = 0; i < app->redirect_count; i++) {
        BASE_CLEANUP(base_buf_free) struct base_buf url = {0};

        base_buf_init(&url, COMMAND_MAX);
        if (!hubspot_redirect_check(base_span_of(app->redirect_urls[i]), NULL))
            base_buf_add_str(&url, app->redirect_urls[i]);
        else
            hubspot_redirect_mend(base_span_of(app->redirect_urls[i]), &url);
        add_option(command, "--redirect-url", url.n ? base_buf_str(&url) : "URL");
    }
}

static void look_at_redirects(const struct broker_app *app, struct broker_findings *f)
{
    BASE_CLEANUP(base_buf_free) struct base_buf command = {0};

    mend_redirects(app, &command);
    for (size_t i = 0; i < app->redirect_count; i++) {
        struct base_error err = BASE_ERROR_NONE;

        if (!hubspot_redirect_check(base_span_of(app->redirect_urls[i]), &err))
            continue;
        broker_found(f, APP, BROKER_ERROR, whole(&command),
                     "HubSpot takes no redirect URL like %s of app %s: %s%s%s",
                     app->redirect_urls[i], app->name, err.why, err.hint[0] ? "; " : "", err.hint);
    }
}

/* HubSpot adds names twice a year: one that is not known here may be right, but hardly one that
 * differs from a known one by a letter. */
static const char *nearest_scope(const char *name)
{
    return hubspot_scope_known_has(name) ? NULL : hubspot_scope_known_nearest(name);
}

static void add_mended(const char *list, struct base_buf *out)
{
    for (struct base_span rest = base_span_of(list); rest.n > 0;) {
        struct base_span one = base_span_cut(&rest, ' ');
        char name[128];
        const char *near = base_text_copy(name, sizeof(name), one) ? nearest_scope(name) : NULL;

        base_buf_add_str(out, out->n ? " " : "");
        base_buf_add_span(out, near ? base_span_of(near) : one);
    }
}

/* One command for all that is wrong with an app's scopes: run one after the other, two would undo
 * each other. */
static void mend_scopes(const struct broker_app *app, struct base_buf *command)
{
    BASE_CLEANUP(base_buf_free) struct base_buf required = {0};
    BASE_CLEANUP(base_buf_free) struct base_buf optional = {0};

    base_buf_init(&required, COMMAND_MAX);
    base_buf_init(&optional, COMMAND_MAX);
    if (!hubspot_scope_has(base_span_of(app->scope), BASE_SPAN("oauth")))
        base_buf_add_str(&required, "oauth");
    add_mended(app->scope, &required);
    add_mended(app->optional_scope, &optional);
    begin_update(command, app);
    add_option(command, "--scope", base_buf_str(&required));
    if (optional.n > 0)
        add_option(command, "--optional-scope", base_buf_str(&optional));
    if (base_buf_status(&required) || base_buf_status(&optional)) /* not whole: no command */
        base_buf_reset(command);
}

static void look_at_scopes(const struct broker_app *app, const char *command,
                           struct broker_findings *f)
{
    if (!hubspot_scope_has(base_span_of(app->scope), BASE_SPAN("oauth")))
        broker_found(f, APP, BROKER_WARNING, command,
                     "app %s does not ask for the scope oauth, which apps on HubSpot's projects "
                     "require: a login would be refused there",
                     app->name);
}

static void look_at_names(const struct broker_app *app, const char *list, const char *command,
                          struct broker_findings *f)
{
    struct base_span rest = base_span_of(list);

    while (rest.p) {
        char name[128];
        const char *near;

        if (!base_text_copy(name, sizeof(name), base_span_cut(&rest, ' ')) || !name[0] ||
            hubspot_scope_known_has(name))
            continue;
        near = nearest_scope(name);
        broker_found(f, APP, near ? BROKER_WARNING : BROKER_INFO, near ? command : NULL,
                     "app %s asks for the scope %s, which is not among HubSpot's known ones%s%s%s",
                     app->name, name, near ? "; did you mean " : "", near ? near : "",
                     near ? "?" : "");
    }
}

/* `app add` lets nothing else in; a record may have been changed by something else. */
static void look_at_url(const struct broker_app *app, const char *text, struct broker_findings *f)
{
    struct base_url url;

    if (!text[0] || (!base_url_parse(base_span_of(text), &url, NULL) && base_url_is_safe(&url)))
        return;
    broker_found(
        f, APP, BROKER_ERROR, NULL,
        "app %s calls %s, which is neither https nor this machine: secrets would travel in "
        "the clear",
        app->name, text);
}

struct app_survey {
    struct broker *b;
    struct broker_findings *f;
};

static bool look_at_app(void *arg, const struct broker_app *app)
{
    BASE_CLEANUP(base_buf_free) struct base_buf command = {0};
    const struct app_survey *s = arg;
    struct broker_findings *f = s->f;
    size_t before = f->count;

    look_at_url(app, app->api_url, f);
    look_at_url(app, app->app_url, f);
    look_at_url(app, app->token_url, f);
    look_at_url(app, app->authorize_url, f);
    if (!app->token_url[0]) { /* another server has rules of its own */
        look_at_version(app, broker_now(s->b), f);
        look_at_redirects(app, f);
        mend_scopes(app, &command);
        look_at_scopes(app, whole(&command), f);
        look_at_names(app, app->scope, whole(&command), f);
        look_at_names(app, app->optional_scope, whole(&command), f);
    }
    if (f->count == before)
        broker_found(f, APP, BROKER_OK, NULL, "app %s: %s%s at %s", app->name,
                     app->token_url[0] ? "another server" : "API ",
                     app->token_url[0] ? "" : app->api_version,
                     app->token_url[0] ? app->token_url : app->api_url);
    return true;
}

void broker_doctor_apps(struct broker *b, struct broker_findings *f)
{
    struct app_survey s = {b, f};
    struct base_error err = BASE_ERROR_NONE;
    size_t before = f->count;

    if (broker_app_list(b, look_at_app, &s, &err))
        broker_found_error(f, APP, BROKER_ERROR, &err, NULL);
    else if (f->count == before)
        broker_found(f, APP, BROKER_WARNING,
                     "hubauth app add NAME --client-id ID --client-secret-file FILE "
                     "--redirect-url " BROKER_APP_USUAL_REDIRECT
                     " --scope \"oauth crm.objects.contacts.read\"",
                     "no app is registered yet");
}

/* ------------------------------------------------------------------ accounts */

struct survey {
    struct broker *b;
    struct broker_findings *f;
    struct base_list apps;
    size_t count;
};

static bool is_known_app(const struct survey *s, const char *name)
{
    for (size_t i = 0; i < s->apps.count; i++)
        if (strcmp(s->apps.items[i], name) == 0)
            return true;
    return false;
}

static void look_at_granted(const struct broker_grant *g, const char *login,
                            struct broker_findings *f)
{
    BASE_CLEANUP(base_buf_free) struct base_buf missing = {0};

    base_buf_init(&missing, 64u << 10);
    hubspot_scope_minus(base_span_of(g->asked), base_span_of(g->scopes), &missing);
    if (missing.n > 0)
        broker_found(f, ACCOUNT, BROKER_WARNING, login,
                     "account %s did not grant all that was asked for; missing: %s", g->name,
                     base_buf_str(&missing));
}

static void look_at_state(const struct broker_grant *g, const char *login, int64_t now,
                          struct broker_findings *f)
{
    char human[32], command[400];

    base_text_format(command, sizeof(command), "hubauth refresh %s",
                     broker_finding_word((char[BROKER_WORD_MAX]){0}, g->name));
    if (g->state == BROKER_GRANT_DEAD)
        broker_found(f, ACCOUNT, BROKER_ERROR, login,
                     "account %s must log in again: HubSpot said %s %s ago%s%s", g->name,
                     g->last_code, base_time_human(human, now - g->state_since),
                     g->last_message[0] ? ": " : "", g->last_message);
    else if (g->state == BROKER_GRANT_REFRESHING && now - g->state_since > REFRESH_IN_DOUBT_MS)
        broker_found(
            f, ACCOUNT, BROKER_WARNING, command,
            "account %s: a refresh was begun %s ago and its outcome is not known; the next "
            "one settles it",
            g->name, base_time_human(human, now - g->state_since));
    else if (broker_grant_hold(g, now) > 0)
        broker_found(f, ACCOUNT, BROKER_WARNING, NULL,
                     "account %s: HubSpot said %s, and is asked again in %s", g->name,
                     g->last_code[0] ? g->last_code : "later",
                     base_time_human(human, broker_grant_hold(g, now)));
    else if (g->last_code[0])
        broker_found(f, ACCOUNT, BROKER_WARNING, command,
                     "account %s: the last refresh was refused with %s", g->name, g->last_code);
}

static bool look_at_account(void *arg, const struct broker_grant *g)
{
    struct survey *s = arg;
    char login[BROKER_DOCTOR_COMMAND], human[32];
    size_t before = s->f->count;
    int64_t now = broker_now(s->b);

    s->count++;
    (void)broker_doctor_connect(g->name, login);
    if (!is_known_app(s, g->app))
        broker_found(
            s->f, ACCOUNT, BROKER_ERROR, NULL,
            "account %s is connected through app %s, which is not there: add the app again "
            "under that name",
            g->name, g->app);
    look_at_state(g, login, now, s->f);
    look_at_granted(g, login, s->f);
    if (s->f->count == before)
        broker_found(s->f, ACCOUNT, BROKER_OK, NULL,
                     "account %s: connected %s ago, refreshed %lld times", g->name,
                     base_time_human(human, now - g->connected_at), (long long)g->refreshes);
    return true;
}

void broker_doctor_accounts(struct broker *b, struct broker_findings *f)
{
    struct survey s = {.b = b, .f = f};
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = broker_doctor_names(b, VAULT_APP, &s.apps, &err);

    if (!status)
        status = broker_grant_list(b, look_at_account, &s, &err);
    if (status)
        broker_found_error(f, ACCOUNT, BROKER_ERROR, &err, NULL);
    else if (s.count == 0)
        broker_found(f, ACCOUNT, BROKER_INFO, s.apps.count > 0 ? "hubauth login" : NULL,
                     "no account is connected yet");
    base_list_free(&s.apps);
}
