/* Where the key comes from: files (D1, D2), passphrases (D6), credentials of systemd, the keyring
 * (D7). */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "crypt_seal.h"
#include "test_dir.h"
#include "vault.h"
#include "vault_key.h"

static int dir_setup(void **state)
{
    struct test_dir *d = malloc(sizeof(*d));
    struct base_error err;
    assert_non_null(d);
    assert_ok(crypt_start(&err), &err);
    test_dir_make(d);
    *state = d;
    return 0;
}

static int dir_teardown(void **state)
{
    test_dir_remove(*state);
    free(*state);
    return 0;
}

/* "file:<directory>/<name>" */
static const char *spec_of(const struct test_dir *d, const char *name)
{
    static char spec[600];
    snprintf(spec, sizeof(spec), "file:%s/%s", d->path, name);
    return spec;
}

/* ------------------------------------------------------------------ specifications */

static void normalise_is(const char *spec, const char *want)
{
    char *got;
    struct base_error err;
    assert_ok(vault_key_normalise(spec, &got, &err), &err);
    assert_string_equal(got, want);
    char *again;
    assert_ok(vault_key_normalise(got, &again, &err), &err);
    assert_string_equal(again, want); /* what is absolute stays */
    base_mem_free(again);
    base_mem_free(got);
}

static void specs_become_absolute(void **state)
{
    const struct test_dir *d = *state;
    char want[600], before[300];
    assert_non_null(getcwd(before, sizeof(before)));
    normalise_is("passphrase", "passphrase");
    normalise_is("keyring", "keyring");
    normalise_is("credential:hubauth-key", "credential:hubauth-key");
    normalise_is("credential:a_b.C-9", "credential:a_b.C-9");
    normalise_is("file:/a/b c", "file:/a/b c");
    normalise_is("file:/Schlüssel", "file:/Schlüssel");
    assert_int_equal(chdir(d->path), 0);
    snprintf(want, sizeof(want), "file:%s/sub/key", d->path);
    normalise_is("file:sub/key", want);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(setenv("HOME", "/home/somebody", 1), 0);
    normalise_is("file:~/key", "file:/home/somebody/key");
    snprintf(want, sizeof(want), "file:%s/~x", before);
    normalise_is("file:~x", want);
}

static void bad_specs_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "ring",
        "keyring:",
        "keyring:x",
        "keyring ",
        "passphrase:",
        "file",
        "file:",
        "file:/",
        "file:a/",
        "/etc/passwd",
        "Passphrase",
        "passphrase ",
        "FILE:/a",
        "file:/a\nb",
        "file:/a\x1b[2J",
        "file:/a\xff",
        "file:~/",
        "credential",
        "credential:",
        "credential:.",
        "credential:..",
        "credential:.x",
        "credential:a/b",
        "credential:../a",
        "credential:a b",
        "credential:\xc3\xa4",
    };
    (void)state;
    char *got = NULL;
    struct base_error err;
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        assert_status(vault_key_normalise(bad[i], &got, &err), BASE_USAGE, &err);
    char longest[5000] = "file:/";
    memset(longest + 6, 'a', sizeof(longest) - 7);
    assert_status(vault_key_normalise(longest, &got, &err), BASE_USAGE, &err);
    assert_int_equal(unsetenv("HOME"), 0);
    assert_status(vault_key_normalise("file:~/key", &got, &err), BASE_USAGE, &err);
    assert_null(got);
}

/* ------------------------------------------------------------------ key files */

static struct crypt_secret *make(const char *spec)
{
    struct base_buf params;
    struct crypt_secret *key;
    struct base_error err;
    base_buf_init(&params, 1024);
    assert_ok(vault_key_make(spec, NULL, &params, &key, &err), &err);
    assert_span(base_buf_span(&params), "{}");
    base_buf_free(&params);
    assert_int_equal(crypt_secret_length(key), CRYPT_KEY_BYTES);
    return key;
}

static struct crypt_secret *fetch(const char *spec)
{
    struct crypt_secret *key;
    struct base_error err;
    assert_ok(vault_key_fetch(spec, NULL, BASE_SPAN("{}"), &key, &err), &err);
    return key;
}

static void expect_same(struct crypt_secret *a, struct crypt_secret *b, bool same)
{
    assert_int_equal(crypt_secret_eq(a, crypt_secret_span(b)), same);
    crypt_secret_free(a);
    crypt_secret_free(b);
}

