#include "broker_pending.h"

#include "base_json.h"
#include "base_jsonw.h"
#include "base_text.h"
#include "broker_app_rule.h"
#include "broker_int.h"
#include "broker_pending_int.h"
#include "crypt_encode.h"
#include "crypt_random.h"

#define PENDING_PLAIN_MAX 4096

enum base_status broker_pending_encode(const struct broker_pending *p, struct base_buf *out,
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

enum base_status broker_pending_write(struct broker *b, const struct broker_grant *g,
                                      const struct crypt_secret *token,
                                      struct broker_pending_row *row, struct vault_write *ret,
                                      struct base_error *err)
{
    const struct broker_pending p = {
        .app = g->app, .account = g->account, .since = broker_now(b), .last = ""};
    unsigned char random[8];
    struct base_buf id;
    enum base_status status = broker_pending_encode(&p, &row->plain, err);

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

void broker_pending_text_free(struct broker_pending_text *t)
{
    base_mem_free(t->app);
    base_mem_free(t->account);
    base_mem_free(t->last);
}

enum base_status broker_pending_decode(const char *id, struct base_span plain,
                                       struct broker_pending_text *text, struct broker_pending *ret,
                                       struct base_error *err)
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
    if (!broker_number_is_sane(ret->since) || !broker_number_is_sane(ret->attempts))
        return base_fail(err, BASE_STORAGE, "reading a pending revocation in the vault",
                         "it has a time or a number that cannot be one");
    ret->id = id;
    ret->app = text->app;
    ret->account = text->account;
    ret->last = text->last;
    return BASE_OK;
}

enum base_status broker_pending_check_record(const char *name, struct base_span plain,
                                             struct base_error *err)
{
    struct broker_pending p = {0};
    BASE_CLEANUP(broker_pending_text_free) struct broker_pending_text text = {0};
    enum base_status status = broker_pending_decode(name, plain, &text, &p, err);

    if (status)
        return status;
    if (strlen(name) != 16 || strspn(name, "0123456789abcdef") != 16 ||
        !broker_app_rule_is_name(p.app) || !broker_app_rule_is_name(p.account) ||
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
    BASE_CLEANUP(broker_pending_text_free) struct broker_pending_text text = {0};

    (void)generation;
    list->status = broker_pending_decode(name, plain, &text, &p, list->err);
    return !list->status && list->fn(list->arg, &p);
}

enum base_status broker_pending_list(struct broker *b, broker_pending_fn *fn, void *arg,
                                     struct base_error *err)
{
    struct pending_list list = {.fn = fn, .arg = arg, .err = err};
    enum base_status status = vault_list(b->vault, VAULT_REVOKE, list_pending, &list, err);

    return status ? status : list.status;
}

/* ------------------------------------------------------------------ a list of their ids */

struct ids {
    struct base_list *list;
    const char *app, *account; /* NULL: any */
};

static bool collect(void *arg, const struct broker_pending *p)
{
    struct ids *ids = arg;

    if (ids->app && (strcmp(p->app, ids->app) != 0 || strcmp(p->account, ids->account) != 0))
        return true;
    return base_list_add(ids->list, p->id);
}

enum base_status broker_pending_ids(struct broker *b, const char *app, const char *account,
                                    struct base_list *ret, struct base_error *err)
{
    struct ids ids = {ret, app, account};
    enum base_status status = broker_pending_list(b, collect, &ids, err);

    return status ? status : ret->failed ? base_fail_memory(err) : BASE_OK;
}

enum base_status broker_pending_forget(struct broker *b, unsigned *ret_count,
                                       struct base_error *err)
{
    BASE_CLEANUP(base_list_free) struct base_list ids = {0};
    enum base_status status = broker_pending_ids(b, NULL, NULL, &ids, err);

    for (size_t i = 0; i < ids.count && !status; i++) {
        status = vault_remove(b->vault, VAULT_REVOKE, ids.items[i], err);
        if (status == BASE_NOT_FOUND) /* another process has told HubSpot */
            status = BASE_OK;
    }
    if (!status && ret_count)
        *ret_count = (unsigned)ids.count;
    return status;
}
