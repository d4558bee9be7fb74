#include "cli_account.h"

#include "base_file.h"
#include "base_text.h"
#include "broker_grant.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ACCOUNT_FILE_MAX 1024

/* The file's first line that is neither empty nor a comment. */
static bool first_word(struct base_span text, char *out, size_t size)
{
    struct base_span rest = text;

    while (rest.p) {
        struct base_span line = base_span_trim(base_span_cut(&rest, '\n'));

        if (line.n > 0 && line.p[0] != '#')
            return base_text_copy(out, size, line);
    }
    return false;
}

/* ------------------------------------------------------------------ the file .hubauth */

static enum base_status refuse(struct base_error *err, const char *path, const char *why)
{
    base_fail(err, BASE_USAGE, "choosing an account", "%s does not choose: %s", path, why);
    base_error_hint(err, "name the account, as argument or in HUBAUTH_ACCOUNT");
    return BASE_USAGE;
}

/* In a folder above, such as /tmp, anybody may have put one. It is an error rather than ignored:
 * the account that would be chosen instead is not the one that was meant, either. */
static enum base_status check_owner(const struct stat *st, const char *path, struct base_error *err)
{
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return refuse(err, path, "it belongs to another user");
    if (S_ISLNK(st->st_mode)) /* its mode means nothing */
        return BASE_OK;
    if (!S_ISREG(st->st_mode))
        return refuse(err, path, "it is no regular file");
    /* A group of the user's own, as Debian gives everybody one, is no other user. */
    if ((st->st_mode & S_IWOTH) || ((st->st_mode & S_IWGRP) && st->st_gid != getegid()))
        return refuse(err, path, "others can write to it (chmod go-w)");
    return BASE_OK;
}

/* NOT_FOUND when there is none; a folder of that name, such as a vault's, is none. */
static enum base_status read_checked(const char *path, struct base_buf *out, struct base_error *err)
{
    struct stat st;
    enum base_status status;
    int fd;

    if (lstat(path, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR ? BASE_NOT_FOUND
                                                   : refuse(err, path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return BASE_NOT_FOUND;
    status = check_owner(&st, path, err);
    if (status)
        return status;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        status = refuse(err, path, strerror(errno));
    } else {
        status = check_owner(&st, path, err);
        if (!status && base_file_read_fd(fd, out, NULL))
            status = refuse(err, path, "it cannot be read, or is too large");
    }
    if (fd >= 0)
        (void)close(fd);
    return status;
}

static enum base_status read_account_file(const char *folder, char *out, size_t size, char *rule,
                                          size_t rule_size, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    BASE_CLEANUP(base_mem_cleanup)
    char *path = base_file_join(strcmp(folder, "/") == 0 ? "" : folder, ".hubauth");
    enum base_status status;

    if (!path)
        return base_fail_memory(err);
    base_buf_init(&text, ACCOUNT_FILE_MAX);
    status = read_checked(path, &text, err);
    if (status)
        return status;
    if (!first_word(base_buf_span(&text), out, size)) {
        base_fail(err, BASE_USAGE, "choosing an account", "%s names no account", path);
        base_error_hint(err, "write an account's name into it, or remove it");
        return BASE_USAGE;
    }
    base_text_format(rule, rule_size, "%s", path);
    return BASE_OK;
}

/* NOT_FOUND when no folder up to the root has one. */
static enum base_status search_folders(char *out, size_t size, char *rule, size_t rule_size,
                                       struct base_error *err)
{
    char folder[PATH_MAX];

    if (!getcwd(folder, sizeof(folder)))
        return BASE_NOT_FOUND;
    for (;;) {
        enum base_status status = read_account_file(folder, out, size, rule, rule_size, err);
        char *slash = strrchr(folder, '/');

        if (status != BASE_NOT_FOUND)
            return status;
        if (!slash || strcmp(folder, "/") == 0)
            return BASE_NOT_FOUND;
        slash[slash == folder ? 1 : 0] = '\0';
    }
}

static enum base_status choose_stateless(struct cli *c, struct cli_account *ret,
                                         struct base_error *err)
{
    struct cli_account a = {0};
    const char *rule = "";
    enum base_status status = cli_stateless_open(c, &rule, err);

    if (status)
        return status;
    a.name = base_mem_strdup(CLI_STATELESS_NAME "/" CLI_STATELESS_NAME);
    if (!a.name)
        return base_fail_memory(err);
    base_text_format(a.rule, sizeof(a.rule), "%s", rule);
    *ret = a;
    return BASE_OK;
}

/* A repository may have a link of the name that leads to a file with a secret: the error would show
 * its first line. */
static bool is_link(const char *path)
{
    struct stat st;

    return lstat(path, &st) != 0 || S_ISLNK(st.st_mode);
}

enum base_status cli_account_choose(struct cli *c, const char *argument, struct cli_account *ret,
                                    struct base_error *err)
{
    const char *environment = getenv("HUBAUTH_ACCOUNT");
    bool named = argument || (environment && environment[0]);
    char word[256];
    const char *wanted = argument;
    struct cli_account a = {0};
    struct broker *b;
    enum base_status status;

    /* Who has the vault open already means the vault. */
    if (!named && !c->broker && cli_stateless_wanted(c))
        return choose_stateless(c, ret, err);
    status = cli_broker(c, &b, err);
    if (status)
        return status;
    if (argument) {
        base_text_format(a.rule, sizeof(a.rule), "argument");
    } else if (environment && environment[0]) {
        wanted = environment;
        base_text_format(a.rule, sizeof(a.rule), "HUBAUTH_ACCOUNT");
    } else {
        status = search_folders(word, sizeof(word), a.rule, sizeof(a.rule), err);
        if (status && status != BASE_NOT_FOUND)
            return status;
        wanted = status ? NULL : word;
        if (status)
            base_text_format(a.rule, sizeof(a.rule), "the only account");
    }
    status = broker_grant_choose(b, wanted, &a.name, err);
    if (status == BASE_USAGE && wanted == word && is_link(a.rule))
        return refuse(err, a.rule, "it is a link, and behind it is no connected account's name");
    if (status)
        base_error_doing(err, "choosing an account by %s", a.rule);
    else
        *ret = a;
    return status;
}

void cli_account_free(struct cli_account *a)
{
    base_mem_free(a->name);
    a->name = NULL;
}
