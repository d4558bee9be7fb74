/* Header, rows, listings and leases through one handle. */
#include "vault_contract.h"

/* ------------------------------------------------------------------ header */

static void header_begins_absent(struct contract *c)
{
    struct base_buf out;
    base_buf_init(&out, VAULT_HEADER_MAX);
    assert_status(c->store->ops->header_get(c->store, &out, &c->err), BASE_NOT_FOUND, &c->err);
    assert_int_equal(out.n, 0);
    base_buf_free(&out);
}

static void header_expect(struct contract *c, const char *text)
{
    struct base_buf out;
    base_buf_init(&out, VAULT_HEADER_MAX);
    assert_ok(c->store->ops->header_get(c->store, &out, &c->err), &c->err);
    assert_span(base_buf_span(&out), text);
    base_buf_free(&out);
}

static void header_replaces_only_what_is_expected(struct contract *c)
{
    const struct vault_store_ops *ops = c->store->ops;
    assert_status(ops->header_put(c->store, BASE_SPAN("not there"), BASE_SPAN("x"), &c->err),
                  BASE_CONFLICT, &c->err);
    assert_ok(ops->header_put(c->store, BASE_SPAN_NONE, BASE_SPAN("one"), &c->err), &c->err);
    header_expect(c, "one");
    assert_status(ops->header_put(c->store, BASE_SPAN_NONE, BASE_SPAN("two"), &c->err),
                  BASE_CONFLICT, &c->err);
    assert_status(ops->header_put(c->store, BASE_SPAN("on"), BASE_SPAN("two"), &c->err),
                  BASE_CONFLICT, &c->err);
    header_expect(c, "one");
    assert_ok(ops->header_put(c->store, BASE_SPAN("one"), BASE_SPAN("two"), &c->err), &c->err);
    header_expect(c, "two");
}

/* ------------------------------------------------------------------ rows */

static void row_is_kept(struct contract *c)
{
    contract_expect_absent(c, c->store, "a");
    assert_ok(contract_put(c, c->store, "a", 0, "{\"x\":1}", "sealed"), &c->err);
    contract_expect(c, c->store, "a", 1, "{\"x\":1}", "sealed");
    contract_expect_absent(c, c->store, "b");
    contract_expect_absent(c, c->store, "A");
}

static void row_keeps_any_bytes(struct contract *c)
{
    char all[256];
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (char)(unsigned char)i;
    const struct vault_store_ops *ops = c->store->ops;
    struct base_span bytes = {all, sizeof(all)};
    struct vault_row row;
    assert_ok(ops->put(c->store, VAULT_APP, "all", 0, bytes, bytes, &c->err), &c->err);
    assert_ok(ops->get(c->store, VAULT_APP, "all", &row, &c->err), &c->err);
    assert_true(base_span_eq(base_buf_span(&row.plain), bytes));
    assert_true(base_span_eq(base_buf_span(&row.sealed), bytes));
    vault_row_free(&row);
    assert_ok(ops->put(c->store, VAULT_APP, "none", 0, BASE_SPAN_NONE, BASE_SPAN_NONE, &c->err),
              &c->err);
    assert_ok(ops->get(c->store, VAULT_APP, "none", &row, &c->err), &c->err);
    assert_int_equal(row.plain.n + row.sealed.n, 0);
    vault_row_free(&row);
}

static void row_generation_counts_up(struct contract *c)
{
    for (uint64_t g = 0; g < 5; g++)
        assert_ok(contract_put(c, c->store, "a", g, "{}", "s"), &c->err);
    contract_expect(c, c->store, "a", 5, "{}", "s");
}

