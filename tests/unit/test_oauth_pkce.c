#include "test_support.h"

#include "oauth_pkce.h"

/* RFC 3986 section 2.3: a verifier is 43 to 128 of these (RFC 7636 section 4.1). */
#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

/* A5: RFC 7636 appendix B. */
static void test_appendix_b(void **state)
{
    (void)state;
    static const unsigned char random[OAUTH_RANDOM_BYTES] = {
        116, 24,  223, 180, 151, 153, 224, 37,  79, 250, 96, 125, 216, 173, 187, 186,
        22,  212, 37,  77,  105, 214, 191, 240, 91, 88,  5,  88,  83,  132, 141, 121};
    struct base_buf verifier, challenge;
    base_buf_init(&verifier, 128);
    base_buf_init(&challenge, 128);
    oauth_pkce_verifier(random, &verifier);
    assert_string_equal(base_buf_str(&verifier), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    oauth_pkce_challenge(base_buf_span(&verifier), &challenge);
    assert_string_equal(base_buf_str(&challenge), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    base_buf_free(&verifier);
    base_buf_free(&challenge);
}

/* A5: two requests differ; every verifier is valid, whatever the random bytes. */
static void test_distinct(void **state)
{
    (void)state;
    unsigned char random[OAUTH_RANDOM_BYTES] = {0};
    struct base_buf a, b;
    base_buf_init(&a, 128);
    base_buf_init(&b, 128);
    for (size_t i = 0; i < OAUTH_RANDOM_BYTES; i++) {
        base_buf_reset(&a);
        base_buf_reset(&b);
        oauth_pkce_verifier(random, &a);
        random[i] = 0xff;
        oauth_pkce_verifier(random, &b);
        assert_int_equal(a.n, 43);
        assert_int_equal(b.n, 43);
        assert_string_not_equal(base_buf_str(&a), base_buf_str(&b));
        assert_int_equal(strspn(base_buf_str(&b), UNRESERVED), b.n);
    }
    base_buf_free(&a);
    base_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appendix_b),
        cmocka_unit_test(test_distinct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
