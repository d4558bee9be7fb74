#include "vault_key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_file.h"
#include "base_json.h"
#include "base_jsonw.h"
#include "base_text.h"
#include "crypt_hash.h"
#include "crypt_random.h"
#include "crypt_seal.h"
#include "vault_dir.h"

#define KEY_PASSPHRASE "passphrase"
#define KEY_FILE_PREFIX "file:"
#define KEY_DOING_FILE "getting the vault's key from its file"
#define KEY_DOING_PASSPHRASE "getting the vault's key from the passphrase"
#define KEY_PURPOSE "hubauth vault key"
#define KEY_KDF "argon2id"

enum {
    KEY_FILE_MIN = 32,
    KEY_FILE_MAX = 4096,
    KEY_PARAMS_MAX = 1024,
};

/* ------------------------------------------------------------------ the specification */

/* The path of "file:PATH", NULL for anything else. */
static const char *key_file_path(const char *spec)
{
    size_t n = strlen(KEY_FILE_PREFIX);
    return strncmp(spec, KEY_FILE_PREFIX, n) == 0 ? spec + n : NULL;
}

/* No shell expands the tilde in "file:~/key". */
static enum base_status key_base_of(const char **path, char *ret_base, size_t size,
                                    struct base_error *err)
{
    static const char doing[] = "finding the key file";
    if (strncmp(*path, "~/", 2) == 0) {
        const char *home = getenv("HOME");
        if (home == NULL || home[0] != '/')
            return base_fail(err, BASE_USAGE, doing, "HOME is not set; give the whole path");
        *path += 2;
        if (!base_text_copy(ret_base, size, base_span_of(home)))
            return base_fail(err, BASE_USAGE, doing, "HOME is too long");
        return BASE_OK;
    }
    if (getcwd(ret_base, size) == NULL)
        return base_fail_errno(err, BASE_USAGE, doing, errno, "the current directory has no path");
    return BASE_OK;
}

static enum base_status key_absolute(const char *path, char **ret, struct base_error *err)
{
    char base[PATH_MAX] = "";
    if (path[0] != '/') {
        enum base_status status = key_base_of(&path, base, sizeof(base), err);
        if (status != BASE_OK)
            return status;
    }
    struct base_buf spec;
    base_buf_init(&spec, PATH_MAX + sizeof(KEY_FILE_PREFIX));
    base_buf_add_str(&spec, KEY_FILE_PREFIX);
    if (path[0] != '/')
        base_buf_printf(&spec, "%s/", base);
    base_buf_add_str(&spec, path);
    enum base_status status = base_buf_status(&spec);
    char *text = base_buf_steal(&spec);
    base_buf_free(&spec);
    if (status == BASE_LIMIT)
        return base_fail(err, BASE_USAGE, "reading the key's place", "the path is too long");
    if (text == NULL)
        return base_fail_memory(err);
    *ret = text;
    return BASE_OK;
}

static bool key_path_is_plain(const char *path)
{
    for (const unsigned char *p = (const unsigned char *)path; *p != '\0'; p++) {
        if (*p < 0x20 || *p == 0x7f)
            return false;
    }
    return base_text_utf8_valid(base_span_of(path)); /* the header is JSON */
}

enum base_status vault_key_normalise(const char *spec, char **ret, struct base_error *err)
{
    static const char doing[] = "reading the key's place";
    if (strcmp(spec, KEY_PASSPHRASE) == 0) {
        char *text = base_mem_strdup(spec);
        if (text == NULL)
            return base_fail_memory(err);
        *ret = text;
        return BASE_OK;
    }
    const char *path = key_file_path(spec);
    if (path == NULL) {
        base_fail(err, BASE_USAGE, doing, "\"%s\" is no place for a key", spec);
        base_error_hint(err, "use file:PATH or passphrase");
        return BASE_USAGE;
    }
    size_t n = strlen(path);
    if (n == 0 || path[n - 1] == '/')
        return base_fail(err, BASE_USAGE, doing, "\"%s\" names no file", spec);
    if (!key_path_is_plain(path))
        return base_fail(err, BASE_USAGE, doing,
                         "the path holds control characters or is no UTF-8");
    return key_absolute(path, ret, err);
}

