/* Putting a token into the queue of revocations, for the logout. */
#ifndef BROKER_REVOKE_INT_H
#define BROKER_REVOKE_INT_H

#include "broker_grant.h"
#include "vault.h"

struct broker_revoke_row {
    char id[17]; /* random, so that an account can be logged out of twice */
    struct base_buf plain;
};

/* The write that queues `token` of the grant. It borrows from `row` (whose plain the caller frees)
 * and the token. */
enum base_status broker_revoke_write(struct broker *b, const struct broker_grant *g,
                                     const struct crypt_secret *token,
                                     struct broker_revoke_row *row, struct vault_write *ret,
                                     struct base_error *err);

#endif