/* T1: a late writer is refused by the generation. */
static void row_conflicts_change_nothing(struct contract *c)
{
    assert_status(contract_put(c, c->store, "a", 1, "new", "new"), BASE_CONFLICT, &c->err);
    contract_expect_absent(c, c->store, "a");
    assert_ok(contract_put(c, c->store, "a", 0, "old", "old"), &c->err);
    assert_status(contract_put(c, c->store, "a", 0, "new", "new"), BASE_CONFLICT, &c->err);
    assert_status(contract_put(c, c->store, "a", 2, "new", "new"), BASE_CONFLICT, &c->err);
    contract_expect(c, c->store, "a", 1, "old", "old");
    assert_ok(contract_put(c, c->store, "a", 1, "new", "new"), &c->err);
    assert_status(contract_put(c, c->store, "a", 1, "late", "late"), BASE_CONFLICT, &c->err);
    contract_expect(c, c->store, "a", 2, "new", "new");
}

static void row_is_removed(struct contract *c)
{
    const struct vault_store_ops *ops = c->store->ops;
    assert_status(ops->remove(c->store, VAULT_GRANT, "a", 0, &c->err), BASE_NOT_FOUND, &c->err);
    assert_status(ops->remove(c->store, VAULT_GRANT, "a", 3, &c->err), BASE_NOT_FOUND, &c->err);
    assert_ok(contract_put(c, c->store, "a", 0, "1", "1"), &c->err);
    assert_status(ops->remove(c->store, VAULT_GRANT, "a", 2, &c->err), BASE_CONFLICT, &c->err);
    contract_expect(c, c->store, "a", 1, "1", "1");
    assert_ok(ops->remove(c->store, VAULT_GRANT, "a", 1, &c->err), &c->err);
    contract_expect_absent(c, c->store, "a");
    assert_ok(contract_put(c, c->store, "a", 0, "2", "2"), &c->err);
    assert_ok(contract_put(c, c->store, "a", 1, "3", "3"), &c->err);
    assert_ok(ops->remove(c->store, VAULT_GRANT, "a", 0, &c->err), &c->err);
    contract_expect_absent(c, c->store, "a");
}

static struct vault_change row_change(const char *name, uint64_t expected, const char *value)
{
    return (struct vault_change){.kind = VAULT_GRANT,
                                 .name = name,
                                 .expected = expected,
                                 .remove = value == NULL,
                                 .plain = base_span_of(value != NULL ? value : ""),
                                 .sealed = base_span_of(value != NULL ? value : "")};
}

/* C11, T18: what belongs together is changed together. */
static void row_changes_are_made_together(struct contract *c)
{
    const struct vault_store_ops *ops = c->store->ops;
    assert_ok(contract_put(c, c->store, "b", 0, "1", "1"), &c->err);
    assert_ok(contract_put(c, c->store, "d", 0, "1", "1"), &c->err);
    const struct vault_change changes[] = {row_change("c", 0, "new"), row_change("b", 1, "2"),
                                           row_change("d", 0, NULL), row_change("a", 0, "new")};
    assert_ok(ops->apply(c->store, changes, TEST_COUNT(changes), &c->err), &c->err);
    contract_expect(c, c->store, "a", 1, "new", "new");
    contract_expect(c, c->store, "b", 2, "2", "2");
    contract_expect(c, c->store, "c", 1, "new", "new");
    contract_expect_absent(c, c->store, "d");
    assert_ok(ops->apply(c->store, NULL, 0, &c->err), &c->err);
}

static void row_changes_are_made_together_or_not(struct contract *c)
{
    const struct vault_store_ops *ops = c->store->ops;
    static const struct {
        const char *name;
        uint64_t expected;
        const char *value;
        enum base_status status;
    } bad[] = {
        {"b", 0, "x", BASE_CONFLICT},   {"b", 2, "x", BASE_CONFLICT}, {"b", 2, NULL, BASE_CONFLICT},
        {"z", 0, NULL, BASE_NOT_FOUND}, {"z", 1, "x", BASE_CONFLICT},
    };
    assert_ok(contract_put(c, c->store, "b", 0, "1", "1"), &c->err);
    assert_ok(contract_put(c, c->store, "d", 0, "1", "1"), &c->err);
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        const struct vault_change changes[] = {
            row_change("a", 0, "new"), row_change("d", 1, NULL),
            row_change(bad[i].name, bad[i].expected, bad[i].value), row_change("e", 0, "new")};
        assert_status(ops->apply(c->store, changes, TEST_COUNT(changes), &c->err), bad[i].status,
                      &c->err);
        contract_expect_absent(c, c->store, "a");
        contract_expect_absent(c, c->store, "e");
        contract_expect_absent(c, c->store, "z");
        contract_expect(c, c->store, "b", 1, "1", "1");
        contract_expect(c, c->store, "d", 1, "1", "1");
    }
    assert_ok(contract_put(c, c->store, "d", 1, "2", "2"), &c->err); /* nothing is left open */
}

