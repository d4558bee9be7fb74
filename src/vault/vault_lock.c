#include "vault_lock.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base_buf.h"
#include "crypt_encode.h"
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

/* ------------------------------------------------------------------ who holds it
 *
 * The kernel does not tell (F_OFD_GETLK knows no process), so the holder writes its number into the
 * file. That is for messages alone: the file may name an earlier holder, or a process of another
 * machine or container. */

enum { HOLDER_BYTES = 11 };

static void holder_write(int fd)
{
    char text[32];
    snprintf(text, sizeof(text), "%*ld\n", HOLDER_BYTES - 1, (long)getpid());
    ssize_t n = pwrite(fd, text, HOLDER_BYTES, 0);
    (void)n; /* a full disk: then a message names nobody */
}

/* 0 when it names none. */
static long holder_read(int fd)
{
    char text[HOLDER_BYTES + 1] = "";
    if (pread(fd, text, HOLDER_BYTES, 0) != HOLDER_BYTES || text[HOLDER_BYTES - 1] != '\n')
        return 0;
    long pid = strtol(text, NULL, 10);
    return pid > 0 ? pid : 0;
}

/* /proc/PID/stat is "PID (NAME) STATE …", and the name may hold anything. False without such a
 * process. */
static bool holder_look(long pid, char name[32], char *ret_state)
{
    char path[64], text[512];
    snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *from = strchr(text, '(');
    const char *to = strrchr(text, ')');
    if (from == NULL || to == NULL || to < from || to[1] != ' ')
        return false;
    snprintf(name, 32, "%.*s", (int)(to - from - 1), from + 1);
    *ret_state = to[2];
    return true;
}

static enum base_status holder_fail(int fd, struct base_error *err)
{
    long pid = err != NULL ? holder_read(fd) : 0;
    char name[32], state;
    if (pid == 0 || !holder_look(pid, name, &state)) {
        base_fail(err, BASE_BUSY, LOCK_DOING, "another process or task holds it");
        base_error_hint(err, "try again");
    } else if (state == 'T' || state == 't') { /* stopped, or by a debugger: proc(5) */
        base_fail(err, BASE_BUSY, LOCK_DOING, "process %ld (%s) holds it and is stopped", pid,
                  name);
        base_error_hint(err, "kill -CONT %ld", pid);
    } else {
        base_fail(err, BASE_BUSY, LOCK_DOING, "process %ld (%s) holds it", pid, name);
        base_error_hint(err, "try again; to end that process: kill %ld", pid);
    }
    return BASE_BUSY;
}

/* ------------------------------------------------------------------ room for a note
 *
 * A note must not fail for want of space, so a lease is not had before its file has room for one:
 * blocks that are written and synced, and a name that a power cut does not take away. */

enum {
    NOTE_AT = 16,
    NOTE_LENGTH_BYTES = 4,
    NOTE_ROOM = NOTE_LENGTH_BYTES + VAULT_NOTE_READY,
    NOTE_MAPPED = NOTE_AT + NOTE_ROOM
};

/* The space that a note takes in the file so far, its length included. */
static enum base_status note_space(int fd, size_t *ret, struct base_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return base_fail_errno(err, BASE_STORAGE, LOCK_DOING, errno, "the lock file");
    *ret = st.st_size > NOTE_AT ? (size_t)st.st_size - NOTE_AT : 0;
    return BASE_OK;
}

static enum base_status room_sync(int fd, struct base_error *err)
{
    while (fsync(fd) != 0) {
        if (errno == EINVAL) /* a folder, on a file system that knows no such thing */
            break;
        if (errno != EINTR)
            return base_fail_errno(err, BASE_STORAGE, LOCK_DOING, errno, "syncing it");
    }
    return BASE_OK;
}

/* The folder's entry of the file, and the vault's entry of the folder. */
static enum base_status room_sync_names(const struct vault_dir *d, struct base_error *err)
{
    int folder = openat(d->fd, LOCK_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder < 0)
        return lock_fail(d, err);
    enum base_status status = room_sync(folder, err);
    close(folder);
    return status == BASE_OK ? room_sync(d->fd, err) : status;
}

