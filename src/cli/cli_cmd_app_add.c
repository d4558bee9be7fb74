#include "broker_app.h"
#include "cli_command.h"
#include "cli_secret.h"
#include "hubspot_endpoint.h"

struct add_options {
    const char *client_id, *secret_file, *scope, *optional_scope, *api_version, *api_url, *app_url,
        *authorize_url, *token_url, *issuer;
    struct base_opt_list redirect_urls;
};

static const struct add_options add_defaults = {
    .scope = "oauth",
    .optional_scope = "",
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
        .offset = offsetof(struct add_options, field)                                              \
    }

static const struct base_opt add_table[] = {
    ADD("client-id", client_id, "ID", "The app's client id, from its Auth page in HubSpot"),
    ADD("client-secret-file", secret_file, "FILE",
        "A file that holds the client secret; - is standard input. Without it the secret is asked "
        "for on the terminal"),
    {.name = "redirect-url",
     .kind = BASE_OPT_LIST,
     .value = "URL",
     .offset = offsetof(struct add_options, redirect_urls),
     .help = "A redirect URL exactly as registered with the app. May be given several times: login "
             "takes the first whose port is free"},
    ADD("scope", scope, "SCOPES",
        "The scopes that the app requires, separated by spaces (default: oauth)"),
    ADD("optional-scope", optional_scope, "SCOPES", "Scopes to ask for that an account may lack"),
    {.name = "api-version",
     .kind = BASE_OPT_STRING,
     .value = "VERSION",
     .choices = "v1|v3|2026-03|2026-09",
     .offset = offsetof(struct add_options, api_version),
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
    {"hubauth app add crm --client-id ID --client-secret-file secret.txt --redirect-url "
     "http://localhost:8976/callback --scope \"oauth crm.objects.contacts.read\"",
     "an app of your HubSpot developer account"},
    {0},
};

static char *text_of(const char *option)
{
    return base_mem_strdup(option ? option : "");
}

static enum base_status fill_app(const struct add_options *o, const char *name,
                                 struct broker_app *app, struct base_error *err)
{
    app->name = text_of(name);
    app->client_id = text_of(o->client_id);
    app->scope = text_of(o->scope);
    app->optional_scope = text_of(o->optional_scope);
    app->api_version = text_of(o->api_version);
    app->api_url = text_of(o->api_url);
    app->app_url = text_of(o->app_url);
    app->authorize_url = text_of(o->authorize_url);
    app->token_url = text_of(o->token_url);
    app->issuer = text_of(o->issuer);
    for (size_t i = 0; i < o->redirect_urls.count && i < BROKER_APP_REDIRECTS; i++) {
        app->redirect_urls[i] = base_mem_strdup(o->redirect_urls.items[i]);
        if (!app->redirect_urls[i])
            return base_fail_memory(err);
        app->redirect_count++;
    }
    if (!app->name || !app->client_id || !app->scope || !app->optional_scope || !app->api_version ||
        !app->api_url || !app->app_url || !app->authorize_url || !app->token_url || !app->issuer)
        return base_fail_memory(err);
    if (o->secret_file)
        return cli_secret_read(o->secret_file, "client secret", &app->client_secret, err);
    return cli_secret_ask("Client secret: ", &app->client_secret, err);
}

static enum base_status run_add(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct add_options *o = args->options;
    struct broker_app app = {0};
    struct broker *b;
    enum base_status status;

    if (!o->client_id) {
        base_fail(err, BASE_USAGE, "adding an app", "--client-id is needed");
        base_error_hint(err,
                        "it stands on the app's Auth page in HubSpot, beside the client secret");
        return BASE_USAGE;
    }
    status = cli_broker(c, &b, err);
    if (status)
        return status;
    status = fill_app(o, args->operands[0], &app, err);
    if (!status)
        status = broker_app_add(b, &app, err);
    if (!status) {
        cli_say(c, "App %s is stored.", app.name);
        if (strcmp(app.api_version, "v1") == 0)
            cli_say(c, "HubSpot switches OAuth v1 off on " HUBSPOT_OAUTH_V1_ENDS
                       "; tokens are valid on 2026-03 as well.");
        cli_say(c, "Next: hubauth login --app %s", app.name);
    }
    broker_app_free(&app);
    return status;
}

const struct cli_command cli_cmd_app_add = {
    .usage = {.program = "hubauth",
              .name = "app add",
              .operands = "NAME",
              .summary = "store an app's client id, secret and redirect URL",
              .details = "An app is what HubSpot calls the client of OAuth. Client id and client "
                         "secret stand on its Auth page; "
                         "redirect URL and scopes are what you registered there. HubSpot takes "
                         "https:// redirect URLs, and "
                         "http:// only for the host localhost: not for 127.0.0.1.\n\n"
                         "The client secret is never an argument: other users could read it there.",
              .options = add_table,
              .min_operands = 1,
              .max_operands = 1,
              .examples = add_examples,
              .see_also = "hubauth-login(1), hubauth-app-list(1)"},
    .options_size = sizeof(struct add_options),
    .defaults = &add_defaults,
    .run = run_add,
};
