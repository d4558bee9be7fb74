#include "vault_key.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_file.h"
#include "crypt_encode.h"
#include "crypt_random.h"
#include "crypt_seal.h"
#include "vault_key_source.h"

#define KEY_DOING "getting the vault's key"
#define KEY_PURPOSE "hubauth vault key"
#define KEY_CREDENTIAL "hubauth-key" /* what an unattended init looks for */
#define KEY_CHOICES "keyring, passphrase, file:PATH or credential:NAME"

enum { KEY_BYTES_MIN = 32, KEY_BYTES_MAX = 4096, KEY_SPEC_MAX = 4096 + 16 };

static const struct vault_key_source *const key_sources[] = {
    &vault_key_file,
    &vault_key_passphrase,
    &vault_key_credential,
    &vault_key_keyring,
};

/* NULL when there is none. *ret_place is what follows the colon, "" without one. */
static const struct vault_key_source *key_find(const char *spec, const char **ret_place)
{
    for (size_t i = 0; i < sizeof(key_sources) / sizeof(key_sources[0]); i++) {
        const struct vault_key_source *source = key_sources[i];
        size_t n = strlen(source->word);
        char after = source->normalise != NULL ? ':' : '\0';
        if (strncmp(spec, source->word, n) != 0 || spec[n] != after)
            continue;
        *ret_place = after != '\0' ? spec + n + 1 : "";
        return source;
    }
    return NULL;
}

/* ------------------------------------------------------------------ specifications */

static enum base_status key_write_spec(const struct vault_key_source *source, const char *place,
                                       struct base_buf *out, struct base_error *err)
{
    base_buf_add_str(out, source->word);
    if (source->normalise == NULL)
        return BASE_OK;
    base_buf_add_char(out, ':');
    return source->normalise(place, out, err);
}

enum base_status vault_key_normalise(const char *spec, char **ret, struct base_error *err)
{
    static const char doing[] = "reading the key's place";
    const char *place;
    const struct vault_key_source *source = key_find(spec, &place);
    if (source == NULL) {
        base_fail(err, BASE_USAGE, doing, "\"%s\" is no place for a key", spec);
        base_error_hint(err, "use " KEY_CHOICES);
        return BASE_USAGE;
    }
    BASE_CLEANUP(base_buf_free) struct base_buf out;
    base_buf_init(&out, KEY_SPEC_MAX);
    enum base_status status = key_write_spec(source, place, &out, err);
    if (status != BASE_OK)
        return status;
    if (base_buf_status(&out) == BASE_LIMIT)
        return base_fail(err, BASE_USAGE, doing, "the path is too long");
    char *text = base_buf_steal(&out);
    if (text == NULL)
        return base_fail_memory(err);
    *ret = text;
    return BASE_OK;
}

enum base_status vault_key_unknown(const char *spec, struct base_error *err)
{
    base_fail(err, BASE_STORAGE, KEY_DOING, "this hubauth knows no key place like \"%s\"", spec);
    base_error_hint(err, "upgrade hubauth; the vault was left as it is");
    return BASE_STORAGE;
}

/* ------------------------------------------------------------------ what sources share */

enum base_status vault_key_no_params(struct base_buf *params, struct base_error *err)
{
    base_buf_add_str(params, "{}");
    return base_buf_status(params) == BASE_OK ? BASE_OK : base_fail_memory(err);
}

