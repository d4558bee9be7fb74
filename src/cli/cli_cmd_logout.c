/* hubauth logout: forget an account here first, then tell HubSpot; and tell it later what it could
 * not be told then. */
#include "base_list.h"
#include "broker_logout.h"
#include "broker_private.h"
#include "broker_revoke.h"
#include "cli_account.h"
#include "cli_command.h"
#include "cli_error.h"
#include "cli_terminal.h"

struct logout_options {
    bool all, local, retry, give_up;
};

static const struct base_opt options[] = {
    {.name = "all",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct logout_options, all),
     .help = "With ACCOUNT: the accounts that share its grant as well; alone: every account"},
    {.name = "local",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct logout_options, local),
     .help = "Forget it here and leave the grant alive for others that use it"},
    {.name = "retry",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct logout_options, retry),
     .help = "Tell HubSpot of the logouts that it has not heard of yet"},
    {.name = "give-up",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct logout_options, give_up),
     .help = "Forget those logouts without telling HubSpot"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth logout", "the only account"},
    {"hubauth logout 1234567 --local", "forget it here; another machine goes on using it"},
    {"hubauth logout --retry", "after HubSpot could not be reached"},
    {0},
};

static bool add_grant(void *arg, const struct broker_grant *g)
{
    return base_list_add(arg, g->name);
}

/* ------------------------------------------------------------------ one account */

static void on_gone(void *arg, enum base_status status, const struct base_error *err)
{
    cli_end(arg, status, err);
}

static enum broker_grant_kind kind_of(struct broker *b, const char *name)
{
    BASE_CLEANUP(broker_grant_free) struct broker_grant g = {0};

    return broker_grant_load(b, name, &g, NULL) ? BROKER_KIND_OAUTH : g.kind;
}

static enum base_status revoke(struct cli *c, struct broker *b, const char *name,
                               struct base_error *err)
{
    struct cli_job j = {.c = c, .err = err};
    struct broker_logout *logout;
    enum base_status status = broker_logout(b, name, on_gone, &j, &logout, err);

    if (status)
        return status;
    if (!cli_ended(&j))
        broker_logout_cancel(logout);
    else if (!j.status)
        cli_say(c, "Account %s is logged out: its refresh token is revoked and removed here.",
                name);
    return j.status;
}

/* What has no refresh token, and so nothing that HubSpot is known to revoke. */
static enum base_status leave_unrevoked(struct cli *c, struct broker *b, const char *name,
                                        enum broker_grant_kind kind, struct base_error *err)
{
    enum base_status status = broker_logout_locally(b, name, err);

    if (!status && kind == BROKER_KIND_PRIVATE)
        cli_say(c,
                "Account %s is forgotten here. Its token works on: HubSpot ends a private app's in "
                "its settings alone (Settings > Integrations > Private Apps).",
                name);
    else if (!status)
        cli_say(
            c,
            "Account %s is forgotten here. There is no refresh token that could be revoked; its "
            "last access token lives until it expires.",
            name);
    return status;
}

static enum base_status forget(struct cli *c, struct broker *b, const char *name,
                               struct base_error *err)
{
    enum base_status status = broker_logout_locally(b, name, err);

    if (!status)
        cli_say(c, "Account %s is forgotten here. Its grant lives on at HubSpot.", name);
    return status;
}

static enum base_status leave_one(struct cli *c, struct broker *b, const char *name, bool locally,
                                  bool *revoked, struct base_error *err)
{
    enum broker_grant_kind kind = kind_of(b, name);

    if (kind != BROKER_KIND_OAUTH)
        return leave_unrevoked(c, b, name, kind, err);
    if (locally)
        return forget(c, b, name, err);
    *revoked = true;
    return revoke(c, b, name, err);
}

/* All of them, whatever becomes of one; the last trouble is the result. */
static enum base_status leave(struct cli *c, struct broker *b, const struct base_list *names,
                              bool locally, struct base_error *err)
{
    enum base_status result = BASE_OK;
    bool revoked = false;

    for (size_t i = 0; i < names->count && !c->interrupted; i++) {
        struct base_error one = BASE_ERROR_NONE;
        enum base_status status = leave_one(c, b, names->items[i], locally, &revoked, &one);

        if (!status)
            continue;
        if (result)
            cli_error_warn(c, err);
        *err = one;
        result = status;
    }
    if (!result && revoked)
        cli_say(c, "Access tokens that were handed out live until they expire.");
    return result;
}

/* ------------------------------------------------------------------ a grant that is shared */

static void join(const struct base_list *names, struct base_buf *out)
{
    base_buf_init(out, 4096);
    for (size_t i = 1; i < names->count; i++)
        base_buf_printf(out, "%s%s", i > 1 ? ", " : "", names->items[i]);
}

/* `names` has the account first and then those that share its grant. */
static enum base_status decide(struct cli *c, struct base_list *names, bool *ret_locally,
                               struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf others = {0};
    char question[1024], answer[16];
    enum base_status status;

    join(names, &others);
    if (!cli_terminal_has_person(c)) {
        base_fail(err, BASE_USAGE, "logging out",
                  "account %s shares its grant with %s: revoking it ends them all", names->items[0],
                  base_buf_str(&others));
        base_error_hint(err, "hubauth logout %s --local forgets this one here; --all ends them all",
                        names->items[0]);
        return BASE_USAGE;
    }
    (void)snprintf(question, sizeof(question),
                   "Account %s shares its grant with %.512s.\n"
                   "Log out of all of them (a), forget this one here alone (l), or neither (n)? ",
                   names->items[0], base_buf_str(&others));
    status = cli_terminal_ask(question, answer, sizeof(answer), err);
    if (status)
        return status;
    if (strcmp(answer, "a") == 0 || strcmp(answer, "all") == 0)
        return BASE_OK;
    *ret_locally = strcmp(answer, "l") == 0 || strcmp(answer, "local") == 0;
    return *ret_locally ? BASE_OK
                        : base_fail(err, BASE_CANCELLED, "logging out", "nothing is done");
}

