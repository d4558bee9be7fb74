/* The port of the key sources, for the files vault_key_*.c alone: everybody else calls vault_key.h.
 * A new source is a file and a line in vault_key.c. */
#ifndef VAULT_KEY_SOURCE_H
#define VAULT_KEY_SOURCE_H

#include "vault_key.h"

struct vault_key_source {
    const char *word; /* what the specification begins with: "file" */
    /* Appends the place, which is what follows "word:", in the form that is kept. USAGE when it
     * cannot be one. NULL: the word stands alone. */
    enum base_status (*normalise)(const char *place, struct base_buf *out, struct base_error *err);
    /* vault_key_make() and vault_key_fetch(); `place` is as it was kept, "" without one. */
    enum base_status (*make)(const char *place, const struct vault_key_asker *asker,
                             struct base_buf *params, struct crypt_secret **ret,
                             struct base_error *err);
    enum base_status (*fetch)(const char *place, const struct vault_key_asker *asker,
                              struct base_span params, struct crypt_secret **ret,
                              struct base_error *err);
    /* Of a key that does not open the header: NULL: "the key from SPEC does not open it". */
    const char *wrong;
    const char *wrong_hint;
    bool keepable;
};

extern const struct vault_key_source vault_key_file, vault_key_passphrase, vault_key_credential,
    vault_key_keyring;

/* The key's own words when it is a place that this hubauth does not know. */
enum base_status vault_key_unknown(const char *spec, struct base_error *err);
/* Appends "{}". */
enum base_status vault_key_no_params(struct base_buf *params, struct base_error *err);
/* The key from the bytes of a file, of which `fd` is open: 32 to 4096 of them, and line ends behind
 * them do not count. `path` is for the message. Closes fd. */
enum base_status vault_key_from_fd(int fd, const char *path, struct crypt_secret **ret,
                                   struct base_error *err);
/* The key from a random text that hubauth has made itself. */
enum base_status vault_key_from_text(struct base_span text, struct crypt_secret **ret,
                                     struct base_error *err);
/* A new one: 32 random bytes as base64url, into a sensitive buffer. */
enum base_status vault_key_random_text(struct base_buf *out, struct base_error *err);

/* Whether the keyring could take a key now; the error says why not. */
enum base_status vault_key_keyring_usable(struct base_error *err);
/* Whether systemd has given us a credential of this name. */
bool vault_key_credential_is_there(const char *name);

#endif
