/* What the vault reads from its file before any key has vouched for it: the header with its key
 * parameters, and a record's sealed bytes. */
#include "base_json.h"
#include "vault_header.h"
#include "vault_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum base_status fuzz_refuse(void *arg, bool confirm, struct crypt_secret **ret,
                                    struct base_error *err)
{
    (void)arg;
    (void)confirm;
    (void)ret;
    return base_fail(err, BASE_CANCELLED, "asking", "nobody answered");
}

/* What was read can be written, and reads as the same again. */
static void fuzz_round_trip(const struct vault_header *h)
{
    struct base_buf text;
    struct vault_header again;
    base_buf_init(&text, VAULT_HEADER_MAX);
    if (vault_header_write(h, &text, NULL) == BASE_OK) { /* escapes may make it too large */
        if (vault_header_parse(base_buf_span(&text), &again, NULL) != BASE_OK ||
            strcmp(h->key_spec, again.key_spec) != 0 ||
            memcmp(h->wrapped, again.wrapped, sizeof(h->wrapped)) != 0 ||
            h->created != again.created || strcmp(h->data_key, again.data_key) != 0 ||
            h->rotating != again.rotating ||
            (h->rotating && memcmp(h->previous, again.previous, sizeof(h->previous)) != 0))
            abort();
        vault_header_free(&again);
    }
    base_buf_free(&text);
}

static void fuzz_header(struct base_span text)
{
    static const struct vault_key_asker asker = {fuzz_refuse, NULL};
    struct vault_header h;
    if (vault_header_parse(text, &h, NULL) != BASE_OK)
        return;
    if (!base_json_valid(base_buf_span(&h.params)))
        abort();
    struct crypt_secret *key;
    if (vault_key_fetch("passphrase", &asker, base_buf_span(&h.params), &key, NULL) == BASE_OK)
        abort();
    /* No bus to ask: what is looked at is the parameters. */
    (void)unsetenv("DBUS_SESSION_BUS_ADDRESS");
    (void)unsetenv("XDG_RUNTIME_DIR");
    if (vault_key_fetch("keyring", &asker, base_buf_span(&h.params), &key, NULL) == BASE_OK)
        abort();
    fuzz_round_trip(&h);
    vault_header_free(&h);
}

/* Nobody can seal without the key: whatever opens is a fault. */
static void fuzz_record(struct base_span bytes)
{
    static struct crypt_secret *key;
    if (key == NULL &&
        (crypt_start(NULL) != BASE_OK ||
         (key = crypt_secret_from("0123456789abcdef0123456789abcdef", CRYPT_KEY_BYTES)) == NULL))
        abort();
    struct base_span plain = base_span_first(bytes, bytes.n / 4);
    const struct vault_seal_place place = {VAULT_GRANT, "account", bytes.n, plain};
    struct crypt_secret *secret;
    if (vault_unseal(key, &place, base_span_from(bytes, plain.n), &secret, NULL) != BASE_INVALID ||
        vault_unseal_key(key, bytes, &secret, NULL) != BASE_INVALID)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_span bytes = {(const char *)data, size};
    fuzz_header(bytes);
    fuzz_record(bytes);
    return 0;
}
