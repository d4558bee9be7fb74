#include "broker_revoke.h"

#include "base_json.h"
#include "broker_int.h"
#include "broker_pending_int.h"
#include "broker_present.h"

#define DOING "revoking the refresh token"

struct broker_revoke {
    struct broker_present present; /* of the one that is being told */
    struct base_list ids;
    size_t next; /* after the one that is being told */
    struct vault_record record;
    unsigned told, left;
    struct base_error last; /* of the last one that is left */
    struct loop_timer *timer;
    broker_revoke_fn *fn;
    void *arg;
};

void broker_revoke_cancel(struct broker_revoke *r)
{
    if (!r)
        return;
    broker_present_done(&r->present);
    vault_record_free(&r->record);
    base_list_free(&r->ids);
    loop_timer_free(r->timer);
    base_mem_free(r);
}

static void begin_next(struct broker_revoke *r)
{
    broker_present_done(&r->present);
    r->present = (struct broker_present){.b = r->present.b, .doing = DOING};
    vault_record_free(&r->record);
    r->record = (struct vault_record){0};
    loop_timer_start(r->timer, 0);
}

/* Writes down that it failed, and why. That it could not be written down changes nothing. */
static void note_failure(struct broker_revoke *r, const struct base_error *why)
{
    const char *id = r->ids.items[r->next - 1];
    struct broker_pending p = {0};
    BASE_CLEANUP(broker_pending_text_free) struct broker_pending_text text = {0};
    BASE_CLEANUP(base_buf_free) struct base_buf plain = {0};

    r->left++;
    r->last = *why;
    if (!r->record.secret ||
        broker_pending_decode(id, base_buf_span(&r->record.plain), &text, &p, NULL))
        return;
    p.attempts++;
    p.last = why->why;
    if (broker_pending_encode(&p, &plain, NULL) == BASE_OK)
        (void)vault_put(r->present.b->vault, VAULT_REVOKE, id, r->record.generation,
                        base_buf_span(&plain), r->record.secret, NULL);
}

static void note_success(struct broker_revoke *r)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status =
        vault_remove(r->present.b->vault, VAULT_REVOKE, r->ids.items[r->next - 1], &err);

    if (status && status != BASE_NOT_FOUND) {
        r->left++; /* it will be told once more, which does no harm */
        r->last = err;
    } else {
        r->told++;
    }
}

/* RFC 7009 section 2.2 has 200 for a token that is unknown as well; 404 is v1's way of saying so,
 * in JSON. Any other 404 is that of a wrong address, or of a version that has ended: the grant
 * lives. */
static bool is_done(const struct broker_revoke *r, const struct http_response *response)
{
    if (response->status == 404)
        return r->present.endpoints->style == HUBSPOT_TOKEN_IN_PATH &&
               base_json_valid(base_buf_span(&response->body));
    return response->status >= 200 && response->status <= 299;
}

static void on_answer(void *arg, enum base_status status, struct http_response *response,
                      enum http_progress progress, const struct base_error *lower)
{
    struct broker_revoke *r = arg;
    struct base_error err = lower ? *lower : BASE_ERROR_NONE;
    bool dead = false;

    (void)progress; /* telling it twice does no harm */
    r->present.call = NULL;
    if (!status && !is_done(r, response))
        status = broker_present_refused(&r->present, response, &dead, &err);
    if (status && !dead)
        note_failure(r, &err);
    else
        note_success(r);
    begin_next(r);
}

static enum base_status tell(struct broker_revoke *r, struct base_error *err)
{
    struct broker *b = r->present.b;
    struct broker_pending p = {0};
    BASE_CLEANUP(broker_pending_text_free) struct broker_pending_text text = {0};
    const char *id = r->ids.items[r->next - 1];
    enum base_status status = vault_get(b->vault, VAULT_REVOKE, id, &r->record, err);

    if (status ||
        (status = broker_pending_decode(id, base_buf_span(&r->record.plain), &text, &p, err)) ||
        (status = broker_present_load(&r->present, p.app, err)))
        return status;
    return broker_present_send(&r->present, r->present.endpoints->revoke, "DELETE",
                               r->record.secret, "refresh_token", on_answer, r, err);
}

static void finish(struct broker_revoke *r)
{
    struct base_error err = r->last;

    if (r->left > 0)
        err.status = BASE_PARTIAL;
    r->fn(r->arg, r->left > 0 ? BASE_PARTIAL : BASE_OK, r->told, r->left,
          r->left > 0 ? &err : NULL);
    broker_revoke_cancel(r);
}

static void on_turn(void *arg)
{
    struct broker_revoke *r = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status;

    if (r->next == r->ids.count) {
        finish(r);
        return;
    }
    r->next++;
    status = tell(r, &err);
    if (!status)
        return;
    if (status == BASE_NOT_FOUND) /* another process has told HubSpot */
        r->told++;
    else
        note_failure(r, &err);
    begin_next(r);
}

enum base_status broker_revoke_start(struct broker *b, const char *app, const char *account,
                                     broker_revoke_fn *fn, void *arg, struct broker_revoke **ret,
                                     struct base_error *err)
{
    struct broker_revoke *r = base_mem_new(sizeof(*r));
    enum base_status status;

    if (!r)
        return base_fail_memory(err);
    r->present.b = b;
    r->fn = fn;
    r->arg = arg;
    r->timer = loop_timer_new(b->loop, on_turn, r);
    status = r->timer ? broker_pending_ids(b, app, account, &r->ids, err) : base_fail_memory(err);
    if (status) {
        broker_revoke_cancel(r);
        return status;
    }
    begin_next(r);
    *ret = r;
    return BASE_OK;
}
