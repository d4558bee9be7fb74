/* Where hubauthd's socket is: said here alone, so that the daemon and whoever looks for it mean the
 * same place. */
#ifndef BROKER_DAEMON_H
#define BROKER_DAEMON_H

#include "base_error.h"

#define BROKER_DAEMON_PATH_SIZE                                                                    \
    108 /* sun_path of unix(7): a longer path cannot be connected to                               \
         */

struct broker_daemon {
    char socket[BROKER_DAEMON_PATH_SIZE];
    size_t folder;        /* the bytes of `socket` that are its folder */
    const char *variable; /* the one that decided; static */
};

/* One daemon for each user and vault: hubauthd.sock in `home`, the value of HUBAUTH_HOME, and where
 * that is not set (NULL or "") in the folder hubauth of `runtime`, that of XDG_RUNTIME_DIR. The
 * socket and its folder must be ours alone (0600, 0700); this looks at neither. NOT_FOUND when no
 * variable names a place, LIMIT when its path is too long for a socket. */
enum base_status broker_daemon_find(const char *home, const char *runtime,
                                    struct broker_daemon *ret, struct base_error *err);

#endif
