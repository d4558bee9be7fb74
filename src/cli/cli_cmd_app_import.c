/* hubauth app import: apps and accounts out of HubSpot's CLI, a project, or the environment. */
#include "base_file.h"
#include "base_text.h"
#include "broker_app_rule.h"
#include "broker_import.h"
#include "cli_app_dialogue.h"
#include "cli_app_import.h"
#include "cli_command.h"
#include "cli_secret.h"
#include "cli_terminal.h"
#include "hubspot_endpoint.h"

#include <unistd.h>

#define DOING "importing"

struct import_options {
    const char *name, *client_id, *secret_file, *api_version, *api_url, *app_url;
    struct base_opt_list redirect_urls;
    bool dry_run;
};

static const struct import_options defaults = {
    .api_version = HUBSPOT_DEFAULT_VERSION,
    .api_url = HUBSPOT_API_URL,
    .app_url = HUBSPOT_APP_URL,
};

#define TEXT(option, field, placeholder, text)                                                     \
    {                                                                                              \
        .name = option, .kind = BASE_OPT_STRING, .value = placeholder, .help = text,               \
        .offset = offsetof(struct import_options, field)                                           \
    }

static const struct base_opt options[] = {
    {.name = "dry-run",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct import_options, dry_run),
     .help =
         "Show what would be stored, with secrets as fingerprints; store nothing and ask nobody"},
    TEXT("name", name, "NAME", "The app's name here"),
    TEXT("client-id", client_id, "ID", "The client id, where the source has none"),
    TEXT("client-secret-file", secret_file, "FILE",
         "A file that holds the client secret, where the source has none; - is standard input"),
    {.name = "redirect-url",
     .kind = BASE_OPT_LIST,
     .value = "URL",
     .offset = offsetof(struct import_options, redirect_urls),
     .help = "A redirect URL of the app, instead of what the source says; may be given several "
             "times"},
    {.name = "api-version",
     .kind = BASE_OPT_STRING,
     .value = "VERSION",
     .choices = "v1|v3|2026-03|2026-09",
     .offset = offsetof(struct import_options, api_version),
     .help = "Version of the OAuth endpoints, 2026-03 unless given"},
    TEXT("api-url", api_url, "URL", "Where the API is (default: https://api.hubapi.com)"),
    TEXT("app-url", app_url, "URL", "Where the consent page is (default: https://app.hubspot.com)"),
    {0},
};

struct importing {
    struct cli *c;
    struct broker *b;
    const struct import_options *o;
    struct cli_app_import found;
    bool known[CLI_APP_IMPORT_APPS]; /* such an app is stored already, under the name that it has
                                        now */
    size_t imported, failed;
    bool connected;     /* an account */
    struct cli_job job; /* the account that is under way */
};

/* ------------------------------------------------------------------ what the sources left open */

static enum base_status fill(char **to, const char *text, struct base_error *err)
{
    if (*to)
        return BASE_OK;
    *to = base_mem_strdup(text);
    return *to ? BASE_OK : base_fail_memory(err);
}

static enum base_status replace_redirects(const struct base_opt_list *urls, struct broker_app *app,
                                          struct base_error *err)
{
    enum base_status status = BASE_OK;

    if (urls->count == 0)
        return BASE_OK;
    for (size_t i = 0; i < app->redirect_count; i++) {
        base_mem_free(app->redirect_urls[i]);
        app->redirect_urls[i] = NULL;
    }
    app->redirect_count = 0;
    for (size_t i = 0; !status && i < urls->count && i < BROKER_APP_REDIRECTS; i++) {
        status = fill(&app->redirect_urls[i], urls->items[i], err);
        app->redirect_count += !status;
    }
    return status;
}

/* Options that can mean one app only. */
static enum base_status take_single(struct importing *m, struct base_error *err)
{
    const struct import_options *o = m->o;
    struct broker_app *app = &m->found.apps[0];
    bool any = o->name || o->client_id || o->secret_file || o->redirect_urls.count > 0;
    enum base_status status = BASE_OK;

    if (any && m->found.app_count != 1)
        return base_fail(err, BASE_USAGE, DOING,
                         "--name, --client-id, --client-secret-file and --redirect-url are for one "
                         "app, and there are %zu",
                         m->found.app_count);
    if (o->name)
        status = fill(&app->name, o->name, err);
    if (!status && o->client_id)
        status = fill(&app->client_id, o->client_id, err);
    if (!status && o->secret_file && !app->client_secret)
        status = cli_secret_read(m->c, o->secret_file, "client secret", &app->client_secret, err);
    return status ? status : replace_redirects(&o->redirect_urls, app, err);
}

