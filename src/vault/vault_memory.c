#include "vault_store.h"

/* Rows in a list that is sorted by name, one for each kind: a test has tens of them. */
struct memory_row {
    struct memory_row *next;
    enum vault_kind kind;
    char *name;
    struct vault_row row;
};

struct memory_note {
    struct memory_note *next;
    char *name;
    struct base_buf bytes;
};

struct vault_lease {
    struct vault_lease *next;
    char *name;
};

struct vault_memory {
    struct vault_store base;
    struct base_buf header; /* empty: none. One handle: nobody else puts another */
    struct memory_row *rows;
    struct vault_lease *leases;
    struct memory_note *notes; /* one for each name that ever had one */
};

static const char memory_doing[] = "using the store in memory";

static struct vault_memory *memory_of(struct vault_store *s)
{
    return (struct vault_memory *)s;
}

static void memory_row_free(struct memory_row *r)
{
    if (r == NULL)
        return;
    vault_row_free(&r->row);
    base_mem_free(r->name);
    base_mem_free(r);
}

/* The link that points to the row, or to where it belongs. */
static struct memory_row **memory_find(struct vault_memory *m, enum vault_kind kind,
                                       const char *name, bool *ret_found)
{
    struct memory_row **link = &m->rows;
    int order = 1;
    for (; *link != NULL; link = &(*link)->next) {
        order =
            (*link)->kind != kind ? ((*link)->kind < kind ? -1 : 1) : strcmp((*link)->name, name);
        if (order >= 0)
            break;
    }
    *ret_found = *link != NULL && order == 0;
    return link;
}

static enum base_status memory_absent(const char *name, struct base_error *err)
{
    return base_fail(err, BASE_NOT_FOUND, memory_doing, "there is no %s", name);
}

static enum base_status memory_conflict(const char *name, struct base_error *err)
{
    return base_fail(err, BASE_CONFLICT, memory_doing, "%s was changed by somebody else", name);
}

/* ------------------------------------------------------------------ header */

static enum base_status memory_header_get(struct vault_store *s, struct base_buf *out,
                                          struct base_error *err)
{
    struct vault_memory *m = memory_of(s);
    if (m->header.n == 0)
        return memory_absent("header", err);
    base_buf_add_span(out, base_buf_span(&m->header));
    return base_buf_status(out) == BASE_OK ? BASE_OK : base_fail_memory(err);
}

static enum base_status memory_header_put(struct vault_store *s, struct base_span expected,
                                          struct base_span header, struct base_error *err)
{
    struct vault_memory *m = memory_of(s);
    if (!base_span_eq(base_buf_span(&m->header), expected))
        return memory_conflict("the header", err);
    struct base_buf copy;
    base_buf_init(&copy, VAULT_HEADER_MAX);
    base_buf_add_span(&copy, header);
    if (base_buf_status(&copy) != BASE_OK) {
        base_buf_free(&copy);
        return base_fail_memory(err);
    }
    base_buf_free(&m->header);
    m->header = copy;
    return BASE_OK;
}

/* ------------------------------------------------------------------ rows */

static enum base_status memory_row_fill(struct vault_row *row, uint64_t generation,
                                        struct base_span plain, struct base_span sealed,
                                        struct base_error *err)
{
    vault_row_init(row);
    row->generation = generation;
    base_buf_add_span(&row->plain, plain);
    base_buf_add_span(&row->sealed, sealed);
    if (base_buf_status(&row->plain) == BASE_OK && base_buf_status(&row->sealed) == BASE_OK)
        return BASE_OK;
    vault_row_free(row);
    return base_fail_memory(err);
}

static enum base_status memory_get(struct vault_store *s, enum vault_kind kind, const char *name,
                                   struct vault_row *ret, struct base_error *err)
{
    bool found;
    const struct memory_row *r = *memory_find(memory_of(s), kind, name, &found);
    if (!found)
        return memory_absent(name, err);
    struct vault_row row;
    enum base_status status = memory_row_fill(&row, r->row.generation, base_buf_span(&r->row.plain),
                                              base_buf_span(&r->row.sealed), err);
    if (status == BASE_OK)
        *ret = row;
    return status;
}

