#include "crypt_process.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static enum base_status process_fail(struct base_error *err, const char *what)
{
    return base_fail_errno(err, BASE_FAILED, "hardening the process", errno, "%s", what);
}

enum base_status crypt_process_hide(struct base_error *err)
{
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return process_fail(err, "PR_SET_DUMPABLE");
    return BASE_OK;
}

enum base_status crypt_process_harden(struct base_error *err)
{
    /* Both: a core handler that is a pipe ignores RLIMIT_CORE, and only PR_SET_DUMPABLE keeps the
     * user's other processes from reading our memory through /proc. */
    const struct rlimit none = {0, 0};
    enum base_status status = crypt_process_hide(err);
    if (status != BASE_OK)
        return status;
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return process_fail(err, "RLIMIT_CORE");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return process_fail(err, "PR_SET_NO_NEW_PRIVS");
    return BASE_OK;
}
