/* The types of CRM objects that a portal has. */
#ifndef EMULATOR_TYPE_H
#define EMULATOR_TYPE_H

#include "base_span.h"

/* contacts, companies, deals, tickets and an object of the portal's own, machines. */
#define EMULATOR_TYPES 5
#define EMULATOR_CUSTOM_NAME "machine"

struct emulator_property;

struct emulator_type {
    const char *name;     /* in paths: "contacts" */
    const char *singular; /* in the names of associations: "contact" */
    const char *type_id;  /* "0-1" stands for the name in paths */
    const char *scope;    /* to read them */
    const char *schema_scope;
    const char *modified; /* the property with the date of the last change */
    const char *defaults; /* properties that come when none is asked for */
    const char *always;   /* those that come whatever is asked for */
    bool custom;          /* the portal's own: it has a fullyQualifiedName as well */
    const struct emulator_property *properties; /* sorted by name */
    unsigned property_count;
};

extern const struct emulator_type emulator_types[EMULATOR_TYPES];

/* By a segment of a path; NULL when there is no such type. The portal's own is also found by its
 * fullyQualifiedName, p1234567_machine, and by p_machine. */
#define EMULATOR_ANY_PORTAL 0 /* takes any account's fullyQualifiedName */
const struct emulator_type *emulator_type_find(struct base_span text, int64_t portal);
uint64_t emulator_type_number(const struct emulator_type *type); /* its index in the table */
static inline const struct emulator_type *emulator_type_contacts(void)
{
    return &emulator_types[0];
}

#endif
