/* base_yaml_libyaml_to_json, and what is made of its JSON: the configuration of HubSpot's CLI. */
#include <stdint.h>
#include <stdlib.h>

#include "base_yaml_libyaml.h"

#include "base_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct base_span text = {(const char *)data, size};
    struct base_buf out;

    base_buf_init(&out, 1u << 20);
    if (base_yaml_libyaml_to_json(text, &out, NULL) == BASE_OK &&
        !base_json_valid(base_buf_span(&out)))
        abort();
    base_buf_free(&out);
    return 0;
}
