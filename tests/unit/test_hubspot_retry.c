#include "test_support.h"

#include "hubspot_retry.h"

static struct hubspot_refusal refused(int http_status, enum hubspot_verdict verdict,
                                      const char *policy, int64_t retry_after_ms)
{
    struct hubspot_refusal r = {
        .verdict = verdict, .http_status = http_status, .retry_after_ms = retry_after_ms};
    snprintf(r.policy, sizeof(r.policy), "%s", policy);
    return r;
}

/* C8: exponential, full jitter, capped. */
static void test_backoff(void **state)
{
    (void)state;
    int64_t previous = 0;
    for (unsigned attempts = 1; attempts < 40; attempts++) {
        struct hubspot_retry r = {.attempts = attempts, .max_attempts = 100, .idempotent = true};
        int64_t most = hubspot_retry_wait(&r, NULL, UINT32_MAX);
        assert_int_equal(hubspot_retry_wait(&r, NULL, 0), 0);
        assert_in_range(hubspot_retry_wait(&r, NULL, UINT32_MAX / 2), most / 2 - 1, most / 2 + 1);
        assert_true(most >= previous && most <= 30000);
        if (attempts <= 6)
            assert_int_equal(most, 500 << (attempts - 1));
        previous = most;
    }
    assert_int_equal(previous, 30000);
}

/* Which failures may be repeated at all. */
static void test_may_repeat(void **state)
{
    (void)state;
    static const struct {
        int http_status; /* 0: no answer came */
        enum hubspot_verdict verdict;
        const char *policy;
        bool idempotent, maybe_acted, repeated;
    } cases[] = {
        {0, HUBSPOT_UNKNOWN, "", true, true, true},
        {0, HUBSPOT_UNKNOWN, "", false, false, true}, /* never left */
        {0, HUBSPOT_UNKNOWN, "", false, true, false}, /* C6: not blindly */
        {429, HUBSPOT_THROTTLED, "TEN_SECONDLY_ROLLING", false, false, true},
        {429, HUBSPOT_THROTTLED, "SECONDLY", false, false, true},
        {429, HUBSPOT_THROTTLED, "", false, false, true},
        {429, HUBSPOT_THROTTLED, "DAILY", true, false, false},
        {502, HUBSPOT_TRANSIENT, "", true, false, true},
        {502, HUBSPOT_TRANSIENT, "", false, false,
         false}, /* a gateway: it may have been carried out */
        {504, HUBSPOT_TRANSIENT, "", false, false, false},
        {503, HUBSPOT_TRANSIENT, "", false, false, true},
        {423, HUBSPOT_TRANSIENT, "", false, false, true},
        {477, HUBSPOT_TRANSIENT, "", false, false, true},
        {400, HUBSPOT_GRANT_DEAD, "", true, false, false},
        {400, HUBSPOT_BAD_CLIENT, "", true, false, false},
        {400, HUBSPOT_BAD_REQUEST, "", true, false, false},
        {401, HUBSPOT_TOKEN_EXPIRED, "", true, false, false},
        {403, HUBSPOT_FORBIDDEN, "", true, false, false},
        {404, HUBSPOT_NOT_FOUND, "", true, false, false},
        {418, HUBSPOT_UNKNOWN, "", true, false, false},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct hubspot_retry r = {.attempts = 1,
                                  .max_attempts = 2,
                                  .idempotent = cases[i].idempotent,
                                  .maybe_acted = cases[i].maybe_acted};
        struct hubspot_refusal refusal =
            refused(cases[i].http_status, cases[i].verdict, cases[i].policy, -1);
        const struct hubspot_refusal *given = cases[i].http_status != 0 ? &refusal : NULL;
        bool repeated = hubspot_retry_wait(&r, given, 7) >= 0;
        if (repeated != cases[i].repeated)
            print_error("case %zu\n", i);
        assert_int_equal(repeated, cases[i].repeated);
        r.attempts = 2; /* the last one was it */
        assert_int_equal(hubspot_retry_wait(&r, given, 7), -1);
        r.attempts = 3;
        assert_int_equal(hubspot_retry_wait(&r, given, 7), -1);
    }
}

