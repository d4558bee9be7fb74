#include "broker_app_token.h"

#include "base_time.h"
#include "broker_exchange.h"
#include "broker_int.h"
#include "broker_private.h"

#define DOING "getting a token of the app"

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

static void on_answer(void *arg, const struct broker_exchange_answer *answer)
{
    struct broker_app_token *t = arg;
    struct broker_grant grant = {.app = t->app.name, .account = t->app.name, .scopes = t->scope};

    t->exchange = NULL;
    if (!answer->status) {
        int64_t life = answer->tokens->expires_in;

        grant.access_token = answer->tokens->access_token; /* borrowed, as all of it */
        grant.obtained_at = broker_now(t->b);
        grant.expires_at =
            grant.obtained_at + (life < 0 ? BROKER_TOKEN_LIFE_DEFAULT_S : life) * BASE_SECOND_MS;
    }
    t->fn(t->arg, answer->status, answer->status ? NULL : &grant,
          answer->status ? answer->err : NULL);
    broker_app_token_cancel(t);
}

static enum base_status send(struct broker_app_token *t, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf body = {0};
    struct oauth_client client = broker_app_client(&t->app);

    base_buf_init_sensitive(&body, OAUTH_TOKEN_MAX_BYTES * 4);
    oauth_token_client_body(&body, &client, t->scope);
    return broker_exchange_token(t->b, &t->app, &body, DOING, NULL, on_answer, t, &t->exchange,
                                 err);
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
    t->scope = base_mem_strdup(scope);
    status = t->scope ? broker_app_get(b, app_name, &t->app, err) : base_fail_memory(err);
    if (!status)
        status = broker_private_refuse(&t->app, DOING, err);
    if (!status && (status = send(t, err)))
        t->exchange = NULL;
    if (status) {
        broker_app_token_cancel(t);
        return status;
    }
    *ret = t;
    return BASE_OK;
}
