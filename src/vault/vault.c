#include "vault.h"

#include "base_text.h"
#include "base_time.h"
#include "crypt_random.h"
#include "vault_header.h"
#include "vault_seal.h"

struct vault {
    struct vault_store *store;
    struct vault_header header;
    struct vault_key_asker asker;
    struct crypt_secret *data_key; /* NULL until a secret is first read or written */
};

/* The largest generation: SQL knows signed numbers only. */
#define VAULT_GENERATION_MAX ((uint64_t)INT64_MAX)

static const char *vault_kind_word(enum vault_kind kind)
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

/* ------------------------------------------------------------------ creating and opening */

/* Takes the store. */
static struct vault *vault_new(struct vault_store *store, const struct vault_key_asker *asker)
{
    struct vault *v = base_mem_new(sizeof(*v));
    if (v == NULL) {
        store->ops->close(store);
        return NULL;
    }
    v->store = store;
    vault_header_init(&v->header);
    if (asker != NULL)
        v->asker = *asker;
    return v;
}

void vault_close(struct vault *v)
{
    if (v == NULL)
        return;
    v->store->ops->close(v->store);
    vault_header_free(&v->header);
    crypt_secret_free(v->data_key);
    base_mem_free(v);
}

const char *vault_key_spec(const struct vault *v)
{
    return v->header.key_spec;
}

static enum base_status vault_fail_exists(struct base_error *err)
{
    base_fail(err, BASE_EXISTS, "making a vault", "there is one already");
    base_error_hint(err, "hubauth status shows what is in it; to start anew, move it away first");
    return BASE_EXISTS;
}

/* Appends the header. NOT_FOUND in a new store. */
static enum base_status vault_header_load(struct vault *v, struct base_buf *out,
                                          struct base_error *err)
{
    base_buf_init(out, VAULT_HEADER_MAX);
    return v->store->ops->header_get(v->store, out, err);
}

static enum base_status vault_check_new(struct vault *v, struct base_error *err)
{
    struct base_buf text;
    struct base_error cause = BASE_ERROR_NONE;
    enum base_status status = vault_header_load(v, &text, &cause);
    base_buf_free(&text);
    if (status == BASE_NOT_FOUND)
        return BASE_OK;
    if (status == BASE_OK)
        return vault_fail_exists(err);
    if (err != NULL)
        *err = cause;
    return status;
}

/* Makes key and data key, and fills the header with them. */
static enum base_status vault_make_keys(struct vault *v, struct base_error *err)
{
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *key = NULL;
    enum base_status status =
        vault_key_make(v->header.key_spec, &v->asker, &v->header.params, &key, err);
    if (status != BASE_OK)
        return status;
    v->data_key = crypt_secret_new(CRYPT_KEY_BYTES);
    if (v->data_key == NULL)
        return base_fail_memory(err);
    crypt_random(crypt_secret_bytes(v->data_key), CRYPT_KEY_BYTES);
    BASE_CLEANUP(base_buf_free) struct base_buf wrapped;
    base_buf_init(&wrapped, VAULT_WRAPPED_BYTES);
    status = vault_seal_key(key, v->data_key, &wrapped, err);
    if (status == BASE_OK)
        memcpy(v->header.wrapped, wrapped.p, VAULT_WRAPPED_BYTES);
    return status;
}

static enum base_status vault_fill_new(struct vault *v, const char *key_spec,
                                       struct base_error *err)
{
    enum base_status status = vault_check_new(v, err);
    if (status == BASE_OK)
        status = vault_key_normalise(key_spec, &v->header.key_spec, err);
    if (status == BASE_OK)
        status = vault_make_keys(v, err);
    if (status != BASE_OK)
        return status;
    v->header.created = base_time_now();
    BASE_CLEANUP(base_buf_free) struct base_buf text;
    base_buf_init(&text, VAULT_HEADER_MAX);
    status = vault_header_write(&v->header, &text, err);
    if (status == BASE_OK)
        status = v->store->ops->header_put(v->store, BASE_SPAN_NONE, base_buf_span(&text), err);
    return status == BASE_CONFLICT ? vault_fail_exists(err)
                                   : status; /* two that make one at once */
}

enum base_status vault_create(struct vault_store *store, const char *key_spec,
                              const struct vault_key_asker *asker, struct vault **ret,
                              struct base_error *err)
{
    struct vault *v = vault_new(store, asker);
    if (v == NULL)
        return base_fail_memory(err);
    enum base_status status = vault_fill_new(v, key_spec, err);
    if (status != BASE_OK) {
        vault_close(v);
        return status;
    }
    *ret = v;
    return BASE_OK;
}

