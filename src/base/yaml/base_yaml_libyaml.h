/* The module "base-yaml": YAML read by libyaml, event by event, and written as JSON. */
#ifndef BASE_YAML_LIBYAML_H
#define BASE_YAML_LIBYAML_H

#include "base_yaml.h"

/* As base_yaml_to_json(), linked instead of loaded: for tests and fuzzing. */
enum base_status base_yaml_libyaml_to_json(struct base_span text, struct base_buf *out,
                                           struct base_error *err);

#endif
