#include "broker_migrate.h"

#include "base_text.h"
#include "broker_app_level.h"
#include "broker_check.h"
#include "broker_int.h"
#include "broker_introspect.h"
#include "broker_token.h"

#define DOING "moving the app to another API version"

struct broker_migrate {
    struct broker *b;
    const struct broker_migrate_plan *plan;
    bool dry_run;
    struct broker_migrate_told told;
    struct broker_check *check; /* one of these is under way */
    struct broker_introspect *info;
    struct broker_token_get *token;
    size_t next;            /* account to be looked at */
    bool *over;             /* by account: the new version does not know its refresh token */
    size_t proven, unknown; /* refresh tokens, there */
};

const char *broker_migrate_word(enum broker_migrate_outcome outcome)
{
    static const char *const words[] = {
#define X(name, word) [BROKER_MIGRATE_##name] = word,
        BROKER_MIGRATE_MAP(X)
#undef X
    };

    return words[outcome];
}

/* ------------------------------------------------------------------ the plan */

void broker_migrate_plan_free(struct broker_migrate_plan *p)
{
    for (size_t i = 0; i < p->account_count; i++)
        base_mem_free(p->accounts[i]);
    base_mem_free(p->accounts);
    base_mem_free(p->dead);
    base_mem_free(p->app);
    base_mem_free(p->from);
    base_mem_free(p->to);
    *p = (struct broker_migrate_plan){0};
}

struct account_list {
    struct broker_migrate_plan *plan;
    enum base_status status;
};

static bool add_account(void *arg, const struct broker_grant *g)
{
    struct account_list *list = arg;
    struct broker_migrate_plan *p = list->plan;
    char **accounts;
    bool *dead;

    if (strcmp(g->app, p->app) != 0)
        return true;
    accounts = base_mem_grow(p->accounts, p->account_count + 1, sizeof(*accounts));
    if (accounts)
        p->accounts = accounts;
    dead = base_mem_grow(p->dead, p->account_count + 1, sizeof(*dead));
    if (dead)
        p->dead = dead;
    if (accounts && dead && (accounts[p->account_count] = base_mem_strdup(g->name))) {
        dead[p->account_count++] = g->state == BROKER_GRANT_DEAD;
        return true;
    }
    list->status = BASE_NO_MEMORY;
    return false;
}

static enum base_status list_accounts(struct broker *b, struct broker_migrate_plan *p,
                                      struct base_error *err)
{
    struct account_list list = {.plan = p};
    enum base_status status = broker_grant_list(b, add_account, &list, err);

    return list.status ? base_fail_memory(err) : status;
}

static bool has_ended(const struct broker *b, const struct hubspot_endpoints *e)
{
    return e->ends_at && broker_now(b) >= e->ends_at;
}

static enum base_status check_target(struct broker *b, const struct broker_app *app, const char *to,
                                     struct base_error *err)
{
    const struct hubspot_endpoints *e = hubspot_endpoints_find(to);

    if (app->token_url[0])
        return base_fail(err, BASE_USAGE, DOING, "app %s is not HubSpot's: it has no API version",
                         app->name);
    if (!e)
        base_fail(err, BASE_USAGE, DOING, "there is no API version \"%s\"", to);
    else if (has_ended(b, e))
        base_fail(err, BASE_USAGE, DOING, "HubSpot has switched OAuth %s off", to);
    else
        return BASE_OK;
    base_error_hint(err, "one of %s; recommended: " HUBSPOT_DEFAULT_VERSION,
                    hubspot_endpoints_versions());
    return BASE_USAGE;
}

static enum base_status fill_plan(struct broker *b, const struct broker_app *app, const char *to,
                                  struct broker_migrate_plan *p, struct base_error *err)
{
    const struct hubspot_endpoints *e;

    /* Not proven where it is: what it came from is what it may go back to. */
    p->resumed = app->migrating;
    p->already = !app->migrating && strcmp(app->api_version, to) == 0;
    p->app = base_mem_strdup(app->name);
    p->from = base_mem_strdup(app->migrating ? app->previous_version : app->api_version);
    p->to = base_mem_strdup(to);
    if (!p->app || !p->from || !p->to)
        return base_fail_memory(err);
    e = hubspot_endpoints_find(p->from);
    p->ends_at = e ? e->ends_at : 0;
    return list_accounts(b, p, err);
}

