#include "cli.h"

#include "base_text.h"
#include "cli_command.h"
#include "cli_error.h"
#include "crypt_process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* In the order and under the headings of the help. */
static const struct {
    const char *heading; /* where a new one begins */
    const struct cli_command *command;
} commands[] = {
    {"Set up", &cli_cmd_init},
    {NULL, &cli_cmd_app},
    {NULL, &cli_cmd_app_add},
    {NULL, &cli_cmd_app_check},
    {NULL, &cli_cmd_app_list},
    {NULL, &cli_cmd_app_show},
    {NULL, &cli_cmd_app_update},
    {NULL, &cli_cmd_app_import},
    {NULL, &cli_cmd_app_migrate},
    {NULL, &cli_cmd_app_remove},
    {"Connect accounts", &cli_cmd_login},
    {NULL, &cli_cmd_accounts},
    {NULL, &cli_cmd_accounts_add},
    {NULL, &cli_cmd_accounts_alias},
    {NULL, &cli_cmd_status},
    {NULL, &cli_cmd_logout},
    {"Use a token", &cli_cmd_token},
    {NULL, &cli_cmd_api},
    {NULL, &cli_cmd_exec},
    {NULL, &cli_cmd_limits},
    {NULL, &cli_cmd_export},
    {NULL, &cli_cmd_refresh},
    {NULL, &cli_cmd_introspect},
    {"When something is wrong", &cli_cmd_doctor},
    {NULL, &cli_cmd_explain},
    {"Look after the vault", &cli_cmd_unlock},
    {NULL, &cli_cmd_lock},
    {NULL, &cli_cmd_key},
    {NULL, &cli_cmd_key_show},
    {NULL, &cli_cmd_key_rotate},
    {NULL, &cli_cmd_key_change},
    {NULL, &cli_cmd_export_vault},
    {NULL, &cli_cmd_import_vault},
    {"About hubauth", &cli_cmd_help},
    {NULL, &cli_cmd_version},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct cli_command *cli_command_at(size_t i)
{
    return i < COMMANDS ? commands[i].command : NULL;
}

const char *cli_command_heading(size_t i)
{
    return i < COMMANDS ? commands[i].heading : NULL;
}

/* How many of the words make up `name` ("app add"); 0 when they do not. */
static int words_matching(const char *name, int count, const char *const *words)
{
    for (int i = 0; i < count; i++) {
        size_t n = strlen(words[i]);

        if (n == 0 || strncmp(name, words[i], n) != 0 || (name[n] != '\0' && name[n] != ' '))
            return 0;
        if (name[n] == '\0')
            return i + 1;
        name += n + 1;
    }
    return 0;
}

const struct cli_command *cli_command_find(int count, const char *const *words, int *ret_words)
{
    const struct cli_command *found = NULL;

    *ret_words = 0;
    for (size_t i = 0; i < COMMANDS; i++) {
        int used = words_matching(commands[i].command->usage.name, count, words);

        if (used > *ret_words) { /* "app add" rather than "app" */
            *ret_words = used;
            found = commands[i].command;
        }
    }
    return found;
}

/* The name that is nearest to `typed`, or NULL when none is near. */
static const char *nearest(const char *typed)
{
    const char *best = NULL;
    unsigned best_distance = 3; /* more edits than that is another word */

    for (size_t i = 0; i < COMMANDS; i++) {
        unsigned distance = base_text_distance(typed, commands[i].command->usage.name);

        if (distance < best_distance) {
            best_distance = distance;
            best = commands[i].command->usage.name;
        }
    }
    return best;
}

enum base_status cli_command_unknown(const char *word, const char *second, struct base_error *err)
{
    char typed[128], shown[128];
    const char *near;

    base_text_format(typed, sizeof(typed), "%s%s%s", word, second ? " " : "", second ? second : "");
    base_text_printable_to(shown, sizeof(shown), base_span_of(typed));
    base_fail(err, BASE_USAGE, "reading the command line", "there is no command \"%s\"", shown);
    near = nearest(typed);
    if (near)
        base_error_hint(err, "did you mean `hubauth %s`?", near);
    else
        base_error_hint(err, "hubauth help");
    return BASE_USAGE;
}

static int count_after_dashes(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0)
            return argc - i - 1;
    }
    return 0;
}

static enum base_status run_command(struct cli *c, const struct cli_command *command, int argc,
                                    char **argv, struct base_error *err)
{
    _Alignas(max_align_t) unsigned char options[CLI_MAX_OPTIONS] = {0};
    const char *operands[CLI_MAX_WORDS];
    struct cli_args args = {.options = options, .operands = operands};
    bool help = false;
    enum base_status status;

    if (argc > CLI_MAX_WORDS)
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
    if (command->prepare && (status = command->prepare(c, options, err)))
        return status;
    args.after_dashes = count_after_dashes(argc, argv);
    status = command->executes ? crypt_process_hide(err) : crypt_process_harden(err);
    return status ? status : command->run(c, &args, err);
}

/* What people try first on a program that they do not know. */
static char *as_command(char *word)
{
    static char help[] = "help", version[] = "version";

    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return help;
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        return version;
    return word;
}

static enum base_status dispatch(struct cli *c, int argc, char **argv, struct base_error *err)
{
    const struct cli_command *command;
    int words;

    if (argc < 2)
        return run_command(c, &cli_cmd_help, argc, argv, err);
    argv[1] = as_command(argv[1]);
    command = cli_command_find(argc - 1, (const char *const *)argv + 1, &words);
    if (!command)
        return cli_command_unknown(argv[1], NULL, err);
    /* base_opt_parse() skips argv[0], which is the command's last word here */
    return run_command(c, command, argc - words, argv + words, err);
}

static void end_by_signal(int signo)
{
    (void)signal(signo, SIG_DFL);
    (void)raise(signo);
}

/* Whoever started us without a standard descriptor must not get a file or a connection of ours in
 * its place, into which a token or an error would be written. What stands there instead refuses the
 * use, so that it is an error as before, and is closed again for a program that we become (E5). */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0) /* the lowest that is free is fd */
            (void)open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
    }
}

int cli_main(int argc, char **argv, const struct cli_backends *backends)
{
    struct cli c;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status;
    int interrupted, exit_code;

    /* A reader that goes away is an error to be handled where it is written, not a sudden end. */
    (void)signal(SIGPIPE, SIG_IGN);
    fill_standard_descriptors();
    cli_context_init(&c, backends);
    status = dispatch(&c, argc, argv, &err);
    if (status) {
        cli_stateless_explain(&c, &err);
        cli_error_print(&c, status, &err);
    }
    if (status == BASE_CANCELLED)
        cli_look_for_signal(&c);
    interrupted = c.interrupted;
    exit_code = c.exit_code;
    cli_context_done(&c);
    if (interrupted) /* so that a shell sees what ended us */
        end_by_signal(interrupted);
    return exit_code ? exit_code : base_status_exit_code(status);
}
