#include "vault_header.h"

#include "base_json.h"
#include "base_jsonw.h"
#include "base_text.h"
#include "base_time.h"
#include "crypt_encode.h"

#define HEADER_DOING "reading the vault's header"

void vault_header_init(struct vault_header *h)
{
    *h = (struct vault_header){0};
    base_buf_init(&h->params, VAULT_HEADER_MAX);
}

void vault_header_free(struct vault_header *h)
{
    base_mem_free(h->key_spec);
    h->key_spec = NULL;
    base_buf_free(&h->params);
}

static enum base_status header_damaged(struct base_error *err, const char *why)
{
    base_fail(err, BASE_STORAGE, HEADER_DOING, "the header is damaged: %s", why);
    base_error_hint(err, "restore the vault from a backup; hubauth leaves it as it is");
    return BASE_STORAGE;
}

struct header_fields { /* type BASE_JSON_ERROR (0) where absent */
    struct base_json_value format, key, params, wrapped, created, previous, data_key;
};

/* All fields optional and of any type here, since a newer format may have others: its number is
 * looked at first. */
static enum base_status header_split(struct base_span text, struct header_fields *f,
                                     struct base_error *err)
{
    const struct base_json_field table[] = {
        {"format", BASE_JSON_WANT_VALUE, false, &f->format, NULL},
        {"key", BASE_JSON_WANT_VALUE, false, &f->key, NULL},
        {"params", BASE_JSON_WANT_VALUE, false, &f->params, NULL},
        {"wrapped", BASE_JSON_WANT_VALUE, false, &f->wrapped, NULL},
        {"created", BASE_JSON_WANT_VALUE, false, &f->created, NULL},
        {"previous", BASE_JSON_WANT_VALUE, false, &f->previous, NULL},
        {"data_key", BASE_JSON_WANT_VALUE, false, &f->data_key, NULL},
    };
    struct base_error cause = BASE_ERROR_NONE;
    if (base_json_decode(text, table, sizeof(table) / sizeof(table[0]), &cause) != BASE_OK)
        return header_damaged(err, cause.why);
    return BASE_OK;
}

static enum base_status header_check_format(const struct header_fields *f, struct base_error *err)
{
    int64_t format;
    if (f->format.type != BASE_JSON_NUMBER || !base_json_int64(&f->format, &format) || format < 1)
        return header_damaged(err, "it names no format");
    if (format == VAULT_FORMAT)
        return BASE_OK;
    base_fail(err, BASE_STORAGE, HEADER_DOING,
              "the vault was made by a newer hubauth (format %lld, known is %d)", (long long)format,
              VAULT_FORMAT);
    base_error_hint(err, "upgrade hubauth; the vault was left as it is");
    return BASE_STORAGE;
}

static enum base_status header_fill_key(const struct base_json_value *value, struct vault_header *h,
                                        struct base_error *err)
{
    struct base_buf spec;
    base_buf_init(&spec, VAULT_HEADER_MAX);
    if (value->type == BASE_JSON_STRING)
        base_json_string_add(value, &spec);
    /* It is shown, and who can write the file needs no key for this. */
    if (base_buf_status(&spec) == BASE_OK &&
        (spec.n == 0 || !base_text_is_printable(base_buf_span(&spec)))) {
        base_buf_free(&spec);
        return header_damaged(err, "it does not say where the key is");
    }
    h->key_spec = base_buf_steal(&spec);
    if (h->key_spec != NULL)
        return BASE_OK;
    base_buf_free(&spec);
    return base_fail_memory(err);
}

static bool header_take_wrapped(const struct base_json_value *value,
                                unsigned char out[VAULT_WRAPPED_BYTES])
{
    size_t n = 0;
    return value->type == BASE_JSON_STRING &&
           crypt_base64_decode(value->raw, out, VAULT_WRAPPED_BYTES, &n) &&
           n == VAULT_WRAPPED_BYTES;
}