static void file_is_made_and_found(void **state)
{
    const struct test_dir *d = *state;
    char bytes[100];
    mode_t before = umask(0);
    struct crypt_secret *made = make(spec_of(d, "new/deep/key"));
    umask(before);
    assert_int_equal(test_file_mode(test_dir_path(d, "new")), 0700);
    assert_int_equal(test_file_mode(test_dir_path(d, "new/deep")), 0700);
    assert_int_equal(test_file_mode(test_dir_path(d, "new/deep/key")), 0600);
    size_t n = test_file_read(test_dir_path(d, "new/deep/key"), bytes, sizeof(bytes));
    assert_int_equal(n, 44); /* 32 bytes as base64url, and a line end */
    assert_int_equal(bytes[43], '\n');
    expect_same(made, fetch(spec_of(d, "new/deep/key")), true);
    expect_same(make(spec_of(d, "other")), fetch(spec_of(d, "new/deep/key")), false);
    expect_same(make(spec_of(d, "other")), fetch(spec_of(d, "other")),
                true); /* there: it is used */
}

static void umask_does_not_matter(void **state)
{
    const struct test_dir *d = *state;
    mode_t before = umask(0777);
    struct crypt_secret *key = make(spec_of(d, "key"));
    umask(before);
    assert_int_equal(test_file_mode(test_dir_path(d, "key")), 0600);
    crypt_secret_free(key);
}

static void line_end_does_not_matter(void **state)
{
    static const char text[] = "0123456789abcdef0123456789abcdef0123456789abcdef\r\n";
    const struct test_dir *d = *state;
    test_file_write(test_dir_path(d, "a"), text, 48, 0600);
    test_file_write(test_dir_path(d, "b"), text, 50, 0400);
    test_file_write(test_dir_path(d, "c"), text, 47, 0400);
    expect_same(fetch(spec_of(d, "a")), fetch(spec_of(d, "b")), true);
    expect_same(fetch(spec_of(d, "a")), fetch(spec_of(d, "c")), false);
    char bytes[32];
    memset(bytes, '\n', sizeof(bytes));
    test_file_write(test_dir_path(d, "ends"), bytes, sizeof(bytes), 0600);
    crypt_secret_free(fetch(spec_of(d, "ends"))); /* never made shorter than 32 */
}

/* `make` must refuse as `fetch` does, and leave the file as it is. */
static void file_refused(const struct test_dir *d, const char *why, const char *hint)
{
    struct base_error err;
    struct base_buf params;
    struct crypt_secret *key = NULL;
    base_buf_init(&params, 1024);
    for (int i = 0; i < 2; i++) {
        enum base_status status =
            i == 0 ? vault_key_fetch(spec_of(d, "key"), NULL, BASE_SPAN("{}"), &key, &err)
                   : vault_key_make(spec_of(d, "key"), NULL, &params, &key, &err);
        assert_status(status, BASE_STORAGE, &err);
        if (strstr(err.why, why) == NULL || strstr(err.hint, hint) == NULL)
            print_error("why: %s\nhint: %s\n", err.why, err.hint);
        assert_non_null(strstr(err.why, why));
        assert_non_null(strstr(err.hint, hint));
    }
    assert_null(key);
    base_buf_free(&params);
}

static void absent_file_is_named(void **state)
{
    struct base_error err;
    struct crypt_secret *key;
    assert_status(vault_key_fetch(spec_of(*state, "key"), NULL, BASE_SPAN("{}"), &key, &err),
                  BASE_STORAGE, &err);
    assert_non_null(strstr(err.why, "/key: No such file"));
    assert_non_null(strstr(err.hint, "put the key file back"));
}

static void open_modes_are_refused(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0644, 0660, 0700, 0500, 0610, 0601, 0620, 0602};
    const struct test_dir *d = *state;
    char hint[400];
    snprintf(hint, sizeof(hint), "chmod 600 %s/key", d->path);
    for (size_t i = 0; i < TEST_COUNT(modes); i++) {
        test_file_write(test_dir_path(d, "key"), "0123456789abcdef0123456789abcdef", 32, modes[i]);
        file_refused(d, "too open", hint);
        assert_int_equal(unlink(test_dir_path(d, "key")), 0);
    }
}

