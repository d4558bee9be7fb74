/* The JSON scanner against jansson on anything: both take it, with the same values, or both refuse
 * it (json_judge.h names the exceptions). */
#include <stdint.h>
#include <stdlib.h>

#include "json_judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && json_judge((struct base_span){(const char *)data, size}) == JSON_DIFFERENT)
        abort();
    return 0;
}