enum base_status vault_create_volatile(struct vault_store *store, struct vault **ret,
                                       struct base_error *err)
{
    struct vault *v = vault_new(store, NULL);
    if (v == NULL)
        return base_fail_memory(err);
    v->header.key_spec = base_mem_strdup("memory");
    v->data_key = crypt_secret_new(CRYPT_KEY_BYTES);
    if (v->header.key_spec == NULL || v->data_key == NULL) {
        vault_close(v);
        return base_fail_memory(err);
    }
    crypt_random(crypt_secret_bytes(v->data_key), CRYPT_KEY_BYTES);
    *ret = v;
    return BASE_OK;
}

enum base_status vault_open(struct vault_store *store, const struct vault_key_asker *asker,
                            struct vault **ret, struct base_error *err)
{
    struct vault *v = vault_new(store, asker);
    if (v == NULL)
        return base_fail_memory(err);
    struct base_buf text;
    enum base_status status = vault_header_load(v, &text, err);
    if (status == BASE_OK)
        status = vault_header_parse(base_buf_span(&text), &v->header, err);
    base_buf_free(&text);
    if (status != BASE_OK) {
        vault_close(v);
        return status;
    }
    *ret = v;
    return BASE_OK;
}

/* ------------------------------------------------------------------ the key */

static enum base_status vault_fail_key(const struct vault *v, struct base_error *err)
{
    if (strcmp(v->header.key_spec, "passphrase") == 0) {
        base_fail(err, BASE_STORAGE, "unlocking the vault", "the passphrase is wrong");
        base_error_hint(
            err, "try again; if you are sure of it, the header was damaged: restore a backup");
        return BASE_STORAGE;
    }
    base_fail(err, BASE_STORAGE, "unlocking the vault", "the key from %s does not open it",
              v->header.key_spec);
    base_error_hint(err, "put back the key file that was there when the vault was made");
    return BASE_STORAGE;
}

enum base_status vault_unlock(struct vault *v, struct base_error *err)
{
    if (v->data_key != NULL)
        return BASE_OK;
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *key = NULL;
    enum base_status status =
        vault_key_fetch(v->header.key_spec, &v->asker, base_buf_span(&v->header.params), &key, err);
    if (status != BASE_OK)
        return status;
    struct base_span wrapped = {(const char *)v->header.wrapped, VAULT_WRAPPED_BYTES};
    status = vault_unseal_key(key, wrapped, &v->data_key, err);
    return status == BASE_INVALID ? vault_fail_key(v, err) : status;
}

enum base_status vault_check(struct vault *v, struct base_error *err)
{
    return v->store->ops->check(v->store, err);
}

/* ------------------------------------------------------------------ records */

void vault_record_free(struct vault_record *r)
{
    base_buf_free(&r->plain);
    crypt_secret_free(r->secret);
    r->secret = NULL;
    r->generation = 0;
}

/* What any backend can keep: text of a sensible length. */
static enum base_status vault_check_name(const char *name, struct base_error *err)
{
    size_t n = strnlen(name, VAULT_NAME_MAX + 1);
    if (n > 0 && n <= VAULT_NAME_MAX && base_text_utf8_valid((struct base_span){name, n}))
        return BASE_OK;
    return base_fail(err, BASE_USAGE, "using the vault",
                     "a name must be UTF-8 text of 1 to %d bytes", VAULT_NAME_MAX);
}

static enum base_status vault_fail_tampered(enum vault_kind kind, const char *name,
                                            struct base_error *err)
{
    base_fail(err, BASE_STORAGE, "reading the vault",
              "the record of %s %s does not open: it was changed by something other than hubauth",
              vault_kind_word(kind), name);
    base_error_hint(
        err, "restore the vault from a backup, or log out and in again; nothing was changed");
    return BASE_STORAGE;
}

static enum base_status vault_open_row(struct vault *v, enum vault_kind kind, const char *name,
                                       const struct vault_row *row, struct crypt_secret **ret,
                                       struct base_error *err)
{
    const struct vault_seal_place place = {kind, name, row->generation, base_buf_span(&row->plain)};
    enum base_status status = vault_unlock(v, err);
    if (status != BASE_OK)
        return status;
    status = vault_unseal(v->data_key, &place, base_buf_span(&row->sealed), ret, err);
    return status == BASE_INVALID ? vault_fail_tampered(kind, name, err) : status;
}