static void other_owners_are_refused(void **state)
{
    const struct test_dir *d = *state;
    if (geteuid() != 0)
        skip(); /* only root can give a file away */
    test_file_write(test_dir_path(d, "key"), "0123456789abcdef0123456789abcdef", 32, 0600);
    assert_int_equal(chown(test_dir_path(d, "key"), 65534, (gid_t)-1), 0);
    file_refused(d, "belongs to user 65534", "the user that the vault belongs to");
}

static void wrong_sizes_are_refused(void **state)
{
    static const size_t sizes[] = {0, 1, 31, 4097};
    static const char bytes[4097];
    const struct test_dir *d = *state;
    for (size_t i = 0; i < TEST_COUNT(sizes); i++) {
        test_file_write(test_dir_path(d, "key"), bytes, sizes[i], 0600);
        file_refused(d, "must be 32 to 4096", "");
    }
    test_file_write(test_dir_path(d, "key"), bytes, 4096, 0600);
    crypt_secret_free(fetch(spec_of(d, "key")));
}

static void odd_files_are_refused(void **state)
{
    const struct test_dir *d = *state;
    char real[600];
    snprintf(real, sizeof(real), "%s", test_dir_path(d, "real"));
    test_file_write(real, "0123456789abcdef0123456789abcdef", 32, 0600);
    assert_int_equal(symlink(real, test_dir_path(d, "key")), 0);
    file_refused(d, "symbolic link", "");
    assert_int_equal(unlink(test_dir_path(d, "key")), 0);
    assert_int_equal(link(real, test_dir_path(d, "key")), 0);
    file_refused(d, "2 names", "");
    assert_int_equal(unlink(test_dir_path(d, "key")), 0);
    assert_int_equal(mkfifo(test_dir_path(d, "key"), 0600), 0);
    file_refused(d, "no regular file", ""); /* and does not wait for a writer */
    assert_int_equal(unlink(test_dir_path(d, "key")), 0);
    assert_int_equal(mkdir(test_dir_path(d, "key"), 0700), 0);
    file_refused(d, "no regular file", "");
    assert_int_equal(rmdir(test_dir_path(d, "key")), 0);
    /* a dangling link: nothing must be made behind it */
    assert_int_equal(symlink("nowhere", test_dir_path(d, "key")), 0);
    file_refused(d, "symbolic link", "");
    assert_true(access(test_dir_path(d, "nowhere"), F_OK) != 0);
}

static void unknown_specs_are_refused(void **state)
{
    static const char *const specs[] = {"tpm2:x", "file:relative", "", "credential:../x"};
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(specs); i++) {
        struct base_error err;
        struct crypt_secret *key;
        assert_status(vault_key_fetch(specs[i], NULL, BASE_SPAN("{}"), &key, &err), BASE_STORAGE,
                      &err);
        assert_non_null(strstr(err.hint, "upgrade"));
    }
}

/* ------------------------------------------------------------------ credentials */

/* A folder as systemd lays it out, with the credential "hubauth-key" in it. */
static void credentials_make(const struct test_dir *d, char path[300])
{
    snprintf(path, 300, "%s/credentials", d->path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", path, 1), 0);
    test_file_write(test_dir_path(d, "credentials/hubauth-key"), "0123456789abcdef0123456789abcdef",
                    32, 0400);
    assert_int_equal(chmod(path, 0500), 0);
}

static void credential_refused(const char *why)
{
    struct base_error err;
    struct crypt_secret *key = NULL;
    assert_status(vault_key_fetch("credential:hubauth-key", NULL, BASE_SPAN("{}"), &key, &err),
                  BASE_STORAGE, &err);
    if (strstr(err.why, why) == NULL)
        print_error("why: %s\n", err.why);
    assert_non_null(strstr(err.why, why));
    assert_null(key);
}

/* The bytes count as those of a key file do: a key can move from one to the other. */
static void credential_is_found(void **state)
{
    const struct test_dir *d = *state;
    char path[300];
    credentials_make(d, path);
    test_file_write(test_dir_path(d, "key"), "0123456789abcdef0123456789abcdef\n", 33, 0600);
    expect_same(make("credential:hubauth-key"), fetch(spec_of(d, "key")), true);
    /* root's, with an access list for us: it shows as the group's right to read */
    assert_int_equal(chmod(test_dir_path(d, "credentials/hubauth-key"), 0440), 0);
    if (geteuid() == 0)
        crypt_secret_free(fetch("credential:hubauth-key"));
    else
        credential_refused("too open");
}

static void absent_credentials_are_named(void **state)
{
    const struct test_dir *d = *state;
    struct base_error err;
    struct crypt_secret *key;
    char path[300];
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    credential_refused("no systemd unit with credentials");
    credentials_make(d, path);
    assert_status(vault_key_fetch("credential:other", NULL, BASE_SPAN("{}"), &key, &err),
                  BASE_STORAGE, &err);
    assert_non_null(strstr(err.why, "no credential other in "));
    assert_non_null(strstr(err.hint, "LoadCredentialEncrypted=other:"));
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "relative", 1), 0);
    credential_refused("CREDENTIALS_DIRECTORY is not set");
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/nonexistent", 1), 0);
    credential_refused("no credential hubauth-key in /nonexistent");
}

