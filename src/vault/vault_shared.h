/* A few bytes that all processes share which have a vault open, for what none of them may lose for
 * long and all may lose at once: how much of HubSpot's limits is used. A file
 * DIRECTORY/shared/HASH under a lock that is held for microseconds. It holds no secret, is bound to
 * the machine's start (the times in it are of a clock that begins there), and nothing breaks when
 * it is gone. */
#ifndef VAULT_SHARED_H
#define VAULT_SHARED_H

#include "vault_dir.h"

struct vault_shared;

/* `size` bytes, at most VAULT_SHARED_MAX. Made when absent; of another size: as if absent. STORAGE
 * when the directory cannot be written. */
#define VAULT_SHARED_MAX (64u << 10)
enum base_status vault_shared_open(const struct vault_dir *d, const char *name, size_t size,
                                   struct vault_shared **ret, struct base_error *err);
void vault_shared_close(struct vault_shared *s); /* NULL is allowed */

enum vault_shared_found {
    VAULT_SHARED_NEW,   /* nobody has written since the machine's start */
    VAULT_SHARED_OWN,   /* as this handle has left it */
    VAULT_SHARED_OTHERS /* others have written */
};

/* Keeps all others out. `bytes` is what others have written, and untouched if none have. False when
 * somebody stays inside (a process that was stopped there) or the file cannot be read: do without.
 * Waits for 10 ms at the most. */
BASE_CHECK bool vault_shared_enter(struct vault_shared *s, void *bytes,
                                   enum vault_shared_found *ret);
/* Writes them and lets others in. `bytes` NULL: nothing changed. */
void vault_shared_leave(struct vault_shared *s, const void *bytes);

#endif
