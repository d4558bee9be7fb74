#include "cli.h"

#include "base_text.h"
#include "cli_command.h"
#include "cli_error.h"

#include <signal.h>

static const struct cli_command *const commands[] = {
    &cli_cmd_init,       &cli_cmd_app_add, &cli_cmd_app_list,   &cli_cmd_app_show,
    &cli_cmd_app_remove, &cli_cmd_login,   &cli_cmd_accounts,   &cli_cmd_status,
    &cli_cmd_token,      &cli_cmd_refresh, &cli_cmd_introspect, &cli_cmd_logout,
    &cli_cmd_api,        &cli_cmd_export,  &cli_cmd_version,    &cli_cmd_help,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct cli_command *cli_command_at(size_t i)
{
    return i < COMMANDS ? commands[i] : NULL;
}

/* How many of the words make up `name` ("app add"); 0 when they do not. */
static int words_matching(const char *name, int argc, char **argv)
{
    int words = 0;

    while (words < argc) {
        size_t n = strlen(argv[words]);

        if (n == 0 || strncmp(name, argv[words], n) != 0 || (name[n] != '\0' && name[n] != ' '))
            return 0;
        words++;
        if (name[n] == '\0')
            return words;
        name += n + 1;
    }
    return 0;
}

const struct cli_command *cli_command_find(int argc, char **argv, int *ret_words)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        int words = words_matching(commands[i]->usage.name, argc, argv);

        if (words > 0) {
            *ret_words = words;
            return commands[i];
        }
    }
    return NULL;
}

const char *cli_command_nearest(const char *word)
{
    const char *best = NULL;
    unsigned best_distance = 3; /* more edits than that is another word */

    for (size_t i = 0; i < COMMANDS; i++) {
        unsigned distance = base_text_distance(word, commands[i]->usage.name);

        if (distance < best_distance) {
            best_distance = distance;
            best = commands[i]->usage.name;
        }
    }
    return best;
}

static enum base_status fail_unknown(const char *word, struct base_error *err)
{
    const char *nearest = cli_command_nearest(word);
    char shown[64];

    base_text_printable_to(shown, sizeof(shown), base_span_of(word));
    base_fail(err, BASE_USAGE, "reading the command line", "there is no command \"%s\"", shown);
    if (strcmp(word, "app") == 0)
        base_error_hint(err, "hubauth app add|list|show|remove");
    else if (nearest)
        base_error_hint(err, "did you mean `hubauth %s`?", nearest);
    else
        base_error_hint(err, "hubauth help");
    return BASE_USAGE;
}

static enum base_status run_command(struct cli *c, const struct cli_command *command, int argc,
                                    char **argv, struct base_error *err)
{
    _Alignas(max_align_t) unsigned char options[CLI_MAX_OPTIONS] = {0};
    const char *operands[CLI_MAX_OPERANDS];
    struct cli_args args = {.options = options, .operands = operands};
    bool help = false;
    enum base_status status;

    if (argc > CLI_MAX_OPERANDS + 64)
        return base_fail(err, BASE_USAGE, "reading the command line", "too many arguments");
    if (command->defaults)
        memcpy(options, command->defaults, command->options_size);
    status =
        base_opt_parse(&command->usage, argc, argv, options, operands, &args.count, &help, err);
    if (status)
        return status;
    if (help) {
        BASE_CLEANUP(base_buf_free) struct base_buf text = {0};

        base_buf_init(&text, 1u << 20);
        base_opt_help(&command->usage, &text);
        return cli_write_buf(&text, err);
    }
    return command->run(c, &args, err);
}

static enum base_status dispatch(struct cli *c, int argc, char **argv, struct base_error *err)
{
    static char help[] = "help", version[] = "version";
    char *word = argc > 1 ? argv[1] : help;
    const struct cli_command *command;
    int words = 1;

    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        word = help;
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        word = version;
    if (argc > 1)
        argv[1] = word;
    command = argc > 1 ? cli_command_find(argc - 1, argv + 1, &words) : &cli_cmd_help;
    if (!command)
        return fail_unknown(word, err);
    if (argc > 1) { /* base_opt_parse() skips argv[0], which is the command's last word here */
        argc -= words;
        argv += words;
    }
    return run_command(c, command, argc, argv, err);
}

static void end_by_signal(int signo)
{
    (void)signal(signo, SIG_DFL);
    (void)raise(signo);
}

int cli_main(int argc, char **argv, const struct cli_backends *backends)
{
    struct cli c;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = cli_context_init(&c, backends, &err);
    int interrupted;

    /* A reader that goes away is an error to be handled where it is written, not a sudden end. */
    (void)signal(SIGPIPE, SIG_IGN);
    if (!status)
        status = dispatch(&c, argc, argv, &err);
    if (status)
        cli_error_print(&c, status, &err);
    interrupted = c.interrupted;
    cli_context_done(&c);
    if (interrupted) /* so that a shell sees what ended us */
        end_by_signal(interrupted);
    return base_status_exit_code(status);
}
