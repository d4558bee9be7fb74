#include "emulator_body.h"

#include "emulator_error.h"

#include "base_text.h"

#include <string.h>

#define NAME_SIZE 128

bool emulator_body_read(struct emulator_call *call, const struct base_json_field *fields,
                        size_t count)
{
    struct base_error error = BASE_ERROR_NONE;
    char message[256];
    struct base_span type = serve_request_header(call->request, "content-type");
    if (!base_span_is_nocase(base_span_trim(base_span_cut(&type, ';')), "application/json")) {
        emulator_error_plain(call, 415, "Unsupported Media Type", "UNSUPPORTED_MEDIA_TYPE");
        return false;
    }
    if (base_json_decode(call->request->body, fields, count, &error) == BASE_OK)
        return true;
    base_text_format(message, sizeof message, "Invalid input JSON on line 1, column 1: %s",
                     error.why);
    emulator_error_plain(call, 400, message, "VALIDATION_ERROR");
    return false;
}

bool emulator_body_text(const struct base_json_value *v, char *out, size_t size)
{
    if (v->type == BASE_JSON_NUMBER || v->type == BASE_JSON_TRUE || v->type == BASE_JSON_FALSE)
        return base_text_copy(out, size, v->raw);
    size_t n = v->type == BASE_JSON_STRING ? base_json_string_length(v) : size;
    if (n >= size)
        return false;
    base_json_string_decode(v, out);
    out[n] = '\0';
    return strlen(out) == n;
}

bool emulator_body_next(struct base_json *j, struct base_json_value *ret)
{
    enum base_json_type type = base_json_take(j, ret);
    return type != BASE_JSON_ARRAY_END && type != BASE_JSON_ERROR && type != BASE_JSON_END;
}

static void each_name(const struct base_json_value *names, struct emulator_select *s,
                      void (*add)(struct emulator_select *, struct base_span))
{
    struct base_json j;
    struct base_json_value item;
    char name[NAME_SIZE];
    if (names->type != BASE_JSON_ARRAY)
        return;
    base_json_begin(&j, names->raw);
    base_json_next(&j, NULL);
    while (emulator_body_next(&j, &item))
        if (emulator_body_text(&item, name, sizeof name))
            add(s, base_span_of(name));
}

void emulator_body_properties(const struct base_json_value *names, struct emulator_select *s)
{
    each_name(names, s, emulator_select_properties);
}

void emulator_body_history(const struct base_json_value *names, struct emulator_select *s)
{
    each_name(names, s, emulator_select_history);
}
