#include "broker_scope.h"

#include "base_text.h"
#include "broker_app.h"
#include "broker_app_level.h"
#include "broker_finding.h"
#include "broker_grant.h"
#include "broker_private.h"
#include "hubspot_scope.h"

#define OWN_SCOPES "developer." /* all that an app-level token can be for begin so */

/* ------------------------------------------------------------------ the wrong kind of token */

static bool are_own(const char *scopes)
{
    struct base_span rest = base_span_of(scopes);
    bool any = false;

    while (rest.n > 0) {
        if (!base_span_starts(base_span_cut(&rest, ' '), OWN_SCOPES))
            return false;
        any = true;
    }
    return any;
}

struct other {
    const struct broker_grant *than;
    char name[BROKER_WORD_MAX]; /* quoted for the shell; "": there is none */
};

/* One of the same app if there is one, else of any. */
static bool look_at_other(void *arg, const struct broker_grant *g)
{
    struct other *o = arg;
    bool same_app = strcmp(g->app, o->than->app) == 0;

    if (broker_grant_is_app_level(g) || g->state == BROKER_GRANT_DEAD)
        return true;
    if (same_app || !o->name[0])
        (void)broker_finding_word(o->name, g->name);
    return !same_app;
}

static void advise_portal(struct broker *b, const struct broker_grant *g, const char *scopes,
                          struct base_error *err)
{
    struct other other = {.than = g};
    char app[BROKER_WORD_MAX];

    base_text_format(err->why, sizeof(err->why),
                     "%s has an app-level token, which is of no use for CRM data%s%s", g->name,
                     scopes[0] ? ": this call needs " : "", scopes);
    (void)broker_grant_list(b, look_at_other, &other, NULL); /* else a login is the advice */
    if (other.name[0])
        base_error_hint(err, "name a portal's account instead: %s", other.name);
    else
        base_error_hint(err, "hubauth login --app %s", broker_finding_word(app, g->app));
}

/* The scopes are a server's text, and commands are pasted. */
static void advise_app_level(const struct broker_grant *g, const char *scopes,
                             struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf all = {0}, command = {0};
    bool adds = broker_grant_is_app_level(g); /* to what it is for already */

    base_text_format(err->why, sizeof(err->why),
                     adds ? "the app-level token lacks a scope that this call needs: %s"
                          : "this call needs a token of the app itself, with the scope %s",
                     scopes);
    base_buf_init(&all, sizeof(err->hint) - 1);
    base_buf_init(&command, sizeof(err->hint) - 1);
    base_buf_printf(&all, "%s%s%s", adds ? g->asked : "", adds ? " " : "", scopes);
    base_buf_add_str(&command, "hubauth accounts add --app-level --app ");
    base_text_shell(&command, g->app);
    base_buf_add_str(&command, " --scope ");
    base_text_shell(&command, base_buf_str(&all));
    if (base_buf_status(&all) || base_buf_status(&command))
        base_error_hint(err,
                        "hubauth help accounts add"); /* half a command could do another thing */
    else
        base_error_hint(err, "%s", base_buf_str(&command));
}

/* ------------------------------------------------------------------ a scope that is missing */

/* The first of several: any of them will do, most often (HubSpot: "one or more of the following"),
 * and whoever needs each is told of the next one by the next call. */
static struct base_span first_of(const char *scopes)
{
    struct base_span rest = base_span_of(scopes);

    return base_span_cut(&rest, ' ');
}

/* The app asks for it, so it is the account that has not been asked since. */
static void advise_login(const struct broker_grant *g, struct base_error *err)
{
    char app[BROKER_WORD_MAX];

    base_error_hint(err, "hubauth login --app %s", broker_finding_word(app, g->app));
}

/* Half a command could do another thing: one that does not fit is left out. */
static void advise_update(const struct broker_app *app, struct base_span scope,
                          struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf all = {0}, hint = {0};

    base_buf_init(&all, sizeof(err->hint) - 1);
    base_buf_init(&hint, sizeof(err->hint) - 1);
    base_buf_printf(&all, "%s%s", app->scope, app->scope[0] ? " " : "");
    base_buf_add_span(&all, scope);
    base_buf_add_str(&hint, "once the app in HubSpot has it: hubauth app update ");
    base_text_shell(&hint, app->name);
    base_buf_add_str(&hint, " --scope ");
    base_text_shell(&hint, base_buf_str(&all));
    base_buf_add_str(&hint, " && hubauth login --app ");
    base_text_shell(&hint, app->name);
    if (!base_buf_status(&all) && !base_buf_status(&hint))
        base_error_hint(err, "%s", base_buf_str(&hint));
}

static void advise_scope(struct broker *b, const struct broker_grant *g, const char *scopes,
                         struct base_error *err)
{
    BASE_CLEANUP(broker_app_free) struct broker_app app = {0};
    struct base_span scope = first_of(scopes);

    if (broker_grant_is_private(g)) {
        base_error_hint(err, "add the scope to the private app, in HubSpot");
        return;
    }
    if (scope.n == 0 || broker_app_get(b, g->app, &app, NULL))
        return;
    if (hubspot_scope_has(base_span_of(app.scope), scope) ||
        hubspot_scope_has(base_span_of(app.optional_scope), scope))
        advise_login(g, err);
    else
        advise_update(&app, scope, err);
}

void broker_scope_advise(struct broker *b, const char *account, const char *scopes,
                         struct base_error *err)
{
    BASE_CLEANUP(broker_grant_free) struct broker_grant g = {0};

    if (broker_grant_load(b, account, &g, NULL))
        return;
    if (are_own(scopes))
        advise_app_level(&g, scopes, err);
    else if (broker_grant_is_app_level(&g))
        advise_portal(b, &g, scopes, err);
    else
        advise_scope(b, &g, scopes, err);
}
