/* What a request wants to know of each record, and the record as JSON. */
#ifndef EMULATOR_SELECT_H
#define EMULATOR_SELECT_H

#include "emulator_call.h"
#include "emulator_property.h"

struct emulator_select {
    const struct emulator_type *type;
    struct emulator_choice properties, history;
    unsigned associations; /* 1u << the type's number */
    bool asked;            /* for properties, if only for undefined ones */
};

void emulator_select_begin(struct emulator_select *s, const struct emulator_type *type);
/* Comma-separated names; these may be called many times. */
void emulator_select_properties(struct emulator_select *s, struct base_span names);
void emulator_select_history(struct emulator_select *s, struct base_span names);
/* false: one of them is no type's, *ret_unknown. */
bool emulator_select_associations(struct emulator_select *s, struct base_span names, int64_t portal,
                                  struct base_span *ret_unknown);
/* Adds what comes along in any case. */
void emulator_select_end(struct emulator_select *s);
/* One object. */
void emulator_select_write(const struct emulator_select *s, const struct emulator_call *call,
                           const struct emulator_record *record, struct base_jsonw *w);

#endif
