/* Query strings with any number of fields: lists of contacts are asked for with hundreds of
 * "property=". */
#ifndef EMULATOR_QUERY_H
#define EMULATOR_QUERY_H

#include "base_span.h"
#include "serve_form.h"

struct emulator_query {
    struct base_span rest;
    struct serve_form field; /* the current one */
    struct base_span raw;    /* the same as sent */
};

/* for (emulator_query_begin(&q, text); emulator_query_next(&q, &name, &value);) …, then
 * emulator_query_end(). Name and value are good until the next step. */
void emulator_query_begin(struct emulator_query *q, struct base_span text);
bool emulator_query_next(struct emulator_query *q, const char **ret_name, const char **ret_value);
void emulator_query_end(struct emulator_query *q);

#endif
