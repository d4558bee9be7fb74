/* Where the key that locks a vault comes from.
 *   keyring          the desktop's keyring (Secret Service), through the module "keyring"
 *   passphrase       asked for, stretched with Argon2id
 *   file:PATH        32 bytes or more of anything, mode 0600 or 0400, ours; made when it is absent
 *   credential:NAME  $CREDENTIALS_DIRECTORY/NAME, which systemd lays out for a unit
 * Each is a file of its own behind the port in vault_key_source.h. */
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
/* A new key for vault_create(): makes file or item when it is absent, or asks twice. Appends to
 * `params` what must be known to get it again (a JSON object; "{}" for most). */
enum base_status vault_key_make(const char *spec, const struct vault_key_asker *asker,
                                struct base_buf *params, struct crypt_secret **ret,
                                struct base_error *err);
/* The same key again. STORAGE with a hint when it is not to be had. Takes 2 seconds at most, but
 * for the person who is asked. */
enum base_status vault_key_fetch(const char *spec, const struct vault_key_asker *asker,
                                 struct base_span params, struct crypt_secret **ret,
                                 struct base_error *err);
/* The key that was fetched does not open the header: says so in the source's own words. */
enum base_status vault_key_wrong(const char *spec, struct base_error *err);
/* Getting it asks a person or another program, so that it is worth keeping (vault_kept.h). */
bool vault_key_is_keepable(const char *spec);

/* What `init` takes when nobody says: a credential named "hubauth-key"; else the keyring, when it
 * answers and is unlocked; else a passphrase, when `can_ask`. Heap text. *ret_why_not says why no
 * keyring was taken ("" when there was no question). USAGE when nothing is left: a key file is
 * never made without being asked for (D7). */
enum base_status vault_key_choose(bool can_ask, char **ret_spec, struct base_error *ret_why_not,
                                  struct base_error *err);

#endif