enum base_status broker_migrate_plan(struct broker *b, const char *app_name, const char *to,
                                     struct broker_migrate_plan *ret, struct base_error *err)
{
    struct broker_migrate_plan p = {0};
    struct broker_app app;
    enum base_status status = broker_app_get(b, app_name, &app, err);

    if (status)
        return status;
    status = check_target(b, &app, to, err);
    if (!status)
        status = fill_plan(b, &app, to, &p, err);
    broker_app_free(&app);
    if (status)
        broker_migrate_plan_free(&p);
    else
        *ret = p;
    return status;
}

/* ------------------------------------------------------------------ the end */

void broker_migrate_cancel(struct broker_migrate *m)
{
    if (!m)
        return;
    broker_check_cancel(m->check);
    if (m->info)
        broker_introspect_cancel(m->info);
    if (m->token)
        broker_token_cancel(m->token);
    base_mem_free(m->over);
    base_mem_free(m);
}

static void finish(struct broker_migrate *m, enum base_status status, enum broker_migrate_end end,
                   const struct base_error *err)
{
    m->told.done(m->told.arg, status, end, status ? err : NULL);
    broker_migrate_cancel(m);
}

/* The proof failed with `why`: back to where it worked, unless that has ended since. */
static void go_back(struct broker_migrate *m, const struct base_error *why)
{
    const struct hubspot_endpoints *e = hubspot_endpoints_find(m->plan->from);
    struct base_error err = *why, local = BASE_ERROR_NONE;
    enum base_status status;

    if (e && has_ended(m->b, e)) {
        base_error_hint(&err,
                        "OAuth %s is off, so the app stays at %s; later: hubauth app migrate %s",
                        m->plan->from, m->plan->to, m->plan->app);
        finish(m, err.status, BROKER_MIGRATE_UNPROVEN, &err);
        return;
    }
    status = broker_app_move(m->b, m->plan->app, m->plan->from, "", false, &local);
    if (status) {
        base_error_lower(&local, "the proof had failed: %s", err.why);
        base_error_doing(&local, "moving app %s back to %s", m->plan->app, m->plan->from);
        base_error_hint(&local, "hubauth app migrate %s --back", m->plan->app);
        finish(m, status, BROKER_MIGRATE_UNPROVEN, &local);
        return;
    }
    finish(m, err.status, BROKER_MIGRATE_WENT_BACK, &err);
}

static void tell_over(const struct broker_migrate *m)
{
    for (size_t i = 0; i < m->plan->account_count; i++)
        if (m->over[i])
            m->told.account(m->told.arg, m->plan->accounts[i], BROKER_MIGRATE_OVER);
}

/* Every account has been looked at. Without one that was refreshed there, "unknown there" may be
 * the new version's fault. */
static void conclude(struct broker_migrate *m)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status;

    if (m->unknown > 0 && m->proven == 0) {
        base_fail(
            &err, BASE_FAILED, DOING,
            "OAuth %s does not know the refresh token of %s, and no other account proves that "
            "version",
            m->plan->to, m->unknown == 1 ? "the app's account" : "any account");
        base_error_hint(&err,
                        "see whether the grant is over: hubauth refresh; then again, or "
                        "hubauth login --app %s",
                        m->plan->app);
        go_back(m, &err);
        return;
    }
    tell_over(m);
    status = broker_app_move(m->b, m->plan->app, m->plan->to, m->plan->from, false, &err);
    if (status)
        base_error_hint(&err, "it works at %s; to finish, again: hubauth app migrate %s",
                        m->plan->to, m->plan->app);
    finish(m, status, status ? BROKER_MIGRATE_UNPROVEN : BROKER_MIGRATE_MOVED, &err);
}

/* ------------------------------------------------------------------ account by account */

static void prove_next(struct broker_migrate *m);

static void on_token(void *arg, enum base_status status, const struct broker_grant *grant,
                     const struct base_error *err)
{
    struct broker_migrate *m = arg;

    m->token = NULL;
    if (status) {
        go_back(m, err);
        return;
    }
    /* It is stored before we hear of it. One that was got without a refresh token says nothing of
     * those that are unknown there. */
    m->proven += !broker_grant_is_app_level(grant);
    m->told.account(m->told.arg, m->plan->accounts[m->next++], BROKER_MIGRATE_PROVEN);
    prove_next(m);
}

