/* An address pasted by hand. What is taken for its query stands in it, behind the redirect URL, and
 * has no fragment; then it is read like one that came from a browser. */
#include <stdint.h>
#include <stdlib.h>

#include "oauth_authorize.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(struct base_span address, const char *redirect_uri)
{
    struct base_span query;
    struct oauth_callback c;

    if (!oauth_callback_query(address, redirect_uri, &query))
        return;
    if (!base_span_starts(address, redirect_uri) ||
        query.p != address.p + strlen(redirect_uri) + 1 ||
        query.p + query.n > address.p + address.n || (query.n > 0 && memchr(query.p, '#', query.n)))
        abort();
    if (oauth_callback_parse(query, &c, NULL) == BASE_OK)
        oauth_callback_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_span address = {(const char *)data, size};

    feed(address, "http://localhost:8976/callback");
    feed(address, "http://localhost:8976/callback?a=b");
    return 0;
}
