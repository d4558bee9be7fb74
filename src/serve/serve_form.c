#include "serve_form.h"

#include "base_text.h"
#include "crypt_secret.h"

/* Decodes s into out, which has room for s.n bytes; false when malformed. */
static bool percent_decode(struct base_span s, bool plus_is_space, char *out, size_t *ret_n)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            int high = i + 2 < s.n ? base_text_hex_value(s.p[i + 1]) : -1;
            int low = i + 2 < s.n ? base_text_hex_value(s.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0')
            return false;
        out[n++] = c;
    }
    *ret_n = n;
    return true;
}

/* One of name or value, on the heap. */
static enum base_status part_decode(struct base_span s, char **ret, struct base_error *err)
{
    char *out = base_mem_new(s.n + 1);
    size_t n;

    if (!out)
        return base_fail_memory(err);
    if (!percent_decode(s, true, out, &n)) {
        crypt_wipe(out, s.n);
        base_mem_free(out);
        return base_fail(err, BASE_INVALID, "reading a form", "malformed percent encoding");
    }
    out[n] = '\0';
    *ret = out;
    return BASE_OK;
}

static enum base_status field_add(struct serve_form *form, struct base_span field,
                                  struct base_error *err)
{
    struct base_span value = field;
    struct base_span name = base_span_cut(&value, '=');

    if (form->count == SERVE_FORM_MAX)
        return base_fail(err, BASE_LIMIT, "reading a form", "more than %d fields", SERVE_FORM_MAX);

    /* The count includes the field from now on: what it has so far is freed with the form. */
    struct serve_form_field *f = &form->fields[form->count++];
    *f = (struct serve_form_field){0};
    enum base_status status = part_decode(name, &f->name, err);
    return status ? status : part_decode(value, &f->value, err);
}

enum base_status serve_form_parse(struct base_span text, struct serve_form *ret,
                                  struct base_error *err)
{
    struct base_span rest = text;

    ret->count = 0;
    while (rest.n > 0) {
        struct base_span field = base_span_cut(&rest, '&');
        if (field.n == 0)
            continue; /* "a=1&&b=2", as the URL Standard has it */
        enum base_status status = field_add(ret, field, err);
        if (status) {
            serve_form_free(ret);
            return status;
        }
    }
    return BASE_OK;
}

static void text_free(char *text)
{
    if (text)
        crypt_wipe(text, strlen(text));
    base_mem_free(text);
}

void serve_form_free(struct serve_form *form)
{
    for (size_t i = 0; i < form->count; i++) {
        text_free(form->fields[i].name);
        text_free(form->fields[i].value);
    }
    form->count = 0;
}

const char *serve_form_get(const struct serve_form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->fields[i].name, name) == 0)
            return form->fields[i].value;
    }
    return NULL;
}

size_t serve_form_count(const struct serve_form *form, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < form->count; i++)
        count += strcmp(form->fields[i].name, name) == 0;
    return count;
}

bool serve_path_decode(struct base_span segment, struct base_buf *out)
{
    char *room = base_buf_reserve(out, segment.n);
    size_t n;

    if (!room || !percent_decode(segment, false, room, &n))
        return false;
    base_buf_commit(out, n);
    return true;
}