static enum base_status memory_insert(struct memory_row **link, enum vault_kind kind,
                                      const char *name, struct vault_row *row,
                                      struct base_error *err)
{
    struct memory_row *r = base_mem_new(sizeof(*r));
    if (r == NULL || (r->name = base_mem_strdup(name)) == NULL) {
        base_mem_free(r);
        return base_fail_memory(err);
    }
    r->kind = kind;
    r->row = *row;
    r->next = *link;
    *link = r;
    return BASE_OK;
}

static enum base_status memory_put(struct vault_store *s, enum vault_kind kind, const char *name,
                                   uint64_t expected, struct base_span plain,
                                   struct base_span sealed, struct base_error *err)
{
    bool found;
    struct memory_row **link = memory_find(memory_of(s), kind, name, &found);
    if ((found ? (*link)->row.generation : 0) != expected)
        return memory_conflict(name, err);
    struct vault_row row;
    enum base_status status = memory_row_fill(&row, expected + 1, plain, sealed, err);
    if (status != BASE_OK)
        return status;
    if (!found) {
        status = memory_insert(link, kind, name, &row, err);
        if (status != BASE_OK)
            vault_row_free(&row);
        return status;
    }
    vault_row_free(&(*link)->row);
    (*link)->row = row;
    return BASE_OK;
}

/* Kinds and names ascend in the list. */
static enum base_status memory_next(struct vault_store *s, enum vault_kind kind, const char *name,
                                    enum vault_kind *ret_kind, char **ret_name,
                                    struct vault_row *ret, struct base_error *err)
{
    bool found;
    const struct memory_row *r = *memory_find(memory_of(s), kind, name, &found);
    if (found)
        r = r->next;
    if (r == NULL)
        return memory_absent("other row", err);
    char *copy = base_mem_strdup(r->name);
    if (copy == NULL)
        return base_fail_memory(err);
    enum base_status status = memory_row_fill(ret, r->row.generation, base_buf_span(&r->row.plain),
                                              base_buf_span(&r->row.sealed), err);
    if (status != BASE_OK) {
        base_mem_free(copy);
        return status;
    }
    *ret_kind = r->kind;
    *ret_name = copy;
    return BASE_OK;
}

static enum base_status memory_reseal(struct vault_store *s, const struct vault_reseal *rows,
                                      size_t count, struct base_error *err)
{
    for (size_t i = 0; i < count; i++) {
        bool found;
        struct memory_row *r = *memory_find(memory_of(s), rows[i].kind, rows[i].name, &found);
        if (!found || r->row.generation != rows[i].generation)
            continue;
        struct base_buf copy;
        base_buf_init(&copy, VAULT_SEALED_MAX);
        base_buf_add_span(&copy, base_buf_span(&rows[i].sealed));
        if (base_buf_status(&copy) != BASE_OK) {
            base_buf_free(&copy);
            return base_fail_memory(err);
        }
        base_buf_free(&r->row.sealed);
        r->row.sealed = copy;
    }
    return BASE_OK;
}

static enum base_status memory_remove(struct vault_store *s, enum vault_kind kind, const char *name,
                                      uint64_t expected, struct base_error *err)
{
    bool found;
    struct memory_row **link = memory_find(memory_of(s), kind, name, &found);
    if (!found)
        return memory_absent(name, err);
    struct memory_row *r = *link;
    if (expected != 0 && r->row.generation != expected)
        return memory_conflict(name, err);
    *link = r->next;
    memory_row_free(r);
    return BASE_OK;
}

/* ------------------------------------------------------------------ many at once */

static enum base_status memory_may(struct vault_memory *m, const struct vault_change *c,
                                   struct base_error *err)
{
    bool found;
    struct memory_row **link = memory_find(m, c->kind, c->name, &found);
    uint64_t there = found ? (*link)->row.generation : 0;
    if (c->remove && !found)
        return memory_absent(c->name, err);
    if (c->remove ? c->expected != 0 && c->expected != there : c->expected != there)
        return memory_conflict(c->name, err);
    return BASE_OK;
}

