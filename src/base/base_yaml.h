/* YAML in, as JSON: one document of mappings, sequences and scalars, as programs write it into
 * their configuration. What makes YAML hard to judge is refused: anchors and aliases, tags, several
 * documents, keys that are no scalars, depth above 32. Types are not guessed: every scalar becomes
 * a JSON string, but a plain null, ~ or nothing becomes null.
 *
 * libyaml sits behind it in a module that is loaded when the first file is read. */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include "base_buf.h"

/* Appends JSON that base_json.h accepts; an empty document is null. INVALID with the line of the
 * fault, LIMIT when `out` is too small. The error never quotes the text: it may hold secrets. */
enum base_status base_yaml_to_json(struct base_span text, struct base_buf *out,
                                   struct base_error *err);

/* What the module's entry points to. */
struct base_yaml_module {
    enum base_status (*to_json)(struct base_span text, struct base_buf *out,
                                struct base_error *err);
};

#endif
