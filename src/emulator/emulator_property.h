/* The properties that a contact can have, in the order of their names. A choice of properties is a
 * bit mask. */
#ifndef EMULATOR_PROPERTY_H
#define EMULATOR_PROPERTY_H

#include "emulator_contacts.h"

#define EMULATOR_VALUE_SIZE 256

extern const unsigned emulator_property_count; /* at most 64 */

const char *emulator_property_name(unsigned property);
/* -1 when no such property is defined. */
int emulator_property_find(struct base_span name);
/* Adds the names of a comma-separated list to the choice; undefined ones are ignored, as HubSpot
 * does. */
uint64_t emulator_property_choose(uint64_t chosen, const char *names);
uint64_t emulator_property_bit(const char *name); /* of a defined one */

/* The value as v3 and the dated versions write it: always text. NULL when the contact has none. */
const char *emulator_property_value(const struct emulator_contact *contact, unsigned property,
                                    char out[EMULATOR_VALUE_SIZE]);
/* The same for v1, where dates are Unix milliseconds. */
const char *emulator_property_value_v1(const struct emulator_contact *contact, unsigned property,
                                       char out[EMULATOR_VALUE_SIZE]);

#endif
