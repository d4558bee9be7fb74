/* Text made fit to show, and times: what comes out is sound, and reading it again gives the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base_text.h"
#include "base_time.h"

static void fuzz_assert(bool holds)
{
    if (!holds)
        abort();
}

static void fuzz_printable(struct base_span text)
{
    struct base_buf once;
    struct base_buf twice;
    char fixed[64];
    base_buf_init(&once, SIZE_MAX);
    base_buf_init(&twice, SIZE_MAX);
    base_text_printable(&once, text, SIZE_MAX);
    struct base_span shown = base_buf_span(&once);
    fuzz_assert(base_text_utf8_valid(shown) && shown.n <= text.n);
    for (size_t i = 0; i < shown.n; i++)
        fuzz_assert((unsigned char)shown.p[i] >= 0x20 && shown.p[i] != 0x7F);
    base_text_printable(&twice, shown, SIZE_MAX);
    fuzz_assert(base_span_eq(shown, base_buf_span(&twice)));

    base_text_printable_to(fixed, sizeof(fixed), text);
    fuzz_assert(base_text_utf8_valid(base_span_of(fixed)));
    fuzz_assert(shown.n >= sizeof(fixed) || base_span_is(shown, fixed));
    base_buf_reset(&twice);
    base_text_printable(&twice, text, 10);
    fuzz_assert(base_text_utf8_valid(base_buf_span(&twice)) && twice.n <= 10 + strlen("…"));
    fuzz_assert(base_text_width(shown) <= 2 * shown.n);

    base_buf_reset(&twice);
    base_text_html(&twice, text);
    for (size_t i = 0; i < twice.n; i++)
        fuzz_assert(strchr("<>\"'", twice.p[i]) == NULL || twice.p[i] == '\0');
    base_buf_free(&once);
    base_buf_free(&twice);
}

static void fuzz_time(struct base_span text)
{
    int64_t ms;
    int64_t again;
    char out[32];
    if (base_time_parse_iso(text, &ms) && ms >= INT64_C(-62167219200000) &&
        ms <= INT64_C(253402300799999)) /* an offset may lead out of the four-digit years */
        fuzz_assert(base_time_parse_iso(base_span_of(base_time_iso(out, ms)), &again) &&
                    again == ms);
    if (base_time_parse_http(text, &ms) && ms <= INT64_C(253402300799999))
        fuzz_assert(base_time_parse_http(base_span_of(base_time_http(out, ms)), &again) &&
                    again == ms);
    if (base_time_parse_span(text, &ms)) {
        fuzz_assert(ms >= 0);
        base_time_human(out, ms);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_span text = {(const char *)data, size};
    fuzz_printable(text);
    fuzz_time(text);
    return 0;
}