/* A row that is complete and stands in no list yet. */
static enum base_status memory_prepare(const struct vault_change *c, struct memory_row **ret,
                                       struct base_error *err)
{
    struct vault_row row;
    enum base_status status = memory_row_fill(&row, c->expected + 1, c->plain, c->sealed, err);
    *ret = NULL;
    if (status != BASE_OK)
        return status;
    status = memory_insert(ret, c->kind, c->name, &row, err);
    if (status != BASE_OK)
        vault_row_free(&row);
    return status;
}

/* Nothing here can fail. */
static void memory_do(struct vault_memory *m, const struct vault_change *c, struct memory_row *row)
{
    bool found;
    struct memory_row **link = memory_find(m, c->kind, c->name, &found);
    struct memory_row *old = found ? *link : NULL;
    if (old != NULL)
        *link = old->next;
    memory_row_free(old);
    if (row != NULL) {
        row->next = *link;
        *link = row;
    }
}

static enum base_status memory_apply(struct vault_store *s, const struct vault_change *changes,
                                     size_t count, struct base_error *err)
{
    struct vault_memory *m = memory_of(s);
    struct memory_row **rows = base_mem_array(count > 0 ? count : 1, sizeof(*rows));
    enum base_status status = rows != NULL ? BASE_OK : base_fail_memory(err);
    for (size_t i = 0; i < count && status == BASE_OK; i++)
        status = memory_may(m, &changes[i], err);
    for (size_t i = 0; i < count && status == BASE_OK; i++) {
        if (!changes[i].remove)
            status = memory_prepare(&changes[i], &rows[i], err);
    }
    for (size_t i = 0; i < count && rows != NULL; i++) {
        if (status == BASE_OK)
            memory_do(m, &changes[i], rows[i]);
        else
            memory_row_free(rows[i]);
    }
    base_mem_free(rows);
    return status;
}

static enum base_status memory_list(struct vault_store *s, enum vault_kind kind, vault_list_fn *fn,
                                    void *arg, struct base_error *err)
{
    (void)err; /* cannot fail */
    for (const struct memory_row *r = memory_of(s)->rows; r != NULL; r = r->next) {
        if (r->kind == kind && !fn(arg, r->name, r->row.generation, base_buf_span(&r->row.plain)))
            break;
    }
    return BASE_OK;
}

/* ------------------------------------------------------------------ leases */

static enum base_status memory_lease_try(struct vault_store *s, const char *name,
                                         struct vault_lease **ret, struct base_error *err)
{
    struct vault_memory *m = memory_of(s);
    for (const struct vault_lease *l = m->leases; l != NULL; l = l->next) {
        if (strcmp(l->name, name) == 0)
            return base_fail(err, BASE_BUSY, "taking a lock", "another task holds it");
    }
    struct vault_lease *lease = base_mem_new(sizeof(*lease));
    if (lease == NULL || (lease->name = base_mem_strdup(name)) == NULL) {
        base_mem_free(lease);
        return base_fail_memory(err);
    }
    lease->next = m->leases;
    m->leases = lease;
    *ret = lease;
    return BASE_OK;
}

static void memory_lease_release(struct vault_store *s, struct vault_lease *lease)
{
    struct vault_lease **link = &memory_of(s)->leases;
    while (*link != lease)
        link = &(*link)->next;
    *link = lease->next;
    base_mem_free(lease->name);
    base_mem_free(lease);
}

/* The note of the lease's name, made when there is none; NULL when memory is short. */
static struct memory_note *memory_note_of(struct vault_memory *m, const struct vault_lease *lease)
{
    struct memory_note *note = m->notes;
    while (note != NULL && strcmp(note->name, lease->name) != 0)
        note = note->next;
    if (note != NULL)
        return note;
    note = base_mem_new(sizeof(*note));
    if (note == NULL || (note->name = base_mem_strdup(lease->name)) == NULL) {
        base_mem_free(note);
        return NULL;
    }
    base_buf_init(&note->bytes, VAULT_NOTE_MAX);
    note->next = m->notes;
    m->notes = note;
    return note;
}