/* An account, and those that share its grant where that is wished for. */
static enum base_status leave_named(struct cli *c, struct broker *b, const char *name,
                                    const struct logout_options *o, struct base_error *err)
{
    BASE_CLEANUP(base_list_free) struct base_list names = {0};
    bool locally = o->local;
    enum base_status status = BASE_OK;

    if (!base_list_add(&names, name))
        return base_fail_memory(err);
    if (!locally)
        status = broker_logout_sharers(b, name, add_grant, &names, err);
    if (!status && names.failed)
        status = base_fail_memory(err);
    if (!status && names.count > 1 && !o->all)
        status = decide(c, &names, &locally, err);
    if (status)
        return status;
    if (locally) /* this one alone */
        return leave_one(c, b, name, true, &(bool){false}, err);
    return leave(c, b, &names, false, err);
}

static enum base_status leave_all(struct cli *c, struct broker *b, bool locally,
                                  struct base_error *err)
{
    BASE_CLEANUP(base_list_free) struct base_list names = {0};
    enum base_status status = broker_grant_list(b, add_grant, &names, err);

    if (!status && names.failed)
        status = base_fail_memory(err);
    if (status)
        return status;
    if (names.count == 0)
        cli_say(c, "No account is connected.");
    return leave(c, b, &names, locally, err);
}

/* ------------------------------------------------------------------ what is pending */

struct retry {
    struct cli_job job;
    unsigned told;
};

static void on_told(void *arg, enum base_status status, unsigned told, unsigned left,
                    const struct base_error *err)
{
    struct retry *r = arg;

    r->told = told;
    cli_end(&r->job, status, err);
    if (status) {
        base_fail(r->job.err, BASE_PARTIAL, "telling HubSpot of logouts",
                  "%u could not be told: %s", left, err->why);
        base_error_lower(r->job.err, "%s", err->lower);
        base_error_hint(r->job.err,
                        "hubauth logout --retry later; or --give-up, and uninstall the app "
                        "in HubSpot under Settings > Integrations > Connected apps");
    }
}

static enum base_status retry(struct cli *c, struct broker *b, struct base_error *err)
{
    struct retry r = {.job = {.c = c, .err = err}};
    struct broker_revoke *revocations;
    enum base_status status = broker_revoke_start(b, NULL, NULL, on_told, &r, &revocations, err);

    if (status)
        return status;
    if (!cli_ended(&r.job))
        broker_revoke_cancel(revocations);
    else if (r.told > 0)
        cli_say(c, "HubSpot has been told of %u logout%s.", r.told, r.told == 1 ? "" : "s");
    else if (!r.job.status)
        cli_say(c, "There is no logout that HubSpot has not heard of.");
    return r.job.status;
}

static enum base_status give_up(struct cli *c, struct broker *b, struct base_error *err)
{
    unsigned count = 0;
    enum base_status status = broker_pending_forget(b, &count, err);

    if (!status)
        cli_say(c, "%u pending revocation%s forgotten%s.", count, count == 1 ? " is" : "s are",
                count > 0 ? ": to end that access, uninstall the app in HubSpot" : "");
    return status;
}

/* ------------------------------------------------------------------ the command */

static enum base_status check(const struct logout_options *o, int operands, struct base_error *err)
{
    if ((o->retry && o->give_up) || ((o->retry || o->give_up) && (o->all || o->local || operands)))
        return base_fail(err, BASE_USAGE, "reading the command line",
                         "--retry and --give-up stand alone");
    if (o->all && o->local && operands)
        return base_fail(err, BASE_USAGE, "reading the command line",
                         "either --all or --local: the others would lose their grant or not");
    return BASE_OK;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct logout_options *o = args->options;
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    struct broker *b;
    enum base_status status = check(o, args->count, err);

    if (status || (status = cli_broker_on_loop(c, &b, err)))
        return status;
    if (o->retry)
        return retry(c, b, err);
    if (o->give_up)
        return give_up(c, b, err);
    if (o->all && !args->count)
        return leave_all(c, b, o->local, err);
    status = cli_account_choose(c, args->count ? args->operands[0] : NULL, &account, err);
    return status ? status : leave_named(c, b, account.name, o, err);
}

const struct cli_command cli_cmd_logout = {
    .usage = {.program = "hubauth",
              .name = "logout",
              .operands = "[ACCOUNT]",
              .summary = "revoke the refresh token and forget the account",
              .details =
                  "The account is removed here first, and then HubSpot is told to revoke its "
                  "refresh token. When it cannot be told, the exit code is 7 and the "
                  "revocation waits, sealed, in the vault: `hubauth logout --retry` tells "
                  "it, and `accounts` and `status` show that it waits.\n\n"
                  "Where another account holds the same refresh token, as after an import, "
                  "you are asked first; without a terminal --all or --local must say what "
                  "is meant. The app stays installed in the account: to end that, uninstall "
                  "it there.\n\n"
                  "A private app's account and an app-level one have no refresh token: they are "
                  "forgotten here, and HubSpot is told nothing.",
              .options = options,
              .max_operands = 1,
              .examples = examples,
              .exits = "7: removed here, but HubSpot could not be told. " CLI_EXITS,
              .see_also = "hubauth-login(1), hubauth-accounts(1)"},
    .options_size = sizeof(struct logout_options),
    .run = run,
};
