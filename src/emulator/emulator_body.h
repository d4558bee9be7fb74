/* JSON bodies of the CRM's POST requests. */
#ifndef EMULATOR_BODY_H
#define EMULATOR_BODY_H

#include "emulator_call.h"
#include "emulator_select.h"

#include "base_json.h"

/* Reads the body by a table (base_json_decode()); false when it answered with the fault. */
bool emulator_body_read(struct emulator_call *call, const struct base_json_field *fields,
                        size_t count);
/* Decodes a text, or a number as it stands, into `out`; false when it is neither or too long. */
bool emulator_body_text(const struct base_json_value *v, char *out, size_t size);
/* Goes through an array. Begin with base_json_begin() and base_json_next(). */
bool emulator_body_next(struct base_json *j, struct base_json_value *ret);
/* Names of properties from an array of texts; absent ones count as empty. */
void emulator_body_properties(const struct base_json_value *names, struct emulator_select *s);
void emulator_body_history(const struct base_json_value *names, struct emulator_select *s);

#endif