/* C8: never before Retry-After; a very long one is not sat out. */
static void test_retry_after(void **state)
{
    (void)state;
    struct hubspot_retry r = {.attempts = 1, .max_attempts = 5};
    struct hubspot_refusal refusal = refused(429, HUBSPOT_THROTTLED, "TEN_SECONDLY_ROLLING", 3000);
    assert_int_equal(hubspot_retry_wait(&r, &refusal, 0), 3000);
    assert_int_equal(hubspot_retry_wait(&r, &refusal, UINT32_MAX), 3500);
    refusal = refused(477, HUBSPOT_TRANSIENT, "", HUBSPOT_RETRY_LONGEST_MS);
    assert_int_equal(hubspot_retry_wait(&r, &refusal, 0), HUBSPOT_RETRY_LONGEST_MS);
    refusal = refused(477, HUBSPOT_TRANSIENT, "", HUBSPOT_RETRY_LONGEST_MS + 1);
    assert_int_equal(hubspot_retry_wait(&r, &refusal, 0), -1);
    refusal = refused(503, HUBSPOT_TRANSIENT, "", 0);
    assert_int_equal(hubspot_retry_wait(&r, &refusal, 0), 0);
    /* None given: what is known of the window, of the second, of the lock. */
    refusal = refused(429, HUBSPOT_THROTTLED, "TEN_SECONDLY_ROLLING", -1);
    assert_int_equal(hubspot_retry_wait(&r, &refusal, 0), 10000);
    refusal = refused(429, HUBSPOT_THROTTLED, "SECONDLY", -1);
    assert_int_equal(hubspot_retry_wait(&r, &refusal, 0), 1000);
    refusal = refused(423, HUBSPOT_TRANSIENT, "", -1);
    assert_int_equal(hubspot_retry_wait(&r, &refusal, 0), 2000);
    refusal = refused(423, HUBSPOT_TRANSIENT, "", 1000); /* the lock lasts all the same */
    assert_int_equal(hubspot_retry_wait(&r, &refusal, 0), 2000);
    refusal = refused(423, HUBSPOT_TRANSIENT, "", 5000);
    assert_int_equal(hubspot_retry_wait(&r, &refusal, 0), 5000);
}

/* What the caller has patience for is sat out, and no more. */
static void test_patience(void **state)
{
    (void)state;
    struct hubspot_retry r = {.attempts = 1, .max_attempts = 5, .patience_ms = 9999};
    struct hubspot_refusal refusal = refused(429, HUBSPOT_THROTTLED, "TEN_SECONDLY_ROLLING", -1);
    assert_int_equal(hubspot_retry_wait(&r, &refusal, 0), -1);
    r.patience_ms = 10000;
    assert_int_equal(hubspot_retry_wait(&r, &refusal, 0), 10000);
    refusal = refused(477, HUBSPOT_TRANSIENT, "", INT64_C(86400000));
    assert_int_equal(hubspot_retry_wait(&r, &refusal, 0), -1);
    r.patience_ms = INT64_C(86400000);
    assert_int_equal(hubspot_retry_wait(&r, &refusal, 0), INT64_C(86400000));
}

static void test_idempotent(void **state)
{
    (void)state;
    static const char *const yes[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
    static const char *const no[] = {"POST", "PATCH", "get", "", "GETX"};
    static const char *const reads[] = {"/crm/v3/objects/contacts/search?x=1",
                                        "/crm/objects/2026-03/0-1/search",
                                        "/crm/objects/2026-03/contacts/batch/read",
                                        "/crm/v4/associations/contact/company/batch/read?a=/b"};
    static const char *const writes[] = {
        "/crm/v3/objects/contacts",           "/crm/v3/objects/contacts/batch/create",
        "/crm/v3/objects/contacts?a=/search", "/automation/search",
        "/crm/v3/objects/contacts/research",  "/crm/v3/objects/contacts/batch/read/x"};
    for (size_t i = 0; i < TEST_COUNT(yes); i++)
        assert_true(hubspot_retry_idempotent(yes[i], BASE_SPAN("/a")));
    for (size_t i = 0; i < TEST_COUNT(no); i++)
        assert_false(hubspot_retry_idempotent(no[i], BASE_SPAN("/a")));
    for (size_t i = 0; i < TEST_COUNT(reads); i++) {
        assert_true(hubspot_retry_idempotent("POST", base_span_of(reads[i])));
        assert_false(hubspot_retry_idempotent("PATCH", base_span_of(reads[i])));
    }
    for (size_t i = 0; i < TEST_COUNT(writes); i++)
        assert_false(hubspot_retry_idempotent("POST", base_span_of(writes[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backoff),     cmocka_unit_test(test_may_repeat),
        cmocka_unit_test(test_retry_after), cmocka_unit_test(test_patience),
        cmocka_unit_test(test_idempotent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
