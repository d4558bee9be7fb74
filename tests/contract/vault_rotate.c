/* New keys for a vault that is in use (D8, T18), on each backend: rotation of the data key, another
 * key source, and both of them interrupted. */
#include <sys/socket.h>

#include "crypt_seal.h"
#include "test_dir.h"
#include "test_kill.h"
#include "vault.h"
#include "vault_header.h"

struct rotate_test {
    struct test_dir dir; /* of the store */
    char spec[300], other_spec[300];
    struct vault_store *store; /* the vault's own, for looks behind its back */
    struct vault *vault;
    bool sqlite;
    struct base_error err;
};

static const char *name_of(unsigned i)
{
    static char name[32];
    snprintf(name, sizeof(name), "app/%05u", i);
    return name;
}

static const char *secret_of(unsigned i, unsigned version)
{
    static char text[64];
    snprintf(text, sizeof(text), "secret of record %u, version %u", i, version);
    return text;
}

static void open_again(struct rotate_test *t)
{
    vault_close(t->vault);
    assert_ok(vault_sqlite_open(t->dir.path, false, &t->store, &t->err), &t->err);
    assert_ok(vault_open(t->store, NULL, &t->vault, &t->err), &t->err);
}

static int setup(void **state, bool sqlite)
{
    struct rotate_test *t = calloc(1, sizeof(*t));
    assert_non_null(t);
    assert_ok(crypt_start(&t->err), &t->err);
    t->sqlite = sqlite;
    test_dir_make(&t->dir);
    snprintf(t->spec, sizeof(t->spec), "file:%s/key", t->dir.path);
    snprintf(t->other_spec, sizeof(t->other_spec), "file:%s/other", t->dir.path);
    assert_ok(sqlite ? vault_sqlite_open(t->dir.path, true, &t->store, &t->err)
                     : vault_memory_open(&t->store, &t->err),
              &t->err);
    assert_ok(vault_create(t->store, t->spec, NULL, &t->vault, &t->err), &t->err);
    *state = t;
    return 0;
}

static int setup_memory(void **state)
{
    return setup(state, false);
}

static int setup_sqlite(void **state)
{
    return setup(state, true);
}

static int teardown(void **state)
{
    struct rotate_test *t = *state;
    vault_close(t->vault);
    test_dir_remove(&t->dir);
    free(t);
    return 0;
}

static void fill(struct rotate_test *t, unsigned count)
{
    enum { TOGETHER = 100 };
    char names[TOGETHER][32];
    struct vault_write writes[TOGETHER];
    for (unsigned i = 0; i < count;) {
        unsigned n = 0;
        for (; n < TOGETHER && i < count; n++, i++) {
            snprintf(names[n], sizeof(names[n]), "%s", name_of(i));
            struct base_span secret = base_span_of(secret_of(i, 1));
            writes[n] = (struct vault_write){.kind = VAULT_GRANT,
                                             .name = names[n],
                                             .plain = BASE_SPAN("{}"),
                                             .secret = crypt_secret_from(secret.p, secret.n)};
        }
        assert_ok(vault_apply(t->vault, writes, n, &t->err), &t->err);
        for (unsigned k = 0; k < n; k++)
            crypt_secret_free((struct crypt_secret *)(uintptr_t)writes[k].secret);
    }
}

static void expect(struct rotate_test *t, struct vault *v, unsigned i, unsigned version)
{
    struct vault_record r;
    assert_ok(vault_get(v, VAULT_GRANT, name_of(i), &r, &t->err), &t->err);
    assert_int_equal(r.generation, version);
    assert_span(crypt_secret_span(r.secret), secret_of(i, version));
    vault_record_free(&r);
}

static void write_version(struct rotate_test *t, struct vault *v, unsigned i, unsigned version)
{
    struct base_span text = base_span_of(secret_of(i, version));
    struct crypt_secret *secret = crypt_secret_from(text.p, text.n);
    assert_ok(vault_put(v, VAULT_GRANT, name_of(i), version - 1, BASE_SPAN("{}"), secret, &t->err),
              &t->err);
    crypt_secret_free(secret);
}

