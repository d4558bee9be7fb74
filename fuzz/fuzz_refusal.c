/* Refusals, with any status and any Retry-After. T3: a grant dies only by words in valid JSON, and
 * only on 400 to 403. */
#include <stdint.h>
#include <stdlib.h>

#include "base_json.h"
#include "base_text.h"
#include "hubspot_error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t size)
{
    size_t n = strnlen(text, size);
    if (n == size || !base_text_utf8_valid((struct base_span){text, n}))
        abort();
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            abort();
}

static void check(const struct hubspot_refusal *r, int http_status)
{
    struct base_error err = BASE_ERROR_NONE;
    check_text(r->code, sizeof(r->code));
    check_text(r->message, sizeof(r->message));
    check_text(r->correlation, sizeof(r->correlation));
    check_text(r->policy, sizeof(r->policy));
    check_text(r->scopes, sizeof(r->scopes));
    if (r->retry_after_ms < -1)
        abort();
    enum base_status status = hubspot_refusal_explain(r, http_status, "fuzzing", &err);
    if (status == BASE_OK || err.status != status || err.why[0] == '\0')
        abort();
    check_text(err.why, sizeof(err.why));
}

/* The first byte chooses the status (the digits '0' to '9' in this order), the rest of its line is
 * Retry-After, and what follows is the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int usual[] = {400, 401, 403, 404, 429, 500, 502, 302, 200, 477};
    if (size < 1)
        return 0;
    int http_status = usual[(uint8_t)(data[0] - '0') % (sizeof(usual) / sizeof(usual[0]))];
    struct base_span body = {(const char *)data + 1, size - 1};
    struct base_span retry_after = base_span_cut(&body, '\n');
    struct hubspot_refusal r, c, a;
    hubspot_refusal_of_token(http_status, body, retry_after, INT64_C(1795473166000), &r);
    hubspot_refusal_of_code(http_status, body, retry_after, INT64_C(1795473166000), &c);
    hubspot_refusal_of_api(http_status, body, retry_after, INT64_C(1795473166000), &a);
    check(&r, http_status);
    check(&c, http_status);
    check(&a, http_status);
    if (c.verdict == HUBSPOT_GRANT_DEAD || a.verdict == HUBSPOT_GRANT_DEAD)
        abort();
    if (r.verdict == HUBSPOT_GRANT_DEAD &&
        (!base_json_valid(body) || http_status < 400 || http_status > 403))
        abort();
    return 0;
}
