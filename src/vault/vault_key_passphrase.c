/* passphrase: Argon2id, with the parameters that stand in the header (D6). */
#include "base_json.h"
#include "base_jsonw.h"
#include "crypt_encode.h"
#include "crypt_random.h"
#include "crypt_seal.h"
#include "vault_key_source.h"

#define PASSPHRASE_DOING "getting the vault's key from the passphrase"
#define PASSPHRASE_KDF "argon2id"

enum { PASSPHRASE_PARAMS_MAX = 1024 };

struct passphrase_kdf {
    unsigned char salt[CRYPT_SALT_BYTES];
    int64_t ops;
    int64_t memory;
};

static enum base_status passphrase_ask(const struct vault_key_asker *asker, bool confirm,
                                       struct crypt_secret **ret, struct base_error *err)
{
    if (asker == NULL || asker->passphrase == NULL) {
        base_fail(err, BASE_USAGE, PASSPHRASE_DOING, "there is nobody to ask for it");
        base_error_hint(err, "run it on a terminal, or give a file that holds the passphrase");
        return BASE_USAGE;
    }
    struct crypt_secret *passphrase = NULL;
    enum base_status status = asker->passphrase(asker->arg, confirm, &passphrase, err);
    if (status != BASE_OK)
        return status;
    if (crypt_secret_length(passphrase) == 0) {
        crypt_secret_free(passphrase);
        return base_fail(err, BASE_USAGE, PASSPHRASE_DOING, "the passphrase is empty");
    }
    *ret = passphrase;
    return BASE_OK;
}

static enum base_status passphrase_stretch(const struct vault_key_asker *asker, bool confirm,
                                           const struct passphrase_kdf *kdf,
                                           struct crypt_secret **ret, struct base_error *err)
{
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *passphrase = NULL;
    enum base_status status = passphrase_ask(asker, confirm, &passphrase, err);
    if (status != BASE_OK)
        return status;
    status = crypt_kdf(passphrase, kdf->salt, (uint64_t)kdf->ops, (uint64_t)kdf->memory, ret, err);
    if (status != BASE_INVALID)
        return status;
    base_fail(err, BASE_STORAGE, PASSPHRASE_DOING,
              "the header asks for a cost out of bounds (%lld passes, %lld bytes)",
              (long long)kdf->ops, (long long)kdf->memory);
    base_error_hint(err, "the header was changed: restore the vault from a backup");
    return BASE_STORAGE;
}

static enum base_status passphrase_kdf_write(const struct passphrase_kdf *kdf,
                                             struct base_buf *params, struct base_error *err)
{
    struct base_buf salt;
    base_buf_init(&salt, 64);
    crypt_base64url(&salt, kdf->salt, sizeof(kdf->salt));
    struct base_jsonw w;
    base_jsonw_begin(&w, params);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "kdf", PASSPHRASE_KDF);
    base_jsonw_member_span(&w, "salt", base_buf_span(&salt));
    base_jsonw_member_int(&w, "ops", kdf->ops);
    base_jsonw_member_int(&w, "memory", kdf->memory);
    base_jsonw_end(&w);
    bool good = base_buf_status(&salt) == BASE_OK && base_buf_status(params) == BASE_OK;
    base_buf_free(&salt);
    return good ? BASE_OK : base_fail_memory(err);
}

static enum base_status passphrase_kdf_read(struct base_span params, struct passphrase_kdf *ret,
                                            struct base_error *err)
{
    struct base_json_value kdf, salt;
    struct passphrase_kdf k;
    const struct base_json_field table[] = {
        {"kdf", BASE_JSON_WANT_STRING, true, &kdf, NULL},
        {"salt", BASE_JSON_WANT_STRING, true, &salt, NULL},
        {"ops", BASE_JSON_WANT_INT64, true, &k.ops, NULL},
        {"memory", BASE_JSON_WANT_INT64, true, &k.memory, NULL},
    };
    struct base_error cause = BASE_ERROR_NONE;
    size_t n = 0;
    if (params.n > PASSPHRASE_PARAMS_MAX ||
        base_json_decode(params, table, sizeof(table) / sizeof(table[0]), &cause) != BASE_OK ||
        !base_json_string_is(&kdf, PASSPHRASE_KDF) ||
        !crypt_base64_decode(salt.raw, k.salt, sizeof(k.salt), &n) || n != sizeof(k.salt) ||
        k.ops < 0 || k.memory < 0) {
        base_fail(err, BASE_STORAGE, PASSPHRASE_DOING, "the header's key parameters are damaged");
        base_error_hint(err, "restore the vault from a backup; hubauth leaves it as it is");
        return BASE_STORAGE;
    }
    *ret = k;
    return BASE_OK;
}

static enum base_status passphrase_make(const char *place, const struct vault_key_asker *asker,
                                        struct base_buf *params, struct crypt_secret **ret,
                                        struct base_error *err)
{
    (void)place;
    struct passphrase_kdf kdf = {.ops = CRYPT_KDF_OPS, .memory = CRYPT_KDF_MEMORY};
    crypt_random(kdf.salt, sizeof(kdf.salt));
    enum base_status status = passphrase_kdf_write(&kdf, params, err);
    return status == BASE_OK ? passphrase_stretch(asker, true, &kdf, ret, err) : status;
}

static enum base_status passphrase_fetch(const char *place, const struct vault_key_asker *asker,
                                         struct base_span params, struct crypt_secret **ret,
                                         struct base_error *err)
{
    (void)place;
    struct passphrase_kdf kdf;
    enum base_status status = passphrase_kdf_read(params, &kdf, err);
    return status == BASE_OK ? passphrase_stretch(asker, false, &kdf, ret, err) : status;
}

const struct vault_key_source vault_key_passphrase = {
    .word = "passphrase",
    .make = passphrase_make,
    .fetch = passphrase_fetch,
    .wrong = "the passphrase is wrong",
    .wrong_hint = "try again; if you are sure of it, the header was damaged: restore a backup",
    .keepable = true,
};
