/* Answers of the token endpoint: what is accepted is fit for a header line, and an error never
 * quotes the body. */
#include <stdint.h>
#include <stdlib.h>

#include "base_json.h"
#include "hubspot_token.h"
#include "oauth_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_token(const struct crypt_secret *token)
{
    struct base_span s = crypt_secret_span(token);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x21 || s.p[i] > 0x7e)
            abort();
    if (token != NULL && s.n == 0)
        abort();
}

static void check_extra(struct base_span body)
{
    struct hubspot_token_extra x;
    struct hubspot_token_info i;
    if (hubspot_token_extra_parse(body, &x, NULL) == BASE_OK) {
        if (x.hub_id < 0 || x.user_id < 0)
            abort();
        for (const char *c = x.scopes; c != NULL && *c != '\0'; c++)
            if (*c < 0x20 || *c > 0x7e)
                abort();
        hubspot_token_extra_free(&x);
    }
    if (hubspot_token_info_parse(body, &i, NULL) == BASE_OK)
        hubspot_token_info_free(&i);
    if (hubspot_token_info_of_private(body, &i, NULL) == BASE_OK)
        hubspot_token_info_free(&i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    struct base_span body = {(const char *)data, size};
    struct base_error err = BASE_ERROR_NONE;
    struct oauth_tokens t;
    if (!started && crypt_start(NULL) != BASE_OK)
        abort();
    started = true;
    enum base_status status = oauth_tokens_parse(body, &t, &err);
    if (status != err.status)
        abort();
    if (status == BASE_OK) {
        if (!base_json_valid(body) || t.access_token == NULL || t.expires_in < -1)
            abort();
        check_token(t.access_token);
        check_token(t.refresh_token);
        oauth_tokens_free(&t);
    }
    check_extra(body);
    return 0;
}
