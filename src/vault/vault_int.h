/* Inside an open vault, for vault.c and its neighbours alone. */
#ifndef VAULT_INT_H
#define VAULT_INT_H

#include "vault.h"
#include "vault_header.h"

struct vault {
    struct vault_store *store;
    struct vault_key_asker asker;
    struct base_buf header_text; /* as it stands in the store */
    struct vault_header header;
    /* NULL until a secret is first read or written: */
    struct crypt_secret *key;          /* what the key source gives */
    struct crypt_secret *data_key;     /* what records are sealed with */
    struct crypt_secret *previous_key; /* the data key before; NULL unless a rotation goes on */
};

/* ------------------------------------------------------------------ vault_data_key.c */

/* Reads the header again. *ret_changed says whether it is another than before; then keys are
 * forgotten as far as they may be other ones. What is not read leaves everything as it was. */
enum base_status vault_data_key_reload(struct vault *v, bool *ret_changed, struct base_error *err);
/* Sees to it that data_key (and previous_key) are there. */
enum base_status vault_data_key_open(struct vault *v, struct base_error *err);
/* Sees to it that `key` is there, too, and is the right one: what a new header is written with. */
enum base_status vault_data_key_open_all(struct vault *v, struct base_error *err);
/* Wraps the data keys with `key` and writes the header with them. CONFLICT when somebody else has
 * written another since. */
enum base_status vault_data_key_store(struct vault *v, struct base_error *err);
/* The records' keys by turns; INVALID when none opens it. */
enum base_status vault_data_key_unseal(const struct vault *v, const struct vault_seal_place *place,
                                       struct base_span sealed, struct crypt_secret **ret,
                                       struct base_error *err);
/* ------------------------------------------------------------------ vault_note.c */

/* A note that is sealed with previous_key gets the new seal; whatever else is there stays. */
enum base_status vault_note_renew(struct vault *v, struct vault_lease *lease, enum vault_kind kind,
                                  const char *name, struct base_error *err);

/* ------------------------------------------------------------------ vault.c */

/* What any backend can keep; see the caps in vault_store.h. */
enum base_status vault_check_put(const char *name, uint64_t expected, struct base_span plain,
                                 const struct crypt_secret *secret, struct base_error *err);
/* The record of (kind, name) opens with no key: names it and says what to do. */
enum base_status vault_fail_tampered(enum vault_kind kind, const char *name,
                                     struct base_error *err);

#endif
