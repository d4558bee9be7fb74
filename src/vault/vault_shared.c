#include "vault_shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base_buf.h"
#include "crypt_encode.h"
#include "crypt_hash.h"

#define SHARED_FOLDER "shared"
#define SHARED_DOING "sharing what is known of the limits"
#define ENTER_TRIES 50
#define ENTER_PAUSE_NS 200000 /* times that: 10 ms */

/* What stands before the bytes. The boot id tells whether times in them still mean something. */
struct shared_head {
    uint32_t layout;
    uint32_t size;
    char boot_id[40];
    uint64_t turn; /* goes up with each write: whose was the last finds nothing new */
};
#define SHARED_LAYOUT 2

struct vault_shared {
    int fd;
    size_t size;
    struct shared_head head; /* as it has to be, with the turn that was seen last */
    bool own;                /* and that turn was ours */
    unsigned char room[];    /* head and bytes, to be written at once */
};

/* Absent in some containers: then files of an earlier start cannot be told apart, and the caller's
 * own check of the times must do. */
static void read_boot_id(char boot_id[40])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, boot_id, 36) : -1;
    if (n != 36)
        memset(boot_id, 0, 40);
    if (fd >= 0)
        (void)close(fd);
}

static int shared_open_fd(const struct vault_dir *d, const char *file)
{
    static const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
    int fd = openat(d->fd, file, flags, 0600);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    if (mkdirat(d->fd, SHARED_FOLDER, 0700) != 0 && errno != EEXIST)
        return -1;
    return openat(d->fd, file, flags, 0600);
}

static enum base_status open_file(const struct vault_dir *d, const char *name, int *ret_fd,
                                  struct base_error *err)
{
    unsigned char hash[CRYPT_BLAKE2B_BYTES];
    BASE_CLEANUP(base_buf_free) struct base_buf file = {0};
    base_buf_init(&file, 64);
    crypt_blake2b(hash, BASE_SPAN_NONE, base_span_of(name));
    base_buf_add_str(&file, SHARED_FOLDER "/");
    crypt_hex(&file, hash, 16); /* 128 bits: no two names meet by chance */
    if (base_buf_status(&file) != BASE_OK)
        return base_fail_memory(err);
    *ret_fd = shared_open_fd(d, base_buf_str(&file));
    return *ret_fd >= 0 ? BASE_OK
                        : base_fail_errno(err, BASE_STORAGE, SHARED_DOING, errno,
                                          "%s/" SHARED_FOLDER, d->path);
}

enum base_status vault_shared_open(const struct vault_dir *d, const char *name, size_t size,
                                   struct vault_shared **ret, struct base_error *err)
{
    struct stat st;
    int fd = -1;
    if (size > VAULT_SHARED_MAX)
        return base_fail(err, BASE_LIMIT, SHARED_DOING, "more than %u bytes", VAULT_SHARED_MAX);
    enum base_status status = open_file(d, name, &fd, err);
    if (status != BASE_OK)
        return status;
    if (fstat(fd, &st) != 0)
        status = base_fail_errno(err, BASE_STORAGE, SHARED_DOING, errno, "%s", d->path);
    else
        status = vault_dir_file_is_ours(&st, SHARED_FOLDER, err);
    struct vault_shared *s =
        status == BASE_OK ? base_mem_new(sizeof(*s) + sizeof(s->head) + size) : NULL;
    if (s == NULL) {
        (void)close(fd);
        return status != BASE_OK ? status : base_fail_memory(err);
    }
    s->fd = fd;
    s->size = size;
    s->head = (struct shared_head){.layout = SHARED_LAYOUT, .size = (uint32_t)size};
    read_boot_id(s->head.boot_id);
    *ret = s;
    return BASE_OK;
}

void vault_shared_close(struct vault_shared *s)
{
    if (s == NULL)
        return;
    (void)close(s->fd);
    base_mem_free(s);
}

static bool lock(const struct vault_shared *s)
{
    for (int i = 0; i < ENTER_TRIES; i++) {
        struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        if (fcntl(s->fd, F_OFD_SETLK, &whole) == 0)
            return true;
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return false;
        (void)nanosleep(&(struct timespec){.tv_nsec = ENTER_PAUSE_NS}, NULL);
    }
    return false;
}

static void unlock(const struct vault_shared *s)
{
    struct flock whole = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    (void)fcntl(s->fd, F_OFD_SETLK, &whole);
}

/* The head alone, most often: whoever is alone at it reads no more. */
static ssize_t read_new(struct vault_shared *s, size_t all, enum vault_shared_found *ret)
{
    struct shared_head head;
    ssize_t n = pread(s->fd, &head, sizeof(head), 0);
    *ret = VAULT_SHARED_NEW;
    if (n != (ssize_t)sizeof(head) ||
        memcmp(&head, &s->head, offsetof(struct shared_head, turn)) != 0)
        return n;
    if (s->own && head.turn == s->head.turn) {
        *ret = VAULT_SHARED_OWN;
        return n;
    }
    n = pread(s->fd, s->room, all, 0);
    s->own = false;
    s->head.turn = head.turn;
    if (n == (ssize_t)all)
        *ret = VAULT_SHARED_OTHERS;
    return n;
}

bool vault_shared_enter(struct vault_shared *s, void *bytes, enum vault_shared_found *ret)
{
    if (!lock(s))
        return false;
    if (read_new(s, sizeof(s->head) + s->size, ret) < 0) {
        unlock(s);
        return false;
    }
    if (*ret == VAULT_SHARED_OTHERS)
        memcpy(bytes, s->room + sizeof(s->head), s->size);
    return true;
}

void vault_shared_leave(struct vault_shared *s, const void *bytes)
{
    if (bytes != NULL) {
        size_t all = sizeof(s->head) + s->size;
        s->head.turn++;
        memcpy(s->room, &s->head, sizeof(s->head));
        memcpy(s->room + sizeof(s->head), bytes, s->size);
        /* What a full disk or a kill cut short has not all its bytes the first time, and is the
         * mixture of two states later, which the caller's check must stand. */
        s->own = pwrite(s->fd, s->room, all, 0) == (ssize_t)all;
    }
    unlock(s);
}
