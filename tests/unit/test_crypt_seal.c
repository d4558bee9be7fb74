#include "test_support.h"

#include "crypt_encode.h"
#include "crypt_random.h"
#include "crypt_seal.h"

static struct crypt_secret *key;

static struct crypt_secret *secret(const char *text)
{
    struct crypt_secret *s = crypt_secret_from(text, strlen(text));
    assert_non_null(s);
    return s;
}

static int start(void **state)
{
    (void)state;
    if (crypt_start(NULL) != BASE_OK)
        return -1;
    key = crypt_secret_new(CRYPT_KEY_BYTES);
    if (key == NULL)
        return -1;
    crypt_random(crypt_secret_bytes(key), CRYPT_KEY_BYTES);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    crypt_secret_free(key);
    return 0;
}

/* The example of draft-irtf-cfrg-xchacha-03 appendix A.3.1. */
static void test_vector(void **state)
{
    (void)state;
    static const unsigned char cipher[] = {
        0xbd, 0x6d, 0x17, 0x9d, 0x3e, 0x83, 0xd4, 0x3b, 0x95, 0x76, 0x57, 0x94, 0x93, 0xc0, 0xe9,
        0x39, 0x57, 0x2a, 0x17, 0x00, 0x25, 0x2b, 0xfa, 0xcc, 0xbe, 0xd2, 0x90, 0x2c, 0x21, 0x39,
        0x6c, 0xbb, 0x73, 0x1c, 0x7f, 0x1b, 0x0b, 0x4a, 0xa6, 0x44, 0x0b, 0xf3, 0xa8, 0x2f, 0x4e,
        0xda, 0x7e, 0x39, 0xae, 0x64, 0xc6, 0x70, 0x8c, 0x54, 0xc2, 0x16, 0xcb, 0x96, 0xb7, 0x2e,
        0x12, 0x13, 0xb4, 0x52, 0x2f, 0x8c, 0x9b, 0xa4, 0x0d, 0xb5, 0xd9, 0x45, 0xb1, 0x1b, 0x69,
        0xb9, 0x82, 0xc1, 0xbb, 0x9e, 0x3f, 0x3f, 0xac, 0x2b, 0xc3, 0x69, 0x48, 0x8f, 0x76, 0xb2,
        0x38, 0x35, 0x65, 0xd3, 0xff, 0xf9, 0x21, 0xf9, 0x66, 0x4c, 0x97, 0x63, 0x7d, 0xa9, 0x76,
        0x88, 0x12, 0xf6, 0x15, 0xc6, 0x8b, 0x13, 0xb5, 0x2e, /* and the tag */
        0xc0, 0x87, 0x59, 0x24, 0xc1, 0xc7, 0x98, 0x79, 0x47, 0xde, 0xaf, 0xd8, 0x78, 0x0a, 0xcf,
        0x49,
    };
    static const unsigned char aad[] = {0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1,
                                        0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7};
    char sealed[24 + sizeof(cipher)];
    struct crypt_secret *k = crypt_secret_new(CRYPT_KEY_BYTES);
    struct crypt_secret *plain;
    struct base_error err = BASE_ERROR_NONE;
    assert_non_null(k);
    for (int i = 0; i < CRYPT_KEY_BYTES; i++)
        crypt_secret_bytes(k)[i] = (char)(0x80 + i);
    for (int i = 0; i < 24; i++)
        sealed[i] = (char)(0x40 + i);
    memcpy(sealed + 24, cipher, sizeof(cipher));
    assert_ok(crypt_open(k, (struct base_span){(const char *)aad, sizeof(aad)},
                         (struct base_span){sealed, sizeof(sealed)}, &plain, &err),
              &err);
    assert_span(crypt_secret_span(plain),
                "Ladies and Gentlemen of the class of '99: If I could offer you "
                "only one tip for the future, sunscreen would be it.");
    crypt_secret_free(plain);
    crypt_secret_free(k);
}

static void test_round_trip(void **state)
{
    (void)state;
    static const char text[300] = "a refresh token";
    for (size_t n = 0; n <= sizeof(text); n += 37) {
        struct base_span plain = {text, n};
        struct base_buf sealed;
        struct base_buf again;
        struct crypt_secret *opened;
        struct base_error err = BASE_ERROR_NONE;
        base_buf_init(&sealed, n + CRYPT_SEAL_OVERHEAD);
        base_buf_init(&again, 1000);
        assert_ok(crypt_seal(key, BASE_SPAN("aad"), plain, &sealed, &err), &err);
        assert_int_equal(sealed.n, n + CRYPT_SEAL_OVERHEAD);
        assert_null(n > 0 ? memmem(sealed.p, sealed.n, text, n) : NULL);
        assert_ok(crypt_open(key, BASE_SPAN("aad"), base_buf_span(&sealed), &opened, &err), &err);
        assert_true(crypt_secret_eq(opened, plain));
        crypt_secret_free(opened);
        assert_ok(crypt_seal(key, BASE_SPAN("aad"), plain, &again, &err), &err);
        assert_false(base_span_eq(base_buf_span(&sealed), base_buf_span(&again))); /* a new nonce */
        base_buf_free(&sealed);
        base_buf_free(&again);
    }
}