static void get_token(struct broker_migrate *m)
{
    const struct broker_token_wish wish = {.name = m->plan->accounts[m->next], .force = true};
    struct base_error err = BASE_ERROR_NONE;

    if (broker_token_get(m->b, &wish, on_token, m, &m->token, &err)) {
        m->token = NULL;
        go_back(m, &err);
    }
}

static void on_introspected(void *arg, enum base_status status,
                            const struct hubspot_token_info *answer, const struct base_error *err)
{
    struct broker_migrate *m = arg;

    m->info = NULL;
    if (status) {
        go_back(m, err);
    } else if (!answer->active) {
        m->over[m->next++] = true;
        m->unknown++;
        prove_next(m);
    } else {
        get_token(m);
    }
}

static bool is_app_level(struct broker *b, const char *account)
{
    BASE_CLEANUP(broker_grant_free) struct broker_grant g = {0};

    return broker_grant_load(b, account, &g, NULL) == BASE_OK && broker_grant_is_app_level(&g);
}

/* A refresh that is refused marks the grant as dead, so it is asked about first. An app-level
 * account has none that could die. */
static void prove_next(struct broker_migrate *m)
{
    struct base_error err = BASE_ERROR_NONE;

    for (; m->next < m->plan->account_count; m->next++) {
        const char *account = m->plan->accounts[m->next];
        enum base_status status;

        if (m->plan->dead[m->next]) {
            m->told.account(m->told.arg, account, BROKER_MIGRATE_DEAD);
            continue;
        }
        if (is_app_level(m->b, account)) {
            get_token(m);
            return;
        }
        status = broker_introspect(m->b, account, true, on_introspected, m, &m->info, &err);
        if (!status)
            return;
        m->info = NULL;
        if (status != BASE_NOT_FOUND) {
            go_back(m, &err);
            return;
        }
        m->told.account(m->told.arg, account, BROKER_MIGRATE_UNPROVABLE);
    }
    conclude(m);
}

/* ------------------------------------------------------------------ check and switch */

static void on_checked(void *arg, enum base_status status, const struct broker_check_result *result,
                       const struct base_error *err)
{
    struct broker_migrate *m = arg;
    struct base_error local = BASE_ERROR_NONE;

    (void)result;
    m->check = NULL;
    if (status || m->dry_run) {
        finish(m, status, BROKER_MIGRATE_UNTOUCHED, err);
        return;
    }
    status = broker_app_move(m->b, m->plan->app, m->plan->to, m->plan->from, true, &local);
    if (status)
        finish(m, status, BROKER_MIGRATE_UNTOUCHED, &local);
    else
        prove_next(m);
}

enum base_status broker_migrate_start(struct broker *b, const struct broker_migrate_plan *plan,
                                      bool dry_run, const struct broker_migrate_told *told,
                                      struct broker_migrate **ret, struct base_error *err)
{
    struct broker_migrate *m = base_mem_new(sizeof(*m));
    enum base_status status;

    if (!m)
        return base_fail_memory(err);
    m->b = b;
    m->plan = plan;
    m->dry_run = dry_run;
    m->told = *told;
    m->over = base_mem_array(plan->account_count + 1, sizeof(*m->over));
    status = m->over ? broker_check_version(b, plan->app, plan->to, on_checked, m, &m->check, err)
                     : base_fail_memory(err);
    if (status) {
        m->check = NULL;
        broker_migrate_cancel(m);
        return status;
    }
    *ret = m;
    return BASE_OK;
}

/* ------------------------------------------------------------------ back */

enum base_status broker_migrate_back(struct broker *b, const char *app_name, char **ret_version,
                                     struct base_error *err)
{
    struct broker_app app;
    const struct hubspot_endpoints *e;
    enum base_status status = broker_app_get(b, app_name, &app, err);

    if (status)
        return status;
    e = hubspot_endpoints_find(app.previous_version);
    if (!e)
        status = base_fail(err, BASE_USAGE, DOING, "app %s has not moved: there is no way back",
                           app.name);
    else if (has_ended(b, e))
        status = base_fail(err, BASE_USAGE, DOING, "HubSpot has switched OAuth %s off", e->version);
    else
        status = broker_app_move(b, app.name, app.previous_version, "", false, err);
    if (!status) {
        *ret_version = app.previous_version;
        app.previous_version = NULL;
    }
    broker_app_free(&app);
    return status;
}