enum base_status vault_get(struct vault *v, enum vault_kind kind, const char *name,
                           struct vault_record *ret, struct base_error *err)
{
    enum base_status status = vault_check_name(name, err);
    if (status != BASE_OK)
        return status;
    struct vault_row row;
    status = v->store->ops->get(v->store, kind, name, &row, err);
    if (status != BASE_OK)
        return status;
    struct crypt_secret *secret;
    status = vault_open_row(v, kind, name, &row, &secret, err);
    if (status == BASE_OK) {
        *ret = (struct vault_record){
            .generation = row.generation, .plain = row.plain, .secret = secret};
        base_buf_init(&row.plain, VAULT_PLAIN_MAX); /* moved */
    }
    vault_row_free(&row);
    return status;
}

static enum base_status vault_check_put(const char *name, uint64_t expected, struct base_span plain,
                                        const struct crypt_secret *secret, struct base_error *err)
{
    static const char doing[] = "writing to the vault";
    enum base_status status = vault_check_name(name, err);
    if (status != BASE_OK)
        return status;
    if (expected >= VAULT_GENERATION_MAX)
        return base_fail(err, BASE_LIMIT, doing, "the generation is out of range");
    if (plain.n > VAULT_PLAIN_MAX)
        return base_fail(err, BASE_LIMIT, doing, "the public part has more than %u bytes",
                         VAULT_PLAIN_MAX);
    if (crypt_secret_span(secret).n > VAULT_SEALED_MAX - CRYPT_SEAL_OVERHEAD)
        return base_fail(err, BASE_LIMIT, doing, "the secret has more than %u bytes",
                         VAULT_SEALED_MAX - CRYPT_SEAL_OVERHEAD);
    return BASE_OK;
}

enum base_status vault_put(struct vault *v, enum vault_kind kind, const char *name,
                           uint64_t expected, struct base_span plain,
                           const struct crypt_secret *secret, struct base_error *err)
{
    enum base_status status = vault_check_put(name, expected, plain, secret, err);
    if (status == BASE_OK)
        status = vault_unlock(v, err);
    if (status != BASE_OK)
        return status;
    const struct vault_seal_place place = {kind, name, expected + 1, plain};
    BASE_CLEANUP(base_buf_free) struct base_buf sealed;
    base_buf_init(&sealed, VAULT_SEALED_MAX);
    status = vault_seal(v->data_key, &place, secret, &sealed, err);
    if (status != BASE_OK)
        return status;
    return v->store->ops->put(v->store, kind, name, expected, plain, base_buf_span(&sealed), err);
}

enum base_status vault_remove(struct vault *v, enum vault_kind kind, const char *name,
                              struct base_error *err)
{
    enum base_status status = vault_check_name(name, err);
    return status == BASE_OK ? v->store->ops->remove(v->store, kind, name, 0, err) : status;
}

/* Seals one; a removal has nothing to seal. */
static enum base_status vault_prepare(struct vault *v, const struct vault_write *w,
                                      struct vault_change *ret, struct base_buf *sealed,
                                      struct base_error *err)
{
    *ret = (struct vault_change){.kind = w->kind,
                                 .name = w->name,
                                 .expected = w->expected,
                                 .remove = w->remove,
                                 .plain = w->plain};
    base_buf_init(sealed, VAULT_SEALED_MAX);
    if (w->remove)
        return vault_check_name(w->name, err);
    enum base_status status = vault_check_put(w->name, w->expected, w->plain, w->secret, err);
    if (status == BASE_OK)
        status = vault_unlock(v, err);
    if (status != BASE_OK)
        return status;
    const struct vault_seal_place place = {w->kind, w->name, w->expected + 1, w->plain};
    status = vault_seal(v->data_key, &place, w->secret, sealed, err);
    ret->sealed = base_buf_span(sealed);
    return status;
}

enum base_status vault_apply(struct vault *v, const struct vault_write *writes, size_t count,
                             struct base_error *err)
{
    struct vault_change *changes = base_mem_array(count, sizeof(*changes));
    struct base_buf *sealed = base_mem_array(count, sizeof(*sealed));
    enum base_status status = changes != NULL && sealed != NULL ? BASE_OK : base_fail_memory(err);
    for (size_t i = 0; i < count && status == BASE_OK; i++)
        status = vault_prepare(v, &writes[i], &changes[i], &sealed[i], err);
    if (status == BASE_OK)
        status = v->store->ops->apply(v->store, changes, count, err);
    for (size_t i = 0; i < count && sealed != NULL; i++)
        base_buf_free(&sealed[i]);
    base_mem_free(sealed);
    base_mem_free(changes);
    return status;
}

