/* hubauth exec: another program with a token in its environment, and in nobody else's (E4). It
 * takes our place: no parent is left to pass on signals, terminals and exit codes. */
#include "base_time.h"
#include "broker_app.h"
#include "cli_account.h"
#include "cli_command.h"
#include "cli_environment.h"
#include "cli_token.h"

#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <unistd.h>

#define DOING "running a command"
#define EXEC_TOKEN "HUBSPOT_ACCESS_TOKEN"

/* As env(1), nohup(1) and POSIX shells have them. */
#define EXEC_NOT_RUNNABLE 126
#define EXEC_NOT_FOUND 127

struct exec_options {
    int64_t min_ttl;
    const char *variable;
};

static const struct exec_options defaults = {.min_ttl = 5 * BASE_MINUTE_MS, .variable = EXEC_TOKEN};

static const struct base_opt options[] = {
    {.name = "min-ttl",
     .kind = BASE_OPT_SPAN,
     .value = "TIME",
     .offset = offsetof(struct exec_options, min_ttl),
     .help = "Refresh first when the token lives for less than this (default: 5m)"},
    {.name = "variable",
     .kind = BASE_OPT_STRING,
     .value = "NAME",
     .offset = offsetof(struct exec_options, variable),
     .help = "The variable that holds the token (default: " EXEC_TOKEN ")"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth exec -- npm run import", "a script that reads " EXEC_TOKEN},
    {"hubauth exec 1234567 --min-ttl 25m -- python3 report.py",
     "with a token that lives for 25 minutes at least"},
    {"hubauth exec -- sh -c 'printf \"Authorization: Bearer %s\" \"$" EXEC_TOKEN "\" | curl -H @- "
     "\"$HUBSPOT_API_URL/account-info/2026-03/details\"'",
     "a token that no argument holds"},
    {0},
};

/* ------------------------------------------------------------------ the program */

struct taking {
    const char *variable;
    struct cli_environment environment;
};

static enum base_status take_grant(void *arg, struct broker *b, const struct broker_grant *grant,
                                   struct base_error *err)
{
    struct taking *t = arg;
    BASE_CLEANUP(broker_app_free) struct broker_app app = {0};
    enum base_status status = broker_app_get(b, grant->app, &app, err);

    if (status)
        return status;
    return cli_environment_make(environ,
                                &(struct cli_environment_values){
                                    .variable = t->variable,
                                    .token = crypt_secret_span(grant->access_token),
                                    .hub_id = grant->hub_id,
                                    .api_url = app.api_url,
                                },
                                &t->environment, err);
}

/* Returns only when it fails. */
static enum base_status become(struct cli *c, char **argv, char **env, struct base_error *err)
{
    int error;

    (void)signal(SIGPIPE, SIG_DFL); /* which is ignored here, and would be inherited */
    /* Ours are closed on exec in any case; so are those that we have inherited (E5). */
    if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        return base_fail_errno(err, BASE_FAILED, DOING, errno, "descriptors cannot be closed");
    (void)execvpe(argv[0], argv, env);
    error = errno;
    (void)signal(SIGPIPE, SIG_IGN);
    c->exit_code = error == ENOENT ? EXEC_NOT_FOUND : EXEC_NOT_RUNNABLE;
    return base_fail_errno(err, BASE_FAILED, DOING, error, "%s cannot be run", argv[0]);
}

static enum base_status check_words(const struct cli_args *args, struct base_error *err)
{
    if (args->after_dashes > 0 && args->count - args->after_dashes <= 1)
        return BASE_OK;
    base_fail(err, BASE_USAGE, DOING, "a command is [ACCOUNT] -- COMMAND ARGUMENT…");
    base_error_hint(err, "hubauth exec -- env");
    return BASE_USAGE;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct exec_options *o = args->options;
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    struct taking t = {.variable = o->variable};
    int words = args->after_dashes, first = args->count - words;
    char *argv[CLI_MAX_WORDS + 1] = {NULL};
    enum base_status status = check_words(args, err);

    if (status || (status = cli_environment_check(o->variable, err)))
        return status;
    for (int i = 0; i < words; i++)
        argv[i] = (char *)(uintptr_t)args->operands[first + i];
    status = cli_account_choose(c, first > 0 ? args->operands[0] : NULL, &account, err);
    if (!status)
        status = cli_token_use(c, account.name, o->min_ttl, take_grant, &t, err);
    if (!status) {
        cli_broker_close(c);
        status = become(c, argv, t.environment.list, err);
    }
    cli_environment_free(&t.environment);
    return status;
}

const struct cli_command cli_cmd_exec = {
    .usage =
        {.program = "hubauth",
         .name = "exec",
         .operands = "[ACCOUNT] -- COMMAND [ARGUMENT…]",
         .summary = "run a command with a token in its environment",
         .details =
             "Puts an access token that works into " EXEC_TOKEN ", the account's number into "
             "HUBSPOT_PORTAL_ID and HubSpot's address into HUBSPOT_API_URL, and becomes the "
             "command: no process of hubauth is left, and signals, terminal and exit code are "
             "the command's own. Variables of the caller that hold a credential for HubSpot "
             "(HUBSPOT_… with TOKEN, KEY or SECRET in the name, HUBSPOT_PAT, HUBSPOT_PASSWORD, "
             "HAPIKEY, PRIVATE_APP_ACCESS_TOKEN) are not passed on, nor are descriptors above "
             "2.\n\n"
             "The token is not renewed while the command runs; but for a private app's it "
             "lives for half an hour at most. What runs for longer calls `hubauth token` each "
             "time.",
         .options = options,
         .min_operands = 1,
         .max_operands = -1,
         .examples = examples,
         .exits = "The command's own exit code. Before it runs: 126 when it cannot be run, 127 "
                  "when there is none of that name, else " CLI_EXITS,
         .see_also = "hubauth-token(1), hubauth-api(1)"},
    .options_size = sizeof(struct exec_options),
    .defaults = &defaults,
    .executes = true,
    .run = run,
};
