/* Whether somebody listens where hubauthd's socket would be, and who. Nothing is sent: to connect
 * tells who that is, and cannot hang on one who says nothing. */
#include "broker_daemon.h"
#include "broker_doctor_int.h"

#include "base_text.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DAEMON "daemon"
#define ALONE "every command does its work itself"

static void found_unseen(const char *path, const char *folder, struct broker_findings *f)
{
    broker_found_at(f, DAEMON, BROKER_ERROR, "ls -ld", folder, "%s cannot be looked at: %s", path,
                    strerrordesc_np(errno));
}

/* ------------------------------------------------------------------ whose it is */

/* A stranger's folder cannot be mended, only left alone. */
static bool folder_is_ours(const struct broker_daemon *d, const char *folder,
                           struct broker_findings *f)
{
    char command[64];
    struct stat st;

    base_text_format(command, sizeof(command), "unset %s", d->variable);
    if (lstat(folder, &st) != 0)
        found_unseen(folder, folder, f);
    else if (!S_ISDIR(st.st_mode))
        broker_found(f, DAEMON, BROKER_ERROR, command,
                     "%s, where the daemon's socket is, is a symbolic link, which is not "
                     "followed",
                     folder);
    else if (st.st_uid != geteuid())
        broker_found(f, DAEMON, BROKER_ERROR, command,
                     "%s, where the daemon's socket is, belongs to user %u: whoever listens there "
                     "is a stranger",
                     folder, (unsigned)st.st_uid);
    else if (st.st_mode & (S_IRWXG | S_IRWXO))
        broker_found_at(f, DAEMON, BROKER_ERROR, "chmod 700", folder,
                        "%s, where the daemon's socket is, is open to other users (mode %04o, must "
                        "be 0700)",
                        folder, (unsigned)(st.st_mode & 07777));
    else
        return true;
    return false;
}

static bool socket_is_ours(const char *path, const struct stat *st, struct broker_findings *f)
{
    if (!S_ISSOCK(st->st_mode))
        broker_found_at(f, DAEMON, BROKER_ERROR, "rm -ri", path,
                        "%s is no socket: no daemon can listen there", path);
    else if (st->st_uid != geteuid())
        broker_found_at(f, DAEMON, BROKER_ERROR, "rm -f", path,
                        "the socket %s belongs to user %u: whoever listens there is a stranger",
                        path, (unsigned)st->st_uid);
    else if (st->st_mode & (S_IXUSR | S_IRWXG | S_IRWXO))
        broker_found_at(f, DAEMON, BROKER_ERROR, "chmod 600", path,
                        "the socket %s is open to other users (mode %04o, must be 0600)", path,
                        (unsigned)(st->st_mode & 07777));
    else
        return true;
    return false;
}

/* ------------------------------------------------------------------ who listens */

/* The credentials are those of listen(2), unix(7). */
static void judge_peer(const char *path, int fd, struct broker_findings *f)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    char process[32] = "a process outside this container"; /* which has no number in here */

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        broker_found_at(f, DAEMON, BROKER_ERROR, "rm -f", path,
                        "who listens at %s is not known: %s", path, strerrordesc_np(errno));
        return;
    }
    if (peer.pid > 0)
        base_text_format(process, sizeof(process), "process %ld", (long)peer.pid);
    if (peer.uid != geteuid())
        broker_found_at(f, DAEMON, BROKER_ERROR, "rm -f", path,
                        "%s of user %u listens at %s: it could hand out tokens of its own", process,
                        (unsigned)peer.uid, path);
    else
        broker_found(f, DAEMON, BROKER_OK, NULL, "%s, of yours, listens at %s", process, path);
}

static void judge_failure(const char *path, int error, struct broker_findings *f)
{
    if (error == ECONNREFUSED)
        broker_found_at(f, DAEMON, BROKER_WARNING, "rm -f", path,
                        "the socket %s is left of a daemon that is gone; " ALONE, path);
    else if (error == EAGAIN) /* of a socket that does not wait: its queue is full */
        broker_found(f, DAEMON, BROKER_WARNING, "ss -xlp",
                     "whoever listens at %s takes no connections: its queue is full", path);
    else
        broker_found_at(f, DAEMON, BROKER_ERROR, "rm -f", path, "%s takes no connections: %s", path,
                        strerrordesc_np(error));
}

static void try_it(const char *path, struct broker_findings *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    (void)base_text_copy(address.sun_path, sizeof(address.sun_path), base_span_of(path));
    if (fd < 0)
        broker_found(f, DAEMON, BROKER_ERROR, NULL, "%s could not be tried: %s", path,
                     strerrordesc_np(errno));
    else if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        judge_failure(path, errno, f);
    else
        judge_peer(path, fd, f);
    if (fd >= 0)
        (void)close(fd);
}

/* ------------------------------------------------------------------ the check */

void broker_doctor_daemon(const char *home, const char *runtime, struct broker_findings *f)
{
    struct broker_daemon d;
    struct base_error err = BASE_ERROR_NONE;
    char folder[BROKER_DAEMON_PATH_SIZE];
    struct stat st;

    if (broker_daemon_find(home, runtime, &d, &err)) {
        broker_found(f, DAEMON, BROKER_INFO, NULL, "no daemon can be found: %s; " ALONE, err.why);
        return;
    }
    (void)base_text_copy(folder, sizeof(folder), (struct base_span){d.socket, d.folder});
    if (lstat(d.socket, &st) == 0) {
        if (folder_is_ours(&d, folder, f) && socket_is_ours(d.socket, &st, f))
            try_it(d.socket, f);
    } else if (errno == ENOENT) {
        broker_found(f, DAEMON, BROKER_OK, NULL, "no daemon runs; " ALONE);
    } else {
        found_unseen(d.socket, folder, f);
    }
}
