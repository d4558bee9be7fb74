/* A search's body and its answer, separated by a NUL byte: what goes out is valid JSON whatever the
 * caller's body looked like. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hubspot_search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_body(const struct hubspot_search *s)
{
    struct base_buf out;
    base_buf_init(&out, SIZE_MAX);
    hubspot_search_body(s, &out);
    if (base_buf_status(&out) != BASE_OK || !base_json_valid(base_buf_span(&out)))
        abort();
    base_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
    struct base_span body = {(const char *)data, nul ? (size_t)(nul - data) : size};
    struct base_span answer =
        nul ? (struct base_span){(const char *)nul + 1, size - body.n - 1} : BASE_SPAN_NONE;
    struct hubspot_search s;
    bool more;
    if (hubspot_search_begin(&s, body, NULL) != BASE_OK)
        return 0;
    check_body(&s);
    s.after = 9900; /* near the cap */
    if (hubspot_search_answer(&s, answer, &more, NULL) == BASE_OK && more)
        check_body(&s);
    s.past = 1;
    check_body(&s);
    return 0;
}
