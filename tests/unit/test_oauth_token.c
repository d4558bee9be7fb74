#include "test_support.h"

#include "base_url.h"
#include "oauth_form.h"
#include "oauth_token.h"

static int start(void **state)
{
    (void)state;
    return crypt_start(NULL) == BASE_OK ? 0 : -1;
}

static struct crypt_secret *secret(const char *text)
{
    struct crypt_secret *s = crypt_secret_from(text, strlen(text));
    assert_non_null(s);
    return s;
}

/* ---------------------------------------------------------------- bodies */

/* The value of `name` in a form body; fails the test unless it is there exactly once. */
static void check_field(const struct base_buf *body, const char *name, const char *want)
{
    struct base_buf n, v;
    base_buf_init(&n, 1000);
    base_buf_init(&v, 1000);
    struct base_span rest = base_buf_span(body);
    enum base_status status;
    unsigned times = 0;
    while (oauth_form_next(&rest, &n, &v, &status)) {
        if (strcmp(base_buf_str(&n), name) != 0)
            continue;
        times++;
        assert_non_null(want);
        assert_string_equal(base_buf_str(&v), want);
    }
    assert_int_equal(status, BASE_OK);
    assert_int_equal(times, want != NULL);
    base_buf_free(&n);
    base_buf_free(&v);
}

