/* hubauth help: the overview, a command's help, and the sources of man pages and completions. */
#include "cli_command.h"
#include "cli_completion.h"

struct help_options {
    bool man, candidates;
    const char *completion;
};

static const struct base_opt options[] = {
    {.name = "man",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct help_options, man),
     .help = "Print the manual page's source for scdoc(1)"},
    {.name = "completion",
     .kind = BASE_OPT_STRING,
     .value = "SHELL",
     .choices = "bash|zsh|fish",
     .offset = offsetof(struct help_options, completion),
     .help = "Print a shell's completion script"},
    {.name = "candidates",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct help_options, candidates),
     .help = "For these scripts: print what can stand in place of the last operand"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth help token", "what `hubauth token` does and its options"},
    {"hubauth help --completion bash > ~/.local/share/bash-completion/completions/hubauth",
     "completion for bash"},
    {0},
};

#define EXITS                                                                                      \
    "0  done\n"                                                                                    \
    "1  failed\n"                                                                                  \
    "2  wrong usage or configuration, such as a wrong client secret\n"                             \
    "3  a person must log in (again)\n"                                                            \
    "4  forbidden: consent denied or a scope missing\n"                                            \
    "5  the quota is used up\n"                                                                    \
    "6  network or HubSpot unavailable: try later\n"                                               \
    "7  done in part\n"                                                                            \
    "8  the vault or the destination failed\n"

static void overview(struct base_buf *out)
{
    base_buf_add_str(out,
                     "hubauth: a HubSpot OAuth token, kept fresh and safe, and what it is for.\n\n"
                     "Usage: hubauth COMMAND [OPTIONS] [OPERANDS]\n\n");
    for (size_t i = 0; cli_command_at(i); i++) {
        if (cli_command_heading(i))
            base_buf_printf(out, "%s%s:\n", i > 0 ? "\n" : "", cli_command_heading(i));
        if (!cli_command_at(i)->is_group)
            base_buf_printf(out, "  %-14s %s\n", cli_command_at(i)->usage.name,
                            cli_command_at(i)->usage.summary);
    }
    base_buf_add_str(
        out, "\nBegin with `hubauth init`, `hubauth app add`, which asks, and `hubauth login`;\n"
             "`hubauth status` names the next command.\n\n"
             "ACCOUNT is an account's number, its alias, its app's name, or app/number. Without\n"
             "it: what HUBAUTH_ACCOUNT says, the environment's own account (in CI, without a\n"
             "vault: see hubauth(1)), a file .hubauth in this folder or one above, or the only\n"
             "account there is. An app-level account is meant only where it is named, as\n"
             "app/app-level.\n\n"
             "Exit codes:\n");
    for (const char *line = EXITS; *line; line = strchr(line, '\n') + 1)
        base_buf_printf(out, "  %.*s\n", (int)strcspn(line, "\n"), line);
    base_buf_add_str(out, "\n`hubauth help COMMAND` tells more.\n");
}

static const char man_head[] =
    "hubauth(1) \"\" \"hubauth manual\"\n\n"
    "# NAME\n\n"
    "hubauth - a HubSpot OAuth token, kept fresh and safe, and what it is for\n\n"
    "# SYNOPSIS\n\n"
    "*hubauth* _COMMAND_ [_OPTIONS_] [_OPERANDS_]\n\n"
    "# DESCRIPTION\n\n"
    "Gets a HubSpot account's OAuth token with the consent of its owner, keeps it sealed in a "
    "vault, refreshes it before it expires, and uses it: for single calls of HubSpot's API and for "
    "exports of objects. Each command has a page of its own, such as *hubauth-token*(1).\n\n"
    "Standard output carries the answer alone; progress and advice go to standard error.\n\n"
    "# COMMANDS\n\n";