static enum base_status row_step_apply(void *arg)
{
    struct contract *c = arg;
    const struct vault_change changes[] = {row_change("m1", 0, "new"), row_change("m2", 0, "new")};
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = c->store->ops->apply(c->store, changes, TEST_COUNT(changes), &err);
    if (status != BASE_OK) {
        contract_expect_absent(c, c->store, "m1");
        contract_expect_absent(c, c->store, "m2");
    }
    return status;
}

static void row_changes_survive_short_memory(struct contract *c)
{
    (void)test_each_allocation_fails(row_step_apply, c);
    contract_expect(c, c->store, "m1", 1, "new", "new");
}

static void row_kinds_are_apart(struct contract *c)
{
    const struct vault_store_ops *ops = c->store->ops;
    assert_ok(ops->put(c->store, VAULT_APP, "a", 0, BASE_SPAN("app"), BASE_SPAN("app"), &c->err),
              &c->err);
    contract_expect_absent(c, c->store, "a");
    assert_ok(contract_put(c, c->store, "a", 0, "grant", "grant"), &c->err);
    assert_ok(ops->remove(c->store, VAULT_APP, "a", 0, &c->err), &c->err);
    contract_expect(c, c->store, "a", 1, "grant", "grant");
}

static const char *const row_odd_names[] = {
    " ",
    ".",
    "..",
    "/",
    "../../etc/passwd",
    "-rf",
    "a'b\"c`d\\e",
    "'); DROP TABLE vault_row; --",
    "%",
    "a%",
    "_",
    "?1",
    "tab\tline\nreturn\r",
    "\x01\x7f",
    "Grüße/日本語/🔑",
    "e\xcc\x81",
    "main/1234567",
    "main/1234567 ",
    "MAIN/1234567",
};

static void row_names_are_bytes(struct contract *c)
{
    for (size_t i = 0; i < TEST_COUNT(row_odd_names); i++)
        assert_ok(contract_put(c, c->store, row_odd_names[i], 0, row_odd_names[i], "s"), &c->err);
    for (size_t i = 0; i < TEST_COUNT(row_odd_names); i++)
        contract_expect(c, c->store, row_odd_names[i], 1, row_odd_names[i], "s");
    char longest[VAULT_NAME_MAX + 1];
    memset(longest, 'n', VAULT_NAME_MAX);
    longest[VAULT_NAME_MAX] = '\0';
    assert_ok(contract_put(c, c->store, longest, 0, "{}", "s"), &c->err);
    contract_expect(c, c->store, longest, 1, "{}", "s");
}

static void row_may_be_as_large_as_the_cap(struct contract *c)
{
    const struct vault_store_ops *ops = c->store->ops;
    char *bytes = malloc(VAULT_SEALED_MAX);
    assert_non_null(bytes);
    for (size_t i = 0; i < VAULT_SEALED_MAX; i++)
        bytes[i] = (char)(unsigned char)(i * 31 + (i >> 8));
    struct base_span plain = {bytes, VAULT_PLAIN_MAX};
    struct base_span sealed = {bytes, VAULT_SEALED_MAX};
    struct vault_row row;
    for (uint64_t g = 0; g < 2; g++) {
        assert_ok(ops->put(c->store, VAULT_GRANT, "large", g, plain, sealed, &c->err), &c->err);
        assert_ok(ops->get(c->store, VAULT_GRANT, "large", &row, &c->err), &c->err);
        assert_true(base_span_eq(base_buf_span(&row.plain), plain));
        assert_true(base_span_eq(base_buf_span(&row.sealed), sealed));
        vault_row_free(&row);
    }
    free(bytes);
}

