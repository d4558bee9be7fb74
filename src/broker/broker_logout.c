#include "broker_logout.h"

#include "base_text.h"
#include "broker_int.h"
#include "broker_pending_int.h"
#include "broker_revoke.h"

struct broker_logout {
    struct broker *b;
    char *name;
    struct broker_grant grant;
    struct vault_lease *lease;
    struct loop_timer *timer;
    int64_t started; /* loop time */
    struct broker_revoke *revoke;
    broker_logout_fn *fn;
    void *arg;
};

void broker_logout_cancel(struct broker_logout *l)
{
    if (!l)
        return;
    broker_revoke_cancel(l->revoke);
    vault_lease_release(l->b->vault, l->lease);
    loop_timer_free(l->timer);
    broker_grant_free(&l->grant);
    base_mem_free(l->name);
    base_mem_free(l);
}

static void finish(struct broker_logout *l, enum base_status status, const struct base_error *err)
{
    l->fn(l->arg, status, status ? err : NULL);
    broker_logout_cancel(l);
}

/* ------------------------------------------------------------------ telling HubSpot */

static enum base_status fail_queued(const struct broker_logout *l, const struct base_error *why,
                                    struct base_error *err)
{
    *err = *why;
    base_fail(err, BASE_PARTIAL, "logging out",
              "account %s is removed here, but HubSpot could not be told: %s", l->grant.account,
              why->why);
    base_error_lower(err, "%s", why->lower);
    base_error_hint(err, "hubauth logout --retry");
    return BASE_PARTIAL;
}

static void on_told(void *arg, enum base_status status, unsigned told, unsigned left,
                    const struct base_error *lower)
{
    struct broker_logout *l = arg;
    struct base_error err = BASE_ERROR_NONE;

    (void)told;
    (void)left;
    l->revoke = NULL;
    if (status)
        status = fail_queued(l, lower, &err);
    finish(l, status, &err);
}

static void tell(struct broker_logout *l)
{
    struct base_error why = BASE_ERROR_NONE, err;

    if (broker_revoke_start(l->b, l->grant.app, l->grant.account, on_told, l, &l->revoke, &why))
        finish(l, fail_queued(l, &why, &err), &err);
}

/* ------------------------------------------------------------------ removing it here */

/* Whether the app's server is one that can be told. When the app cannot be read now, perhaps it can
 * be later. */
static bool can_be_told(struct broker_logout *l)
{
    struct broker_app app;
    bool hubspot;

    if (broker_app_get(l->b, l->grant.app, &app, NULL))
        return true;
    hubspot = !app.token_url[0] && hubspot_endpoints_find(app.api_version);
    broker_app_free(&app);
    return hubspot;
}

/* In one write: the record goes, its refresh tokens are queued (the previous one as well, which may
 * still be good). */
static enum base_status take_out(struct broker_logout *l, bool queue, struct base_error *err)
{
    struct broker_grant *g = &l->grant;
    const struct crypt_secret *tokens[] = {g->refresh_token, g->previous_refresh_token};
    struct broker_pending_row rows[2] = {0};
    struct vault_write writes[3] = {
        {.kind = VAULT_GRANT, .name = l->name, .expected = g->generation, .remove = true}};
    size_t count = 1;
    enum base_status status = BASE_OK;

    for (size_t i = 0; i < 2 && !status; i++) {
        if (queue && tokens[i])
            status = broker_pending_write(l->b, g, tokens[i], &rows[i], &writes[count++], err);
    }
    if (!status)
        status = vault_apply(l->b->vault, writes, count, err);
    for (size_t i = 0; i < 2; i++)
        base_buf_free(&rows[i].plain);
    return status;
}

static enum base_status fail_not_told(const struct broker_logout *l, struct base_error *err)
{
    base_fail(
        err, BASE_PARTIAL, "logging out",
        "account %s is removed here, but its server was not told: the set-up of app %s has no "
        "endpoint for that",
        l->grant.account, l->grant.app);
    base_error_hint(err, "end the access at the server itself");
    return BASE_PARTIAL;
}

