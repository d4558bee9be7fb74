/* hubauth app add, list, show, remove, and `hubauth app`, which leads to them. */
#include "base_jsonw.h"
#include "base_table.h"
#include "broker_app.h"
#include "cli_command.h"
#include "cli_secret.h"
#include "hubspot_endpoint.h"

/* ------------------------------------------------------------------ add */

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

/* ------------------------------------------------------------------ list and show */

static void write_app_json(struct base_jsonw *w, const struct broker_app *app)
{
    base_jsonw_object(w);
    base_jsonw_member_str(w, "name", app->name);
    base_jsonw_member_str(w, "client_id", app->client_id);
    base_jsonw_key(w, "redirect_urls");
    base_jsonw_array(w);
    for (size_t i = 0; i < app->redirect_count; i++)
        base_jsonw_str(w, app->redirect_urls[i]);
    base_jsonw_end(w);
    base_jsonw_member_str(w, "scope", app->scope);
    base_jsonw_member_str(w, "optional_scope", app->optional_scope);
    base_jsonw_member_str(w, "api_version", app->api_version);
    base_jsonw_member_str(w, "api_url", app->api_url);
    base_jsonw_member_str(w, "app_url", app->app_url);
    if (app->authorize_url[0]) {
        base_jsonw_member_str(w, "authorize_url", app->authorize_url);
        base_jsonw_member_str(w, "token_url", app->token_url);
    }
    if (app->issuer[0])
        base_jsonw_member_str(w, "issuer", app->issuer);
    base_jsonw_end(w);
}

struct list_options {
    bool json;
};

static const struct base_opt list_table[] = {
    {.name = "json",
     .kind = BASE_OPT_FLAG,
     .help = "Print JSON",
     .offset = offsetof(struct list_options, json)},
    {0},
};

struct listing {
    struct base_table *table;
    struct base_jsonw json;
    size_t count;
};

static bool list_one(void *arg, const struct broker_app *app)
{
    struct listing *l = arg;

    l->count++;
    write_app_json(&l->json, app);
    base_table_cell_str(l->table, app->name);
    base_table_cell_str(l->table, app->client_id);
    base_table_cell_str(l->table, app->authorize_url[0] ? "-" : app->api_version);
    base_table_cell_str(l->table, app->authorize_url[0] ? app->token_url : app->api_url);
    base_table_cell_str(l->table, app->scope);
    return true;
}

static enum base_status print_listing(struct cli *c, const struct listing *l,
                                      const struct base_buf *json, bool as_json,
                                      struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    enum base_status status;

    if (as_json)
        return cli_write_buf(json, err);
    if (l->count == 0) {
        cli_say(c, "No app is registered yet. Next: hubauth app add --help");
        return BASE_OK;
    }
    base_buf_init(&text, 1u << 20);
    status = base_table_print(l->table, 60, c->colour_stdout, &text, err);
    return status ? status : cli_write_buf(&text, err);
}

static enum base_status run_list(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    static const char *const titles[] = {"NAME", "CLIENT ID", "VERSION", "API", "SCOPES"};
    const struct list_options *o = args->options;
    BASE_CLEANUP(base_buf_free) struct base_buf json = {0};
    struct listing l = {.table = base_table_new(titles, 5)};
    struct broker *b;
    enum base_status status = l.table ? cli_broker(c, &b, err) : base_fail_memory(err);

    base_buf_init(&json, 1u << 20);
    base_jsonw_begin(&l.json, &json);
    base_jsonw_array(&l.json);
    if (!status)
        status = broker_app_list(b, list_one, &l, err);
    base_jsonw_end(&l.json);
    base_buf_add_char(&json, '\n');
    if (!status)
        status = print_listing(c, &l, &json, o->json, err);
    base_table_free(l.table);
    return status;
}

const struct cli_command cli_cmd_app_list = {
    .usage = {.program = "hubauth",
              .name = "app list",
              .summary = "list the apps",
              .options = list_table,
              .see_also = "hubauth-app-add(1)"},
    .options_size = sizeof(struct list_options),
    .run = run_list,
};

struct showing {
    const char *name;
    struct base_jsonw json;
    struct base_buf text;
    bool found;
};