static const char man_middle[] =
    "# ACCOUNTS\n\n"
    "An account is a HubSpot account that an app was connected to; HubSpot also calls it a portal "
    "or hub. _ACCOUNT_ is its number, its alias, its app's name, or app/number. Without it the "
    "environment's HUBAUTH_ACCOUNT counts, then the stateless mode's "
    "variables, then a file .hubauth in this folder or one above, then the only account there is. "
    "An app-level account (*hubauth-accounts-add*(1)) is meant only where it is named itself: as "
    "app/app-level, app-level or by an alias. "
    "*hubauth status* says which of these rules chose. A file .hubauth that belongs to another "
    "user, or that others can write, is an error.\n\n"
    "# STATELESS MODE\n\n"
    "For CI: *hubauth token*, *api*, *exec*, *export*, *introspect* and *status* work without a "
    "vault, and "
    "write nothing, when the environment holds an account:\n\n"
    "*HUBAUTH_CLIENT_ID*, *HUBAUTH_CLIENT_SECRET_FILE*, *HUBAUTH_REFRESH_TOKEN_FILE*\n"
    "\tAll three. Each run gets an access token of its own. When the server gives a new refresh "
    "token, it replaces the one in the file; where that cannot be written there is a warning. Runs "
    "at the same time take turns: they lock that file, or one beside it of the same name with "
    "*.lock* behind it where the file itself cannot be written. The files must be yours or root's, "
    "and nobody else's to write.\n\n"
    "*HUBSPOT_PRIVATE_APP_TOKEN*\n"
    "\tA private app's token, which neither expires nor is refreshed.\n\n"
    "*HUBAUTH_API_URL*, *HUBAUTH_API_VERSION*, *HUBAUTH_SCOPES*\n"
    "\tWhat *hubauth app add* would be told, if it is not the default.\n\n"
    "Secrets straight in other variables are refused. What was taken from the environment is "
    "removed from it.\n\n"
    "# ENVIRONMENT\n\n"
    "*HUBAUTH_HOME*\n"
    "\tThe vault's folder. Default: $XDG_DATA_HOME/hubauth, else ~/.local/share/hubauth\n\n"
    "*HUBAUTH_ACCOUNT*\n"
    "\tThe account that is meant\n\n"
    "*HUBAUTH_PASSPHRASE_FILE*\n"
    "\tA file with the passphrase of the vault, where there is no terminal\n\n"
    "*HUBAUTH_LOG*\n"
    "\tdebug: a line on standard error for each request, without secrets\n\n"
    "*BROWSER*\n"
    "\tWhat *hubauth login* opens the consent page with\n\n"
    "*https_proxy*, *no_proxy*, *SSL_CERT_FILE*, *SSL_CERT_DIR*\n"
    "\tThe proxy for https, and the certificate authorities instead of the system's\n\n"
    "*NO_COLOR*\n"
    "\tNo colours\n\n"
    "# FILES\n\n"
    "*vault.db*\n"
    "\tIn the vault's folder: apps and accounts, their secrets sealed\n\n"
    "*.hubauth*\n"
    "\tOne line: the account that is meant in this folder and those below\n\n"
    "# EXIT STATUS\n\n";

/* hubauth(1), in scdoc's language. */
static void overview_man(struct base_buf *out)
{
    base_buf_add_str(out, man_head);
    for (size_t i = 0; cli_command_at(i); i++) {
        if (cli_command_heading(i))
            base_buf_printf(out, "## %s\n\n", cli_command_heading(i));
        if (!cli_command_at(i)->is_group)
            base_buf_printf(out, "*%s*\n\t%s\n\n", cli_command_at(i)->usage.name,
                            cli_command_at(i)->usage.summary);
    }
    base_buf_add_str(out, man_middle);
    for (const char *line = EXITS; *line; line = strchr(line, '\n') + 1)
        base_buf_printf(out, "*%c*\n\t%.*s\n\n", line[0], (int)strcspn(line + 3, "\n"), line + 3);
    base_buf_add_str(out, "# SEE ALSO\n\n*hubauth-login*(1), *hubauth-token*(1), "
                          "*hubauth-export*(1), *hubauth-emulator*(1)\n");
}

/* The command that the operands name; NULL when there are none. */
static enum base_status find(const struct cli_args *args, const struct cli_command **ret,
                             struct base_error *err)
{
    int used = 0;

    *ret = cli_command_find(args->count, args->operands, &used);
    return used == args->count
               ? BASE_OK
               : cli_command_unknown(args->operands[0], args->count > 1 ? args->operands[1] : NULL,
                                     err);
}

static enum base_status write_help(const struct help_options *o, const struct cli_args *args,
                                   struct base_buf *out, struct base_error *err)
{
    const struct cli_command *command;
    enum base_status status = find(args, &command, err);

    if (status)
        return status;
    if (command && o->man)
        base_opt_scdoc(&command->usage, out);
    else if (command)
        base_opt_help(&command->usage, out);
    else if (o->man)
        overview_man(out);
    else
        overview(out);
    return BASE_OK;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct help_options *o = args->options;
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    enum base_status status = BASE_OK;

    base_buf_init(&text, 1u << 20);
    if (o->candidates)
        cli_completion_candidates(c, args->operands, args->count, &text);
    else if (o->completion)
        base_buf_add_str(&text, cli_completion_script(o->completion));
    else
        status = write_help(o, args, &text, err);
    return status ? status : cli_write_buf(&text, err);
}

const struct cli_command cli_cmd_help = {
    .usage = {.program = "hubauth",
              .name = "help",
              .operands = "[COMMAND]",
              .summary = "what there is, and what a command does",
              .options = options,
              .max_operands = -1,
              .examples = examples,
              .see_also = "hubauth(1)"},
    .options_size = sizeof(struct help_options),
    .run = run,
};