static void read_header(struct rotate_test *t, struct vault_header *ret)
{
    struct base_buf text;
    base_buf_init(&text, VAULT_HEADER_MAX);
    assert_ok(t->store->ops->header_get(t->store, &text, &t->err), &t->err);
    assert_ok(vault_header_parse(base_buf_span(&text), ret, &t->err), &t->err);
    base_buf_free(&text);
}

/* The data key of now, as a thief of the key file would get it. */
static struct crypt_secret *steal_data_key(struct rotate_test *t)
{
    struct vault_header h;
    struct crypt_secret *key, *data_key;
    read_header(t, &h);
    assert_ok(vault_key_fetch(h.key_spec, NULL, base_buf_span(&h.params), &key, &t->err), &t->err);
    struct base_span wrapped = {(const char *)h.wrapped, VAULT_WRAPPED_BYTES};
    assert_ok(vault_unseal_key(key, wrapped, &data_key, &t->err), &t->err);
    crypt_secret_free(key);
    vault_header_free(&h);
    return data_key;
}

/* How many rows a data key opens. */
static unsigned opened_by(struct rotate_test *t, const struct crypt_secret *data_key)
{
    enum vault_kind kind = (enum vault_kind)0;
    char *name = base_mem_strdup("");
    struct vault_row row;
    unsigned n = 0;
    for (;;) {
        char *before = name;
        enum base_status status =
            t->store->ops->next(t->store, kind, before, &kind, &name, &row, &t->err);
        base_mem_free(before);
        if (status == BASE_NOT_FOUND)
            return n;
        assert_ok(status, &t->err);
        struct crypt_secret *secret = NULL;
        const struct vault_seal_place place = {kind, name, row.generation,
                                               base_buf_span(&row.plain)};
        status = vault_unseal(data_key, &place, base_buf_span(&row.sealed), &secret, NULL);
        n += status == BASE_OK;
        crypt_secret_free(secret);
        vault_row_free(&row);
    }
}

static void rotate(struct rotate_test *t, uint64_t resealed, bool resumed)
{
    struct vault_rotation done;
    assert_ok(vault_rotate(t->vault, NULL, NULL, &done, &t->err), &t->err);
    assert_int_equal(done.resealed, resealed);
    assert_int_equal(done.resumed, resumed);
}

/* ------------------------------------------------------------------ rotation */

static void old_key_is_useless(void **state)
{
    struct rotate_test *t = *state;
    struct vault_header h;
    fill(t, 300);
    struct crypt_secret *old = steal_data_key(t);
    assert_int_equal(opened_by(t, old), 300);
    rotate(t, 300, false);
    assert_int_equal(opened_by(t, old), 0);
    write_version(t, t->vault, 7, 2);
    assert_int_equal(opened_by(t, old), 0);
    struct crypt_secret *fresh = steal_data_key(t);
    assert_int_equal(opened_by(t, fresh), 300);
    read_header(t, &h);
    assert_false(h.rotating);
    vault_header_free(&h);
    for (unsigned i = 0; i < 300; i++)
        expect(t, t->vault, i, i == 7 ? 2 : 1);
    crypt_secret_free(old);
    crypt_secret_free(fresh);
}

/* A kind that only another hubauth knows, and an empty secret. */
static void every_kind_is_resealed(void **state)
{
    struct rotate_test *t = *state;
    const enum vault_kind foreign = (enum vault_kind)77;
    struct vault_record r;
    assert_ok(vault_put(t->vault, foreign, "x", 0, BASE_SPAN("p"), NULL, &t->err), &t->err);
    assert_ok(vault_put(t->vault, VAULT_APP, "app", 0, BASE_SPAN("p"), NULL, &t->err), &t->err);
    rotate(t, 2, false);
    assert_ok(vault_get(t->vault, foreign, "x", &r, &t->err), &t->err);
    vault_record_free(&r);
    assert_ok(vault_get(t->vault, VAULT_APP, "app", &r, &t->err), &t->err);
    vault_record_free(&r);
}

static bool stop_at_once(void *arg, uint64_t done)
{
    *(uint64_t *)arg = done;
    return false;
}

