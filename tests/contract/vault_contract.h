/* The contract of the vault's store port (vault_store.h), as cases that every backend has to pass.
 */
#ifndef VAULT_CONTRACT_H
#define VAULT_CONTRACT_H

#include "test_dir.h"
#include "vault_store.h"

struct contract_backend {
    const char *name;
    bool shared; /* two handles on one directory, in one process or in two, see the same rows */
    enum base_status (*open)(const char *directory, bool create, struct vault_store **ret,
                             struct base_error *err);
};

/* What a case starts with: an empty store in a new directory. */
struct contract {
    const struct contract_backend *backend;
    struct test_dir dir;
    struct vault_store *store;
    struct base_error err;
};

struct contract_case {
    const char *name;
    void (*run)(struct contract *c);
    bool shared; /* only for backends that are */
};

/* End with an entry without a name. */
extern const struct contract_case contract_row_cases[];
extern const struct contract_case contract_share_cases[];

/* ------------------------------------------------------------------ short forms */

/* Another handle on the same directory. */
struct vault_store *contract_open_other(struct contract *c);
void contract_close(struct vault_store *s);
enum base_status contract_put(struct contract *c, struct vault_store *s, const char *name,
                              uint64_t expected, const char *plain, const char *sealed);
/* Asserts that the row is there and what it holds. */
void contract_expect(struct contract *c, struct vault_store *s, const char *name,
                     uint64_t generation, const char *plain, const char *sealed);
void contract_expect_absent(struct contract *c, struct vault_store *s, const char *name);

#endif
