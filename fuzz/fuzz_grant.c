/* An account's record as the vault keeps it: the first byte says how many bytes of public columns
 * (times 16) come before the sealed part. What is accepted can be written and reads as the same. */
#include <stdint.h>
#include <stdlib.h>

#include "broker_grant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_secret(const struct crypt_secret *a, const struct crypt_secret *b)
{
    if ((a == NULL) != (b == NULL) || (a != NULL && !crypt_secret_eq(a, crypt_secret_span(b))))
        abort();
}

static void check_sealed(struct base_span bytes)
{
    struct broker_grant g = {0}, again = {0};
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = broker_grant_decode(bytes, &g, &err);
    if (status != err.status)
        abort();
    if (status == BASE_OK) {
        struct crypt_secret *written = broker_grant_encode(&g);
        if (written == NULL || crypt_secret_length(written) != bytes.n ||
            broker_grant_decode(crypt_secret_span(written), &again, NULL) != BASE_OK)
            abort();
        check_secret(g.access_token, again.access_token);
        check_secret(g.refresh_token, again.refresh_token);
        check_secret(g.previous_refresh_token, again.previous_refresh_token);
        crypt_secret_free(written);
    }
    broker_grant_free(&g);
    broker_grant_free(&again);
}

/* What was accepted is written so that it reads as the same kind of account. */
static void check_again(const struct broker_grant *g)
{
    struct broker_grant again = {0};
    struct base_buf out;
    base_buf_init(&out, 1u << 20);
    broker_grant_encode_plain(g, &out);
    if (base_buf_status(&out) != BASE_OK ||
        broker_grant_decode_plain(base_buf_span(&out), &again, NULL) != BASE_OK ||
        again.kind != g->kind || again.expires_at != g->expires_at)
        abort();
    (void)broker_grant_kind_word(again.kind);
    broker_grant_free(&again);
    base_buf_free(&out);
}

static void check_plain(struct base_span json)
{
    struct broker_grant g = {0};
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = broker_grant_decode_plain(json, &g, &err);
    if (status != err.status)
        abort();
    if (status == BASE_OK) {
        if (g.app == NULL || g.account == NULL || g.scopes == NULL || g.last_message == NULL)
            abort();
        int64_t hold = broker_grant_hold(&g, INT64_C(1790000000000));
        if (hold < 0 || strlen(g.boot) >= sizeof(g.boot))
            abort();
        (void)broker_grant_state_word(g.state);
        check_again(&g);
    }
    broker_grant_free(&g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    struct base_span bytes = {(const char *)data, size};
    size_t plain;
    if (!started && crypt_start(NULL) != BASE_OK)
        abort();
    started = true;
    if (size == 0)
        return 0;
    plain = (size_t)data[0] * 16;
    bytes = base_span_from(bytes, 1);
    check_plain(base_span_first(bytes, plain));
    check_sealed(base_span_from(bytes, plain));
    return 0;
}
