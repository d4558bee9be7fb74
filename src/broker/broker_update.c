#include "broker_update.h"

#include "base_text.h"
#include "broker_app_level.h"
#include "broker_check.h"
#include "broker_int.h"
#include "hubspot_scope.h"

#define TEXT_MAX (64u << 10) /* of a list of scopes or accounts */

struct broker_update {
    struct broker *b;
    struct broker_app app; /* as it is to be */
    bool unproven, differs, proven;
    bool provable; /* a field was given that the token endpoint judges */
    /* Refresh tokens of the app as it was are of no use to it as it will be, or would be sent to
     * another server than the one that gave them (C13). */
    bool other_grants;
    struct base_buf new_scopes, accounts;
    struct broker_check *check;
    struct loop_timer *timer;
    broker_update_fn *fn;
    void *arg;
};

void broker_update_cancel(struct broker_update *u)
{
    if (!u)
        return;
    broker_check_cancel(u->check);
    loop_timer_free(u->timer);
    broker_app_free(&u->app);
    base_buf_free(&u->new_scopes);
    base_buf_free(&u->accounts);
    base_mem_free(u);
}

/* The rules speak of adding an app: "adding an app: reading --api-url". */
static enum base_status as_update(const struct broker_update *u, enum base_status status,
                                  struct base_error *err)
{
    static const char adding[] = "adding an app";
    char rest[sizeof(err->doing)] = "";

    if (!status || !err)
        return status;
    if (strncmp(err->doing, adding, sizeof(adding) - 1) == 0)
        (void)base_text_copy(rest, sizeof(rest), base_span_of(err->doing + sizeof(adding) - 1));
    base_error_doing(err, "updating app %s%s", u->app.name, rest);
    return status;
}

/* ------------------------------------------------------------------ the new values */

/* Whether `given` takes the place of another text. */
static enum base_status take(struct broker_update *u, char **field, const char *given,
                             bool *ret_other, struct base_error *err)
{
    char *copy;

    if (!given || strcmp(*field, given) == 0)
        return BASE_OK;
    copy = base_mem_strdup(given);
    if (!copy)
        return base_fail_memory(err);
    base_mem_free(*field);
    *field = copy;
    u->differs = true;
    if (ret_other)
        *ret_other = true;
    return BASE_OK;
}

static enum base_status take_secret(struct broker_update *u, const struct crypt_secret *given,
                                    struct base_error *err)
{
    struct crypt_secret *copy;

    if (!given || crypt_secret_eq(u->app.client_secret, crypt_secret_span(given)))
        return BASE_OK;
    copy = crypt_secret_copy(given);
    if (!copy)
        return base_fail_memory(err);
    crypt_secret_free(u->app.client_secret);
    u->app.client_secret = copy;
    u->differs = true;
    return BASE_OK;
}

static bool same_redirects(const struct broker_app *a, const struct broker_app *b)
{
    bool same = a->redirect_count == b->redirect_count;

    for (size_t i = 0; same && i < a->redirect_count; i++)
        same = strcmp(a->redirect_urls[i], b->redirect_urls[i]) == 0;
    return same;
}

static enum base_status take_redirects(struct broker_update *u, const struct broker_app *given,
                                       struct base_error *err)
{
    struct broker_app *app = &u->app;

    if (given->redirect_count == 0 || same_redirects(app, given))
        return BASE_OK;
    while (app->redirect_count > 0)
        base_mem_free(app->redirect_urls[--app->redirect_count]);
    for (size_t i = 0; i < given->redirect_count; i++) {
        app->redirect_urls[i] = base_mem_strdup(given->redirect_urls[i]);
        if (!app->redirect_urls[i])
            return base_fail_memory(err);
        app->redirect_count++;
    }
    u->differs = true;
    return BASE_OK;
}

/* What both lists have now and had not before. */
static enum base_status find_new_scopes(struct broker_update *u, struct base_span before,
                                        struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf now = {0};

    base_buf_init(&now, 2 * TEXT_MAX);
    base_buf_printf(&now, "%s %s", u->app.scope, u->app.optional_scope);
    hubspot_scope_minus(base_buf_span(&now), before, &u->new_scopes);
    return base_buf_status(&now) || base_buf_status(&u->new_scopes) ? base_fail_memory(err)
                                                                    : BASE_OK;
}

