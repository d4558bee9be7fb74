#include "cli_token.h"

#include "broker_token.h"
#include "cli_error.h"

struct use {
    struct cli_job job;
    struct broker *b;
    cli_token_fn *fn;
    void *arg;
};

static void on_token(void *arg, enum base_status status, const struct broker_grant *grant,
                     const struct base_error *err)
{
    struct use *u = arg;

    cli_end(&u->job, status, err);
    if (status)
        return;
    if (err)
        cli_error_warn(u->job.c, err);
    u->job.status = u->fn(u->arg, u->b, grant, u->job.err);
}

static enum base_status refresh_and_use(struct use *u, const struct broker_token_wish *wish)
{
    struct broker_token_get *get;
    enum base_status status = cli_broker_on_loop(u->job.c, &u->b, u->job.err);

    if (status || (status = broker_token_get(u->b, wish, on_token, u, &get, u->job.err)))
        return status;
    if (!cli_ended(&u->job))
        broker_token_cancel(get);
    return u->job.status;
}

enum base_status cli_token_use(struct cli *c, const char *name, int64_t min_ttl_ms,
                               cli_token_fn *fn, void *arg, struct base_error *err)
{
    struct use u = {.job = {.c = c, .err = err}, .fn = fn, .arg = arg};
    const struct broker_token_wish wish = {.name = name, .min_ttl_ms = min_ttl_ms};
    struct broker_grant grant;
    bool fresh;
    enum base_status status = cli_broker(c, &u.b, err);

    if (status || (status = broker_token_look(u.b, name, min_ttl_ms, &grant, &fresh, err)))
        return status;
    if (fresh)
        status = fn(arg, u.b, &grant, err);
    broker_grant_free(&grant);
    return fresh ? status : refresh_and_use(&u, &wish);
}
