/* hubauth key: the way to the commands about the vault's key. */
#include "cli_command.h"

static const struct base_opt no_options[] = {{0}};

static enum base_status run_group(struct cli *c, const struct cli_args *args,
                                  struct base_error *err)
{
    (void)c;
    return cli_command_unknown("key", args->operands[0], err);
}

const struct cli_command cli_cmd_key = {
    .usage = {.program = "hubauth",
              .name = "key",
              .operands = "show|rotate|change",
              .summary = "what locks the vault",
              .details = "Records are sealed with a random data key, and that with the key that a "
                         "key source gives. show tells about both; rotate makes a new data key; "
                         "change takes another key source. "
                         "`hubauth key change --help` tells more.",
              .options = no_options,
              .min_operands = 1,
              .max_operands = -1,
              .see_also = "hubauth-key-show(1), hubauth-key-rotate(1), hubauth-key-change(1), "
                          "hubauth-unlock(1)"},
    .is_group = true,
    .run = run_group,
};
