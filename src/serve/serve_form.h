/* application/x-www-form-urlencoded and query strings, as a server reads them. */
#ifndef SERVE_FORM_H
#define SERVE_FORM_H

#include "base_buf.h"

#define SERVE_FORM_MAX 64

struct serve_form_field {
    char *name, *value; /* decoded, NUL-terminated; a decoded NUL byte makes the form malformed */
};

struct serve_form {
    struct serve_form_field fields[SERVE_FORM_MAX];
    size_t count;
};

/* BASE_INVALID on malformed percent encoding or a NUL byte, BASE_LIMIT on too many fields. */
enum base_status serve_form_parse(struct base_span text, struct serve_form *ret,
                                  struct base_error *err);
void serve_form_free(struct serve_form *form); /* wipes values: they may be secrets */
/* The first value of that name, NULL when absent. */
const char *serve_form_get(const struct serve_form *form, const char *name);
size_t serve_form_count(const struct serve_form *form, const char *name);
/* Decodes one path segment (%XX only, '+' stays); false when malformed or with a NUL byte. */
bool serve_path_decode(struct base_span segment, struct base_buf *out);

#endif
