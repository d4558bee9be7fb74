/* New keys for an open vault (D8). While a rotation goes on the header holds two data keys, and
 * everybody reads with either and writes with the new one: the store takes no row from a writer who
 * does not know the header of now (vault_store.h). So one walk over all rows finds every one that
 * is sealed with the old key, and after it the header can do without. Generations stay as they are:
 * for those who read and refresh nothing happens. */
#include "base_time.h"
#include "crypt_random.h"
#include "vault_int.h"
#include "vault_kept.h"

#define ROTATE_LEASE "key" /* names of accounts hold a slash, so it is nobody's */
#define ROTATE_DOING "rotating the vault's data key"

enum {
    ROTATE_ROWS = 128,       /* in one transaction, which others wait for */
    ROTATE_BYTES = 1u << 20, /* likewise */
    ROTATE_LEASE_POLL_MS = 10,
    ROTATE_LEASE_WAIT_MS = 60000, /* a refresh takes half of that at most */
    ROTATE_PAUSE_MS = 20,         /* between two: whoever waits looks every 10 ms */
};

struct rotate {
    struct vault *v;
    vault_rotate_fn *fn;
    void *arg;
    struct vault_rotation *result;
    enum vault_kind kind; /* where the walk stands */
    char *name;
    struct vault_reseal rows[ROTATE_ROWS];
    size_t count, bytes;
};

static enum base_status rotate_take_lease(struct vault *v, struct vault_lease **ret,
                                          struct base_error *err)
{
    enum base_status status = vault_lease_try(v, ROTATE_LEASE, ret, err);
    if (status != BASE_BUSY)
        return status;
    base_fail(err, BASE_BUSY, "changing the vault's keys", "another hubauth is at it");
    base_error_hint(err, "wait for it; hubauth key show tells what there is");
    return BASE_BUSY;
}

/* With the lease, so that the header stays. */
static enum base_status rotate_prepare(struct vault *v, struct base_error *err)
{
    bool changed;
    enum base_status status = vault_data_key_reload(v, &changed, err);
    return status == BASE_OK ? vault_data_key_open_all(v, err) : status;
}

/* ------------------------------------------------------------------ rotation */

static enum base_status rotate_begin(struct vault *v, struct base_error *err)
{
    struct crypt_secret *fresh = crypt_secret_new(CRYPT_KEY_BYTES);
    if (fresh == NULL)
        return base_fail_memory(err);
    crypt_random(crypt_secret_bytes(fresh), CRYPT_KEY_BYTES);
    v->previous_key = v->data_key;
    v->data_key = fresh;
    return vault_data_key_store(v, err);
}

static enum base_status rotate_end(struct vault *v, struct base_error *err)
{
    crypt_secret_free(v->previous_key);
    v->previous_key = NULL;
    return vault_data_key_store(v, err);
}

static void rotate_empty(struct rotate *r)
{
    for (size_t i = 0; i < r->count; i++) {
        base_mem_free(r->rows[i].name);
        base_buf_free(&r->rows[i].sealed);
    }
    r->count = 0;
    r->bytes = 0;
}

/* A store gives no turns: who writes without a pause keeps everybody else out. On a slow disk they
 * have as much of the time as we take. */