static enum base_status key_unknown(const char *spec, struct base_error *err)
{
    base_fail(err, BASE_STORAGE, "getting the vault's key",
              "this hubauth knows no key place like \"%s\"", spec);
    base_error_hint(err, "upgrade hubauth; the vault was left as it is");
    return BASE_STORAGE;
}

/* ------------------------------------------------------------------ file */

static enum base_status key_file_open(const char *path, int *ret_fd, struct base_error *err)
{
    /* O_NONBLOCK: a FIFO must be refused below, not waited for (D2). */
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        int e = errno;
        if (e == ELOOP)
            return base_fail(err, BASE_STORAGE, KEY_DOING_FILE,
                             "%s is a symbolic link, which is not followed", path);
        base_fail_errno(err, BASE_STORAGE, KEY_DOING_FILE, e, "%s", path);
        if (e == ENOENT)
            base_error_hint(err, "put the key file back; without it nobody can open this vault");
        return BASE_STORAGE;
    }
    struct stat st;
    enum base_status status = BASE_OK;
    if (fstat(fd, &st) != 0)
        status = base_fail_errno(err, BASE_STORAGE, KEY_DOING_FILE, errno, "%s", path);
    else
        status = vault_dir_file_is_ours(&st, path, err);
    if (status == BASE_OK && (st.st_size < KEY_FILE_MIN || st.st_size > KEY_FILE_MAX))
        status = base_fail(err, BASE_STORAGE, KEY_DOING_FILE, "%s has %lld bytes, must be %d to %d",
                           path, (long long)st.st_size, KEY_FILE_MIN, KEY_FILE_MAX);
    if (status != BASE_OK) {
        close(fd);
        return status;
    }
    *ret_fd = fd;
    return BASE_OK;
}

/* A line end behind the key does not count: editors add one and secret managers drop it. */
static struct base_span key_without_line_end(struct base_span bytes)
{
    while (bytes.n > KEY_FILE_MIN && (bytes.p[bytes.n - 1] == '\n' || bytes.p[bytes.n - 1] == '\r'))
        bytes.n--;
    return bytes;
}

static enum base_status key_file_fetch(const char *path, struct crypt_secret **ret,
                                       struct base_error *err)
{
    int fd;
    enum base_status status = key_file_open(path, &fd, err);
    if (status != BASE_OK)
        return status;
    BASE_CLEANUP(base_buf_free) struct base_buf bytes;
    base_buf_init_sensitive(&bytes, KEY_FILE_MAX);
    status = base_file_read_fd(fd, &bytes, err);
    close(fd);
    if (status == BASE_OK)
        return crypt_key_from_bytes(key_without_line_end(base_buf_span(&bytes)), KEY_PURPOSE, ret,
                                    err);
    if (status == BASE_NO_MEMORY)
        return status;
    struct base_error cause = err != NULL ? *err : BASE_ERROR_NONE;
    return base_fail(err, BASE_STORAGE, KEY_DOING_FILE, "%s: %s", path, cause.why);
}

static enum base_status key_file_write(int fd, struct base_error *err)
{
    unsigned char random[CRYPT_KEY_BYTES];
    crypt_random(random, sizeof(random));
    BASE_CLEANUP(base_buf_free) struct base_buf line;
    base_buf_init_sensitive(&line, 64);
    crypt_base64url(&line, random, sizeof(random));
    base_buf_add_char(&line, '\n');
    crypt_wipe(random, sizeof(random));
    if (base_buf_status(&line) != BASE_OK)
        return base_fail_memory(err);
    enum base_status status = base_file_write_fd(fd, base_buf_span(&line), err);
    if (status != BASE_OK)
        return status;
    if (fchmod(fd, 0600) != 0 || fsync(fd) != 0)
        return base_fail_errno(err, BASE_STORAGE, "making the key file", errno,
                               "it cannot be completed");
    return BASE_OK;
}

