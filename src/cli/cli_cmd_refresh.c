#include "base_time.h"
#include "broker_token.h"
#include "cli_account.h"
#include "cli_command.h"

static const struct base_opt no_options[] = {{0}};

static void on_token(void *arg, enum base_status status, const struct broker_grant *grant,
                     const struct base_error *err)
{
    struct cli_job *j = arg;
    char human[32];

    if (!status)
        cli_say(j->c, "Account %s has a new access token; it lives for %s.", grant->name,
                base_time_human(human, grant->expires_at - base_time_now()));
    cli_end(j, status, err);
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    struct cli_job j = {.c = c, .err = err};
    struct broker_token_wish wish = {.force = true, .insists = true};
    struct broker_token_get *get;
    struct broker *b;
    enum base_status status =
        cli_account_choose(c, args->count ? args->operands[0] : NULL, &account, err);

    wish.name = account.name;
    if (!status && cli_stateless_is_private(c))
        return base_fail(err, BASE_USAGE, "refreshing the token",
                         "a private-app token does not expire and cannot be refreshed; it is "
                         "rotated in HubSpot, in the private app's settings");
    if (status || (status = cli_broker_on_loop(c, &b, err)) ||
        (status = broker_token_get(b, &wish, on_token, &j, &get, err)))
        return status;
    if (!cli_ended(&j))
        broker_token_cancel(get);
    return j.status;
}

const struct cli_command cli_cmd_refresh = {
    .usage = {.program = "hubauth",
              .name = "refresh",
              .operands = "[ACCOUNT]",
              .summary = "get a new access token now",
              .details = "hubauth token does this by itself when it is needed. The new token is "
                         "stored before this command ends; "
                         "the old one stays valid until it expires.",
              .options = no_options,
              .max_operands = 1,
              .exits = CLI_EXITS,
              .see_also = "hubauth-token(1)"},
    .run = run,
};
