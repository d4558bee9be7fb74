/* hubauth accounts add: an account by a private app's token. */
#include "broker_private.h"
#include "cli_command.h"
#include "cli_secret.h"
#include "hubspot_endpoint.h"

struct add_options {
    const char *file, *app, *api_url;
};

static const struct add_options defaults = {.app = "private"};

static const struct base_opt options[] = {
    {.name = "private-app-token-file",
     .kind = BASE_OPT_STRING,
     .value = "FILE",
     .offset = offsetof(struct add_options, file),
     .help = "Where the token stands; - is standard input. The file is not needed afterwards"},
    {.name = "app",
     .kind = BASE_OPT_STRING,
     .value = "NAME",
     .offset = offsetof(struct add_options, app),
     .help = "A name for the private app, for a second one in an account (default: private)"},
    {.name = "api-url",
     .kind = BASE_OPT_STRING,
     .value = "URL",
     .offset = offsetof(struct add_options, api_url),
     .help = "Another HubSpot than " HUBSPOT_API_URL ", such as the emulator; an app that is there "
             "keeps its own"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth accounts add --private-app-token-file -", "asks for the token, which is not shown"},
    {0},
};

static void on_added(void *arg, enum base_status status, const char *name,
                     const struct base_error *err)
{
    struct cli_job *j = arg;

    if (!status)
        cli_say(j->c, "Account %s is stored; its token does not expire.", name);
    cli_end(j, status, err);
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct add_options *o = args->options;
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *token = NULL;
    struct broker_private_wish wish = {.app = o->app, .api_url = o->api_url};
    struct cli_job j = {.c = c, .err = err};
    struct broker_private *adding;
    struct broker *b;
    enum base_status status;

    if (!o->file) {
        base_fail(err, BASE_USAGE, "adding an account",
                  "--private-app-token-file is missing; an account of an OAuth app is connected by "
                  "hubauth login");
        base_error_hint(err, "hubauth accounts add --private-app-token-file -");
        return BASE_USAGE;
    }
    status = cli_secret_read(c, o->file, "private app's token", &token, err);
    if (status || (status = cli_broker_on_loop(c, &b, err)))
        return status;
    wish.token = token;
    status = broker_private_add(b, &wish, on_added, &j, &adding, err);
    if (status)
        return status;
    if (!cli_ended(&j))
        broker_private_cancel(adding);
    return j.status;
}

const struct cli_command cli_cmd_accounts_add = {
    .usage = {.program = "hubauth",
              .name = "accounts add",
              .operands = "",
              .summary = "an account by a private app's token",
              .details =
                  "Asks HubSpot whose the token is and stores it, sealed. Then token, exec, api, "
                  "export, limits and status work with the account as with any other. The token "
                  "does not expire and is not refreshed: after a rotation in HubSpot add the new "
                  "one, which takes the old one's place. `hubauth logout` forgets it here; HubSpot "
                  "has no way to revoke it but its own settings.",
              .options = options,
              .max_operands = 0,
              .examples = examples,
              .exits = CLI_EXITS,
              .see_also = "hubauth-accounts(1), hubauth-login(1), hubauth-logout(1)"},
    .options_size = sizeof(struct add_options),
    .defaults = &defaults,
    .run = run,
};