static void interrupted_rotation_goes_on(void **state)
{
    struct rotate_test *t = *state;
    struct vault_rotation done;
    struct vault_key_state look;
    uint64_t seen = 0;
    fill(t, 300);
    struct crypt_secret *old = steal_data_key(t);
    assert_status(vault_rotate(t->vault, stop_at_once, &seen, &done, &t->err), BASE_CANCELLED,
                  &t->err);
    assert_non_null(strstr(t->err.hint, "hubauth key rotate"));
    assert_true(seen > 0 && seen < 300);
    vault_key_look(t->vault, &look);
    assert_true(look.rotating);
    assert_int_equal(opened_by(t, old), 300 - seen);
    for (unsigned i = 0; i < 300; i++) /* both keys are good until the end */
        expect(t, t->vault, i, 1);
    write_version(t, t->vault, 299, 2); /* with the new one */
    assert_int_equal(opened_by(t, old), 300 - seen - 1);
    if (t->sqlite)
        open_again(t);
    rotate(t, 300 - seen - 1, true);
    assert_int_equal(opened_by(t, old), 0);
    expect(t, t->vault, 299, 2);
    rotate(t, 300, false); /* that one was a rotation of its own */
    crypt_secret_free(old);
}

static void damaged_record_stops_it(void **state)
{
    struct rotate_test *t = *state;
    struct vault_rotation done;
    fill(t, 3);
    assert_ok(t->store->ops->put(t->store, VAULT_GRANT, "app/00001", 1, BASE_SPAN("{}"),
                                 BASE_SPAN("no seal of ours"), &t->err),
              &t->err);
    assert_status(vault_rotate(t->vault, NULL, NULL, &done, &t->err), BASE_STORAGE, &t->err);
    assert_non_null(strstr(t->err.why, "app/00001"));
    expect(t, t->vault, 0, 1);
    expect(t, t->vault, 2, 1);
    assert_ok(vault_remove(t->vault, VAULT_GRANT, "app/00001", &t->err), &t->err);
    rotate(t, 2, true);
    expect(t, t->vault, 2, 1);
}

/* T2: the token of a refresh that was killed before it could store it. */
static void notes_get_the_new_key(void **state)
{
    struct rotate_test *t = *state;
    struct vault_lease *lease;
    struct vault_record r;
    fill(t, 2);
    struct crypt_secret *secret = crypt_secret_from("the only copy", 13);
    assert_ok(vault_lease_try(t->vault, name_of(1), &lease, &t->err), &t->err);
    assert_ok(vault_lease_note(t->vault, lease, NULL, VAULT_GRANT, name_of(1), 1, BASE_SPAN("{}"),
                               secret, &t->err),
              &t->err);
    vault_lease_release(t->vault, lease);
    crypt_secret_free(secret);
    rotate(t, 2, false);
    assert_ok(vault_lease_try(t->vault, name_of(1), &lease, &t->err), &t->err);
    assert_ok(vault_lease_noted(t->vault, lease, VAULT_GRANT, name_of(1), &r, &t->err), &t->err);
    assert_int_equal(r.generation, 2);
    assert_span(crypt_secret_span(r.secret), "the only copy");
    vault_record_free(&r);
    vault_lease_forget(t->vault, lease);
    vault_lease_release(t->vault, lease);
    rotate(t, 2, false);
    assert_ok(vault_lease_try(t->vault, name_of(1), &lease, &t->err), &t->err);
    assert_status(vault_lease_noted(t->vault, lease, VAULT_GRANT, name_of(1), &r, &t->err),
                  BASE_NOT_FOUND, &t->err);
    vault_lease_release(t->vault, lease);
}

/* ------------------------------------------------------------------ another key source */

