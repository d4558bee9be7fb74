/* The program itself: its version, the modules and libraries, and whether memory can be locked. */
#include "cli_doctor.h"

#include "base_module.h"
#include "base_text.h"

#include <sys/resource.h>

/* ------------------------------------------------------------------ what it is made of */

void cli_doctor_program(struct cli_doctor *d)
{
    broker_found(&d->findings, "program", BROKER_OK, NULL, "hubauth %s with %s", HUBAUTH_VERSION,
                 crypt_library());
    for (const char *const *name = d->c->backends->modules; *name; name++) {
        struct base_error err = BASE_ERROR_NONE;
        const char *library = "";

        if (base_module_library(*name, &library, &err))
            broker_found_error(&d->findings, "program", BROKER_ERROR, &err, NULL);
        else
            broker_found(&d->findings, "program", BROKER_OK, NULL, "module %s with %s", *name,
                         library);
    }
}

/* ------------------------------------------------------------------ locked memory */

/* As much as a command that holds a large token, a client secret and the keys. */
#define SECRETS 8
#define SECRET_BYTES (16u << 10)
#define ENOUGH_BYTES (UINT64_C(1) << 20)

static unsigned count_unlocked(void)
{
    struct crypt_secret *secrets[SECRETS];
    unsigned unlocked = 0;

    for (size_t i = 0; i < SECRETS; i++) {
        secrets[i] = crypt_secret_new(SECRET_BYTES);
        unlocked += !secrets[i] || !crypt_secret_is_locked(secrets[i]);
    }
    for (size_t i = 0; i < SECRETS; i++)
        crypt_secret_free(secrets[i]);
    return unlocked;
}

void cli_doctor_memory(struct cli_doctor *d)
{
    struct rlimit limit = {0};
    char command[64];
    bool may_raise;

    if (count_unlocked() == 0) {
        broker_found(&d->findings, "memory", BROKER_OK, NULL,
                     "secrets are kept out of the swap space");
        return;
    }
    (void)getrlimit(RLIMIT_MEMLOCK, &limit);
    may_raise = limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= ENOUGH_BYTES;
    base_text_format(command, sizeof(command), may_raise ? "ulimit -l %u" : "ulimit -Hl",
                     (unsigned)(ENOUGH_BYTES >> 10));
    broker_found(&d->findings, "memory", BROKER_WARNING, command,
                 "memory cannot be locked beyond %llu KiB: secrets may get into the swap space%s",
                 (unsigned long long)limit.rlim_cur >> 10,
                 may_raise ? ""
                           : "; an administrator can raise memlock in /etc/security/limits.conf");
}
