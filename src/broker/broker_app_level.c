#include "broker_app_level.h"

#include "broker_app_token.h"
#include "broker_clock.h"
#include "broker_int.h"

#define DOING "adding an app-level account"

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
