#include "cli_token.h"

#include "broker_token.h"
#include "cli_error.h"

struct waiting {
    struct cli *c;
    struct broker *b;
    cli_token_fn *fn;
    void *arg;
    enum base_status status;
    struct base_error *err;
};

static void on_token(void *arg, enum base_status status, const struct broker_grant *grant,
                     const struct base_error *err)
{
    struct waiting *w = arg;

    w->status = status;
    if (status) {
        *w->err = *err;
    } else {
        if (err)
            cli_error_warn(w->c, err);
        w->status = w->fn(w->arg, w->b, grant, w->err);
    }
    cli_wake(w->c);
}

static enum base_status refresh_and_use(struct waiting *w, const struct broker_token_wish *wish)
{
    struct broker_token_get *get;
    enum base_status status = cli_broker_on_loop(w->c, &w->b, w->err);

    if (status || (status = broker_token_get(w->b, wish, on_token, w, &get, w->err)))
        return status;
    status = cli_wait(w->c, w->err);
    if (status) {
        broker_token_cancel(get);
        return status;
    }
    return w->status;
}

enum base_status cli_token_use(struct cli *c, const char *name, int64_t min_ttl_ms,
                               cli_token_fn *fn, void *arg, struct base_error *err)
{
    struct waiting w = {.c = c, .fn = fn, .arg = arg, .err = err};
    const struct broker_token_wish wish = {.name = name, .min_ttl_ms = min_ttl_ms};
    struct broker_grant grant;
    bool fresh;
    enum base_status status = cli_broker(c, &w.b, err);

    if (status || (status = broker_token_look(w.b, name, min_ttl_ms, &grant, &fresh, err)))
        return status;
    if (fresh)
        status = fn(arg, w.b, &grant, err);
    broker_grant_free(&grant);
    return fresh ? status : refresh_and_use(&w, &wish);
}
