/* D9, T18: the file of a backup. */
#include "test_support.h"

#include "crypt_seal.h"
#include "vault_backup.h"

#define HEAD 64
#define CREATED INT64_C(1795000000000)

static struct crypt_secret *secret(const char *text)
{
    struct crypt_secret *s = crypt_secret_from(text, strlen(text));
    assert_non_null(s);
    return s;
}

static struct vault_backup_key key_file(void)
{
    return (struct vault_backup_key){false, secret("0123456789abcdef0123456789abcdef!")};
}

static void key_free(struct vault_backup_key *key)
{
    crypt_secret_free((struct crypt_secret *)(uintptr_t)key->secret);
}

static struct vault_backup_record record(enum vault_kind kind, const char *name, const char *plain,
                                         const char *value)
{
    struct vault_backup_record r = {
        .kind = kind, .generation = 7, .plain = base_span_of(plain), .secret = base_span_of(value)};
    snprintf(r.name, sizeof(r.name), "%s", name);
    return r;
}

static void add(struct base_buf *records, enum vault_kind kind, const char *name)
{
    struct vault_backup_record r = record(kind, name, "{}", "s");
    vault_backup_add(records, &r);
}

/* A file with two records, appended to `out`. */
static void make(const struct vault_backup_key *key, struct base_buf *out)
{
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf records;
    const struct vault_backup_record app = record(VAULT_APP, "crm", "{\"a\":1}", "client-secret");
    const struct vault_backup_record grant = record(VAULT_GRANT, "crm/1", "{}", "tokens");
    base_buf_init_sensitive(&records, 10000);
    vault_backup_add(&records, &app);
    vault_backup_add(&records, &grant);
    base_buf_init(out, 10000);
    assert_ok(vault_backup_seal(key, CREATED, base_buf_span(&records), out, &err), &err);
    base_buf_free(&records);
}

static void expect_two(const struct crypt_secret *opened)
{
    struct base_span rest = crypt_secret_span(opened);
    struct vault_backup_record a, b, end;
    struct base_error err = BASE_ERROR_NONE;
    assert_ok(vault_backup_next(&rest, NULL, &a, &err), &err);
    assert_int_equal(a.kind, VAULT_APP);
    assert_string_equal(a.name, "crm");
    assert_int_equal(a.generation, 7);
    assert_span(a.plain, "{\"a\":1}");
    assert_span(a.secret, "client-secret");
    assert_ok(vault_backup_next(&rest, &a, &b, &err), &err);
    assert_string_equal(b.name, "crm/1");
    assert_span(b.secret, "tokens");
    assert_status(vault_backup_next(&rest, &b, &end, &err), BASE_NOT_FOUND, &err);
}

static void round_trip(const struct vault_backup_key *key)
{
    struct base_buf file;
    struct base_error err = BASE_ERROR_NONE;
    struct vault_backup_head head;
    struct crypt_secret *opened;
    make(key, &file);
    assert_null(memmem(file.p, file.n, "client-secret", 13));
    assert_null(memmem(file.p, file.n, "crm", 3)); /* nor any name */
    assert_ok(vault_backup_peek(base_buf_span(&file), &head, &err), &err);
    assert_int_equal(head.is_passphrase, key->is_passphrase);
    assert_int_equal(head.created, CREATED);
    assert_ok(vault_backup_open(key, base_buf_span(&file), &opened, &err), &err);
    expect_two(opened);
    crypt_secret_free(opened);
    base_buf_free(&file);
}

static void test_key_file(void **state)
{
    (void)state;
    struct vault_backup_key key = key_file();
    round_trip(&key);
    key_free(&key);
}

static void test_passphrase(void **state)
{
    (void)state;
    struct vault_backup_key key = {true, secret("correct horse battery staple")};
    round_trip(&key);
    key_free(&key);
}

/* Whatever bit is turned, wherever it is cut or lengthened: no byte of it is believed. */
static void test_any_change_is_seen(void **state)
{
    (void)state;
    struct vault_backup_key key = key_file();
    struct base_buf file;
    struct crypt_secret *opened = NULL;
    make(&key, &file);
    for (size_t i = 0; i < file.n; i++) {
        file.p[i] ^= 0x10;
        assert_int_not_equal(vault_backup_open(&key, base_buf_span(&file), &opened, NULL), BASE_OK);
        file.p[i] ^= 0x10;
        struct base_span cut = base_span_first(base_buf_span(&file), i);
        assert_int_not_equal(vault_backup_open(&key, cut, &opened, NULL), BASE_OK);
    }
    base_buf_add_char(&file, 'x');
    assert_status(vault_backup_open(&key, base_buf_span(&file), &opened, NULL), BASE_STORAGE, NULL);
    assert_null(opened);
    base_buf_free(&file);
    key_free(&key);
}

static void test_wrong_key(void **state)
{
    (void)state;
    struct vault_backup_key key = key_file();
    struct vault_backup_key other = {false, secret("another key of thirty-two bytes..")};
    struct vault_backup_key phrase = {true, secret("0123456789abcdef0123456789abcdef!")};
    struct base_buf file;
    struct base_error err = BASE_ERROR_NONE;
    struct crypt_secret *opened;
    make(&key, &file);
    assert_status(vault_backup_open(&other, base_buf_span(&file), &opened, &err), BASE_STORAGE,
                  &err);
    assert_non_null(strstr(err.why, "the key is wrong"));
    assert_status(vault_backup_open(&phrase, base_buf_span(&file), &opened, &err), BASE_USAGE,
                  &err);
    base_buf_free(&file);
    key_free(&key);
    key_free(&other);
    key_free(&phrase);
}