static void test_code_body(void **state)
{
    (void)state;
    struct crypt_secret *client_secret = secret("a+b&c=%d e");
    struct oauth_client client = {"id", client_secret};
    struct base_buf body;
    base_buf_init_sensitive(&body, 10000);
    oauth_token_code_body(&body, &client, BASE_SPAN("na1-code"), "http://localhost:8976/callback",
                          BASE_SPAN("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    check_field(&body, "grant_type", "authorization_code");
    check_field(&body, "code", "na1-code");
    check_field(&body, "redirect_uri", "http://localhost:8976/callback");
    check_field(&body, "code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    check_field(&body, "client_id", "id");
    check_field(&body, "client_secret", "a+b&c=%d e"); /* C3 */

    base_buf_reset(&body);
    client.client_secret = NULL;
    oauth_token_code_body(&body, &client, BASE_SPAN("c"), "https://a.example/", BASE_SPAN_NONE);
    check_field(&body, "client_secret", NULL);
    check_field(&body, "code_verifier", NULL);
    base_buf_free(&body);
    crypt_secret_free(client_secret);
}

/* A7: a refresh has no redirect_uri. C3: all of printable ASCII arrives. */
static void test_refresh_body(void **state)
{
    (void)state;
    char all[0x7f - 0x20 + 1] = "";
    for (char c = 0x20; c < 0x7f; c++)
        all[c - 0x20] = c;
    struct crypt_secret *client_secret = secret(all), *refresh = secret(all);
    struct oauth_client client = {"id", client_secret};
    struct base_buf body;
    base_buf_init_sensitive(&body, 10000);
    oauth_token_refresh_body(&body, &client, refresh);
    check_field(&body, "grant_type", "refresh_token");
    check_field(&body, "refresh_token", all);
    check_field(&body, "client_id", "id");
    check_field(&body, "client_secret", all);
    check_field(&body, "redirect_uri", NULL);
    check_field(&body, "scope", NULL);
    base_buf_free(&body);
    crypt_secret_free(client_secret);
    crypt_secret_free(refresh);
}

/* RFC 6749 section 4.4.2. */
static void test_client_body(void **state)
{
    (void)state;
    struct crypt_secret *client_secret = secret("s&=");
    struct oauth_client client = {"id", client_secret};
    struct base_buf body;
    base_buf_init_sensitive(&body, 10000);
    oauth_token_client_body(&body, &client, "developer.a developer.b");
    check_field(&body, "grant_type", "client_credentials");
    check_field(&body, "scope", "developer.a developer.b");
    check_field(&body, "client_id", "id");
    check_field(&body, "client_secret", "s&=");
    check_field(&body, "refresh_token", NULL);
    base_buf_free(&body);
    crypt_secret_free(client_secret);
}

/* RFC 7009 section 2.1, RFC 7662 section 2.1. */
static void test_hint_body(void **state)
{
    (void)state;
    struct crypt_secret *client_secret = secret("s"), *token = secret("na1-token");
    struct oauth_client client = {"id", client_secret};
    struct base_buf body;
    base_buf_init_sensitive(&body, 10000);
    oauth_token_hint_body(&body, &client, token, "refresh_token");
    check_field(&body, "token", "na1-token");
    check_field(&body, "token_type_hint", "refresh_token");
    check_field(&body, "client_id", "id");
    check_field(&body, "client_secret", "s");
    base_buf_free(&body);
    crypt_secret_free(client_secret);
    crypt_secret_free(token);
}

/* ---------------------------------------------------------------- answers */

static void check_secret(const struct crypt_secret *got, const char *want)
{
    if (want == NULL) {
        assert_null(got);
        return;
    }
    assert_non_null(got);
    assert_span(crypt_secret_span(got), want);
}

static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *body, *access, *refresh;
        int64_t expires_in;
        const char *scope;
    } cases[] = {
        /* RFC 6749 section 5.1 */
        {"{\n \"access_token\":\"2YotnFZFEjr1zCsicMWpAA\",\n \"token_type\":\"example\",\n"
         " \"expires_in\":3600,\n \"refresh_token\":\"tGzv3JOkF0XG5Qx2TlKWIA\",\n"
         " \"example_parameter\":\"example_value\"\n}",
         NULL, NULL, 0, NULL}, /* its token_type is not ours */
        {"{\"access_token\":\"2YotnFZFEjr1zCsicMWpAA\",\"token_type\":\"Bearer\",\"expires_in\":"
         "3600,"
         "\"refresh_token\":\"tGzv3JOkF0XG5Qx2TlKWIA\",\"example_parameter\":\"example_value\"}",
         "2YotnFZFEjr1zCsicMWpAA", "tGzv3JOkF0XG5Qx2TlKWIA", 3600, NULL},
        /* HubSpot */
        {"{\"token_type\":\"bearer\",\"refresh_token\":\"na1-r\",\"access_token\":\"CIrToaii_-=\","
         "\"hub_id\":1,\"scopes\":[\"oauth\"],\"expires_in\":1800,\"token_use\":\"access_token\"}",
         "CIrToaii_-=", "na1-r", 1800, NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"BEARER\"}", "a", NULL, -1, NULL}, /* C5 */
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"expires_in\":\"1800\"}", "a", NULL,
         1800, NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"expires_in\":1800.9}", "a", NULL,
         1800, NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"expires_in\":0}", "a", NULL, 0, NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"expires_in\":null}", "a", NULL, -1,
         NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"refresh_token\":\"\"}", "a", NULL, -1,
         NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"refresh_token\":null}", "a", NULL, -1,
         NULL},
        {"{\"access_token\":\"\\u0061\\/b\",\"token_type\":\"bearer\",\"scope\":\"x y\"}", "a/b",
         NULL, -1, "x y"},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"scope\":[\"x\"]}", "a", NULL, -1,
         NULL},
        /* B10: what people are shown drives no terminal */
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"scope\":\"x \\u001b]0;y\\u0007  "
         "z\\u009b2J \\u0000 w\"}",
         "a", NULL, -1, "x w"},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"scope\":\"\\u001b[2J\"}", "a", NULL,
         -1, ""},
        /* not an answer */
        {"", NULL, NULL, 0, NULL},
        {"null", NULL, NULL, 0, NULL},
        {"[]", NULL, NULL, 0, NULL},
        {"{}", NULL, NULL, 0, NULL},
        {"<html>", NULL, NULL, 0, NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\"", NULL, NULL, 0, NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\"}x", NULL, NULL, 0, NULL},
        {"{\"access_token\":\"a\"}", NULL, NULL, 0, NULL},
        {"{\"token_type\":\"bearer\"}", NULL, NULL, 0, NULL},
        {"{\"access_token\":\"\",\"token_type\":\"bearer\"}", NULL, NULL, 0, NULL},
        {"{\"access_token\":null,\"token_type\":\"bearer\"}", NULL, NULL, 0, NULL},
        {"{\"access_token\":5,\"token_type\":\"bearer\"}", NULL, NULL, 0, NULL},
        {"{\"access_token\":\"a b\",\"token_type\":\"bearer\"}", NULL, NULL, 0, NULL},
        {"{\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"bearer\"}", NULL, NULL, 0, NULL},
        {"{\"access_token\":\"a\\u0000\",\"token_type\":\"bearer\"}", NULL, NULL, 0, NULL},
        {"{\"access_token\":\"\xc3\xa4\",\"token_type\":\"bearer\"}", NULL, NULL, 0, NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"mac\"}", NULL, NULL, 0, NULL},
        {"{\"access_token\":\"a\",\"token_type\":7}", NULL, NULL, 0, NULL},
        {"{\"access_token\":\"a\",\"access_token\":\"b\",\"token_type\":\"bearer\"}", NULL, NULL, 0,
         NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"refresh_token\":5}", NULL, NULL, 0,
         NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"refresh_token\":\"a\\n\"}", NULL,
         NULL, 0, NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"expires_in\":-1}", NULL, NULL, 0,
         NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"expires_in\":\"soon\"}", NULL, NULL,
         0, NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"expires_in\":\"1800.x\"}", NULL, NULL,
         0, NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"expires_in\":true}", NULL, NULL, 0,
         NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"expires_in\":99999999999}", NULL,
         NULL, 0, NULL},
        {"{\"access_token\":\"a\",\"token_type\":\"bearer\",\"expires_in\":1e3}", NULL, NULL, 0,
         NULL},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) { /* C4 */
        struct base_error err = BASE_ERROR_NONE;
        struct oauth_tokens t = {0};
        enum base_status status = oauth_tokens_parse(base_span_of(cases[i].body), &t, &err);
        if ((status == BASE_OK) != (cases[i].access != NULL))
            print_error("%s\n", cases[i].body);
        assert_int_equal(status, cases[i].access != NULL ? BASE_OK : BASE_INVALID);
        assert_int_equal(err.status, status);
        check_secret(t.access_token, cases[i].access);
        check_secret(t.refresh_token, cases[i].refresh);
        assert_int_equal(t.expires_in, cases[i].expires_in);
        if (cases[i].scope != NULL)
            assert_string_equal(t.scope, cases[i].scope);
        else
            assert_null(t.scope);
        oauth_tokens_free(&t);
    }
}

