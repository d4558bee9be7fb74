/* A process that handles secrets: no core dump, not traceable by others, no new privileges. */
#ifndef CRYPT_PROCESS_H
#define CRYPT_PROCESS_H

#include "base_error.h"

/* PR_SET_DUMPABLE 0: no core dump, and no other process of the user reads our memory. Programs call
 * it first of all. A program that this one executes does not inherit it. */
enum base_status crypt_process_hide(struct base_error *err);
/* The same, and what every descendant inherits for good: RLIMIT_CORE 0 and PR_SET_NO_NEW_PRIVS.
 * Before the first secret, and after the last fork whose programs need privileges of their own. */
enum base_status crypt_process_harden(struct base_error *err);

#endif
