/* What the module "keyring" offers: the Secret Service of the session (libsecret). Each of these
 * may block for as long as D-Bus does, and loads a good part of GLib: vault_key_keyring.c calls
 * them in a child that it ends when the time is over. They prompt nobody: what is locked is an
 * error. */
#ifndef VAULT_KEYRING_H
#define VAULT_KEYRING_H

#include "base_buf.h"

struct vault_keyring_module {
    /* Whether the default collection is there and unlocked. */
    enum base_status (*usable)(struct base_error *err);
    /* Stores `text` (printable) under the name `item` in the default collection. */
    enum base_status (*store)(const char *item, const char *text, struct base_error *err);
    /* Appends what is stored there. */
    enum base_status (*load)(const char *item, struct base_buf *out, struct base_error *err);
};

#endif