static enum base_status take_scopes(struct broker_update *u, const struct broker_app *given,
                                    struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf before = {0};
    enum base_status status;

    base_buf_init(&before, 2 * TEXT_MAX);
    base_buf_printf(&before, "%s %s", u->app.scope, u->app.optional_scope);
    if (base_buf_status(&before))
        return base_fail_memory(err);
    if ((status = take(u, &u->app.scope, given->scope, NULL, err)) ||
        (status = take(u, &u->app.optional_scope, given->optional_scope, NULL, err)))
        return status;
    return find_new_scopes(u, base_buf_span(&before), err);
}

static enum base_status take_all(struct broker_update *u, const struct broker_app *given,
                                 struct base_error *err)
{
    struct broker_app *app = &u->app;
    enum base_status status;

    u->provable = given->client_id || given->client_secret || given->api_url || given->token_url;
    if ((status = take(u, &app->client_id, given->client_id, &u->other_grants, err)) ||
        (status = take(u, &app->api_url, given->api_url, &u->other_grants, err)) ||
        (status = take(u, &app->app_url, given->app_url, NULL, err)) ||
        (status = take(u, &app->authorize_url, given->authorize_url, NULL, err)) ||
        (status = take(u, &app->token_url, given->token_url, &u->other_grants, err)) ||
        (status = take(u, &app->issuer, given->issuer, NULL, err)) ||
        (status = take_secret(u, given->client_secret, err)) ||
        (status = take_redirects(u, given, err)))
        return status;
    return take_scopes(u, given, err);
}

/* Advice about what stays as it was has been given when it was stored; a new server changes what
 * the other fields must be. */
static enum base_status judge(const struct broker_update *u, const struct broker_app *given,
                              const struct broker_app_advice *advice, struct base_error *err)
{
    bool servers = given->api_url || given->app_url || given->authorize_url || given->token_url ||
                   given->issuer;
    const bool is_new[BROKER_APP_FIELDS] = {
        [BROKER_APP_SERVERS] = servers,
        [BROKER_APP_CLIENT_ID] = servers || given->client_id,
        [BROKER_APP_CLIENT_SECRET] = servers || given->client_secret,
        [BROKER_APP_REDIRECT_URLS] = servers || given->redirect_count > 0,
        [BROKER_APP_SCOPES] = servers || given->scope || given->optional_scope,
    };
    enum base_status status = BASE_OK;

    for (int i = 0; !status && i < BROKER_APP_FIELDS; i++)
        if (is_new[i])
            status = broker_app_rule_form(&u->app, (enum broker_app_field)i, advice, err);
    return status ? status : broker_app_admit(u->b, &u->app, err);
}

/* ------------------------------------------------------------------ the accounts */

static enum base_status refuse_accounts(const struct broker_update *u, const char *accounts,
                                        struct base_error *err)
{
    base_fail(err, BASE_BUSY, "",
              "accounts are connected through it (%s), and their tokens belong to the "
              "client id and the server that it has",
              accounts);
    base_error_hint(err, "hubauth app add NAME, for the other client id; %s stays beside it",
                    u->app.name);
    return BASE_BUSY;
}

static enum base_status check_grants(const struct broker_update *u, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf accounts = {0};
    enum base_status status;

    if (!u->other_grants)
        return BASE_OK;
    base_buf_init(&accounts, TEXT_MAX);
    status = broker_app_accounts(u->b, u->app.name, &accounts, err);
    if (!status && accounts.n > 0)
        status = refuse_accounts(u, base_buf_str(&accounts), err);
    return status ? status : broker_app_check_pending(u->b, u->app.name, "", err);
}

static bool add_if_lacking(void *arg, const struct broker_grant *g)
{
    struct broker_update *u = arg;
    BASE_CLEANUP(base_buf_free) struct base_buf lacking = {0};

    if (strcmp(g->app, u->app.name) != 0 || broker_grant_is_app_level(g)) /* it has its own */
        return true;
    base_buf_init(&lacking, TEXT_MAX);
    hubspot_scope_minus(base_buf_span(&u->new_scopes), base_span_of(g->scopes), &lacking);
    if (lacking.n > 0 || base_buf_status(&lacking))
        base_buf_printf(&u->accounts, "%s%s", u->accounts.n ? ", " : "", g->account);
    return true;
}

