#include "cli_backup.h"

#include "cli_passphrase.h"
#include "cli_secret_file.h"

enum base_status cli_backup_passphrase(struct cli *c, const char *file, bool confirm,
                                       struct crypt_secret **ret, struct base_error *err)
{
    return cli_passphrase_get(c, "backup", file, confirm,
                              "run it on a terminal, or name a file with --passphrase-file", ret,
                              err);
}

enum base_status cli_backup_key_file(struct cli *c, const char *file, bool make, bool *ret_made,
                                     struct crypt_secret **ret, struct base_error *err)
{
    enum base_status status;

    if (strcmp(file, "-") == 0) {
        base_fail(err, BASE_USAGE, "reading a key",
                  "a backup's key is in a file, and does not come through a pipe");
        base_error_hint(err, "./- if the file is called so");
        return BASE_USAGE;
    }
    status = cli_secret_file_read(c, file, "key", CLI_SECRET_OURS, ret, err);
    if (status == BASE_NOT_FOUND && make) {
        status = cli_secret_file_make(file, err);
        if (!status) {
            if (ret_made)
                *ret_made = true;
            status = cli_secret_file_read(c, file, "key", CLI_SECRET_OURS, ret, err);
        }
    }
    if (status)
        return status == BASE_NOT_FOUND ? base_error_as(err, BASE_USAGE) : status;
    if (crypt_secret_length(*ret) >= 32) /* as crypt_key_from_bytes() demands */
        return BASE_OK;
    crypt_secret_cleanup(ret);
    base_fail(err, BASE_USAGE, "reading a key", "%s has fewer than 32 bytes", file);
    base_error_hint(err, "name a file that is not there yet, and a key is made in it");
    return BASE_USAGE;
}
