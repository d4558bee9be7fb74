#include "cli_app_dialogue.h"

#include "broker_app_rule.h"
#include "cli_terminal.h"
#include "hubspot_client.h"
#include "hubspot_scope.h"

#include <unistd.h>

#define ANSWER_MAX (16u << 10)
#define SECRET_MAX 4096

struct dialogue {
    struct cli *c;
    struct broker *b;
    struct broker_app *app;
    unsigned advised; /* pieces of advice about the last answer */
    size_t good_urls; /* redirect URLs that were found right */
};

static void on_advice(void *arg, const char *text)
{
    struct dialogue *d = arg;

    d->advised++;
    cli_say(d->c, "  %s.", text);
}

/* ------------------------------------------------------------------ questions */

/* What was typed, trimmed, on the heap in *ret; `otherwise` when that is empty. */
static enum base_status ask(const char *prompt, const char *otherwise, char **ret,
                            struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf line = {0};
    struct base_span text;
    enum base_status status;

    base_buf_init(&line, ANSWER_MAX);
    status = cli_terminal_read(STDIN_FILENO, prompt, false, &line, err);
    if (status)
        return status;
    text = hubspot_client_trim(base_buf_span(&line));
    *ret = text.n ? base_span_dup(text) : base_mem_strdup(otherwise);
    return *ret ? BASE_OK : base_fail_memory(err);
}

enum base_status cli_app_dialogue_secret(const char *prompt, bool other_server,
                                         struct crypt_secret **ret, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf line = {0};
    struct base_span text;
    enum base_status status;

    base_buf_init_sensitive(&line, SECRET_MAX);
    status = cli_terminal_read(STDIN_FILENO, prompt, true, &line, err);
    if (status)
        return status;
    text = base_buf_span(&line);
    if (!other_server)
        text = hubspot_client_trim(text);
    *ret = crypt_secret_from(text.p, text.n);
    return *ret ? BASE_OK : base_fail_memory(err);
}

static enum base_status ask_secret(struct dialogue *d, struct base_error *err)
{
    bool other_server = d->app->authorize_url[0];

    return cli_app_dialogue_secret(other_server
                                       ? "Client secret (not shown; Enter: there is none): "
                                       : "Client secret (not shown): ",
                                   other_server, &d->app->client_secret, err);
}

static enum base_status ask_redirect(struct dialogue *d, struct base_error *err)
{
    static const char first[] = "Redirect URL [" BROKER_APP_USUAL_REDIRECT "]: ";
    static const char next[] = "Another redirect URL (Enter: no more): ";
    bool more = d->app->redirect_count > 0;
    char *url = NULL;
    enum base_status status =
        ask(more ? next : first, more ? "" : BROKER_APP_USUAL_REDIRECT, &url, err);

    if (status)
        return status;
    d->app->redirect_urls[d->app->redirect_count++] = url;
    return BASE_OK;
}

/* One space between names, as they are stored. */
static enum base_status ask_scopes(const char *prompt, const char *otherwise, char **ret,
                                   struct base_error *err)
{
    BASE_CLEANUP(base_mem_cleanup) char *typed = NULL;
    BASE_CLEANUP(base_buf_free) struct base_buf list = {0};
    enum base_status status = ask(prompt, otherwise, &typed, err);

    if (status)
        return status;
    base_buf_init(&list, ANSWER_MAX);
    status = hubspot_scope_normalise(base_span_of(typed), &list, err);
    if (status == BASE_INVALID)
        return base_error_as(err, BASE_USAGE);
    *ret = status ? NULL : base_buf_steal(&list);
    return status || *ret ? status : base_fail_memory(err);
}

/* ------------------------------------------------------------------ again, until it is right */

static bool is_taken_by(void *arg, const struct broker_app *other)
{
    const char **name = arg;

    if (!*name || strcmp(*name, other->name) != 0)
        return true;
    *name = NULL;
    return false;
}

static enum base_status judge(struct dialogue *d, enum broker_app_field field,
                              struct base_error *err)
{
    const struct broker_app_advice advice = {on_advice, d};
    const char *name = d->app->name;
    struct broker_app app = *d->app;
    enum base_status status;

    d->advised = 0;
    if (field == BROKER_APP_REDIRECT_URLS && d->good_urls > 0) { /* the last alone is new */
        app.redirect_urls[0] = app.redirect_urls[app.redirect_count - 1];
        app.redirect_count = 1;
    }
    status = broker_app_rule_form(&app, field, &advice, err);
    if (status || field != BROKER_APP_NAME)
        return status;
    status = broker_app_list(d->b, is_taken_by, &name, err);
    if (status || name)
        return status;
    base_fail(err, BASE_USAGE, "adding an app", "there is an app called %s already", d->app->name);
    base_error_hint(err, "take another name; to change that app: hubauth app update %s",
                    d->app->name);
    return BASE_USAGE;
}

static enum base_status confirm(bool *ret, struct base_error *err)
{
    BASE_CLEANUP(base_mem_cleanup) char *answer = NULL;
    enum base_status status = ask("  Keep it all the same? [y/N] ", "n", &answer, err);

    *ret = !status && (answer[0] == 'y' || answer[0] == 'Y');
    return status;
}

