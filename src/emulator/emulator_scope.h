/* Scopes as one app declares them. A set of scopes is a bit mask over that app's names. */
#ifndef EMULATOR_SCOPE_H
#define EMULATOR_SCOPE_H

#include "base_jsonw.h"

#define EMULATOR_SCOPES_MAX 64

struct emulator_scopes {
    char *text; /* what the names point into */
    struct base_span names[EMULATOR_SCOPES_MAX];
    size_t count;
    uint64_t required;    /* must all be asked for */
    uint64_t conditional; /* must be granted when asked for in `scope` */
    uint64_t optional;    /* belong into `optional_scope` */
};

/* Names separated by white space. BASE_USAGE when there are too many. */
enum base_status emulator_scopes_init(struct emulator_scopes *s, const char *required,
                                      const char *conditional, const char *optional,
                                      struct base_error *err);
void emulator_scopes_done(struct emulator_scopes *s);

/* The bit of one name; 0 when the app does not declare it. */
uint64_t emulator_scopes_bit(const struct emulator_scopes *s, struct base_span name);
/* The set that a request names; *ret_unknown tells whether it also names undeclared ones. */
uint64_t emulator_scopes_parse(const struct emulator_scopes *s, const char *text,
                               bool *ret_unknown);
/* A JSON array, in the order of declaration. */
void emulator_scopes_write(const struct emulator_scopes *s, uint64_t set, struct base_jsonw *w);
/* Separated by one space. */
void emulator_scopes_text(const struct emulator_scopes *s, uint64_t set, struct base_buf *out);

#endif