static enum base_status find_accounts(struct broker_update *u, struct base_error *err)
{
    enum base_status status = BASE_OK;

    if (u->new_scopes.n > 0)
        status = broker_grant_list(u->b, add_if_lacking, u, err);
    return !status && base_buf_status(&u->accounts) ? base_fail_memory(err) : status;
}

/* ------------------------------------------------------------------ storing */

static enum base_status store(struct broker_update *u, struct base_error *err)
{
    enum base_status status = check_grants(u, err); /* somebody may have logged in meanwhile */

    if (!status)
        status = broker_app_store(u->b, &u->app, err);
    if (status == BASE_CONFLICT) {
        base_fail(err, status, "", "somebody else changed the app meanwhile; nothing was stored");
        base_error_hint(err, "hubauth app show %s", u->app.name);
    }
    return status;
}

static void finish(struct broker_update *u)
{
    const struct broker_update_result result = {
        .app = &u->app,
        .stored = u->differs,
        .proven = u->proven,
        .new_scopes = base_buf_str(&u->new_scopes),
        .accounts = base_buf_str(&u->accounts),
    };
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = u->differs ? store(u, &err) : BASE_OK;

    (void)as_update(u, status, &err);
    u->fn(u->arg, status, status ? NULL : &result, status ? &err : NULL);
    broker_update_cancel(u);
}

static void on_time(void *arg)
{
    finish(arg);
}

static void on_checked(void *arg, enum base_status status, const struct broker_check_result *result,
                       const struct base_error *lower)
{
    struct broker_update *u = arg;
    struct base_error err;

    (void)result;
    u->check = NULL;
    u->proven = !status;
    if (!status) {
        finish(u);
        return;
    }
    err = *lower;
    if (status != BASE_USAGE) /* no answer, or one that says nothing */
        base_error_hint(&err,
                        "try again, or store it unproven with --no-check: hubauth app update "
                        "%s --no-check",
                        u->app.name);
    (void)as_update(u, status, &err);
    u->fn(u->arg, status, NULL, &err);
    broker_update_cancel(u);
}

/* ------------------------------------------------------------------ beginning */

static enum base_status prepare(struct broker_update *u, const char *name,
                                const struct broker_app *changes,
                                const struct broker_update_way *way, struct base_error *err)
{
    enum base_status status = broker_app_get(u->b, name, &u->app, err);

    if (status)
        return status; /* its text is about choosing an app */
    if ((status = take_all(u, changes, err)) || (status = judge(u, changes, way->advice, err)) ||
        (status = check_grants(u, err)) || (status = find_accounts(u, err)))
        return as_update(u, status, err);
    return BASE_OK;
}

static enum base_status begin(struct broker_update *u, struct base_error *err)
{
    if (u->provable && !u->unproven)
        return broker_check_values(u->b, &u->app, on_checked, u, &u->check, err);
    u->timer = loop_timer_new(u->b->loop, on_time, u);
    if (!u->timer)
        return base_fail_memory(err);
    loop_timer_start(u->timer, 0);
    return BASE_OK;
}

enum base_status broker_update_start(struct broker *b, const char *name,
                                     const struct broker_app *changes,
                                     const struct broker_update_way *way, broker_update_fn *fn,
                                     void *arg, struct broker_update **ret, struct base_error *err)
{
    struct broker_update *u = base_mem_new(sizeof(*u));
    enum base_status status;

    if (!u)
        return base_fail_memory(err);
    u->b = b;
    u->unproven = way->unproven;
    u->fn = fn;
    u->arg = arg;
    base_buf_init(&u->new_scopes, 2 * TEXT_MAX);
    base_buf_init(&u->accounts, TEXT_MAX);
    status = prepare(u, name, changes, way, err);
    if (!status)
        status = begin(u, err);
    if (status) {
        broker_update_cancel(u);
        return status;
    }
    *ret = u;
    return BASE_OK;
}
