/* The vault on the store in memory: what is sealed, and what a change of the stored bytes does. */
#include "crypt_seal.h"
#include "test_dir.h"
#include "vault.h"
#include "vault_header.h"

struct fixture {
    struct test_dir dir;
    char spec[300];
    struct vault_store *store; /* the vault's own; used behind its back */
    struct vault *vault;
    struct base_error err;
};

static struct vault_store *store_new(void)
{
    struct vault_store *s;
    struct base_error err;
    assert_ok(vault_memory_open(&s, &err), &err);
    return s;
}

static int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_ok(crypt_start(&f->err), &f->err);
    test_dir_make(&f->dir);
    snprintf(f->spec, sizeof(f->spec), "file:%s/key", f->dir.path);
    f->store = store_new();
    assert_ok(vault_create(f->store, f->spec, NULL, &f->vault, &f->err), &f->err);
    *state = f;
    return 0;
}

static int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    vault_close(f->vault);
    test_dir_remove(&f->dir);
    free(f);
    return 0;
}

static enum base_status put(struct fixture *f, const char *name, uint64_t expected,
                            const char *plain, const char *secret)
{
    struct crypt_secret *s = crypt_secret_from(secret, strlen(secret));
    assert_non_null(s);
    enum base_status status =
        vault_put(f->vault, VAULT_GRANT, name, expected, base_span_of(plain), s, &f->err);
    crypt_secret_free(s);
    return status;
}

static void expect(struct fixture *f, const char *name, uint64_t generation, const char *plain,
                   const char *secret)
{
    struct vault_record r;
    assert_ok(vault_get(f->vault, VAULT_GRANT, name, &r, &f->err), &f->err);
    assert_int_equal(r.generation, generation);
    assert_span(base_buf_span(&r.plain), plain);
    assert_span(crypt_secret_span(r.secret), secret);
    vault_record_free(&r);
}

static void expect_refused(struct fixture *f, enum vault_kind kind, const char *name)
{
    struct vault_record r;
    assert_status(vault_get(f->vault, kind, name, &r, &f->err), BASE_STORAGE, &f->err);
    assert_non_null(
        strstr(f->err.why, "does not open: it was changed by something other than hubauth"));
}

/* ------------------------------------------------------------------ the ordinary */

static void record_is_kept(void **state)
{
    struct fixture *f = *state;
    struct vault_record r;
    assert_status(vault_get(f->vault, VAULT_GRANT, "a", &r, &f->err), BASE_NOT_FOUND, &f->err);
    assert_ok(put(f, "a", 0, "{\"n\":1}", "secret one"), &f->err);
    expect(f, "a", 1, "{\"n\":1}", "secret one");
    assert_ok(put(f, "a", 1, "{\"n\":2}", "secret two"), &f->err);
    assert_status(put(f, "a", 1, "{}", "late"), BASE_CONFLICT, &f->err);
    expect(f, "a", 2, "{\"n\":2}", "secret two");
    assert_ok(vault_remove(f->vault, VAULT_GRANT, "a", &f->err), &f->err);
    assert_status(vault_remove(f->vault, VAULT_GRANT, "a", &f->err), BASE_NOT_FOUND, &f->err);
}

static void secret_may_be_absent_or_large(void **state)
{
    struct fixture *f = *state;
    struct vault_record r;
    assert_ok(vault_put(f->vault, VAULT_APP, "public", 0, BASE_SPAN_NONE, NULL, &f->err), &f->err);
    assert_ok(vault_get(f->vault, VAULT_APP, "public", &r, &f->err), &f->err);
    assert_int_equal(crypt_secret_length(r.secret), 0);
    vault_record_free(&r);
    struct crypt_secret *large = crypt_secret_new(VAULT_SEALED_MAX - CRYPT_SEAL_OVERHEAD);
    assert_non_null(large);
    assert_ok(vault_put(f->vault, VAULT_APP, "large", 0, BASE_SPAN_NONE, large, &f->err), &f->err);
    assert_ok(vault_get(f->vault, VAULT_APP, "large", &r, &f->err), &f->err);
    assert_true(crypt_secret_eq(large, crypt_secret_span(r.secret)));
    vault_record_free(&r);
    crypt_secret_free(large);
}

