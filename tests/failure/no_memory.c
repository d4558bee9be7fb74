/* LD_PRELOAD: one allocation fails, whoever makes it: our own code, libuv, libcurl, SQLite, libc.
 *
 * NO_MEMORY_AT=N   the N-th allocation from the moment on at which the process connects to a server
 *                  (0: none); with NO_MEMORY_EARLY from its start
 * NO_MEMORY_LOG    a file that gets the number of allocations when the process ends by itself */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IN_PLACE_OF_LIBC __attribute__((visibility("default")))

/* The C library's own, under the names that it keeps for this. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static bool counting;
static unsigned long made, fail_at;

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("NO_MEMORY_AT");
    fail_at = at != NULL ? strtoul(at, NULL, 10) : 0;
    counting = getenv("NO_MEMORY_EARLY") != NULL;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("NO_MEMORY_LOG");
    char text[32];
    counting = false;
    int fd = path != NULL ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    int n = snprintf(text, sizeof(text), "%lu\n", made);
    if (fd >= 0 && write(fd, text, (size_t)n) != n)
        abort();
}

static bool fails(void)
{
    if (!counting || ++made != fail_at)
        return false;
    errno = ENOMEM;
    return true;
}

IN_PLACE_OF_LIBC void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

IN_PLACE_OF_LIBC void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

IN_PLACE_OF_LIBC void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

IN_PLACE_OF_LIBC int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    counting = true;
    return (int)syscall(SYS_connect, fd, address, size);
}
