/* credential:NAME: a file that systemd lays out for one unit (systemd.exec(5), LoadCredential= and
 * LoadCredentialEncrypted=) in a folder that it names in $CREDENTIALS_DIRECTORY. The variable is
 * believed because it can only choose among files that pass the checks; a wrong one does not open
 * the vault. The bytes count as those of a key file do, so that a key can move from one to the
 * other. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault_key_source.h"

#define CREDENTIAL_DOING "getting the vault's key from its credential"

enum { CREDENTIAL_NAME_MAX = 255 };

/* systemd allows more, but no slash and no dot alone; these need no quoting anywhere. */
static bool credential_name_is_good(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && n <= CREDENTIAL_NAME_MAX && name[0] != '.' &&
           name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                             "._-")] == '\0';
}

static enum base_status credential_normalise(const char *name, struct base_buf *out,
                                             struct base_error *err)
{
    if (!credential_name_is_good(name)) {
        base_fail(err, BASE_USAGE, "reading the key's place",
                  "\"%s\" is no name of a credential: letters, digits, and - _ . inside", name);
        base_error_hint(err, "use credential:hubauth-key");
        return BASE_USAGE;
    }
    base_buf_add_str(out, name);
    return BASE_OK;
}

/* What systemd makes belongs to root, with an access list that names the unit's user and shows as a
 * group's right to read; or, without such lists, to that user. */
static enum base_status credential_check(const struct stat *st, bool folder, const char *path,
                                         struct base_error *err)
{
    mode_t refused = S_IWGRP | S_IWOTH | S_IROTH | S_IXOTH;
    if (folder ? !S_ISDIR(st->st_mode) : !S_ISREG(st->st_mode))
        return base_fail(err, BASE_STORAGE, CREDENTIAL_DOING, "%s is no %s", path,
                         folder ? "directory" : "regular file");
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return base_fail(err, BASE_STORAGE, CREDENTIAL_DOING,
                         "%s belongs to user %u: neither to root nor to this process", path,
                         (unsigned)st->st_uid);
    if (st->st_uid != 0)
        refused |= S_IRGRP | S_IXGRP;
    if ((st->st_mode & refused) != 0)
        return base_fail(err, BASE_STORAGE, CREDENTIAL_DOING, "%s is too open (mode %04o)", path,
                         (unsigned)(st->st_mode & 07777));
    return BASE_OK;
}

static enum base_status credential_absent(const char *folder, const char *name,
                                          struct base_error *err)
{
    if (folder == NULL)
        base_fail(err, BASE_STORAGE, CREDENTIAL_DOING,
                  "CREDENTIALS_DIRECTORY is not set: this is no systemd unit with credentials");
    else
        base_fail(err, BASE_STORAGE, CREDENTIAL_DOING, "there is no credential %s in %s", name,
                  folder);
    base_error_hint(err, "in the unit: LoadCredentialEncrypted=%s:/etc/credstore.encrypted/%s",
                    name, name);
    return BASE_STORAGE;
}

static enum base_status credential_open_folder(const char *name, int *ret_fd,
                                               struct base_error *err)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    struct stat st;
    if (folder == NULL || folder[0] != '/')
        return credential_absent(NULL, name, err);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 && errno == ENOENT)
        return credential_absent(folder, name, err);
    if (fd < 0 || fstat(fd, &st) != 0) {
        base_fail_errno(err, BASE_STORAGE, CREDENTIAL_DOING, errno, "%s", folder);
        if (fd >= 0)
            close(fd);
        return BASE_STORAGE;
    }
    enum base_status status = credential_check(&st, true, folder, err);
    if (status != BASE_OK)
        close(fd);
    else
        *ret_fd = fd;
    return status;
}

static enum base_status credential_open(const char *name, int *ret_fd, struct base_error *err)
{
    int folder;
    struct stat st;
    enum base_status status = credential_open_folder(name, &folder, err);
    if (status != BASE_OK)
        return status;
    /* O_NONBLOCK: a FIFO is to be refused, not waited for */
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int e = errno;
    close(folder);
    if (fd < 0 && e == ENOENT)
        return credential_absent(getenv("CREDENTIALS_DIRECTORY"), name, err);
    if (fd < 0)
        return base_fail_errno(err, BASE_STORAGE, CREDENTIAL_DOING, e, "%s", name);
    if (fstat(fd, &st) != 0)
        status = base_fail_errno(err, BASE_STORAGE, CREDENTIAL_DOING, errno, "%s", name);
    else
        status = credential_check(&st, false, name, err);
    if (status != BASE_OK)
        close(fd);
    else
        *ret_fd = fd;
    return status;
}

static enum base_status credential_fetch(const char *name, const struct vault_key_asker *asker,
                                         struct base_span params, struct crypt_secret **ret,
                                         struct base_error *err)
{
    int fd;
    (void)asker;
    (void)params;
    if (!credential_name_is_good(name)) /* a header that was changed */
        return vault_key_unknown(name, err);
    enum base_status status = credential_open(name, &fd, err);
    return status == BASE_OK ? vault_key_from_fd(fd, name, ret, err) : status;
}

/* Nobody but systemd makes one. */
static enum base_status credential_make(const char *name, const struct vault_key_asker *asker,
                                        struct base_buf *params, struct crypt_secret **ret,
                                        struct base_error *err)
{
    enum base_status status = vault_key_no_params(params, err);
    return status == BASE_OK ? credential_fetch(name, asker, BASE_SPAN_NONE, ret, err) : status;
}

/* Whether it can be used is another question, which credential_open() answers aloud. */
bool vault_key_credential_is_there(const char *name)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    int fd =
        folder != NULL && folder[0] == '/' ? open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    bool there = faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    close(fd);
    return there;
}

const struct vault_key_source vault_key_credential = {
    .word = "credential",
    .normalise = credential_normalise,
    .make = credential_make,
    .fetch = credential_fetch,
    .wrong_hint = "give the unit the credential that was there when the vault was made",
};
