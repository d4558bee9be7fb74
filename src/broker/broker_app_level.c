#include "broker_app_level.h"

#include "base_text.h"
#include "broker_app_token.h"
#include "broker_clock.h"
#include "broker_finding.h"
#include "broker_int.h"

#define DOING "adding an app-level account"
#define OWN_SCOPES "developer." /* all that an app-level token can be for begin so */

struct broker_app_level {
    struct broker *b;
    struct base_buf name;
    struct broker_app_token *token;
    broker_token_fn *fn;
    void *arg;
};

bool broker_grant_is_app_level(const struct broker_grant *g)
{
    return g->kind == BROKER_KIND_APP_LEVEL;
}

void broker_app_level_cancel(struct broker_app_level *l)
{
    if (!l)
        return;
    if (l->token)
        broker_app_token_cancel(l->token);
    base_buf_free(&l->name);
    base_mem_free(l);
}

/* ------------------------------------------------------------------ adding one */

static char *text(const char *borrowed)
{
    return (char *)(uintptr_t)borrowed;
}

/* In the place of what is there, which somebody may be renewing at this moment. */
static enum base_status put(struct broker *b, struct broker_grant *g, struct base_error *err)
{
    enum base_status status = BASE_CONFLICT;

    for (unsigned i = 0; status == BASE_CONFLICT && i < BROKER_CONFLICT_ATTEMPTS; i++)
        status = broker_grant_replace(b, g, err);
    return status;
}

static void on_token(void *arg, enum base_status status, const struct broker_grant *token,
                     const struct base_error *lower)
{
    struct broker_app_level *l = arg;
    struct base_error err = lower ? *lower : BASE_ERROR_NONE;
    struct broker_grant g = {0};
    char boot[BROKER_BOOT_SIZE];

    l->token = NULL;
    if (!status) {
        g = *token; /* borrowed, as all of it is */
        g.name = text(base_buf_str(&l->name));
        g.account = text(BROKER_APP_LEVEL);
        g.connected_at = g.state_since = g.obtained_at;
        g.last_code = g.last_message = g.last_correlation = text("");
        broker_clock_boot(boot);
        broker_clock_note(l->b, &g, boot);
        status = put(l->b, &g, &err);
    }
    l->fn(l->arg, status, status ? NULL : &g, status ? &err : NULL);
    broker_app_level_cancel(l);
}

/* A login at a server that knows no accounts is called after its app, and so the two would have one
 * name. */
static enum base_status check_name(struct broker *b, const char *app_name, struct base_error *err)
{
    BASE_CLEANUP(broker_app_free) struct broker_app app = {0};
    enum base_status status = broker_app_get(b, app_name, &app, err);

    if (!status && app.token_url[0] && strcmp(app.name, BROKER_APP_LEVEL) == 0) {
        status =
            base_fail(err, BASE_USAGE, DOING,
                      "a login through an app of this name is called " BROKER_APP_LEVEL ", too");
        base_error_hint(err, "hubauth app add NAME, with the same client id and another name");
    }
    return status;
}

enum base_status broker_app_level_add(struct broker *b, const char *app_name, const char *scope,
                                      broker_token_fn *fn, void *arg, struct broker_app_level **ret,
                                      struct base_error *err)
{
    struct broker_app_level *l = base_mem_new(sizeof(*l));
    enum base_status status;

    if (!l)
        return base_fail_memory(err);
    l->b = b;
    l->fn = fn;
    l->arg = arg;
    base_buf_init(&l->name, 1024);
    base_buf_printf(&l->name, "%s/" BROKER_APP_LEVEL, app_name);
    status = base_buf_status(&l->name) ? base_fail_memory(err) : check_name(b, app_name, err);
    if (!status && (status = broker_app_token_get(b, app_name, scope, on_token, l, &l->token, err)))
        l->token = NULL;
    if (status) {
        broker_app_level_cancel(l);
        return status;
    }
    *ret = l;
    return BASE_OK;
}

/* ------------------------------------------------------------------ refused calls */

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
    base_buf_init(&all, sizeof(err->hint));
    base_buf_init(&command, sizeof(err->hint));
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

void broker_app_level_advise(struct broker *b, const char *account, const char *scopes,
                             struct base_error *err)
{
    BASE_CLEANUP(broker_grant_free) struct broker_grant g = {0};

    if (broker_grant_load(b, account, &g, NULL))
        return;
    if (are_own(scopes))
        advise_app_level(&g, scopes, err);
    else if (broker_grant_is_app_level(&g))
        advise_portal(b, &g, scopes, err);
}
