#include "cli_passphrase.h"

#include "cli_secret.h"
#include "cli_terminal.h"

#include <unistd.h>

static enum base_status ask_again(const struct crypt_secret *typed, struct base_error *err)
{
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *again = NULL;
    enum base_status status = cli_secret_ask("The same again: ", &again, err);

    if (!status && !crypt_secret_eq(typed, crypt_secret_span(again)))
        status = base_fail(err, BASE_USAGE, "asking for a passphrase", "the two are not the same");
    return status;
}

enum base_status cli_passphrase_get(struct cli *c, const char *whose, const char *file, bool is_new,
                                    const char *hint, struct crypt_secret **ret,
                                    struct base_error *err)
{
    char prompt[64];
    struct crypt_secret *typed;
    enum base_status status;

    if (file)
        return cli_secret_read(c, file, "passphrase", ret, err);
    (void)snprintf(prompt, sizeof(prompt),
                   "%s of the %s: ", is_new ? "New passphrase" : "Passphrase", whose);
    status = cli_secret_ask(prompt, &typed, err);
    if (status) {
        base_error_hint(err, "%s", hint);
        return status;
    }
    if (is_new)
        status = ask_again(typed, err);
    if (status)
        crypt_secret_free(typed);
    else
        *ret = typed;
    return status;
}

/* ------------------------------------------------------------------ the vault's */

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

bool cli_passphrase_new_is_given(void)
{
    return named_by("HUBAUTH_NEW_PASSPHRASE_FILE") != NULL;
}

bool cli_passphrase_can_be_had(void)
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

    if (!file && c->asks_nobody)
        return base_fail(err, BASE_USAGE, "asking for a passphrase",
                         "it is not asked for without a terminal");
    return cli_passphrase_get(c, "vault", file, confirm,
                              "run it on a terminal, or name a file in HUBAUTH_PASSPHRASE_FILE",
                              ret, err);
}
