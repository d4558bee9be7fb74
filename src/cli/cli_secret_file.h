/* Files that hold a secret, and who else can read or change them. */
#ifndef CLI_SECRET_FILE_H
#define CLI_SECRET_FILE_H

#include "cli_context.h"

enum cli_secret_trust {
    /* A key: ours, a regular file, nobody else's to read. */
    CLI_SECRET_OURS,
    /* What a CI system or a container hands over: ours or root's, nobody else's to write. One that
     * others can read is taken with a warning, unless it is root's on a file system in memory, as
     * containers get them (mode 0444 or 0644 in /run/secrets). */
    CLI_SECRET_GIVEN,
    CLI_SECRET_AGAIN, /* as before, by a process that has read it already: without the warning */
};

/* Without its one trailing line end. NOT_FOUND when there is none; USAGE with what is wrong and the
 * chmod line that mends it. `what` is for the message: "client secret". */
enum base_status cli_secret_file_read(struct cli *c, const char *path, const char *what,
                                      enum cli_secret_trust trust, struct crypt_secret **ret,
                                      struct base_error *err);
/* Puts a new content in place of the old one, complete or not at all, with the old one's mode.
 * Where `path` is a link, what it leads to is replaced. */
enum base_status cli_secret_file_replace(const char *path, const char *what,
                                         const struct crypt_secret *secret, struct base_error *err);
/* For processes that read and replace a file in turn: an open-file-description lock (fcntl(2)),
 * which goes with the process and holds between machines where the file system does (NFS). On the
 * file itself; where that cannot be opened for writing on PATH.lock, with all links resolved, which
 * stays for ever. BUSY while another process has it; never waits. STORAGE with the reason when
 * nothing can be locked. *ret_fd is -1 with OK for what is no regular file: a pipe is read by one
 * process alone. */
enum base_status cli_secret_file_lock(const char *path, int *ret_fd, struct base_error *err);
void cli_secret_file_unlock(int fd); /* -1 is allowed */
/* A new key file with 32 random bytes as a line of text, mode 0600. EXISTS when there is something.
 */
enum base_status cli_secret_file_make(const char *path, struct base_error *err);

#endif
