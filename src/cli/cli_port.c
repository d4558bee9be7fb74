#include "cli_port.h"

#include "base_buf.h"
#include "base_text.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define TCP_LISTEN 0x0a

struct listener {
    unsigned long inode; /* 0: none was found */
    unsigned uid;
};

/* Whether an address of the kernel's tables is loopback or the wildcard: who has either keeps us
 * from the port. The kernel prints each 32 bits of it as one number, in the order of the network.
 */
static bool is_in_our_way(const char *hex)
{
    unsigned word[4] = {0};
    size_t n = strlen(hex) / 8;

    if (n != 1 && n != 4)
        return false;
    for (size_t i = 0; i < n; i++) {
        char eight[9];

        memcpy(eight, hex + 8 * i, 8);
        eight[8] = '\0';
        word[i] = (unsigned)strtoul(eight, NULL, 16);
    }
    if (n == 1)
        return word[0] == 0 || word[0] == htonl(INADDR_LOOPBACK);
    return word[0] == 0 && word[1] == 0 &&
           ((word[2] == 0 && (word[3] == 0 || word[3] == htonl(1))) || /* :: and ::1 */
            (word[2] == htonl(0xffff) && word[3] == htonl(INADDR_LOOPBACK)));
}

/* From /proc/net/tcp or tcp6: "sl local remote st … uid … inode". */
static struct listener find_listener(const char *table, uint16_t port)
{
    struct listener found = {0};
    FILE *f = fopen(table, "re");
    char line[512];

    if (!f)
        return found;
    while (!found.inode && fgets(line, sizeof(line), f)) {
        char address[33];
        unsigned local_port, state, uid;
        unsigned long inode;

        /* A line that is no row of the kernel's table gives fewer than 5 fields.
         * NOLINTNEXTLINE(cert-err34-c) */
        if (sscanf(line, " %*u: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %u %*u %lu",
                   address, &local_port, &state, &uid, &inode) == 5 &&
            local_port == port && state == TCP_LISTEN && is_in_our_way(address))
            found = (struct listener){inode, uid};
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
    char path[64], name[64] = "", shown[64];
    FILE *f;

    (void)snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
    f = fopen(path, "re");
    if (f) {
        if (!fgets(name, sizeof(name), f))
            name[0] = '\0';
        (void)fclose(f);
    }
    name[strcspn(name, "\n")] = '\0';
    /* A process chooses its own name. */
    base_text_printable_to(shown, sizeof(shown), base_span_of(name));
    base_text_format(out, size, "%s (process %.16s)", shown[0] ? shown : "a program", pid);
}

bool cli_port_owner(uint16_t port, char *out, size_t size)
{
    struct listener l = find_listener("/proc/net/tcp", port);
    DIR *d;
    struct dirent *e;
    bool found = false;

    if (!l.inode)
        l = find_listener("/proc/net/tcp6", port);
    if (!l.inode)
        return false;
    d = opendir("/proc");
    while (d && !found && (e = readdir(d))) {
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && process_has_socket(e->d_name, l.inode)) {
            describe(e->d_name, out, size);
            found = true;
        }
    }
    if (d)
        (void)closedir(d);
    if (!found) /* another user's, or in another container: its descriptors are not ours to see */
        base_text_format(out, size, "a process of user %u", l.uid);
    return true;
}
