/* hubauth app update: other values for an app, which keeps its accounts. */
#include "broker_update.h"
#include "cli_app.h"
#include "cli_app_dialogue.h"
#include "cli_command.h"
#include "cli_terminal.h"

#define DOING "updating an app"

struct update_options {
    struct cli_app_options app;
    bool no_check;
};

#define UPDATE(option, field, placeholder, text)                                                   \
    {                                                                                              \
        .name = option, .kind = BASE_OPT_STRING, .value = placeholder, .help = text,               \
        .offset = offsetof(struct update_options, app.field)                                       \
    }

static const struct base_opt options[] = {
    UPDATE("client-id", client_id, "ID",
           "Another client id; refused while accounts are connected through the app"),
    UPDATE("client-secret-file", secret_file, "FILE",
           "A file that holds the new client secret; - is standard input"),
    {.name = "redirect-url",
     .kind = BASE_OPT_LIST,
     .value = "URL",
     .offset = offsetof(struct update_options, app.redirect_urls),
     .help = "A redirect URL exactly as registered with the app. May be given several times: those "
             "that are given take the place of all that are stored"},
    UPDATE("scope", scope, "SCOPES", "All scopes that the app requires, separated by spaces"),
    UPDATE("optional-scope", optional_scope, "SCOPES",
           "All scopes to ask for that an account may lack; \"\" for none"),
    UPDATE("api-url", api_url, "URL",
           "Where the API is; refused while accounts are connected through the app"),
    UPDATE("app-url", app_url, "URL", "Where the consent page is"),
    UPDATE("authorize-url", authorize_url, "URL",
           "The authorization endpoint of an OAuth server other than HubSpot"),
    UPDATE("token-url", token_url, "URL", "Its token endpoint; refused like --api-url"),
    UPDATE("issuer", issuer, "URL", "Its issuer identifier (RFC 9207); \"\" for none"),
    UPDATE("api-version", api_version, "VERSION",
           "Not changed here: `hubauth app migrate` moves an app with its accounts"),
    {.name = "no-check",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct update_options, no_check),
     .help = "Store without asking the token endpoint whether client id and secret are right"},
    {0},
};

/* ------------------------------------------------------------------ the answer */

static void say_scopes(struct cli *c, const struct broker_update_result *r)
{
    if (!r->new_scopes[0])
        return;
    cli_say(c, "New scopes: %s.", r->new_scopes);
    if (!r->accounts[0])
        return;
    cli_say(c,
            "Accounts that must log in again to get them: %s. Until then they work with what "
            "they have.",
            r->accounts);
    cli_say(c, "Next: hubauth login --app %s", r->app->name);
}

static void on_done(void *arg, enum base_status status, const struct broker_update_result *result,
                    const struct base_error *err)
{
    struct cli_job *j = arg;

    if (!status) {
        cli_say(j->c, "App %s is %s%s.", result->app->name,
                result->stored ? "updated" : "as it was",
                result->proven ? "; the token endpoint takes its client id and secret" : "");
        say_scopes(j->c, result);
    }
    cli_end(j, status, err);
}

/* ------------------------------------------------------------------ the question */

static bool is_anything_given(const struct cli_app_options *o)
{
    return o->client_id || o->secret_file || o->redirect_urls.count > 0 || o->scope ||
           o->optional_scope || o->api_url || o->app_url || o->authorize_url || o->token_url ||
           o->issuer;
}

static enum base_status check(const struct cli *c, const struct cli_app_options *o,
                              const char *name, struct base_error *err)
{
    if (o->api_version) {
        base_fail(err, BASE_USAGE, DOING,
                  "the API version moves with the app's accounts, which are proven there one by "
                  "one");
        base_error_hint(err, "hubauth app migrate %s --api-version %s", name, o->api_version);
        return BASE_USAGE;
    }
    if (is_anything_given(o) || cli_terminal_has_person(c))
        return BASE_OK;
    base_fail(err, BASE_USAGE, DOING, "nothing was given that should change");
    base_error_hint(err,
                    "hubauth app update %s --client-secret-file FILE; on a terminal `hubauth app "
                    "update %s` asks for the secret",
                    name, name);
    return BASE_USAGE;
}