static void caps_are_kept(void **state)
{
    struct fixture *f = *state;
    static char text[VAULT_PLAIN_MAX + 1];
    char name[VAULT_NAME_MAX + 2];
    memset(text, ' ', sizeof(text));
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    struct crypt_secret *large = crypt_secret_new(VAULT_SEALED_MAX - CRYPT_SEAL_OVERHEAD + 1);
    struct base_span plain = {text, sizeof(text)};
    assert_status(vault_put(f->vault, VAULT_APP, "a", 0, plain, NULL, &f->err), BASE_LIMIT,
                  &f->err);
    assert_status(vault_put(f->vault, VAULT_APP, "a", 0, BASE_SPAN_NONE, large, &f->err),
                  BASE_LIMIT, &f->err);
    assert_status(vault_put(f->vault, VAULT_APP, "a", UINT64_MAX, BASE_SPAN_NONE, NULL, &f->err),
                  BASE_LIMIT, &f->err);
    static const char *const bad[] = {"", "\xff", "a\xc3", "\xed\xa0\x80"};
    for (size_t i = 0; i < TEST_COUNT(bad) + 1; i++) {
        const char *n = i < TEST_COUNT(bad) ? bad[i] : name;
        struct vault_record r;
        struct vault_lease *lease;
        assert_status(vault_put(f->vault, VAULT_APP, n, 0, BASE_SPAN_NONE, NULL, &f->err),
                      BASE_USAGE, &f->err);
        assert_status(vault_get(f->vault, VAULT_APP, n, &r, &f->err), BASE_USAGE, &f->err);
        assert_status(vault_remove(f->vault, VAULT_APP, n, &f->err), BASE_USAGE, &f->err);
        assert_status(vault_lease_try(f->vault, n, &lease, &f->err), BASE_USAGE, &f->err);
    }
    crypt_secret_free(large);
}

static bool list_count(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    (void)name;
    (void)plain;
    *(uint64_t *)arg += generation;
    return true;
}

static void listing_needs_no_key(void **state)
{
    struct fixture *f = *state;
    assert_ok(put(f, "a", 0, "{}", "s"), &f->err);
    assert_int_equal(unlink(f->spec + strlen("file:")), 0);
    uint64_t sum = 0;
    assert_ok(vault_list(f->vault, VAULT_GRANT, list_count, &sum, &f->err), &f->err);
    assert_int_equal(sum, 1);
}

static void lease_passes_through(void **state)
{
    struct fixture *f = *state;
    struct vault_lease *lease, *second;
    assert_ok(vault_lease_try(f->vault, "a", &lease, &f->err), &f->err);
    assert_status(vault_lease_try(f->vault, "a", &second, &f->err), BASE_BUSY, &f->err);
    vault_lease_release(f->vault, lease);
    vault_lease_release(f->vault, NULL);
}

/* The secret's bytes stand nowhere in what the store gets, and equal secrets do not look equal. */
static void stored_bytes_show_nothing(void **state)
{
    struct fixture *f = *state;
    struct vault_row a, b;
    assert_ok(put(f, "a", 0, "{}", "canary-secret-bytes"), &f->err);
    assert_ok(put(f, "b", 0, "{}", "canary-secret-bytes"), &f->err);
    assert_ok(f->store->ops->get(f->store, VAULT_GRANT, "a", &a, &f->err), &f->err);
    assert_ok(f->store->ops->get(f->store, VAULT_GRANT, "b", &b, &f->err), &f->err);
    assert_null(memmem(a.sealed.p, a.sealed.n, "canary", 6));
    assert_int_equal(a.sealed.n, strlen("canary-secret-bytes") + CRYPT_SEAL_OVERHEAD);
    assert_memory_not_equal(a.sealed.p, b.sealed.p, a.sealed.n);
    vault_row_free(&a);
    vault_row_free(&b);
}