enum base_status vault_key_from_text(struct base_span text, struct crypt_secret **ret,
                                     struct base_error *err)
{
    /* A line end behind the key does not count: editors add one and secret managers drop it. */
    while (text.n > KEY_BYTES_MIN && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
        text.n--;
    return crypt_key_from_bytes(text, KEY_PURPOSE, ret, err);
}

static enum base_status key_check_size(int fd, const char *path, struct base_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return base_fail_errno(err, BASE_STORAGE, KEY_DOING, errno, "%s", path);
    if (st.st_size >= KEY_BYTES_MIN && st.st_size <= KEY_BYTES_MAX)
        return BASE_OK;
    return base_fail(err, BASE_STORAGE, KEY_DOING, "%s has %lld bytes, must be %d to %d", path,
                     (long long)st.st_size, KEY_BYTES_MIN, KEY_BYTES_MAX);
}

enum base_status vault_key_from_fd(int fd, const char *path, struct crypt_secret **ret,
                                   struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf bytes;
    base_buf_init_sensitive(&bytes, KEY_BYTES_MAX);
    enum base_status status = key_check_size(fd, path, err);
    if (status != BASE_OK) {
        close(fd);
        return status;
    }
    status = base_file_read_fd(fd, &bytes, err);
    close(fd);
    if (status == BASE_OK)
        return vault_key_from_text(base_buf_span(&bytes), ret, err);
    if (status == BASE_NO_MEMORY)
        return status;
    struct base_error cause = err != NULL ? *err : BASE_ERROR_NONE;
    return base_fail(err, BASE_STORAGE, KEY_DOING, "%s: %s", path, cause.why);
}

enum base_status vault_key_random_text(struct base_buf *out, struct base_error *err)
{
    unsigned char random[CRYPT_KEY_BYTES];
    crypt_random(random, sizeof(random));
    base_buf_init_sensitive(out, 64);
    crypt_base64url(out, random, sizeof(random));
    crypt_wipe(random, sizeof(random));
    return base_buf_status(out) == BASE_OK ? BASE_OK : base_fail_memory(err);
}

/* ------------------------------------------------------------------ any source */

enum base_status vault_key_make(const char *spec, const struct vault_key_asker *asker,
                                struct base_buf *params, struct crypt_secret **ret,
                                struct base_error *err)
{
    const char *place;
    const struct vault_key_source *source = key_find(spec, &place);
    return source != NULL ? source->make(place, asker, params, ret, err)
                          : vault_key_unknown(spec, err);
}

enum base_status vault_key_fetch(const char *spec, const struct vault_key_asker *asker,
                                 struct base_span params, struct crypt_secret **ret,
                                 struct base_error *err)
{
    const char *place;
    const struct vault_key_source *source = key_find(spec, &place);
    return source != NULL ? source->fetch(place, asker, params, ret, err)
                          : vault_key_unknown(spec, err);
}

enum base_status vault_key_wrong(const char *spec, struct base_error *err)
{
    static const char doing[] = "unlocking the vault";
    const char *place;
    const struct vault_key_source *source = key_find(spec, &place);
    if (source != NULL && source->wrong != NULL)
        base_fail(err, BASE_STORAGE, doing, "%s", source->wrong);
    else
        base_fail(err, BASE_STORAGE, doing, "the key from %s does not open it", spec);
    base_error_hint(err, "%s", source != NULL ? source->wrong_hint : "");
    return BASE_STORAGE;
}

bool vault_key_is_keepable(const char *spec)
{
    const char *place;
    const struct vault_key_source *source = key_find(spec, &place);
    return source != NULL && source->keepable;
}

/* ------------------------------------------------------------------ choosing */

static const char *key_best(bool can_ask, struct base_error *ret_why_not)
{
    if (vault_key_credential_is_there(KEY_CREDENTIAL))
        return "credential:" KEY_CREDENTIAL;
    if (vault_key_keyring_usable(ret_why_not) == BASE_OK)
        return "keyring";
    return can_ask ? "passphrase" : NULL;
}

enum base_status vault_key_choose(bool can_ask, char **ret_spec, struct base_error *ret_why_not,
                                  struct base_error *err)
{
    *ret_why_not = BASE_ERROR_NONE;
    const char *spec = key_best(can_ask, ret_why_not);
    if (spec == NULL) {
        base_fail(err, BASE_USAGE, "choosing what locks the vault",
                  "there is no keyring (%s), no terminal to ask for a passphrase on, and no "
                  "credential " KEY_CREDENTIAL,
                  ret_why_not->why);
        base_error_hint(err, "say what you want: hubauth init --key file:PATH, credential:NAME, "
                             "keyring, or passphrase with HUBAUTH_PASSPHRASE_FILE");
        return BASE_USAGE;
    }
    char *text = base_mem_strdup(spec);
    if (text == NULL)
        return base_fail_memory(err);
    *ret_spec = text;
    return BASE_OK;
}
