/* A backup as it comes from anywhere: its head and seal, and, as from somebody who has the key, its
 * records. */
#include "vault_backup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct crypt_secret *fuzz_secret;

/* Nobody can seal without the key: whatever opens is a fault. A passphrase is left out, since each
 * try costs a quarter of a second. */
static void fuzz_file(struct base_span bytes)
{
    const struct vault_backup_key key = {false, fuzz_secret};
    struct vault_backup_head head;
    struct crypt_secret *opened;
    if (vault_backup_peek(bytes, &head, NULL) == BASE_OK &&
        vault_backup_open(&key, bytes, &opened, NULL) == BASE_OK)
        abort();
}

/* What was read is written as the same bytes. */
static void fuzz_records(struct base_span bytes)
{
    struct vault_backup_record r, last;
    struct base_span rest = bytes;
    struct base_buf again;
    base_buf_init(&again, bytes.n + 1);
    for (bool first = true; vault_backup_next(&rest, first ? NULL : &last, &r, NULL) == BASE_OK;
         first = false) {
        vault_backup_add(&again, &r);
        last = r;
    }
    size_t read = bytes.n - rest.n;
    if (!base_span_eq(base_buf_span(&again), base_span_first(bytes, read)))
        abort();
    base_buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_span bytes = {(const char *)data, size};
    if (fuzz_secret == NULL &&
        (crypt_start(NULL) != BASE_OK ||
         (fuzz_secret = crypt_secret_from("0123456789abcdef0123456789abcdef", 32)) == NULL))
        abort();
    fuzz_file(bytes);
    fuzz_records(bytes);
    return 0;
}
