#include "vault_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_buf.h"
#include "base_file.h"
#include "base_text.h"

#define DIR_DOING "checking who can read the vault"

/* ------------------------------------------------------------------ hints to be pasted */

/* A command that is cut in its middle must not be offered: it would name another file. */
static void dir_hint(struct base_error *err, const char *command, const char *path)
{
    if (err == NULL)
        return;
    struct base_buf line;
    base_buf_init(&line, sizeof(err->hint) - 1);
    base_buf_add_str(&line, command);
    base_buf_add_char(&line, ' ');
    base_text_shell(&line, path);
    if (base_buf_status(&line) == BASE_OK)
        base_error_hint(err, "%s", base_buf_str(&line));
    else
        base_error_hint(err, "%s, with the path named above", command);
    base_buf_free(&line);
}

/* ------------------------------------------------------------------ what is ours */

static enum base_status dir_check_owner(const struct stat *st, const char *path,
                                        struct base_error *err)
{
    if (st->st_uid == geteuid())
        return BASE_OK;
    base_fail(err, BASE_STORAGE, DIR_DOING,
              "%s belongs to user %u, and this process runs as user %u", path, (unsigned)st->st_uid,
              (unsigned)geteuid());
    base_error_hint(err, "run hubauth as the user that the vault belongs to");
    return BASE_STORAGE;
}

enum base_status vault_dir_is_ours(const struct stat *st, const char *path, struct base_error *err)
{
    if (!S_ISDIR(st->st_mode))
        return base_fail(err, BASE_STORAGE, DIR_DOING, "%s is no directory", path);
    enum base_status status = dir_check_owner(st, path, err);
    if (status != BASE_OK)
        return status;
    if ((st->st_mode & (S_IRWXG | S_IRWXO)) == 0)
        return BASE_OK;
    base_fail(err, BASE_STORAGE, DIR_DOING,
              "the directory %s is open to other users (mode %04o, must be 0700)", path,
              (unsigned)(st->st_mode & 07777));
    dir_hint(err, "chmod 700", path);
    return BASE_STORAGE;
}

enum base_status vault_dir_file_is_ours(const struct stat *st, const char *path,
                                        struct base_error *err)
{
    if (S_ISLNK(st->st_mode))
        return base_fail(err, BASE_STORAGE, DIR_DOING,
                         "%s is a symbolic link, which is not followed", path);
    if (!S_ISREG(st->st_mode))
        return base_fail(err, BASE_STORAGE, DIR_DOING, "%s is no regular file", path);
    enum base_status status = dir_check_owner(st, path, err);
    if (status != BASE_OK)
        return status;
    if (st->st_nlink != 1) {
        /* A second name may lie in a directory that others can enter. */
        return base_fail(err, BASE_STORAGE, DIR_DOING, "%s has %lu names (hard links), must be 1",
                         path, (unsigned long)st->st_nlink);
    }
    if ((st->st_mode & (S_IXUSR | S_IRWXG | S_IRWXO)) == 0)
        return BASE_OK;
    base_fail(err, BASE_STORAGE, DIR_DOING, "%s is too open (mode %04o, must be 0600 or 0400)",
              path, (unsigned)(st->st_mode & 07777));
    dir_hint(err, "chmod 600", path);
    return BASE_STORAGE;
}

/* ------------------------------------------------------------------ the directory */

/* realpath(3), and whether that is what was opened: /proc/self/fd would tell it in one step, but to
 * ask a new process's /proc for the first time costs as much as opening the database. */
static enum base_status dir_canonical(const struct stat *opened, const char *path, char **ret,
                                      struct base_error *err)
{
    struct stat st;
    char target[PATH_MAX];
    if (realpath(path, target) == NULL || stat(target, &st) != 0)
        return base_fail_errno(err, BASE_STORAGE, DIR_DOING, errno, "%s", path);
    if (st.st_dev != opened->st_dev || st.st_ino != opened->st_ino)
        return base_fail(err, BASE_STORAGE, DIR_DOING, "%s was replaced meanwhile", path);
    char *canonical = base_mem_strdup(target);
    if (canonical == NULL)
        return base_fail_memory(err);
    *ret = canonical;
    return BASE_OK;
}

