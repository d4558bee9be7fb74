/* Shared by the files of a backup: what an import brings, and what its records may be beside each
 * other. */
#ifndef BROKER_BACKUP_INT_H
#define BROKER_BACKUP_INT_H

#include "base_list.h"
#include "broker_app.h"
#include "broker_backup.h"
#include "vault_backup.h"

struct vault_lease;

/* Apps and accounts that are in one vault, or are to be. Begins as {0}. */
struct broker_backup_set {
    struct broker_app *apps; /* without secrets */
    size_t app_count, app_room;
    struct base_list accounts; /* without the app's name */
};

void broker_backup_set_free(struct broker_backup_set *set);
/* Pending revocations and aliases leave the set as it is: nothing hangs on them. */
enum base_status broker_backup_set_add(struct broker_backup_set *set,
                                       const struct vault_backup_record *r, struct base_error *err);
/* USAGE when the record cannot be beside those of the set: an app that is answered where one of
 * another server is (A12), an account or a revocation without an app, an alias that is the name of
 * an app or an account. */
enum base_status broker_backup_set_admits(const struct broker_backup_set *set,
                                          const struct vault_backup_record *r,
                                          struct base_error *err);

struct broker_incoming {
    struct vault_backup_record r; /* its spans point into the opened file */
    uint64_t here;                /* the generation of the record of that name; 0: none */
    enum broker_backup_act act;
    bool newer_here;
    const char *why;           /* of a conflict */
    struct vault_lease *lease; /* while an account is replaced */
};

bool broker_incoming_is_written(const struct broker_incoming *item);
/* Whether the vault can hold all that is written, beside what it keeps. */
enum base_status broker_incoming_check(struct broker *b, const struct broker_incoming *items,
                                       size_t count, struct base_error *err);

#endif