/* The fields that came later than the others. */
static enum base_status header_fill_rotation(const struct header_fields *f, struct vault_header *h,
                                             struct base_error *err)
{
    const struct base_json_value *id = &f->data_key;
    h->rotating = f->previous.type != BASE_JSON_ERROR;
    if (h->rotating && !header_take_wrapped(&f->previous, h->previous))
        return header_damaged(err, "its previous wrapped key has the wrong form");
    if (id->type == BASE_JSON_ERROR)
        return BASE_OK;
    if (id->type != BASE_JSON_STRING || id->raw.n != VAULT_KEY_ID_CHARS ||
        !base_text_copy(h->data_key, sizeof(h->data_key), id->raw) ||
        h->data_key[strspn(h->data_key, "0123456789abcdef")] != '\0')
        return header_damaged(err, "the name of its data key has the wrong form");
    return BASE_OK;
}

static enum base_status header_fill(const struct header_fields *f, struct vault_header *h,
                                    struct base_error *err)
{
    if (!header_take_wrapped(&f->wrapped, h->wrapped))
        return header_damaged(err, "its wrapped key has the wrong form");
    if (f->params.type != BASE_JSON_OBJECT)
        return header_damaged(err, "it has no key parameters");
    if (f->created.type != BASE_JSON_STRING || !base_time_parse_iso(f->created.raw, &h->created))
        return header_damaged(err, "its date has the wrong form");
    base_buf_add_span(&h->params, f->params.raw);
    if (base_buf_status(&h->params) != BASE_OK)
        return base_fail_memory(err);
    enum base_status status = header_fill_rotation(f, h, err);
    return status == BASE_OK ? header_fill_key(&f->key, h, err) : status;
}

enum base_status vault_header_parse(struct base_span text, struct vault_header *ret,
                                    struct base_error *err)
{
    if (text.n > VAULT_HEADER_MAX)
        return header_damaged(err, "it is too large");
    struct header_fields fields = {0};
    enum base_status status = header_split(text, &fields, err);
    if (status == BASE_OK)
        status = header_check_format(&fields, err);
    if (status != BASE_OK)
        return status;
    struct vault_header h;
    vault_header_init(&h);
    status = header_fill(&fields, &h, err);
    if (status != BASE_OK) {
        vault_header_free(&h);
        return status;
    }
    *ret = h;
    return BASE_OK;
}

enum base_status vault_header_write(const struct vault_header *h, struct base_buf *out,
                                    struct base_error *err)
{
    char created[32];
    struct base_buf wrapped, previous;
    base_buf_init(&wrapped, 2 * VAULT_WRAPPED_BYTES);
    base_buf_init(&previous, 2 * VAULT_WRAPPED_BYTES);
    crypt_base64url(&wrapped, h->wrapped, sizeof(h->wrapped));
    crypt_base64url(&previous, h->previous, sizeof(h->previous));
    struct base_jsonw w;
    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_int(&w, "format", VAULT_FORMAT);
    base_jsonw_member_str(&w, "key", h->key_spec);
    base_jsonw_key(&w, "params");
    base_jsonw_raw(&w, base_buf_span(&h->params));
    base_jsonw_member_span(&w, "wrapped", base_buf_span(&wrapped));
    if (h->data_key[0] != '\0')
        base_jsonw_member_str(&w, "data_key", h->data_key);
    if (h->rotating)
        base_jsonw_member_span(&w, "previous", base_buf_span(&previous));
    base_jsonw_member_str(&w, "created", base_time_iso(created, h->created));
    base_jsonw_end(&w);
    enum base_status status =
        base_buf_status(&wrapped) != BASE_OK || base_buf_status(&previous) != BASE_OK
            ? BASE_NO_MEMORY
            : base_buf_status(out);
    base_buf_free(&wrapped);
    base_buf_free(&previous);
    if (status == BASE_LIMIT)
        return base_fail(err, BASE_STORAGE, "writing the vault's header",
                         "it is larger than %u bytes", VAULT_HEADER_MAX);
    return status == BASE_OK ? BASE_OK : base_fail_memory(err);
}