static enum base_status ask_secret(const struct broker_app *stored, struct broker_app *changes,
                                   struct base_error *err)
{
    char prompt[160];
    enum base_status status;

    (void)snprintf(prompt, sizeof(prompt),
                   "New client secret of app %s (not shown): ", stored->name);
    status =
        cli_app_dialogue_secret(prompt, stored->authorize_url[0], &changes->client_secret, err);
    if (!status && crypt_secret_length(changes->client_secret) == 0)
        status =
            base_fail(err, BASE_USAGE, DOING, "no client secret was typed; nothing was stored");
    return status;
}

/* ------------------------------------------------------------------ running */

static void on_advice(void *cli, const char *text)
{
    cli_say(cli, "hubauth: %s", text);
}

static enum base_status update(struct cli *c, struct broker *b, const char *name,
                               const struct update_options *o, struct broker_app *changes,
                               struct base_error *err)
{
    BASE_CLEANUP(broker_app_free) struct broker_app stored = {0};
    const struct broker_app_advice advice = {on_advice, c};
    const struct broker_update_way way = {.unproven = o->no_check, .advice = &advice};
    struct cli_job j = {.c = c, .err = err};
    struct broker_update *update;
    bool other_server;
    enum base_status status = broker_app_get(b, name, &stored, err);

    if (status)
        return status;
    other_server = o->app.authorize_url ? o->app.authorize_url[0] : stored.authorize_url[0];
    status = is_anything_given(&o->app) ? cli_app_take(c, &o->app, other_server, changes, err)
                                        : ask_secret(&stored, changes, err);
    if (status || (status = broker_update_start(b, name, changes, &way, on_done, &j, &update, err)))
        return status;
    if (!cli_ended(&j))
        broker_update_cancel(update);
    return j.status;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct update_options *o = args->options;
    BASE_CLEANUP(base_mem_cleanup) char *name = NULL;
    struct broker_app changes = {0};
    struct broker *b;
    const char *given = args->count ? args->operands[0] : NULL;
    enum base_status status = check(c, &o->app, given ? given : "NAME", err);

    if (status || (status = cli_broker_on_loop(c, &b, err)) ||
        (status = broker_app_choose(b, given, &name, err)))
        return status;
    status = update(c, b, name, o, &changes, err);
    broker_app_free(&changes);
    return status;
}

static const struct base_opt_example examples[] = {
    {"hubauth app update crm", "asks for the new client secret, proves it, and stores it"},
    {"hubauth app update crm --client-secret-file - <secret.txt", "the same in a script"},
    {"hubauth app update crm --scope \"oauth crm.objects.contacts.read\"",
     "what the next login asks for"},
    {0},
};

const struct cli_command cli_cmd_app_update = {
    .usage =
        {.program = "hubauth",
         .name = "app update",
         .operands = "[APP]",
         .summary = "change an app: a rotated client secret, redirect URLs, scopes",
         .details =
             "What is not given stays as it is, and accounts stay connected. Without any option, "
             "on a terminal, the new client secret is asked for and not shown.\n\n"
             "Client id and secret are shown to the token endpoint before they are stored (see "
             "hubauth app check). What it refuses is not stored, and neither is what it could not "
             "be asked about; --no-check stores it all the same. Redirect URLs and scopes are "
             "judged by a login alone.\n\n"
             "Another client id or server is refused while accounts are connected: their refresh "
             "tokens belong to those that they were given to. Accounts get new scopes when they "
             "log in "
             "again; those that lack some are named. The API version is left to "
             "hubauth app migrate.\n\n"
             "Exit status: 0 when it is stored; 2 when a value breaks a rule or the token endpoint "
             "refuses client id or secret; 6 when no answer came, or accounts stand in the way; 1 "
             "when an answer came that proves nothing.",
         .options = options,
         .max_operands = 1,
         .examples = examples,
         .exits = CLI_EXITS,
         .see_also = "hubauth-app-check(1), hubauth-app-migrate(1), hubauth-app-add(1)"},
    .options_size = sizeof(struct update_options),
    .run = run,
};
