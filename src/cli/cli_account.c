#include "cli_account.h"

#include "base_file.h"
#include "base_text.h"
#include "broker_grant.h"

#include <limits.h>
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
    status = base_file_read(path, &text, err);
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

/* NOT_FOUND when no folder up to the root has one. A folder of that name (such as a vault's) is
 * none. */
static enum base_status search_folders(char *out, size_t size, char *rule, size_t rule_size,
                                       struct base_error *err)
{
    char folder[PATH_MAX];

    if (!getcwd(folder, sizeof(folder)))
        return BASE_NOT_FOUND;
    for (;;) {
        enum base_status status = read_account_file(folder, out, size, rule, rule_size, err);
        char *slash = strrchr(folder, '/');

        if (status == BASE_OK || status == BASE_USAGE || status == BASE_NO_MEMORY)
            return status;
        if (!slash || strcmp(folder, "/") == 0)
            return BASE_NOT_FOUND;
        slash[slash == folder ? 1 : 0] = '\0';
    }
}

enum base_status cli_account_choose(struct cli *c, const char *argument, struct cli_account *ret,
                                    struct base_error *err)
{
    const char *environment = getenv("HUBAUTH_ACCOUNT");
    char word[256];
    const char *wanted = argument;
    struct cli_account a = {0};
    struct broker *b;
    enum base_status status = cli_broker(c, &b, err);

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
