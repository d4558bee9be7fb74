/* A vault's records in one encrypted file, for a backup or a move (docs/vault-format.md). Pure:
 * bytes in, bytes out. The whole file is one seal, so that nothing in it can be cut, added or put
 * in another order unnoticed. */
#ifndef VAULT_BACKUP_H
#define VAULT_BACKUP_H

#include "crypt_secret.h"
#include "vault_store.h"

#define VAULT_BACKUP_MAX (256u << 20) /* of the file: a hundred thousand accounts */

/* What locks the file: a passphrase (Argon2id), or the bytes of a key file (32 or more). */
struct vault_backup_key {
    bool is_passphrase;
    const struct crypt_secret *secret; /* borrowed */
};

struct vault_backup_record {
    enum vault_kind kind;
    char name[VAULT_NAME_MAX + 1];
    uint64_t generation; /* in the vault that it comes from */
    struct base_span plain, secret;
};

/* What can be read without the key. */
struct vault_backup_head {
    bool is_passphrase;
    int64_t created; /* Unix ms */
};

/* Appends a record to a sensitive buffer. They come in ascending order of kind and name. */
void vault_backup_add(struct base_buf *records, const struct vault_backup_record *r);
/* Appends the file. Slow with a passphrase, as that has to be. */
enum base_status vault_backup_seal(const struct vault_backup_key *key, int64_t created,
                                   struct base_span records, struct base_buf *out,
                                   struct base_error *err);

/* INVALID when it is no backup; STORAGE when it is one of a newer format. */
enum base_status vault_backup_peek(struct base_span file, struct vault_backup_head *ret,
                                   struct base_error *err);
/* The records, sealed no more: a new secret. STORAGE when the key is wrong or the file was changed.
 * Parameters in the file that would ask for too much memory or time are refused before either is
 * spent (D6). */
enum base_status vault_backup_open(const struct vault_backup_key *key, struct base_span file,
                                   struct crypt_secret **ret_records, struct base_error *err);
/* The next record, cut from the front of *rest; its spans point into that. NOT_FOUND at the end,
 * STORAGE when the bytes are none, or not in order. `last` is the one before, NULL at first. */
enum base_status vault_backup_next(struct base_span *rest, const struct vault_backup_record *last,
                                   struct vault_backup_record *ret, struct base_error *err);

#endif
