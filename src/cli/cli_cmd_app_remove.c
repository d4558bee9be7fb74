#include "broker_app.h"
#include "cli_command.h"

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