static void assert_refused(const struct crypt_secret *k, struct base_span aad,
                           struct base_span sealed)
{
    struct crypt_secret *opened = key;
    struct base_error err = BASE_ERROR_NONE;
    assert_status(crypt_open(k, aad, sealed, &opened, &err), BASE_INVALID, &err);
    assert_ptr_equal(opened, key);
}

/* D5: whatever is changed, cut, added, or bound to something else is refused. */
static void test_tamper(void **state)
{
    (void)state;
    struct base_buf sealed;
    struct base_span aad = BASE_SPAN("v1|tenant|record|7");
    base_buf_init(&sealed, 1000);
    base_buf_add_str(&sealed, "kept in front");
    assert_ok(crypt_seal(key, aad, BASE_SPAN("a refresh token"), &sealed, NULL), NULL);
    base_buf_consume(&sealed, strlen("kept in front"));
    struct base_span whole = base_buf_span(&sealed);
    for (size_t i = 0; i < whole.n; i++) {
        for (int bit = 0; bit < 8; bit++) {
            sealed.p[i] = (char)(sealed.p[i] ^ 1 << bit);
            assert_refused(key, aad, whole);
            sealed.p[i] = (char)(sealed.p[i] ^ 1 << bit);
        }
    }
    for (size_t n = 0; n < whole.n; n++)
        assert_refused(key, aad, base_span_first(whole, n));
    assert_refused(key, BASE_SPAN("v1|tenant|record|6"), whole);
    assert_refused(key, base_span_first(aad, aad.n - 1), whole);
    assert_refused(key, BASE_SPAN_NONE, whole);
    struct crypt_secret *other = crypt_secret_copy(key);
    assert_non_null(other);
    crypt_secret_bytes(other)[31] ^= 1;
    assert_refused(other, aad, whole);
    crypt_secret_free(other);
    base_buf_add_char(&sealed, '\0');
    assert_refused(key, aad, base_buf_span(&sealed));
    base_buf_free(&sealed);
}

/* A nonce that was drawn ahead is used, and no nonce twice: also not when the caller forgets to
 * draw one. */
static void test_nonce_ahead(void **state)
{
    (void)state;
    struct crypt_nonce n = {0};
    unsigned char drawn[CRYPT_NONCE_BYTES];
    struct crypt_secret *k = crypt_secret_from("0123456789abcdef0123456789abcdef", CRYPT_KEY_BYTES);
    struct base_buf sealed[3];
    for (size_t i = 0; i < TEST_COUNT(sealed); i++) {
        struct crypt_secret *opened;
        base_buf_init(&sealed[i], 1000);
        if (i == 0) {
            crypt_nonce_draw(&n);
            memcpy(drawn, n.bytes, sizeof(drawn));
        }
        assert_ok(crypt_seal_ahead(k, &n, BASE_SPAN("a"), BASE_SPAN("p"), &sealed[i], NULL), NULL);
        assert_ok(crypt_open(k, BASE_SPAN("a"), base_buf_span(&sealed[i]), &opened, NULL), NULL);
        crypt_secret_free(opened);
    }
    assert_memory_equal(sealed[0].p, drawn, sizeof(drawn));
    assert_memory_not_equal(sealed[1].p, sealed[0].p, CRYPT_NONCE_BYTES);
    assert_memory_not_equal(sealed[2].p, sealed[1].p, CRYPT_NONCE_BYTES);
    for (size_t i = 0; i < TEST_COUNT(sealed); i++)
        base_buf_free(&sealed[i]);
    crypt_secret_free(k);
}

static void test_wrong_key_length(void **state)
{
    (void)state;
    struct crypt_secret *brief = secret("too short");
    struct crypt_secret *opened;
    struct base_buf out;
    base_buf_init(&out, 1000);
    assert_int_equal(crypt_seal(brief, BASE_SPAN_NONE, BASE_SPAN("x"), &out, NULL), BASE_FAILED);
    assert_int_equal(crypt_seal(NULL, BASE_SPAN_NONE, BASE_SPAN("x"), &out, NULL), BASE_FAILED);
    assert_int_equal(out.n, 0);
    char zeros[50] = "";
    assert_int_equal(
        crypt_open(brief, BASE_SPAN_NONE, (struct base_span){zeros, sizeof(zeros)}, &opened, NULL),
        BASE_FAILED);
    base_buf_free(&out);
    base_buf_init(&out, 1 + CRYPT_SEAL_OVERHEAD);
    assert_int_equal(crypt_seal(key, BASE_SPAN_NONE, BASE_SPAN("xy"), &out, NULL), BASE_LIMIT);
    base_buf_free(&out);
    crypt_secret_free(brief);
}

