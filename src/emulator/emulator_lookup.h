/* Finding a record by what a request names it with. */
#ifndef EMULATOR_LOOKUP_H
#define EMULATOR_LOOKUP_H

#include "emulator_record.h"

#include "base_span.h"

/* Whether records can be named by this property: it is defined and its values are unique. The empty
 * name stands for the id. */
bool emulator_lookup_property(const struct emulator_records *r, const char *property);
/* The record whose `property` is `text`. A merged one's id leads to the record that it became part
 * of; archived ones are found only with `archived`, which finds no others. */
bool emulator_lookup(const struct emulator_records *r, const char *property, struct base_span text,
                     bool archived, int64_t *ret_index);

#endif
