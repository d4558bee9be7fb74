/* Which account a person means by a name, and what to say when it is none, or more than one. */
#include "broker_int.h"

#include "broker_alias.h"
#include "broker_app_level.h"

struct grant_choice {
    const char *wanted;
    char *alias;        /* the account's name that `wanted` is an alias of */
    char *exact, *only; /* names */
    bool alias_connected;
    size_t matches, count;
    struct base_buf names; /* of the matches, or of all when nothing was wanted */
    struct base_buf all;
    bool failed; /* memory was short */
};

/* The name goes first, since nearly all records are told by it; but at a server without accounts an
 * app of that name has a login that is called so, too. */
static bool is_app_level(const char *account, struct base_span plain)
{
    BASE_CLEANUP(broker_grant_free) struct broker_grant g = {0};

    return strcmp(account, BROKER_APP_LEVEL) == 0 &&
           broker_grant_decode_plain(plain, &g, NULL) == BASE_OK && broker_grant_is_app_level(&g);
}

/* Nobody who says nothing, or names an app, means the app-level account: it is of no use for what a
 * portal's is for, and to add one must not change what commands without a name do. */
static bool matches(const struct grant_choice *c, const char *name, struct base_span plain)
{
    const char *slash = strchr(name, '/');
    const char *account = slash ? slash + 1 : name;
    size_t app_length = slash ? (size_t)(slash - name) : 0;

    if ((c->wanted && strcmp(account, c->wanted) == 0) || (c->alias && strcmp(c->alias, name) == 0))
        return true;
    if (is_app_level(account, plain))
        return false;
    return !c->wanted ||
           (strlen(c->wanted) == app_length && memcmp(name, c->wanted, app_length) == 0);
}

static bool consider_grant(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct grant_choice *c = arg;

    (void)generation;
    base_buf_printf(&c->all, "%s%s", c->count++ ? ", " : "", name);
    if (c->wanted && strcmp(name, c->wanted) == 0) {
        c->exact = base_mem_strdup(name);
        c->failed = c->exact == NULL;
        return c->failed;
    }
    if (!matches(c, name, plain))
        return true;
    if (c->alias && strcmp(c->alias, name) == 0)
        c->alias_connected = true;
    base_buf_printf(&c->names, "%s%s", c->matches ? ", " : "", name);
    if (c->matches++ == 0)
        c->failed = (c->only = base_mem_strdup(name)) == NULL;
    return true;
}

static void grant_choice_free(struct grant_choice *c)
{
    base_mem_free(c->alias);
    base_mem_free(c->exact);
    base_mem_free(c->only);
    base_buf_free(&c->names);
    base_buf_free(&c->all);
}

static enum base_status grant_survey(struct broker *b, struct grant_choice *c,
                                     struct base_error *err)
{
    enum base_status status = c->wanted && !strchr(c->wanted, '/')
                                  ? broker_alias_find(b, c->wanted, &c->alias, err)
                                  : BASE_NOT_FOUND;

    if (status && status != BASE_NOT_FOUND)
        return status;
    base_buf_init(&c->names, 64u << 10);
    base_buf_init(&c->all, 64u << 10);
    status = vault_list(b->vault, VAULT_GRANT, consider_grant, c, err);
    return status ? status : c->failed ? base_fail_memory(err) : BASE_OK;
}

static enum base_status fail_alias(const struct grant_choice *c, struct base_error *err)
{
    const char *slash = strchr(c->alias, '/');

    base_fail(err, BASE_REAUTH, "choosing an account",
              "%s is an alias of account %s, which is not connected", c->wanted, c->alias);
    if (slash && strcmp(slash + 1, BROKER_APP_LEVEL) == 0)
        base_error_hint(err, "hubauth accounts add --app-level --app %.*s --scope SCOPES",
                        (int)(slash - c->alias), c->alias);
    else if (slash)
        base_error_hint(err, "hubauth login --app %.*s --portal %s", (int)(slash - c->alias),
                        c->alias, slash + 1);
    return BASE_REAUTH;
}

static enum base_status fail_choice(const struct grant_choice *c, struct base_error *err)
{
    if (c->alias && !c->alias_connected && c->matches == 0)
        return fail_alias(c, err);
    if (c->count == 0) {
        base_fail(err, BASE_REAUTH, "choosing an account", "no account is connected yet");
        base_error_hint(err, "hubauth login");
        return BASE_REAUTH;
    }
    if (c->matches > 0) {
        base_fail(err, BASE_USAGE, "choosing an account", "%s%s%s: %s%s%s", c->wanted ? "\"" : "",
                  c->wanted ? c->wanted : "more than one is connected",
                  c->wanted ? "\" could be more than one" : "", base_buf_str(&c->names),
                  c->alias ? ", and an alias of " : "", c->alias ? c->alias : "");
        base_error_hint(err, "name one of them, as argument or in HUBAUTH_ACCOUNT");
        return BASE_USAGE;
    }
    if (c->wanted) {
        base_fail(err, BASE_USAGE, "choosing an account", "no account is called \"%s\"", c->wanted);
        base_error_hint(err, "connected: %s", base_buf_str(&c->all));
        return BASE_USAGE;
    }
    base_fail(
        err, BASE_REAUTH, "choosing an account",
        "no portal's account is connected; an app-level one is never meant unless it is named "
        "(%s)",
        base_buf_str(&c->all));
    base_error_hint(err, "hubauth login");
    return BASE_REAUTH;
}

enum base_status broker_grant_fail_none(struct broker *b, const char *wanted,
                                        struct base_error *err)
{
    BASE_CLEANUP(grant_choice_free) struct grant_choice c = {.wanted = wanted};
    enum base_status status = grant_survey(b, &c, err);

    return status ? status : fail_choice(&c, err);
}

enum base_status broker_grant_choose(struct broker *b, const char *wanted, char **ret,
                                     struct base_error *err)
{
    BASE_CLEANUP(grant_choice_free) struct grant_choice c = {.wanted = wanted};
    enum base_status status = grant_survey(b, &c, err);
    char **found;

    if (status)
        return status;
    found = c.exact ? &c.exact : &c.only;
    /* An alias of one account that is the name of another one, too, is as unclear as any two. */
    if (!c.exact && (c.matches != 1 || (c.alias && !c.alias_connected)))
        return fail_choice(&c, err);
    *ret = *found;
    *found = NULL;
    return BASE_OK;
}