/* D1, D2. */
static void odd_credentials_are_refused(void **state)
{
    const struct test_dir *d = *state;
    char path[300], file[600];
    credentials_make(d, path);
    snprintf(file, sizeof(file), "%s/hubauth-key", path);
    static const mode_t modes[] = {0404, 0460, 0402, 0444, 0401};
    for (size_t i = 0; i < TEST_COUNT(modes); i++) {
        assert_int_equal(chmod(file, modes[i]), 0);
        credential_refused("too open");
    }
    assert_int_equal(chmod(file, 0400), 0);
    assert_int_equal(chmod(path, 0705), 0);
    credential_refused("too open");
    assert_int_equal(chmod(path, 0770), 0);
    credential_refused("too open");
    assert_int_equal(chmod(path, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(file, 65534, (gid_t)-1), 0);
        credential_refused("belongs to user 65534");
    }
    assert_int_equal(unlink(file), 0);
    test_file_write(test_dir_path(d, "real"), "0123456789abcdef0123456789abcdef", 32, 0400);
    assert_int_equal(symlink(test_dir_path(d, "real"), file), 0);
    credential_refused("hubauth-key");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkfifo(file, 0400), 0);
    credential_refused("no regular file");
    assert_int_equal(unlink(file), 0);
    test_file_write(file, "short", 5, 0400);
    credential_refused("must be 32 to 4096");
}

/* ------------------------------------------------------------------ keyring */

static void keyring_refused(const char *why)
{
    struct base_error err;
    struct base_buf params;
    struct crypt_secret *key = NULL;
    base_buf_init(&params, 1024);
    assert_status(vault_key_make("keyring", NULL, &params, &key, &err), BASE_STORAGE, &err);
    if (strstr(err.why, why) == NULL)
        print_error("why: %s\n", err.why);
    assert_non_null(strstr(err.why, why));
    assert_non_null(strstr(err.hint, " "));
    base_buf_free(&params);
    struct base_span item = BASE_SPAN("{\"item\":\"AAECAwQFBgcICQoLDA0ODw\"}");
    assert_status(vault_key_fetch("keyring", NULL, item, &key, &err), BASE_STORAGE, &err);
    assert_non_null(strstr(err.why, why));
    assert_null(key);
}

/* D7: a bus that takes the connection and never says a word. Were there no deadline, this test
 * would never end. */
static void silent_bus_is_given_up(void **state)
{
    const struct test_dir *d = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char bus[300];
    snprintf(address.sun_path, sizeof(address.sun_path), "%.90s/bus", d->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 8), 0);
    snprintf(bus, sizeof(bus), "unix:path=%.90s/bus", d->path);
    assert_int_equal(setenv("DBUS_SESSION_BUS_ADDRESS", bus, 1), 0);
    keyring_refused("did not answer within 2 seconds");
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* and no child is left */
    close(fd);
}

static void absent_bus_is_said(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("DBUS_SESSION_BUS_ADDRESS"), 0);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", "/nonexistent", 1), 0);
    if (test_in_valgrind())
        skip(); /* the child needs longer than its two seconds */
    keyring_refused("no D-Bus session");
    assert_int_equal(setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1), 0);
    keyring_refused("no keyring that answers");
    assert_int_equal(unsetenv("DBUS_SESSION_BUS_ADDRESS"), 0);
}

