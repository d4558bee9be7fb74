/* The properties that a record can have, in the order of their names, and what they hold. */
#ifndef EMULATOR_PROPERTY_H
#define EMULATOR_PROPERTY_H

#include "emulator_record.h"
#include "emulator_type.h"

#define EMULATOR_TEXT_SIZE 256
#define EMULATOR_PROPERTIES_MAX 512 /* of a type */

/* HubSpot's types of properties, by what the definitions call them. */
#define EMULATOR_VALUES(X)                                                                         \
    X(STRING, "string", "text")                                                                    \
    X(NUMBER, "number", "number")                                                                  \
    X(DATETIME, "datetime", "date")                                                                \
    X(ENUMERATION, "enumeration", "select")                                                        \
    X(BOOL, "bool", "booleancheckbox")                                                             \
    X(DATE, "date", "date")                                                                        \
    X(PHONE, "phone_number", "phonenumber")                                                        \
    X(COORDINATES, "object_coordinates", "text")

enum emulator_value {
#define X(name, type, field) EMULATOR_##name,
    EMULATOR_VALUES(X)
#undef X
};

enum {
    EMULATOR_CALCULATED = 1,
    EMULATOR_HIDDEN = 2,
    EMULATOR_OWN = 4,    /* the portal's, not HubSpot's */
    EMULATOR_UNIQUE = 8, /* no two records have the same value */
    EMULATOR_OWNER = 16, /* the id of an owner: its options are external */
    EMULATOR_LONG = 32,  /* text of several lines */
};

/* Room for the value of one property; longer ones are cut. */
struct emulator_text {
    size_t n;
    char p[EMULATOR_TEXT_SIZE];
};

/* The value, a constant or made in `t`; a span without p when the record has none. */
typedef struct base_span emulator_getter(const struct emulator_record *r, struct emulator_text *t);

struct emulator_property {
    const char *name;
    enum emulator_value value;
    unsigned per_cent; /* in how many records it is filled */
    unsigned flags;
    emulator_getter *get;                 /* NULL: any value of its type */
    const struct emulator_words *options; /* of an enumeration; NULL: some */
};

#define EMULATOR_PROPERTIES_CONTACT 373
#define EMULATOR_PROPERTIES_COMPANY 32
#define EMULATOR_PROPERTIES_DEAL 24
#define EMULATOR_PROPERTIES_TICKET 20
#define EMULATOR_PROPERTIES_CUSTOM 11

extern const struct emulator_property emulator_properties_contact[EMULATOR_PROPERTIES_CONTACT];
extern const struct emulator_property emulator_properties_company[EMULATOR_PROPERTIES_COMPANY];
extern const struct emulator_property emulator_properties_deal[EMULATOR_PROPERTIES_DEAL];
extern const struct emulator_property emulator_properties_ticket[EMULATOR_PROPERTIES_TICKET];
extern const struct emulator_property emulator_properties_custom[EMULATOR_PROPERTIES_CUSTOM];

/* -1 when no such property is defined. */
int emulator_property_find(const struct emulator_type *type, struct base_span name);
/* The value as v3 and the dated versions write it: always text. p is NULL when there is none. */
struct base_span emulator_property_value(const struct emulator_record *record, unsigned property,
                                         struct emulator_text *space);
/* The same for v1, where dates are Unix milliseconds. */
struct base_span emulator_property_value_v1(const struct emulator_record *record, unsigned property,
                                            struct emulator_text *space);

/* ---------------------------------------------------------------- a choice of them */

struct emulator_choice {
    uint64_t words[EMULATOR_PROPERTIES_MAX / 64];
};

/* Adds the names of a comma-separated list; undefined ones are ignored, as HubSpot does. */
void emulator_choice_add(struct emulator_choice *c, const struct emulator_type *type,
                         struct base_span names);
bool emulator_choice_empty(const struct emulator_choice *c);
/* The first that is chosen from `property` on; -1 when there is none. */
int emulator_choice_next(const struct emulator_choice *c, int property);

#endif
