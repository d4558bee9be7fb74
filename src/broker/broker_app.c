#include "broker_int.h"

#include "base_text.h"
#include "broker_app_rule.h"
#include "broker_pending.h"

#define APP_PLAIN_MAX (64u << 10)
#define ACCOUNTS_MAX (64u << 10) /* bytes of their names, for a message */

void broker_app_free(struct broker_app *app)
{
    base_mem_free(app->name);
    base_mem_free(app->client_id);
    for (size_t i = 0; i < app->redirect_count; i++)
        base_mem_free(app->redirect_urls[i]);
    base_mem_free(app->scope);
    base_mem_free(app->optional_scope);
    base_mem_free(app->api_version);
    base_mem_free(app->api_url);
    base_mem_free(app->app_url);
    base_mem_free(app->authorize_url);
    base_mem_free(app->token_url);
    base_mem_free(app->issuer);
    base_mem_free(app->previous_version);
    crypt_secret_free(app->client_secret);
    *app = (struct broker_app){0};
}

struct oauth_client broker_app_client(const struct broker_app *app)
{
    bool has_secret = crypt_secret_length(app->client_secret) > 0;

    return (struct oauth_client){app->client_id, has_secret ? app->client_secret : NULL};
}

void broker_app_hint(const char *app_name, struct base_error *err)
{
    static const char placeholder[] = " NAME";
    BASE_CLEANUP(base_buf_free) struct base_buf hint = {0};
    const char *at = err ? strstr(err->hint, placeholder) : NULL;

    if (!at)
        return;
    base_buf_init(&hint, sizeof(err->hint) - 1);
    base_buf_printf(&hint, "%.*s ", (int)(at - err->hint), err->hint);
    base_text_shell(&hint, app_name);
    base_buf_add_str(&hint, at + sizeof(placeholder) - 1);
    if (!base_buf_status(&hint)) /* a name that is too long for it: NAME has to do */
        base_error_hint(err, "%s", base_buf_str(&hint));
}

/* ------------------------------------------------------------------ storing */

enum base_status broker_app_check_record(const char *name, struct base_span plain,
                                         struct base_error *err)
{
    BASE_CLEANUP(broker_app_free) struct broker_app app = {0};
    enum base_status status = broker_app_decode(name, plain, &app, err);

    if (status || (status = broker_app_rule_check(&app, err)))
        return status;
    if (app.previous_version[0] && !hubspot_endpoints_find(app.previous_version))
        return base_fail(err, BASE_USAGE, "checking an app",
                         "the version that it came from is none");
    return BASE_OK;
}

enum base_status broker_app_admit(struct broker *b, const struct broker_app *app,
                                  struct base_error *err)
{
    enum base_status status = broker_app_rule_check(app, err);

    return status ? status : broker_app_check_places(b, app, err);
}

/* In place of generation app->generation. */
static enum base_status put(struct broker *b, const struct broker_app *app, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf plain = {0};

    base_buf_init(&plain, APP_PLAIN_MAX);
    broker_app_encode(app, &plain);
    if (base_buf_status(&plain))
        return base_fail(err, base_buf_status(&plain), "storing an app",
                         "its description is too long");
    return vault_put(b->vault, VAULT_APP, app->name, app->generation, base_buf_span(&plain),
                     app->client_secret, err);
}

enum base_status broker_app_store(struct broker *b, const struct broker_app *app,
                                  struct base_error *err)
{
    enum base_status status = broker_app_admit(b, app, err);

    return status ? status : put(b, app, err);
}

enum base_status broker_app_add(struct broker *b, const struct broker_app *app,
                                struct base_error *err)
{
    struct broker_app added = *app; /* borrowed */
    enum base_status status;

    added.generation = 0;
    status = broker_app_store(b, &added, err);
    if (status == BASE_CONFLICT) {
        base_fail(err, BASE_EXISTS, "adding an app", "there is an app called %s already",
                  app->name);
        base_error_hint(err, "hubauth app update %s", app->name);
        return BASE_EXISTS;
    }
    return status;
}

/* ------------------------------------------------------------------ finding */

struct name_list {
    struct base_buf text;
    size_t count;
    char *first;
};

static bool collect_app_name(void *arg, const char *name, uint64_t generation,
                             struct base_span plain)
{
    struct name_list *list = arg;

    (void)generation;
    (void)plain;
    if (list->count++ == 0)
        list->first = base_mem_strdup(name);
    base_buf_printf(&list->text, "%s%s", list->count > 1 ? ", " : "", name);
    return true;
}

static enum base_status list_app_names(struct broker *b, struct name_list *list,
                                       struct base_error *err)
{
    base_buf_init(&list->text, 64u << 10);
    return vault_list(b->vault, VAULT_APP, collect_app_name, list, err);
}

static void name_list_free(struct name_list *list)
{
    base_buf_free(&list->text);
    base_mem_free(list->first);
}

static enum base_status fail_no_app(struct base_error *err)
{
    base_fail(err, BASE_USAGE, "choosing an app", "no app is registered yet");
    base_error_hint(err, "hubauth app add");
    return BASE_USAGE;
}

enum base_status broker_app_choose(struct broker *b, const char *name, char **ret,
                                   struct base_error *err)
{
    BASE_CLEANUP(name_list_free) struct name_list list = {0};
    enum base_status status;

    if (name) {
        *ret = base_mem_strdup(name);
        return *ret ? BASE_OK : base_fail_memory(err);
    }
    status = list_app_names(b, &list, err);
    if (status)
        return status;
    if (list.count == 0)
        return fail_no_app(err);
    if (list.count > 1) {
        base_fail(err, BASE_USAGE, "choosing an app", "there is more than one: %s",
                  base_buf_str(&list.text));
        base_error_hint(err, "say which with --app NAME");
        return BASE_USAGE;
    }
    if (!list.first)
        return base_fail_memory(err);
    *ret = list.first;
    list.first = NULL;
    return BASE_OK;
}

