#include "broker_daemon.h"

#include "base_text.h"

#include <string.h>
#include <sys/un.h>

#define DOING "finding the daemon"

_Static_assert(BROKER_DAEMON_PATH_SIZE == sizeof(((struct sockaddr_un *)NULL)->sun_path),
               "the kernel's limit");

static enum base_status fill(struct broker_daemon *d, const char *variable, const char *folder,
                             const char *below, struct base_error *err)
{
    size_t n = strlen(folder) + strlen(below);

    if (n + sizeof("/hubauthd.sock") > sizeof(d->socket))
        return base_fail(err, BASE_LIMIT, DOING,
                         "%s is too long for a socket in it: %zu bytes, of which %zu may be",
                         variable, strlen(folder),
                         sizeof(d->socket) - sizeof("/hubauthd.sock") - strlen(below));
    base_text_format(d->socket, sizeof(d->socket), "%s%s/hubauthd.sock", folder, below);
    d->folder = n;
    d->variable = variable;
    return BASE_OK;
}

enum base_status broker_daemon_find(const char *home, const char *runtime,
                                    struct broker_daemon *ret, struct base_error *err)
{
    if (home && home[0])
        return fill(ret, "HUBAUTH_HOME", home, "", err);
    if (!runtime || !runtime[0])
        return base_fail(err, BASE_NOT_FOUND, DOING, "XDG_RUNTIME_DIR is not set");
    if (runtime[0] != '/') /* XDG Base Directory Specification: such a path is to be ignored */
        return base_fail(err, BASE_NOT_FOUND, DOING, "XDG_RUNTIME_DIR is no absolute path");
    return fill(ret, "XDG_RUNTIME_DIR", runtime, "/hubauth", err);
}