struct search {
    const struct broker_app *app; /* with a name: is it taken? without: is the client id known? */
    char *name;                   /* of the one that was found */
    bool failed;
};

static bool look(void *arg, const struct broker_app *stored)
{
    struct search *s = arg;
    bool same = s->app->name
                    ? strcmp(stored->name, s->app->name) == 0
                    : s->app->client_id && strcmp(stored->client_id, s->app->client_id) == 0 &&
                          strcmp(stored->api_url, s->app->api_url) == 0;

    if (same) {
        s->name = base_mem_strdup(stored->name);
        s->failed = !s->name;
    }
    return !same;
}

static enum base_status find(struct importing *m, const struct broker_app *app, char **ret,
                             struct base_error *err)
{
    struct search s = {.app = app};
    enum base_status status = broker_app_list(m->b, look, &s, err);

    *ret = s.name;
    return !status && s.failed ? base_fail_memory(err) : status;
}

/* "hubspot", "hubspot-2", … */
static enum base_status choose_name(struct importing *m, struct broker_app *app,
                                    struct base_error *err)
{
    for (unsigned n = 1;; n++) {
        BASE_CLEANUP(base_mem_cleanup) char *there = NULL;
        char name[32];
        enum base_status status;
        bool taken = false;

        (void)snprintf(name, sizeof(name), n > 1 ? "hubspot-%u" : "hubspot", n);
        for (size_t i = 0; i < m->found.app_count; i++)
            taken |= m->found.apps[i].name && strcmp(m->found.apps[i].name, name) == 0;
        if (taken)
            continue;
        status = fill(&app->name, name, err);
        if (!status)
            status = find(m, app, &there, err);
        if (status || !there)
            return status;
        base_mem_free(app->name);
        app->name = NULL;
    }
}

static enum base_status settle(struct importing *m, size_t k, struct base_error *err)
{
    struct broker_app *app = &m->found.apps[k];
    BASE_CLEANUP(base_mem_cleanup) char *wanted = app->name;
    char *there = NULL;
    enum base_status status;

    app->name = NULL;
    if ((status = fill(&app->api_version, m->o->api_version, err)) ||
        (status = fill(&app->api_url, m->o->api_url, err)) ||
        (status = fill(&app->app_url, m->o->app_url, err)) ||
        (status = fill(&app->authorize_url, "", err)) ||
        (status = fill(&app->token_url, "", err)) || (status = fill(&app->issuer, "", err)) ||
        (status = fill(&app->optional_scope, "", err)) || (status = find(m, app, &there, err)))
        return status;
    m->known[k] = there != NULL;
    app->name = there;
    if (there)
        return BASE_OK;
    if (wanted) {
        app->name = wanted;
        wanted = NULL;
        return BASE_OK;
    }
    return app->client_id ? choose_name(m, app, err) : BASE_OK;
}

/* ------------------------------------------------------------------ what will be done */

/* From files of others: nothing in them may drive the terminal. */
static void show(struct base_buf *out, const char *label, const char *text)
{
    base_buf_printf(out, "%-15s", label);
    base_text_printable(out, base_span_of(text), 512);
    base_buf_add_char(out, '\n');
}

static void show_app(const struct importing *m, size_t k, struct base_buf *out)
{
    const struct broker_app *app = &m->found.apps[k];
    char print[64];

    base_buf_printf(out, "app            %s%s\n", app->name ? app->name : "(to be named)",
                    m->known[k] ? ": stored already, left as it is" : "");
    show(out, "client id", app->client_id ? app->client_id : "missing");
    base_buf_printf(out, "client secret  %s\n",
                    app->client_secret
                        ? crypt_secret_fingerprint(print, app->client_secret, "client_secret")
                        : "missing");
    for (size_t i = 0; i < app->redirect_count; i++)
        show(out, "redirect URL", app->redirect_urls[i]);
    if (app->redirect_count == 0)
        base_buf_add_str(out, "redirect URL   missing: " BROKER_APP_USUAL_REDIRECT " is taken\n");
    show(out, "API", m->o->api_url); /* no file says where the secret goes (C13) */
    show(out, "scopes", app->scope ? app->scope : "missing: oauth is taken");
    if (app->optional_scope && app->optional_scope[0])
        show(out, "optional", app->optional_scope);
}

static void show_account(const struct importing *m, const struct cli_app_import_account *a,
                         struct base_buf *out)
{
    const struct hubspot_config_account *f = &a->found;
    char print[64], shown[64];