static void changed_key_opens(void **state)
{
    struct rotate_test *t = *state;
    struct vault_header h;
    fill(t, 3);
    assert_ok(vault_change_key(t->vault, t->other_spec, &t->err), &t->err);
    assert_string_equal(vault_key_spec(t->vault), t->other_spec);
    expect(t, t->vault, 1, 1);
    write_version(t, t->vault, 1, 2);
    /* the old file is where it was, and opens nothing */
    struct crypt_secret *key, *data_key;
    assert_ok(vault_key_fetch(t->spec, NULL, BASE_SPAN("{}"), &key, &t->err), &t->err);
    read_header(t, &h);
    struct base_span wrapped = {(const char *)h.wrapped, VAULT_WRAPPED_BYTES};
    assert_status(vault_unseal_key(key, wrapped, &data_key, NULL), BASE_INVALID, NULL);
    assert_string_equal(h.key_spec, t->other_spec);
    vault_header_free(&h);
    crypt_secret_free(key);
    if (t->sqlite)
        open_again(t);
    expect(t, t->vault, 1, 2);
}

static void failed_change_changes_nothing(void **state)
{
    struct rotate_test *t = *state;
    fill(t, 1);
    assert_status(vault_change_key(t->vault, "nonsense", &t->err), BASE_USAGE, &t->err);
    assert_status(vault_change_key(t->vault, "passphrase", &t->err), BASE_USAGE, &t->err);
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    assert_status(vault_change_key(t->vault, "credential:x", &t->err), BASE_STORAGE, &t->err);
    assert_string_equal(vault_key_spec(t->vault), t->spec);
    expect(t, t->vault, 0, 1);
    if (t->sqlite)
        open_again(t);
    expect(t, t->vault, 0, 1);
}

/* In the middle of a rotation, both data keys move to the new key. */
static void change_during_a_rotation(void **state)
{
    struct rotate_test *t = *state;
    struct vault_rotation done;
    uint64_t seen;
    fill(t, 300);
    assert_status(vault_rotate(t->vault, stop_at_once, &seen, &done, &t->err), BASE_CANCELLED,
                  &t->err);
    assert_ok(vault_change_key(t->vault, t->other_spec, &t->err), &t->err);
    assert_int_equal(unlink(t->spec + strlen("file:")), 0);
    if (t->sqlite)
        open_again(t);
    for (unsigned i = 0; i < 300; i++)
        expect(t, t->vault, i, 1);
    rotate(t, 300 - seen, true);
}

static void one_at_a_time(void **state)
{
    struct rotate_test *t = *state;
    struct vault_rotation done;
    struct vault_lease *lease;
    fill(t, 1);
    assert_ok(vault_lease_try(t->vault, "key", &lease, &t->err), &t->err);
    assert_status(vault_rotate(t->vault, NULL, NULL, &done, &t->err), BASE_BUSY, &t->err);
    assert_status(vault_change_key(t->vault, t->other_spec, &t->err), BASE_BUSY, &t->err);
    assert_true(access(t->other_spec + strlen("file:"), F_OK) != 0); /* and nothing was made */
    vault_lease_release(t->vault, lease);
    rotate(t, 1, false);
}

/* ------------------------------------------------------------------ short of memory */

static enum base_status memory_step(void *arg)
{
    struct rotate_test *t = arg;
    struct vault_rotation done;
    enum base_status status = vault_rotate(t->vault, NULL, NULL, &done, &t->err);
    if (status == BASE_OK)
        status = vault_change_key(t->vault, t->spec, &t->err);
    return status;
}

/* Wherever it stops for want of memory: everything can be read, and the next one goes on. */
static void each_allocation_may_fail(void **state)
{
    struct rotate_test *t = *state;
    fill(t, 3);
    assert_true(test_each_allocation_fails(memory_step, t) > 30);
    for (unsigned i = 0; i < 3; i++)
        expect(t, t->vault, i, 1);
}

/* ------------------------------------------------------------------ while others work */

static struct vault *open_other(struct rotate_test *t)
{
    struct vault_store *store;
    struct vault *v;
    assert_ok(vault_sqlite_open(t->dir.path, false, &store, &t->err), &t->err);
    assert_ok(vault_open(store, NULL, &v, &t->err), &t->err);
    return v;
}

/* A handle from before the rotation goes on in the middle of it and after it; what it writes opens
 * with the new key, although it had only the old one. */