static enum base_status key_sync_folder(const char *folder, struct base_error *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY);
    int failed = fd < 0 || fsync(fd) != 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    if (failed != 0 && failed != EINVAL) /* EINVAL: the file system cannot sync a directory */
        return base_fail_errno(err, BASE_STORAGE, "making the key file", failed, "%s", folder);
    return BASE_OK;
}

/* EXISTS when there is something of that name. Not written beside and renamed, as other files are:
 * two that start at once would each seal a vault with a key of their own, and one key would be
 * gone. */
static enum base_status key_file_make(const char *path, struct base_error *err)
{
    static const char doing[] = "making the key file";
    BASE_CLEANUP(base_mem_cleanup)
    char *folder = base_mem_dup(path, (size_t)(strrchr(path, '/') - path));
    if (folder == NULL)
        return base_fail_memory(err);
    const char *parent = folder[0] != '\0' ? folder : "/";
    enum base_status status = base_file_make_dir(parent, err);
    if (status != BASE_OK)
        return status;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return base_fail_errno(err, errno == EEXIST ? BASE_EXISTS : BASE_STORAGE, doing, errno,
                               "%s", path);
    status = key_file_write(fd, err);
    if (close(fd) != 0 && status == BASE_OK)
        status = base_fail_errno(err, BASE_STORAGE, doing, errno, "%s", path);
    if (status == BASE_OK)
        status = key_sync_folder(parent, err);
    if (status != BASE_OK)
        unlink(path); /* ours since a moment ago, and nothing is sealed with it yet */
    return status;
}

/* ------------------------------------------------------------------ passphrase */

struct key_kdf {
    unsigned char salt[CRYPT_SALT_BYTES];
    int64_t ops;
    int64_t memory;
};

static enum base_status key_ask(const struct vault_key_asker *asker, bool confirm,
                                struct crypt_secret **ret, struct base_error *err)
{
    if (asker == NULL || asker->passphrase == NULL) {
        base_fail(err, BASE_USAGE, KEY_DOING_PASSPHRASE, "there is nobody to ask for it");
        base_error_hint(err, "run it on a terminal, or give a file that holds the passphrase");
        return BASE_USAGE;
    }
    struct crypt_secret *passphrase = NULL;
    enum base_status status = asker->passphrase(asker->arg, confirm, &passphrase, err);
    if (status != BASE_OK)
        return status;
    if (crypt_secret_length(passphrase) == 0) {
        crypt_secret_free(passphrase);
        return base_fail(err, BASE_USAGE, KEY_DOING_PASSPHRASE, "the passphrase is empty");
    }
    *ret = passphrase;
    return BASE_OK;
}

static enum base_status key_stretch(const struct vault_key_asker *asker, bool confirm,
                                    const struct key_kdf *kdf, struct crypt_secret **ret,
                                    struct base_error *err)
{
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *passphrase = NULL;
    enum base_status status = key_ask(asker, confirm, &passphrase, err);
    if (status != BASE_OK)
        return status;
    status = crypt_kdf(passphrase, kdf->salt, (uint64_t)kdf->ops, (uint64_t)kdf->memory, ret, err);
    if (status != BASE_INVALID)
        return status;
    base_fail(err, BASE_STORAGE, KEY_DOING_PASSPHRASE,
              "the header asks for a cost out of bounds (%lld passes, %lld bytes)",
              (long long)kdf->ops, (long long)kdf->memory);
    base_error_hint(err, "the header was changed: restore the vault from a backup");
    return BASE_STORAGE;
}

