#include "base_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_text.h"
#include "base_time.h"

/* ---------------------------------------------------------------- descriptors */

#define FOR_EVER (-1)

static ssize_t file_read_some(int fd, void *out, size_t n)
{
    ssize_t got;
    do
        got = read(fd, out, n);
    while (got < 0 && errno == EINTR);
    return got;
}

/* False when nothing came, and no end. */
static bool file_wait(int fd, int64_t patience_ms)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    int64_t until = base_time_monotonic() + patience_ms;
    int n;
    do {
        int64_t left = until - base_time_monotonic();
        n = poll(&look, 1, (int)(left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : left));
    } while (n < 0 && errno == EINTR);
    return n != 0;
}

/* Reads to the end or to out->max; then one more byte tells whether there is more. */
static enum base_status file_read_all(int fd, const char *name, int64_t patience_ms,
                                      struct base_buf *out, struct base_error *err)
{
    struct stat st;
    size_t step = 4096;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        step = (size_t)st.st_size; /* then one read() takes it all */
    for (;;) {
        size_t room = out->max > out->n ? out->max - out->n : 0;
        char probe;
        char *place = room > 0 ? base_buf_reserve(out, step < room ? step : room) : &probe;
        if (base_buf_status(out) != BASE_OK || place == NULL)
            return base_fail_memory(err);
        size_t want = room == 0 ? 1 : step < room ? step : room;
        if (patience_ms != FOR_EVER && !file_wait(fd, patience_ms))
            return base_fail(err, BASE_UNAVAILABLE, "reading a file", "nothing came from %s", name);
        ssize_t got = file_read_some(fd, place, want);
        if (got < 0)
            return base_fail_errno(err, BASE_FAILED, "reading a file", errno, "%s", name);
        if (got == 0)
            break;
        if (room == 0)
            return base_fail(err, BASE_LIMIT, "reading a file", "%s is larger than %zu bytes", name,
                             out->max);
        base_buf_commit(out, (size_t)got);
        step = 65536;
    }
    base_buf_add(out, "", 0); /* an empty file gives an empty text */
    return base_buf_status(out) == BASE_OK ? BASE_OK : base_fail_memory(err);
}

enum base_status base_file_read_fd(int fd, struct base_buf *out, struct base_error *err)
{
    return file_read_all(fd, "the input", FOR_EVER, out, err);
}

enum base_status base_file_read_fd_within(int fd, int64_t patience_ms, struct base_buf *out,
                                          struct base_error *err)
{
    return file_read_all(fd, "the input", patience_ms, out, err);
}

enum base_status base_file_read(const char *path, struct base_buf *out, struct base_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        enum base_status status =
            errno == ENOENT || errno == ENOTDIR ? BASE_NOT_FOUND : BASE_FAILED;
        return base_fail_errno(err, status, "reading a file", errno, "%s", path);
    }
    enum base_status status = file_read_all(fd, path, FOR_EVER, out, err);
    close(fd);
    return status;
}

enum base_status base_file_write_fd(int fd, struct base_span bytes, struct base_error *err)
{
    while (bytes.n > 0) {
        ssize_t done = write(fd, bytes.p, bytes.n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return base_fail_errno(err, BASE_STORAGE, "writing", errno, "%zu bytes were left",
                                   bytes.n);
        bytes = base_span_from(bytes, (size_t)done);
    }
    return BASE_OK;
}

/* Not restarted after a signal, whatever the handler asks for (signal(7)): a write is. */
static int stdout_poll(int patience_ms)
{
    struct pollfd look = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&look, 1, patience_ms);
}

/* What goes to a full pipe, terminal or socket waits for its reader, and only a signal makes it end
 * early; unless it does not wait, as others may have set it. */
static bool stdout_was_interrupted(void)
{
    return !(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK) && stdout_poll(0) == 0;
}