static bool show_one(void *arg, const struct broker_app *app)
{
    struct showing *s = arg;

    if (strcmp(app->name, s->name) != 0)
        return true;
    s->found = true;
    write_app_json(&s->json, app);
    base_buf_printf(&s->text,
                    "name            %s\nclient id       %s\nclient secret   stored, sealed\n",
                    app->name, app->client_id);
    for (size_t i = 0; i < app->redirect_count; i++)
        base_buf_printf(&s->text, "redirect URL    %s\n", app->redirect_urls[i]);
    base_buf_printf(&s->text, "scopes          %s\n", app->scope);
    if (app->optional_scope[0])
        base_buf_printf(&s->text, "optional        %s\n", app->optional_scope);
    if (app->authorize_url[0])
        base_buf_printf(&s->text, "authorization   %s\ntoken           %s\n", app->authorize_url,
                        app->token_url);
    else
        base_buf_printf(&s->text, "API version     %s\nAPI             %s\nconsent page    %s\n",
                        app->api_version, app->api_url, app->app_url);
    if (app->issuer[0])
        base_buf_printf(&s->text, "issuer          %s\n", app->issuer);
    return false;
}

static enum base_status run_show(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct list_options *o = args->options;
    BASE_CLEANUP(base_mem_cleanup) char *name = NULL;
    BASE_CLEANUP(base_buf_free) struct base_buf json = {0};
    struct showing s = {0};
    struct broker *b;
    enum base_status status = cli_broker(c, &b, err);

    if (status ||
        (status = broker_app_choose(b, args->count ? args->operands[0] : NULL, &name, err)))
        return status;
    base_buf_init(&json, 1u << 20);
    base_buf_init(&s.text, 1u << 20);
    base_jsonw_begin(&s.json, &json);
    s.name = name;
    status = broker_app_list(b, show_one, &s, err);
    base_buf_add_char(&json, '\n');
    if (!status && !s.found) {
        status = base_fail(err, BASE_USAGE, "showing an app", "no app is called %s", name);
        base_error_hint(err, "hubauth app list");
    }
    if (!status)
        status = cli_write_buf(o->json ? &json : &s.text, err);
    base_buf_free(&s.text);
    return status;
}

const struct cli_command cli_cmd_app_show = {
    .usage = {.program = "hubauth",
              .name = "app show",
              .operands = "[APP]",
              .summary = "show an app, without its secret",
              .options = list_table,
              .max_operands = 1,
              .see_also = "hubauth-app-list(1)"},
    .options_size = sizeof(struct list_options),
    .run = run_show,
};

/* ------------------------------------------------------------------ remove */

static const struct base_opt no_options[] = {{0}};

static enum base_status run_remove(struct cli *c, const struct cli_args *args,
                                   struct base_error *err)
{
    struct broker *b;
    enum base_status status = cli_broker(c, &b, err);

    if (!status)
        status = broker_app_remove(b, args->operands[0], err);
    if (!status)
        cli_say(c, "App %s is removed.", args->operands[0]);
    return status;
}

const struct cli_command cli_cmd_app_remove = {
    .usage = {.program = "hubauth",
              .name = "app remove",
              .operands = "APP",
              .summary = "forget an app and its secret",
              .details = "Refused while accounts are connected through it: log out of them first.",
              .options = no_options,
              .min_operands = 1,
              .max_operands = 1,
              .see_also = "hubauth-logout(1)"},
    .run = run_remove,
};

/* ------------------------------------------------------------------ the group */

static enum base_status run_group(struct cli *c, const struct cli_args *args,
                                  struct base_error *err)
{
    (void)c;
    return cli_command_unknown("app", args->operands[0], err);
}

const struct cli_command cli_cmd_app = {
    .usage = {.program = "hubauth",
              .name = "app",
              .operands = "add|list|show|check|remove",
              .summary = "the apps that accounts are connected through",
              .details = "add stores an app's client id, secret and redirect URLs; list names the "
                         "apps; show tells all about one but its secret; check proves client id "
                         "and secret without a login; remove forgets one. "
                         "`hubauth app add --help` tells more.",
              .options = no_options,
              .min_operands = 1,
              .max_operands = -1,
              .see_also = "hubauth-app-add(1), hubauth-app-list(1), hubauth-app-show(1), "
                          "hubauth-app-check(1), "
                          "hubauth-app-remove(1)"},
    .is_group = true,
    .run = run_group,
};