/* Behind what is there, which may be a note. The length is the mark that all of it was done. */
static enum base_status room_make(const struct vault_dir *d, int fd, struct base_error *err)
{
    static const char zeros[NOTE_ROOM];
    size_t space = 0;
    enum base_status status = note_space(fd, &space, err);
    if (status != BASE_OK || space >= NOTE_ROOM)
        return status;
    status = room_sync_names(d, err);
    while (status == BASE_OK && space < NOTE_ROOM) {
        ssize_t n = pwrite(fd, zeros, NOTE_ROOM - space, (off_t)(NOTE_AT + space));
        if (n < 0 && errno != EINTR)
            return lock_fail(d, err);
        space += n > 0 ? (size_t)n : 0;
    }
    return status == BASE_OK ? room_sync(fd, err) : status;
}

/* ------------------------------------------------------------------ the lock */

enum base_status vault_lock_try(const struct vault_dir *d, const char *name, struct vault_lock *ret,
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
    enum base_status status;
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0) {
        holder_write(fd);
        status = room_make(d, fd, err);
    } else {
        status = errno == EAGAIN || errno == EACCES ? holder_fail(fd, err) : lock_fail(d, err);
    }
    if (status == BASE_OK)
        *ret = (struct vault_lock){.fd = fd};
    else
        close(fd);
    return status;
}

void vault_lock_release(struct vault_lock *lock)
{
    if (lock->mapped != NULL)
        (void)munmap(lock->mapped, NOTE_MAPPED);
    /* Unlocked by hand first: a child that was forked without exec shares the description, and the
     * lock would live as long as the child does. */
    struct flock all = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    (void)fcntl(lock->fd, F_OFD_SETLK, &all);
    close(lock->fd);
    *lock = (struct vault_lock){.fd = -1};
}

/* ------------------------------------------------------------------ a note that is ready
 *
 * A process can be killed before any of its system calls, and one that writes a note is a call too.
 * So the room is mapped, shared, before there is anything to note: then a note is a few stores to
 * memory that is the file's own, and from the last of them on it is the kernel's, whatever becomes
 * of the process.
 *
 * A store to a mapped file ends the process (SIGBUS) where the file system finds no block for it.
 * Here it has one: room_make() has written it, the populating below has made the pages writable,
 * and where files are written in place the same block serves for ever. A file system that writes
 * elsewhere needs space for each new version, a network's needs the network: there nothing is
 * mapped, and a note is one pwrite(2), which can fail with words. */

static bool ready_is_in_place(int fd)
{
    static const uint32_t in_place[] = {
        EXT4_SUPER_MAGIC, /* ext2 and ext3 as well */
        XFS_SUPER_MAGIC, TMPFS_MAGIC,
        OVERLAYFS_SUPER_MAGIC, /* in a container: what is below it is one of these, most often */
    };
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof(in_place) / sizeof(in_place[0]); i++)
        if ((uint32_t)fs.f_type == in_place[i])
            return true;
    return false;
}

bool vault_lock_ready(struct vault_lock *lock)
{
    if (lock->mapped == NULL && ready_is_in_place(lock->fd)) {
        char *p = mmap(NULL, NOTE_MAPPED, PROT_READ | PROT_WRITE, MAP_SHARED, lock->fd, 0);
        lock->mapped = p != MAP_FAILED ? p : NULL;
    }
    if (lock->mapped == NULL)
        return false;
    /* As if a byte of each page were written, but with an error in place of the signal (Linux 5.14;
     * an older kernel says EINVAL). */
    if (madvise(lock->mapped, NOTE_MAPPED, MADV_POPULATE_WRITE) == 0)
        return true;
    (void)munmap(lock->mapped, NOTE_MAPPED);
    lock->mapped = NULL;
    return false;
}

/* The length last: without it there is no note, so that one which is cut short is none. The
 * processor's own order is enough for that, since only a death comes in between: what the kernel
 * keeps is what was stored. */
