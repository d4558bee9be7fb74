/* Leases between processes: an open-file-description lock (fcntl(2), F_OFD_SETLK) on
 * DIRECTORY/locks/HASH.lock. The kernel ends it when the process dies, however it dies. Two
 * descriptors exclude each other within one process as well. The files stay for ever: to unlink one
 * would let two processes lock two files of the same name. */
#ifndef VAULT_LOCK_H
#define VAULT_LOCK_H

#include "vault_dir.h"
#include "vault_store.h"

struct vault_lock {
    int fd;       /* the lock */
    char *mapped; /* the file's room for a note, once it is ready; NULL: not */
};

/* BUSY when somebody else holds it, with the holder's process in the error where it can be found;
 * never waits. */
enum base_status vault_lock_try(const struct vault_dir *d, const char *name, struct vault_lock *ret,
                                struct base_error *err);
void vault_lock_release(struct vault_lock *lock);

/* The note of a lease, in the file behind the holder's number; see struct vault_store_ops, whose
 * lease_ready, _note, _sync and _noted these are. */
bool vault_lock_ready(struct vault_lock *lock);
enum base_status vault_lock_note(struct vault_lock *lock, struct base_span note,
                                 struct base_error *err);
enum base_status vault_lock_sync(struct vault_lock *lock, struct base_error *err);
enum base_status vault_lock_noted(const struct vault_lock *lock, struct base_buf *out,
                                  struct base_error *err);

#endif
