/* What a token endpoint's answer to a bogus code proves about an app. */
#include "base_time.h"
#include "bed.h"
#include "broker_check.h"
#include "broker_int.h"

struct outcome {
    unsigned calls;
    enum base_status status;
    enum broker_check_verdict verdict;
    struct base_error err;
    char version[16], url[128], code[64], correlation[64], message[512];
    int http_status;
    bool has_secret, has_clock;
    int64_t ahead, slack;
};

static void on_check(void *arg, enum base_status status, const struct broker_check_result *r,
                     const struct base_error *err)
{
    struct outcome *o = arg;

    o->calls++;
    o->status = status;
    assert_true(status ? err && err->status == status && err->why[0] : !err);
    o->err = err ? *err : BASE_ERROR_NONE;
    o->verdict = r->verdict;
    o->http_status = r->http_status;
    o->has_secret = r->has_secret;
    o->has_clock = r->has_clock;
    o->ahead = r->clock_ahead_ms;
    o->slack = r->clock_slack_ms;
    assert_string_equal(r->app, "crm");
    snprintf(o->version, sizeof(o->version), "%s", r->api_version);
    snprintf(o->url, sizeof(o->url), "%s", r->token_url);
    snprintf(o->code, sizeof(o->code), "%s", r->code);
    snprintf(o->correlation, sizeof(o->correlation), "%s", r->correlation);
    snprintf(o->message, sizeof(o->message), "%s", r->message);
}

static struct outcome check_with(struct bed *b, const char *version, const struct fake_exchange *x)
{
    struct outcome o = {0};
    struct base_error err = BASE_ERROR_NONE;
    struct broker_check *c;

    fake_http_expect(b->http, x);
    if (version)
        assert_ok(broker_check_version(b->broker, "crm", version, on_check, &o, &c, &err), &err);
    else
        assert_ok(broker_check_app(b->broker, "crm", on_check, &o, &c, &err), &err);
    assert_int_equal(o.calls, 0); /* never from inside */
    bed_run(b);
    assert_int_equal(o.calls, 1);
    return o;
}

static struct outcome check(struct bed *b, int status, const char *answer)
{
    const struct fake_exchange x = {.status = status, .answer = answer};

    return check_with(b, NULL, &x);
}

static void request_is_a_login_s_with_a_code_that_is_none(void **state)
{
    const struct fake_exchange x = {
        .method = "POST",
        .url = BED_API BED_TOKEN_PATH,
        .body = "grant_type=authorization_code code=hubauth-app-check client_id=id-1 "
                "client_secret=secret-1 redirect_uri=http%3A%2F%2Flocalhost%3A8976%2Fcallback "
                "code_verifier=hubauth-app-check",
        .bearer = "",
        .status = 400,
        .answer = "{\"status\":\"BAD_AUTH_CODE\",\"message\":\"missing or unknown auth code\","
                  "\"correlationId\":\"c-1\",\"error\":\"invalid_grant\"}"};
    struct outcome o;
    struct bed b;

    (void)state;
    bed_make(&b);
    o = check_with(&b, NULL, &x);
    assert_int_equal(o.status, BASE_OK);
    assert_int_equal(o.verdict, BROKER_CHECK_RIGHT);
    assert_string_equal(o.version, "2026-03");
    assert_string_equal(o.url, BED_API BED_TOKEN_PATH);
    assert_string_equal(o.code, "BAD_AUTH_CODE");
    assert_string_equal(o.correlation, "c-1");
    assert_string_equal(o.message, "missing or unknown auth code");
    assert_int_equal(o.http_status, 400);
    assert_true(o.has_secret);
    assert_int_equal(b.store->puts, 0); /* nothing stored changes */
    bed_free(&b);
}

