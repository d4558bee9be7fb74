#include "vault_store.h"

const char *vault_kind_word(enum vault_kind kind)
{
    switch (kind) {
#define X(name, number, word)                                                                      \
    case VAULT_##name:                                                                             \
        return word;
        VAULT_KIND_MAP(X)
#undef X
    }
    return "record";
}

void vault_row_init(struct vault_row *row)
{
    row->generation = 0;
    base_buf_init(&row->plain, VAULT_PLAIN_MAX);
    base_buf_init(&row->sealed, VAULT_SEALED_MAX);
}

void vault_row_free(struct vault_row *row)
{
    base_buf_free(&row->plain);
    base_buf_free(&row->sealed);
    row->generation = 0;
}
