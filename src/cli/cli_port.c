#include "cli_port.h"

#include "base_buf.h"
#include "base_text.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#define TCP_LISTEN 0x0a

/* The inode of the listening socket, from /proc/net/tcp or tcp6: "sl local remote st … inode". 0:
 * none. */
static unsigned long listening_inode(const char *table, uint16_t port)
{
    FILE *f = fopen(table, "re");
    char line[512];
    unsigned long found = 0;

    if (!f)
        return 0;
    while (!found && fgets(line, sizeof(line), f)) {
        unsigned local_port, state;
        unsigned long inode;

        /* A line that is no row of the kernel's table gives fewer than 3 fields.
         * NOLINTNEXTLINE(cert-err34-c) */
        if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*u %*u %lu",
                   &local_port, &state, &inode) == 3 &&
            local_port == port && state == TCP_LISTEN)
            found = inode;
    }
    (void)fclose(f);
    return found;
}

static bool process_has_socket(const char *pid, unsigned long inode)
{
    char folder[64], wanted[64];
    DIR *d;
    struct dirent *e;
    bool has = false;

    (void)snprintf(folder, sizeof(folder), "/proc/%.16s/fd", pid);
    (void)snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
    d = opendir(folder);
    if (!d)
        return false;
    while (!has && (e = readdir(d))) {
        char target[64];
        ssize_t n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);

        if (n > 0) {
            target[n] = '\0';
            has = strcmp(target, wanted) == 0;
        }
    }
    (void)closedir(d);
    return has;
}

static void describe(const char *pid, char *out, size_t size)
{
    char path[64], name[64] = "";
    FILE *f;

    (void)snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
    f = fopen(path, "re");
    if (f) {
        if (!fgets(name, sizeof(name), f))
            name[0] = '\0';
        (void)fclose(f);
    }
    name[strcspn(name, "\n")] = '\0';
    base_text_format(out, size, "%s (process %.16s)", name[0] ? name : "a program", pid);
}

bool cli_port_owner(uint16_t port, char *out, size_t size)
{
    unsigned long inode = listening_inode("/proc/net/tcp", port);
    DIR *d;
    struct dirent *e;
    bool found = false;

    if (!inode)
        inode = listening_inode("/proc/net/tcp6", port);
    d = inode ? opendir("/proc") : NULL;
    if (!d)
        return false;
    while (!found && (e = readdir(d))) {
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && process_has_socket(e->d_name, inode)) {
            describe(e->d_name, out, size);
            found = true;
        }
    }
    (void)closedir(d);
    return found;
}
