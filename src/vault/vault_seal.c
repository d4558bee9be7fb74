#include "vault_seal.h"

#include "crypt_encode.h"
#include "crypt_hash.h"

/* Different words in front of the two kinds of bound data, so that a wrapped key can never pass for
 * a record. */
#define SEAL_RECORD "hubauth vault record"
#define SEAL_DATA_KEY "hubauth vault data key"

static void seal_add_le(struct base_buf *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        base_buf_add_char(out, (char)(unsigned char)(value >> (8 * i)));
}

/* Each part has a fixed length or its length in front, so that no two places give the same bytes.
 */
static void seal_bind_place(struct base_buf *out, const struct vault_seal_place *place)
{
    size_t length = strlen(place->name);
    unsigned char hash[CRYPT_BLAKE2B_BYTES];
    crypt_blake2b(hash, BASE_SPAN_NONE, place->plain);
    base_buf_add_str(out, SEAL_RECORD);
    seal_add_le(out, VAULT_FORMAT, 4);
    seal_add_le(out, (uint64_t)place->kind, 4);
    seal_add_le(out, place->generation, 8);
    seal_add_le(out, length, 4);
    base_buf_add(out, place->name, length);
    base_buf_add(out, hash, sizeof(hash));
}

static void seal_bind_key(struct base_buf *out)
{
    base_buf_add_str(out, SEAL_DATA_KEY);
    seal_add_le(out, VAULT_FORMAT, 4);
}

enum { SEAL_AAD_MAX = sizeof(SEAL_RECORD) + 4 + 4 + 8 + 4 + VAULT_NAME_MAX + CRYPT_BLAKE2B_BYTES };

enum base_status vault_seal(const struct crypt_secret *data_key,
                            const struct vault_seal_place *place, const struct crypt_secret *secret,
                            struct crypt_nonce *nonce, struct base_buf *out, struct base_error *err)
{
    struct crypt_nonce now = {0};
    BASE_CLEANUP(base_buf_free) struct base_buf aad;
    base_buf_init(&aad, SEAL_AAD_MAX);
    seal_bind_place(&aad, place);
    if (base_buf_status(&aad) != BASE_OK)
        return base_fail_memory(err);
    return crypt_seal_ahead(data_key, nonce != NULL ? nonce : &now, base_buf_span(&aad),
                            crypt_secret_span(secret), out, err);
}

enum base_status vault_unseal(const struct crypt_secret *data_key,
                              const struct vault_seal_place *place, struct base_span sealed,
                              struct crypt_secret **ret, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf aad;
    base_buf_init(&aad, SEAL_AAD_MAX);
    seal_bind_place(&aad, place);
    if (base_buf_status(&aad) != BASE_OK)
        return base_fail_memory(err);
    return crypt_open(data_key, base_buf_span(&aad), sealed, ret, err);
}

enum base_status vault_seal_key(const struct crypt_secret *key, const struct crypt_secret *data_key,
                                struct base_buf *out, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf aad;
    base_buf_init(&aad, SEAL_AAD_MAX);
    seal_bind_key(&aad);
    if (base_buf_status(&aad) != BASE_OK)
        return base_fail_memory(err);
    return crypt_seal(key, base_buf_span(&aad), crypt_secret_span(data_key), out, err);
}

enum base_status vault_unseal_key(const struct crypt_secret *key, struct base_span wrapped,
                                  struct crypt_secret **ret, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf aad;
    base_buf_init(&aad, SEAL_AAD_MAX);
    seal_bind_key(&aad);
    if (base_buf_status(&aad) != BASE_OK)
        return base_fail_memory(err);
    return crypt_open(key, base_buf_span(&aad), wrapped, ret, err);
}

void vault_seal_key_id(const struct crypt_secret *data_key, char ret[VAULT_KEY_ID_CHARS + 1])
{
    unsigned char hash[CRYPT_BLAKE2B_BYTES];
    /* The word keeps this hash apart from any other that is made of the key. */
    crypt_blake2b(hash, BASE_SPAN(SEAL_DATA_KEY), crypt_secret_span(data_key));
    crypt_hex_to(ret, hash, VAULT_KEY_ID_CHARS / 2);
}
