#include "oauth_id_token.h"

#include "base_json.h"
#include "crypt_encode.h"
#include "crypt_secret.h"

#define DOING "checking the ID token"
#define PART_MAX ((size_t)64 << 10)
#define SUB_MAX 255 /* Core section 2 */

/* The claims that are looked at. Spans of the decoded payload. */
struct claims {
    struct base_json_value iss, sub, aud, azp, nonce;
    int64_t exp, iat;
    bool has_azp, has_nonce;
};

/* ------------------------------------------------------------------ form */

static enum base_status decode_part(struct base_span part, struct base_buf *out, const char *name,
                                    struct base_error *err)
{
    char *to = part.n <= PART_MAX ? base_buf_reserve(out, part.n) : NULL;
    size_t n;

    if (!to && part.n <= PART_MAX)
        return base_fail_memory(err);
    /* Base64url has no padding in a JWT (RFC 7515 section 2); the decoder takes some, so that it is
     * looked for here. */
    if (!to || part.n == 0 || part.p[part.n - 1] == '=' ||
        !crypt_base64_decode(part, to, part.n, &n))
        return base_fail(err, BASE_INVALID, DOING, "its %s is not base64url", name);
    base_buf_commit(out, n);
    return BASE_OK;
}

/* header.payload.signature; the header must at least be JSON with an algorithm. */
static enum base_status split(struct base_span token, struct base_buf *payload,
                              struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf header = {0};
    struct base_json_value alg;
    const struct base_json_field fields[] = {{"alg", BASE_JSON_WANT_STRING, true, &alg, NULL}};
    struct base_span rest = token;
    struct base_span parts[3];
    enum base_status status;

    for (size_t i = 0; i < 3; i++)
        parts[i] = base_span_cut(&rest, '.');
    if (rest.p || !parts[2].p)
        return base_fail(err, BASE_INVALID, DOING, "it is no signed token of three parts");
    base_buf_init(&header, PART_MAX);
    status = decode_part(parts[0], &header, "header", err);
    if (!status && base_json_decode(base_buf_span(&header), fields, 1, NULL))
        status = base_fail(err, BASE_INVALID, DOING, "its header names no algorithm");
    return status ? status : decode_part(parts[1], payload, "payload", err);
}

static enum base_status read_claims(struct base_span payload, struct claims *c,
                                    struct base_error *err)
{
    const struct base_json_field fields[] = {
        {"iss", BASE_JSON_WANT_STRING, true, &c->iss, NULL},
        {"sub", BASE_JSON_WANT_STRING, true, &c->sub, NULL},
        {"aud", BASE_JSON_WANT_VALUE, true, &c->aud, NULL},
        {"exp", BASE_JSON_WANT_INT64, true, &c->exp, NULL},
        {"iat", BASE_JSON_WANT_INT64, true, &c->iat, NULL},
        {"azp", BASE_JSON_WANT_STRING, false, &c->azp, &c->has_azp},
        {"nonce", BASE_JSON_WANT_STRING, false, &c->nonce, &c->has_nonce},
    };
    enum base_status status =
        base_json_decode(payload, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (status)
        base_error_doing(err, DOING);
    return status;
}

/* ------------------------------------------------------------------ checks */

/* Items 3 to 5. More audiences than us would be others whom this client does not know, so they are
 * refused rather than trusted. */
static enum base_status check_audience(const struct claims *c, const char *client_id,
                                       struct base_error *err)
{
    struct base_json_value one = c->aud, more = {0};
    struct base_json j;

    if (c->aud.type == BASE_JSON_ARRAY) {
        base_json_begin(&j, c->aud.raw);
        (void)base_json_next(&j, NULL);
        (void)base_json_take(&j, &one);
        (void)base_json_take(&j, &more);
        if (more.type != BASE_JSON_ARRAY_END)
            one.type = BASE_JSON_ERROR;
    }
    if (one.type != BASE_JSON_STRING || !base_json_string_is(&one, client_id))
        return base_fail(err, BASE_INVALID, DOING, "its audience (aud) is not this app alone");
    if (c->has_azp && !base_json_string_is(&c->azp, client_id))
        return base_fail(err, BASE_INVALID, DOING,
                         "its authorized party (azp) is another than this app");
    return BASE_OK;
}

/* Items 9 and 10, in seconds; no sum that could overflow. */
static enum base_status check_times(const struct claims *c, int64_t now_ms, struct base_error *err)
{
    const int64_t skew = OAUTH_ID_TOKEN_SKEW_MS / 1000;
    int64_t now = now_ms / 1000;

    if (c->exp <= now - skew)
        return base_fail(err, BASE_INVALID, DOING, "it has expired (exp)");
    if (c->iat > now + skew)
        return base_fail(err, BASE_INVALID, DOING,
                         "it was issued in the future (iat): is this machine's clock right?");
    return BASE_OK;
}

/* Item 11: it was made for this login and for no other. */
static enum base_status check_nonce(const struct claims *c, struct base_span nonce,
                                    struct base_error *err)
{
    if (nonce.n == 0)
        return BASE_OK;
    if (!c->has_nonce || c->nonce.escaped || !crypt_span_eq(c->nonce.raw, nonce))
        return base_fail(err, BASE_INVALID, DOING, "its nonce is %s",
                         c->has_nonce ? "that of another login" : "missing");
    return BASE_OK;
}

enum base_status oauth_id_token_check(struct base_span token,
                                      const struct oauth_id_token_expect *expect,
                                      struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf payload = {0};
    struct claims c = {0};
    enum base_status status;
    size_t subject;

    base_buf_init_sensitive(&payload, PART_MAX);
    if ((status = split(token, &payload, err)) ||
        (status = read_claims(base_buf_span(&payload), &c, err)))
        return status;
    if (!base_json_string_is(&c.iss, expect->issuer)) {
        base_fail(err, BASE_INVALID, DOING, "its issuer (iss) is not %s", expect->issuer);
        base_error_lower(err, "%.*s", (int)(c.iss.raw.n < 200 ? c.iss.raw.n : 200), c.iss.raw.p);
        return BASE_INVALID;
    }
    subject = base_json_string_length(&c.sub);
    if (subject == 0 || subject > SUB_MAX)
        return base_fail(err, BASE_INVALID, DOING, "its subject (sub) is empty or too long");
    if ((status = check_audience(&c, expect->client_id, err)) ||
        (status = check_times(&c, expect->now_ms, err)))
        return status;
    return check_nonce(&c, expect->nonce, err);
}
