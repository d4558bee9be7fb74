/* The records of pending revocations, for the logout that makes them and for who tells HubSpot. */
#ifndef BROKER_PENDING_INT_H
#define BROKER_PENDING_INT_H

#include "base_list.h"
#include "broker_grant.h"
#include "broker_pending.h"
#include "vault.h"

struct broker_pending_text { /* what a struct broker_pending borrows; heap */
    char *app, *account, *last;
};

void broker_pending_text_free(struct broker_pending_text *t);
enum base_status broker_pending_decode(const char *id, struct base_span plain,
                                       struct broker_pending_text *text, struct broker_pending *ret,
                                       struct base_error *err);
/* Initialises `out`. */
enum base_status broker_pending_encode(const struct broker_pending *p, struct base_buf *out,
                                       struct base_error *err);
/* Adds the ids of those of an app's account, or of all (both NULL). */
enum base_status broker_pending_ids(struct broker *b, const char *app, const char *account,
                                    struct base_list *ret, struct base_error *err);

struct broker_pending_row {
    char id[17]; /* random, so that an account can be logged out of twice */
    struct base_buf plain;
};

/* The write that queues `token` of the grant. It borrows from `row` (whose plain the caller frees)
 * and the token. */
enum base_status broker_pending_write(struct broker *b, const struct broker_grant *g,
                                      const struct crypt_secret *token,
                                      struct broker_pending_row *row, struct vault_write *ret,
                                      struct base_error *err);

#endif