/* ------------------------------------------------------------------ D5: changed rows are refused
 */

/* Puts what `from` holds in place of the row `to`, whatever that is. */
static void graft(struct fixture *f, enum vault_kind kind, const char *from, const char *to,
                  uint64_t generation)
{
    struct vault_row row;
    const struct vault_store_ops *ops = f->store->ops;
    assert_ok(ops->get(f->store, VAULT_GRANT, from, &row, &f->err), &f->err);
    if (ops->remove(f->store, kind, to, 0, NULL) != BASE_OK)
        assert_int_equal(generation, 1);
    for (uint64_t g = 0; g < generation; g++)
        assert_ok(ops->put(f->store, kind, to, g, base_buf_span(&row.plain),
                           base_buf_span(&row.sealed), &f->err),
                  &f->err);
    vault_row_free(&row);
}

static void swapped_rows_are_refused(void **state)
{
    struct fixture *f = *state;
    assert_ok(put(f, "a", 0, "{}", "of a"), &f->err);
    assert_ok(put(f, "b", 0, "{}", "of b"), &f->err);
    graft(f, VAULT_GRANT, "a", "b", 1);
    expect_refused(f, VAULT_GRANT, "b");
    expect(f, "a", 1, "{}", "of a");
    graft(f, VAULT_APP, "a", "a", 1); /* the same name, another kind */
    expect_refused(f, VAULT_APP, "a");
}

static void changed_generation_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_ok(put(f, "a", 0, "{}", "old"), &f->err);
    graft(f, VAULT_GRANT, "a", "a", 2); /* yesterday's secret under today's number */
    expect_refused(f, VAULT_GRANT, "a");
    graft(f, VAULT_GRANT, "a", "a", 1);
    expect(f, "a", 1, "{}", "old");
}

static void changed_plain_columns_are_refused(void **state)
{
    static const char *const changes[] = {"", "{\"portal\":2}", "{\"portal\":1} ", "{\"portal\":1",
                                          "x{\"portal\":1}"};
    struct fixture *f = *state;
    const struct vault_store_ops *ops = f->store->ops;
    for (size_t i = 0; i < TEST_COUNT(changes); i++) {
        struct vault_row row;
        assert_ok(put(f, "a", 0, "{\"portal\":1}", "s"), &f->err);
        assert_ok(ops->get(f->store, VAULT_GRANT, "a", &row, &f->err), &f->err);
        assert_ok(ops->remove(f->store, VAULT_GRANT, "a", 0, &f->err), &f->err);
        assert_ok(ops->put(f->store, VAULT_GRANT, "a", 0, base_span_of(changes[i]),
                           base_buf_span(&row.sealed), &f->err),
                  &f->err);
        expect_refused(f, VAULT_GRANT, "a");
        assert_ok(ops->remove(f->store, VAULT_GRANT, "a", 0, &f->err), &f->err);
        vault_row_free(&row);
    }
}

static void changed_sealed_bytes_are_refused(void **state)
{
    struct fixture *f = *state;
    const struct vault_store_ops *ops = f->store->ops;
    struct vault_row row;
    assert_ok(put(f, "a", 0, "{}", "s"), &f->err);
    assert_ok(ops->get(f->store, VAULT_GRANT, "a", &row, &f->err), &f->err);
    for (size_t i = 0; i <= row.sealed.n; i++) { /* each byte changed, then cut, then nothing */
        struct base_span bytes = base_buf_span(&row.sealed);
        if (i < row.sealed.n)
            row.sealed.p[i] ^= 1;
        else
            bytes.n = 0;
        assert_ok(ops->remove(f->store, VAULT_GRANT, "a", 0, &f->err), &f->err);
        assert_ok(ops->put(f->store, VAULT_GRANT, "a", 0, BASE_SPAN("{}"), bytes, &f->err),
                  &f->err);
        expect_refused(f, VAULT_GRANT, "a");
        if (i < row.sealed.n)
            row.sealed.p[i] ^= 1;
    }
    vault_row_free(&row);
}

