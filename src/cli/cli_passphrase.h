/* Passphrases, of the vault and of backups: from a file, or from the person at the terminal. That
 * of the vault: cli_ask_passphrase() of cli.h. */
#ifndef CLI_PASSPHRASE_H
#define CLI_PASSPHRASE_H

#include "cli_context.h"

/* `file`: "-" is standard input; NULL: asked on the terminal, twice when it is a new one. `whose`
 * is for the question ("backup"), `hint` for the error where there is no terminal. */
enum base_status cli_passphrase_get(struct cli *c, const char *whose, const char *file, bool is_new,
                                    const char *hint, struct crypt_secret **ret,
                                    struct base_error *err);
/* Whether HUBAUTH_PASSPHRASE_FILE, HUBAUTH_NEW_PASSPHRASE_FILE name a file. */
bool cli_passphrase_is_given(void);
bool cli_passphrase_new_is_given(void);
/* Whether the vault's can be had: from such a file, or on a terminal. */
bool cli_passphrase_can_be_had(void);

#endif
