/* The next page of any list: what is accepted is valid JSON, and the target that comes of it is one
 * that passes the checks of a target. */
#include <stdint.h>
#include <stdlib.h>

#include "base_json.h"
#include "hubspot_next.h"
#include "hubspot_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_span body = {(const char *)data, size};
    struct base_error err = BASE_ERROR_NONE;
    struct hubspot_next next;
    struct hubspot_walk walk = {0};
    struct base_buf target;
    enum base_status status = hubspot_next_parse(body, &next, &err);
    (void)hubspot_target_check(body, NULL); /* any bytes */
    if (status != err.status)
        abort();
    if (status != BASE_OK)
        return 0;
    if (!base_json_valid(body))
        abort();
    if (!next.more)
        return 0;
    if (next.count < 1 || next.count > 2)
        abort();
    base_buf_init(&target, SIZE_MAX);
    hubspot_next_target(&target, BASE_SPAN("/c?after=1&vidOffset=9&b=2"), &next);
    if (hubspot_target_check(base_buf_span(&target), NULL) != BASE_OK)
        abort();
    base_buf_free(&target);
    /* The same page twice is never followed. */
    if (hubspot_walk_step(&walk, &next, NULL) != BASE_OK ||
        hubspot_walk_step(&walk, &next, NULL) == BASE_OK)
        abort();
    return 0;
}
