/* base64: what is decoded has one encoding, and only one text of each alphabet decodes to it. */
#include <stdint.h>
#include <stdlib.h>

#include "crypt_encode.h"

static void fuzz_assert(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_span text = {(const char *)data, size};
    size_t n;
    char *bytes = base_mem_array(size, 1);
    if (bytes == NULL)
        return 0;
    if (crypt_base64_decode(text, bytes, size, &n)) {
        struct base_buf b;
        base_buf_init(&b, SIZE_MAX);
        crypt_base64url(&b, bytes, n);
        while (text.n > 0 && text.p[text.n - 1] == '=')
            text.n--;
        fuzz_assert(b.n == text.n);
        for (size_t i = 0; i < b.n; i++) {
            char c = text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i];
            fuzz_assert(b.p[i] == c);
        }
        fuzz_assert(n == 0 || !crypt_base64_decode(text, bytes, n - 1, &n)); /* one byte too few */
        base_buf_free(&b);
    }
    base_mem_free(bytes);
    return 0;
}