static enum base_status key_kdf_write(const struct key_kdf *kdf, struct base_buf *params,
                                      struct base_error *err)
{
    struct base_buf salt;
    base_buf_init(&salt, 64);
    crypt_base64url(&salt, kdf->salt, sizeof(kdf->salt));
    struct base_jsonw w;
    base_jsonw_begin(&w, params);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "kdf", KEY_KDF);
    base_jsonw_member_span(&w, "salt", base_buf_span(&salt));
    base_jsonw_member_int(&w, "ops", kdf->ops);
    base_jsonw_member_int(&w, "memory", kdf->memory);
    base_jsonw_end(&w);
    bool good = base_buf_status(&salt) == BASE_OK && base_buf_status(params) == BASE_OK;
    base_buf_free(&salt);
    return good ? BASE_OK : base_fail_memory(err);
}

static enum base_status key_kdf_read(struct base_span params, struct key_kdf *ret,
                                     struct base_error *err)
{
    struct base_json_value kdf, salt;
    struct key_kdf k;
    const struct base_json_field table[] = {
        {"kdf", BASE_JSON_WANT_STRING, true, &kdf, NULL},
        {"salt", BASE_JSON_WANT_STRING, true, &salt, NULL},
        {"ops", BASE_JSON_WANT_INT64, true, &k.ops, NULL},
        {"memory", BASE_JSON_WANT_INT64, true, &k.memory, NULL},
    };
    struct base_error cause = BASE_ERROR_NONE;
    size_t n = 0;
    if (params.n > KEY_PARAMS_MAX ||
        base_json_decode(params, table, sizeof(table) / sizeof(table[0]), &cause) != BASE_OK ||
        !base_json_string_is(&kdf, KEY_KDF) ||
        !crypt_base64_decode(salt.raw, k.salt, sizeof(k.salt), &n) || n != sizeof(k.salt) ||
        k.ops < 0 || k.memory < 0) {
        base_fail(err, BASE_STORAGE, KEY_DOING_PASSPHRASE,
                  "the header's key parameters are damaged");
        base_error_hint(err, "restore the vault from a backup; hubauth leaves it as it is");
        return BASE_STORAGE;
    }
    *ret = k;
    return BASE_OK;
}

static enum base_status key_passphrase_make(const struct vault_key_asker *asker,
                                            struct base_buf *params, struct crypt_secret **ret,
                                            struct base_error *err)
{
    struct key_kdf kdf = {.ops = CRYPT_KDF_OPS, .memory = CRYPT_KDF_MEMORY};
    crypt_random(kdf.salt, sizeof(kdf.salt));
    enum base_status status = key_kdf_write(&kdf, params, err);
    return status == BASE_OK ? key_stretch(asker, true, &kdf, ret, err) : status;
}

/* ------------------------------------------------------------------ either */

enum base_status vault_key_make(const char *spec, const struct vault_key_asker *asker,
                                struct base_buf *params, struct crypt_secret **ret,
                                struct base_error *err)
{
    if (strcmp(spec, KEY_PASSPHRASE) == 0)
        return key_passphrase_make(asker, params, ret, err);
    const char *path = key_file_path(spec);
    if (path == NULL || path[0] != '/')
        return key_unknown(spec, err);
    struct base_error cause = BASE_ERROR_NONE;
    enum base_status status = key_file_make(path, &cause);
    if (status != BASE_OK && status != BASE_EXISTS) {
        if (err != NULL)
            *err = cause;
        return status;
    }
    base_buf_add_str(params, "{}");
    if (base_buf_status(params) != BASE_OK)
        return base_fail_memory(err);
    return key_file_fetch(path, ret, err);
}

enum base_status vault_key_fetch(const char *spec, const struct vault_key_asker *asker,
                                 struct base_span params, struct crypt_secret **ret,
                                 struct base_error *err)
{
    if (strcmp(spec, KEY_PASSPHRASE) == 0) {
        struct key_kdf kdf;
        enum base_status status = key_kdf_read(params, &kdf, err);
        return status == BASE_OK ? key_stretch(asker, false, &kdf, ret, err) : status;
    }
    const char *path = key_file_path(spec);
    if (path == NULL || path[0] != '/')
        return key_unknown(spec, err);
    return key_file_fetch(path, ret, err);
}
