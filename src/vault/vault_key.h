/* Where the key that locks a vault comes from.
 *   file:PATH   32 bytes or more of anything, mode 0600 or 0400, ours; `init` makes it when it is
 * absent passphrase  asked for, stretched with Argon2id */
#ifndef VAULT_KEY_H
#define VAULT_KEY_H

#include "crypt_secret.h"

/* Asks a person (or a file that stands in for one) for the passphrase; `confirm`: twice, it is a
 * new one. */
struct vault_key_asker {
    enum base_status (*passphrase)(void *arg, bool confirm, struct crypt_secret **ret,
                                   struct base_error *err);
    void *arg;
};

/* Checks the form of a specification and makes it absolute: heap text, the caller frees it. USAGE
 * when it is none of the above. */
enum base_status vault_key_normalise(const char *spec, char **ret, struct base_error *err);
/* A new key for vault_create(): makes the file when it is absent, or asks twice. Appends to
 * `params` what must be known to get it again (JSON object: salt, ops, memory; "{}" for a file). */
enum base_status vault_key_make(const char *spec, const struct vault_key_asker *asker,
                                struct base_buf *params, struct crypt_secret **ret,
                                struct base_error *err);
/* The same key again. STORAGE with a hint when the file is absent, too open or too short. */
enum base_status vault_key_fetch(const char *spec, const struct vault_key_asker *asker,
                                 struct base_span params, struct crypt_secret **ret,
                                 struct base_error *err);

#endif