enum base_status vault_list(struct vault *v, enum vault_kind kind, vault_list_fn *fn, void *arg,
                            struct base_error *err)
{
    return v->store->ops->list(v->store, kind, fn, arg, err);
}

enum base_status vault_lease_try(struct vault *v, const char *name, struct vault_lease **ret,
                                 struct base_error *err)
{
    enum base_status status = vault_check_name(name, err);
    return status == BASE_OK ? v->store->ops->lease_try(v->store, name, ret, err) : status;
}

enum base_status vault_share(struct vault *v, const char *name, size_t size,
                             struct vault_shared **ret, struct base_error *err)
{
    *ret = NULL;
    return v->store->ops->share != NULL ? v->store->ops->share(v->store, name, size, ret, err)
                                        : BASE_OK;
}

void vault_lease_release(struct vault *v, struct vault_lease *lease)
{
    if (lease != NULL)
        v->store->ops->lease_release(v->store, lease);
}

/* ------------------------------------------------------------------ notes
 *
 * Generation (8 bytes) and length of the public part (4), big-endian; the public part; the sealed
 * bytes. What is not true of it is found out by unsealing. */

enum { NOTE_GENERATION_BYTES = 8, NOTE_HEAD_BYTES = NOTE_GENERATION_BYTES + 4 };

static void note_add_number(struct base_buf *out, uint64_t number, unsigned bytes)
{
    while (bytes-- > 0)
        base_buf_add_char(out, (char)(number >> 8 * bytes & 0xff));
}

static uint64_t note_take_number(struct base_span *note, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | (unsigned char)note->p[i];
    *note = base_span_from(*note, bytes);
    return number;
}

enum base_status vault_lease_note(struct vault *v, struct vault_lease *lease, enum vault_kind kind,
                                  const char *name, uint64_t expected, struct base_span plain,
                                  const struct crypt_secret *secret, struct base_error *err)
{
    enum base_status status = vault_check_put(name, expected, plain, secret, err);
    if (status == BASE_OK)
        status = vault_unlock(v, err);
    if (status != BASE_OK)
        return status;
    const struct vault_seal_place place = {kind, name, expected + 1, plain};
    BASE_CLEANUP(base_buf_free) struct base_buf note;
    base_buf_init(&note, VAULT_NOTE_MAX);
    note_add_number(&note, expected + 1, NOTE_GENERATION_BYTES);
    note_add_number(&note, plain.n, 4);
    base_buf_add_span(&note, plain);
    status = vault_seal(v->data_key, &place, secret, &note, err);
    if (status != BASE_OK)
        return status;
    return v->store->ops->lease_note(v->store, lease, base_buf_span(&note), err);
}

static enum base_status vault_fail_no_note(struct base_error *err)
{
    return base_fail(err, BASE_NOT_FOUND, "reading a note", "there is none");
}

enum base_status vault_lease_noted(struct vault *v, struct vault_lease *lease, enum vault_kind kind,
                                   const char *name, struct vault_record *ret,
                                   struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf bytes;
    base_buf_init(&bytes, VAULT_NOTE_MAX);
    enum base_status status = v->store->ops->lease_noted(v->store, lease, &bytes, err);
    struct base_span note = base_buf_span(&bytes);
    if (status != BASE_OK)
        return status;
    if (note.n < NOTE_HEAD_BYTES)
        return vault_fail_no_note(err);
    uint64_t generation = note_take_number(&note, NOTE_GENERATION_BYTES);
    size_t plain_n = (size_t)note_take_number(&note, 4);
    if (plain_n > note.n || plain_n > VAULT_PLAIN_MAX)
        return vault_fail_no_note(err);
    const struct vault_seal_place place = {kind, name, generation, {note.p, plain_n}};
    struct vault_record record = {.generation = generation};
    status = vault_unlock(v, err);
    if (status == BASE_OK)
        status =
            vault_unseal(v->data_key, &place, base_span_from(note, plain_n), &record.secret, err);
    if (status != BASE_OK)
        return status == BASE_INVALID ? vault_fail_no_note(err) : status;
    base_buf_init(&record.plain, VAULT_PLAIN_MAX);
    base_buf_add_span(&record.plain, place.plain);
    if (base_buf_status(&record.plain) != BASE_OK) {
        vault_record_free(&record);
        return base_fail_memory(err);
    }
    *ret = record;
    return BASE_OK;
}

void vault_lease_forget(struct vault *v, struct vault_lease *lease)
{
    /* What stays is sealed, and of a generation that is no longer the next one. */
    (void)v->store->ops->lease_note(v->store, lease, BASE_SPAN_NONE, NULL);
}