static enum base_status fail_unknown_app(struct broker *b, const char *name, struct base_error *err)
{
    BASE_CLEANUP(name_list_free) struct name_list list = {0};

    if (list_app_names(b, &list, NULL) == BASE_OK && list.count > 0) {
        base_fail(err, BASE_USAGE, "choosing an app", "no app is called %s", name);
        base_error_hint(err, "registered: %s", base_buf_str(&list.text));
        return BASE_USAGE;
    }
    return fail_no_app(err);
}

enum base_status broker_app_get(struct broker *b, const char *name, struct broker_app *ret,
                                struct base_error *err)
{
    struct vault_record record = {0};
    struct broker_app app;
    enum base_status status = vault_get(b->vault, VAULT_APP, name, &record, err);

    if (status == BASE_NOT_FOUND)
        return fail_unknown_app(b, name, err);
    if (status)
        return status;
    status = broker_app_decode(name, base_buf_span(&record.plain), &app, err);
    if (!status) {
        app.client_secret = record.secret;
        record.secret = NULL;
        app.generation = record.generation;
        *ret = app;
    }
    vault_record_free(&record);
    return status;
}

enum base_status broker_app_get_of(struct broker *b, const char *account, struct broker_app *ret,
                                   struct base_error *err)
{
    struct base_span rest = base_span_of(account);
    BASE_CLEANUP(base_mem_cleanup) char *name = base_span_dup(base_span_cut(&rest, '/'));

    return name ? broker_app_get(b, name, ret, err) : base_fail_memory(err);
}

/* ------------------------------------------------------------------ moving to another version */

static enum base_status set_version(struct broker_app *app, const char *version,
                                    const char *previous, struct base_error *err)
{
    base_mem_free(app->api_version);
    base_mem_free(app->previous_version);
    app->api_version = base_mem_strdup(version);
    app->previous_version = base_mem_strdup(previous);
    return app->api_version && app->previous_version ? BASE_OK : base_fail_memory(err);
}

enum base_status broker_app_move(struct broker *b, const char *name, const char *api_version,
                                 const char *previous_version, bool migrating,
                                 struct base_error *err)
{
    enum base_status status = BASE_CONFLICT;

    for (unsigned i = 0; status == BASE_CONFLICT && i < BROKER_CONFLICT_ATTEMPTS; i++) {
        BASE_CLEANUP(broker_app_free) struct broker_app app = {0};

        status = broker_app_get(b, name, &app, err);
        if (!status)
            status = set_version(&app, api_version, previous_version, err);
        app.migrating = migrating;
        if (!status)
            status = put(b, &app, err);
    }
    return status;
}

/* ------------------------------------------------------------------ all of them, and who uses them
 */

struct app_list {
    broker_app_fn *fn;
    void *arg;
    enum base_status status;
    struct base_error *err;
};

static bool list_app(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct app_list *list = arg;
    struct broker_app app;
    bool more;

    (void)generation;
    list->status = broker_app_decode(name, plain, &app, list->err);
    if (list->status)
        return false;
    more = list->fn(list->arg, &app);
    broker_app_free(&app);
    return more;
}

enum base_status broker_app_list(struct broker *b, broker_app_fn *fn, void *arg,
                                 struct base_error *err)
{
    struct app_list list = {.fn = fn, .arg = arg, .err = err};
    enum base_status status = vault_list(b->vault, VAULT_APP, list_app, &list, err);

    return status ? status : list.status;
}

struct app_users {
    const char *app;
    struct base_buf *names;
};

static bool collect(struct app_users *users, const char *app, const char *account)
{
    if (strcmp(app, users->app) == 0)
        base_buf_printf(users->names, "%s%s", users->names->n ? ", " : "", account);
    return true;
}

static bool collect_user(void *arg, const struct broker_grant *g)
{
    return collect(arg, g->app, g->account);
}

static bool collect_pending(void *arg, const struct broker_pending *p)
{
    return collect(arg, p->app, p->account);
}

enum base_status broker_app_accounts(struct broker *b, const char *name, struct base_buf *out,
                                     struct base_error *err)
{
    struct app_users users = {name, out};

    return broker_grant_list(b, collect_user, &users, err);
}

/* What HubSpot is still to be told of needs the app's secret. */
enum base_status broker_app_check_pending(struct broker *b, const char *name, const char *doing,
                                          struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf names = {0};
    struct app_users users = {name, &names};
    enum base_status status;

    base_buf_init(&names, ACCOUNTS_MAX);
    status = broker_pending_list(b, collect_pending, &users, err);
    if (status || names.n == 0)
        return status;
    base_fail(err, BASE_BUSY, doing, "HubSpot has not been told yet of the logout of %s",
              base_buf_str(&names));
    base_error_hint(err, "hubauth logout --retry, or --give-up instead");
    return BASE_BUSY;
}

enum base_status broker_app_remove(struct broker *b, const char *name, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf names = {0};
    enum base_status status = broker_app_check_pending(b, name, "removing an app", err);

    if (status)
        return status;
    base_buf_init(&names, ACCOUNTS_MAX);
    status = broker_app_accounts(b, name, &names, err);
    if (!status && names.n > 0) {
        base_fail(err, BASE_BUSY, "removing an app", "accounts are connected through it: %s",
                  base_buf_str(&names));
        base_error_hint(err, "hubauth logout ACCOUNT, for each of them");
        return BASE_BUSY;
    }
    if (status)
        return status;
    status = vault_remove(b->vault, VAULT_APP, name, err);
    return status == BASE_NOT_FOUND ? fail_unknown_app(b, name, err) : status;
}
