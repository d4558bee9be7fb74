/* A path and a JSON text, separated by a NUL byte: no line that is printed holds a line end or
 * another control character. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base_select.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(void *arg, const struct base_json_value *v)
{
    struct base_buf line;
    (void)arg;
    base_buf_init(&line, SIZE_MAX);
    base_select_line(&line, v);
    for (size_t i = 0; i < line.n; i++)
        if (((unsigned char)line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7f)
            abort();
    base_buf_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
    struct base_span json;
    if (!nul || base_select_check((const char *)data, NULL) != BASE_OK)
        return 0;
    json = (struct base_span){(const char *)nul + 1, size - (size_t)(nul - data) - 1};
    if (base_json_valid(json))
        base_select(json, (const char *)data, look_at, NULL);
    return 0;
}
