#include "base_text.h"
#include "base_time.h"
#include "crypt_random.h"
#include "vault_int.h"

/* How often a record is tried again because the header was changed in between: each time somebody
 * began or finished a rotation, or changed the key. */
#define VAULT_ATTEMPTS 8

/* The largest generation: SQL knows signed numbers only. */
#define VAULT_GENERATION_MAX ((uint64_t)INT64_MAX)

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
    base_buf_init(&v->header_text, VAULT_HEADER_MAX);
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
    base_buf_free(&v->header_text);
    crypt_secret_free(v->key);
    crypt_secret_free(v->data_key);
    crypt_secret_free(v->previous_key);
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

static enum base_status vault_check_new(struct vault *v, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text;
    struct base_error cause = BASE_ERROR_NONE;
    base_buf_init(&text, VAULT_HEADER_MAX);
    enum base_status status = v->store->ops->header_get(v->store, &text, &cause);
    if (status == BASE_NOT_FOUND)
        return BASE_OK;
    if (status == BASE_OK)
        return vault_fail_exists(err);
    if (err != NULL)
        *err = cause;
    return status;
}

static enum base_status vault_fill_new(struct vault *v, const char *key_spec,
                                       struct base_error *err)
{
    enum base_status status = vault_check_new(v, err);
    if (status == BASE_OK)
        status = vault_key_normalise(key_spec, &v->header.key_spec, err);
    if (status == BASE_OK)
        status = vault_key_make(v->header.key_spec, &v->asker, &v->header.params, &v->key, err);
    if (status != BASE_OK)
        return status;
    v->data_key = crypt_secret_new(CRYPT_KEY_BYTES);
    if (v->data_key == NULL)
        return base_fail_memory(err);
    crypt_random(crypt_secret_bytes(v->data_key), CRYPT_KEY_BYTES);
    v->header.created = base_time_now();
    status = vault_data_key_store(v, err);
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
    bool changed;
    enum base_status status = vault_data_key_reload(v, &changed, err);
    if (status != BASE_OK) {
        vault_close(v);
        return status;
    }
    *ret = v;
    return BASE_OK;
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

enum base_status vault_fail_tampered(enum vault_kind kind, const char *name, struct base_error *err)
{
    base_fail(err, BASE_STORAGE, "reading the vault",
              "the record of %s %s does not open: it was changed by something other than hubauth",
              vault_kind_word(kind), name);
    base_error_hint(
        err, "restore the vault from a backup, or log out and in again; nothing was changed");
    return BASE_STORAGE;
}

/* The row as it is now, opened. INVALID when it opens with none of the keys that we know. */
static enum base_status vault_try_get(struct vault *v, enum vault_kind kind, const char *name,
                                      struct vault_record *ret, struct base_error *err)
{
    struct vault_row row;
    enum base_status status = v->store->ops->get(v->store, kind, name, &row, err);
    if (status != BASE_OK)
        return status;
    struct crypt_secret *secret = NULL;
    const struct vault_seal_place place = {kind, name, row.generation, base_buf_span(&row.plain)};
    status = vault_data_key_open(v, err);
    if (status == BASE_OK)
        status = vault_data_key_unseal(v, &place, base_buf_span(&row.sealed), &secret, err);
    if (status == BASE_OK) {
        *ret = (struct vault_record){
            .generation = row.generation, .plain = row.plain, .secret = secret};
        base_buf_init(&row.plain, VAULT_PLAIN_MAX); /* moved */
    }
    vault_row_free(&row);
    return status;
}

enum base_status vault_get(struct vault *v, enum vault_kind kind, const char *name,
                           struct vault_record *ret, struct base_error *err)
{
    enum base_status status = vault_check_name(name, err);
    if (status != BASE_OK)
        return status;
    for (unsigned i = 0; i < VAULT_ATTEMPTS; i++) {
        struct base_error cause = BASE_ERROR_NONE;
        bool changed = false;
        status = vault_try_get(v, kind, name, ret, &cause);
        if (status == BASE_INVALID) /* unless somebody has rotated the keys since our header */
            status = vault_data_key_reload(v, &changed, &cause);
        else if (status == BASE_OK)
            return BASE_OK;
        if (status != BASE_OK) {
            if (err != NULL)
                *err = cause;
            return status;
        }
        if (!changed)
            break;
    }
    return vault_fail_tampered(kind, name, err);
}

enum base_status vault_check_put(const char *name, uint64_t expected, struct base_span plain,
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

/* Writes `what` with the keys of now; STALE when these are of yesterday by then. */
typedef enum base_status vault_write_fn(struct vault *v, const void *what, struct base_error *err);

static enum base_status vault_write_fenced(struct vault *v, vault_write_fn *fn, const void *what,
                                           struct base_error *err)
{
    for (unsigned i = 0; i < VAULT_ATTEMPTS; i++) {
        struct base_error cause = BASE_ERROR_NONE;
        bool changed;
        enum base_status status = fn(v, what, &cause);
        if (status == BASE_STALE)
            status = vault_data_key_reload(v, &changed, &cause);
        else if (status == BASE_OK)
            return BASE_OK;
        if (status == BASE_OK)
            continue;
        if (err != NULL)
            *err = cause;
        return status;
    }
    return base_fail(err, BASE_BUSY, "writing to the vault", "its keys are being changed");
}

static enum base_status vault_seal_write(struct vault *v, const struct vault_write *w,
                                         struct base_buf *out, struct base_error *err)
{
    const struct vault_seal_place place = {w->kind, w->name, w->expected + 1, w->plain};
    enum base_status status = vault_data_key_open(v, err);
    return status == BASE_OK ? vault_seal(v->data_key, &place, w->secret, NULL, out, err) : status;
}

static enum base_status vault_try_put(struct vault *v, const void *what, struct base_error *err)
{
    const struct vault_write *w = what;
    BASE_CLEANUP(base_buf_free) struct base_buf sealed;
    base_buf_init(&sealed, VAULT_SEALED_MAX);
    enum base_status status = vault_seal_write(v, w, &sealed, err);
    if (status != BASE_OK)
        return status;
    return v->store->ops->put(v->store, w->kind, w->name, w->expected, w->plain,
                              base_buf_span(&sealed), err);
}

enum base_status vault_put(struct vault *v, enum vault_kind kind, const char *name,
                           uint64_t expected, struct base_span plain,
                           const struct crypt_secret *secret, struct base_error *err)
{
    const struct vault_write w = {kind, name, expected, false, plain, secret};
    enum base_status status = vault_check_put(name, expected, plain, secret, err);
    return status == BASE_OK ? vault_write_fenced(v, vault_try_put, &w, err) : status;
}

enum base_status vault_remove(struct vault *v, enum vault_kind kind, const char *name,
                              struct base_error *err)
{
    enum base_status status = vault_check_name(name, err);
    return status == BASE_OK ? v->store->ops->remove(v->store, kind, name, 0, err) : status;
}

struct vault_writes {
    const struct vault_write *list;
    size_t count;
    struct vault_change *changes; /* what becomes of them, and where their sealed bytes are */
    struct base_buf *sealed;
};

static enum base_status vault_try_apply(struct vault *v, const void *what, struct base_error *err)
{
    const struct vault_writes *all = what;
    for (size_t i = 0; i < all->count; i++) {
        const struct vault_write *w = &all->list[i];
        base_buf_reset(&all->sealed[i]);
        enum base_status status =
            w->remove ? BASE_OK : vault_seal_write(v, w, &all->sealed[i], err);
        if (status != BASE_OK)
            return status;
        all->changes[i] = (struct vault_change){.kind = w->kind,
                                                .name = w->name,
                                                .expected = w->expected,
                                                .remove = w->remove,
                                                .plain = w->plain,
                                                .sealed = base_buf_span(&all->sealed[i])};
    }
    return v->store->ops->apply(v->store, all->changes, all->count, err);
}

enum base_status vault_apply(struct vault *v, const struct vault_write *writes, size_t count,
                             struct base_error *err)
{
    enum base_status status = BASE_OK;
    for (size_t i = 0; i < count && status == BASE_OK; i++)
        status = writes[i].remove ? vault_check_name(writes[i].name, err)
                                  : vault_check_put(writes[i].name, writes[i].expected,
                                                    writes[i].plain, writes[i].secret, err);
    if (status != BASE_OK)
        return status;
    const struct vault_writes all = {writes, count, base_mem_array(count, sizeof(*all.changes)),
                                     base_mem_array(count, sizeof(*all.sealed))};
    if (all.changes == NULL || all.sealed == NULL)
        status = base_fail_memory(err);
    for (size_t i = 0; i < count && status == BASE_OK; i++)
        base_buf_init(&all.sealed[i], VAULT_SEALED_MAX);
    if (status == BASE_OK)
        status = vault_write_fenced(v, vault_try_apply, &all, err);
    for (size_t i = 0; i < count && all.sealed != NULL; i++)
        base_buf_free(&all.sealed[i]);
    base_mem_free(all.sealed);
    base_mem_free(all.changes);
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