/* ------------------------------------------------------------------ listings */

struct listing {
    struct contract *c;
    struct base_buf names; /* "a=1 b=1 " */
    size_t seen, stop_after;
};

static bool list_note(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct listing *l = arg;
    base_buf_printf(&l->names, "%s=%d%.*s ", name, (int)generation, BASE_SPAN_ARG(plain));
    return ++l->seen != l->stop_after;
}

static void list_expect(struct contract *c, enum vault_kind kind, size_t stop_after,
                        const char *text)
{
    struct listing l = {.c = c, .stop_after = stop_after};
    base_buf_init(&l.names, 4096);
    assert_ok(c->store->ops->list(c->store, kind, list_note, &l, &c->err), &c->err);
    assert_string_equal(base_buf_str(&l.names), text);
    base_buf_free(&l.names);
}

static void list_is_sorted_by_name(struct contract *c)
{
    list_expect(c, VAULT_GRANT, 0, "");
    static const char *const names[] = {"b", "a", "aa", "B", "10", "9"};
    for (size_t i = 0; i < TEST_COUNT(names); i++)
        assert_ok(contract_put(c, c->store, names[i], 0, "p", "s"), &c->err);
    assert_ok(contract_put(c, c->store, "a", 1, "q", "s"), &c->err);
    assert_ok(c->store->ops->header_put(c->store, BASE_SPAN_NONE, BASE_SPAN("h"), &c->err),
              &c->err);
    list_expect(c, VAULT_GRANT, 0, "10=1p 9=1p B=1p a=2q aa=1p b=1p ");
    list_expect(c, VAULT_GRANT, 2, "10=1p 9=1p ");
    list_expect(c, VAULT_APP, 0, "");
}

static bool list_read_inside(void *arg, const char *name, uint64_t generation,
                             struct base_span plain)
{
    struct listing *l = arg;
    contract_expect(l->c, l->c->store, name, generation, "p", "s");
    assert_span(plain, "p");
    l->seen++;
    return true;
}

static void list_allows_reading_inside(struct contract *c)
{
    assert_ok(contract_put(c, c->store, "a", 0, "p", "s"), &c->err);
    assert_ok(contract_put(c, c->store, "b", 0, "p", "s"), &c->err);
    struct listing l = {.c = c};
    assert_ok(c->store->ops->list(c->store, VAULT_GRANT, list_read_inside, &l, &c->err), &c->err);
    assert_int_equal(l.seen, 2);
}

static bool list_in_order(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct listing *l = arg;
    char want[32];
    snprintf(want, sizeof(want), "account-%04zu", l->seen++);
    assert_string_equal(name, want);
    assert_int_equal(generation, 1);
    assert_span(plain, want);
    return true;
}

static void list_of_a_thousand(struct contract *c)
{
    char name[32];
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "account-%04u", i * 7 % 1000);
        assert_ok(contract_put(c, c->store, name, 0, name, name), &c->err);
    }
    struct listing l = {.c = c};
    assert_ok(c->store->ops->list(c->store, VAULT_GRANT, list_in_order, &l, &c->err), &c->err);
    assert_int_equal(l.seen, 1000);
    contract_expect(c, c->store, "account-0777", 1, "account-0777", "account-0777");
}

/* ------------------------------------------------------------------ leases */

