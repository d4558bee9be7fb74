/* Leases between processes: an open-file-description lock (fcntl(2), F_OFD_SETLK) on
 * DIRECTORY/locks/HASH.lock. The kernel ends it when the process dies, however it dies. Two
 * descriptors exclude each other within one process as well. The files stay for ever: to unlink one
 * would let two processes lock two files of the same name. */
#ifndef VAULT_LOCK_H
#define VAULT_LOCK_H

#include "vault_dir.h"
#include "vault_store.h"

/* BUSY when somebody else holds it, with the holder's process in the error where it can be found;
 * never waits. The descriptor in *ret_fd is the lock. */
enum base_status vault_lock_try(const struct vault_dir *d, const char *name, int *ret_fd,
                                struct base_error *err);
void vault_lock_release(int fd);

/* The note of a lease, in the file behind the holder's number. Written with one pwrite(2) and one
 * fdatasync(2), so that what must not be lost is safe one step after it arrived; see struct
 * vault_store_ops. */
enum base_status vault_lock_note(int fd, struct base_span note, struct base_error *err);
enum base_status vault_lock_noted(int fd, struct base_buf *out, struct base_error *err);

#endif
