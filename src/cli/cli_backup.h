/* What locks a backup: asked for, or read from a file. */
#ifndef CLI_BACKUP_H
#define CLI_BACKUP_H

#include "cli_context.h"

/* `file` NULL: asked on the terminal, twice when `confirm`. "-": standard input. */
enum base_status cli_backup_passphrase(struct cli *c, const char *file, bool confirm,
                                       struct crypt_secret **ret, struct base_error *err);
/* `make`: a key file that is absent is made, and *ret_made (may be NULL) says so. */
enum base_status cli_backup_key_file(struct cli *c, const char *file, bool make, bool *ret_made,
                                     struct crypt_secret **ret, struct base_error *err);

#endif
