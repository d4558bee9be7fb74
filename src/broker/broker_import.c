#include "broker_import.h"

#include "broker_int.h"
#include "broker_present.h"
#include "broker_private.h"
#include "broker_token.h"
#include "hubspot_token.h"

#define DOING "importing an account"

struct broker_import {
    struct broker *b;
    struct broker_import_wish wish;
    struct broker_present present;
    struct broker_grant grant;
    struct broker_token_get *token;
    bool stored;
    broker_import_fn *fn;
    void *arg;
};

void broker_import_cancel(struct broker_import *i)
{
    if (!i)
        return;
    broker_present_done(&i->present);
    if (i->token)
        broker_token_cancel(i->token);
    broker_grant_free(&i->grant);
    base_mem_free(i);
}

static void finish(struct broker_import *i, enum base_status status, const struct base_error *err)
{
    i->fn(i->arg, status, i->grant.name, i->stored, status ? err : NULL);
    broker_import_cancel(i);
}

/* ------------------------------------------------------------------ stored, then refreshed */

static void on_token(void *arg, enum base_status status, const struct broker_grant *grant,
                     const struct base_error *err)
{
    struct broker_import *i = arg;

    (void)grant; /* stored before we hear of it */
    i->token = NULL;
    finish(i, status, err);
}

static enum base_status fill_grant(struct broker_import *i, int64_t hub_id, struct base_error *err)
{
    struct broker_grant *g = &i->grant;
    struct base_buf text;

    base_buf_init(&text, 256);
    base_buf_printf(&text, "%s/%lld", i->wish.app, (long long)hub_id);
    g->name = base_buf_steal(&text);
    base_buf_init(&text, 32);
    base_buf_add_int(&text, hub_id);
    g->account = base_buf_steal(&text);
    g->hub_id = hub_id;
    g->app = base_mem_strdup(i->wish.app);
    g->scopes = base_mem_strdup(i->wish.scopes);
    g->asked = base_mem_strdup(i->wish.scopes);
    g->last_code = base_mem_strdup("");
    g->last_message = base_mem_strdup("");
    g->last_correlation = base_mem_strdup("");
    g->refresh_token = crypt_secret_copy(i->wish.refresh_token);
    if (!g->name || !g->account || !g->app || !g->scopes || !g->asked || !g->last_code ||
        !g->last_message || !g->last_correlation || !g->refresh_token)
        return base_fail_memory(err);
    /* No access token yet: due at once. */
    g->connected_at = g->state_since = broker_now(i->b);
    g->obtained_at = g->expires_at = g->connected_at - 1;
    g->state = BROKER_GRANT_OK;
    return BASE_OK;
}

/* What is over gives way to what is not. */
static bool take_dead(void *arg, const struct broker_grant *there)
{
    struct broker_grant *ours = arg;

    if (strcmp(there->name, ours->name) != 0)
        return true;
    if (there->state == BROKER_GRANT_DEAD)
        ours->generation = there->generation;
    return false;
}

static void store_and_refresh(struct broker_import *i, int64_t hub_id)
{
    struct base_error err = BASE_ERROR_NONE;
    struct broker_token_wish wish = {.force = true};
    enum base_status status = fill_grant(i, hub_id, &err);

    if (!status)
        status = broker_grant_list(i->b, take_dead, &i->grant, &err);
    if (!status)
        status = broker_grant_store(i->b, &i->grant, &err);
    i->stored = !status;
    if (status == BASE_CONFLICT)
        status = base_fail(&err, BASE_EXISTS, DOING, "account %s is connected already",
                           i->grant.account);
    if (!status) {
        wish.name = i->grant.name;
        status = broker_token_get(i->b, &wish, on_token, i, &i->token, &err);
    }
    if (status) {
        i->token = NULL;
        finish(i, status, &err);
    }
}

/* ------------------------------------------------------------------ whose it is */

static enum base_status judge(const struct broker_import *i, const struct hubspot_token_info *info,
                              struct base_error *err)
{
    if (!info->active) {
        base_fail(err, BASE_REAUTH, DOING,
                  "HubSpot does not know the refresh token: the app was uninstalled, or it is "
                  "another app's");
        base_error_hint(err, "hubauth login --app %s", i->wish.app);
        return BASE_REAUTH;
    }
    if (info->hub_id <= 0)
        return base_fail(err, BASE_INVALID, DOING, "HubSpot's answer does not name the account");
    if (i->wish.hub_id && i->wish.hub_id != info->hub_id)
        return base_fail(err, BASE_INVALID, DOING,
                         "the refresh token is said to be account %lld's, but is %lld's",
                         (long long)i->wish.hub_id, (long long)info->hub_id);
    return BASE_OK;
}

static void on_introspected(void *arg, enum base_status status, struct http_response *r,
                            enum http_progress progress, const struct base_error *lower)
{
    struct broker_import *i = arg;
    struct hubspot_token_info info = {0};
    struct base_error err = lower ? *lower : BASE_ERROR_NONE;
    int64_t hub_id;

    (void)progress;
    i->present.call = NULL;
    if (!status && r->status == 200)
        status = hubspot_token_info_parse(base_buf_span(&r->body), &info, &err);
    else if (!status && (r->status != 404 || i->present.endpoints->style != HUBSPOT_TOKEN_IN_PATH))
        status = broker_present_refused(&i->present, r, NULL, &err);
    /* else: v1 knows no "active", an unknown token is not found */
    base_error_doing(&err, "%s", i->present.doing);
    if (!status)
        status = judge(i, &info, &err);
    hub_id = info.hub_id;
    hubspot_token_info_free(&info);
    if (status)
        finish(i, status, &err);
    else
        store_and_refresh(i, hub_id);
}

enum base_status broker_import_start(struct broker *b, const struct broker_import_wish *wish,
                                     broker_import_fn *fn, void *arg, struct broker_import **ret,
                                     struct base_error *err)
{
    struct broker_import *i = base_mem_new(sizeof(*i));
    enum base_status status;

    if (!i)
        return base_fail_memory(err);
    i->b = b;
    i->wish = *wish;
    i->fn = fn;
    i->arg = arg;
    i->present.b = b;
    i->present.doing = "asking whose the refresh token is";
    status = broker_present_load(&i->present, wish->app, err);
    if (!status)
        status = broker_private_refuse(&i->present.app, i->present.doing, err);
    if (!status)
        status = broker_present_send(&i->present, i->present.endpoints->introspect_refresh, "GET",
                                     wish->refresh_token, "refresh_token", on_introspected, i, err);
    if (status) {
        i->present.call = NULL;
        broker_import_cancel(i);
        return status;
    }
    *ret = i;
    return BASE_OK;
}
