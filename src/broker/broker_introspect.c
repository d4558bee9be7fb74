#include "broker_introspect.h"

#include "broker_int.h"
#include "broker_present.h"
#include "broker_private.h"

struct broker_introspect {
    struct broker_present present;
    struct broker_grant grant;
    bool is_private; /* a private app's token */
    broker_introspect_fn *fn;
    void *arg;
};

void broker_introspect_cancel(struct broker_introspect *i)
{
    if (!i)
        return;
    broker_present_done(&i->present);
    broker_grant_free(&i->grant);
    base_mem_free(i);
}

static void on_answer(void *arg, enum base_status status, struct http_response *r,
                      enum http_progress progress, const struct base_error *lower)
{
    struct broker_introspect *i = arg;
    struct hubspot_token_info info = {0};
    struct base_error err = lower ? *lower : BASE_ERROR_NONE;

    (void)progress;
    i->present.call = NULL;
    if (!status && r->status == 200 && i->is_private)
        status = hubspot_token_info_of_private(base_buf_span(&r->body), &info, &err);
    else if (!status && r->status == 200)
        status = hubspot_token_info_parse(base_buf_span(&r->body), &info, &err);
    else if (!status && i->is_private && broker_private_is_unknown(r))
        info.expires_in = -1;
    else if (!status && !i->is_private && r->status == 404 &&
             i->present.endpoints->style == HUBSPOT_TOKEN_IN_PATH)
        info.expires_in = -1; /* v1 knows no "active": an unknown token is not found */
    else if (!status)
        status = broker_present_refused(&i->present, r, NULL, &err);
    base_error_doing(&err, "%s", i->present.doing);
    i->fn(i->arg, status, status ? NULL : &info, status ? &err : NULL);
    hubspot_token_info_free(&info);
    broker_introspect_cancel(i);
}

static enum base_status send(struct broker_introspect *i, const char *name, bool refresh_token,
                             struct base_error *err)
{
    const struct hubspot_endpoints *e;
    const struct crypt_secret *token;
    enum base_status status = broker_grant_load(i->present.b, name, &i->grant, err);

    if (status || (status = broker_present_load(&i->present, i->grant.app, err)))
        return status;
    i->is_private = i->is_private || broker_grant_is_private(&i->grant);
    if (i->is_private && !refresh_token)
        return broker_present_private(&i->present, i->grant.access_token, on_answer, i, err);
    e = i->present.endpoints;
    token = refresh_token ? i->grant.refresh_token : i->grant.access_token;
    if (!token)
        return base_fail(err, BASE_NOT_FOUND, i->present.doing, "account %s has none", name);
    return broker_present_send(
        &i->present, refresh_token ? e->introspect_refresh : e->introspect_access, "GET", token,
        refresh_token ? "refresh_token" : "access_token", on_answer, i, err);
}

static enum base_status introspect(struct broker *b, const char *name, bool refresh_token,
                                   bool is_private, broker_introspect_fn *fn, void *arg,
                                   struct broker_introspect **ret, struct base_error *err)
{
    struct broker_introspect *i = base_mem_new(sizeof(*i));
    enum base_status status;

    if (!i)
        return base_fail_memory(err);
    i->present.b = b;
    i->present.doing =
        refresh_token ? "asking about the refresh token" : "asking about the access token";
    i->is_private = is_private;
    i->fn = fn;
    i->arg = arg;
    status = send(i, name, refresh_token, err);
    if (status) {
        broker_introspect_cancel(i);
        return status;
    }
    *ret = i;
    return BASE_OK;
}

enum base_status broker_introspect(struct broker *b, const char *name, bool refresh_token,
                                   broker_introspect_fn *fn, void *arg,
                                   struct broker_introspect **ret, struct base_error *err)
{
    return introspect(b, name, refresh_token, false, fn, arg, ret, err);
}

enum base_status broker_introspect_private(struct broker *b, const char *name,
                                           broker_introspect_fn *fn, void *arg,
                                           struct broker_introspect **ret, struct base_error *err)
{
    return introspect(b, name, false, true, fn, arg, ret, err);
}
