/* hubauth exec: another program with a token in its environment, and in nobody else's (E4). It
 * takes our place: no parent is left to pass on signals, terminals and exit codes. */
#include "base_time.h"
#include "broker_app.h"
#include "cli_account.h"
#include "cli_command.h"
#include "cli_token.h"

#include <ctype.h>
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
    {"hubauth exec -- sh -c 'curl -H @- \"$HUBSPOT_API_URL/account-info/2026-03/details\" "
     "<<<\"Authorization: Bearer $" EXEC_TOKEN "\"'",
     "a token that no argument holds"},
    {0},
};

/* ------------------------------------------------------------------ the environment */

struct environment {
    struct base_buf token, portal, api_url; /* "NAME=value" */
    const char *variable;
    char **list; /* what the program gets; the strings are environ's or those above */
};

static void environment_free(struct environment *e)
{
    base_buf_free(&e->token);
    base_buf_free(&e->portal);
    base_buf_free(&e->api_url);
    base_mem_free(e->list);
}

/* Whatever may hold a credential for HubSpot, of whoever set it. HUBAUTH_…_FILE are paths, which
 * the program may need to call hubauth itself. */
static bool is_credential(struct base_span name)
{
    static const char *const others[] = {"PRIVATE_APP_ACCESS_TOKEN", "HAPIKEY"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (base_span_is(name, others[i]))
            return true;
    }
    return base_span_starts(name, "HUBSPOT_") &&
           (memmem(name.p, name.n, "TOKEN", 5) || memmem(name.p, name.n, "KEY", 3) ||
            memmem(name.p, name.n, "SECRET", 6));
}

static bool is_passed_on(const struct environment *e, const char *entry)
{
    struct base_span rest = base_span_of(entry);
    struct base_span name = base_span_cut(&rest, '=');

    return !is_credential(name) && !base_span_is(name, e->variable) &&
           !base_span_is(name, "HUBSPOT_PORTAL_ID") && !base_span_is(name, "HUBSPOT_API_URL");
}

static enum base_status make_list(struct environment *e, struct base_error *err)
{
    size_t count = 0, n = 0;

    while (environ[count])
        count++;
    e->list = base_mem_array(count + 4, sizeof(*e->list));
    if (!e->list || base_buf_status(&e->token) || base_buf_status(&e->portal) ||
        base_buf_status(&e->api_url))
        return base_fail_memory(err);
    for (size_t i = 0; i < count; i++) {
        if (is_passed_on(e, environ[i]))
            e->list[n++] = environ[i];
    }
    e->list[n++] = e->token.p;
    e->list[n++] = e->api_url.p;
    if (e->portal.n > 0)
        e->list[n++] = e->portal.p;
    e->list[n] = NULL;
    return BASE_OK;
}

static enum base_status take_grant(void *arg, struct broker *b, const struct broker_grant *grant,
                                   struct base_error *err)
{
    struct environment *e = arg;
    BASE_CLEANUP(broker_app_free) struct broker_app app = {0};
    enum base_status status = broker_app_get(b, grant->app, &app, err);

    if (status)
        return status;
    base_buf_printf(&e->token, "%s=", e->variable);
    base_buf_add_span(&e->token, crypt_secret_span(grant->access_token));
    base_buf_printf(&e->api_url, "HUBSPOT_API_URL=%s", app.api_url);
    if (grant->hub_id)
        base_buf_printf(&e->portal, "HUBSPOT_PORTAL_ID=%lld", (long long)grant->hub_id);
    return make_list(e, err);
}

/* ------------------------------------------------------------------ the program */

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

static enum base_status check_variable(const char *name, struct base_error *err)
{
    bool good = isalpha((unsigned char)name[0]) || name[0] == '_';

    for (const char *p = name; *p; p++)
        good = good && (isalnum((unsigned char)*p) || *p == '_');
    return good ? BASE_OK
                : base_fail(err, BASE_USAGE, DOING, "\"%s\" cannot be a variable's name", name);
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
    struct environment e = {.variable = o->variable};
    int words = args->after_dashes, first = args->count - words;
    char *argv[CLI_MAX_WORDS + 1] = {NULL};
    enum base_status status = check_words(args, err);

    if (status || (status = check_variable(o->variable, err)))
        return status;
    for (int i = 0; i < words; i++)
        argv[i] = (char *)(uintptr_t)args->operands[first + i];
    base_buf_init_sensitive(&e.token, 1u << 20);
    base_buf_init(&e.portal, 64);
    base_buf_init(&e.api_url, 16384);
    status = cli_account_choose(c, first > 0 ? args->operands[0] : NULL, &account, err);
    if (!status)
        status = cli_token_use(c, account.name, o->min_ttl, take_grant, &e, err);
    if (!status) {
        cli_broker_close(c);
        status = become(c, argv, e.list, err);
    }
    environment_free(&e);
    return status;
}

const struct cli_command cli_cmd_exec = {
    .usage = {.program = "hubauth",
              .name = "exec",
              .operands = "[ACCOUNT] -- COMMAND [ARGUMENT…]",
              .summary = "run a command with a token in its environment",
              .details =
                  "Puts an access token that works into " EXEC_TOKEN ", the account's number into "
                  "HUBSPOT_PORTAL_ID and HubSpot's address into HUBSPOT_API_URL, and becomes the "
                  "command: no process of hubauth is left, and signals, terminal and exit code are "
                  "the command's own. Variables of the caller that hold a credential for HubSpot "
                  "(HUBSPOT_… with TOKEN, KEY or SECRET in the name) are not passed on, nor are "
                  "descriptors above 2.\n\n"
                  "The token is not renewed while the command runs; it lives for half an hour at "
                  "most. What runs for longer calls `hubauth token` each time.",
              .options = options,
              .min_operands = 1,
              .max_operands = -1,
              .examples = examples,
              .exits =
                  "The command's own exit code. Before it runs: 126 when it cannot be run, 127 "
                  "when there is none of that name, else " CLI_EXITS,
              .see_also = "hubauth-token(1), hubauth-api(1)"},
    .options_size = sizeof(struct exec_options),
    .defaults = &defaults,
    .executes = true,
    .run = run,
};