static void lease_is_exclusive(struct contract *c)
{
    const struct vault_store_ops *ops = c->store->ops;
    struct vault_lease *a, *b, *second;
    assert_ok(ops->lease_try(c->store, "a", &a, &c->err), &c->err);
    assert_status(ops->lease_try(c->store, "a", &second, &c->err), BASE_BUSY, &c->err);
    assert_ok(ops->lease_try(c->store, "b", &b, &c->err), &c->err);
    ops->lease_release(c->store, a);
    assert_status(ops->lease_try(c->store, "b", &second, &c->err), BASE_BUSY, &c->err);
    assert_ok(ops->lease_try(c->store, "a", &a, &c->err), &c->err);
    ops->lease_release(c->store, b);
    ops->lease_release(c->store, a);
}

/* With its leases held, the store is closed by the suite: nothing may leak. */
static void lease_names_are_bytes(struct contract *c)
{
    struct vault_lease *lease;
    for (size_t i = 0; i < TEST_COUNT(row_odd_names); i++)
        assert_ok(c->store->ops->lease_try(c->store, row_odd_names[i], &lease, &c->err), &c->err);
    for (size_t i = 0; i < TEST_COUNT(row_odd_names); i++)
        assert_status(c->store->ops->lease_try(c->store, row_odd_names[i], &lease, &c->err),
                      BASE_BUSY, &c->err);
}

/* ------------------------------------------------------------------ short of memory */

static enum base_status memory_step(void *arg)
{
    struct contract *c = arg;
    struct vault_store *s;
    struct vault_row row;
    struct base_buf header;
    struct vault_lease *lease;
    base_buf_init(&header, VAULT_HEADER_MAX);
    enum base_status status = c->backend->open(c->dir.path, false, &s, &c->err);
    if (status != BASE_OK)
        return status;
    if ((status = s->ops->header_get(s, &header, &c->err)) == BASE_NOT_FOUND)
        status = s->ops->header_put(s, BASE_SPAN_NONE, BASE_SPAN("h"), &c->err);
    base_buf_free(&header);
    if (status == BASE_OK && (status = contract_put(c, s, "a", 0, "p", "s")) == BASE_CONFLICT)
        status = BASE_OK; /* an earlier round has made it */
    if (status == BASE_OK && (status = s->ops->get(s, VAULT_GRANT, "a", &row, &c->err)) == BASE_OK)
        vault_row_free(&row);
    struct listing l = {.c = c};
    base_buf_init(&l.names, 4096);
    if (status == BASE_OK)
        status = s->ops->list(s, VAULT_GRANT, list_note, &l, &c->err);
    if (status == BASE_OK)
        status = base_buf_status(&l.names);
    base_buf_free(&l.names);
    if (status == BASE_OK)
        status = s->ops->remove(s, VAULT_GRANT, "a", 0, &c->err);
    if (status == BASE_OK)
        status = s->ops->lease_try(s, "a", &lease, &c->err);
    contract_close(s);
    return status;
}

static void each_allocation_may_fail(struct contract *c)
{
    assert_true(test_each_allocation_fails(memory_step, c) > 0);
}

static void check_finds_sound_store_sound(struct contract *c)
{
    assert_ok(c->store->ops->check(c->store, &c->err), &c->err);
    assert_ok(contract_put(c, c->store, "b", 0, "{}", "sealed"), &c->err);
    assert_ok(contract_put(c, c->store, "a", 0, "{}", "sealed"), &c->err);
    assert_ok(c->store->ops->check(c->store, &c->err), &c->err);
    contract_expect(c, c->store, "a", 1, "{}", "sealed"); /* and changes nothing */
}

/* ------------------------------------------------------------------ walking and new seals */

