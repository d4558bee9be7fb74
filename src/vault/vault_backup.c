#include "vault_backup.h"

#include "base_json.h"
#include "base_text.h"
#include "crypt_random.h"
#include "crypt_seal.h"

/* The line end shows a transfer that took the file for text. */
#define BACKUP_MAGIC "hubauth backup\r\n"
#define BACKUP_VERSION 1u
#define BACKUP_PURPOSE "hubauth backup key"
#define BACKUP_READING "reading a backup"

enum backup_lock { BACKUP_PASSPHRASE = 1, BACKUP_KEY_FILE = 2 };

enum {
    BACKUP_MAGIC_BYTES = 16,
    BACKUP_HEAD_BYTES = BACKUP_MAGIC_BYTES + 4 + 4 + 8 + 8 + CRYPT_SALT_BYTES + 8,
};
_Static_assert(sizeof(BACKUP_MAGIC) - 1 == BACKUP_MAGIC_BYTES, "magic");

struct backup_head {
    uint32_t version, lock;
    uint64_t ops, memory; /* of Argon2id; 0 for a key file */
    unsigned char salt[CRYPT_SALT_BYTES];
    uint64_t created;
};

/* ------------------------------------------------------------------ integers, little-endian */

static void backup_add(struct base_buf *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        base_buf_add_char(out, (char)(unsigned char)(value >> (8 * i)));
}

/* False, and nothing is cut, when there is less. */
static bool backup_take(struct base_span *rest, size_t bytes, uint64_t *ret)
{
    if (rest->n < bytes)
        return false;
    *ret = 0;
    for (size_t i = 0; i < bytes; i++)
        *ret |= (uint64_t)(unsigned char)rest->p[i] << (8 * i);
    *rest = base_span_from(*rest, bytes);
    return true;
}

static bool backup_take_bytes(struct base_span *rest, size_t max, struct base_span *ret)
{
    uint64_t n;
    if (!backup_take(rest, 4, &n) || n > max || n > rest->n)
        return false;
    *ret = base_span_first(*rest, (size_t)n);
    *rest = base_span_from(*rest, (size_t)n);
    return true;
}

/* ------------------------------------------------------------------ the head */

static void backup_write_head(const struct backup_head *h, struct base_buf *out)
{
    base_buf_add_str(out, BACKUP_MAGIC);
    backup_add(out, h->version, 4);
    backup_add(out, h->lock, 4);
    backup_add(out, h->ops, 8);
    backup_add(out, h->memory, 8);
    base_buf_add(out, h->salt, sizeof(h->salt));
    backup_add(out, h->created, 8);
}

static enum base_status backup_fail_form(struct base_error *err, const char *why)
{
    return base_fail(err, BASE_INVALID, BACKUP_READING, "%s", why);
}

static enum base_status backup_read_head(struct base_span file, struct backup_head *ret,
                                         struct base_error *err)
{
    uint64_t version, lock;
    if (!base_span_starts(file, BACKUP_MAGIC))
        return backup_fail_form(err, "this is no backup of hubauth");
    struct base_span rest = base_span_from(file, BACKUP_MAGIC_BYTES);
    if (!backup_take(&rest, 4, &version))
        return backup_fail_form(err, "it was cut");
    if (version != BACKUP_VERSION) {
        base_fail(err, BASE_STORAGE, BACKUP_READING,
                  "it was made by a newer hubauth (format %llu, known is %u)",
                  (unsigned long long)version, BACKUP_VERSION);
        base_error_hint(err, "update hubauth; the file is as it was");
        return BASE_STORAGE;
    }
    if (file.n < BACKUP_HEAD_BYTES + CRYPT_SEAL_OVERHEAD)
        return backup_fail_form(err, "it was cut");
    (void)backup_take(&rest, 4, &lock);
    (void)backup_take(&rest, 8, &ret->ops);
    (void)backup_take(&rest, 8, &ret->memory);
    memcpy(ret->salt, rest.p, sizeof(ret->salt));
    rest = base_span_from(rest, sizeof(ret->salt));
    (void)backup_take(&rest, 8, &ret->created);
    ret->version = (uint32_t)version;
    ret->lock = (uint32_t)lock;
    if (lock != BACKUP_PASSPHRASE && lock != BACKUP_KEY_FILE)
        return backup_fail_form(err, "it is locked in a way that this version does not know");
    if (ret->created > INT64_MAX)
        return backup_fail_form(err, "its date is none");
    return BASE_OK;
}

enum base_status vault_backup_peek(struct base_span file, struct vault_backup_head *ret,
                                   struct base_error *err)
{
    struct backup_head head = {0};
    enum base_status status = backup_read_head(file, &head, err);
    if (status == BASE_OK)
        *ret = (struct vault_backup_head){head.lock == BACKUP_PASSPHRASE, (int64_t)head.created};
    return status;
}

static enum base_status backup_key(const struct vault_backup_key *key,
                                   const struct backup_head *head, struct crypt_secret **ret,
                                   struct base_error *err)
{
    if (key->is_passphrase)
        return crypt_kdf(key->secret, head->salt, head->ops, head->memory, ret, err);
    return crypt_key_from_bytes(crypt_secret_span(key->secret), BACKUP_PURPOSE, ret, err);
}

