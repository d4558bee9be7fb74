#include "broker_revoke.h"

#include "base_json.h"
#include "base_jsonw.h"
#include "base_list.h"
#include "base_text.h"
#include "broker_int.h"
#include "broker_present.h"
#include "broker_revoke_int.h"
#include "crypt_hash.h"
#include "crypt_random.h"

#define DOING "revoking the refresh token"
#define PENDING_PLAIN_MAX 4096

/* ------------------------------------------------------------------ records */

static enum base_status encode(const struct broker_pending *p, struct base_buf *out,
                               struct base_error *err)
{
    struct base_jsonw w;

    base_buf_init(out, PENDING_PLAIN_MAX);
    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "app", p->app);
    base_jsonw_member_str(&w, "account", p->account);
    base_jsonw_member_int(&w, "since", p->since);
    base_jsonw_member_int(&w, "attempts", p->attempts);
    base_jsonw_member_str(&w, "last", p->last);
    base_jsonw_end(&w);
    return base_buf_status(out) ? base_fail_memory(err) : BASE_OK;
}

enum base_status broker_revoke_write(struct broker *b, const struct broker_grant *g,
                                     const struct crypt_secret *token,
                                     struct broker_revoke_row *row, struct vault_write *ret,
                                     struct base_error *err)
{
    const struct broker_pending p = {
        .app = g->app, .account = g->account, .since = broker_now(b), .last = ""};
    unsigned char random[8];
    struct base_buf id;
    enum base_status status = encode(&p, &row->plain, err);

    crypt_random(random, sizeof(random));
    base_buf_init(&id, sizeof(row->id));
    crypt_hex(&id, random, sizeof(random));
    if (status || base_buf_status(&id)) {
        base_buf_free(&id);
        return base_fail_memory(err);
    }
    memcpy(row->id, base_buf_str(&id), sizeof(row->id));
    base_buf_free(&id);
    *ret = (struct vault_write){.kind = VAULT_REVOKE,
                                .name = row->id,
                                .plain = base_buf_span(&row->plain),
                                .secret = token};
    return BASE_OK;
}

struct pending_text { /* what a struct broker_pending borrows */
    char *app, *account, *last;
};

static void pending_text_free(struct pending_text *t)
{
    base_mem_free(t->app);
    base_mem_free(t->account);
    base_mem_free(t->last);
}

static enum base_status decode(const char *id, struct base_span plain, struct pending_text *text,
                               struct broker_pending *ret, struct base_error *err)
{
    struct base_json_value app, account, last;
    const struct base_json_field fields[] = {
        {"app", BASE_JSON_WANT_STRING, true, &app, NULL},
        {"account", BASE_JSON_WANT_STRING, true, &account, NULL},
        {"since", BASE_JSON_WANT_INT64, true, &ret->since, NULL},
        {"attempts", BASE_JSON_WANT_INT64, true, &ret->attempts, NULL},
        {"last", BASE_JSON_WANT_STRING, true, &last, NULL},
    };
    enum base_status status =
        base_json_decode(plain, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (status) {
        base_error_doing(err, "reading a pending revocation in the vault");
        return base_error_as(err, BASE_STORAGE);
    }
    text->app = base_json_string_dup(&app);
    text->account = base_json_string_dup(&account);
    text->last = base_json_string_dup(&last);
    if (!text->app || !text->account || !text->last)
        return base_fail_memory(err);
    ret->id = id;
    ret->app = text->app;
    ret->account = text->account;
    ret->last = text->last;
    return BASE_OK;
}

enum base_status broker_revoke_check_record(const char *name, struct base_span plain,
                                            struct base_error *err)
{
    struct broker_pending p = {0};
    BASE_CLEANUP(pending_text_free) struct pending_text text = {0};
    enum base_status status = decode(name, plain, &text, &p, err);

