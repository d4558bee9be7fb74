#include "cli_secret.h"

#include "crypt_secret.h"

#include "base_file.h"
#include "base_text.h"
#include "cli_secret_file.h"
#include "cli_terminal.h"

#include <unistd.h>

#define SECRET_MAX 4096

enum base_status cli_secret_take_line(const struct base_buf *text, const char *what,
                                      struct crypt_secret **ret, struct base_error *err)
{
    struct base_span line = base_span_chomp(base_buf_span(text));

    if (line.n == 0)
        return base_fail(err, BASE_USAGE, "reading a secret", "the %s is empty", what);
    *ret = crypt_secret_from(line.p, line.n);
    return *ret ? BASE_OK : base_fail_memory(err);
}

static enum base_status read_stdin(const char *what, struct crypt_secret **ret,
                                   struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    enum base_status status;

    base_buf_init_sensitive(&text, SECRET_MAX);
    status = base_file_read_fd(STDIN_FILENO, &text, err);
    if (status) {
        base_error_doing(err, "reading the %s", what);
        return status == BASE_NO_MEMORY ? status : base_error_as(err, BASE_USAGE);
    }
    return cli_secret_take_line(&text, what, ret, err);
}

enum base_status cli_secret_read(struct cli *c, const char *path, const char *what,
                                 struct crypt_secret **ret, struct base_error *err)
{
    enum base_status status;
    char prompt[80];

    if (strcmp(path, "-") == 0 && isatty(STDIN_FILENO)) { /* not shown as it is typed (E3) */
        base_text_format(prompt, sizeof(prompt), "The %s (not shown): ", what);
        return cli_secret_ask(prompt, ret, err);
    }
    if (strcmp(path, "-") == 0)
        return read_stdin(what, ret, err);
    status = cli_secret_file_read(c, path, what, CLI_SECRET_GIVEN, ret, err);
    return status == BASE_NOT_FOUND ? base_error_as(err, BASE_USAGE) : status;
}

void cli_secret_forget_variable(const char *name)
{
    char *value = getenv(name);

    if (value)
        crypt_wipe(value, strlen(value));
    (void)unsetenv(name);
}

enum base_status cli_secret_ask(const char *prompt, struct crypt_secret **ret,
                                struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    int fd = cli_terminal_open();
    enum base_status status;

    if (fd < 0)
        return base_fail(err, BASE_USAGE, "asking for a secret", "there is no terminal to ask on");
    base_buf_init_sensitive(&text, SECRET_MAX);
    status = cli_terminal_read(fd, prompt, true, &text, err);
    (void)close(fd);
    if (status == BASE_LIMIT)
        return base_fail(err, BASE_USAGE, "asking for a secret", "it is too long");
    return status ? status : cli_secret_take_line(&text, "answer", ret, err);
}
