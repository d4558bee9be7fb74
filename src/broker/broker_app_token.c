#include "broker_app_token.h"

#include "broker_exchange.h"
#include "broker_int.h"
#include "broker_private.h"
#include "hubspot_scope.h"
#include "oauth_life.h"

#define DOING BROKER_EXCHANGE_APP_TOKEN
#define SCOPES_MAX (64u << 10)

struct broker_app_token {
    struct broker *b;
    struct broker_app app;
    char *scope;
    broker_token_fn *fn;
    void *arg;
    struct broker_exchange *exchange;
};

void broker_app_token_cancel(struct broker_app_token *t)
{
    if (!t)
        return;
    broker_exchange_cancel(t->exchange);
    broker_app_free(&t->app);
    base_mem_free(t->scope);
    base_mem_free(t);
}

/* All of the grant is borrowed. */
static void on_answer(void *arg, const struct broker_exchange_answer *answer)
{
    struct broker_app_token *t = arg;
    struct broker_grant grant = {.app = t->app.name,
                                 .account = t->app.name,
                                 .kind = BROKER_KIND_APP_LEVEL,
                                 .scopes = t->scope,
                                 .asked = t->scope};
    const char *granted;

    t->exchange = NULL;
    if (!answer->status) {
        granted = broker_exchange_scopes(answer);
        if (granted)
            grant.scopes = (char *)(uintptr_t)granted;
        grant.access_token = answer->tokens->access_token;
        grant.obtained_at = broker_now(t->b);
        grant.expires_at = oauth_life_ends(grant.obtained_at, answer->elapsed_ms,
                                           answer->tokens->expires_in, BROKER_TOKEN_LIFE_DEFAULT_S);
    }
    t->fn(t->arg, answer->status, answer->status ? NULL : &grant,
          answer->status ? answer->err : NULL);
    broker_app_token_cancel(t);
}

/* One or more, each once, into `names`. */
static enum base_status read_scopes(const char *scope, struct base_buf *names,
                                    struct base_error *err)
{
    enum base_status status = hubspot_scope_normalise(base_span_of(scope), names, err);

    if (status) {
        base_error_doing(err, DOING);
        return base_error_as(err, BASE_USAGE);
    }
    if (names->n > 0)
        return BASE_OK;
    base_fail(err, BASE_USAGE, DOING,
              "no scope is named: a token of the app is for nothing but what its scopes say");
    base_error_hint(err, "--scope developer.webhooks_journal.read, or another one");
    return BASE_USAGE;
}

enum base_status broker_app_token_check(const char *scope, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf names = {0};

    base_buf_init(&names, SCOPES_MAX);
    return read_scopes(scope, &names, err);
}

static enum base_status take_scope(struct broker_app_token *t, const char *scope,
                                   struct base_error *err)
{
    struct base_buf names;
    enum base_status status;

    base_buf_init(&names, SCOPES_MAX);
    status = read_scopes(scope, &names, err);
    if (status) {
        base_buf_free(&names);
        return status;
    }
    t->scope = base_buf_steal(&names);
    return t->scope ? BASE_OK : base_fail_memory(err);
}

static enum base_status ask(struct broker_app_token *t, struct base_error *err)
{
    const struct broker_exchange_wish wish = {
        .app = &t->app,
        .doing = DOING,
        .patience = {.ms = BROKER_TURN_WAIT_MS},
        .fn = on_answer,
        .arg = t,
    };

    return broker_exchange_app_token(t->b, &wish, t->scope, &t->exchange, err);
}

enum base_status broker_app_token_get(struct broker *b, const char *app_name, const char *scope,
                                      broker_token_fn *fn, void *arg, struct broker_app_token **ret,
                                      struct base_error *err)
{
    struct broker_app_token *t = base_mem_new(sizeof(*t));
    enum base_status status;

    if (!t)
        return base_fail_memory(err);
    t->b = b;
    t->fn = fn;
    t->arg = arg;
    status = take_scope(t, scope, err);
    if (!status)
        status = broker_app_get(b, app_name, &t->app, err);
    if (!status)
        status = broker_private_refuse(&t->app, DOING, err);
    if (!status && (status = ask(t, err)))
        t->exchange = NULL;
    if (status) {
        broker_app_token_cancel(t);
        return status;
    }
    *ret = t;
    return BASE_OK;
}