static void assert_key(enum base_status status, struct crypt_secret **k, const char *hex)
{
    struct base_buf b;
    base_buf_init(&b, 100);
    assert_ok(status, NULL);
    crypt_hex(&b, crypt_secret_span(*k).p, crypt_secret_length(*k));
    assert_string_equal(base_buf_str(&b), hex);
    base_buf_free(&b);
    crypt_secret_cleanup(k);
}

/* Against the reference implementation's program: argon2 0123456789abcdef -id -t T -k KIB -p 1 -l
 * 32 -r */
static void test_kdf(void **state)
{
    (void)state;
    static const unsigned char salt[CRYPT_SALT_BYTES] = {'0', '1', '2', '3', '4', '5', '6', '7',
                                                         '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    struct crypt_secret *words = secret("correct horse");
    struct crypt_secret *letter = secret("p");
    struct crypt_secret *k = NULL;
    assert_key(crypt_kdf(words, salt, 3, 8u << 20, &k, NULL), &k,
               "4b84dd36c8ff6962388661996da44d28f5cc65d7909686980aabbb6fd01ed7f3");
    assert_key(crypt_kdf(words, salt, 1, 16u << 20, &k, NULL), &k,
               "2c146cc5798f1e4cea61be7e8d95a74bb981a9933b8353bbd743de1f903ef2de");
    assert_key(crypt_kdf(letter, salt, 2, 8u << 20, &k, NULL), &k,
               "bd2f4395426df8975dbeca0190781eb4e08dcfe995fc3cdeffef3e36dc84264e");
    crypt_secret_free(words);
    crypt_secret_free(letter);
}

/* D6: no file makes us allocate 64 GiB, or accept a derivation that is none. */
static void test_kdf_bounds(void **state)
{
    (void)state;
    static const unsigned char salt[CRYPT_SALT_BYTES];
    static const struct {
        uint64_t ops, memory;
    } cases[] = {
        {0, 8u << 20},           {11, 8u << 20},
        {UINT64_MAX, 8u << 20},  {3, 0},
        {3, (8u << 20) - 1},     {3, (UINT64_C(1) << 30) + 1},
        {3, UINT64_C(64) << 30}, {3, UINT64_MAX},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct crypt_secret *k = key;
        assert_int_equal(crypt_kdf(key, salt, cases[i].ops, cases[i].memory, &k, NULL),
                         BASE_INVALID);
        assert_ptr_equal(k, key);
    }
    assert_in_range(CRYPT_KDF_OPS, 1, 10);
    assert_in_range(CRYPT_KDF_MEMORY, 8u << 20, 1u << 30);
}

static void test_key_from_bytes(void **state)
{
    (void)state;
    char bytes[32];
    struct crypt_secret *k = NULL;
    struct base_error err = BASE_ERROR_NONE;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    assert_key(crypt_key_from_bytes((struct base_span){bytes, 32}, "vault", &k, &err), &k,
               "59d99969f2e7b59db64b860079e6893b1dfb7e5666dd82654ea1db08b52a613a");
    assert_status(crypt_key_from_bytes((struct base_span){bytes, 31}, "vault", &k, &err),
                  BASE_INVALID, &err);
}

static enum base_status step_all(void *arg)
{
    (void)arg;
    static const unsigned char salt[CRYPT_SALT_BYTES];
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf sealed;
    base_buf_init(&sealed, 1000);
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *opened = NULL;
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *derived = NULL;
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *filed = NULL;
    enum base_status status = crypt_seal(key, BASE_SPAN_NONE, BASE_SPAN("x"), &sealed, &err);
    if (status == BASE_OK)
        status = crypt_open(key, BASE_SPAN_NONE, base_buf_span(&sealed), &opened, &err);
    if (status == BASE_OK)
        status = crypt_kdf(key, salt, 1, 8u << 20, &derived, &err);
    if (status == BASE_OK)
        status = crypt_key_from_bytes(crypt_secret_span(key), "x", &filed, &err);
    base_buf_free(&sealed);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_int_equal(test_each_allocation_fails(step_all, NULL), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector),           cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_tamper),           cmocka_unit_test(test_nonce_ahead),
        cmocka_unit_test(test_wrong_key_length), cmocka_unit_test(test_kdf),
        cmocka_unit_test(test_kdf_bounds),       cmocka_unit_test(test_key_from_bytes),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