static void bad_keyring_parameters_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "{}",
                                      "[]",
                                      "{\"item\":7}",
                                      "{\"item\":\"\"}",
                                      "{\"item\":\"AAECAwQFBgcICQoLDA0OD\"}",
                                      "{\"item\":\"AAECAwQFBgcICQoLDA0ODww\"}",
                                      "{\"item\":\"AAECAwQFBgcICQoL\\u0041\"}"};
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        struct base_error err;
        struct crypt_secret *key;
        assert_status(vault_key_fetch("keyring", NULL, base_span_of(bad[i]), &key, &err),
                      BASE_STORAGE, &err);
        assert_non_null(strstr(err.why, "parameters are damaged"));
    }
}

/* ------------------------------------------------------------------ choosing (D7) */

static void choice_is(bool can_ask, const char *want, const char *why_not)
{
    struct base_error why, err;
    char *spec = NULL;
    assert_ok(vault_key_choose(can_ask, &spec, &why, &err), &err);
    assert_string_equal(spec, want);
    assert_non_null(strstr(why.why, why_not));
    base_mem_free(spec);
}

static void best_source_is_chosen(void **state)
{
    const struct test_dir *d = *state;
    struct base_error why, err;
    char *spec = NULL;
    char path[300];
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    assert_int_equal(unsetenv("DBUS_SESSION_BUS_ADDRESS"), 0);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", "/nonexistent", 1), 0);
    choice_is(true, "passphrase", "no D-Bus session");
    assert_status(vault_key_choose(false, &spec, &why, &err), BASE_USAGE, &err);
    assert_null(spec);
    assert_non_null(strstr(err.why, "no D-Bus session"));
    assert_non_null(strstr(err.hint, "--key file:PATH"));
    credentials_make(d, path);
    choice_is(false, "credential:hubauth-key", "");
    /* there, but not to be used: that is for a person to see, and nothing else is taken */
    assert_int_equal(chmod(test_dir_path(d, "credentials/hubauth-key"), 0644), 0);
    choice_is(true, "credential:hubauth-key", "");
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", d->path, 1), 0);
    choice_is(true, "passphrase", "no D-Bus session");
}

/* ------------------------------------------------------------------ passphrases */

struct answers {
    const char *text; /* NULL: refuses to answer */
    unsigned asked, confirmed;
};

static enum base_status answer(void *arg, bool confirm, struct crypt_secret **ret,
                               struct base_error *err)
{
    struct answers *a = arg;
    a->asked++;
    a->confirmed += confirm;
    if (a->text == NULL)
        return base_fail(err, BASE_CANCELLED, "asking", "nobody answered");
    *ret = crypt_secret_from(a->text, strlen(a->text));
    return *ret != NULL ? BASE_OK : base_fail_memory(err);
}

/* The smallest cost that is allowed, to keep the tests quick. */
#define PARAMS_SMALL                                                                               \
    "{\"kdf\":\"argon2id\",\"salt\":\"AAECAwQFBgcICQoLDA0ODw\",\"ops\":1,\"memory\":8388608}"

static struct crypt_secret *fetch_passphrase(const char *text, const char *params)
{
    struct answers answers = {.text = text};
    const struct vault_key_asker asker = {answer, &answers};
    struct crypt_secret *key;
    struct base_error err;
    assert_ok(vault_key_fetch("passphrase", &asker, base_span_of(params), &key, &err), &err);
    assert_int_equal(answers.asked, 1);
    assert_int_equal(answers.confirmed, 0);
    return key;
}

/* D6: each parameter of the header counts. */
static void parameters_are_honoured(void **state)
{
    static const char *const others[] = {
        "{\"kdf\":\"argon2id\",\"salt\":\"BAECAwQFBgcICQoLDA0ODw\",\"ops\":1,\"memory\":8388608}",
        "{\"kdf\":\"argon2id\",\"salt\":\"AAECAwQFBgcICQoLDA0ODw\",\"ops\":2,\"memory\":8388608}",
        "{\"kdf\":\"argon2id\",\"salt\":\"AAECAwQFBgcICQoLDA0ODw\",\"ops\":1,\"memory\":9437184}",
    };
    (void)state;
    expect_same(fetch_passphrase("open", PARAMS_SMALL), fetch_passphrase("open", PARAMS_SMALL),
                true);
    expect_same(fetch_passphrase("open", PARAMS_SMALL), fetch_passphrase("Open", PARAMS_SMALL),
                false);
    for (size_t i = 0; i < TEST_COUNT(others); i++)
        expect_same(fetch_passphrase("open", PARAMS_SMALL), fetch_passphrase("open", others[i]),
                    false);
}

