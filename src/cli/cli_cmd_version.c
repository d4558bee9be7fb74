#include "base_file.h"
#include "cli_command.h"

static const struct base_opt no_options[] = {{0}};

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    (void)c;
    (void)args;
    return base_file_write_stdout(BASE_SPAN("hubauth " HUBAUTH_VERSION "\n"), err);
}

const struct cli_command cli_cmd_version = {
    .usage = {.program = "hubauth",
              .name = "version",
              .summary = "print the version",
              .options = no_options,
              .see_also = "hubauth(1)"},
    .run = run,
};
