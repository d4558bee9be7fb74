#include "vault_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_buf.h"
#include "crypt_hash.h"

#define LOCK_FOLDER "locks"
#define LOCK_DOING "taking a lock"

/* A hash, since a name may hold any character and be longer than a file name may be. */
static void lock_file_name(struct base_buf *out, const char *name)
{
    unsigned char hash[CRYPT_BLAKE2B_BYTES];
    crypt_blake2b(hash, BASE_SPAN_NONE, base_span_of(name));
    base_buf_add_str(out, LOCK_FOLDER "/");
    crypt_hex(out, hash, 16); /* 128 bits: no two names meet by chance */
    base_buf_add_str(out, ".lock");
}

static enum base_status lock_fail(const struct vault_dir *d, struct base_error *err)
{
    int e = errno;
    base_fail_errno(err, BASE_STORAGE, LOCK_DOING, e, "%s/" LOCK_FOLDER, d->path);
    if (e == EROFS || e == EACCES || e == ENOSPC)
        base_error_hint(err,
                        "the vault's directory must be writable and have space to refresh tokens");
    return BASE_STORAGE;
}

/* The folder is looked at only when it was missing: it lies in a directory that is ours alone. */
static int lock_open(const struct vault_dir *d, const char *file)
{
    static const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
    int fd = openat(d->fd, file, flags, 0600);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    if (mkdirat(d->fd, LOCK_FOLDER, 0700) != 0 && errno != EEXIST)
        return -1;
    return openat(d->fd, file, flags, 0600);
}

enum base_status vault_lock_try(const struct vault_dir *d, const char *name, int *ret_fd,
                                struct base_error *err)
{
    struct base_buf file;
    base_buf_init(&file, 64);
    lock_file_name(&file, name);
    if (base_buf_status(&file) != BASE_OK) {
        base_buf_free(&file);
        return base_fail_memory(err);
    }
    int fd = lock_open(d, base_buf_str(&file));
    base_buf_free(&file);
    if (fd < 0)
        return lock_fail(d, err);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET}; /* length 0: to the end */
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0) {
        *ret_fd = fd;
        return BASE_OK;
    }
    enum base_status status =
        errno == EAGAIN || errno == EACCES
            ? base_fail(err, BASE_BUSY, LOCK_DOING, "another process or task holds it")
            : lock_fail(d, err);
    close(fd);
    return status;
}

void vault_lock_release(int fd)
{
    /* Unlocked by hand first: a child that was forked without exec shares the description, and the
     * lock would live as long as the child does. */
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    (void)fcntl(fd, F_OFD_SETLK, &lock);
    close(fd);
}
