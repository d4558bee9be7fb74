/* The module "vault-sqlite": the store port on one SQLite file. */
#include "vault_sqlite.h"

#include "base_module.h"
#include "vault_lock.h"

BASE_MODULE_EXPORT;

struct vault_lease {
    struct vault_lease *next;
    struct vault_lock lock;
};

static struct vault_sqlite *sqlite_of(struct vault_store *s)
{
    return (struct vault_sqlite *)s;
}

static enum base_status sqlite_header_get(struct vault_store *store, struct base_buf *out,
                                          struct base_error *err)
{
    struct vault_sqlite *s = sqlite_of(store);
    uint64_t generation = s->header_generation;
    if (s->header_fresh) {
        s->header_fresh = false; /* whoever asks again wants to know what is there by then */
        base_buf_add_span(out, base_buf_span(&s->header));
        if (base_buf_status(out) != BASE_OK)
            return base_fail_memory(err);
    } else {
        enum base_status status = vault_sqlite_check_layout(s, err);
        if (status == BASE_OK)
            status = vault_sqlite_header_read(s, out, &generation, err);
        if (status != BASE_OK)
            return status;
    }
    s->under = (int64_t)generation;
    return BASE_OK;
}

static enum base_status sqlite_header_put(struct vault_store *s, struct base_span expected,
                                          struct base_span header, struct base_error *err)
{
    sqlite_of(s)->header_fresh = false;
    return vault_sqlite_header_write(sqlite_of(s), expected, header, err);
}

static enum base_status sqlite_get(struct vault_store *s, enum vault_kind kind, const char *name,
                                   struct vault_row *ret, struct base_error *err)
{
    return vault_sqlite_row_read(sqlite_of(s), kind, name, ret, err);
}

static enum base_status sqlite_put(struct vault_store *s, enum vault_kind kind, const char *name,
                                   uint64_t expected, struct base_span plain,
                                   struct base_span sealed, struct base_error *err)
{
    return vault_sqlite_row_write(sqlite_of(s), kind, name, expected, plain, sealed, err);
}

static enum base_status sqlite_next(struct vault_store *s, enum vault_kind kind, const char *name,
                                    enum vault_kind *ret_kind, char **ret_name,
                                    struct vault_row *ret, struct base_error *err)
{
    return vault_sqlite_row_next(sqlite_of(s), kind, name, ret_kind, ret_name, ret, err);
}

static enum base_status sqlite_reseal(struct vault_store *s, const struct vault_reseal *rows,
                                      size_t count, struct base_error *err)
{
    return vault_sqlite_row_reseal(sqlite_of(s), rows, count, err);
}

static enum base_status sqlite_remove(struct vault_store *s, enum vault_kind kind, const char *name,
                                      uint64_t expected, struct base_error *err)
{
    return vault_sqlite_row_delete(sqlite_of(s), kind, name, expected, err);
}

static enum base_status sqlite_apply(struct vault_store *s, const struct vault_change *changes,
                                     size_t count, struct base_error *err)
{
    return vault_sqlite_row_apply(sqlite_of(s), changes, count, err);
}

static enum base_status sqlite_list(struct vault_store *s, enum vault_kind kind, vault_list_fn *fn,
                                    void *arg, struct base_error *err)
{
    return vault_sqlite_row_list(sqlite_of(s), kind, fn, arg, err);
}

static enum base_status sqlite_lease_try(struct vault_store *store, const char *name,
                                         struct vault_lease **ret, struct base_error *err)
{
    struct vault_sqlite *s = sqlite_of(store);
    struct vault_lease *lease = base_mem_new(sizeof(*lease));
    if (lease == NULL)
        return base_fail_memory(err);
    enum base_status status = vault_lock_try(&s->dir, name, &lease->lock, err);
    if (status != BASE_OK) {
        base_mem_free(lease);
        return status;
    }
    lease->next = s->leases;
    s->leases = lease;
    *ret = lease;
    return BASE_OK;
}

static void sqlite_lease_release(struct vault_store *store, struct vault_lease *lease)
{
    struct vault_lease **link = &sqlite_of(store)->leases;
    while (*link != lease)
        link = &(*link)->next;
    *link = lease->next;
    vault_lock_release(&lease->lock);
    base_mem_free(lease);
}

static enum base_status sqlite_share(struct vault_store *s, const char *name, size_t size,
                                     struct vault_shared **ret, struct base_error *err)
{
    return vault_shared_open(&sqlite_of(s)->dir, name, size, ret, err);
}

static enum base_status sqlite_check(struct vault_store *s, struct base_error *err)
{
    return vault_sqlite_check(sqlite_of(s), err);
}

static enum base_status sqlite_lease_note(struct vault_store *store, struct vault_lease *lease,
                                          struct base_span note, struct base_error *err)
{
    (void)store;
    return vault_lock_note(&lease->lock, note, err);
}

static enum base_status sqlite_lease_sync(struct vault_store *store, struct vault_lease *lease,
                                          struct base_error *err)
{
    (void)store;
    return vault_lock_sync(&lease->lock, err);
}

static bool sqlite_lease_ready(struct vault_store *store, struct vault_lease *lease)
{
    (void)store;
    return vault_lock_ready(&lease->lock);
}

static enum base_status sqlite_lease_noted(struct vault_store *store, struct vault_lease *lease,
                                           struct base_buf *out, struct base_error *err)
{
    (void)store;
    return vault_lock_noted(&lease->lock, out, err);
}

static void sqlite_close(struct vault_store *store)
{
    struct vault_sqlite *s = sqlite_of(store);
    while (s->leases != NULL)
        sqlite_lease_release(store, s->leases);
    vault_sqlite_detach(s);
    base_mem_free(s);
}

static enum base_status sqlite_open(const char *directory, bool create, struct vault_store **ret,
                                    struct base_error *err)
{
    static const struct vault_store_ops ops = {
        .header_get = sqlite_header_get,
        .header_put = sqlite_header_put,
        .get = sqlite_get,
        .put = sqlite_put,
        .next = sqlite_next,
        .reseal = sqlite_reseal,
        .remove = sqlite_remove,
        .apply = sqlite_apply,
        .list = sqlite_list,
        .lease_try = sqlite_lease_try,
        .lease_release = sqlite_lease_release,
        .lease_note = sqlite_lease_note,
        .lease_sync = sqlite_lease_sync,
        .lease_ready = sqlite_lease_ready,
        .lease_noted = sqlite_lease_noted,
        .check = sqlite_check,
        .share = sqlite_share,
        .close = sqlite_close,
    };
    struct vault_sqlite *s = base_mem_new(sizeof(*s));
    if (s == NULL)
        return base_fail_memory(err);
    s->base.ops = &ops;
    base_buf_init(&s->header, VAULT_HEADER_MAX);
    enum base_status status = vault_sqlite_attach(s, directory, create, err);
    if (status != BASE_OK) {
        sqlite_close(&s->base);
        return status;
    }
    *ret = &s->base;
    return BASE_OK;
}

static const struct vault_store_module sqlite_module = {
    .open = sqlite_open,
};

const struct base_module hubauth_module = {
    .abi = BASE_MODULE_ABI,
    .name = "vault-sqlite",
    .entry = &sqlite_module,
    .library = vault_sqlite_library,
};