    if (status)
        return status;
    if (strlen(name) != 16 || strspn(name, "0123456789abcdef") != 16 ||
        !base_text_is_printable(base_span_of(p.app)) ||
        !base_text_is_printable(base_span_of(p.account)) ||
        !base_text_is_printable(base_span_of(p.last)))
        return base_fail(err, BASE_USAGE, "checking a pending revocation",
                         "it is not in the form of those of hubauth");
    return BASE_OK;
}

struct pending_list {
    broker_pending_fn *fn;
    void *arg;
    enum base_status status;
    struct base_error *err;
};

static bool list_pending(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct pending_list *list = arg;
    struct broker_pending p = {0};
    BASE_CLEANUP(pending_text_free) struct pending_text text = {0};

    (void)generation;
    list->status = decode(name, plain, &text, &p, list->err);
    return !list->status && list->fn(list->arg, &p);
}

enum base_status broker_revoke_list(struct broker *b, broker_pending_fn *fn, void *arg,
                                    struct base_error *err)
{
    struct pending_list list = {.fn = fn, .arg = arg, .err = err};
    enum base_status status = vault_list(b->vault, VAULT_REVOKE, list_pending, &list, err);

    return status ? status : list.status;
}

/* ------------------------------------------------------------------ a list of their ids */

struct ids {
    struct base_list list;
    const char *app, *account; /* NULL: any */
};

static bool collect(void *arg, const struct broker_pending *p)
{
    struct ids *ids = arg;

    if (ids->app && (strcmp(p->app, ids->app) != 0 || strcmp(p->account, ids->account) != 0))
        return true;
    return base_list_add(&ids->list, p->id);
}

static enum base_status ids_collect(struct broker *b, struct ids *ids, struct base_error *err)
{
    enum base_status status = broker_revoke_list(b, collect, ids, err);

    return status ? status : ids->list.failed ? base_fail_memory(err) : BASE_OK;
}

enum base_status broker_revoke_forget(struct broker *b, unsigned *ret_count, struct base_error *err)
{
    struct ids ids = {0};
    enum base_status status = ids_collect(b, &ids, err);

    for (size_t i = 0; i < ids.list.count && !status; i++) {
        status = vault_remove(b->vault, VAULT_REVOKE, ids.list.items[i], err);
        if (status == BASE_NOT_FOUND) /* another process has told HubSpot */
            status = BASE_OK;
    }
    if (!status && ret_count)
        *ret_count = (unsigned)ids.list.count;
    base_list_free(&ids.list);
    return status;
}

/* ------------------------------------------------------------------ telling HubSpot */

struct broker_revoke {
    struct broker_present present; /* of the one that is being told */
    struct ids ids;
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
    base_list_free(&r->ids.list);
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
    const char *id = r->ids.list.items[r->next - 1];
    struct broker_pending p = {0};
    BASE_CLEANUP(pending_text_free) struct pending_text text = {0};
    BASE_CLEANUP(base_buf_free) struct base_buf plain = {0};

    r->left++;
    r->last = *why;
    if (!r->record.secret || decode(id, base_buf_span(&r->record.plain), &text, &p, NULL))
        return;
    p.attempts++;
    p.last = why->why;
    if (encode(&p, &plain, NULL) == BASE_OK)
        (void)vault_put(r->present.b->vault, VAULT_REVOKE, id, r->record.generation,
                        base_buf_span(&plain), r->record.secret, NULL);
}

static void note_success(struct broker_revoke *r)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status =
        vault_remove(r->present.b->vault, VAULT_REVOKE, r->ids.list.items[r->next - 1], &err);

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
    BASE_CLEANUP(pending_text_free) struct pending_text text = {0};
    const char *id = r->ids.list.items[r->next - 1];
    enum base_status status = vault_get(b->vault, VAULT_REVOKE, id, &r->record, err);

    if (status || (status = decode(id, base_buf_span(&r->record.plain), &text, &p, err)) ||
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

    if (r->next == r->ids.list.count) {
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
    r->ids.app = app;
    r->ids.account = account;
    r->timer = loop_timer_new(b->loop, on_turn, r);
    status = r->timer ? ids_collect(b, &r->ids, err) : base_fail_memory(err);
    if (status) {
        broker_revoke_cancel(r);
        return status;
    }
    r->ids.app = r->ids.account = NULL; /* the caller's */
    begin_next(r);
    *ret = r;
    return BASE_OK;
}