    base_buf_add_str(out, "account        ");
    if (f->hub_id)
        base_buf_printf(out, "%lld", (long long)f->hub_id);
    else
        base_buf_add_str(out, "of a number that HubSpot will tell");
    if (f->name) {
        base_text_printable_to(shown, sizeof(shown), base_span_of(f->name));
        base_buf_printf(out, " (%s)", shown);
    }
    if (a->why)
        base_buf_printf(out, ": left out, %s\n", a->why);
    else if (!f->refresh_token)
        base_buf_printf(out, ": no refresh token; it needs hubauth login\n");
    else
        base_buf_printf(out, ": %s, through app %s\n",
                        crypt_secret_fingerprint(print, f->refresh_token, "refresh_token"),
                        m->found.apps[a->app].name);
}

static enum base_status show_plan(const struct importing *m, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};

    base_buf_init(&out, 1u << 20);
    for (struct base_span rest = base_buf_span(&m->found.sources); rest.n > 0;) {
        struct base_span line = base_span_cut(&rest, '\n');

        base_buf_printf(&out, "from           %.*s\n", BASE_SPAN_ARG(line));
    }
    for (size_t k = 0; k < m->found.app_count; k++)
        show_app(m, k, &out);
    for (size_t k = 0; k < m->found.account_count; k++)
        show_account(m, &m->found.accounts[k], &out);
    if (m->o->dry_run)
        return cli_write_buf(&out, err);
    if (base_buf_status(&out))
        return base_fail_memory(err);
    return base_file_write_fd(STDERR_FILENO, base_buf_span(&out), err);
}

/* ------------------------------------------------------------------ apps */

static void on_advice(void *cli, const char *text)
{
    cli_say(cli, "hubauth: %s", text);
}

static enum base_status complete(struct importing *m, struct broker_app *app,
                                 struct base_error *err)
{
    const struct broker_app_advice advice = {on_advice, m->c};
    enum base_status status = BASE_OK;

    if (!app->client_id || !app->client_secret || !app->name) {
        if (cli_terminal_has_person(m->c))
            return cli_app_dialogue(m->c, m->b, app, err);
        base_fail(err, BASE_USAGE, DOING, "the source has no %s",
                  !app->client_id       ? "client id"
                  : !app->client_secret ? "client secret"
                                        : "name for the app");
        base_error_hint(err, "name it: --name, --client-id, --client-secret-file; on a terminal "
                             "`hubauth app import` asks");
        return BASE_USAGE;
    }
    if (app->redirect_count == 0) {
        status = fill(&app->redirect_urls[0], BROKER_APP_USUAL_REDIRECT, err);
        app->redirect_count += !status;
    }
    if (!status)
        status = fill(&app->scope, "oauth", err);
    return status ? status : broker_app_rule_forms(app, &advice, err);
}

static enum base_status store_apps(struct importing *m, struct base_error *err)
{
    for (size_t k = 0; k < m->found.app_count; k++) {
        struct broker_app *app = &m->found.apps[k];
        enum base_status status;

        if (m->known[k])
            continue;
        status = complete(m, app, err);
        if (!status)
            status = broker_app_add(m->b, app, err);
        if (status)
            return status;
        cli_say(m->c, "App %s is stored.", app->name);
    }
    return BASE_OK;
}

/* ------------------------------------------------------------------ accounts */

static void on_imported(void *arg, enum base_status status, const char *account, bool stored,
                        const struct base_error *err)
{
    struct importing *m = arg;

    m->connected = m->connected || stored;
    if (!status)
        cli_say(m->c, "Account %s is connected, and refreshed.", account);
    else if (status == BASE_EXISTS)
        cli_say(m->c, "Account %s is connected already: left as it is.", account);
    else if (stored)
        cli_say(m->c, "Account %s is stored, but not proven: hubauth refresh %s tries again.",
                account, account);
    cli_end(&m->job, status == BASE_EXISTS ? BASE_OK : status, err);
}

static enum base_status import_account(struct importing *m, const struct cli_app_import_account *a,
                                       struct base_error *err)
{
    const struct broker_import_wish wish = {
        .app = m->found.apps[a->app].name,
        .hub_id = a->found.hub_id,
        .scopes = a->found.scopes ? a->found.scopes : "",
        .refresh_token = a->found.refresh_token,
    };
    struct broker_import *import;
    enum base_status status;

    m->job = (struct cli_job){.c = m->c, .err = err};
    status = broker_import_start(m->b, &wish, on_imported, m, &import, err);

    if (status)
        return status;
    if (!cli_ended(&m->job))
        broker_import_cancel(import);
    return m->job.status;
}

/* One that fails does not stop the others; Ctrl-C does. */
static enum base_status import_accounts(struct importing *m, struct base_error *err)
{
    enum base_status first = BASE_OK;
    struct base_error first_err = BASE_ERROR_NONE;

