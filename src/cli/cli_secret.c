#include "cli_secret.h"

#include "crypt_secret.h"

#include "base_file.h"
#include "cli_secret_file.h"
#include "cli_terminal.h"

#include <unistd.h>

#define SECRET_MAX 4096

static enum base_status take_line(const struct base_buf *text, const char *what,
                                  struct crypt_secret **ret, struct base_error *err)
{
    struct base_span line = base_span_chomp(base_buf_span(text));

    if (line.n == 0)
        return base_fail(err, BASE_USAGE, "reading a secret", "the %s is empty", what);
    *ret = crypt_secret_from(line.p, line.n);
    return *ret ? BASE_OK : base_fail_memory(err);
}

enum base_status cli_secret_read(const char *path, const char *what, struct crypt_secret **ret,
                                 struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    enum base_status status;

    base_buf_init_sensitive(&text, SECRET_MAX);
    if (strcmp(path, "-") == 0)
        status = base_file_read_fd(STDIN_FILENO, &text, err);
    else
        status = base_file_read(path, &text, err);
    if (status) {
        base_error_doing(err, "reading the %s", what);
        return status == BASE_NO_MEMORY ? status : base_error_as(err, BASE_USAGE);
    }
    return take_line(&text, what, ret, err);
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
    return status ? status : take_line(&text, "answer", ret, err);
}

enum base_status cli_secret_confirm(const struct crypt_secret *typed, struct base_error *err)
{
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *again = NULL;
    enum base_status status = cli_secret_ask("The same again: ", &again, err);

    if (!status && !crypt_secret_eq(typed, crypt_secret_span(again)))
        status = base_fail(err, BASE_USAGE, "asking for a passphrase", "the two are not the same");
    return status;
}

static const char *named_by(const char *variable)
{
    const char *file = getenv(variable);

    return file && file[0] ? file : NULL;
}

/* A new one may have a file of its own; for a new vault the same will do. */
static const char *passphrase_file(bool is_new)
{
    const char *file = is_new ? named_by("HUBAUTH_NEW_PASSPHRASE_FILE") : NULL;

    return file ? file : named_by("HUBAUTH_PASSPHRASE_FILE");
}

bool cli_passphrase_is_given(void)
{
    return named_by("HUBAUTH_PASSPHRASE_FILE") != NULL;
}

bool cli_new_passphrase_is_given(void)
{
    return named_by("HUBAUTH_NEW_PASSPHRASE_FILE") != NULL;
}

bool cli_can_ask_passphrase(void)
{
    int fd;

    if (passphrase_file(true))
        return true;
    fd = cli_terminal_open();
    if (fd < 0)
        return false;
    (void)close(fd);
    return true;
}

enum base_status cli_ask_passphrase(struct cli *c, bool confirm, struct crypt_secret **ret,
                                    struct base_error *err)
{
    const char *file = passphrase_file(confirm);
    struct crypt_secret *first;
    enum base_status status;

    if (file && strcmp(file, "-") == 0)
        return cli_secret_read(file, "passphrase", ret, err);
    if (file) {
        status = cli_secret_file_read(c, file, "passphrase", CLI_SECRET_GIVEN, ret, err);
        return status == BASE_NOT_FOUND ? base_error_as(err, BASE_USAGE) : status;
    }
    if (c->asks_nobody)
        return base_fail(err, BASE_USAGE, "asking for a passphrase",
                         "it is not asked for without a terminal");
    status = cli_secret_ask(
        confirm ? "New passphrase of the vault: " : "Passphrase of the vault: ", &first, err);
    if (status) {
        base_error_hint(err, "run it on a terminal, or name a file in HUBAUTH_PASSPHRASE_FILE");
        return status;
    }
    if (confirm)
        status = cli_secret_confirm(first, err);
    if (status)
        crypt_secret_free(first);
    else
        *ret = first;
    return status;
}
