/* What the records of a backup may be beside each other. Each may be as hubauth writes them, and
 * all of them together still what no vault would have taken one after the other. */
#include "broker_backup_int.h"

#include "broker_int.h"
#include "broker_pending_int.h"

#define DOING "checking a backup"

void broker_backup_set_free(struct broker_backup_set *set)
{
    for (size_t i = 0; i < set->app_count; i++)
        broker_app_free(&set->apps[i]);
    base_mem_free(set->apps);
    base_list_free(&set->accounts);
    *set = (struct broker_backup_set){0};
}

static const struct broker_app *find_app(const struct broker_backup_set *set, const char *name)
{
    for (size_t i = 0; i < set->app_count; i++) {
        if (strcmp(set->apps[i].name, name) == 0)
            return &set->apps[i];
    }
    return NULL;
}

static bool has_account(const struct broker_backup_set *set, const char *name)
{
    for (size_t i = 0; i < set->accounts.count; i++) {
        if (strcmp(set->accounts.items[i], name) == 0)
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ adding */

static enum base_status add_app(struct broker_backup_set *set, const char *name,
                                struct base_span plain, struct base_error *err)
{
    enum base_status status;

    if (set->app_count == set->app_room) {
        size_t room = set->app_room * 2 + 16;
        struct broker_app *more = base_mem_grow(set->apps, room, sizeof(*more));

        if (!more)
            return base_fail_memory(err);
        set->apps = more;
        set->app_room = room;
    }
    status = broker_app_decode(name, plain, &set->apps[set->app_count], err);
    if (!status)
        set->app_count++;
    return status;
}

/* By its name alone: it is called so, whatever is in it. */
static enum base_status add_account(struct broker_backup_set *set, const char *name,
                                    struct base_error *err)
{
    const char *slash = strchr(name, '/');

    return base_list_add(&set->accounts, slash ? slash + 1 : name) ? BASE_OK
                                                                   : base_fail_memory(err);
}

enum base_status broker_backup_set_add(struct broker_backup_set *set,
                                       const struct vault_backup_record *r, struct base_error *err)
{
    if (r->kind == VAULT_APP)
        return add_app(set, r->name, r->plain, err);
    return r->kind == VAULT_GRANT ? add_account(set, r->name, err) : BASE_OK;
}

/* ------------------------------------------------------------------ judging */

static enum base_status admit_app(const struct broker_backup_set *set,
                                  const struct vault_backup_record *r, struct base_error *err)
{
    BASE_CLEANUP(broker_app_free) struct broker_app app = {0};
    enum base_status status = broker_app_decode(r->name, r->plain, &app, err);

    for (size_t i = 0; i < set->app_count && !status; i++)
        status = broker_app_check_apart(&app, &set->apps[i], err);
    return status;
}

static enum base_status need_app(const struct broker_backup_set *set, const char *app,
                                 struct base_error *err)
{
    return find_app(set, app) ? BASE_OK
                              : base_fail(err, BASE_USAGE, DOING, "there is no app %s", app);
}

static enum base_status admit_account(const struct broker_backup_set *set,
                                      const struct vault_backup_record *r, struct base_error *err)
{
    BASE_CLEANUP(broker_grant_free) struct broker_grant g = {0};
    enum base_status status = broker_grant_decode_plain(r->plain, &g, err);

    return status ? status : need_app(set, g.app, err);
}

static enum base_status admit_revocation(const struct broker_backup_set *set,
                                         const struct vault_backup_record *r,
                                         struct base_error *err)
{
    struct broker_pending p = {0};
    BASE_CLEANUP(broker_pending_text_free) struct broker_pending_text text = {0};
    enum base_status status = broker_pending_decode(r->name, r->plain, &text, &p, err);

    return status ? status : need_app(set, p.app, err);
}

static enum base_status admit_alias(const struct broker_backup_set *set, const char *name,
                                    struct base_error *err)
{
    const char *by = find_app(set, name) ? "app" : has_account(set, name) ? "account" : NULL;

    if (!by)
        return BASE_OK;
    return base_fail(err, BASE_USAGE, DOING, "there is an %s called %s", by, name);
}

enum base_status broker_backup_set_admits(const struct broker_backup_set *set,
                                          const struct vault_backup_record *r,
                                          struct base_error *err)
{
    switch (r->kind) {
    case VAULT_APP:
        return admit_app(set, r, err);
    case VAULT_GRANT:
        return admit_account(set, r, err);
    case VAULT_REVOKE:
        return admit_revocation(set, r, err);
    case VAULT_ALIAS:
        return admit_alias(set, r->name, err);
    }
    return BASE_OK;
}

/* ------------------------------------------------------------------ an import */

bool broker_incoming_is_written(const struct broker_incoming *item)
{
    return item->act == BROKER_BACKUP_ACT_ADD || item->act == BROKER_BACKUP_ACT_REPLACE;
}

struct keeping {
    struct broker_backup_set *set;
    enum base_status status;
    struct base_error *err;
};

/* An app that is in the set already is replaced. */
static bool keep_app(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct keeping *k = arg;

    (void)generation;
    if (!find_app(k->set, name))
        k->status = add_app(k->set, name, plain, k->err);
    return !k->status;
}

/* Replaced or not, it is called so. */
static bool keep_account(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct keeping *k = arg;

    (void)generation;
    (void)plain;
    k->status = add_account(k->set, name, k->err);
    return !k->status;
}

static enum base_status keep_what_is_here(struct broker *b, struct broker_backup_set *set,
                                          struct base_error *err)
{
    struct keeping k = {.set = set, .err = err};
    enum base_status status = vault_list(b->vault, VAULT_APP, keep_app, &k, err);

    if (!status && !k.status)
        status = vault_list(b->vault, VAULT_GRANT, keep_account, &k, err);
    return status ? status : k.status;
}

enum base_status broker_incoming_check(struct broker *b, const struct broker_incoming *items,
                                       size_t count, struct base_error *err)
{
    BASE_CLEANUP(broker_backup_set_free) struct broker_backup_set set = {0};
    enum base_status status = BASE_OK;

    for (size_t i = 0; i < count && !status; i++) {
        if (broker_incoming_is_written(&items[i]))
            status = broker_backup_set_add(&set, &items[i].r, err);
    }
    if (!status)
        status = keep_what_is_here(b, &set, err);
    for (size_t i = 0; i < count && !status; i++) {
        if (!broker_incoming_is_written(&items[i]))
            continue;
        status = broker_backup_set_admits(&set, &items[i].r, err);
        if (status)
            base_error_doing(err, "importing %s from the backup", items[i].r.name);
    }
    return status;
}
