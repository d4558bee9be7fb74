/* URLs: what is accepted is made of exactly its parts, and those hold nothing that could deceive.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base_url.h"

static void fuzz_assert(bool holds)
{
    if (!holds)
        abort();
}

static void fuzz_put_together(const struct base_url *url, struct base_span text)
{
    struct base_buf b;
    base_buf_init(&b, SIZE_MAX);
    bool ip6 = url->host.n > 0 && memchr(url->host.p, ':', url->host.n) != NULL;
    base_buf_printf(&b, ip6 ? "%.*s://[%.*s]" : "%.*s://%.*s", BASE_SPAN_ARG(url->scheme),
                    BASE_SPAN_ARG(url->host));
    size_t host_end = b.n;
    if (url->port_given) { /* its digits as written: leading zeros are allowed */
        struct base_span rest = base_span_from(text, host_end + 1);
        size_t digits = 0;
        while (digits < rest.n && rest.p[digits] >= '0' && rest.p[digits] <= '9')
            digits++;
        uint64_t port;
        fuzz_assert(base_span_uint64(base_span_first(rest, digits), &port) && port == url->port);
        base_buf_add_char(&b, ':');
        base_buf_add_span(&b, base_span_first(rest, digits));
    }
    base_buf_add_span(&b, url->path);
    if (url->query.p != NULL) {
        base_buf_add_char(&b, '?');
        base_buf_add_span(&b, url->query);
    }
    fuzz_assert(base_span_eq(base_buf_span(&b), text));
    base_buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_span text = {(const char *)data, size};
    struct base_url url;
    struct base_buf encoded;
    base_buf_init(&encoded, SIZE_MAX);
    base_url_is_loopback(text);
    base_url_encode(&encoded, text);
    for (size_t i = 0; i < encoded.n; i++)
        fuzz_assert(encoded.p[i] > ' ' && encoded.p[i] < 0x7F);
    base_buf_free(&encoded);
    if (base_url_parse(text, &url, NULL) != BASE_OK)
        return 0;
    fuzz_assert(url.host.n > 0 && memchr(url.host.p, '@', url.host.n) == NULL);
    fuzz_assert(url.port > 0);
    fuzz_assert(url.path.n == 0 || url.path.p[0] == '/');
    for (size_t i = 0; i < text.n; i++)
        fuzz_assert(text.p[i] > ' ' && text.p[i] < 0x7F);
    fuzz_assert(!base_url_is_safe(&url) || base_span_is_nocase(url.scheme, "https") ||
                base_url_is_loopback(url.host));
    fuzz_put_together(&url, text);
    return 0;
}