static void answers_are_told_apart(void **state)
{
    static const struct {
        int status;
        const char *answer;
        enum broker_check_verdict verdict;
        enum base_status as;
    } cases[] = {
        /* HubSpot's words, with either pairing of `error` */
        {400, "{\"status\":\"BAD_AUTH_CODE\",\"error\":\"invalid_request\"}", BROKER_CHECK_RIGHT,
         BASE_OK},
        {400, "{\"status\":\"EXPIRED_AUTH_CODE\"}", BROKER_CHECK_RIGHT, BASE_OK},
        {400, "{\"status\":\"MISMATCH_REDIRECT_URI_AUTH_CODE\"}", BROKER_CHECK_RIGHT, BASE_OK},
        {400, "{\"status\":\"BAD_CODE_VERIFIER\"}", BROKER_CHECK_RIGHT, BASE_OK},
        {400, "{\"status\":\"BAD_CLIENT_ID\",\"error\":\"invalid_client\"}", BROKER_CHECK_BAD_ID,
         BASE_USAGE},
        {400, "{\"status\":\"BAD_CLIENT_SECRET\"}", BROKER_CHECK_BAD_SECRET, BASE_USAGE},
        {400, "{\"status\":\"BAD_REDIRECT_URI\"}", BROKER_CHECK_BAD_REDIRECT, BASE_USAGE},
        /* RFC 6749 section 5.2 */
        {400, "{\"error\":\"invalid_grant\"}", BROKER_CHECK_RIGHT, BASE_OK},
        {401, "{\"error\":\"invalid_client\"}", BROKER_CHECK_BAD_CLIENT, BASE_USAGE},
        /* nothing there */
        {404, "{\"status\":\"error\"}", BROKER_CHECK_NO_ENDPOINT, BASE_USAGE},
        {404, "<html>Not found</html>", BROKER_CHECK_NO_ENDPOINT, BASE_USAGE},
        {405, "", BROKER_CHECK_NO_ENDPOINT, BASE_USAGE},
        {410, "{\"status\":\"BAD_AUTH_CODE\"}", BROKER_CHECK_NO_ENDPOINT, BASE_USAGE},
        /* trouble on the way: whatever words stand in it */
        {429, "{\"status\":\"BAD_CLIENT_SECRET\"}", BROKER_CHECK_UNREACHABLE, BASE_UNAVAILABLE},
        {502, "{\"status\":\"BAD_AUTH_CODE\"}", BROKER_CHECK_UNREACHABLE, BASE_UNAVAILABLE},
        {400, "<html>proxy</html>", BROKER_CHECK_UNREACHABLE, BASE_UNAVAILABLE},
        /* what proves nothing */
        {400, "{\"status\":\"BAD_GRANT_TYPE\"}", BROKER_CHECK_INCONCLUSIVE, BASE_FAILED},
        {400, "{\"error\":\"invalid_request\"}", BROKER_CHECK_INCONCLUSIVE, BASE_FAILED},
        {400, "{\"status\":\"BAD_REFRESH_TOKEN\"}", BROKER_CHECK_INCONCLUSIVE, BASE_FAILED},
        {400, "{}", BROKER_CHECK_INCONCLUSIVE, BASE_FAILED},
        {302, "", BROKER_CHECK_UNREACHABLE, BASE_UNAVAILABLE},
        {200, "{\"access_token\":\"x\",\"token_type\":\"bearer\"}", BROKER_CHECK_INCONCLUSIVE,
         BASE_FAILED},
    };
    struct bed b;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct outcome o = check(&b, cases[i].status, cases[i].answer);

        if (o.verdict != cases[i].verdict)
            print_error("%d %s: %s\n", cases[i].status, cases[i].answer,
                        broker_check_word(o.verdict));
        assert_int_equal(o.verdict, cases[i].verdict);
        assert_status(o.status, cases[i].as, &o.err);
        assert_int_equal(o.http_status, cases[i].status);
    }
    bed_free(&b);
}

static void no_answer_is_network_trouble(void **state)
{
    const struct fake_exchange lost[] = {
        {.outcome = FAKE_NOT_SENT},
        {.outcome = FAKE_MAYBE_ACTED},
        {.outcome = FAKE_MAYBE_ACTED, .lost_as = BASE_LIMIT},
        {.outcome = FAKE_MAYBE_ACTED, .lost_as = BASE_INVALID},
    };
    struct bed b;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(lost); i++) {
        struct outcome o = check_with(&b, NULL, &lost[i]);

        assert_int_equal(o.status, BASE_UNAVAILABLE);
        assert_int_equal(o.verdict, BROKER_CHECK_UNREACHABLE);
        assert_int_equal(o.http_status, 0);
        assert_false(o.has_clock);
        assert_string_equal(o.code, "");
    }
    bed_free(&b);
}

static void date_tells_how_the_clocks_differ(void **state)
{
    char date[64], http[32];
    struct fake_exchange x = {.status = 400, .answer = "{\"status\":\"BAD_AUTH_CODE\"}"};
    struct outcome o;
    struct bed b;

    (void)state;
    bed_make(&b);
    /* The server's second begins when our clock shows 400 s more; the answer takes 200 ms. */
    snprintf(date, sizeof(date), "date: %s\n", base_time_http(http, fake_time_wall() - 400000));
    x.headers = date;
    x.delay_ms = 200;
    o = check_with(&b, NULL, &x);
    assert_true(o.has_clock);
    assert_in_range(o.slack, 500, 700);
    assert_in_range(o.ahead, 400000 - o.slack, 400000 + o.slack);
    x.headers = "Date: yesterday\n";
    assert_false(check_with(&b, NULL, &x).has_clock);
    bed_free(&b);
}