/* Tokens of any length that could be one: HubSpot's fluctuate around 512 bytes. */
static void test_long_tokens(void **state)
{
    (void)state;
    struct base_buf body;
    base_buf_init(&body, OAUTH_TOKEN_MAX_BODY + 10);
    for (size_t n = 1; n <= OAUTH_TOKEN_MAX_BYTES + 1; n = n < 10 ? n + 1 : n * 2 + (n == 65530)) {
        base_buf_reset(&body);
        base_buf_add_str(&body, "{\"token_type\":\"bearer\",\"access_token\":\"");
        for (size_t i = 0; i < n; i++)
            base_buf_add_char(&body, 'A');
        base_buf_add_str(&body, "\"}");
        struct oauth_tokens t = {0};
        assert_int_equal(oauth_tokens_parse(base_buf_span(&body), &t, NULL), BASE_OK);
        assert_int_equal(crypt_secret_length(t.access_token), n);
        oauth_tokens_free(&t);
    }
    base_buf_reset(&body);
    base_buf_add_str(&body, "{\"token_type\":\"bearer\",\"access_token\":\"");
    for (size_t i = 0; i < OAUTH_TOKEN_MAX_BYTES + 1; i++)
        base_buf_add_char(&body, 'A');
    base_buf_add_str(&body, "\"}");
    struct oauth_tokens t = {0};
    assert_int_equal(oauth_tokens_parse(base_buf_span(&body), &t, NULL), BASE_INVALID);
    while (body.n <= OAUTH_TOKEN_MAX_BODY)
        base_buf_add_char(&body, ' ');
    assert_int_equal(oauth_tokens_parse(base_buf_span(&body), &t, NULL), BASE_LIMIT);
    base_buf_free(&body);
}

/* G13: what goes wrong is said without the body's words. */
static void test_error_is_silent(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"access_token\":\"CANARY\",\"token_type\":\"CANARY\"}",
        "{\"access_token\":\"CANARY \",\"token_type\":\"bearer\"}",
        "{\"access_token\":\"CANARY\",\"token_type\":\"bearer\",\"expires_in\":\"CANARY\"}",
        "{\"access_token\":\"CANARY\",\"token_type\":\"bearer\",\"refresh_token\":\"CANARY\\n\"}",
        "{\"access_token\":\"CANARY\", CANARY",
    };
    for (size_t i = 0; i < TEST_COUNT(bodies); i++) {
        struct base_error err = BASE_ERROR_NONE;
        struct oauth_tokens t;
        assert_status(oauth_tokens_parse(base_span_of(bodies[i]), &t, &err), BASE_INVALID, &err);
        assert_null(strstr(err.doing, "CANARY"));
        assert_null(strstr(err.why, "CANARY"));
        assert_null(strstr(err.lower, "CANARY"));
        assert_null(strstr(err.hint, "CANARY"));
    }
}

static enum base_status step_parse(void *arg)
{
    (void)arg;
    struct oauth_tokens t;
    enum base_status status =
        oauth_tokens_parse(BASE_SPAN("{\"access_token\":\"a\",\"token_type\":\"bearer\",\"refresh_"
                                     "token\":\"r\",\"scope\":\"s\"}"),
                           &t, NULL);
    if (status == BASE_OK)
        oauth_tokens_free(&t);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_in_range(test_each_allocation_fails(step_parse, NULL), 1, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_body),       cmocka_unit_test(test_refresh_body),
        cmocka_unit_test(test_hint_body),       cmocka_unit_test(test_client_body),
        cmocka_unit_test(test_answers),         cmocka_unit_test(test_long_tokens),
        cmocka_unit_test(test_error_is_silent), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
