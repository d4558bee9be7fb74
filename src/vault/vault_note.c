/* Notes beside leases.
 *
 * Generation (8 bytes) and length of the public part (4), big-endian; the public part; the sealed
 * bytes. What is not true of it is found out by unsealing. */
#include "vault_int.h"

enum { NOTE_GENERATION_BYTES = 8, NOTE_HEAD_BYTES = NOTE_GENERATION_BYTES + 4 };

static void note_add_number(struct base_buf *out, uint64_t number, unsigned bytes)
{
    while (bytes-- > 0)
        base_buf_add_char(out, (char)(number >> 8 * bytes & 0xff));
}

static uint64_t note_take_number(struct base_span *note, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | (unsigned char)note->p[i];
    *note = base_span_from(*note, bytes);
    return number;
}

/* ------------------------------------------------------------------ writing */

static enum base_status note_write(struct vault *v, struct vault_lease *lease,
                                   const struct vault_seal_place *place,
                                   const struct crypt_secret *secret, struct crypt_nonce *nonce,
                                   struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf note;
    base_buf_init(&note, VAULT_NOTE_MAX);
    note_add_number(&note, place->generation, NOTE_GENERATION_BYTES);
    note_add_number(&note, place->plain.n, 4);
    base_buf_add_span(&note, place->plain);
    enum base_status status = vault_seal(v->data_key, place, secret, nonce, &note, err);
    return status == BASE_OK ? v->store->ops->lease_note(v->store, lease, base_buf_span(&note), err)
                             : status;
}

enum base_status vault_lease_ready(struct vault *v, struct vault_lease *lease,
                                   struct crypt_nonce *ret_nonce, struct base_error *err)
{
    enum base_status status = vault_data_key_open(v, err);
    if (status != BASE_OK)
        return status;
    crypt_nonce_draw(ret_nonce);
    crypt_secret_make_room();
    (void)v->store->ops->lease_ready(v->store, lease);
    return BASE_OK;
}

enum base_status vault_lease_note(struct vault *v, struct vault_lease *lease,
                                  struct crypt_nonce *nonce, enum vault_kind kind, const char *name,
                                  uint64_t expected, struct base_span plain,
                                  const struct crypt_secret *secret, struct base_error *err)
{
    const struct vault_seal_place place = {kind, name, expected + 1, plain};
    enum base_status status = vault_check_put(name, expected, plain, secret, err);
    if (status == BASE_OK)
        status = vault_data_key_open(v, err);
    return status == BASE_OK ? note_write(v, lease, &place, secret, nonce, err) : status;
}

enum base_status vault_lease_sync(struct vault *v, struct vault_lease *lease,
                                  struct base_error *err)
{
    return v->store->ops->lease_sync(v->store, lease, err);
}

void vault_lease_forget(struct vault *v, struct vault_lease *lease)
{
    /* What stays is sealed, and of a generation that is no longer the next one. */
    (void)v->store->ops->lease_note(v->store, lease, BASE_SPAN_NONE, NULL);
}

/* ------------------------------------------------------------------ reading */

static enum base_status note_fail_none(struct base_error *err)
{
    return base_fail(err, BASE_NOT_FOUND, "reading a note", "there is none");
}

/* What the note says of itself, and its sealed bytes; NOT_FOUND when it is none. */
static enum base_status note_read(struct vault *v, struct vault_lease *lease,
                                  struct base_buf *bytes, struct vault_seal_place *place,
                                  struct base_span *ret_sealed, struct base_error *err)
{
    enum base_status status = v->store->ops->lease_noted(v->store, lease, bytes, err);
    struct base_span note = base_buf_span(bytes);
    if (status != BASE_OK)
        return status;
    if (note.n < NOTE_HEAD_BYTES)
        return note_fail_none(err);
    place->generation = note_take_number(&note, NOTE_GENERATION_BYTES);
    size_t plain_n = (size_t)note_take_number(&note, 4);
    if (plain_n > note.n || plain_n > VAULT_PLAIN_MAX)
        return note_fail_none(err);
    place->plain = base_span_first(note, plain_n);
    *ret_sealed = base_span_from(note, plain_n);
    return BASE_OK;
}

/* INVALID when none of the keys of now opens it. */
static enum base_status note_unseal(struct vault *v, const struct vault_seal_place *place,
                                    struct base_span sealed, struct crypt_secret **ret,
                                    struct base_error *err)
{
    bool changed = false;
    enum base_status status = vault_data_key_open(v, err);
    if (status == BASE_OK)
        status = vault_data_key_unseal(v, place, sealed, ret, err);
    if (status != BASE_INVALID)
        return status;
    /* Or somebody has rotated the keys since we read the header. */
    if ((status = vault_data_key_reload(v, &changed, err)) != BASE_OK)
        return status;
    if (!changed)
        return BASE_INVALID;
    status = vault_data_key_open(v, err);
    return status == BASE_OK ? vault_data_key_unseal(v, place, sealed, ret, err) : status;
}

enum base_status vault_lease_noted(struct vault *v, struct vault_lease *lease, enum vault_kind kind,
                                   const char *name, struct vault_record *ret,
                                   struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf bytes;
    base_buf_init(&bytes, VAULT_NOTE_MAX);
    struct vault_seal_place place = {.kind = kind, .name = name};
    struct base_span sealed;
    struct vault_record record = {0};
    enum base_status status = note_read(v, lease, &bytes, &place, &sealed, err);
    if (status != BASE_OK)
        return status;
    status = note_unseal(v, &place, sealed, &record.secret, err);
    if (status != BASE_OK)
        return status == BASE_INVALID ? note_fail_none(err) : status;
    record.generation = place.generation;
    base_buf_init(&record.plain, VAULT_PLAIN_MAX);
    base_buf_add_span(&record.plain, place.plain);
    if (base_buf_status(&record.plain) != BASE_OK) {
        vault_record_free(&record);
        return base_fail_memory(err);
    }
    *ret = record;
    return BASE_OK;
}

enum base_status vault_note_renew(struct vault *v, struct vault_lease *lease, enum vault_kind kind,
                                  const char *name, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf bytes;
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *secret = NULL;
    base_buf_init(&bytes, VAULT_NOTE_MAX);
    struct vault_seal_place place = {.kind = kind, .name = name};
    struct base_span sealed;
    struct base_error cause = BASE_ERROR_NONE;
    enum base_status status = note_read(v, lease, &bytes, &place, &sealed, &cause);
    if (status == BASE_OK)
        status = vault_unseal(v->previous_key, &place, sealed, &secret, &cause);
    if (status == BASE_NOT_FOUND || status == BASE_INVALID)
        return BASE_OK; /* none, or garbage, or sealed with the new key */
    if (status == BASE_OK)
        status = note_write(v, lease, &place, secret, NULL, &cause);
    if (status == BASE_OK)
        status = v->store->ops->lease_sync(v->store, lease, &cause);
    if (status != BASE_OK && err != NULL)
        *err = cause;
    return status;
}
