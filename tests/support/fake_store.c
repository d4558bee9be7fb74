#include "fake_store.h"

#include "vault_dir.h"
#include "vault_store.h"

struct handle {
    struct vault_store base;
    struct fake_store *shared;
};

static struct vault_store *rows_of(struct vault_store *s)
{
    return ((struct handle *)s)->shared->rows;
}

static enum base_status handle_header_get(struct vault_store *s, struct base_buf *out,
                                          struct base_error *err)
{
    return rows_of(s)->ops->header_get(rows_of(s), out, err);
}

static enum base_status handle_header_put(struct vault_store *s, struct base_span expected,
                                          struct base_span header, struct base_error *err)
{
    return rows_of(s)->ops->header_put(rows_of(s), expected, header, err);
}

static enum base_status handle_get(struct vault_store *s, enum vault_kind kind, const char *name,
                                   struct vault_row *ret, struct base_error *err)
{
    return rows_of(s)->ops->get(rows_of(s), kind, name, ret, err);
}

/* What the test wants to happen at a write. */
static enum base_status handle_before(struct vault_store *s, struct base_error *err)
{
    struct fake_store *shared = ((struct handle *)s)->shared;
    void (*before)(void *arg) = shared->before_put;

    shared->before_put = NULL;
    if (before)
        before(shared->arg);
    shared->puts++;
    if (shared->skip_puts > 0) {
        shared->skip_puts--;
    } else if (shared->fail_puts > 0) {
        shared->fail_puts--;
        return base_fail(err, BASE_STORAGE, "writing to the vault", "the disk is full");
    }
    return BASE_OK;
}

static enum base_status handle_put(struct vault_store *s, enum vault_kind kind, const char *name,
                                   uint64_t expected, struct base_span plain,
                                   struct base_span sealed, struct base_error *err)
{
    enum base_status status = handle_before(s, err);

    return status ? status
                  : rows_of(s)->ops->put(rows_of(s), kind, name, expected, plain, sealed, err);
}

static enum base_status handle_apply(struct vault_store *s, const struct vault_change *changes,
                                     size_t count, struct base_error *err)
{
    enum base_status status = handle_before(s, err);

    return status ? status : rows_of(s)->ops->apply(rows_of(s), changes, count, err);
}

static enum base_status handle_next(struct vault_store *s, enum vault_kind kind, const char *name,
                                    enum vault_kind *ret_kind, char **ret_name,
                                    struct vault_row *ret, struct base_error *err)
{
    return rows_of(s)->ops->next(rows_of(s), kind, name, ret_kind, ret_name, ret, err);
}

static enum base_status handle_reseal(struct vault_store *s, const struct vault_reseal *rows,
                                      size_t count, struct base_error *err)
{
    return rows_of(s)->ops->reseal(rows_of(s), rows, count, err);
}

static enum base_status handle_remove(struct vault_store *s, enum vault_kind kind, const char *name,
                                      uint64_t expected, struct base_error *err)
{
    return rows_of(s)->ops->remove(rows_of(s), kind, name, expected, err);
}

static enum base_status handle_list(struct vault_store *s, enum vault_kind kind, vault_list_fn *fn,
                                    void *arg, struct base_error *err)
{
    return rows_of(s)->ops->list(rows_of(s), kind, fn, arg, err);
}

static enum base_status handle_lease_try(struct vault_store *s, const char *name,
                                         struct vault_lease **ret, struct base_error *err)
{
    return rows_of(s)->ops->lease_try(rows_of(s), name, ret, err);
}

static void handle_lease_release(struct vault_store *s, struct vault_lease *lease)
{
    rows_of(s)->ops->lease_release(rows_of(s), lease);
}

static enum base_status handle_check(struct vault_store *s, struct base_error *err)
{
    return rows_of(s)->ops->check(rows_of(s), err);
}

static enum base_status handle_lease_note(struct vault_store *s, struct vault_lease *lease,
                                          struct base_span note, struct base_error *err)
{
    struct fake_store *shared = ((struct handle *)s)->shared;

    if (shared->fail_notes)
        return base_fail(err, BASE_STORAGE, "writing a note", "the disk is full");
    return rows_of(s)->ops->lease_note(rows_of(s), lease, note, err);
}

static enum base_status handle_lease_sync(struct vault_store *s, struct vault_lease *lease,
                                          struct base_error *err)
{
    return rows_of(s)->ops->lease_sync(rows_of(s), lease, err);
}

static bool handle_lease_ready(struct vault_store *s, struct vault_lease *lease)
{
    return rows_of(s)->ops->lease_ready(rows_of(s), lease);
}

static enum base_status handle_lease_noted(struct vault_store *s, struct vault_lease *lease,
                                           struct base_buf *out, struct base_error *err)
{
    return rows_of(s)->ops->lease_noted(rows_of(s), lease, out, err);
}

static enum base_status handle_share(struct vault_store *s, const char *name, size_t size,
                                     struct vault_shared **ret, struct base_error *err)
{
    const char *folder = ((struct handle *)s)->shared->folder;
    struct vault_dir dir;
    enum base_status status = folder ? vault_dir_open(folder, false, &dir, err) : BASE_OK;

    if (status || !folder)
        return status;
    status = vault_shared_open(&dir, name, size, ret, err);
    vault_dir_close(&dir);
    return status;
}

static void handle_close(struct vault_store *s)
{
    free(s);
}

struct fake_store *fake_store_new(void)
{
    struct fake_store *s = calloc(1, sizeof(*s));

    if (!s || vault_memory_open(&s->rows, NULL))
        abort();
    return s;
}

struct vault_store *fake_store_handle(struct fake_store *s)
{
    static const struct vault_store_ops ops = {
        .header_get = handle_header_get,
        .header_put = handle_header_put,
        .get = handle_get,
        .put = handle_put,
        .next = handle_next,
        .reseal = handle_reseal,
        .remove = handle_remove,
        .apply = handle_apply,
        .list = handle_list,
        .lease_try = handle_lease_try,
        .lease_release = handle_lease_release,
        .lease_note = handle_lease_note,
        .lease_sync = handle_lease_sync,
        .lease_ready = handle_lease_ready,
        .lease_noted = handle_lease_noted,
        .check = handle_check,
        .share = handle_share,
        .close = handle_close,
    };
    struct handle *h = calloc(1, sizeof(*h));

    if (!h)
        abort();
    h->base.ops = &ops;
    h->shared = s;
    return &h->base;
}

void fake_store_free(struct fake_store *s)
{
    if (s)
        s->rows->ops->close(s->rows);
    free(s);
}