/* A wrong answer is no failure: the rule is shown, and the question comes again. */
static void tell(struct dialogue *d, const struct base_error *err)
{
    cli_say(d->c, "  %s.", err->why);
    if (err->hint[0])
        cli_say(d->c, "  %s.", err->hint);
}

static void forget(char **text)
{
    base_mem_free(*text);
    *text = NULL;
}

static void forget_field(struct dialogue *d, enum broker_app_field field)
{
    struct broker_app *app = d->app;

    switch (field) {
    case BROKER_APP_NAME:
        forget(&app->name);
        break;
    case BROKER_APP_CLIENT_ID:
        forget(&app->client_id);
        break;
    case BROKER_APP_CLIENT_SECRET:
        crypt_secret_free(app->client_secret);
        app->client_secret = NULL;
        break;
    case BROKER_APP_REDIRECT_URLS:
        while (app->redirect_count > d->good_urls)
            forget(&app->redirect_urls[--app->redirect_count]);
        break;
    case BROKER_APP_SCOPES:
        forget(&app->scope);
        forget(&app->optional_scope);
        break;
    case BROKER_APP_SERVERS:
    case BROKER_APP_FIELDS:
    default:
        break;
    }
}

static enum base_status ask_field(struct dialogue *d, enum broker_app_field field,
                                  struct base_error *err)
{
    enum base_status status;

    switch (field) {
    case BROKER_APP_NAME:
        return ask("A name for the app here, such as crm: ", "", &d->app->name, err);
    case BROKER_APP_CLIENT_ID:
        return ask("Client id: ", "", &d->app->client_id, err);
    case BROKER_APP_CLIENT_SECRET:
        return ask_secret(d, err);
    case BROKER_APP_REDIRECT_URLS:
        return ask_redirect(d, err);
    case BROKER_APP_SCOPES:
        status = ask_scopes("Required scopes [oauth]: ", "oauth", &d->app->scope, err);
        if (status || d->app->optional_scope)
            return status;
        return ask_scopes("Optional scopes (Enter: none): ", "", &d->app->optional_scope, err);
    case BROKER_APP_SERVERS:
    case BROKER_APP_FIELDS:
    default:
        return BASE_OK;
    }
}

/* True for a failure that another answer can mend. */
static bool is_mendable(enum base_status status)
{
    return status == BASE_USAGE || status == BASE_LIMIT;
}

static enum base_status ask_until_right(struct dialogue *d, enum broker_app_field field,
                                        struct base_error *err)
{
    for (;;) {
        bool keep = true;
        enum base_status status = ask_field(d, field, err);

        if (field == BROKER_APP_REDIRECT_URLS && !status && d->app->redirect_count > 1 &&
            !d->app->redirect_urls[d->app->redirect_count - 1][0]) {
            forget_field(d, field); /* no more */
            return BASE_OK;
        }
        if (!status)
            status = judge(d, field, err);
        if (!status && d->advised)
            status = confirm(&keep, err);
        if (!status && keep)
            return BASE_OK;
        if (is_mendable(status))
            tell(d, err);
        else if (status)
            return status;
        forget_field(d, field);
    }
}

static enum base_status ask_redirects(struct dialogue *d, struct base_error *err)
{
    enum base_status status;

    do {
        d->good_urls = d->app->redirect_count;
        status = ask_until_right(d, BROKER_APP_REDIRECT_URLS, err);
    } while (!status && d->app->redirect_count > d->good_urls &&
             d->app->redirect_count < BROKER_APP_REDIRECTS);
    return status;
}

/* ------------------------------------------------------------------ all of it */

static bool is_given(const struct broker_app *app, enum broker_app_field field)
{
    switch (field) {
    case BROKER_APP_NAME:
        return app->name;
    case BROKER_APP_CLIENT_ID:
        return app->client_id;
    case BROKER_APP_CLIENT_SECRET:
        return app->client_secret;
    case BROKER_APP_REDIRECT_URLS:
        return app->redirect_count > 0;
    case BROKER_APP_SCOPES:
        return app->scope;
    case BROKER_APP_SERVERS:
    case BROKER_APP_FIELDS:
    default:
        return true;
    }
}

static void explain(struct dialogue *d)
{
    if (d->app->authorize_url[0])
        return;
    cli_say(d->c, "Client id and client secret stand in HubSpot on the Auth page of your app's "
                  "project.");
    cli_say(d->c, "Redirect URLs and scopes are those of its app-hsmeta.json, under config.auth. "
                  "Ctrl-C stores nothing.");
}

enum base_status cli_app_dialogue(struct cli *c, struct broker *b, struct broker_app *app,
                                  struct base_error *err)
{
    struct dialogue d = {.c = c, .b = b, .app = app};
    enum base_status status = BASE_OK;

    for (int field = 0; !status && field < BROKER_APP_FIELDS; field++)
        if (is_given(app, (enum broker_app_field)field))
            status = judge(&d, (enum broker_app_field)field, err);
    if (status)
        return status;
    explain(&d);
    for (int i = 0; !status && i < BROKER_APP_FIELDS; i++) {
        enum broker_app_field field = (enum broker_app_field)i;

        if (is_given(app, field))
            continue;
        status = field == BROKER_APP_REDIRECT_URLS ? ask_redirects(&d, err)
                                                   : ask_until_right(&d, field, err);
    }
    return status;
}