static enum base_status dir_fail_open(const char *path, int error_number, struct base_error *err)
{
    static const char doing[] = "opening the vault's directory";
    if (error_number == ENOENT)
        return base_fail_errno(err, BASE_NOT_FOUND, doing, error_number, "%s", path);
    base_fail_errno(err, BASE_STORAGE, doing, error_number, "%s", path);
    if (error_number == ENOTDIR) /* what O_NOFOLLOW with O_DIRECTORY says of a link */
        base_error_hint(err, "it must be a directory and no symbolic link: name what it points to");
    return BASE_STORAGE;
}

enum base_status vault_dir_open(const char *path, bool create, struct vault_dir *ret,
                                struct base_error *err)
{
    if (create) {
        enum base_status status = base_file_make_dir(path, err);
        if (status == BASE_STORAGE)
            base_error_hint(err, "check that you may write there, or name another directory");
        if (status != BASE_OK)
            return status;
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return dir_fail_open(path, errno, err);
    struct stat st;
    enum base_status status = BASE_OK;
    if (fstat(fd, &st) != 0)
        status = base_fail_errno(err, BASE_STORAGE, DIR_DOING, errno, "%s", path);
    else
        status = vault_dir_is_ours(&st, path, err);
    char *canonical = NULL;
    if (status == BASE_OK)
        status = dir_canonical(&st, path, &canonical, err);
    if (status != BASE_OK) {
        close(fd);
        return status;
    }
    *ret = (struct vault_dir){.fd = fd, .path = canonical};
    return BASE_OK;
}

void vault_dir_close(struct vault_dir *d)
{
    if (d->path == NULL)
        return;
    close(d->fd);
    base_mem_free(d->path);
    *d = (struct vault_dir){.fd = -1};
}

/* ------------------------------------------------------------------ its files */

enum base_status vault_dir_check_file(const struct vault_dir *d, const char *name,
                                      struct base_error *err)
{
    struct stat st;
    BASE_CLEANUP(base_mem_cleanup) char *path = base_file_join(d->path, name);
    if (path == NULL)
        return base_fail_memory(err);
    /* Not open(2), fstat(2), close(2): closing any descriptor of a database drops the locks that
     * SQLite holds on it in this process (POSIX locks belong to the process and the file). */
    if (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return base_fail_errno(err, errno == ENOENT ? BASE_NOT_FOUND : BASE_STORAGE, DIR_DOING,
                               errno, "%s", path);
    return vault_dir_file_is_ours(&st, path, err);
}

enum base_status vault_dir_make_file(const struct vault_dir *d, const char *name,
                                     struct base_error *err)
{
    static const char doing[] = "making the vault's file";
    int fd =
        openat(d->fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0) {
        int e = errno;
        base_fail_errno(err, e == EEXIST ? BASE_EXISTS : BASE_STORAGE, doing, e, "%s/%s", d->path,
                        name);
        if (e != EEXIST)
            base_error_hint(err, "check that the directory can be written and has space");
        return e == EEXIST ? BASE_EXISTS : BASE_STORAGE;
    }
    enum base_status status = BASE_OK;
    if (fchmod(fd, 0600) != 0) /* a umask of 0277 would leave it unreadable for ourselves */
        status = base_fail_errno(err, BASE_STORAGE, doing, errno, "%s/%s", d->path, name);
    else if (fsync(d->fd) != 0 && errno != EINVAL) /* EINVAL: the file system has no such thing */
        status = base_fail_errno(err, BASE_STORAGE, doing, errno, "%s", d->path);
    close(fd);
    return status;
}
