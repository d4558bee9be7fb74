/* The directory of a vault and the files in it: ours alone, and what they look like (D1, D2). A
 * file is checked with fstatat(2) relative to the directory's descriptor; the directory admits
 * nobody else, so that nothing can change between the check and the use. */
#ifndef VAULT_DIR_H
#define VAULT_DIR_H

#include <stdbool.h>

#include "base_error.h"

struct stat;

struct vault_dir {
    int fd;
    char *path; /* absolute, free of symbolic links */
};

/* Opens a directory that belongs to this user and admits nobody else; `create` makes it and its
 * missing parents with mode 0700. NOT_FOUND when it is absent, STORAGE with the chmod line as the
 * hint when it is too open. */
enum base_status vault_dir_open(const char *path, bool create, struct vault_dir *ret,
                                struct base_error *err);
void vault_dir_close(struct vault_dir *d);

/* A regular file with one name, ours, mode 0600 or less. NOT_FOUND when it is absent. */
enum base_status vault_dir_check_file(const struct vault_dir *d, const char *name,
                                      struct base_error *err);
/* Makes an empty file of mode 0600, whatever the umask, and its name durable. EXISTS when there is
 * something. */
enum base_status vault_dir_make_file(const struct vault_dir *d, const char *name,
                                     struct base_error *err);

/* The two checks for a file or directory that was opened otherwise; `path` is for the message. */
enum base_status vault_dir_file_is_ours(const struct stat *st, const char *path,
                                        struct base_error *err);
enum base_status vault_dir_is_ours(const struct stat *st, const char *path, struct base_error *err);

#endif