static void rotate_pause(int64_t took_ms)
{
    int64_t ms = took_ms > ROTATE_PAUSE_MS ? took_ms : ROTATE_PAUSE_MS;
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

static enum base_status rotate_flush(struct rotate *r, struct base_error *err)
{
    int64_t started = base_time_monotonic();
    enum base_status status = BASE_OK;
    if (r->count > 0)
        status = r->v->store->ops->reseal(r->v->store, r->rows, r->count, err);
    if (status != BASE_OK)
        return status;
    if (r->count > 0)
        rotate_pause(base_time_monotonic() - started);
    r->result->resealed += r->count;
    rotate_empty(r);
    if (r->fn != NULL && !r->fn(r->arg, r->result->resealed)) {
        base_fail(err, BASE_CANCELLED, ROTATE_DOING, "it was interrupted");
        base_error_hint(err, "hubauth key rotate goes on with it; both keys hold until then");
        return BASE_CANCELLED;
    }
    return BASE_OK;
}

/* Adds the row to what is written next, unless it is sealed with the new key. */
static enum base_status rotate_row(struct rotate *r, const struct vault_row *row,
                                   struct base_error *err)
{
    const struct vault_seal_place place = {r->kind, r->name, row->generation,
                                           base_buf_span(&row->plain)};
    struct base_span sealed = base_buf_span(&row->sealed);
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *secret = NULL;
    enum base_status status = vault_unseal(r->v->data_key, &place, sealed, &secret, err);
    if (status != BASE_INVALID)
        return status;
    status = vault_unseal(r->v->previous_key, &place, sealed, &secret, err);
    if (status != BASE_OK)
        return status == BASE_INVALID ? vault_fail_tampered(r->kind, r->name, err) : status;
    struct vault_reseal *next = &r->rows[r->count];
    *next = (struct vault_reseal){.kind = r->kind, .generation = row->generation};
    base_buf_init(&next->sealed, VAULT_SEALED_MAX);
    status = vault_seal(r->v->data_key, &place, secret, NULL, &next->sealed, err);
    if (status == BASE_OK && (next->name = base_mem_strdup(r->name)) == NULL)
        status = base_fail_memory(err);
    if (status != BASE_OK) {
        base_buf_free(&next->sealed);
        return status;
    }
    r->count++;
    r->bytes += next->sealed.n;
    return r->count == ROTATE_ROWS || r->bytes >= ROTATE_BYTES ? rotate_flush(r, err) : BASE_OK;
}

/* NOT_FOUND at the end. */
static enum base_status rotate_step(struct rotate *r, struct base_error *err)
{
    struct vault_row row;
    char *name;
    enum base_status status = r->v->store->ops->next(
        r->v->store, r->kind, r->name != NULL ? r->name : "", &r->kind, &name, &row, err);
    if (status != BASE_OK)
        return status;
    base_mem_free(r->name);
    r->name = name;
    status = rotate_row(r, &row, err);
    vault_row_free(&row);
    return status;
}

static enum base_status rotate_walk(struct rotate *r, struct base_error *err)
{
    struct base_error cause = BASE_ERROR_NONE;
    enum base_status status;
    while ((status = rotate_step(r, &cause)) == BASE_OK) {
    }
    if (status == BASE_NOT_FOUND)
        return rotate_flush(r, err);
    if (err != NULL)
        *err = cause;
    return status;
}

/* ------------------------------------------------------------------ notes beside leases
 *
 * A refresh that was cut short has left its new token in a note, sealed with the key of its time.
 * Who has begun to refresh before the rotation may still write one; whoever begins later writes the
 * record first, and so learns of the new key. Hence each account's lease is taken once. */

static enum base_status rotate_await_lease(struct vault *v, const char *name,
                                           struct vault_lease **ret, struct base_error *err)
{
    const struct timespec pause = {0, ROTATE_LEASE_POLL_MS * 1000000};
    int64_t deadline = base_time_monotonic() + ROTATE_LEASE_WAIT_MS;
    enum base_status status;
    while ((status = vault_lease_try(v, name, ret, err)) == BASE_BUSY &&
           base_time_monotonic() < deadline)
        (void)nanosleep(&pause, NULL);
    if (status != BASE_BUSY)
        return status;
    base_fail(err, BASE_BUSY, ROTATE_DOING, "account %s has been refreshing for a minute", name);
    base_error_hint(err, "hubauth key rotate goes on with it later; both keys hold until then");
    return BASE_BUSY;
}

struct rotate_notes {
    struct vault *v;
    enum base_status status;
    struct base_error err;
};

static bool rotate_note(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct rotate_notes *n = arg;
    struct vault_lease *lease;
    (void)generation;
    (void)plain;
    n->status = rotate_await_lease(n->v, name, &lease, &n->err);
    if (n->status != BASE_OK)
        return false;
    n->status = vault_note_renew(n->v, lease, VAULT_GRANT, name, &n->err);
    vault_lease_release(n->v, lease);
    return n->status == BASE_OK;
}

static enum base_status rotate_all_notes(struct vault *v, struct base_error *err)
{
    struct rotate_notes n = {.v = v, .status = BASE_OK, .err = BASE_ERROR_NONE};
    enum base_status status = vault_list(v, VAULT_GRANT, rotate_note, &n, err);
    if (status == BASE_OK && n.status != BASE_OK && err != NULL)
        *err = n.err;
    return status == BASE_OK ? n.status : status;
}

static enum base_status rotate_run(struct rotate *r, struct base_error *err)
{
    struct vault *v = r->v;
    enum base_status status = rotate_prepare(v, err);
    if (status != BASE_OK)
        return status;
    r->result->resumed = v->previous_key != NULL;
    if (!r->result->resumed)
        status = rotate_begin(v, err);
    if (status == BASE_OK)
        status = rotate_walk(r, err);
    if (status == BASE_OK)
        status = rotate_all_notes(v, err);
    return status == BASE_OK ? rotate_end(v, err) : status;
}

/* What failed half-way may have left keys here that the store's header does not know. */
static enum base_status rotate_settle(struct vault *v, enum base_status status)
{
    bool changed;
    if (status == BASE_OK)
        return BASE_OK;
    crypt_secret_free(v->data_key);
    crypt_secret_free(v->previous_key);
    v->data_key = NULL;
    v->previous_key = NULL;
    (void)vault_data_key_reload(v, &changed, NULL); /* should it fail, the keys do not open */
    return status;
}

enum base_status vault_rotate(struct vault *v, vault_rotate_fn *fn, void *arg,
                              struct vault_rotation *ret, struct base_error *err)
{
    struct vault_lease *lease;
    enum base_status status = rotate_take_lease(v, &lease, err);
    if (status != BASE_OK)
        return status;
    struct rotate *r = base_mem_new(sizeof(*r));
    if (r == NULL) {
        vault_lease_release(v, lease);
        return base_fail_memory(err);
    }
    *ret = (struct vault_rotation){0};
    *r = (struct rotate){.v = v, .fn = fn, .arg = arg, .result = ret};
    status = rotate_settle(v, rotate_run(r, err));
    rotate_empty(r);
    base_mem_free(r->name);
    base_mem_free(r);
    vault_lease_release(v, lease);
    return status;
}

/* ------------------------------------------------------------------ another key source */

struct change {
    char *spec;
    struct base_buf params;
    struct crypt_secret *key;
};

static void change_free(struct change *c)
{
    base_mem_free(c->spec);
    base_buf_free(&c->params);
    crypt_secret_free(c->key);
}

/* Trades what the vault has for what is in `c`; twice is none. */
static void change_swap(struct vault *v, struct change *c)
{
    const struct change had = {v->header.key_spec, v->header.params, v->key};
    v->header.key_spec = c->spec;
    v->header.params = c->params;
    v->key = c->key;
    *c = had;
}

static enum base_status change_run(struct vault *v, const char *key_spec, struct change *c,
                                   struct base_error *err)
{
    enum base_status status = rotate_prepare(v, err);
    if (status == BASE_OK)
        status = vault_key_normalise(key_spec, &c->spec, err);
    if (status == BASE_OK)
        status = vault_key_make(c->spec, &v->asker, &c->params, &c->key, err);
    if (status != BASE_OK)
        return status;
    change_swap(v, c);
    status = vault_data_key_store(v, err);
    if (status != BASE_OK)
        change_swap(v, c);
    else if (vault_key_is_keepable(c->spec)) /* it opens nothing any more */
        (void)vault_kept_drop(c->spec, base_buf_span(&c->params), NULL);
    return status;
}

enum base_status vault_change_key(struct vault *v, const char *key_spec, struct base_error *err)
{
    BASE_CLEANUP(change_free) struct change c = {0};
    struct vault_lease *lease;
    enum base_status status = rotate_take_lease(v, &lease, err);
    if (status != BASE_OK)
        return status;
    base_buf_init(&c.params, VAULT_HEADER_MAX);
    status = rotate_settle(v, change_run(v, key_spec, &c, err));
    vault_lease_release(v, lease);
    return status;
}