/* A record of another vault with the same key file: the data keys differ. */
static void other_vaults_records_are_refused(void **state)
{
    struct fixture *f = *state;
    struct vault_row row;
    struct vault_store *store = store_new();
    struct vault *other;
    assert_ok(put(f, "a", 0, "{}", "s"), &f->err);
    assert_ok(f->store->ops->get(f->store, VAULT_GRANT, "a", &row, &f->err), &f->err);
    assert_ok(vault_create(store, f->spec, NULL, &other, &f->err), &f->err);
    assert_ok(store->ops->put(store, VAULT_GRANT, "a", 0, base_buf_span(&row.plain),
                              base_buf_span(&row.sealed), &f->err),
              &f->err);
    struct vault_record r;
    assert_status(vault_get(other, VAULT_GRANT, "a", &r, &f->err), BASE_STORAGE, &f->err);
    vault_row_free(&row);
    vault_close(other);
}

/* ------------------------------------------------------------------ making and opening */

/* A second store that holds the same header, as if the file had been opened again. */
static struct vault_store *store_with_header(struct fixture *f, struct base_span header)
{
    struct vault_store *s = store_new();
    assert_ok(s->ops->header_put(s, BASE_SPAN_NONE, header, &f->err), &f->err);
    return s;
}

static void header_of(struct fixture *f, struct base_buf *out)
{
    base_buf_init(out, VAULT_HEADER_MAX);
    assert_ok(f->store->ops->header_get(f->store, out, &f->err), &f->err);
}

static void vault_opens_again(void **state)
{
    struct fixture *f = *state;
    struct base_buf header;
    struct vault *again;
    struct vault_row row;
    struct vault_record r;
    assert_ok(put(f, "a", 0, "{}", "s"), &f->err);
    header_of(f, &header);
    struct vault_store *s = store_with_header(f, base_buf_span(&header));
    assert_ok(f->store->ops->get(f->store, VAULT_GRANT, "a", &row, &f->err), &f->err);
    assert_ok(s->ops->put(s, VAULT_GRANT, "a", 0, base_buf_span(&row.plain),
                          base_buf_span(&row.sealed), &f->err),
              &f->err);
    assert_ok(vault_open(s, NULL, &again, &f->err), &f->err);
    assert_string_equal(vault_key_spec(again), f->spec);
    assert_ok(vault_get(again, VAULT_GRANT, "a", &r, &f->err), &f->err);
    assert_span(crypt_secret_span(r.secret), "s");
    vault_record_free(&r);
    vault_row_free(&row);
    vault_close(again);
    base_buf_free(&header);
}

static void second_vault_is_refused(void **state)
{
    struct fixture *f = *state;
    struct base_buf header;
    struct vault *again = NULL;
    header_of(f, &header);
    assert_status(
        vault_create(store_with_header(f, base_buf_span(&header)), f->spec, NULL, &again, &f->err),
        BASE_EXISTS, &f->err);
    assert_status(vault_open(store_new(), NULL, &again, &f->err), BASE_NOT_FOUND, &f->err);
    assert_null(again);
    base_buf_free(&header);
}

static void bad_key_spec_makes_nothing(void **state)
{
    struct fixture *f = *state;
    struct vault *v = NULL;
    assert_status(vault_create(store_new(), "ring", NULL, &v, &f->err), BASE_USAGE, &f->err);
    assert_status(vault_create(store_new(), "passphrase", NULL, &v, &f->err), BASE_USAGE, &f->err);
    assert_null(v);
}

