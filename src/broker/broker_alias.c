#include "broker_alias.h"

#include "base_json.h"
#include "base_jsonw.h"
#include "broker_app_level.h"
#include "broker_app_rule.h"
#include "broker_int.h"

#define DOING "naming an account"

/* ------------------------------------------------------------------ records */

static enum base_status decode(struct base_span plain, char **ret, struct base_error *err)
{
    struct base_json_value account;
    const struct base_json_field fields[] = {
        {"account", BASE_JSON_WANT_STRING, true, &account, NULL},
    };
    enum base_status status = base_json_decode(plain, fields, 1, err);

    if (status) {
        base_error_doing(err, "reading an alias in the vault");
        return base_error_as(err, BASE_STORAGE);
    }
    *ret = base_json_string_dup(&account);
    return *ret ? BASE_OK : base_fail_memory(err);
}

enum base_status broker_alias_find(struct broker *b, const char *alias, char **ret,
                                   struct base_error *err)
{
    struct vault_record record = {0};
    enum base_status status = strlen(alias) <= BROKER_ALIAS_MAX && alias[0]
                                  ? vault_get(b->vault, VAULT_ALIAS, alias, &record, err)
                                  : base_fail(err, BASE_NOT_FOUND, DOING, "it is no alias");

    if (status)
        return status;
    status = decode(base_buf_span(&record.plain), ret, err);
    vault_record_free(&record);
    return status;
}

struct alias_list {
    broker_alias_fn *fn;
    void *arg;
    enum base_status status;
    struct base_error *err;
};

static bool list_alias(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct alias_list *list = arg;
    BASE_CLEANUP(base_mem_cleanup) char *account = NULL;

    (void)generation;
    list->status = decode(plain, &account, list->err);
    return !list->status && list->fn(list->arg, name, account);
}

enum base_status broker_alias_list(struct broker *b, broker_alias_fn *fn, void *arg,
                                   struct base_error *err)
{
    struct alias_list list = {.fn = fn, .arg = arg, .err = err};
    enum base_status status = vault_list(b->vault, VAULT_ALIAS, list_alias, &list, err);

    return status ? status : list.status;
}

/* ------------------------------------------------------------------ names that can be one */

enum base_status broker_alias_check(const char *alias, struct base_error *err)
{
    size_t n = strlen(alias);
    size_t good =
        strspn(alias, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    if (n == 0 || n > BROKER_ALIAS_MAX || good != n || alias[0] == '.' || alias[0] == '-')
        return base_fail(
            err, BASE_USAGE, DOING,
            "an alias has 1 to %d letters, digits, '.', '_' or '-', and does not begin "
            "with '.' or '-'",
            BROKER_ALIAS_MAX);
    /* An account that is connected later may be called so. */
    if (strspn(alias, "0123456789") == n)
        return base_fail(err, BASE_USAGE, DOING, "an alias is no number: accounts are");
    if (strcmp(alias, BROKER_APP_LEVEL) == 0)
        return base_fail(err, BASE_USAGE, DOING,
                         "an alias is not " BROKER_APP_LEVEL ": accounts of apps themselves are");
    return BASE_OK;
}

enum base_status broker_alias_check_record(const char *name, struct base_span plain,
                                           struct base_error *err)
{
    BASE_CLEANUP(base_mem_cleanup) char *account = NULL;
    enum base_status status = broker_alias_check(name, err);

    if (status || (status = decode(plain, &account, err)))
        return status;
    return broker_app_rule_is_account(account)
               ? BASE_OK
               : base_fail(err, BASE_USAGE, "checking an alias",
                           "what it stands for is no account's name");
}

struct taken {
    const char *alias;
    const char *by; /* "app", "account"; NULL: by none */
};

static bool compare_app(void *arg, const struct broker_app *app)
{
    struct taken *t = arg;

    if (strcmp(app->name, t->alias) == 0)
        t->by = "app";
    return !t->by;
}

static bool compare_grant(void *arg, const struct broker_grant *g)
{
    struct taken *t = arg;

    if (strcmp(g->account, t->alias) == 0)
        t->by = "account";
    return !t->by;
}

static enum base_status check_free(struct broker *b, const char *alias, struct base_error *err)
{
    struct taken t = {.alias = alias};
    enum base_status status = broker_app_list(b, compare_app, &t, err);

    if (!status && !t.by)
        status = broker_grant_list(b, compare_grant, &t, err);
    if (!status && t.by)
        return base_fail(err, BASE_USAGE, DOING, "there is an %s called %s already", t.by, alias);
    return status;
}

/* ------------------------------------------------------------------ changing */

enum base_status broker_alias_set(struct broker *b, const char *alias, const char *account,
                                  struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf plain = {0};
    struct vault_record old = {0};
    struct base_jsonw w;
    enum base_status status = broker_alias_check(alias, err);

    if (status || (status = check_free(b, alias, err)))
        return status;
    base_buf_init(&plain, VAULT_PLAIN_MAX);
    base_jsonw_begin(&w, &plain);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "account", account);
    base_jsonw_end(&w);
    if (base_buf_status(&plain))
        return base_fail_memory(err);
    status = vault_get(b->vault, VAULT_ALIAS, alias, &old, err);
    if (status && status != BASE_NOT_FOUND)
        return status;
    /* There is no secret; what is sealed proves that nobody else wrote the name. */
    status =
        vault_put(b->vault, VAULT_ALIAS, alias, old.generation, base_buf_span(&plain), NULL, err);
    vault_record_free(&old);
    return status;
}

static bool collect(void *arg, const char *alias, const char *account)
{
    struct base_buf *names = arg;

    base_buf_printf(names, "%s%s (%s)", names->n ? ", " : "", alias, account);
    return true;
}

enum base_status broker_alias_remove(struct broker *b, const char *alias, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf names = {0};
    enum base_status status = vault_remove(b->vault, VAULT_ALIAS, alias, err);

    if (status != BASE_NOT_FOUND)
        return status;
    base_buf_init(&names, 4096);
    (void)broker_alias_list(b, collect, &names, NULL);
    base_fail(err, BASE_USAGE, "removing an alias", "there is no alias \"%s\"", alias);
    base_error_hint(err, names.n ? "there are: %s" : "there are none%s", base_buf_str(&names));
    return BASE_USAGE;
}
