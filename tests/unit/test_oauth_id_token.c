/* A14: an ID token is that of this login, client and server, or the login is refused. */
#include "test_support.h"

#include "crypt_encode.h"
#include "crypt_secret.h"
#include "oauth_id_token.h"

#define NOW_S 1795000000

static struct oauth_id_token_expect expect(void)
{
    return (struct oauth_id_token_expect){
        .issuer = "https://id.example.com",
        .client_id = "client-1",
        .nonce = BASE_SPAN("n-1"),
        .now_ms = INT64_C(1000) * NOW_S,
    };
}

static int start(void **state)
{
    (void)state;
    return crypt_start(NULL) == BASE_OK ? 0 : -1;
}

static void make(struct base_buf *token, const char *header, const char *payload)
{
    base_buf_init(token, 1u << 20);
    crypt_base64url(token, header, strlen(header));
    base_buf_add_char(token, '.');
    crypt_base64url(token, payload, strlen(payload));
    base_buf_add_str(token, ".c2lnbmF0dXJl");
}

static enum base_status check_as(const char *payload, struct oauth_id_token_expect e,
                                 struct base_error *err)
{
    struct base_buf token;
    enum base_status status;

    make(&token, "{\"alg\":\"RS256\",\"kid\":\"1\"}", payload);
    *err = BASE_ERROR_NONE;
    status = oauth_id_token_check(base_buf_span(&token), &e, err);
    assert_int_equal(status, err->status);
    base_buf_free(&token);
    return status;
}

#define CLAIMS(iss, aud, exp, iat, nonce)                                                          \
    "{\"iss\":\"" iss "\",\"sub\":\"u-1\",\"aud\":" aud ",\"exp\":" exp ",\"iat\":" iat            \
    ",\"nonce\":\"" nonce "\"}"
#define ISS "https://id.example.com"
#define AUD "\"client-1\""
#define EXP "1795000600"
#define IAT "1794999999"

static void good_ones_pass(void **state)
{
    static const char *const good[] = {
        CLAIMS(ISS, AUD, EXP, IAT, "n-1"),
        CLAIMS(ISS, "[\"client-1\"]", EXP, IAT, "n-1"),
        CLAIMS(ISS, AUD, "1794999941", IAT, "n-1"), /* within the skew of a minute */
        CLAIMS(ISS, AUD, EXP, "1795000060", "n-1"),
        "{\"azp\":\"client-1\",\"iss\":\"" ISS "\",\"sub\":\"u\",\"aud\":" AUD ",\"exp\":" EXP
        ",\"iat\":" IAT ",\"nonce\":\"n-1\",\"email\":\"a@b.example\",\"groups\":[1,{}]}",
    };
    struct base_error err;

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(good); i++)
        assert_ok(check_as(good[i], expect(), &err), &err);
}

