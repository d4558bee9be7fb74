/* A store that two can share, and that fails when the test wants it to: rows in memory behind any
 * number of handles, each of which stands for a process. */
#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include "base_error.h"

#include <stdbool.h>

struct vault_store;

struct fake_store {
    struct vault_store *rows;
    unsigned puts;      /* how many were tried */
    unsigned fail_puts; /* so many of the next ones fail, with STORAGE */
    unsigned skip_puts; /* ...after so many that do not */
    bool fail_notes;    /* every one of them */
    const char *folder; /* where handles share bytes (vault_share()); NULL: they share none */
    /* Called once, before the next put: somebody else's doing in between. */
    void (*before_put)(void *arg);
    void *arg;
};

struct fake_store *fake_store_new(void);
void fake_store_free(struct fake_store *s); /* after its handles; NULL is allowed */
/* For vault_create() and vault_open(), which close it. */
struct vault_store *fake_store_handle(struct fake_store *s);

#endif
