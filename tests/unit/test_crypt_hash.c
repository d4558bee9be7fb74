#include "test_support.h"

#include "crypt_encode.h"
#include "crypt_hash.h"
#include "crypt_secret.h"

static void assert_hex(const unsigned char *bytes, size_t n, const char *want)
{
    struct base_buf b;
    base_buf_init(&b, 1000);
    crypt_hex(&b, bytes, n);
    assert_string_equal(base_buf_str(&b), want);
    base_buf_free(&b);
}

/* FIPS 180-4, examples of NIST. */
static void test_sha256(void **state)
{
    (void)state;
    unsigned char out[CRYPT_SHA256_BYTES];
    crypt_sha256(out, BASE_SPAN_NONE);
    assert_hex(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    crypt_sha256(out, BASE_SPAN("abc"));
    assert_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    crypt_sha256(out, BASE_SPAN("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
    assert_hex(out, 32, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* A5: the S256 example of RFC 7636 appendix B, made of the two functions that PKCE uses. */
static void test_pkce_example(void **state)
{
    (void)state;
    unsigned char out[CRYPT_SHA256_BYTES];
    struct base_buf b;
    base_buf_init(&b, 43); /* just as long as it is */
    crypt_sha256(out, BASE_SPAN("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    crypt_base64url(&b, out, sizeof(out));
    assert_string_equal(base_buf_str(&b), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    base_buf_free(&b);
}

/* Against Python's hashlib.blake2b(digest_size=32). */
static void test_blake2b(void **state)
{
    (void)state;
    char key[65];
    unsigned char out[CRYPT_BLAKE2B_BYTES];
    memset(key, 'k', sizeof(key));
    crypt_blake2b(out, BASE_SPAN_NONE, BASE_SPAN_NONE);
    assert_hex(out, 32, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    crypt_blake2b(out, BASE_SPAN_NONE, BASE_SPAN("abc"));
    assert_hex(out, 32, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    crypt_blake2b(out, (struct base_span){key, 1}, BASE_SPAN("abc"));
    assert_hex(out, 32, "12f0b4a482a321476483eac3387d86e810573152916fb35bf7a6b9951f221db3");
    crypt_blake2b(out, (struct base_span){key, 64}, BASE_SPAN("abc"));
    assert_hex(out, 32, "4a9b8eebf030157d4f2557cb8622b862409af5c9e9ad2ef4a69abf180a30c13b");
    crypt_blake2b(out, (struct base_span){key, 65}, BASE_SPAN("abc")); /* the key is hashed first */
    assert_hex(out, 32, "d96b658e218fc1da023a6eda798d815855cd38089543eade488a2cce8169cddd");
}

static int start(void **state)
{
    (void)state;
    return crypt_start(NULL) == BASE_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_pkce_example),
        cmocka_unit_test(test_blake2b),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
