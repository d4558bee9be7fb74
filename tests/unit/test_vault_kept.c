/* Keys that are kept in the kernel. Skipped where the kernel's key store is closed, as in many
 * containers. */
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base_time.h"
#include "crypt_random.h"
#include "crypt_seal.h"
#include "test_process.h"
#include "vault.h"
#include "vault_kept.h"

/* Parameters of a vault that there is only once, so that tests do not meet. */
struct kept {
    char params[64];
    struct crypt_secret *key;
    struct base_error err;
};

static struct base_span params_of(const struct kept *k)
{
    return base_span_of(k->params);
}

static int setup(void **state)
{
    struct kept *k = calloc(1, sizeof(*k));
    assert_non_null(k);
    assert_ok(crypt_start(&k->err), &k->err);
    snprintf(k->params, sizeof(k->params), "{\"salt\":\"%08x%08x\"}",
             crypt_random_below(UINT32_MAX), crypt_random_below(UINT32_MAX));
    k->key = crypt_secret_from("0123456789abcdef0123456789abcdef", CRYPT_KEY_BYTES);
    assert_non_null(k->key);
    *state = k;
    return 0;
}

static int teardown(void **state)
{
    struct kept *k = *state;
    (void)vault_kept_drop("passphrase", params_of(k), NULL);
    crypt_secret_free(k->key);
    free(k);
    return 0;
}

static void keep(struct kept *k, int64_t for_ms)
{
    enum base_status status = vault_kept_put("passphrase", params_of(k), k->key, for_ms, &k->err);
    if (status == BASE_UNAVAILABLE)
        skip();
    assert_ok(status, &k->err);
}

static void kept_key_is_found(void **state)
{
    struct kept *k = *state;
    struct crypt_secret *got;
    assert_false(vault_kept_get("passphrase", params_of(k), &got));
    assert_true(vault_kept_until("passphrase", params_of(k)) == 0);
    int64_t before = base_time_now();
    keep(k, 8 * BASE_HOUR_MS);
    assert_true(vault_kept_get("passphrase", params_of(k), &got));
    assert_true(crypt_secret_eq(k->key, crypt_secret_span(got)));
    crypt_secret_free(got);
    assert_true(vault_kept_until("passphrase", params_of(k)) >= before + 8 * BASE_HOUR_MS);
    keep(k, BASE_HOUR_MS); /* again, for a shorter time */
    assert_true(vault_kept_until("passphrase", params_of(k)) < before + 2 * BASE_HOUR_MS);
    assert_ok(vault_kept_drop("passphrase", params_of(k), &k->err), &k->err);
    assert_false(vault_kept_get("passphrase", params_of(k), &got));
    assert_status(vault_kept_drop("passphrase", params_of(k), &k->err), BASE_NOT_FOUND, &k->err);
}

static void vaults_do_not_mix(void **state)
{
    struct kept *k = *state;
    struct crypt_secret *got;
    keep(k, BASE_HOUR_MS);
    assert_false(vault_kept_get("passphrase", BASE_SPAN("{\"salt\":\"other\"}"), &got));
    assert_false(vault_kept_get("keyring", params_of(k), &got));
    assert_status(vault_kept_drop("keyring", params_of(k), &k->err), BASE_NOT_FOUND, &k->err);
    assert_true(vault_kept_get("passphrase", params_of(k), &got));
    crypt_secret_free(got);
}

static void time_ends(void **state)
{
    struct kept *k = *state;
    struct crypt_secret *got;
    keep(k, BASE_SECOND_MS);
    assert_true(vault_kept_get("passphrase", params_of(k), &got));
    crypt_secret_free(got);
    while (vault_kept_until("passphrase", params_of(k)) != 0)
        usleep(20000);
    assert_false(vault_kept_get("passphrase", params_of(k), &got));
}

