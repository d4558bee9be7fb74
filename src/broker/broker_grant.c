#include "broker_int.h"

#define GRANT_PLAIN_MAX (64u << 10)

void broker_grant_free(struct broker_grant *g)
{
    base_mem_free(g->name);
    base_mem_free(g->app);
    base_mem_free(g->account);
    base_mem_free(g->scopes);
    base_mem_free(g->asked);
    base_mem_free(g->last_code);
    base_mem_free(g->last_message);
    base_mem_free(g->last_correlation);
    crypt_secret_free(g->access_token);
    crypt_secret_free(g->refresh_token);
    crypt_secret_free(g->previous_refresh_token);
    *g = (struct broker_grant){0};
}

int64_t broker_grant_hold(const struct broker_grant *g, int64_t now)
{
    return g->state_since <= now && now < g->not_before ? g->not_before - now : 0;
}

static enum base_status grant_from_plain(const char *name, uint64_t generation,
                                         struct base_span plain, struct broker_grant *ret,
                                         struct base_error *err)
{
    struct broker_grant g = {.generation = generation, .name = base_mem_strdup(name)};
    enum base_status status =
        g.name ? broker_grant_decode_plain(plain, &g, err) : base_fail_memory(err);

    if (status) {
        base_error_doing(err, "reading account %s in the vault", name);
        broker_grant_free(&g);
        return status;
    }
    *ret = g;
    return BASE_OK;
}

static enum base_status grant_from_record(const char *name, const struct vault_record *record,
                                          struct broker_grant *ret, struct base_error *err)
{
    struct broker_grant g;
    enum base_status status =
        grant_from_plain(name, record->generation, base_buf_span(&record->plain), &g, err);

    if (status)
        return status;
    status = broker_grant_decode(crypt_secret_span(record->secret), &g, err);
    if (status)
        broker_grant_free(&g);
    else
        *ret = g;
    return status;
}

enum base_status broker_grant_load(struct broker *b, const char *name, struct broker_grant *ret,
                                   struct base_error *err)
{
    BASE_CLEANUP(vault_record_free) struct vault_record record = {0};
    enum base_status status = vault_get(b->vault, VAULT_GRANT, name, &record, err);

    if (status == BASE_NOT_FOUND)
        return broker_grant_fail_none(b, name, err);
    return status ? status : grant_from_record(name, &record, ret, err);
}

static enum base_status grant_encode(const struct broker_grant *g, struct base_buf *plain,
                                     struct crypt_secret **ret_secret, struct base_error *err)
{
    base_buf_init(plain, GRANT_PLAIN_MAX);
    *ret_secret = broker_grant_encode(g);
    if (!*ret_secret)
        return base_fail_memory(err);
    broker_grant_encode_plain(g, plain);
    if (base_buf_status(plain))
        return base_fail(err, base_buf_status(plain), "storing an account",
                         "its description is too long");
    return BASE_OK;
}

enum base_status broker_grant_store(struct broker *b, struct broker_grant *g,
                                    struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf plain = {0};
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *secret = NULL;
    enum base_status status = grant_encode(g, &plain, &secret, err);

    if (!status && b->deps.keep && g->refresh_token)
        b->deps.keep(b->deps.arg, g->refresh_token);
    if (!status)
        status = vault_put(b->vault, VAULT_GRANT, g->name, g->generation, base_buf_span(&plain),
                           secret, err);
    if (!status)
        g->generation++;
    return status;
}

static bool read_generation(void *arg, const char *name, uint64_t generation,
                            struct base_span plain)
{
    struct broker_grant *ours = arg;

    (void)plain;
    if (strcmp(name, ours->name) != 0)
        return true;
    ours->generation = generation;
    return false;
}

enum base_status broker_grant_replace(struct broker *b, struct broker_grant *g,
                                      struct base_error *err)
{
    enum base_status status;

    g->generation = 0;
    status = vault_list(b->vault, VAULT_GRANT, read_generation, g, err);
    return status ? status : broker_grant_store(b, g, err);
}

enum base_status broker_grant_note(struct broker *b, struct vault_lease *lease,
                                   const struct broker_grant *g, struct crypt_nonce *nonce,
                                   struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf plain = {0};
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *secret = NULL;
    enum base_status status = grant_encode(g, &plain, &secret, err);

    return status ? status
                  : vault_lease_note(b->vault, lease, nonce, VAULT_GRANT, g->name, g->generation,
                                     base_buf_span(&plain), secret, err);
}

/* Generations alone do not tell: after a logout they begin anew. */
static bool is_next_of(const struct broker_grant *noted, const struct broker_grant *stored)
{
    return noted->generation == stored->generation + 1 &&
           noted->connected_at == stored->connected_at;
}

static bool grant_is_gone(struct broker *b, const char *name)
{
    BASE_CLEANUP(vault_record_free) struct vault_record record = {0};

    return vault_get(b->vault, VAULT_GRANT, name, &record, NULL) == BASE_NOT_FOUND;
}

enum base_status broker_grant_recover(struct broker *b, struct vault_lease *lease, const char *name,
                                      struct base_error *err)
{
    BASE_CLEANUP(vault_record_free) struct vault_record record = {0};
    BASE_CLEANUP(broker_grant_free) struct broker_grant stored = {0}, noted = {0};
    enum base_status status = vault_lease_noted(b->vault, lease, VAULT_GRANT, name, &record, err);

    if (status)
        return status == BASE_NOT_FOUND ? BASE_OK : status;
    status = grant_from_record(name, &record, &noted, err);
    if (!status)
        status = broker_grant_load(b, name, &stored, err);
    if (status && grant_is_gone(b, name)) /* somebody logged out meanwhile (D10) */
        vault_lease_forget(b->vault, lease);
    if (status)
        return status;
    if (is_next_of(&noted, &stored)) {
        noted.generation = stored.generation;
        status = broker_grant_store(b, &noted, err);
        if (status && status != BASE_CONFLICT) {
            base_error_doing(err, "storing the token of a refresh of account %s that was cut short",
                             noted.account);
            return status;
        }
    }
    vault_lease_forget(b->vault, lease);
    return BASE_OK;
}

/* Who has the lease at this moment finds the record gone, and blanks the note itself. */
static void forget_note(struct broker *b, const char *name)
{
    struct vault_lease *lease;

    if (vault_lease_try(b->vault, name, &lease, NULL))
        return;
    vault_lease_forget(b->vault, lease);
    vault_lease_release(b->vault, lease);
}

bool broker_grant_forget_gone(struct broker *b, const char *name)
{
    bool gone = grant_is_gone(b, name);

    if (gone)
        forget_note(b, name);
    return gone;
}

enum base_status broker_grant_remove(struct broker *b, const char *name, struct base_error *err)
{
    enum base_status status = vault_remove(b->vault, VAULT_GRANT, name, err);

    forget_note(b, name);
    return status;
}

struct grant_list {
    broker_grant_fn *fn;
    void *arg;
    enum base_status status;
    struct base_error *err;
};

static bool list_grant(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct grant_list *list = arg;
    struct broker_grant g;
    bool more;

    list->status = grant_from_plain(name, generation, plain, &g, list->err);
    if (list->status)
        return false;
    more = list->fn(list->arg, &g);
    broker_grant_free(&g);
    return more;
}

enum base_status broker_grant_list(struct broker *b, broker_grant_fn *fn, void *arg,
                                   struct base_error *err)
{
    struct grant_list list = {.fn = fn, .arg = arg, .err = err};
    enum base_status status = vault_list(b->vault, VAULT_GRANT, list_grant, &list, err);

    return status ? status : list.status;
}
