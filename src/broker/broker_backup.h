/* All that the vault holds, out into one encrypted file and in again, here or on another machine.
 */
#ifndef BROKER_BACKUP_H
#define BROKER_BACKUP_H

#include "base_buf.h"
#include "broker.h"
#include "crypt_secret.h"

#define BROKER_BACKUP_MAX (256u << 20) /* bytes of a file */

struct broker_backup_key {
    bool is_passphrase;                /* else the bytes of a key file */
    const struct crypt_secret *secret; /* borrowed */
};

struct broker_backup_counts {
    unsigned apps, accounts, pending, aliases;
};

/* Appends the file. Each record is as it was at one moment; nobody is kept from writing meanwhile.
 */
enum base_status broker_backup_export(struct broker *b, const struct broker_backup_key *key,
                                      struct base_buf *out, struct broker_backup_counts *ret,
                                      struct base_error *err);

/* What a file tells without its key: what opens it, and when it was made (Unix ms). */
enum base_status broker_backup_peek(struct base_span file, bool *ret_passphrase,
                                    int64_t *ret_created, struct base_error *err);

enum broker_backup_how {
    BROKER_BACKUP_NEW,     /* what is here with other content is an error */
    BROKER_BACKUP_MERGE,   /* of an account the newer tokens stay, of the rest what is here */
    BROKER_BACKUP_REPLACE, /* what is in the file counts */
};

/* name, word in JSON, for people */
#define BROKER_BACKUP_ACT_MAP(X)                                                                   \
    X(ADD, "added")                                                                                \
    X(SAME, "unchanged")   /* here already, exactly so */                                          \
    X(KEEP, "kept")        /* what is here stays */                                                \
    X(REPLACE, "replaced") /* by what is in the file */                                            \
    X(CONFLICT, "conflict")

enum broker_backup_act {
#define X(name, word) BROKER_BACKUP_ACT_##name,
    BROKER_BACKUP_ACT_MAP(X)
#undef X
};
const char *broker_backup_act_word(enum broker_backup_act act);

struct broker_backup_item { /* borrowed */
    const char *kind;       /* "app", "account", "pending revocation", "alias" */
    const char *name;
    bool is_login; /* an account with a refresh token, which is in two places then */
    enum broker_backup_act act;
    bool newer_here; /* an account whose tokens here are younger than those in the file */
};

/* Only what hubauth would have written comes in, and an app takes the place of another only with
 * the same client id and hosts; else USAGE.
 *
 * One call for each record, in order, after all has been decided and (unless `dry_run`) written: in
 * one write, all or nothing. USAGE naming what stands in the way when there is a conflict. BUSY
 * when an account that would be replaced is being refreshed. */
typedef void broker_backup_fn(void *arg, const struct broker_backup_item *item);
enum base_status broker_backup_import(struct broker *b, struct base_span file,
                                      const struct broker_backup_key *key,
                                      enum broker_backup_how how, bool dry_run,
                                      broker_backup_fn *fn, void *arg, struct base_error *err);

#endif