/* The wrong key is told from a tampered record. */
static void wrong_key_file_is_named(void **state)
{
    struct fixture *f = *state;
    struct base_buf header;
    struct vault *again;
    struct vault_record r;
    header_of(f, &header);
    struct vault_store *s = store_with_header(f, base_buf_span(&header));
    test_file_write(f->spec + strlen("file:"), "another key of thirty-two bytes or more", 39, 0600);
    assert_ok(vault_open(s, NULL, &again, &f->err), &f->err);
    assert_ok(s->ops->put(s, VAULT_GRANT, "a", 0, BASE_SPAN("{}"), BASE_SPAN("x"), &f->err),
              &f->err);
    assert_status(vault_get(again, VAULT_GRANT, "a", &r, &f->err), BASE_STORAGE, &f->err);
    assert_non_null(strstr(f->err.why, f->spec));
    assert_non_null(strstr(f->err.why, "does not open it"));
    assert_status(vault_put(again, VAULT_GRANT, "b", 0, BASE_SPAN("{}"), NULL, &f->err),
                  BASE_STORAGE, &f->err);
    vault_close(again);
    base_buf_free(&header);
}

/* Any bit of the wrapped key. */
static void changed_wrapped_key_is_refused(void **state)
{
    struct fixture *f = *state;
    struct base_buf text;
    struct vault_header h;
    header_of(f, &text);
    assert_ok(vault_header_parse(base_buf_span(&text), &h, &f->err), &f->err);
    for (size_t i = 0; i < sizeof(h.wrapped); i++) {
        struct base_buf changed;
        struct vault *again;
        struct vault_record r;
        base_buf_init(&changed, VAULT_HEADER_MAX);
        h.wrapped[i] ^= 0x80;
        assert_ok(vault_header_write(&h, &changed, &f->err), &f->err);
        h.wrapped[i] ^= 0x80;
        struct vault_store *s = store_with_header(f, base_buf_span(&changed));
        assert_ok(s->ops->put(s, VAULT_GRANT, "a", 0, BASE_SPAN("{}"), BASE_SPAN("x"), &f->err),
                  &f->err);
        assert_ok(vault_open(s, NULL, &again, &f->err), &f->err);
        assert_status(vault_get(again, VAULT_GRANT, "a", &r, &f->err), BASE_STORAGE, &f->err);
        assert_non_null(strstr(f->err.doing, "unlocking"));
        vault_close(again);
        base_buf_free(&changed);
    }
    vault_header_free(&h);
    base_buf_free(&text);
}

/* ------------------------------------------------------------------ short of memory */

static enum base_status memory_step(void *arg)
{
    struct fixture *f = arg;
    struct vault_store *s;
    struct vault *v;
    struct vault_record r;
    enum base_status status = vault_memory_open(&s, &f->err);
    if (status != BASE_OK || (status = vault_create(s, f->spec, NULL, &v, &f->err)) != BASE_OK)
        return status;
    status = vault_put(v, VAULT_GRANT, "a", 0, BASE_SPAN("{}"), NULL, &f->err);
    if (status == BASE_OK && (status = vault_get(v, VAULT_GRANT, "a", &r, &f->err)) == BASE_OK)
        vault_record_free(&r);
    vault_close(v);
    return status;
}

static enum base_status memory_open_step(void *arg)
{
    struct fixture *f = arg;
    struct base_buf header;
    struct vault_store *s;
    struct vault *v;
    base_buf_init(&header, VAULT_HEADER_MAX);
    enum base_status status = f->store->ops->header_get(f->store, &header, &f->err);
    if (status == BASE_OK && (status = vault_memory_open(&s, &f->err)) == BASE_OK) {
        status = s->ops->header_put(s, BASE_SPAN_NONE, base_buf_span(&header), &f->err);
        if (status != BASE_OK)
            s->ops->close(s);
        else if ((status = vault_open(s, NULL, &v, &f->err)) == BASE_OK) {
            status = vault_put(v, VAULT_GRANT, "a", 0, BASE_SPAN("{}"), NULL, &f->err);
            vault_close(v);
        }
    }
    base_buf_free(&header);
    return status;
}

/* ------------------------------------------------------------------ notes */

