/* hubauth app: the way to the commands about apps. */
#include "cli_command.h"

static const struct base_opt no_options[] = {{0}};

static enum base_status run_group(struct cli *c, const struct cli_args *args,
                                  struct base_error *err)
{
    (void)c;
    return cli_command_unknown("app", args->operands[0], err);
}

const struct cli_command cli_cmd_app = {
    .usage =
        {.program = "hubauth",
         .name = "app",
         .operands = "add|list|show|update|check|migrate|import|remove",
         .summary = "the apps that accounts are connected through",
         .details = "add stores an app's client id, secret and redirect URLs; list names the "
                    "apps; show tells all about one but its secret; update changes one, such as "
                    "its secret when that was rotated; check proves client id "
                    "and secret without a login; migrate moves one to another API version; "
                    "import takes them over from HubSpot's CLI, a project or variables; "
                    "remove forgets one. "
                    "`hubauth app add --help` tells more.",
         .options = no_options,
         .min_operands = 1,
         .max_operands = -1,
         .see_also =
             "hubauth-app-add(1), hubauth-app-list(1), hubauth-app-show(1), hubauth-app-update(1), "
             "hubauth-app-check(1), hubauth-app-migrate(1), hubauth-app-import(1), "
             "hubauth-app-remove(1)"},
    .is_group = true,
    .run = run_group,
};