/* D6: the head asks for the memory of a whole machine, and gets none of it. */
static void test_parameters_are_bounded(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        unsigned char value;
    } bad[] = {{24, 0}, {24, 11}, {24 + 7, 1}, {32 + 4, 1}, {32 + 3, 0x80}, {32 + 3, 0}};
    struct vault_backup_key key = {true, secret("phrase")};
    struct base_error err = BASE_ERROR_NONE;
    struct crypt_secret *opened;
    char bytes[HEAD + 60] = "hubauth backup\r\n\1\0\0\0\1\0\0\0\3\0\0\0\0\0\0\0\0\0\0\x10";
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        char kept = bytes[bad[i].at];
        bytes[bad[i].at] = (char)bad[i].value;
        struct base_span file = {bytes, sizeof(bytes)};
        assert_status(vault_backup_open(&key, file, &opened, &err), BASE_INVALID, &err);
        assert_non_null(strstr(err.why, "out of bounds"));
        bytes[bad[i].at] = kept;
    }
    key_free(&key);
}

static void test_other_files(void **state)
{
    (void)state;
    struct vault_backup_head head;
    struct base_error err = BASE_ERROR_NONE;
    assert_status(vault_backup_peek(BASE_SPAN_NONE, &head, &err), BASE_INVALID, &err);
    assert_status(vault_backup_peek(BASE_SPAN("SQLite format 3"), &head, &err), BASE_INVALID, &err);
    assert_status(vault_backup_peek(BASE_SPAN("hubauth backup\n\1\0\0\0"), &head, &err),
                  BASE_INVALID, &err); /* its line end was changed on the way */
    assert_status(
        vault_backup_peek((struct base_span){"hubauth backup\r\n\2\0\0\0", 20}, &head, &err),
        BASE_STORAGE, &err);
    assert_non_null(strstr(err.why, "newer"));
    assert_status(
        vault_backup_peek((struct base_span){"hubauth backup\r\n\1\0\0\0", 20}, &head, &err),
        BASE_INVALID, &err);
}

static void expect_refused(struct base_buf *records, size_t good)
{
    struct base_span rest = base_buf_span(records);
    struct vault_backup_record r[2];
    struct base_error err = BASE_ERROR_NONE;
    for (size_t i = 0; i < good; i++)
        assert_ok(vault_backup_next(&rest, i ? &r[0] : NULL, &r[i], &err), &err);
    struct base_span before = rest;
    struct vault_backup_record next;
    assert_status(vault_backup_next(&rest, good ? &r[good - 1] : NULL, &next, &err), BASE_STORAGE,
                  &err);
    assert_ptr_equal(rest.p, before.p);
    base_buf_reset(records);
}

/* Even from somebody who has the key. */
static void test_bad_records(void **state)
{
    (void)state;
    struct base_buf b;
    base_buf_init_sensitive(&b, 1u << 20);
    add(&b, VAULT_APP, "a");
    add(&b, VAULT_APP, "a"); /* twice */
    expect_refused(&b, 1);
    add(&b, VAULT_GRANT, "a");
    add(&b, VAULT_APP, "b"); /* not in order */
    expect_refused(&b, 1);
    add(&b, VAULT_APP, "");
    expect_refused(&b, 0);
    add(&b, (enum vault_kind)99, "a");
    expect_refused(&b, 0);
    struct vault_backup_record r = record(VAULT_APP, "a", "no json", "s");
    vault_backup_add(&b, &r);
    expect_refused(&b, 0);
    r = record(VAULT_APP, "a", "{}", "s");
    r.generation = 0;
    vault_backup_add(&b, &r);
    expect_refused(&b, 0);
    r = record(VAULT_APP, "\xff", "{}", "s");
    vault_backup_add(&b, &r);
    expect_refused(&b, 0);
    add(&b, VAULT_APP, "abc");
    b.n--; /* cut */
    expect_refused(&b, 0);
    base_buf_free(&b);
}

static enum base_status step(void *arg)
{
    const struct vault_backup_key *key = arg;
    struct crypt_secret *opened = NULL;
    struct base_buf file;
    base_buf_init(&file, 1000);
    enum base_status status = vault_backup_seal(key, 1, BASE_SPAN("x"), &file, NULL);
    if (status == BASE_OK)
        status = vault_backup_open(key, base_buf_span(&file), &opened, NULL);
    crypt_secret_free(opened);
    base_buf_free(&file);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    struct vault_backup_key key = key_file();
    assert_true(test_each_allocation_fails(step, &key) > 3);
    key_free(&key);
}

static int start(void **state)
{
    (void)state;
    return crypt_start(NULL) == BASE_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_file),
        cmocka_unit_test(test_passphrase),
        cmocka_unit_test(test_any_change_is_seen),
        cmocka_unit_test(test_wrong_key),
        cmocka_unit_test(test_parameters_are_bounded),
        cmocka_unit_test(test_other_files),
        cmocka_unit_test(test_bad_records),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
