#include "base_text.h"
#include "vault_int.h"
#include "vault_kept.h"

static void keys_forget(struct crypt_secret **key)
{
    crypt_secret_free(*key);
    *key = NULL;
}

/* ------------------------------------------------------------------ the header */

static bool keys_same_source(const struct vault_header *a, const struct vault_header *b)
{
    return a->key_spec != NULL && strcmp(a->key_spec, b->key_spec) == 0 &&
           base_span_eq(base_buf_span(&a->params), base_buf_span(&b->params));
}

/* Keeps what still holds. A data key is known by its name, so that a change of the key under the
 * hands of somebody who cannot be asked again does not shut them out. */
static void keys_take_header(struct vault *v, struct vault_header *h, struct base_buf *text)
{
    char id[VAULT_KEY_ID_CHARS + 1] = "";
    if (v->data_key != NULL)
        vault_seal_key_id(v->data_key, id);
    if (!keys_same_source(&v->header, h))
        keys_forget(&v->key);
    if (h->rotating || v->data_key == NULL || strcmp(h->data_key, id) != 0)
        keys_forget(&v->data_key);
    keys_forget(&v->previous_key);
    vault_header_free(&v->header);
    base_buf_free(&v->header_text);
    v->header = *h;
    v->header_text = *text;
}

enum base_status vault_data_key_reload(struct vault *v, bool *ret_changed, struct base_error *err)
{
    struct base_buf text;
    struct vault_header h;
    base_buf_init(&text, VAULT_HEADER_MAX);
    enum base_status status = v->store->ops->header_get(v->store, &text, err);
    if (status == BASE_OK)
        status = vault_header_parse(base_buf_span(&text), &h, err);
    if (status != BASE_OK) {
        base_buf_free(&text);
        return status;
    }
    *ret_changed = !base_span_eq(base_buf_span(&text), base_buf_span(&v->header_text));
    keys_take_header(v, &h, &text);
    return BASE_OK;
}

static enum base_status keys_wrap(struct vault *v, const struct crypt_secret *data_key,
                                  unsigned char out[VAULT_WRAPPED_BYTES], struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf wrapped;
    base_buf_init(&wrapped, VAULT_WRAPPED_BYTES);
    enum base_status status = vault_seal_key(v->key, data_key, &wrapped, err);
    if (status == BASE_OK)
        memcpy(out, wrapped.p, VAULT_WRAPPED_BYTES);
    return status;
}

enum base_status vault_data_key_store(struct vault *v, struct base_error *err)
{
    struct base_buf text;
    base_buf_init(&text, VAULT_HEADER_MAX);
    v->header.rotating = v->previous_key != NULL;
    vault_seal_key_id(v->data_key, v->header.data_key);
    enum base_status status = keys_wrap(v, v->data_key, v->header.wrapped, err);
    if (status == BASE_OK && v->header.rotating)
        status = keys_wrap(v, v->previous_key, v->header.previous, err);
    if (status == BASE_OK)
        status = vault_header_write(&v->header, &text, err);
    if (status == BASE_OK)
        status = v->store->ops->header_put(v->store, base_buf_span(&v->header_text),
                                           base_buf_span(&text), err);
    if (status != BASE_OK) {
        base_buf_free(&text);
        return status;
    }
    base_buf_free(&v->header_text);
    v->header_text = text;
    return BASE_OK;
}

/* ------------------------------------------------------------------ the keys */

static enum base_status keys_unwrap(struct vault *v,
                                    const unsigned char wrapped[VAULT_WRAPPED_BYTES],
                                    struct crypt_secret **ret, struct base_error *err)
{
    struct base_span bytes = {(const char *)wrapped, VAULT_WRAPPED_BYTES};
    return vault_unseal_key(v->key, bytes, ret, err);
}

static enum base_status keys_unwrap_all(struct vault *v, struct base_error *err)
{
    enum base_status status = BASE_OK;
    if (v->data_key == NULL)
        status = keys_unwrap(v, v->header.wrapped, &v->data_key, err);
    if (status == BASE_OK && v->header.rotating && v->previous_key == NULL)
        status = keys_unwrap(v, v->header.previous, &v->previous_key, err);
    if (status != BASE_INVALID)
        return status;
    keys_forget(&v->key); /* the next try asks again */
    return vault_key_wrong(v->header.key_spec, err);
}

static enum base_status keys_fetch(struct vault *v, struct base_error *err)
{
    struct base_span params = base_buf_span(&v->header.params);
    if (v->key != NULL || vault_kept_get(v->header.key_spec, params, &v->key))
        return BASE_OK;
    return vault_key_fetch(v->header.key_spec, &v->asker, params, &v->key, err);
}

enum base_status vault_data_key_open(struct vault *v, struct base_error *err)
{
    if (v->data_key != NULL && (!v->header.rotating || v->previous_key != NULL))
        return BASE_OK;
    enum base_status status = keys_fetch(v, err);
    return status == BASE_OK ? keys_unwrap_all(v, err) : status;
}

enum base_status vault_data_key_open_all(struct vault *v, struct base_error *err)
{
    enum base_status status = keys_fetch(v, err);
    if (status != BASE_OK)
        return status;
    keys_forget(&v->data_key); /* unwrapped again: it vouches for the key */
    keys_forget(&v->previous_key);
    return keys_unwrap_all(v, err);
}

enum base_status vault_data_key_unseal(const struct vault *v, const struct vault_seal_place *place,
                                       struct base_span sealed, struct crypt_secret **ret,
                                       struct base_error *err)
{
    enum base_status status = vault_unseal(v->data_key, place, sealed, ret, err);
    if (status == BASE_INVALID && v->previous_key != NULL)
        status = vault_unseal(v->previous_key, place, sealed, ret, err);
    return status;
}

/* ------------------------------------------------------------------ unlocking */

enum base_status vault_unlock(struct vault *v, struct base_error *err)
{
    return vault_data_key_open(v, err);
}

/* The source is asked in any case: whoever lengthens the time has to know the passphrase. */
enum base_status vault_keep(struct vault *v, int64_t for_ms, struct base_error *err)
{
    struct base_span params = base_buf_span(&v->header.params);
    keys_forget(&v->key);
    enum base_status status = vault_key_fetch(v->header.key_spec, &v->asker, params, &v->key, err);
    if (status == BASE_OK)
        status = vault_data_key_open_all(v, err);
    return status == BASE_OK ? vault_kept_put(v->header.key_spec, params, v->key, for_ms, err)
                             : status;
}

enum base_status vault_drop(struct vault *v, struct base_error *err)
{
    return vault_kept_drop(v->header.key_spec, base_buf_span(&v->header.params), err);
}

void vault_key_look(const struct vault *v, struct vault_key_state *ret)
{
    *ret = (struct vault_key_state){
        .spec = v->header.key_spec,
        .data_key = v->header.data_key,
        .created = v->header.created,
        .rotating = v->header.rotating,
        .keepable = vault_key_is_keepable(v->header.key_spec),
    };
    if (ret->keepable)
        ret->kept_until = vault_kept_until(v->header.key_spec, base_buf_span(&v->header.params));
}
