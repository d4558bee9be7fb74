/* An ID token, as it is and as the payload of one whose other parts are sound. What is accepted
 * says the expected things. */
#include <stdint.h>
#include <stdlib.h>

#include "base_json.h"
#include "crypt_encode.h"
#include "crypt_secret.h"
#include "oauth_id_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct oauth_id_token_expect expect = {
    .issuer = "https://id.example.com",
    .client_id = "client-1",
    .nonce = BASE_SPAN("n-1"),
    .now_ms = INT64_C(1795000000000),
};

static enum base_status check(struct base_span token)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = oauth_id_token_check(token, &expect, &err);

    if (status != err.status || (status && !err.why[0]))
        abort();
    return status;
}

static void check_payload(struct base_span payload)
{
    struct base_buf token;
    struct base_json_value v;

    base_buf_init(&token, SIZE_MAX);
    crypt_base64url(&token, "{\"alg\":\"RS256\"}", 15);
    base_buf_add_char(&token, '.');
    crypt_base64url(&token, payload.p, payload.n);
    base_buf_add_str(&token, ".c2ln");
    if (check(base_buf_span(&token)) == BASE_OK &&
        (!base_json_find(payload, &v, "iss", NULL) || !base_json_string_is(&v, expect.issuer) ||
         !base_json_find(payload, &v, "nonce", NULL) || !base_json_string_is(&v, "n-1")))
        abort();
    base_buf_free(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    struct base_span input = {(const char *)data, size};

    if (!started && crypt_start(NULL) != BASE_OK)
        abort();
    started = true;
    (void)check(input);
    check_payload(input);
    return 0;
}
