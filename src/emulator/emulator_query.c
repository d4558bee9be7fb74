#include "emulator_query.h"

void emulator_query_begin(struct emulator_query *q, struct base_span text)
{
    *q = (struct emulator_query){.rest = text};
}

bool emulator_query_next(struct emulator_query *q, const char **ret_name, const char **ret_value)
{
    while (q->rest.n > 0) {
        serve_form_free(&q->field);
        q->raw = base_span_cut(&q->rest, '&');
        if (serve_form_parse(q->raw, &q->field, NULL) != BASE_OK || q->field.count == 0)
            continue; /* nothing between two '&', or memory is short */
        *ret_name = q->field.fields[0].name;
        *ret_value = q->field.fields[0].value;
        return true;
    }
    return false;
}

void emulator_query_end(struct emulator_query *q)
{
    serve_form_free(&q->field);
}
