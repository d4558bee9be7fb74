#include "broker_app_rule.h"
#include "cli_app.h"
#include "cli_app_dialogue.h"
#include "cli_command.h"
#include "cli_terminal.h"
#include "hubspot_endpoint.h"

static const struct cli_app_options add_defaults = {
    .api_version = HUBSPOT_DEFAULT_VERSION,
    .api_url = HUBSPOT_API_URL,
    .app_url = HUBSPOT_APP_URL,
    .authorize_url = "",
    .token_url = "",
    .issuer = "",
};

#define ADD(option, field, placeholder, text)                                                      \
    {                                                                                              \
        .name = option, .kind = BASE_OPT_STRING, .value = placeholder, .help = text,               \
        .offset = offsetof(struct cli_app_options, field)                                          \
    }

static const struct base_opt add_table[] = {
    ADD("client-id", client_id, "ID", "The app's client id, from its Auth page in HubSpot"),
    ADD("client-secret-file", secret_file, "FILE",
        "A file that holds the client secret; - is standard input"),
    {.name = "redirect-url",
     .kind = BASE_OPT_LIST,
     .value = "URL",
     .offset = offsetof(struct cli_app_options, redirect_urls),
     .help = "A redirect URL exactly as registered with the app. May be given several times: login "
             "takes the first whose port is free"},
    ADD("scope", scope, "SCOPES",
        "The scopes that the app requires, separated by spaces (default: oauth)"),
    ADD("optional-scope", optional_scope, "SCOPES", "Scopes to ask for that an account may lack"),
    {.name = "api-version",
     .kind = BASE_OPT_STRING,
     .value = "VERSION",
     .choices = "v1|v3|2026-03|2026-09",
     .offset = offsetof(struct cli_app_options, api_version),
     .help = "Version of the OAuth endpoints, 2026-03 unless given"},
    ADD("api-url", api_url, "URL", "Where the API is (default: https://api.hubapi.com)"),
    ADD("app-url", app_url, "URL", "Where the consent page is (default: https://app.hubspot.com)"),
    ADD("authorize-url", authorize_url, "URL",
        "The authorization endpoint of an OAuth server other than HubSpot"),
    ADD("token-url", token_url, "URL", "Its token endpoint"),
    ADD("issuer", issuer, "URL",
        "Its issuer identifier: an answer that does not name it (RFC 9207) is then refused"),
    {0},
};

static const struct base_opt_example add_examples[] = {
    {"hubauth app add", "asks for everything"},
    {"hubauth app add crm --client-id ID --client-secret-file secret.txt "
     "--redirect-url " BROKER_APP_USUAL_REDIRECT " --scope \"oauth crm.objects.contacts.read\"",
     "an app of your HubSpot developer account"},
    {0},
};

/* ------------------------------------------------------------------ without questions */

static void on_advice(void *cli, const char *text)
{
    cli_say(cli, "hubauth: %s", text);
}

static enum base_status fail_missing(const char *what, const char *hint, struct base_error *err)
{
    base_fail(err, BASE_USAGE, "adding an app", "%s is needed", what);
    base_error_hint(err, "%s; on a terminal `hubauth app add` asks for it", hint);
    return BASE_USAGE;
}

static enum base_status complete(struct cli *c, struct broker_app *app, struct base_error *err)
{
    const struct broker_app_advice advice = {on_advice, c};

    if (!app->name)
        return fail_missing("NAME", "choose one, such as crm", err);
    if (!app->client_id)
        return fail_missing("--client-id", "it stands on the app's Auth page in HubSpot", err);
    if (!app->client_secret)
        return fail_missing("--client-secret-file",
                            "name a file, or - for standard input; the secret stands on the app's "
                            "Auth page in HubSpot",
                            err);
    if (!app->scope)
        app->scope = base_mem_strdup("oauth");
    if (!app->optional_scope)
        app->optional_scope = base_mem_strdup("");
    if (!app->scope || !app->optional_scope)
        return base_fail_memory(err);
    return broker_app_rule_forms(app, &advice, err);
}

/* ------------------------------------------------------------------ running */

static enum base_status take_options(struct cli *c, const struct cli_app_options *o,
                                     const char *name, struct broker_app *app,
                                     struct base_error *err)
{
    enum base_status status = cli_app_take_text(c, "name", name, &app->name, err);

    return status ? status : cli_app_take(c, o, o->authorize_url[0], app, err);
}

static bool is_complete(const struct broker_app *app)
{
    return app->name && app->client_id && app->client_secret && app->redirect_count > 0 &&
           app->scope;
}

static enum base_status gather(struct cli *c, struct broker_app *app, struct base_error *err)
{
    struct broker *b;
    enum base_status status = BASE_OK;

    if (!is_complete(app) && cli_terminal_has_person(c)) {
        status = cli_broker(c, &b, err);
        if (status)
            return status;
        if (app->scope && !app->optional_scope) /* who gave the one by option means none */
            app->optional_scope = base_mem_strdup("");
        status = cli_app_dialogue(c, b, app, err);
        if (status || app->optional_scope)
            return status;
        app->optional_scope = base_mem_strdup("");
        return app->optional_scope ? BASE_OK : base_fail_memory(err);
    }
    return complete(c, app, err);
}

static enum base_status run_add(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct cli_app_options *o = args->options;
    struct broker_app app = {0};
    struct broker *b;
    enum base_status status = BASE_OK;

    if (cli_terminal_has_person(c)) /* who may be asked to type a secret: not in vain */
        status = cli_broker(c, &b, err);
    if (!status)
        status = take_options(c, o, args->count ? args->operands[0] : NULL, &app, err);
    if (!status)
        status = gather(c, &app, err);
    if (!status)
        status = cli_broker(c, &b, err);
    if (!status)
        status = broker_app_add(b, &app, err);
    if (!status) {
        cli_say(c, "App %s is stored.", app.name);
        if (strcmp(app.api_version, "v1") == 0)
            cli_say(c, "HubSpot switches OAuth v1 off on " HUBSPOT_OAUTH_V1_ENDS
                       "; hubauth app migrate moves the app.");
        cli_say(c, "Next: hubauth login --app %s (without one: hubauth app check %s)", app.name,
                app.name);
    }
    broker_app_free(&app);
    return status;
}

const struct cli_command cli_cmd_app_add = {
    .usage = {.program = "hubauth",
              .name = "app add",
              .operands = "[NAME]",
              .summary = "store an app's client id, secret and redirect URL",
              .details =
                  "An app is what HubSpot calls the client of OAuth. Client id and client "
                  "secret stand on its Auth page; "
                  "redirect URL and scopes are what you registered there. HubSpot takes "
                  "https:// redirect URLs, and "
                  "http:// only for the host localhost: not for 127.0.0.1.\n\n"
                  "On a terminal what is not given is asked for, and each answer is checked as it "
                  "is typed. Blanks and quotes around a value, as they come with copying, are "
                  "left out.\n\n"
                  "The client secret is never an argument: other users could read it there.",
              .options = add_table,
              .max_operands = 1,
              .examples = add_examples,
              .see_also = "hubauth-login(1), hubauth-app-list(1)"},
    .options_size = sizeof(struct cli_app_options),
    .defaults = &add_defaults,
    .run = run_add,
};
