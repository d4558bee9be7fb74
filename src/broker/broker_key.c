#include "broker_key.h"

#include "broker_int.h"
#include "vault_key.h"

void broker_key_look(const struct broker *b, struct broker_key *ret)
{
    struct vault_key_state state;

    vault_key_look(b->vault, &state);
    *ret = (struct broker_key){state.spec,     state.data_key, state.created,
                               state.rotating, state.keepable, state.kept_until};
}

enum base_status broker_key_keep(struct broker *b, int64_t for_ms, struct base_error *err)
{
    return vault_keep(b->vault, for_ms, err);
}

enum base_status broker_key_drop(struct broker *b, struct base_error *err)
{
    return vault_drop(b->vault, err);
}

struct rotation {
    broker_key_fn *fn;
    void *arg;
    int64_t total;
};

static bool count_one(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct rotation *r = arg;

    (void)name;
    (void)generation;
    (void)plain;
    r->total++;
    return true;
}

static bool on_batch(void *arg, uint64_t done)
{
    const struct rotation *r = arg;

    return r->fn(r->arg, (int64_t)done, r->total);
}

enum base_status broker_key_rotate(struct broker *b, broker_key_fn *fn, void *arg,
                                   int64_t *ret_done, bool *ret_resumed, struct base_error *err)
{
    struct rotation r = {.fn = fn, .arg = arg};
    struct vault_rotation result;
    enum base_status status = BASE_OK;

#define X(name, number, word)                                                                      \
    if (!status)                                                                                   \
        status = vault_list(b->vault, VAULT_##name, count_one, &r, err);
    VAULT_KIND_MAP(X)
#undef X
    if (!status)
        status = vault_rotate(b->vault, on_batch, &r, &result, err);
    if (status)
        return status;
    *ret_done = (int64_t)result.resealed;
    *ret_resumed = result.resumed;
    return BASE_OK;
}

enum base_status broker_key_check(const char *spec, struct base_error *err)
{
    BASE_CLEANUP(base_mem_cleanup) char *normal = NULL;

    return vault_key_normalise(spec, &normal, err);
}

enum base_status broker_key_change(struct broker *b, const char *spec, struct base_error *err)
{
    return vault_change_key(b->vault, spec, err);
}