static void walk_meets_every_kind(struct contract *c)
{
    static const struct {
        enum vault_kind kind;
        const char *name;
    } want[] = {{VAULT_APP, "a"}, {VAULT_APP, "z"}, {VAULT_GRANT, "a"}, {(enum vault_kind)9, "x"}};
    const struct vault_store_ops *ops = c->store->ops;
    assert_ok(ops->header_put(c->store, BASE_SPAN_NONE, BASE_SPAN("header"), &c->err), &c->err);
    for (size_t i = TEST_COUNT(want); i-- > 0;)
        assert_ok(ops->put(c->store, want[i].kind, want[i].name, 0, BASE_SPAN("p"), BASE_SPAN("s"),
                           &c->err),
                  &c->err);
    enum vault_kind kind = (enum vault_kind)0;
    char *name = base_mem_strdup("");
    struct vault_row row;
    for (size_t i = 0; i < TEST_COUNT(want); i++) {
        char *before = name;
        assert_ok(ops->next(c->store, kind, before, &kind, &name, &row, &c->err), &c->err);
        base_mem_free(before);
        assert_int_equal(kind, want[i].kind);
        assert_string_equal(name, want[i].name);
        assert_int_equal(row.generation, 1);
        assert_span(base_buf_span(&row.plain), "p");
        assert_span(base_buf_span(&row.sealed), "s");
        vault_row_free(&row);
    }
    assert_status(ops->next(c->store, kind, name, &kind, &name, &row, &c->err), BASE_NOT_FOUND,
                  &c->err);
    base_mem_free(name);
}

static struct vault_reseal reseal_of(char *name, uint64_t generation, const char *sealed)
{
    struct vault_reseal r = {VAULT_GRANT, name, generation, {0}};
    base_buf_init(&r.sealed, VAULT_SEALED_MAX);
    base_buf_add_str(&r.sealed, sealed);
    return r;
}

static void reseal_changes_only_what_is_meant(struct contract *c)
{
    char a[] = "a", b[] = "b", gone[] = "gone";
    assert_ok(contract_put(c, c->store, a, 0, "pa", "sa"), &c->err);
    assert_ok(contract_put(c, c->store, b, 0, "pb", "sb"), &c->err);
    assert_ok(contract_put(c, c->store, b, 1, "pb", "later"), &c->err);
    struct vault_reseal rows[] = {reseal_of(gone, 1, "x"), reseal_of(b, 1, "late"),
                                  reseal_of(a, 1, "new")};
    assert_ok(c->store->ops->reseal(c->store, rows, TEST_COUNT(rows), &c->err), &c->err);
    contract_expect(c, c->store, a, 1, "pa", "new"); /* the generation stays: nobody conflicts */
    contract_expect(c, c->store, b, 2, "pb", "later");
    contract_expect_absent(c, c->store, gone);
    assert_ok(contract_put(c, c->store, a, 1, "pa", "next"), &c->err);
    for (size_t i = 0; i < TEST_COUNT(rows); i++)
        base_buf_free(&rows[i].sealed);
}

const struct contract_case contract_row_cases[] = {
    {"a new store has no header", header_begins_absent, false},
    {"a header replaces only what is expected", header_replaces_only_what_is_expected, false},
    {"a row is kept", row_is_kept, false},
    {"a check finds a sound store sound", check_finds_sound_store_sound, false},
    {"a row keeps any bytes", row_keeps_any_bytes, false},
    {"generations count up", row_generation_counts_up, false},
    {"conflicts change nothing", row_conflicts_change_nothing, false},
    {"a row is removed", row_is_removed, false},
    {"changes are made together", row_changes_are_made_together, false},
    {"changes are made together or not at all", row_changes_are_made_together_or_not, false},
    {"changes survive short memory", row_changes_survive_short_memory, false},
    {"kinds are apart", row_kinds_are_apart, false},
    {"names are bytes", row_names_are_bytes, false},
    {"a row may be as large as the cap", row_may_be_as_large_as_the_cap, false},
    {"a listing is sorted by name", list_is_sorted_by_name, false},
    {"a listing allows reading inside", list_allows_reading_inside, false},
    {"a listing of a thousand", list_of_a_thousand, false},
    {"a lease is exclusive", lease_is_exclusive, false},
    {"lease names are bytes", lease_names_are_bytes, false},
    {"a walk meets every kind", walk_meets_every_kind, false},
    {"a new seal changes only what is meant", reseal_changes_only_what_is_meant, false},
    {"each allocation may fail", each_allocation_may_fail, false},
    {0},
};