/* ------------------------------------------------------------------ the file */

enum base_status vault_backup_seal(const struct vault_backup_key *key, int64_t created,
                                   struct base_span records, struct base_buf *out,
                                   struct base_error *err)
{
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *made = NULL;
    struct backup_head head = {.version = BACKUP_VERSION,
                               .lock = key->is_passphrase ? BACKUP_PASSPHRASE : BACKUP_KEY_FILE,
                               .created = (uint64_t)created};
    if (key->is_passphrase) {
        head.ops = CRYPT_KDF_OPS;
        head.memory = CRYPT_KDF_MEMORY;
        crypt_random(head.salt, sizeof(head.salt));
    }
    enum base_status status = backup_key(key, &head, &made, err);
    if (status != BASE_OK)
        return status;
    BASE_CLEANUP(base_buf_free) struct base_buf bound;
    base_buf_init(&bound, BACKUP_HEAD_BYTES);
    backup_write_head(&head, &bound);
    if (base_buf_status(&bound) != BASE_OK)
        return base_fail_memory(err);
    base_buf_add_span(out, base_buf_span(&bound));
    return crypt_seal(made, base_buf_span(&bound), records, out, err);
}

enum base_status vault_backup_open(const struct vault_backup_key *key, struct base_span file,
                                   struct crypt_secret **ret_records, struct base_error *err)
{
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *made = NULL;
    struct backup_head head = {0};
    enum base_status status = backup_read_head(file, &head, err);
    if (status == BASE_OK && key->is_passphrase != (head.lock == BACKUP_PASSPHRASE))
        status = base_fail(err, BASE_USAGE, BACKUP_READING, "it is locked with a %s",
                           head.lock == BACKUP_PASSPHRASE ? "passphrase" : "key file");
    if (status == BASE_OK)
        status = backup_key(key, &head, &made, err);
    if (status != BASE_OK)
        return status;
    status = crypt_open(made, base_span_first(file, BACKUP_HEAD_BYTES),
                        base_span_from(file, BACKUP_HEAD_BYTES), ret_records, err);
    if (status != BASE_INVALID)
        return status;
    return base_fail(err, BASE_STORAGE, BACKUP_READING,
                     "the %s is wrong, or the file was changed or cut",
                     key->is_passphrase ? "passphrase" : "key");
}

/* ------------------------------------------------------------------ records */

void vault_backup_add(struct base_buf *records, const struct vault_backup_record *r)
{
    size_t name = strlen(r->name);
    backup_add(records, (uint64_t)r->kind, 4);
    backup_add(records, r->generation, 8);
    backup_add(records, name, 4);
    base_buf_add(records, r->name, name);
    backup_add(records, r->plain.n, 4);
    base_buf_add_span(records, r->plain);
    backup_add(records, r->secret.n, 4);
    base_buf_add_span(records, r->secret);
}

static bool backup_kind_known(uint64_t kind)
{
#define X(name, number, word)                                                                      \
    if (kind == (number))                                                                          \
        return true;
    VAULT_KIND_MAP(X)
#undef X
    return false;
}

static bool backup_ascends(const struct vault_backup_record *last,
                           const struct vault_backup_record *r)
{
    return last == NULL || last->kind < r->kind ||
           (last->kind == r->kind && strcmp(last->name, r->name) < 0);
}

/* Whoever had the key wrote this; what is wrong with it is a fault of that program. */
static enum base_status backup_fail_record(struct base_error *err)
{
    return base_fail(err, BASE_STORAGE, BACKUP_READING,
                     "its records are in a form that this version does not know");
}

enum base_status vault_backup_next(struct base_span *rest, const struct vault_backup_record *last,
                                   struct vault_backup_record *ret, struct base_error *err)
{
    struct base_span at = *rest, name;
    struct vault_backup_record r = {0};
    uint64_t kind;
    if (at.n == 0)
        return base_fail(err, BASE_NOT_FOUND, BACKUP_READING, "that was the last record");
    if (!backup_take(&at, 4, &kind) || !backup_kind_known(kind) ||
        !backup_take(&at, 8, &r.generation) || r.generation == 0 ||
        !backup_take_bytes(&at, VAULT_NAME_MAX, &name) ||
        !backup_take_bytes(&at, VAULT_PLAIN_MAX, &r.plain) ||
        !backup_take_bytes(&at, VAULT_SEALED_MAX - CRYPT_SEAL_OVERHEAD, &r.secret))
        return backup_fail_record(err);
    if (name.n == 0 || memchr(name.p, '\0', name.n) != NULL || !base_text_utf8_valid(name) ||
        !base_json_valid(r.plain))
        return backup_fail_record(err);
    r.kind = (enum vault_kind)kind;
    memcpy(r.name, name.p, name.n);
    if (!backup_ascends(last, &r))
        return backup_fail_record(err);
    *ret = r;
    *rest = at;
    return BASE_OK;
}
