/* The vault's header: a JSON object that is public, yet cannot be changed without being noticed
 * where it matters (docs/vault-format.md). */
#ifndef VAULT_HEADER_H
#define VAULT_HEADER_H

#include "vault_seal.h"

struct vault_header {
    char *key_spec;         /* where the key comes from: "file:/home/u/key" */
    struct base_buf params; /* what is needed to get it again, a JSON object */
    unsigned char wrapped[VAULT_WRAPPED_BYTES];
    char data_key[VAULT_KEY_ID_CHARS + 1]; /* which key is in it; "" in old headers */
    bool rotating;                         /* there are records under the key before that: */
    unsigned char previous[VAULT_WRAPPED_BYTES];
    int64_t created; /* Unix ms; for people only */
};

void vault_header_init(struct vault_header *h);
void vault_header_free(struct vault_header *h);

/* STORAGE when it is no header or one of a newer format. *ret needs no initialisation. */
enum base_status vault_header_parse(struct base_span text, struct vault_header *ret,
                                    struct base_error *err);
/* Appends it. */
enum base_status vault_header_write(const struct vault_header *h, struct base_buf *out,
                                    struct base_error *err);

#endif
