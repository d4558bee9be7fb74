/* hubspot_config_parse and hubspot_config_project_parse: any JSON, and any bytes. */
#include <stdint.h>
#include <stdlib.h>

#include "hubspot_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct base_span text = {(const char *)data, size};
    struct hubspot_config c = {0};
    struct hubspot_project p = {0};

    if (hubspot_config_parse(text, &c, NULL) != BASE_OK && c.count != 0)
        abort();
    if (hubspot_config_project_parse(text, &p, NULL) == BASE_OK &&
        (!p.required || !p.optional || !p.conditional))
        abort();
    hubspot_config_free(&c);
    hubspot_config_project_free(&p);
    return 0;
}