    for (size_t k = 0; k < m->found.account_count; k++) {
        const struct cli_app_import_account *a = &m->found.accounts[k];
        enum base_status status;

        if (a->why || !a->found.refresh_token)
            continue;
        status = import_account(m, a, err);
        if (m->c->interrupted)
            return status;
        m->imported += !status;
        if (!status)
            continue;
        if (m->found.account_count > 1)
            cli_say(m->c, "hubauth: account %lld: %s", (long long)a->found.hub_id, err->why);
        if (m->failed++ == 0) {
            first = status;
            first_err = *err;
        }
    }
    if (m->failed > 0)
        *err = first_err;
    return m->failed > 0 && m->imported > 0 ? base_error_as(err, BASE_PARTIAL) : first;
}

static void say_end(const struct importing *m)
{
    if (m->found.holds_secrets) {
        cli_say(m->c, "The file was not changed: it still holds client secret and refresh token in "
                      "clear.");
        if (m->connected)
            cli_say(m->c, "It is the same grant there and here: hubauth logout ends both, hubauth "
                          "logout --local this one alone.");
        cli_say(m->c, "When HubSpot's CLI needs them no more: hs account remove, or delete the "
                      "file.");
    }
    if (m->imported > 0)
        cli_say(m->c, "Next: hubauth status");
    else if (m->found.app_count > 0 && m->found.apps[0].name)
        cli_say(m->c, "Next: hubauth login --app %s", m->found.apps[0].name);
}

/* ------------------------------------------------------------------ running */

static enum base_status gather(struct importing *m, const struct cli_args *args,
                               struct base_error *err)
{
    enum base_status status = BASE_OK;

    if (args->count == 0)
        status = cli_app_import_usual_source(&m->found, err);
    for (int i = 0; !status && i < args->count; i++)
        status = cli_app_import_source(&m->found, args->operands[i], err);
    return status ? status : take_single(m, err);
}

static enum base_status settle_all(struct importing *m, struct base_error *err)
{
    enum base_status status = cli_broker_on_loop(m->c, &m->b, err);

    for (size_t k = 0; !status && k < m->found.app_count; k++)
        status = settle(m, k, err);
    return status;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    BASE_CLEANUP(base_mem_cleanup) struct importing *m = base_mem_new(sizeof(*m));
    enum base_status status;

    if (!m)
        return base_fail_memory(err);
    m->c = c;
    m->o = args->options;
    cli_app_import_init(&m->found, c);
    status = gather(m, args, err);
    if (!status)
        status = settle_all(m, err);
    if (!status)
        status = show_plan(m, err);
    if (!status && !m->o->dry_run) {
        status = store_apps(m, err);
        if (!status)
            status = import_accounts(m, err);
        if (!status || status == BASE_PARTIAL)
            say_end(m);
    }
    cli_app_import_free(&m->found);
    return status;
}

static const struct base_opt_example examples[] = {
    {"hubauth app import --dry-run", "what there is to import"},
    {"hubauth app import ~/.hscli/config.yml", "the OAuth apps and accounts of HubSpot's CLI"},
    {"hubauth app import env src/app/app-hsmeta.json",
     "client id and secret from HUBSPOT_…, redirect URLs and scopes from the project"},
    {0},
};

const struct cli_command cli_cmd_app_import = {
    .usage = {.program = "hubauth",
              .name = "app import",
              .operands = "[SOURCE…]",
              .summary = "take apps and accounts over from HubSpot's CLI, a project or variables",
              .details =
                  "SOURCE is a configuration of HubSpot's CLI (~/.hscli/config.yml, "
                  "hubspot.config.yml), a project's app-hsmeta.json, or env: HUBSPOT_CLIENT_ID, "
                  "HUBSPOT_CLIENT_SECRET, HUBSPOT_REDIRECT_URI, HUBSPOT_SCOPES, "
                  "HUBSPOT_REFRESH_TOKEN, HUBSPOT_ACCOUNT_ID. Several tell of one app together. "
                  "Without SOURCE the first that there is counts.\n\n"
                  "An account with a refresh token becomes a connected one: HubSpot is asked whose "
                  "it is, it is stored, and refreshed once. What is stored here already is left as "
                  "it is. Personal access keys belong to HubSpot's CLI and cannot be used.\n\n"
                  "No source is ever changed. Those files hold secrets in clear: the command says "
                  "who can read them.",
              .options = options,
              .max_operands = 8,
              .examples = examples,
              .exits = CLI_EXITS,
              .see_also = "hubauth-app-add(1), hubauth-login(1)"},
    .options_size = sizeof(struct import_options),
    .defaults = &defaults,
    .run = run,
};
