/* Runs the contract's cases over every backend: memory; SQLite as programs use it, loaded as a
 * module; and the same code linked in, so that sanitizers and failing allocations see it. */
#include "vault_contract.h"

#include "base_module.h"

extern const struct base_module hubauth_module; /* of the backend that is linked in */

static enum base_status contract_memory_open(const char *directory, bool create,
                                             struct vault_store **ret, struct base_error *err)
{
    (void)directory;
    (void)create;
    return vault_memory_open(ret, err);
}

static enum base_status contract_linked_open(const char *directory, bool create,
                                             struct vault_store **ret, struct base_error *err)
{
    const struct vault_store_module *module = hubauth_module.entry;
    return module->open(directory, create, ret, err);
}

static const struct contract_backend contract_backends[] = {
    {"memory", false, contract_memory_open},
    {"sqlite", true, vault_sqlite_open},
    {"sqlite linked in", true, contract_linked_open},
};

/* ------------------------------------------------------------------ short forms */

struct vault_store *contract_open_other(struct contract *c)
{
    struct vault_store *s;
    assert_ok(c->backend->open(c->dir.path, false, &s, &c->err), &c->err);
    return s;
}

void contract_close(struct vault_store *s)
{
    s->ops->close(s);
}

enum base_status contract_put(struct contract *c, struct vault_store *s, const char *name,
                              uint64_t expected, const char *plain, const char *sealed)
{
    return s->ops->put(s, VAULT_GRANT, name, expected, base_span_of(plain), base_span_of(sealed),
                       &c->err);
}

void contract_expect(struct contract *c, struct vault_store *s, const char *name,
                     uint64_t generation, const char *plain, const char *sealed)
{
    struct vault_row row;
    assert_ok(s->ops->get(s, VAULT_GRANT, name, &row, &c->err), &c->err);
    assert_int_equal(row.generation, generation);
    assert_span(base_buf_span(&row.plain), plain);
    assert_span(base_buf_span(&row.sealed), sealed);
    vault_row_free(&row);
}

void contract_expect_absent(struct contract *c, struct vault_store *s, const char *name)
{
    struct vault_row row = {.generation = 77};
    assert_status(s->ops->get(s, VAULT_GRANT, name, &row, &c->err), BASE_NOT_FOUND, &c->err);
    assert_int_equal(row.generation, 77); /* written only on success */
}

/* ------------------------------------------------------------------ running */

struct contract_run {
    const struct contract_backend *backend;
    const struct contract_case *which;
};

static void contract_test(void **state)
{
    const struct contract_run *run = *state;
    struct contract c = {.backend = run->backend};
    test_dir_make(&c.dir);
    assert_ok(c.backend->open(c.dir.path, true, &c.store, &c.err), &c.err);
    run->which->run(&c);
    contract_close(c.store);
    test_dir_remove(&c.dir);
}

static size_t contract_add(const struct contract_backend *backend,
                           const struct contract_case *which, struct contract_run *run,
                           struct CMUnitTest *test)
{
    size_t n = 0;
    for (; which->name != NULL; which++) {
        if (which->shared && !backend->shared)
            continue;
        char *name;
        assert_true(asprintf(&name, "%s: %s", backend->name, which->name) > 0);
        run[n] = (struct contract_run){backend, which};
        test[n] =
            (struct CMUnitTest){.name = name, .test_func = contract_test, .initial_state = &run[n]};
        n++;
    }
    return n;
}

int main(void)
{
    enum { MOST = 200 };
    static struct contract_run runs[MOST];
    static struct CMUnitTest tests[MOST];
    size_t n = 0;
    for (size_t i = 0; i < TEST_COUNT(contract_backends); i++) {
        n += contract_add(&contract_backends[i], contract_row_cases, runs + n, tests + n);
        n += contract_add(&contract_backends[i], contract_share_cases, runs + n, tests + n);
    }
    int failed = _cmocka_run_group_tests("vault_contract", tests, n, NULL, NULL);
    while (n > 0)
        free((char *)(uintptr_t)tests[--n].name);
    return failed;
}