static void ready_note(char *mapped, struct base_span note)
{
    _Atomic(uint32_t) *length = (_Atomic(uint32_t) *)(void *)(mapped + NOTE_AT);
    atomic_store_explicit(length, 0, memory_order_release);
    atomic_signal_fence(memory_order_seq_cst);
    memcpy(mapped + NOTE_AT + NOTE_LENGTH_BYTES, note.p, note.n);
    atomic_store_explicit(length, htobe32((uint32_t)note.n), memory_order_release);
    atomic_signal_fence(memory_order_seq_cst);
}

/* ------------------------------------------------------------------ the note
 *
 * At NOTE_AT its length in four bytes, big-endian, then its bytes. Blanked when it is no longer
 * needed: the file keeps its length, so that the next note finds its blocks already there. */

static enum base_status note_write(int fd, const struct base_buf *bytes, struct base_error *err)
{
    for (size_t done = 0; done < bytes->n;) {
        ssize_t n = pwrite(fd, bytes->p + done, bytes->n - done, (off_t)(NOTE_AT + done));
        if (n < 0 && errno != EINTR)
            return base_fail_errno(err, BASE_STORAGE, "writing a note", errno, "the lock file");
        done += n > 0 ? (size_t)n : 0;
    }
    return BASE_OK;
}

static enum base_status note_blank(int fd, struct base_error *err)
{
    size_t space = 0;
    enum base_status status = note_space(fd, &space, err);
    if (status != BASE_OK || space == 0)
        return status;
    BASE_CLEANUP(base_buf_free) struct base_buf zeros;
    base_buf_init(&zeros, VAULT_NOTE_MAX);
    if (space > VAULT_NOTE_MAX)
        space = VAULT_NOTE_MAX;
    char *room = base_buf_reserve(&zeros, space);
    if (room == NULL)
        return base_fail_memory(err);
    memset(room, 0, space);
    base_buf_commit(&zeros, space);
    return note_write(fd, &zeros, err);
}

enum base_status vault_lock_note(struct vault_lock *lock, struct base_span note,
                                 struct base_error *err)
{
    if (note.n == 0)
        return note_blank(lock->fd, err);
    if (lock->mapped != NULL && note.n <= VAULT_NOTE_READY) {
        ready_note(lock->mapped, note);
        return BASE_OK;
    }
    BASE_CLEANUP(base_buf_free) struct base_buf bytes;
    base_buf_init(&bytes, VAULT_NOTE_MAX + NOTE_LENGTH_BYTES);
    for (int shift = 24; shift >= 0; shift -= 8)
        base_buf_add_char(&bytes, (char)(note.n >> shift & 0xff));
    base_buf_add_span(&bytes, note);
    if (base_buf_status(&bytes) != BASE_OK)
        return base_fail(err, base_buf_status(&bytes), "writing a note", "it is too long");
    return note_write(lock->fd, &bytes, err);
}

/* Also of what was stored to mapped pages: on Linux that is msync(2)'s doing, too. */
enum base_status vault_lock_sync(struct vault_lock *lock, struct base_error *err)
{
    while (fdatasync(lock->fd) != 0) {
        if (errno != EINTR)
            return base_fail_errno(err, BASE_STORAGE, "writing a note", errno, "the lock file");
    }
    return BASE_OK;
}

enum base_status vault_lock_noted(const struct vault_lock *lock, struct base_buf *out,
                                  struct base_error *err)
{
    int fd = lock->fd;
    unsigned char length[NOTE_LENGTH_BYTES];
    if (pread(fd, length, sizeof(length), NOTE_AT) != (ssize_t)sizeof(length))
        return BASE_OK; /* none was ever written */
    size_t n = (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 |
               (size_t)length[3];
    size_t space = 0;
    enum base_status status = n > 0 ? note_space(fd, &space, err) : BASE_OK;
    if (status != BASE_OK || n == 0 || n > VAULT_NOTE_MAX || n + NOTE_LENGTH_BYTES > space)
        return status;
    char *room = base_buf_reserve(out, n);
    if (room == NULL)
        return base_fail_memory(err);
    ssize_t got = pread(fd, room, n, NOTE_AT + NOTE_LENGTH_BYTES);
    if (got < 0)
        return base_fail_errno(err, BASE_STORAGE, "reading a note", errno, "the lock file");
    base_buf_commit(out, (size_t)got);
    return BASE_OK;
}