static enum base_status noted(struct fixture *f, struct vault_lease *lease, enum vault_kind kind,
                              const char *name)
{
    struct vault_record r;
    enum base_status status = vault_lease_noted(f->vault, lease, kind, name, &r, &f->err);
    if (status == BASE_OK) {
        assert_int_equal(r.generation, 8);
        assert_span(base_buf_span(&r.plain), "{\"a\":1}");
        assert_span(crypt_secret_span(r.secret), "the secret");
        vault_record_free(&r);
    }
    return status;
}

static void note_is_sealed_like_a_row(void **state)
{
    struct fixture *f = *state;
    struct vault_lease *lease;
    struct base_buf bytes;
    struct crypt_secret *s = crypt_secret_from("the secret", 10);
    assert_non_null(s);
    assert_ok(vault_lease_try(f->vault, "a", &lease, &f->err), &f->err);
    assert_status(noted(f, lease, VAULT_GRANT, "a"), BASE_NOT_FOUND, &f->err);
    assert_ok(vault_lease_note(f->vault, lease, NULL, VAULT_GRANT, "a", 7, BASE_SPAN("{\"a\":1}"),
                               s, &f->err),
              &f->err);
    assert_ok(noted(f, lease, VAULT_GRANT, "a"), &f->err);
    assert_status(noted(f, lease, VAULT_GRANT, "b"), BASE_NOT_FOUND, &f->err);
    assert_status(noted(f, lease, VAULT_APP, "a"), BASE_NOT_FOUND, &f->err);

    /* Cut anywhere, or changed anywhere: it is none, and no harm is done. */
    base_buf_init(&bytes, VAULT_NOTE_MAX);
    assert_ok(f->store->ops->lease_noted(f->store, lease, &bytes, &f->err), &f->err);
    assert_null(memmem(bytes.p, bytes.n, "the secret", 10));
    for (size_t i = 0; i < bytes.n; i++) {
        assert_ok(f->store->ops->lease_note(f->store, lease, (struct base_span){bytes.p, i}, NULL),
                  NULL);
        assert_status(noted(f, lease, VAULT_GRANT, "a"), BASE_NOT_FOUND, &f->err);
        bytes.p[i] ^= 1;
        assert_ok(f->store->ops->lease_note(f->store, lease, base_buf_span(&bytes), NULL), NULL);
        assert_status(noted(f, lease, VAULT_GRANT, "a"), BASE_NOT_FOUND, &f->err);
        bytes.p[i] ^= 1;
    }
    assert_ok(f->store->ops->lease_note(f->store, lease, base_buf_span(&bytes), NULL), NULL);
    assert_ok(noted(f, lease, VAULT_GRANT, "a"), &f->err);
    vault_lease_forget(f->vault, lease);
    assert_status(noted(f, lease, VAULT_GRANT, "a"), BASE_NOT_FOUND, &f->err);
    vault_lease_release(f->vault, lease);
    base_buf_free(&bytes);
    crypt_secret_free(s);
}

static void each_allocation_may_fail(void **state)
{
    assert_true(test_each_allocation_fails(memory_step, *state) > 10);
    assert_true(test_each_allocation_fails(memory_open_step, *state) > 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(record_is_kept),
        TEST(secret_may_be_absent_or_large),
        TEST(caps_are_kept),
        TEST(listing_needs_no_key),
        TEST(lease_passes_through),
        TEST(stored_bytes_show_nothing),
        TEST(swapped_rows_are_refused),
        TEST(changed_generation_is_refused),
        TEST(changed_plain_columns_are_refused),
        TEST(changed_sealed_bytes_are_refused),
        TEST(other_vaults_records_are_refused),
        TEST(vault_opens_again),
        TEST(second_vault_is_refused),
        TEST(bad_key_spec_makes_nothing),
        TEST(wrong_key_file_is_named),
        TEST(changed_wrapped_key_is_refused),
        TEST(note_is_sealed_like_a_row),
        TEST(each_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("vault", tests, NULL, NULL);
}
