/* A directory of a test's own, and what tests do with files. */
#ifndef TEST_DIR_H
#define TEST_DIR_H

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test_support.h"

struct test_dir {
    char path[256];
};

/* mkdtemp(3): mode 0700, ours. */
static inline void test_dir_make(struct test_dir *d)
{
    const char *parent = getenv("TMPDIR");
    snprintf(d->path, sizeof(d->path), "%s/hubauth-test-XXXXXX", parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(d->path));
}

static inline int test_dir_remove_one(const char *path, const struct stat *st, int type,
                                      struct FTW *f)
{
    (void)st;
    (void)type;
    (void)f;
    return remove(path);
}

static inline void test_dir_remove(struct test_dir *d)
{
    assert_int_equal(nftw(d->path, test_dir_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* "<directory>/<name>", in a static buffer for one use at a time. */
static inline const char *test_dir_path(const struct test_dir *d, const char *name)
{
    static char path[512];
    snprintf(path, sizeof(path), "%s/%s", d->path, name);
    return path;
}

static inline void test_file_write(const char *path, const void *bytes, size_t n, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    assert_int_equal(fchmod(fd, mode), 0); /* whatever the umask */
    assert_int_equal(close(fd), 0);
}

/* The number of bytes; at most `size`. */
static inline size_t test_file_read(const char *path, void *bytes, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t n = read(fd, bytes, size);
    assert_true(n >= 0);
    close(fd);
    return (size_t)n;
}

static inline unsigned test_file_mode(const char *path)
{
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode & 07777;
}

#endif