static enum base_status memory_lease_note(struct vault_store *s, struct vault_lease *lease,
                                          struct base_span text, struct base_error *err)
{
    struct memory_note *note = memory_note_of(memory_of(s), lease);
    if (note == NULL)
        return base_fail_memory(err);
    base_buf_reset(&note->bytes); /* keeps the room that was made ready */
    base_buf_add_span(&note->bytes, text);
    return base_buf_status(&note->bytes) == BASE_OK ? BASE_OK : base_fail_memory(err);
}

/* Nothing here outlives the process. */
static enum base_status memory_lease_sync(struct vault_store *s, struct vault_lease *lease,
                                          struct base_error *err)
{
    (void)s, (void)lease, (void)err;
    return BASE_OK;
}

static bool memory_lease_ready(struct vault_store *s, struct vault_lease *lease)
{
    struct memory_note *note = memory_note_of(memory_of(s), lease);
    return note != NULL && base_buf_reserve(&note->bytes, VAULT_NOTE_READY) != NULL;
}

static enum base_status memory_lease_noted(struct vault_store *s, struct vault_lease *lease,
                                           struct base_buf *out, struct base_error *err)
{
    for (const struct memory_note *n = memory_of(s)->notes; n != NULL; n = n->next) {
        if (strcmp(n->name, lease->name) == 0)
            base_buf_add_span(out, base_buf_span(&n->bytes));
    }
    return base_buf_status(out) == BASE_OK ? BASE_OK : base_fail_memory(err);
}

static void memory_notes_free(struct vault_memory *m)
{
    while (m->notes != NULL) {
        struct memory_note *n = m->notes;
        m->notes = n->next;
        base_buf_free(&n->bytes);
        base_mem_free(n->name);
        base_mem_free(n);
    }
}

/* ------------------------------------------------------------------ the store */

/* Rows in another order would be found by no look-up. */
static enum base_status memory_check(struct vault_store *s, struct base_error *err)
{
    for (const struct memory_row *r = memory_of(s)->rows; r != NULL; r = r->next) {
        const struct memory_row *n = r->next;
        bool sorted =
            n == NULL || n->kind > r->kind || (n->kind == r->kind && strcmp(n->name, r->name) > 0);
        if (!sorted || r->row.generation == 0)
            return base_fail(err, BASE_STORAGE, memory_doing, "the row %s is damaged", r->name);
    }
    return BASE_OK;
}

static void memory_close(struct vault_store *s)
{
    struct vault_memory *m = memory_of(s);
    while (m->leases != NULL)
        memory_lease_release(s, m->leases);
    while (m->rows != NULL) {
        struct memory_row *r = m->rows;
        m->rows = r->next;
        memory_row_free(r);
    }
    memory_notes_free(m);
    base_buf_free(&m->header);
    base_mem_free(m);
}

enum base_status vault_memory_open(struct vault_store **ret, struct base_error *err)
{
    static const struct vault_store_ops ops = {
        .header_get = memory_header_get,
        .header_put = memory_header_put,
        .get = memory_get,
        .put = memory_put,
        .next = memory_next,
        .reseal = memory_reseal,
        .remove = memory_remove,
        .apply = memory_apply,
        .list = memory_list,
        .lease_try = memory_lease_try,
        .lease_release = memory_lease_release,
        .lease_note = memory_lease_note,
        .lease_sync = memory_lease_sync,
        .lease_ready = memory_lease_ready,
        .lease_noted = memory_lease_noted,
        .check = memory_check,
        .close = memory_close,
    };
    struct vault_memory *m = base_mem_new(sizeof(*m));
    if (m == NULL)
        return base_fail_memory(err);
    m->base.ops = &ops;
    base_buf_init(&m->header, VAULT_HEADER_MAX);
    *ret = &m->base;
    return BASE_OK;
}