/* D6: a file cannot make us ask for 64 GiB, nor weaken the stretching to nothing. */
static void bad_parameters_are_refused(void **state)
{
#define SALT "\"salt\":\"AAECAwQFBgcICQoLDA0ODw\""
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{\"kdf\":\"argon2id\"," SALT ",\"ops\":1}",
        "{\"kdf\":\"argon2i\"," SALT ",\"ops\":1,\"memory\":8388608}",
        "{\"kdf\":\"argon2id\"," SALT ",\"ops\":0,\"memory\":8388608}",
        "{\"kdf\":\"argon2id\"," SALT ",\"ops\":-1,\"memory\":8388608}",
        "{\"kdf\":\"argon2id\"," SALT ",\"ops\":11,\"memory\":8388608}",
        "{\"kdf\":\"argon2id\"," SALT ",\"ops\":1,\"memory\":8388607}",
        "{\"kdf\":\"argon2id\"," SALT ",\"ops\":1,\"memory\":-8388608}",
        "{\"kdf\":\"argon2id\"," SALT ",\"ops\":1,\"memory\":1073741825}",
        "{\"kdf\":\"argon2id\"," SALT ",\"ops\":1,\"memory\":68719476736}",
        "{\"kdf\":\"argon2id\"," SALT ",\"ops\":99999999999999999999,\"memory\":8388608}",
        "{\"kdf\":\"argon2id\"," SALT ",\"ops\":1,\"memory\":8388608,\"ops\":2}",
        "{\"kdf\":\"argon2id\",\"salt\":\"\",\"ops\":1,\"memory\":8388608}",
        "{\"kdf\":\"argon2id\",\"salt\":\"AAECAwQFBgcICQoLDA0O\",\"ops\":1,\"memory\":8388608}",
        "{\"kdf\":\"argon2id\",\"salt\":\"AAECAwQFBgcICQoLDA0ODxA\",\"ops\":1,\"memory\":8388608}",
        "{\"kdf\":\"argon2id\",\"salt\":\"!!!!!!!!!!!!!!!!!!!!!!\",\"ops\":1,\"memory\":8388608}",
        "{\"kdf\":\"argon2id\",\"salt\":7,\"ops\":1,\"memory\":8388608}",
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        struct answers answers = {.text = "open"};
        const struct vault_key_asker asker = {answer, &answers};
        struct crypt_secret *key = NULL;
        struct base_error err;
        assert_status(vault_key_fetch("passphrase", &asker, base_span_of(bad[i]), &key, &err),
                      BASE_STORAGE, &err);
        assert_null(key);
    }
}

static void nobody_to_ask_is_said(void **state)
{
    static const struct vault_key_asker deaf = {0};
    struct answers answers = {0};
    const struct vault_key_asker asker = {answer, &answers};
    struct crypt_secret *key = NULL;
    struct base_error err;
    (void)state;
    struct base_span params = BASE_SPAN(PARAMS_SMALL);
    assert_status(vault_key_fetch("passphrase", NULL, params, &key, &err), BASE_USAGE, &err);
    assert_status(vault_key_fetch("passphrase", &deaf, params, &key, &err), BASE_USAGE, &err);
    assert_status(vault_key_fetch("passphrase", &asker, params, &key, &err), BASE_CANCELLED, &err);
    answers.text = "";
    assert_status(vault_key_fetch("passphrase", &asker, params, &key, &err), BASE_USAGE, &err);
    assert_null(key);
}

