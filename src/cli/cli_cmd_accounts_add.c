/* hubauth accounts add: an account by a private app's token, or of an app itself. */
#include "base_time.h"
#include "broker_app.h"
#include "broker_app_level.h"
#include "broker_app_token.h"
#include "broker_private.h"
#include "cli_command.h"
#include "cli_secret.h"
#include "hubspot_endpoint.h"

#define DOING "adding an account"
#define PRIVATE_APP "private" /* the app's record, unless it is named */

struct add_options {
    const char *file, *app, *api_url, *scope;
    bool app_level;
};

static const struct base_opt options[] = {
    {.name = "private-app-token-file",
     .kind = BASE_OPT_STRING,
     .value = "FILE",
     .offset = offsetof(struct add_options, file),
     .help = "Where a private app's token stands; - is standard input. The file is not needed "
             "afterwards"},
    {.name = "app-level",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct add_options, app_level),
     .help = "Or: an account of an app itself, which is of no portal"},
    {.name = "scope",
     .kind = BASE_OPT_STRING,
     .value = "SCOPES",
     .offset = offsetof(struct add_options, scope),
     .help = "With --app-level: what it is for, such as developer.webhooks_journal.read"},
    {.name = "app",
     .kind = BASE_OPT_STRING,
     .value = "NAME",
     .offset = offsetof(struct add_options, app),
     .help = "A name for the private app, for a second one in an account (default: private); with "
             "--app-level the app that it is of (default: the only one)"},
    {.name = "api-url",
     .kind = BASE_OPT_STRING,
     .value = "URL",
     .offset = offsetof(struct add_options, api_url),
     .help = "Of a private app: another HubSpot than " HUBSPOT_API_URL ", such as the emulator; an "
             "app that is there keeps its own"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth accounts add --private-app-token-file -", "asks for the token, which is not shown"},
    {"hubauth accounts add --app-level --app demo --scope developer.webhooks_journal.read",
     "the account demo/app-level, for the webhooks journal"},
    {0},
};

/* ------------------------------------------------------------------ a private app's */

static void on_added(void *arg, enum base_status status, const char *name,
                     const struct base_error *err)
{
    struct cli_job *j = arg;

    if (!status)
        cli_say(j->c, "Account %s is stored; its token does not expire.", name);
    cli_end(j, status, err);
}

static enum base_status add_private(struct cli *c, const struct add_options *o,
                                    struct base_error *err)
{
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *token = NULL;
    struct broker_private_wish wish = {.app = o->app ? o->app : PRIVATE_APP, .api_url = o->api_url};
    struct cli_job j = {.c = c, .err = err};
    struct broker_private *adding;
    struct broker *b;
    enum base_status status = cli_secret_read(c, o->file, "private app's token", &token, err);

    wish.token = token;
    if (status || (status = cli_broker_on_loop(c, &b, err)) ||
        (status = broker_private_add(b, &wish, on_added, &j, &adding, err)))
        return status;
    if (!cli_ended(&j))
        broker_private_cancel(adding);
    return j.status;
}

/* ------------------------------------------------------------------ an app's own */

static void on_token(void *arg, enum base_status status, const struct broker_grant *grant,
                     const struct base_error *err)
{
    struct cli_job *j = arg;
    char human[32];

    if (!status) {
        cli_say(j->c, "Account %s is stored; its token lives for %s and is renewed when it is due.",
                grant->name, base_time_human(human, grant->expires_at - base_time_now()));
        cli_say(j->c, "Scopes: %s", grant->scopes);
        cli_say(j->c, "It is meant only where it is named. Next: hubauth token %s", grant->name);
    }
    cli_end(j, status, err);
}

static enum base_status add_app_level(struct cli *c, const struct add_options *o,
                                      struct base_error *err)
{
    BASE_CLEANUP(base_mem_cleanup) char *app = NULL;
    struct cli_job j = {.c = c, .err = err};
    struct broker_app_level *adding;
    struct broker *b;
    enum base_status status = cli_broker_on_loop(c, &b, err);

    if (status || (status = broker_app_choose(b, o->app, &app, err)) ||
        (status = broker_app_level_add(b, app, o->scope, on_token, &j, &adding, err)))
        return status;
    if (!cli_ended(&j))
        broker_app_level_cancel(adding);
    return j.status;
}

/* ------------------------------------------------------------------ the command */

static enum base_status fail_usage(struct base_error *err, const char *why, const char *hint)
{
    base_fail(err, BASE_USAGE, DOING, "%s", why);
    base_error_hint(err, "%s", hint);
    return BASE_USAGE;
}

static enum base_status check(const struct add_options *o, struct base_error *err)
{
    static const char private_app[] = "hubauth accounts add --private-app-token-file -";
    static const char app_level[] =
        "hubauth accounts add --app-level --app NAME --scope developer.webhooks_journal.read";

    if (o->file && o->app_level)
        return fail_usage(err, "an account is a private app's or an app's own, not both",
                          private_app);
    if (!o->file && !o->app_level)
        return fail_usage(err,
                          "--private-app-token-file or --app-level is missing; an account of an "
                          "OAuth app is connected by hubauth login",
                          o->scope ? app_level : private_app);
    if (o->app_level && !o->scope)
        return fail_usage(err, "--app-level needs --scope: what is the token for?", app_level);
    if (o->app_level && o->api_url)
        return fail_usage(err, "--api-url is for private apps: an app has its own", app_level);
    if (o->file && o->scope)
        return fail_usage(err, "--scope is for --app-level: HubSpot says what a private app may do",
                          private_app);
    return o->app_level ? broker_app_token_check(o->scope, err) : BASE_OK;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct add_options *o = args->options;
    enum base_status status = check(o, err);

    if (status)
        return status;
    return o->app_level ? add_app_level(c, o, err) : add_private(c, o, err);
}

const struct cli_command cli_cmd_accounts_add = {
    .usage = {.program = "hubauth",
              .name = "accounts add",
              .operands = "",
              .summary = "an account by a private app's token, or of an app itself",
              .details =
                  "With --private-app-token-file HubSpot is asked whose the token is, and it is "
                  "stored, sealed. Then token, exec, api, export, limits and status work with the "
                  "account as with any other. The token does not expire and is not refreshed: "
                  "after a rotation in HubSpot add the new one, which takes the old one's place. "
                  "`hubauth logout` forgets it here; HubSpot has no way to revoke it but its own "
                  "settings.\n\n"
                  "With --app-level the account is APP/app-level, with a token of the app itself "
                  "(client credentials), which HubSpot's app-level APIs such as the webhooks "
                  "journal want and its CRM refuses. The first token is fetched at once, so that "
                  "a wrong secret or scope shows now; later ones when they are due, once for all "
                  "processes, with the app's client secret. The account is meant only where it is "
                  "named: as APP/app-level, as app-level, or by an alias; never by the app's name, "
                  "or because there is no other. Added again it has other scopes.",
              .options = options,
              .max_operands = 0,
              .examples = examples,
              .exits = CLI_EXITS,
              .see_also = "hubauth-accounts(1), hubauth-login(1), hubauth-logout(1), "
                          "hubauth-token(1)"},
    .options_size = sizeof(struct add_options),
    .run = run,
};