static void old_handles_go_on(void **state)
{
    struct rotate_test *t = *state;
    struct vault_rotation done;
    uint64_t seen;
    fill(t, 300);
    struct crypt_secret *old = steal_data_key(t);
    struct vault *before = open_other(t), *writer = open_other(t), *after = open_other(t);
    expect(t, before, 0, 1);
    expect(t, writer, 0, 1);
    expect(t, after, 0, 1);
    assert_status(vault_rotate(t->vault, stop_at_once, &seen, &done, &t->err), BASE_CANCELLED,
                  &t->err);
    expect(t, before, 0, 1);
    expect(t, before, 299, 1);
    write_version(t, writer, 0, 2);
    write_version(t, writer, 299, 2);
    assert_int_equal(opened_by(t, old), 300 - seen - 1);
    rotate(t, 300 - seen - 1, true);
    write_version(t, after, 299, 3); /* it has seen nothing of all that */
    assert_int_equal(opened_by(t, old), 0);
    expect(t, before, 299, 3);
    vault_close(before);
    vault_close(writer);
    vault_close(after);
    crypt_secret_free(old);
}

/* Whoever cannot get the new key any more still has the data key, which is the same. */
static void old_handles_survive_a_change(void **state)
{
    struct rotate_test *t = *state;
    fill(t, 2);
    struct vault *other = open_other(t);
    expect(t, other, 0, 1);
    assert_ok(vault_change_key(t->vault, t->other_spec, &t->err), &t->err);
    assert_int_equal(rename(t->other_spec + strlen("file:"), test_dir_path(&t->dir, "away")), 0);
    write_version(t, other, 0, 2);
    expect(t, other, 0, 2);
    assert_int_equal(rename(test_dir_path(&t->dir, "away"), t->other_spec + strlen("file:")), 0);
    vault_close(other);
    open_again(t);
    expect(t, t->vault, 0, 2);
}

enum { ONLINE_RECORDS = 10000, ONLINE_WRITTEN = 50 };

/* Reads everywhere and writes a few records anew, again and again, until it is told to stop. */
static void work_online(struct rotate_test *t, int from, int to)
{
    struct vault *v = open_other(t);
    unsigned version = 1, rounds = 0;
    char byte = '+';
    for (unsigned k = 0;; k++) {
        struct vault_record r;
        unsigned i = ONLINE_WRITTEN + k * 7919 % (ONLINE_RECORDS - ONLINE_WRITTEN);
        assert_ok(vault_get(v, VAULT_GRANT, name_of(i), &r, &t->err), &t->err);
        assert_span(crypt_secret_span(r.secret), secret_of(i, 1));
        vault_record_free(&r);
        if (k % 10 != 0)
            continue;
        i = k / 10 % ONLINE_WRITTEN;
        version += i == 0;
        write_version(t, v, i, version);
        if (rounds++ == 0 && write(to, &byte, 1) != 1)
            abort();
        if (i == ONLINE_WRITTEN - 1 && recv(from, &byte, 1, MSG_DONTWAIT) == 1)
            break;
    }
    if (write(to, &version, sizeof(version)) != sizeof(version))
        abort();
    vault_close(v);
}

/* T18: ten thousand records, and another process that reads and refreshes meanwhile. */
static void ten_thousand_on_line(void **state)
{
    struct rotate_test *t = *state;
    int ends[2];
    char byte = '+';
    unsigned version;
    if (!test_kill_is_worth_it()) /* likewise */
        skip();
    fill(t, ONLINE_RECORDS);
    struct crypt_secret *old = steal_data_key(t);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    pid_t pid = test_process_fork();
    if (pid == 0) {
        work_online(t, ends[1], ends[1]);
        for (;;)
            pause();
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1); /* it is at work */
    struct vault_rotation done;
    assert_ok(vault_rotate(t->vault, NULL, NULL, &done, &t->err), &t->err);
    assert_true(done.resealed > ONLINE_RECORDS - 2 * ONLINE_WRITTEN);
    assert_int_equal(write(ends[0], &byte, 1), 1);
    assert_int_equal(recv(ends[0], &version, sizeof(version), MSG_WAITALL), sizeof(version));
    test_process_kill(pid);
    close(ends[0]);
    assert_true(version > 1);
    assert_int_equal(opened_by(t, old), 0);
    for (unsigned i = 0; i < ONLINE_RECORDS; i++)
        expect(t, t->vault, i, i < ONLINE_WRITTEN ? version : 1);
    print_message("# the other process wrote %u times\n", (version - 1) * ONLINE_WRITTEN);
    crypt_secret_free(old);
}

