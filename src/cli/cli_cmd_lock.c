#include "broker_key.h"
#include "cli_command.h"

static const struct base_opt no_options[] = {{0}};

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    struct broker_key key;
    struct broker *b;
    enum base_status status = cli_broker(c, &b, err);

    (void)args;
    if (status)
        return status;
    broker_key_look(b, &key);
    if (!key.keepable) {
        cli_say(c, "The key comes from %s, and is kept nowhere else.", key.spec);
        return BASE_OK;
    }
    status = broker_key_drop(b, err);
    if (status == BASE_NOT_FOUND)
        cli_say(c, "The vault was locked already.");
    else if (!status)
        cli_say(c, "The vault is locked.");
    return status == BASE_NOT_FOUND ? BASE_OK : status;
}

const struct cli_command cli_cmd_lock = {
    .usage = {.program = "hubauth",
              .name = "lock",
              .summary = "forget the key that unlock keeps at hand",
              .details = "Processes that have the vault open already, such as an export, go on.",
              .options = no_options,
              .see_also = "hubauth-unlock(1)"},
    .run = run,
};