static void other_version_is_asked_and_not_stored(void **state)
{
    const struct fake_exchange x = {.url = BED_API "/oauth/2026-09/token",
                                    .status = 400,
                                    .answer = "{\"status\":\"BAD_AUTH_CODE\"}"};
    struct base_error err = BASE_ERROR_NONE;
    struct broker_app app;
    struct broker_check *c;
    struct outcome o = {0};
    struct bed b;

    (void)state;
    bed_make(&b);
    o = check_with(&b, "2026-09", &x);
    assert_int_equal(o.verdict, BROKER_CHECK_RIGHT);
    assert_string_equal(o.version, "2026-09");
    assert_ok(broker_app_get(b.broker, "crm", &app, &err), &err);
    assert_string_equal(app.api_version, "2026-03");
    broker_app_free(&app);
    assert_int_equal(broker_check_version(b.broker, "crm", "2025-03", on_check, &o, &c, &err),
                     BASE_USAGE);
    assert_int_equal(broker_check_app(b.broker, "other", on_check, &o, &c, &err), BASE_USAGE);
    bed_free(&b);
}

static void other_servers_have_no_version(void **state)
{
    const struct fake_exchange x = {.url = "https://id.example.com/token",
                                    .body = "client_id=id-1",
                                    .status = 400,
                                    .answer = "{\"error\":\"invalid_grant\"}"};
    struct base_error err = BASE_ERROR_NONE;
    struct broker_app app;
    struct broker_check *c;
    struct outcome o;
    struct bed b;

    (void)state;
    bed_make(&b);
    assert_ok(broker_app_remove(b.broker, "crm", &err), &err);
    app = bed_app("crm");
    app.authorize_url = (char *)(uintptr_t) "https://id.example.com/auth";
    app.token_url = (char *)(uintptr_t) "https://id.example.com/token";
    assert_ok(broker_app_add(b.broker, &app, &err), &err); /* without a secret */
    o = check_with(&b, NULL, &x);
    assert_int_equal(o.verdict, BROKER_CHECK_RIGHT);
    assert_string_equal(o.version, "");
    assert_false(o.has_secret);
    assert_null(strstr(fake_http_request(b.http, 0)->body, "client_secret"));
    assert_int_equal(broker_check_version(b.broker, "crm", "2026-09", on_check, &o, &c, &err),
                     BASE_USAGE);
    bed_free(&b);
}

/* E6: a server that echoes the form does not bring the secret into our words. */
static void echoed_secret_is_not_repeated(void **state)
{
    struct outcome o;
    struct bed b;

    (void)state;
    bed_make(&b);
    o = check(&b, 400, "{\"status\":\"BAD_CLIENT_SECRET\",\"message\":\"secret-1 is wrong\"}");
    assert_null(strstr(o.message, "secret-1"));
    assert_non_null(strstr(o.message, "[redacte"));
    assert_null(strstr(o.err.lower, "secret-1"));
    bed_free(&b);
}

static void cancelled_it_calls_nothing(void **state)
{
    const struct fake_exchange x = {.delay_ms = 1000};
    struct base_error err = BASE_ERROR_NONE;
    struct outcome o = {0};
    struct broker_check *c;
    struct bed b;

    (void)state;
    bed_make(&b);
    fake_http_expect(b.http, &x);
    assert_ok(broker_check_app(b.broker, "crm", on_check, &o, &c, &err), &err);
    broker_check_cancel(c);
    broker_check_cancel(NULL);
    fake_http_forget(b.http);
    bed_run(&b);
    assert_int_equal(o.calls, 0);
    bed_free(&b);
}

static void short_memory_is_said(void **state)
{
    unsigned failures = 0;
    bool refused = true;
    struct bed b;

    (void)state;
    bed_make(&b);
    for (long n = 0; refused; n++) {
        const struct fake_exchange x = {.status = 400, .answer = "{\"status\":\"BAD_AUTH_CODE\"}"};
        struct base_error err = BASE_ERROR_NONE;
        struct outcome o = {0};
        struct broker_check *c;
        enum base_status status;

        fake_http_forget(b.http);
        fake_http_expect(b.http, &x);
        base_mem_fail_after(n);
        status = broker_check_app(b.broker, "crm", on_check, &o, &c, &err);
        if (!status)
            bed_run(&b);
        refused = base_mem_count() > n;
        base_mem_fail_after(-1);
        assert_int_equal(o.calls, status ? 0 : 1);
        failures += status == BASE_NO_MEMORY;
    }
    assert_true(failures > 5);
    fake_http_forget(b.http);
    bed_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_is_a_login_s_with_a_code_that_is_none),
        cmocka_unit_test(answers_are_told_apart),
        cmocka_unit_test(no_answer_is_network_trouble),
        cmocka_unit_test(date_tells_how_the_clocks_differ),
        cmocka_unit_test(other_version_is_asked_and_not_stored),
        cmocka_unit_test(other_servers_have_no_version),
        cmocka_unit_test(echoed_secret_is_not_repeated),
        cmocka_unit_test(cancelled_it_calls_nothing),
        cmocka_unit_test(short_memory_is_said),
    };
    return cmocka_run_group_tests_name("broker_check", tests, NULL, NULL);
}