enum base_status base_file_write_stdout(struct base_span bytes, struct base_error *err)
{
    static const char doing[] = "writing to standard output";
    while (bytes.n > 0) {
        ssize_t done = -1;
        if (stdout_poll(-1) >= 0)
            done = write(STDOUT_FILENO, bytes.p, bytes.n);
        if (done < 0 && errno == EAGAIN)
            continue;
        if (done < 0 && errno == EINTR)
            return base_fail(err, BASE_CANCELLED, doing, "interrupted");
        if (done < 0 && errno == EPIPE)
            return base_fail(err, BASE_CANCELLED, doing, "the reader of the pipe has gone");
        if (done < 0)
            return base_fail_errno(err, BASE_STORAGE, doing, errno, "%zu bytes were left", bytes.n);
        bytes = base_span_from(bytes, (size_t)done);
        if (bytes.n > 0 && stdout_was_interrupted())
            return base_fail(err, BASE_CANCELLED, doing, "interrupted");
    }
    return BASE_OK;
}

/* ---------------------------------------------------------------- files that appear when complete
 */

struct base_file {
    int fd;
    int lock;   /* of a file that grows: outlives `fd`, until it has its name; else -1 */
    int dir;    /* the folder, so that rename and fsync cannot meet another one */
    char *path; /* as given */
    char *temporary;
    const char *name; /* path's last part */
};

static void file_free(struct base_file *f)
{
    if (f == NULL)
        return;
    if (f->fd >= 0)
        close(f->fd);
    if (f->lock >= 0)
        close(f->lock);
    if (f->dir >= 0)
        close(f->dir);
    base_mem_free(f->temporary);
    base_mem_free(f->path);
    base_mem_free(f);
}

static enum base_status file_fail(struct base_error *err, int error_number, const char *what,
                                  const char *path)
{
    return base_fail_errno(err, error_number == ENOMEM ? BASE_NO_MEMORY : BASE_STORAGE,
                           "writing a file", error_number, "%s %s", what, path);
}

/* Sets path, name and the folder's descriptor. */
static enum base_status file_open_folder(struct base_file *f, const char *path,
                                         struct base_error *err)
{
    f->path = base_mem_strdup(path);
    if (f->path == NULL)
        return base_fail_memory(err);
    char *slash = strrchr(f->path, '/');
    f->name = slash != NULL ? slash + 1 : f->path;
    if (f->name[0] == '\0' || strcmp(f->name, ".") == 0 || strcmp(f->name, "..") == 0)
        return base_fail(err, BASE_USAGE, "writing a file", "\"%s\" names no file", path);
    const char *folder = ".";
    if (slash == f->path) {
        folder = "/";
    } else if (slash != NULL) {
        *slash = '\0';
        folder = f->path;
    }
    f->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error_number = errno;
    if (slash != NULL && slash != f->path)
        *slash = '/';
    if (f->dir < 0)
        return file_fail(err, error_number, "cannot open the folder of", path);
    return BASE_OK;
}