static int child_status(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void another_process_finds_it(void **state)
{
    struct kept *k = *state;
    keep(k, BASE_HOUR_MS);
    pid_t pid = test_process_fork();
    if (pid == 0) {
        struct crypt_secret *got;
        /* as in another login: a session keyring that leads nowhere */
        (void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "test", 0, 0, 0);
        _exit(vault_kept_get("passphrase", params_of(k), &got) ? 0 : 1);
    }
    assert_int_equal(child_status(pid), 0);
}

static void other_users_do_not(void **state)
{
    struct kept *k = *state;
    if (geteuid() != 0)
        skip();
    keep(k, BASE_HOUR_MS);
    pid_t pid = test_process_fork();
    if (pid == 0) {
        struct crypt_secret *got;
        if (setresuid(65534, 65534, 65534) != 0)
            _exit(2);
        _exit(vault_kept_get("passphrase", params_of(k), &got) ? 1 : 0);
    }
    assert_int_equal(child_status(pid), 0);
}

static void what_needs_none_is_not_kept(void **state)
{
    static const int64_t bad[] = {0, -1, 999, VAULT_KEPT_MAX_MS + 1, INT64_MAX};
    struct kept *k = *state;
    struct crypt_secret *got;
    assert_status(vault_kept_put("file:/a", params_of(k), k->key, BASE_HOUR_MS, &k->err),
                  BASE_USAGE, &k->err);
    assert_status(vault_kept_put("credential:a", params_of(k), k->key, BASE_HOUR_MS, &k->err),
                  BASE_USAGE, &k->err);
    assert_false(vault_kept_get("file:/a", params_of(k), &got));
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        assert_status(vault_kept_put("passphrase", params_of(k), k->key, bad[i], &k->err),
                      BASE_USAGE, &k->err);
}

/* ------------------------------------------------------------------ with a vault */

static enum base_status answer(void *arg, bool confirm, struct crypt_secret **ret,
                               struct base_error *err)
{
    (void)confirm;
    (void)err;
    ++*(unsigned *)arg;
    *ret = crypt_secret_from("open", 4);
    return *ret != NULL ? BASE_OK : BASE_NO_MEMORY;
}

/* A vault with this header, as if it were opened again. */
static struct vault *open_copy(struct base_span header, const struct vault_key_asker *asker)
{
    struct vault_store *store;
    struct vault *v;
    struct base_error err;
    assert_ok(vault_memory_open(&store, &err), &err);
    assert_ok(store->ops->header_put(store, BASE_SPAN_NONE, header, &err), &err);
    assert_ok(vault_open(store, asker, &v, &err), &err);
    return v;
}

static void put_something(struct vault *v, uint64_t expected)
{
    struct base_error err;
    assert_ok(vault_put(v, VAULT_APP, "a", expected, BASE_SPAN("{}"), NULL, &err), &err);
}

static void unlocked_vault_asks_nobody(void **state)
{
    struct kept *k = *state;
    struct vault_store *store;
    struct vault *v;
    struct base_buf header;
    struct vault_key_state look;
    unsigned asked = 0;
    const struct vault_key_asker asker = {answer, &asked};
    assert_ok(vault_memory_open(&store, &k->err), &k->err);
    assert_ok(vault_create(store, "passphrase", &asker, &v, &k->err), &k->err);
    base_buf_init(&header, VAULT_HEADER_MAX);
    assert_ok(store->ops->header_get(store, &header, &k->err), &k->err);
    enum base_status status = vault_keep(v, BASE_HOUR_MS, &k->err);
    vault_close(v);
    if (status == BASE_UNAVAILABLE) {
        base_buf_free(&header);
        skip();
    }
    assert_ok(status, &k->err);
    assert_int_equal(asked, 2); /* when it was made, and again for the keeping */

    v = open_copy(base_buf_span(&header), &asker);
    put_something(v, 0);
    assert_int_equal(asked, 2);
    vault_key_look(v, &look);
    assert_true(look.keepable && look.kept_until > base_time_now());
    assert_ok(vault_drop(v, &k->err), &k->err);
    put_something(v, 1); /* what is open stays open */
    vault_key_look(v, &look);
    assert_true(look.kept_until == 0);
    vault_close(v);

    v = open_copy(base_buf_span(&header), &asker);
    put_something(v, 0);
    assert_int_equal(asked, 3);
    vault_close(v);
    base_buf_free(&header);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(kept_key_is_found),
        TEST(vaults_do_not_mix),
        TEST(time_ends),
        TEST(another_process_finds_it),
        TEST(other_users_do_not),
        TEST(what_needs_none_is_not_kept),
        TEST(unlocked_vault_asks_nobody),
    };
    return cmocka_run_group_tests_name("vault_kept", tests, NULL, NULL);
}
