#include "cli_remote.h"

#include "base_text.h"

#include <arpa/inet.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value && value[0];
}

bool cli_remote_has_display(void)
{
    return is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("WSL_DISTRO_NAME");
}

/* Letters, digits and what names are made of, and no option. */
static bool is_plain(const char *text)
{
    return text && text[0] && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
               strlen(text);
}

static const char *user_name(void)
{
    static const char *const variables[] = {"USER", "LOGNAME"};
    const struct passwd *entry;

    for (size_t i = 0; i < 2; i++) {
        if (is_plain(getenv(variables[i])))
            return getenv(variables[i]);
    }
    entry = getpwuid(geteuid()); /* NOLINT(concurrency-mt-unsafe): there is one thread */
    return entry && is_plain(entry->pw_name) ? entry->pw_name : NULL;
}

static bool is_address(const char *text)
{
    unsigned char bytes[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* $SSH_CONNECTION is "client port server port" (ssh(1)). False unless the server's part is good. */
static bool server_of_connection(char address[INET6_ADDRSTRLEN], uint64_t *ret_port)
{
    struct base_span rest = base_span_of(getenv("SSH_CONNECTION")), field = BASE_SPAN_NONE;

    for (int i = 0; i < 3; i++)
        field = base_span_cut(&rest, ' ');
    if (field.n == 0 || field.n >= INET6_ADDRSTRLEN)
        return false;
    memcpy(address, field.p, field.n);
    address[field.n] = '\0';
    return is_address(address) && base_span_uint64(rest, ret_port) && *ret_port > 0 &&
           *ret_port <= UINT16_MAX;
}

bool cli_remote_forward(uint16_t port, struct base_buf *out)
{
    char address[INET6_ADDRSTRLEN] = "", host[256] = "";
    const char *user = user_name();
    uint64_t ssh_port = 22;

    if (!is_set("SSH_CONNECTION") && !is_set("SSH_TTY"))
        return false;
    if (!server_of_connection(address, &ssh_port)) {
        ssh_port = 22;
        if (gethostname(host, sizeof(host) - 1) != 0 || !is_plain(host))
            (void)base_text_copy(host, sizeof(host), BASE_SPAN("SERVER"));
    }
    base_buf_printf(out, "ssh -L %u:localhost:%u ", (unsigned)port, (unsigned)port);
    if (ssh_port != 22)
        base_buf_printf(out, "-p %u ", (unsigned)ssh_port);
    base_buf_printf(out, "%s%s%s", user ? user : "", user ? "@" : "", host[0] ? host : address);
    return true;
}

bool cli_remote_in_container(void)
{
    return is_set("container") || access("/.dockerenv", F_OK) == 0 ||
           access("/run/.containerenv", F_OK) == 0;
}