/* rename() would put a file in the place of a device or of a symbolic link as well. */
static enum base_status file_check_target(const struct base_file *f, struct base_error *err)
{
    struct stat st;
    if (fstatat(f->dir, f->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
        return base_fail(err, BASE_STORAGE, "writing a file", "%s exists and is no regular file",
                         f->path);
    return BASE_OK;
}

static enum base_status file_open_temporary(struct base_file *f, unsigned mode,
                                            struct base_error *err)
{
    uint64_t random;
    size_t size = strlen(f->name) + sizeof(".") + 16 + sizeof(".tmp");
    f->temporary = base_mem_array(size, 1);
    if (f->temporary == NULL)
        return base_fail_memory(err);
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return file_fail(err, errno, "no random name for", f->path);
    base_text_format(f->temporary, size, ".%s.%016llx.tmp", f->name, (unsigned long long)random);
    f->fd = openat(f->dir, f->temporary,
                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, (mode_t)mode);
    if (f->fd < 0)
        return file_fail(err, errno, "cannot create", f->path);
    return BASE_OK;
}

/* A file that is written beside its target, whose folder is open. */
static enum base_status file_new(const char *path, struct base_file **ret, struct base_error *err)
{
    struct base_file *f = base_mem_new(sizeof(*f));
    if (f == NULL)
        return base_fail_memory(err);
    f->fd = f->lock = f->dir = -1;
    enum base_status status = file_open_folder(f, path, err);
    if (status == BASE_OK)
        status = file_check_target(f, err);
    if (status != BASE_OK) {
        file_free(f);
        return status;
    }
    *ret = f;
    return BASE_OK;
}

enum base_status base_file_create(const char *path, unsigned mode, struct base_file **ret,
                                  struct base_error *err)
{
    struct base_file *f;
    enum base_status status = file_new(path, &f, err);
    if (status != BASE_OK)
        return status;
    status = file_open_temporary(f, mode, err);
    if (status != BASE_OK)
        file_free(f);
    else
        *ret = f;
    return status;
}

/* ---------------------------------------------------------------- files that grow until complete
 */

/* What is found must be what an earlier run of the same user left: in a folder that others can
 * write to, anybody may have put something there. */
static enum base_status file_check_found(const struct base_file *f, const struct stat *st,
                                         struct base_error *err)
{
    const char *why = !S_ISREG(st->st_mode)       ? "is no regular file"
                      : st->st_uid != geteuid()   ? "belongs to another user"
                      : st->st_nlink > (nlink_t)1 ? "has a second name"
                                                  : NULL;
    if (why != NULL)
        return base_fail(err, BASE_STORAGE, "writing a file", "%s, which is %s until complete, %s",
                         f->path, f->temporary, why);
    return BASE_OK;
}

/* Where a file system has no locks, whoever starts two has two. */
static enum base_status file_lock(struct base_file *f, struct base_error *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(f->fd, F_OFD_SETLK, &whole) != 0 && (errno == EAGAIN || errno == EACCES))
        return base_fail(err, BASE_BUSY, "writing a file", "another process is writing %s",
                         f->path);
    f->lock = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
    return f->lock >= 0 ? BASE_OK : file_fail(err, errno, "cannot lock", f->path);
}

/* Whether others may have opened it, as whoever unpacked or cloned a folder has files: what they
 * have open they can read for ever. Not so where a file system knows no modes. */
static bool file_was_open_to_others(const struct base_file *f, const struct stat *found,
                                    unsigned mode)
{
    const mode_t others = (S_IRWXG | S_IRWXO) & ~(mode_t)mode;
    struct stat now;
    return (found->st_mode & others) != 0 && fchmod(f->fd, (mode_t)mode) == 0 &&
           fstat(f->fd, &now) == 0 && (now.st_mode & others) == 0;
}

/* Sets *ret_gone when the name leads to another file now, or to none: the one that was opened
 * became complete before it was locked, or was not to be used. */
static enum base_status file_open_found(struct base_file *f, unsigned mode, bool *ret_gone,
                                        struct base_error *err)
{
    struct stat opened, named;
    f->fd = openat(f->dir, f->temporary, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
                   (mode_t)mode);
    if (f->fd < 0 || fstat(f->fd, &opened) != 0)
        return file_fail(err, errno, "cannot create", f->path);
    enum base_status status = file_check_found(f, &opened, err);
    if (status == BASE_OK)
        status = file_lock(f, err);
    if (status == BASE_OK && file_was_open_to_others(f, &opened, mode))
        (void)unlinkat(f->dir, f->temporary, 0);
    *ret_gone =
        status == BASE_OK && (fstatat(f->dir, f->temporary, &named, AT_SYMLINK_NOFOLLOW) != 0 ||
                              named.st_ino != opened.st_ino || named.st_dev != opened.st_dev);
    return status;
}

static enum base_status file_open_growing(struct base_file *f, const char *suffix, unsigned mode,
                                          struct base_error *err)
{
    size_t size = strlen(f->name) + strlen(suffix) + 1;
    bool gone = true;
    f->temporary = base_mem_array(size, 1);
    if (f->temporary == NULL)
        return base_fail_memory(err);
    base_text_format(f->temporary, size, "%s%s", f->name, suffix);
    for (int tries = 0; tries < 8; tries++) {
        enum base_status status = file_open_found(f, mode, &gone, err);
        if (status != BASE_OK || !gone)
            return status;
        close(f->fd);
        close(f->lock);
        f->fd = f->lock = -1;
    }
    return base_fail(err, BASE_BUSY, "writing a file", "others are writing %s", f->path);
}

enum base_status base_file_continue(const char *path, const char *suffix, unsigned mode,
                                    struct base_file **ret, struct base_error *err)
{
    struct base_file *f;
    enum base_status status = file_new(path, &f, err);
    if (status != BASE_OK)
        return status;
    status = file_open_growing(f, suffix, mode, err);
    if (status != BASE_OK)
        file_free(f);
    else
        *ret = f;
    return status;
}

void base_file_keep(struct base_file *f)
{
    file_free(f);
}

/* ---------------------------------------------------------------- both */

int base_file_fd(const struct base_file *f)
{
    return f->fd;
}

int base_file_folder(const struct base_file *f)
{
    return f->dir;
}

const char *base_file_name(const struct base_file *f)
{
    return f->name;
}

/* Some file systems cannot fsync a folder and say EINVAL; there is nothing more to be done there.
 */
static bool file_sync_folder(int dir)
{
    return fsync(dir) == 0 || errno == EINVAL;
}

enum base_status base_file_commit(struct base_file *f, struct base_error *err)
{
    enum base_status status = BASE_OK;
    if (fsync(f->fd) != 0)
        status = file_fail(err, errno, "cannot sync", f->path);
    /* Linux has closed the descriptor even when close() fails; an error means that data may be lost
     * (NFS). */
    int closed = close(f->fd);
    f->fd = -1;
    if (status == BASE_OK && closed != 0)
        status = file_fail(err, errno, "cannot close", f->path);
    if (status == BASE_OK && renameat(f->dir, f->temporary, f->dir, f->name) != 0)
        status = file_fail(err, errno, "cannot put in place", f->path);
    if (status != BASE_OK && f->lock < 0)
        unlinkat(f->dir, f->temporary, 0);
    else if (status == BASE_OK && !file_sync_folder(f->dir))
        status = file_fail(err, errno, "cannot sync the folder of", f->path);
    file_free(f);
    return status;
}

void base_file_abort(struct base_file *f)
{
    if (f == NULL)
        return;
    unlinkat(f->dir, f->temporary, 0);
    file_free(f);
}

/* ---------------------------------------------------------------- folders and paths */

static enum base_status file_make_one(const char *path, struct base_error *err)
{
    struct stat st;
    if (mkdir(path, 0700) == 0)
        return BASE_OK;
    int error_number = errno;
    /* Not by EEXIST alone: a read-only or automounted parent may say something else first. */
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return BASE_OK;
        error_number = ENOTDIR;
    }
    return base_fail_errno(err, BASE_STORAGE, "making a folder", error_number, "%s", path);
}

enum base_status base_file_make_dir(const char *path, struct base_error *err)
{
    if (path[0] == '\0')
        return base_fail(err, BASE_USAGE, "making a folder", "its name is empty");
    BASE_CLEANUP(base_mem_cleanup) char *part = base_mem_strdup(path);
    if (part == NULL)
        return base_fail_memory(err);
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        enum base_status status = file_make_one(part, err);
        *slash = '/';
        if (status != BASE_OK)
            return status;
    }
    return file_make_one(part, err);
}

char *base_file_join(const char *a, const char *b)
{
    size_t na = strlen(a);
    size_t nb = strlen(b);
    bool slash = na == 0 || a[na - 1] != '/';
    size_t size;
    if (__builtin_add_overflow(na, nb, &size) || __builtin_add_overflow(size, (size_t)2, &size))
        return NULL;
    char *path = base_mem_array(size, 1);
    if (path == NULL)
        return NULL;
    base_text_format(path, size, "%s%s%s", a, slash ? "/" : "", b);
    return path;
}