static void remove_and_tell(struct broker_logout *l)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status;
    bool queue;

    broker_grant_free(&l->grant);
    /* A refresh that was cut short may have left a token that is newer than the stored one. */
    if (l->lease && broker_grant_recover(l->b, l->lease, l->name, &err))
        broker_notice(l->b, "%s", err.why);
    status = broker_grant_load(l->b, l->name, &l->grant, &err);
    if (status) {
        finish(l, status, &err);
        return;
    }
    queue = l->grant.refresh_token && can_be_told(l);
    status = take_out(l, queue, &err);
    if (status == BASE_CONFLICT) { /* a login in between: look again */
        loop_timer_start(l->timer, BROKER_LEASE_POLL_MS);
        return;
    }
    if (!status && l->lease)
        vault_lease_forget(l->b->vault, l->lease); /* ours, so nobody else can (D10) */
    vault_lease_release(l->b->vault, l->lease);
    l->lease = NULL;
    if (!status && queue)
        tell(l);
    else
        finish(l, status || !l->grant.refresh_token ? status : fail_not_told(l, &err), &err);
}

static void on_turn(void *arg)
{
    struct broker_logout *l = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status =
        l->lease ? BASE_OK : vault_lease_try(l->b->vault, l->name, &l->lease, &err);

    if (status == BASE_BUSY && loop_now(l->b->loop) - l->started < BROKER_LEASE_WAIT_DUE_MS) {
        loop_timer_start(l->timer, BROKER_LEASE_POLL_MS);
        return;
    }
    if (status && status != BASE_BUSY)
        finish(l, status, &err);
    else /* whoever holds the lease for so long is not going to be waited for */
        remove_and_tell(l);
}

enum base_status broker_logout(struct broker *b, const char *name, broker_logout_fn *fn, void *arg,
                               struct broker_logout **ret, struct base_error *err)
{
    struct broker_logout *l = base_mem_new(sizeof(*l));
    enum base_status status;

    if (!l)
        return base_fail_memory(err);
    l->b = b;
    l->fn = fn;
    l->arg = arg;
    l->started = loop_now(b->loop);
    l->name = base_mem_strdup(name);
    l->timer = loop_timer_new(b->loop, on_turn, l);
    status =
        l->name && l->timer ? broker_grant_load(b, name, &l->grant, err) : base_fail_memory(err);
    if (status) {
        broker_logout_cancel(l);
        return status;
    }
    loop_timer_start(l->timer, 0);
    *ret = l;
    return BASE_OK;
}

enum base_status broker_logout_locally(struct broker *b, const char *name, struct base_error *err)
{
    return broker_grant_remove(b, name, err);
}

/* ------------------------------------------------------------------ who shares it */

struct sharing {
    struct broker *b;
    const struct broker_grant *mine;
    broker_grant_fn *fn;
    void *arg;
};

static bool same_token(const struct crypt_secret *a, const struct crypt_secret *b)
{
    return a && b && crypt_secret_eq(a, crypt_secret_span(b));
}

static bool compare(void *arg, const struct broker_grant *g)
{
    struct sharing *s = arg;
    struct broker_grant other;
    struct base_error err = BASE_ERROR_NONE;
    bool more = true;

    if (strcmp(g->name, s->mine->name) == 0)
        return true;
    if (broker_grant_load(s->b, g->name, &other, &err)) {
        broker_notice(s->b, "whether account %s shares the grant is not known: %s", g->name,
                      err.why);
        return true;
    }
    if (same_token(other.refresh_token, s->mine->refresh_token) ||
        same_token(other.previous_refresh_token, s->mine->refresh_token) ||
        same_token(other.refresh_token, s->mine->previous_refresh_token))
        more = s->fn(s->arg, g);
    broker_grant_free(&other);
    return more;
}

enum base_status broker_logout_sharers(struct broker *b, const char *name, broker_grant_fn *fn,
                                       void *arg, struct base_error *err)
{
    struct broker_grant mine;
    struct sharing s = {b, &mine, fn, arg};
    enum base_status status = broker_grant_load(b, name, &mine, err);

    if (status)
        return status;
    status = broker_grant_list(b, compare, &s, err);
    broker_grant_free(&mine);
    return status;
}