static void each_claim_counts(void **state)
{
    static const struct {
        const char *payload, *named; /* what the error says */
    } cases[] = {
        {CLAIMS("https://id.example.com/", AUD, EXP, IAT, "n-1"), "iss"},
        {CLAIMS("https://ID.example.com", AUD, EXP, IAT, "n-1"), "iss"},
        {CLAIMS("", AUD, EXP, IAT, "n-1"), "iss"},
        {CLAIMS(ISS, "\"client-2\"", EXP, IAT, "n-1"), "aud"},
        {CLAIMS(ISS, "\"client-11\"", EXP, IAT, "n-1"), "aud"},
        {CLAIMS(ISS, "[]", EXP, IAT, "n-1"), "aud"},
        {CLAIMS(ISS, "[\"client-1\",\"other\"]", EXP, IAT, "n-1"), "aud"},
        {CLAIMS(ISS, "[[\"client-1\"]]", EXP, IAT, "n-1"), "aud"},
        {CLAIMS(ISS, "{\"a\":\"client-1\"}", EXP, IAT, "n-1"), "aud"},
        {CLAIMS(ISS, AUD, "1794999940", IAT, "n-1"), "exp"},
        {CLAIMS(ISS, AUD, "-9223372036854775808", IAT, "n-1"), "exp"},
        {CLAIMS(ISS, AUD, "\"soon\"", IAT, "n-1"), "exp"},
        {CLAIMS(ISS, AUD, EXP, "1795000061", "n-1"), "iat"},
        {CLAIMS(ISS, AUD, EXP, "9223372036854775807", "n-1"), "iat"},
        {CLAIMS(ISS, AUD, EXP, IAT, "n-2"), "nonce"},
        {CLAIMS(ISS, AUD, EXP, IAT, "n-"), "nonce"},
        {CLAIMS(ISS, AUD, EXP, IAT, "n-11"), "nonce"},
        {CLAIMS(ISS, AUD, EXP, IAT, ""), "nonce"},
        {CLAIMS(ISS, AUD, EXP, IAT, "n-1\",\"nonce\":\"n-1"), "nonce"}, /* twice */
        {"{\"iss\":\"" ISS "\",\"sub\":\"u\",\"aud\":" AUD ",\"exp\":" EXP ",\"iat\":" IAT "}",
         "nonce"},
        {"{\"iss\":\"" ISS "\",\"sub\":\"\",\"aud\":" AUD ",\"exp\":" EXP ",\"iat\":" IAT
         ",\"nonce\":\"n-1\"}",
         "sub"},
        {"{\"iss\":\"" ISS "\",\"aud\":" AUD ",\"exp\":" EXP ",\"iat\":" IAT ",\"nonce\":\"n-1\"}",
         "sub"},
        {"{\"azp\":\"client-2\",\"iss\":\"" ISS "\",\"sub\":\"u\",\"aud\":" AUD ",\"exp\":" EXP
         ",\"iat\":" IAT ",\"nonce\":\"n-1\"}",
         "azp"},
        {"{}", ""},
        {"[]", ""},
        {"", ""},
    };
    struct base_error err;

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        if (check_as(cases[i].payload, expect(), &err) != BASE_INVALID)
            fail_msg("accepted: %s", cases[i].payload);
        if (!strstr(err.why, cases[i].named))
            fail_msg("%s: \"%s\" does not name %s", cases[i].payload, err.why, cases[i].named);
    }
}

static void form_counts(void **state)
{
    static const char *const bad[] = {
        "", ".", "..", "a", "a.b", "a.b.c", "....", "e30.e30.c2ln", "e30=.e30.c2ln", "!.e30.c2ln",
    };
    struct oauth_id_token_expect e = expect();
    struct base_buf token;

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        assert_int_equal(oauth_id_token_check(base_span_of(bad[i]), &e, NULL), BASE_INVALID);
    make(&token, "{\"alg\":\"RSA-OAEP\",\"enc\":\"A128GCM\"}", CLAIMS(ISS, AUD, EXP, IAT, "n-1"));
    base_buf_add_str(&token, ".b.c"); /* five parts: encrypted */
    assert_int_equal(oauth_id_token_check(base_buf_span(&token), &e, NULL), BASE_INVALID);
    base_buf_free(&token);
    make(&token, "{\"typ\":\"JWT\"}", CLAIMS(ISS, AUD, EXP, IAT, "n-1"));
    assert_int_equal(oauth_id_token_check(base_buf_span(&token), &e, NULL), BASE_INVALID);
    base_buf_free(&token);
}

/* An installation sends none. */
static void without_a_nonce_none_is_looked_for(void **state)
{
    struct oauth_id_token_expect e = expect();
    struct base_error err;

    (void)state;
    e.nonce = BASE_SPAN_NONE;
    assert_ok(check_as(CLAIMS(ISS, AUD, EXP, IAT, "whatever"), e, &err), &err);
    assert_int_equal(check_as(CLAIMS("https://x.example", AUD, EXP, IAT, "n-1"), e, &err),
                     BASE_INVALID);
}

static void failing_memory_is_told(void **state)
{
    struct oauth_id_token_expect e = expect();
    struct base_buf token;
    enum base_status status;
    unsigned failures = 0;

    (void)state;
    make(&token, "{\"alg\":\"RS256\"}", CLAIMS(ISS, AUD, EXP, IAT, "n-1"));
    for (int n = 0;; n++) {
        base_mem_fail_after(n);
        status = oauth_id_token_check(base_buf_span(&token), &e, NULL);
        base_mem_fail_after(-1);
        if (!status)
            break;
        assert_int_equal(status, BASE_NO_MEMORY);
        failures++;
    }
    assert_true(failures > 0);
    base_buf_free(&token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_pass),
        cmocka_unit_test(each_claim_counts),
        cmocka_unit_test(form_counts),
        cmocka_unit_test(without_a_nonce_none_is_looked_for),
        cmocka_unit_test(failing_memory_is_told),
    };
    return cmocka_run_group_tests_name("oauth_id_token", tests, start, NULL);
}
