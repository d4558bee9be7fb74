/* HubSpot's returnUrl. Where a browser would be sent is a URL on a host that is allowed, and it
 * begins with what was given. */
#include <stdint.h>
#include <stdlib.h>

#include "base_url.h"
#include "hubspot_return.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_allowed(const struct base_url *url)
{
    const char *end = url->host.p + url->host.n;

    if (base_span_is_nocase(url->host, "localhost"))
        return url->port == 8080;
    return url->port == 443 && base_span_is_nocase(url->scheme, "https") && url->host.n >= 11 &&
           base_span_is_nocase((struct base_span){end - 11, 11}, "hubspot.com") &&
           (url->host.n == 11 || end[-12] == '.');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_span input = {(const char *)data, size};
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf out;
    struct base_url url;

    base_buf_init(&out, 16384);
    enum base_status status =
        hubspot_return_url(input, "http://localhost:8080", BASE_SPAN("state-1"), &out, &err);
    if (status != err.status)
        abort();
    if (status == BASE_OK &&
        (out.n <= size || memcmp(out.p, data, size) != 0 ||
         base_url_parse(base_span_first(base_buf_span(&out), 8192), &url, NULL) != BASE_OK ||
         !is_allowed(&url)))
        abort();
    base_buf_free(&out);
    return 0;
}
