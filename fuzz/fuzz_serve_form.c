/* Forms: what was understood, encoded again, must be understood as the same. */
#include "base_url.h"
#include "serve_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void encode(const struct serve_form *form, struct base_buf *out)
{
    for (size_t i = 0; i < form->count; i++) {
        base_url_encode(out, base_span_of(form->fields[i].name));
        base_buf_add_char(out, '=');
        base_url_encode(out, base_span_of(form->fields[i].value));
        base_buf_add_char(out, '&');
    }
    must(base_buf_status(out) == BASE_OK);
}

static void check_form(struct base_span text)
{
    struct serve_form form, again;
    struct base_buf encoded;

    if (serve_form_parse(text, &form, NULL) != BASE_OK)
        return;
    must(form.count <= SERVE_FORM_MAX);
    base_buf_init(&encoded, 1 << 20);
    encode(&form, &encoded);
    must(serve_form_parse(base_buf_span(&encoded), &again, NULL) == BASE_OK);
    must(form.count == again.count);
    for (size_t i = 0; i < form.count; i++) {
        must(strcmp(form.fields[i].name, again.fields[i].name) == 0);
        must(strcmp(form.fields[i].value, again.fields[i].value) == 0);
        must(serve_form_get(&form, form.fields[i].name) != NULL);
        must(serve_form_count(&form, form.fields[i].name) >= 1);
    }
    serve_form_free(&again);
    serve_form_free(&form);
    base_buf_free(&encoded);
}

static void check_path(struct base_span text)
{
    struct base_buf decoded, encoded, again;

    base_buf_init(&decoded, 1 << 16);
    base_buf_init(&encoded, 1 << 18);
    base_buf_init(&again, 1 << 16);
    if (serve_path_decode(text, &decoded)) {
        base_url_encode(&encoded, base_buf_span(&decoded));
        must(serve_path_decode(base_buf_span(&encoded), &again));
        must(base_span_eq(base_buf_span(&decoded), base_buf_span(&again)));
    }
    base_buf_free(&decoded);
    base_buf_free(&encoded);
    base_buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_span text = {(const char *)data, size};

    if (size > 4096)
        return 0;
    check_form(text);
    check_path(text);
    return 0;
}