/* ------------------------------------------------------------------ kill -9 */

enum { KILL_RECORDS = 140, KILL_STEP = 53 }; /* two batches; a step that meets every phase */

static bool child_rotates(void *arg)
{
    struct rotate_test *t = arg;
    struct vault_rotation done;
    struct vault *v = open_other(t);
    bool good = vault_rotate(v, NULL, NULL, &done, &t->err) == BASE_OK;
    vault_close(v);
    return good;
}

static void killed_rotation_loses_nothing(void **state)
{
    struct rotate_test *t = *state;
    unsigned resumed = 0, kills = 0;
    if (!test_kill_is_worth_it())
        skip();
    fill(t, KILL_RECORDS);
    struct crypt_secret *old = steal_data_key(t);
    for (unsigned n = 0; !test_kill_at_syscall(child_rotates, t, n); n += KILL_STEP, kills++) {
        struct vault_rotation done;
        open_again(t);
        for (unsigned i = 0; i < KILL_RECORDS; i++)
            expect(t, t->vault, i, 1);
        assert_ok(vault_rotate(t->vault, NULL, NULL, &done, &t->err), &t->err);
        resumed += done.resumed;
        assert_int_equal(opened_by(t, old), 0);
        crypt_secret_free(old);
        old = steal_data_key(t);
    }
    print_message("# killed %u times, %u of these within the rotation\n", kills, resumed);
    assert_true(resumed > 20 && kills > resumed);
    crypt_secret_free(old);
}

static bool child_changes(void *arg)
{
    struct rotate_test *t = arg;
    struct vault *v = open_other(t);
    bool good = vault_change_key(v, t->other_spec, &t->err) == BASE_OK;
    vault_close(v);
    return good;
}

static void killed_change_opens_with_one_of_them(void **state)
{
    struct rotate_test *t = *state;
    unsigned was = 0, is = 0;
    if (!test_kill_is_worth_it())
        skip();
    fill(t, 3);
    for (unsigned n = 0;; n++) {
        bool ended = test_kill_at_syscall(child_changes, t, n);
        open_again(t);
        *(strcmp(vault_key_spec(t->vault), t->spec) == 0 ? &was : &is) += 1;
        for (unsigned i = 0; i < 3; i++)
            expect(t, t->vault, i, 1);
        assert_ok(vault_change_key(t->vault, t->spec, &t->err), &t->err);
        (void)unlink(t->other_spec + strlen("file:"));
        if (ended)
            break;
    }
    assert_true(was > 20 && is > 3);
}

int main(void)
{
#define ON(name, backend)                                                                          \
    {                                                                                              \
#backend ": " #name, name, setup_##backend, teardown, NULL                                 \
    }
#define BOTH(name) ON(name, memory), ON(name, sqlite)
    const struct CMUnitTest tests[] = {
        BOTH(old_key_is_useless),
        BOTH(every_kind_is_resealed),
        BOTH(interrupted_rotation_goes_on),
        BOTH(damaged_record_stops_it),
        BOTH(notes_get_the_new_key),
        BOTH(changed_key_opens),
        BOTH(failed_change_changes_nothing),
        BOTH(change_during_a_rotation),
        BOTH(one_at_a_time),
        ON(each_allocation_may_fail, memory),
        ON(old_handles_go_on, sqlite),
        ON(old_handles_survive_a_change, sqlite),
        ON(ten_thousand_on_line, sqlite),
        ON(killed_rotation_loses_nothing, sqlite),
        ON(killed_change_opens_with_one_of_them, sqlite),
    };
    return cmocka_run_group_tests_name("vault_rotate", tests, NULL, NULL);
}