/* The real cost once: a whole vault, opened with the right passphrase and with a wrong one. */
static void wrong_passphrase_is_said(void **state)
{
    struct answers answers = {.text = "correct horse"};
    const struct vault_key_asker asker = {answer, &answers};
    struct vault_store *store, *copy;
    struct vault *v;
    struct vault_record r;
    struct base_buf header;
    struct base_error err;
    (void)state;
    base_buf_init(&header, VAULT_HEADER_MAX);
    assert_ok(vault_memory_open(&store, &err), &err);
    assert_ok(vault_memory_open(&copy, &err), &err);
    assert_ok(vault_create(store, "passphrase", &asker, &v, &err), &err);
    assert_int_equal(answers.confirmed, 1);
    assert_ok(vault_put(v, VAULT_APP, "a", 0, BASE_SPAN("{}"), NULL, &err), &err);
    assert_int_equal(answers.asked, 1); /* the data key is there already */
    assert_ok(store->ops->header_get(store, &header, &err), &err);
    assert_ok(copy->ops->header_put(copy, BASE_SPAN_NONE, base_buf_span(&header), &err), &err);
    base_buf_free(&header);
    vault_close(v);

    assert_ok(vault_open(copy, &asker, &v, &err), &err);
    assert_int_equal(answers.asked, 1); /* not before a secret is needed */
    answers.text = "correct house";
    assert_status(vault_put(v, VAULT_APP, "a", 0, BASE_SPAN("{}"), NULL, &err), BASE_STORAGE, &err);
    assert_string_equal(err.why, "the passphrase is wrong");
    answers.text = "correct horse";
    assert_ok(vault_put(v, VAULT_APP, "a", 0, BASE_SPAN("{}"), NULL, &err), &err);
    assert_ok(vault_get(v, VAULT_APP, "a", &r, &err), &err);
    vault_record_free(&r);
    vault_close(v);
}

/* ------------------------------------------------------------------ short of memory */

static enum base_status memory_step(void *arg)
{
    const struct test_dir *d = arg;
    struct base_error err;
    struct base_buf params;
    struct crypt_secret *key;
    char *spec;
    base_buf_init(&params, 1024);
    enum base_status status = vault_key_normalise(spec_of(d, "key"), &spec, &err);
    if (status != BASE_OK)
        return status;
    if ((status = vault_key_make(spec, NULL, &params, &key, &err)) == BASE_OK)
        crypt_secret_free(key);
    base_buf_free(&params);
    if (status == BASE_OK && unlink(test_dir_path(d, "key")) != 0)
        status = BASE_FAILED;
    base_mem_free(spec);
    return status;
}

static enum base_status memory_passphrase_step(void *arg)
{
    struct answers answers = {.text = "open"};
    const struct vault_key_asker asker = {answer, &answers};
    struct base_error err;
    struct crypt_secret *key;
    (void)arg;
    enum base_status status =
        vault_key_fetch("passphrase", &asker, BASE_SPAN(PARAMS_SMALL), &key, &err);
    if (status == BASE_OK)
        crypt_secret_free(key);
    return status;
}

/* Of these all but the last end before the costly part. */
static enum base_status memory_new_passphrase_step(void *arg)
{
    struct answers answers = {.text = "open"};
    const struct vault_key_asker asker = {answer, &answers};
    struct base_error err;
    struct base_buf params;
    struct crypt_secret *key;
    (void)arg;
    base_buf_init(&params, 1024);
    enum base_status status = vault_key_make("passphrase", &asker, &params, &key, &err);
    if (status == BASE_OK) {
        crypt_secret_free(key);
        assert_non_null(strstr(base_buf_str(&params), "\"memory\":268435456"));
    }
    base_buf_free(&params);
    return status;
}

static void each_allocation_may_fail(void **state)
{
    assert_true(test_each_allocation_fails(memory_step, *state) > 5);
    assert_true(test_each_allocation_fails(memory_passphrase_step, NULL) > 1);
    assert_true(test_each_allocation_fails(memory_new_passphrase_step, NULL) > 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, dir_setup, dir_teardown)
    const struct CMUnitTest tests[] = {
        TEST(specs_become_absolute),
        TEST(bad_specs_are_refused),
        TEST(file_is_made_and_found),
        TEST(umask_does_not_matter),
        TEST(line_end_does_not_matter),
        TEST(absent_file_is_named),
        TEST(open_modes_are_refused),
        TEST(other_owners_are_refused),
        TEST(wrong_sizes_are_refused),
        TEST(odd_files_are_refused),
        TEST(unknown_specs_are_refused),
        TEST(credential_is_found),
        TEST(absent_credentials_are_named),
        TEST(odd_credentials_are_refused),
        TEST(silent_bus_is_given_up),
        TEST(absent_bus_is_said),
        TEST(bad_keyring_parameters_are_refused),
        TEST(best_source_is_chosen),
        TEST(parameters_are_honoured),
        TEST(bad_parameters_are_refused),
        TEST(nobody_to_ask_is_said),
        TEST(wrong_passphrase_is_said),
        TEST(each_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("vault_key", tests, NULL, NULL);
}
