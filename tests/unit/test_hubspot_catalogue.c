#include "test_support.h"

#include "base_buf.h"
#include "base_text.h"
#include "hubspot_catalogue.h"
#include "hubspot_endpoint.h"

#define EACH(e)                                                                                    \
    const struct hubspot_catalogue_entry *e;                                                       \
    for (size_t e##_i = 0; (e = hubspot_catalogue_at(e##_i)) != NULL; e##_i++)

/* Everything that HubSpot is known to answer is here. */
static void test_all_known(void **state)
{
    (void)state;
    static const char *const token[] = {
        "BAD_AUTH_CODE", "EXPIRED_AUTH_CODE", "MISMATCH_REDIRECT_URI_AUTH_CODE", "BAD_REDIRECT_URI",
        "BAD_REFRESH_TOKEN", "BAD_CLIENT_ID", "BAD_CLIENT_SECRET", "BAD_GRANT_TYPE", "BAD_HUB",
        "BAD_CODE_VERIFIER", "BAD_SCOPES", "USER_LEVEL_CLIENT_CREDENTIALS_NOT_SUPPORTED",
        /* RFC 6749 section 5.2 */
        "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
        "unsupported_grant_type", "invalid_scope"};
    static const char *const redirect[] = {/* RFC 6749 section 4.1.2.1 */
                                           "invalid_request",        "unauthorized_client",
                                           "access_denied",          "unsupported_response_type",
                                           "invalid_scope",          "server_error",
                                           "temporarily_unavailable"};
    static const char *const api[] = {
        "VALIDATION_ERROR",       "OBJECT_NOT_FOUND", "CONFLICT",
        "CONTACT_EXISTS",         "MISSING_SCOPES",   "EXPIRED_AUTHENTICATION",
        "INVALID_AUTHENTICATION", "RATE_LIMITS",      "RATE_LIMIT",
        "TEN_SECONDLY_ROLLING",   "SECONDLY",         "DAILY",
        "PROPERTY_DOESNT_EXIST",  "INVALID_EMAIL",    "READ_ONLY_VALUE",
        "INVALID_OPTION",         "INVALID_INTEGER",  "INVALID_LONG",
        "LimitExceededException"};
    static const int http[] = {207, 400, 401, 402, 403, 404, 405, 408, 409, 410, 414, 415, 423,
                               429, 477, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526};
    for (size_t i = 0; i < TEST_COUNT(token); i++)
        assert_non_null(hubspot_catalogue_word(token[i], HUBSPOT_AT_TOKEN));
    for (size_t i = 0; i < TEST_COUNT(redirect); i++)
        assert_non_null(hubspot_catalogue_word(redirect[i], HUBSPOT_AT_REDIRECT));
    for (size_t i = 0; i < TEST_COUNT(api); i++)
        assert_non_null(hubspot_catalogue_word(api[i], HUBSPOT_AT_API));
    for (size_t i = 0; i < TEST_COUNT(http); i++) {
        const struct hubspot_catalogue_entry *e = hubspot_catalogue_http(http[i]);
        assert_non_null(e);
        assert_int_equal(e->http_status, http[i]);
    }
    for (enum base_status s = BASE_OK; s <= BASE_NO_MEMORY; s++) {
        char code[16];
        base_text_format(code, sizeof(code), "EXIT_%d", base_status_exit_code(s));
        assert_non_null(hubspot_catalogue_word(code, HUBSPOT_AT_EXIT));
    }
}

static void test_classes_of_status(void **state)
{
    (void)state;
    assert_string_equal(hubspot_catalogue_http(302)->code, "HTTP_3XX");
    assert_string_equal(hubspot_catalogue_http(308)->code, "HTTP_3XX");
    assert_string_equal(hubspot_catalogue_http(507)->code, "HTTP_5XX");
    assert_string_equal(hubspot_catalogue_http(599)->code, "HTTP_5XX");
    assert_null(hubspot_catalogue_http(0));
    assert_null(hubspot_catalogue_http(200));
    assert_null(hubspot_catalogue_http(418));
    assert_null(hubspot_catalogue_http(600));
    assert_null(hubspot_catalogue_http(-1));
}

/* T3: three words kill a grant, letter for letter, and nothing that was added since. */
static void test_what_kills(void **state)
{
    (void)state;
    static const char *const deadly[] = {"BAD_REFRESH_TOKEN", "BAD_HUB", "invalid_grant"};
    size_t dead = 0;
    EACH(e)
    {
        if (e->verdict != HUBSPOT_GRANT_DEAD)
            continue;
        dead++;
        bool is_listed = false;
        for (size_t i = 0; i < TEST_COUNT(deadly); i++)
            is_listed |= strcmp(e->code, deadly[i]) == 0;
        assert_true(is_listed);
        assert_null(e->aliases);
        assert_int_equal(e->places, HUBSPOT_AT_TOKEN);
    }
    assert_int_equal(dead, TEST_COUNT(deadly));
    assert_null(hubspot_catalogue_word("INVALID_GRANT", ~0u));
    assert_null(hubspot_catalogue_word("bad_refresh_token", ~0u));
    assert_null(hubspot_catalogue_word("BAD_REFRESH_TOKEN", HUBSPOT_AT_API));
    assert_null(hubspot_catalogue_word("EXPIRED_AUTHENTICATION", HUBSPOT_AT_TOKEN));
    assert_null(hubspot_catalogue_word("", ~0u));
}

/* A code or alias leads to one entry, also as people type it. */
static void test_unique(void **state)
{
    (void)state;
    EACH(e)
    {
        struct base_span rest = base_span_of(e->aliases);
        struct base_span word = base_span_of(e->code);
        for (; word.n > 0; word = base_span_cut(&rest, '|')) {
            struct base_buf plain;
            base_buf_init(&plain, 100);
            hubspot_catalogue_plain(word, &plain);
            assert_true(plain.n > 0);
            size_t meant = 0;
            EACH(other)
            {
                meant += hubspot_catalogue_is(other, base_buf_span(&plain));
            }
            if (meant != 1)
                print_error("%.*s: %zu entries\n", BASE_SPAN_ARG(word), meant);
            assert_int_equal(meant, 1);
            base_buf_free(&plain);
        }
    }
}

static bool is_clause(const char *text, size_t room)
{
    size_t n = strlen(text);
    return n > 0 && n < room && text[n - 1] != '.' && text[n - 1] != ' ' && text[0] != ' ';
}

static bool is_sentence(const char *text)
{
    return text != NULL && text[0] != '\0' && text[strlen(text) - 1] == '.' &&
           base_text_utf8_valid(base_span_of(text)) && strstr(text, "  ") == NULL;
}

/* Each is complete: short text, meaning, causes, what settles them, cure, source; and the short
 * texts fit into an error. */
static void test_complete(void **state)
{
    (void)state;
    struct base_error *err = NULL;
    unsigned last_place = 0;
    EACH(e)
    {
        bool complete = is_clause(e->why, sizeof(err->why)) &&
                        (e->hint[0] == '\0' || is_clause(e->hint, sizeof(err->hint))) &&
                        is_sentence(e->meaning) && e->cure != NULL && e->cure[0] != '\0' &&
                        e->source[0] != '\0' && e->settles[0].command != NULL &&
                        strlen(e->code) < sizeof(err->code) && e->places != 0;
        complete &= e->causes[0] != NULL || strcmp(e->code, "EXIT_0") == 0;
        for (size_t i = 0; i < HUBSPOT_CAUSES && e->causes[i] != NULL; i++)
            complete &= is_clause(e->causes[i], 200);
        for (size_t i = 0; i < HUBSPOT_SETTLES && e->settles[i].command != NULL; i++)
            complete &= base_span_starts(base_span_of(e->settles[i].command), "hubauth ") &&
                        e->settles[i].says != NULL && is_clause(e->settles[i].says, 200);
        if (!complete)
            print_error("%s is not complete\n", e->code);
        assert_true(complete);
        /* They stand in the order of their places, so that lists have one part for each. */
        unsigned place = e->places & -e->places;
        assert_true(place >= last_place);
        last_place = place;
    }
}

/* Texts are kept as they are compared. */
static void test_texts_are_plain(void **state)
{
    (void)state;
    EACH(e)
    {
        struct base_span rest = base_span_of(e->texts);
        while (rest.n > 0) {
            struct base_span text = base_span_cut(&rest, '|');
            struct base_buf plain;
            base_buf_init(&plain, 1000);
            hubspot_catalogue_plain(text, &plain);
            if (!base_span_eq(base_buf_span(&plain), text))
                print_error("%s: \"%.*s\"\n", e->code, BASE_SPAN_ARG(text));
            assert_true(base_span_eq(base_buf_span(&plain), text));
            assert_true(text.n >= 8); /* shorter ones would turn up anywhere */
            base_buf_free(&plain);
        }
    }
}

static void test_plain(void **state)
{
    (void)state;
    static const struct {
        const char *text, *plain;
    } cases[] = {
        {"", ""},
        {"BAD_AUTH-CODE", "bad auth code"},
        {"  \"Couldn't complete, the connection.\"\n", "couldnt complete the connection"},
        {"account doesn\xe2\x80\x99t have", "account doesnt have"},
        {"a\xe2\x80\x94"
         "b\xc3\xa4"
         "c",
         "a b c"},
        {"\xe2\x80", ""},
        {"10,000", "10 000"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_buf plain;
        base_buf_init(&plain, 1000);
        hubspot_catalogue_plain(base_span_of(cases[i].text), &plain);
        assert_string_equal(base_buf_str(&plain), cases[i].plain);
        base_buf_free(&plain);
    }
}

/* An error leads back to its entry: by the short text with or without an end, by its code, by the
 * words of http_curl.c, by the HTTP status. */
static void test_of_error(void **state)
{
    (void)state;
    EACH(e)
    {
        struct base_error err = BASE_ERROR_NONE;
        if (e->places == HUBSPOT_AT_EXIT)
            continue;
        base_fail(&err, BASE_FAILED, "x", "%s", e->why);
        assert_ptr_equal(hubspot_catalogue_of_error(&err), e);
        base_fail(&err, BASE_FAILED, "x", "%s: more", e->why);
        assert_ptr_equal(hubspot_catalogue_of_error(&err), e);
    }
    static const struct {
        const char *why, *code, *want;
        int http_status;
    } cases[] = {
        {"the name api.hubapi.com cannot be resolved", "", "NETWORK_DNS", 0},
        {"nothing takes connections at localhost:1", "", "NETWORK_REFUSED", 0},
        {"no connection with api.hubapi.com within 10 s", "", "NETWORK_TIMEOUT", 0},
        {"the certificate of localhost:1 has expired", "", "NETWORK_CERTIFICATE", 0},
        {"the certificate of localhost:1 belongs to another name", "", "NETWORK_CERTIFICATE_NAME",
         0},
        {"no TLS connection with localhost:1 could be made", "", "NETWORK_TLS", 0},
        {"localhost:1 closed the connection without an answer", "", "NETWORK_CLOSED", 0},
        {"what localhost:1 answered is not HTTP", "", "NETWORK_NOT_HTTP", 0},
        {"the answer of localhost:1 is larger than its cap of 10 bytes", "",
         "NETWORK_ANSWER_TOO_LARGE", 0},
        {"the headers of the answer of localhost:1 are larger than 10 bytes or more than 5", "",
         "NETWORK_ANSWER_TOO_LARGE", 0},
        {"the answer of localhost:1 is compressed, and damaged or in a way that was not asked for",
         "", "NETWORK_ANSWER_DAMAGED", 0},
        {"HubSpot's answer ends before its JSON does", "", "NETWORK_ANSWER_DAMAGED", 0},
        {"HubSpot no longer accepts its grant", "BAD_HUB", "BAD_HUB", 0},
        {"HubSpot refused", "NEW_WORD", "HTTP_503", 503},
        {"HubSpot refused", "", "HTTP_429", 429},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_error err = BASE_ERROR_NONE;
        base_fail(&err, BASE_FAILED, "x", "%s", cases[i].why);
        base_text_copy(err.code, sizeof(err.code), base_span_of(cases[i].code));
        err.http_status = cases[i].http_status;
        const struct hubspot_catalogue_entry *found = hubspot_catalogue_of_error(&err);
        assert_non_null(found);
        assert_string_equal(found->code, cases[i].want);
    }
    struct base_error err = BASE_ERROR_NONE;
    base_fail(&err, BASE_USAGE, "reading the command line", "there is no command \"tokn\"");
    assert_null(hubspot_catalogue_of_error(&err));
    base_fail(&err, BASE_STORAGE, "x", "doneness of something"); /* EXIT_0's text is "done" */
    assert_null(hubspot_catalogue_of_error(&err));
}

/* The day on which v1 ends stands in one place of the code, and the texts agree with it. */
static void test_date_of_v1(void **state)
{
    (void)state;
    assert_non_null(
        strstr(hubspot_catalogue_word("OAUTH_V1_END", ~0u)->why, HUBSPOT_OAUTH_V1_ENDS));
    assert_non_null(strstr(hubspot_catalogue_http(410)->hint, HUBSPOT_OAUTH_V1_ENDS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_known),  cmocka_unit_test(test_classes_of_status),
        cmocka_unit_test(test_what_kills), cmocka_unit_test(test_unique),
        cmocka_unit_test(test_complete),   cmocka_unit_test(test_texts_are_plain),
        cmocka_unit_test(test_plain),      cmocka_unit_test(test_of_error),
        cmocka_unit_test(test_date_of_v1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
