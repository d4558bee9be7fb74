#include "broker_info.h"
#include "cli_account.h"
#include "cli_command.h"

static const struct base_opt no_options[] = {{0}};

struct waiting {
    struct cli *c;
    const char *name;
    enum base_status status;
    struct base_error *err;
};

static void on_gone(void *arg, enum base_status status, const struct base_error *err)
{
    struct waiting *w = arg;

    w->status = status;
    if (status)
        *w->err = *err;
    else
        cli_say(w->c,
                "Account %s is logged out: its refresh token is revoked and removed here. Access "
                "tokens that were handed "
                "out live until they expire.",
                w->name);
    cli_wake(w->c);
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    struct waiting w = {.c = c, .err = err};
    struct broker_info *info;
    struct broker *b;
    enum base_status status =
        cli_account_choose(c, args->count ? args->operands[0] : NULL, &account, err);

    w.name = account.name;
    if (status || (status = cli_broker_on_loop(c, &b, err)) ||
        (status = broker_logout(b, account.name, on_gone, &w, &info, err)))
        return status;
    status = cli_wait(c, err);
    if (status)
        broker_info_cancel(info);
    return status ? status : w.status;
}

const struct cli_command cli_cmd_logout = {
    .usage = {.program = "hubauth",
              .name = "logout",
              .operands = "[ACCOUNT]",
              .summary = "revoke the refresh token and forget the account",
              .details = "The account is removed here even when HubSpot cannot be told; the exit "
                         "code is 7 then. The app stays "
                         "installed in the portal: to end that, uninstall it there.",
              .options = no_options,
              .max_operands = 1,
              .exits = "7: removed here, but HubSpot could not be told. " CLI_EXITS,
              .see_also = "hubauth-login(1)"},
    .run = run,
};
