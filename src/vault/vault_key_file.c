/* file:PATH. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_file.h"
#include "base_text.h"
#include "vault_dir.h"
#include "vault_key_source.h"

#define FILE_DOING "getting the vault's key from its file"
#define FILE_MAKING "making the key file"

/* ------------------------------------------------------------------ the path */

/* No shell expands the tilde in "file:~/key". */
static enum base_status file_base_of(const char **path, char *ret_base, size_t size,
                                     struct base_error *err)
{
    static const char doing[] = "finding the key file";
    if (strncmp(*path, "~/", 2) == 0) {
        const char *home = getenv("HOME");
        if (home == NULL || home[0] != '/')
            return base_fail(err, BASE_USAGE, doing, "HOME is not set; give the whole path");
        *path += 2;
        if (!base_text_copy(ret_base, size, base_span_of(home)))
            return base_fail(err, BASE_USAGE, doing, "HOME is too long");
        return BASE_OK;
    }
    if (getcwd(ret_base, size) == NULL)
        return base_fail_errno(err, BASE_USAGE, doing, errno, "the current directory has no path");
    return BASE_OK;
}

static enum base_status file_normalise(const char *path, struct base_buf *out,
                                       struct base_error *err)
{
    static const char doing[] = "reading the key's place";
    char base[PATH_MAX];
    size_t n = strlen(path);
    if (n == 0 || path[n - 1] == '/')
        return base_fail(err, BASE_USAGE, doing, "\"%s\" names no file", path);
    if (!base_text_is_printable(base_span_of(path))) /* the header is JSON, and is shown */
        return base_fail(err, BASE_USAGE, doing,
                         "the path holds control characters or is no UTF-8");
    if (path[0] != '/') {
        enum base_status status = file_base_of(&path, base, sizeof(base), err);
        if (status != BASE_OK)
            return status;
        base_buf_printf(out, "%s/", base);
    }
    base_buf_add_str(out, path);
    return BASE_OK;
}

/* ------------------------------------------------------------------ reading */

static enum base_status file_open(const char *path, int *ret_fd, struct base_error *err)
{
    /* O_NONBLOCK: a FIFO must be refused below, not waited for (D2). */
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        int e = errno;
        if (e == ELOOP)
            return base_fail(err, BASE_STORAGE, FILE_DOING,
                             "%s is a symbolic link, which is not followed", path);
        base_fail_errno(err, BASE_STORAGE, FILE_DOING, e, "%s", path);
        if (e == ENOENT)
            base_error_hint(err, "put the key file back; without it nobody can open this vault");
        return BASE_STORAGE;
    }
    struct stat st;
    enum base_status status = BASE_OK;
    if (fstat(fd, &st) != 0)
        status = base_fail_errno(err, BASE_STORAGE, FILE_DOING, errno, "%s", path);
    else
        status = vault_dir_file_is_ours(&st, path, err);
    if (status != BASE_OK) {
        close(fd);
        return status;
    }
    *ret_fd = fd;
    return BASE_OK;
}

static enum base_status file_fetch(const char *path, const struct vault_key_asker *asker,
                                   struct base_span params, struct crypt_secret **ret,
                                   struct base_error *err)
{
    (void)asker;
    (void)params;
    if (path[0] != '/')
        return vault_key_unknown(path, err);
    int fd;
    enum base_status status = file_open(path, &fd, err);
    return status == BASE_OK ? vault_key_from_fd(fd, path, ret, err) : status;
}

/* ------------------------------------------------------------------ making */

static enum base_status file_write(int fd, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf line;
    enum base_status status = vault_key_random_text(&line, err);
    if (status != BASE_OK)
        return status;
    base_buf_add_char(&line, '\n');
    if (base_buf_status(&line) != BASE_OK)
        return base_fail_memory(err);
    status = base_file_write_fd(fd, base_buf_span(&line), err);
    if (status != BASE_OK)
        return status;
    if (fchmod(fd, 0600) != 0 || fsync(fd) != 0)
        return base_fail_errno(err, BASE_STORAGE, FILE_MAKING, errno, "it cannot be completed");
    return BASE_OK;
}

static enum base_status file_sync_folder(const char *folder, struct base_error *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY);
    int failed = fd < 0 || fsync(fd) != 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    if (failed != 0 && failed != EINVAL) /* EINVAL: the file system cannot sync a directory */
        return base_fail_errno(err, BASE_STORAGE, FILE_MAKING, failed, "%s", folder);
    return BASE_OK;
}

/* EXISTS when there is something of that name. Not written beside and renamed, as other files are:
 * two that start at once would each seal a vault with a key of their own, and one key would be
 * gone. */
static enum base_status file_create(const char *path, struct base_error *err)
{
    BASE_CLEANUP(base_mem_cleanup)
    char *folder = base_mem_dup(path, (size_t)(strrchr(path, '/') - path));
    if (folder == NULL)
        return base_fail_memory(err);
    const char *parent = folder[0] != '\0' ? folder : "/";
    enum base_status status = base_file_make_dir(parent, err);
    if (status != BASE_OK)
        return status;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return base_fail_errno(err, errno == EEXIST ? BASE_EXISTS : BASE_STORAGE, FILE_MAKING,
                               errno, "%s", path);
    status = file_write(fd, err);
    if (close(fd) != 0 && status == BASE_OK)
        status = base_fail_errno(err, BASE_STORAGE, FILE_MAKING, errno, "%s", path);
    if (status == BASE_OK)
        status = file_sync_folder(parent, err);
    if (status != BASE_OK)
        unlink(path); /* ours since a moment ago, and nothing is sealed with it yet */
    return status;
}

static enum base_status file_make(const char *path, const struct vault_key_asker *asker,
                                  struct base_buf *params, struct crypt_secret **ret,
                                  struct base_error *err)
{
    if (path[0] != '/')
        return vault_key_unknown(path, err);
    struct base_error cause = BASE_ERROR_NONE;
    enum base_status status = file_create(path, &cause);
    if (status != BASE_OK && status != BASE_EXISTS) {
        if (err != NULL)
            *err = cause;
        return status;
    }
    status = vault_key_no_params(params, err);
    return status == BASE_OK ? file_fetch(path, asker, BASE_SPAN_NONE, ret, err) : status;
}

const struct vault_key_source vault_key_file = {
    .word = "file",
    .normalise = file_normalise,
    .make = file_make,
    .fetch = file_fetch,
    .wrong_hint = "put back the key file that was there when the vault was made",
};
