/* The command table. A command is one file, cli_cmd_NAME.c, that carries its description and its
 * function; --help, man page and completion are made from the description. To add one: write the
 * file, list it in cli_main.c and in meson.build. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base_opt.h"
#include "cli_context.h"

#define CLI_MAX_WORDS 128    /* of a command line: each may turn out to be an operand */
#define CLI_MAX_OPTIONS 1024 /* bytes of a command's option struct */

/* For base_opt_command.exits. */
#define CLI_EXITS "3 to 8 tell what kind of failure it was: see hubauth(1)."

struct cli_args {
    void *options; /* the command's own struct */
    const char **operands;
    int count;
    int after_dashes; /* so many of them, the last ones, stood behind "--" */
};

struct cli_command {
    struct base_opt_command usage;
    size_t options_size;
    const void *defaults; /* of the option struct; NULL: all zero */
    bool is_group;        /* only the first word of others ("app"): no command by itself */
    /* Before the process is hardened and the vault is opened: for a child that must inherit
     * neither. NULL: nothing. */
    enum base_status (*prepare)(struct cli *c, const void *options, struct base_error *err);
    /* It becomes another program, which must not inherit what hardening leaves to descendants; our
     * memory is hidden all the same. */
    bool executes;
    enum base_status (*run)(struct cli *c, const struct cli_args *args, struct base_error *err);
};

extern const struct cli_command cli_cmd_init, cli_cmd_app_add, cli_cmd_app_list, cli_cmd_app_show,
    cli_cmd_app_check, cli_cmd_app_migrate, cli_cmd_app_import, cli_cmd_app_remove,
    cli_cmd_app_update, cli_cmd_app, cli_cmd_login, cli_cmd_accounts_add, cli_cmd_accounts_alias,
    cli_cmd_accounts, cli_cmd_status, cli_cmd_token, cli_cmd_refresh, cli_cmd_introspect,
    cli_cmd_logout, cli_cmd_api, cli_cmd_exec, cli_cmd_limits, cli_cmd_export, cli_cmd_export_vault,
    cli_cmd_import_vault, cli_cmd_doctor, cli_cmd_explain, cli_cmd_key_show, cli_cmd_key_rotate,
    cli_cmd_key_change, cli_cmd_key, cli_cmd_unlock, cli_cmd_lock, cli_cmd_version, cli_cmd_help;

/* The i-th command; NULL past the end. */
const struct cli_command *cli_command_at(size_t i);
/* What the i-th command and those after it are for, when it is the first of its kind; else NULL. */
const char *cli_command_heading(size_t i);
/* By words, as on the command line ("app", "add"): sets *ret_words to how many of them are its
 * name. NULL when there is none. */
const struct cli_command *cli_command_find(int count, const char *const *words, int *ret_words);
/* BASE_USAGE: there is no such command; the nearest one is the hint. `second` may be NULL. */
enum base_status cli_command_unknown(const char *word, const char *second, struct base_error *err);

#endif
