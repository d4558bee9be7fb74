/* Leases between processes: an open-file-description lock (fcntl(2), F_OFD_SETLK) on
 * DIRECTORY/locks/HASH.lock. The kernel ends it when the process dies, however it dies. Two
 * descriptors exclude each other within one process as well. The files stay for ever: to unlink one
 * would let two processes lock two files of the same name. */
#ifndef VAULT_LOCK_H
#define VAULT_LOCK_H

#include "vault_dir.h"

/* BUSY when somebody else holds it, with the holder's process in the error where it can be found;
 * never waits. The descriptor in *ret_fd is the lock. */
enum base_status vault_lock_try(const struct vault_dir *d, const char *name, int *ret_fd,
                                struct base_error *err);
void vault_lock_release(int fd);

#endif
