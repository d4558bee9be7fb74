/* Keys that `hubauth unlock` keeps in the kernel (keyrings(7)), so that nobody is asked again for a
 * while: type "user" in the user's keyring, readable by processes of this user alone, and gone when
 * the time is over, when the machine restarts, or with vault_kept_drop(). What is kept is the key
 * that the source gave, not the data key, so that a rotation does not lock anybody out. It is found
 * by a hash of the specification and its parameters, which hold a random salt: two vaults never
 * mix, and a changed key is not found. */
#ifndef VAULT_KEPT_H
#define VAULT_KEPT_H

#include "crypt_secret.h"

#define VAULT_KEPT_MAX_MS (INT64_C(30) * 24 * 60 * 60 * 1000)

/* UNAVAILABLE where the kernel does not take it, as in many containers. At least a second. */
enum base_status vault_kept_put(const char *spec, struct base_span params,
                                const struct crypt_secret *key, int64_t for_ms,
                                struct base_error *err);
/* False when there is none, for whatever reason: then the source is asked. */
bool vault_kept_get(const char *spec, struct base_span params, struct crypt_secret **ret);
/* Unix ms; 0 when there is none. */
int64_t vault_kept_until(const char *spec, struct base_span params);
/* NOT_FOUND when there is none. */
enum base_status vault_kept_drop(const char *spec, struct base_span params, struct base_error *err);

#endif
