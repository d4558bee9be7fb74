#include "cli_secret_file.h"

#include "base_file.h"
#include "base_text.h"
#include "base_time.h"
#include "cli_secret.h"
#include "crypt_encode.h"
#include "crypt_random.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define SECRET_FILE_MAX (64u << 10) /* a refresh token may be long (C4) */

/* "chmod go= PATH", to be pasted; just the command where there is no memory for it. */
static void make_command(struct base_buf *out, const char *mend, const char *path)
{
    base_buf_init(out, 4u * PATH_MAX);
    base_buf_add_str(out, mend);
    base_buf_add_char(out, ' ');
    base_text_shell(out, path);
}

static enum base_status refuse(const char *what, const char *path, const char *why,
                               const char *mend, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf command = {0};

    base_fail(err, BASE_USAGE, "reading a secret", "the %s in %s is not safe: %s", what, path, why);
    make_command(&command, mend, path);
    if (mend[0])
        base_error_hint(err, "%s", base_buf_status(&command) ? mend : base_buf_str(&command));
    return BASE_USAGE;
}

static void warn(struct cli *c, const char *what, const char *path)
{
    BASE_CLEANUP(base_buf_free) struct base_buf command = {0};

    make_command(&command, "chmod go=", path);
    cli_say(c, "hubauth: warning: others can read the %s: %s", what,
            base_buf_status(&command) ? "chmod go=" : base_buf_str(&command));
}

