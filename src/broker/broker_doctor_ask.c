/* What HubSpot says of each app's client id and secret, and of each account's refresh token. Both
 * questions change nothing there. */
#include "broker_doctor_int.h"

#include "base_text.h"
#include "broker_check.h"
#include "broker_introspect.h"
#include "broker_private.h"
#include "hubspot_scope.h"

#define CREDENTIALS "credentials"
#define GRANT "grant"

/* ------------------------------------------------------------------ apps */

static void on_checked(void *arg, enum base_status status, const struct broker_check_result *r,
                       const struct base_error *err)
{
    struct broker_doctor_task *t = arg;
    enum broker_severity severity =
        r->verdict == BROKER_CHECK_INCONCLUSIVE ? BROKER_WARNING : BROKER_ERROR;
    char command[400];

    t->check_of_app = NULL;
    base_text_format(command, sizeof(command), "hubauth app check %s",
                     broker_finding_word((char[BROKER_WORD_MAX]){0}, r->app));
    if (status)
        broker_found_error(t->d->f, CREDENTIALS, severity, err, command);
    else
        broker_found(t->d->f, CREDENTIALS, BROKER_OK, NULL, "app %s: client id%s right", r->app,
                     r->has_secret ? " and secret are" : " is");
    broker_doctor_task_end(t);
}

static enum base_status start_app(struct broker_doctor_task *t, struct base_error *err)
{
    return broker_check_app(t->d->b, t->what, on_checked, t, &t->check_of_app, err);
}

static void cancel_app(struct broker_doctor_task *t)
{
    broker_check_cancel(t->check_of_app);
    t->check_of_app = NULL;
}

/* ------------------------------------------------------------------ accounts */

/* The account's own number must be the portal's that HubSpot names for its token. */
static void judge_active(const struct broker_doctor_task *t, const struct hubspot_token_info *info)
{
    const char *account = strchr(t->what, '/') ? strchr(t->what, '/') + 1 : t->what;
    char hub[24], login[BROKER_DOCTOR_COMMAND];

    base_text_format(hub, sizeof(hub), "%lld", (long long)info->hub_id);
    (void)broker_doctor_connect(t->what, login);
    if (info->hub_id != 0 && strcmp(hub, account) != 0)
        broker_found(t->d->f, GRANT, BROKER_ERROR, login,
                     "account %s: HubSpot says that its refresh token belongs to account %s",
                     account, hub);
    else
        broker_found(t->d->f, GRANT, BROKER_OK, NULL, "account %s: HubSpot knows its refresh token",
                     account);
}

static void on_introspected(void *arg, enum base_status status,
                            const struct hubspot_token_info *info, const struct base_error *err)
{
    struct broker_doctor_task *t = arg;
    char login[BROKER_DOCTOR_COMMAND], command[400];

    t->introspection = NULL;
    (void)broker_doctor_connect(t->what, login);
    base_text_format(command, sizeof(command), "hubauth introspect --refresh-token %s",
                     broker_finding_word((char[BROKER_WORD_MAX]){0}, t->what));
    if (status)
        broker_found_error(t->d->f, GRANT, BROKER_WARNING, err, command);
    else if (!info->active)
        broker_found(t->d->f, GRANT, BROKER_ERROR, login,
                     "account %s: HubSpot no longer knows its refresh token: the app was "
                     "uninstalled, or its access revoked",
                     t->what);
    else
        judge_active(t, info);
    broker_doctor_task_end(t);
}

static enum base_status start_account(struct broker_doctor_task *t, struct base_error *err)
{
    return broker_introspect(t->d->b, t->what, true, on_introspected, t, &t->introspection, err);
}

static void cancel_account(struct broker_doctor_task *t)
{
    if (t->introspection)
        broker_introspect_cancel(t->introspection);
    t->introspection = NULL;
}

/* ------------------------------------------------------------------ all of them */

static bool is_private(struct broker *b, const char *name)
{
    BASE_CLEANUP(broker_app_free) struct broker_app app = {0};

    return broker_app_get(b, name, &app, NULL) == BASE_OK && broker_app_is_private(&app);
}

enum base_status broker_doctor_add_apps(struct broker_doctor *d, struct base_error *err)
{
    BASE_CLEANUP(base_list_free) struct base_list apps = {0};
    enum base_status status = broker_doctor_names(d->b, VAULT_APP, &apps, err);

    for (size_t i = 0; !status && i < apps.count; i++) {
        struct broker_doctor_task *t;

        if (is_private(d->b, apps.items[i])) /* it has no client that could be right or wrong */
            continue;
        t = broker_doctor_task_add(d, CREDENTIALS, apps.items[i]);
        if (!t)
            return base_fail_memory(err);
        t->start = start_app;
        t->cancel = cancel_app;
    }
    return status;
}

struct askable {
    struct broker_doctor *d;
    bool lost;
    size_t count, left_out;
};

/* The dead are known to be dead. A grant without a refresh token has nothing to ask about (of an
 * app-level one the app's own check says it all); nor has one of a server that is not HubSpot. */
static bool add_account(void *arg, const struct broker_grant *g)
{
    struct askable *a = arg;
    struct broker_doctor_task *t;

    if (g->state == BROKER_GRANT_DEAD || g->hub_id == 0 || broker_grant_is_private(g))
        return true;
    if (a->count == BROKER_DOCTOR_ACCOUNTS_MAX) {
        a->left_out++;
        return true;
    }
    a->count++;
    t = broker_doctor_task_add(a->d, GRANT, g->name);
    a->lost = !t;
    if (a->lost)
        return false;
    t->start = start_account;
    t->cancel = cancel_account;
    return true;
}

enum base_status broker_doctor_add_accounts(struct broker_doctor *d, struct base_error *err)
{
    struct askable a = {.d = d};

    /* A record that cannot be read was found when the records were opened. */
    (void)broker_grant_list(d->b, add_account, &a, NULL);
    if (a.left_out > 0)
        broker_found(d->f, GRANT, BROKER_INFO, NULL,
                     "HubSpot is asked about %d accounts at most: %zu were left out",
                     BROKER_DOCTOR_ACCOUNTS_MAX, a.left_out);
    return a.lost ? base_fail_memory(err) : BASE_OK;
}
