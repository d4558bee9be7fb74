/* A process that handles secrets: no core dump, not traceable by others, no new privileges. */
#ifndef CRYPT_PROCESS_H
#define CRYPT_PROCESS_H

#include "base_error.h"

/* PR_SET_DUMPABLE 0, RLIMIT_CORE 0, PR_SET_NO_NEW_PRIVS. Programs call it first of all. */
enum base_status crypt_process_harden(struct base_error *err);

#endif