static bool in_memory(int fd)
{
    struct statfs fs;

    return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

static enum base_status check(struct cli *c, int fd, const char *path, const char *what,
                              enum cli_secret_trust trust, struct base_error *err)
{
    struct stat st;
    bool own_group;

    if (fstat(fd, &st) != 0)
        return base_fail_errno(err, BASE_USAGE, "reading a secret", errno, "%s", path);
    if (!S_ISREG(st.st_mode) && !(trust != CLI_SECRET_OURS && S_ISFIFO(st.st_mode)))
        return refuse(what, path, "it is no regular file", "", err);
    if (st.st_uid != geteuid() && !(trust != CLI_SECRET_OURS && st.st_uid == 0))
        return refuse(what, path, "it belongs to another user", "", err);
    own_group = trust != CLI_SECRET_OURS && st.st_gid == getegid();
    if ((st.st_mode & S_IWOTH) || ((st.st_mode & S_IWGRP) && !own_group))
        return refuse(what, path, "others can write to it", "chmod go-w", err);
    if ((st.st_mode & S_IROTH) || ((st.st_mode & S_IRGRP) && !own_group)) {
        if (trust == CLI_SECRET_OURS)
            return refuse(what, path, "others can read it", "chmod go=", err);
        if (trust == CLI_SECRET_GIVEN && !(st.st_uid == 0 && in_memory(fd)))
            warn(c, what, path);
    }
    return BASE_OK;
}

static enum base_status fail_open(const char *path, const char *what, struct base_error *err)
{
    int number = errno;
    enum base_status status = number == ENOENT || number == ENOTDIR ? BASE_NOT_FOUND : BASE_USAGE;

    return base_fail_errno(err, status, "reading a secret", number, "the %s in %s", what, path);
}

/* UNAVAILABLE when nothing comes. */
static enum base_status read_text(const struct cli *c, int fd, const char *path, const char *what,
                                  struct base_buf *text, struct base_error *err)
{
    char human[32];
    enum base_status status = c->patience_ms > 0
                                  ? base_file_read_fd_within(fd, c->patience_ms, text, err)
                                  : base_file_read_fd(fd, text, err);

    if (status == BASE_UNAVAILABLE)
        return base_fail(err, status, "reading a secret",
                         "the %s does not come whole: nothing more was written to %s within %s",
                         what, path, base_time_human(human, c->patience_ms));
    if (status)
        base_error_doing(err, "reading the %s in %s", what, path);
    return status && status != BASE_NO_MEMORY ? base_error_as(err, BASE_USAGE) : status;
}

enum base_status cli_secret_file_read(struct cli *c, const char *path, const char *what,
                                      enum cli_secret_trust trust, struct crypt_secret **ret,
                                      struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    /* Without O_NONBLOCK, open(2) itself would wait for somebody who writes into a pipe. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (c->patience_ms > 0 ? O_NONBLOCK : 0));
    enum base_status status;

    if (fd < 0)
        return fail_open(path, what, err);
    base_buf_init_sensitive(&text, SECRET_FILE_MAX);
    status = check(c, fd, path, what, trust, err);
    if (!status)
        status = read_text(c, fd, path, what, &text, err);
    (void)close(fd);
    if (status)
        return status;
    status = cli_secret_take_line(&text, what, ret, err);
    if (status == BASE_USAGE)
        base_error_doing(err, "reading %s", path);
    return status;
}

/* ------------------------------------------------------------------ writing */

static enum base_status write_line(struct base_file *f, struct base_span bytes,
                                   struct base_error *err)
{
    enum base_status status = base_file_write_fd(base_file_fd(f), bytes, err);

    return status ? status : base_file_write_fd(base_file_fd(f), BASE_SPAN("\n"), err);
}

enum base_status cli_secret_file_replace(const char *path, const char *what,
                                         const struct crypt_secret *secret, struct base_error *err)
{
    char target[PATH_MAX]; /* a link stays, and leads to the new content */
    struct base_file *f;
    struct stat st;
    mode_t mode;
    enum base_status status;

    if (!realpath(path, target) || stat(target, &st) != 0)
        return base_fail_errno(err, BASE_STORAGE, "writing a secret", errno, "the %s in %s", what,
                               path);
    status = base_file_create(target, 0600, &f, err);
    if (status)
        return status;
    /* A file that was root's becomes ours: its old owner could not be kept by us anyway. Another
     * group than the old one is given nothing. */
    mode =
        fchown(base_file_fd(f), (uid_t)-1, st.st_gid) == 0 ? st.st_mode & 0777 : st.st_mode & 0700;
    if (fchmod(base_file_fd(f), mode) != 0)
        status = base_fail_errno(err, BASE_STORAGE, "writing a secret", errno, "%s", path);
    if (!status)
        status = write_line(f, crypt_secret_span(secret), err);
    if (status) {
        base_file_abort(f);
        return status;
    }
    return base_file_commit(f, err);
}

/* ------------------------------------------------------------------ taking turns */

#define LOCK_DOING "taking a lock"
#define LOCK_FLAGS (O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

/* Beside the file itself, wherever the link lies by which somebody comes. Sets errno when it fails.
 */
static int open_lock_beside(const char *path)
{
    BASE_CLEANUP(base_buf_free) struct base_buf beside = {0};
    char target[PATH_MAX];
    struct stat st;
    int fd;

    if (!realpath(path, target))
        return -1;
    base_buf_init(&beside, PATH_MAX);
    base_buf_printf(&beside, "%s.lock", target);
    if (base_buf_status(&beside)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = open(base_buf_str(&beside), LOCK_FLAGS | O_CREAT | O_NOFOLLOW, 0600);
    /* A stranger who put it there could hold it for ever. */
    if (fd >= 0 && (fstat(fd, &st) != 0 || (st.st_uid != geteuid() && st.st_uid != 0))) {
        (void)close(fd);
        errno = EPERM;
        return -1;
    }
    return fd;
}

/* Whoever had the lock before has perhaps put another file in its place since we opened it. */
static bool is_still_there(int fd, const char *path)
{
    struct stat ours, there;

    return fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_dev == there.st_dev &&
           ours.st_ino == there.st_ino;
}

static enum base_status fail_lock(const char *path, int number, struct base_error *err)
{
    if (number == EAGAIN || number == EACCES)
        return base_fail(err, BASE_BUSY, LOCK_DOING, "another process holds %s", path);
    return base_fail_errno(err, BASE_STORAGE, LOCK_DOING, number, "%s", path);
}

enum base_status cli_secret_file_lock(const char *path, int *ret_fd, struct base_error *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET}; /* length 0: to the end */
    enum base_status status = BASE_OK;
    struct stat st;
    bool beside;
    int fd;

    *ret_fd = -1;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return BASE_OK;
    fd = open(path, LOCK_FLAGS);
    beside = fd < 0;
    if (beside)
        fd = open_lock_beside(path);
    if (fd < 0)
        return base_fail_errno(err, BASE_STORAGE, LOCK_DOING, errno, "%s", path);
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0)
        status = fail_lock(path, errno, err);
    else if (!beside && !is_still_there(fd, path))
        status =
            base_fail(err, BASE_BUSY, LOCK_DOING, "another process has just replaced %s", path);
    if (status)
        (void)close(fd);
    else
        *ret_fd = fd;
    return status;
}

void cli_secret_file_unlock(int fd)
{
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

    if (fd < 0)
        return;
    (void)fcntl(fd, F_OFD_SETLK, &lock); /* by hand: a forked child may share the description */
    (void)close(fd);
}

/* ------------------------------------------------------------------ making */

enum base_status cli_secret_file_make(const char *path, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf line = {0};
    unsigned char bytes[32];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0600);
    enum base_status status;

    if (fd < 0)
        return base_fail_errno(err, errno == EEXIST ? BASE_EXISTS : BASE_STORAGE,
                               "making a key file", errno, "%s", path);
    base_buf_init_sensitive(&line, 128);
    crypt_random(bytes, sizeof(bytes));
    crypt_base64url(&line, bytes, sizeof(bytes));
    base_buf_add_char(&line, '\n');
    crypt_wipe(bytes, sizeof(bytes));
    status = base_buf_status(&line) ? base_fail_memory(err)
                                    : base_file_write_fd(fd, base_buf_span(&line), err);
    if (!status && fsync(fd) != 0)
        status = base_fail_errno(err, BASE_STORAGE, "making a key file", errno, "%s", path);
    if (close(fd) != 0 && !status)
        status = base_fail_errno(err, BASE_STORAGE, "making a key file", errno, "%s", path);
    if (status)
        (void)unlink(path);
    return status;
}
