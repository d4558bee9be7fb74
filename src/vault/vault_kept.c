#include "vault_kept.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base_text.h"
#include "base_time.h"
#include "crypt_encode.h"
#include "crypt_hash.h"
#include "crypt_seal.h"
#include "vault_key.h"

#define KEPT_DOING_PUT "keeping the vault unlocked"
#define KEPT_DOING_DROP "locking the vault"
#define KEPT_TYPE "user"
#define KEPT_POSSESSOR_ALL                                                                         \
    0x3f000000u /* nothing for the user, the group, others: keyctl_setperm(3) */

/* What is kept: until when, and the key. The kernel's own time limit cannot be asked for. */
enum { KEPT_BYTES = sizeof(int64_t) + CRYPT_KEY_BYTES };

typedef int32_t kept_id;

/* libkeyutils would be a library more to load for what are two system calls. */
static long kept_control(int operation, long a, long b, long c, long d)
{
    return syscall(SYS_keyctl, operation, a, b, c, d);
}

static void kept_name(char out[64], const char *spec, struct base_span params)
{
    unsigned char inner[CRYPT_BLAKE2B_BYTES], outer[CRYPT_BLAKE2B_BYTES];
    struct base_buf hex;
    crypt_blake2b(inner, BASE_SPAN_NONE, base_span_of(spec));
    crypt_blake2b(outer, (struct base_span){(const char *)inner, sizeof(inner)}, params);
    base_buf_init(&hex, 64);
    crypt_hex(&hex, outer, 16);
    base_text_format(out, 64, "hubauth:%s", base_buf_str(&hex));
    base_buf_free(&hex);
}

/* -1 with errno. The user's keyring need not hang on this session's, and a process may use what it
 * possesses alone; so it is linked to the process's own keyring on the way. */
static kept_id kept_find(const char *spec, struct base_span params)
{
    char name[64];
    kept_name(name, spec, params);
    return (kept_id)kept_control(KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, (long)KEPT_TYPE, (long)name,
                                 KEY_SPEC_PROCESS_KEYRING);
}

/* The secret holds KEPT_BYTES; NULL when there is nothing of ours. */
static struct crypt_secret *kept_read(const char *spec, struct base_span params, int64_t *ret_until)
{
    kept_id id = kept_find(spec, params);
    if (id < 0)
        return NULL;
    struct crypt_secret *bytes = crypt_secret_new(KEPT_BYTES);
    if (bytes == NULL)
        return NULL;
    long n = kept_control(KEYCTL_READ, id, (long)crypt_secret_bytes(bytes), KEPT_BYTES, 0);
    if (n == KEPT_BYTES)
        memcpy(ret_until, crypt_secret_bytes(bytes), sizeof(*ret_until));
    if (n == KEPT_BYTES && *ret_until > base_time_now())
        return bytes;
    crypt_secret_free(bytes);
    return NULL;
}

static enum base_status kept_fail(const char *doing, struct base_error *err)
{
    int e = errno;
    if (e == ENOSYS || e == EPERM || e == EACCES) {
        base_fail_errno(err, BASE_UNAVAILABLE, doing, e,
                        "the kernel's key store is closed to this process, as containers often "
                        "have it");
        base_error_hint(err, "give the passphrase each time, by HUBAUTH_PASSPHRASE_FILE, or: "
                             "hubauth key change --to file:PATH");
        return BASE_UNAVAILABLE;
    }
    base_fail_errno(err, BASE_UNAVAILABLE, doing, e, "the kernel's key store");
    if (e == EDQUOT)
        base_error_hint(err, "this user's share of it is used up: see /proc/key-users");
    return BASE_UNAVAILABLE;
}

static bool kept_make(kept_id id, int64_t for_ms)
{
    unsigned seconds = (unsigned)((for_ms + 999) / 1000);
    return kept_control(KEYCTL_SETPERM, id, KEPT_POSSESSOR_ALL, 0, 0) == 0 &&
           kept_control(KEYCTL_SET_TIMEOUT, id, seconds, 0, 0) == 0 &&
           kept_control(KEYCTL_LINK, id, KEY_SPEC_USER_KEYRING, 0, 0) == 0;
}

enum base_status vault_kept_put(const char *spec, struct base_span params,
                                const struct crypt_secret *key, int64_t for_ms,
                                struct base_error *err)
{
    static const char doing[] = KEPT_DOING_PUT;
    if (!vault_key_is_keepable(spec))
        return base_fail(err, BASE_USAGE, doing, "with %s as its key it is never locked", spec);
    if (for_ms < BASE_SECOND_MS || for_ms > VAULT_KEPT_MAX_MS)
        return base_fail(err, BASE_USAGE, doing, "the time must be a second to 30 days");
    int64_t until = base_time_now() + for_ms;
    BASE_CLEANUP(crypt_secret_cleanup)
    struct crypt_secret *bytes = crypt_secret_new(KEPT_BYTES);
    if (bytes == NULL)
        return base_fail_memory(err);
    memcpy(crypt_secret_bytes(bytes), &until, sizeof(until));
    memcpy(crypt_secret_bytes(bytes) + sizeof(until), crypt_secret_span(key).p, CRYPT_KEY_BYTES);
    char name[64];
    kept_name(name, spec, params);
    /* Made where nobody else looks, and shown when it is complete. */
    long id = syscall(SYS_add_key, KEPT_TYPE, name, crypt_secret_bytes(bytes), (size_t)KEPT_BYTES,
                      KEY_SPEC_PROCESS_KEYRING);
    if (id < 0 || !kept_make((kept_id)id, for_ms))
        return kept_fail(doing, err);
    return BASE_OK;
}

bool vault_kept_get(const char *spec, struct base_span params, struct crypt_secret **ret)
{
    int64_t until;
    if (!vault_key_is_keepable(spec))
        return false;
    BASE_CLEANUP(crypt_secret_cleanup)
    struct crypt_secret *bytes = kept_read(spec, params, &until);
    if (bytes == NULL)
        return false;
    struct crypt_secret *key =
        crypt_secret_from(crypt_secret_bytes(bytes) + sizeof(until), CRYPT_KEY_BYTES);
    if (key == NULL)
        return false;
    *ret = key;
    return true;
}

int64_t vault_kept_until(const char *spec, struct base_span params)
{
    int64_t until = 0;
    struct crypt_secret *bytes = kept_read(spec, params, &until);
    if (bytes == NULL)
        return 0;
    crypt_secret_free(bytes);
    return until;
}

enum base_status vault_kept_drop(const char *spec, struct base_span params, struct base_error *err)
{
    kept_id id = kept_find(spec, params);
    if (id < 0 && errno != ENOKEY && errno != EKEYEXPIRED && errno != EKEYREVOKED)
        return kept_fail(KEPT_DOING_DROP, err);
    if (id < 0)
        return base_fail(err, BASE_NOT_FOUND, KEPT_DOING_DROP, "it was not unlocked");
    if (kept_control(KEYCTL_INVALIDATE, id, 0, 0, 0) != 0)
        return kept_fail(KEPT_DOING_DROP, err);
    return BASE_OK;
}
