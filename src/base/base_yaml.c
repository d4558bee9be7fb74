#include "base_yaml.h"

#include "base_module.h"

enum base_status base_yaml_to_json(struct base_span text, struct base_buf *out,
                                   struct base_error *err)
{
    const void *entry;
    enum base_status status = base_module_load("base-yaml", &entry, err);
    if (status != BASE_OK)
        return status;
    return ((const struct base_yaml_module *)entry)->to_json(text, out, err);
}
