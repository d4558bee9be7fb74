/* E6: what a server echoes of what it was sent does not stay in its refusal, in whatever text and
 * form it comes back, and where the text was cut. */
#include "test_support.h"

#include "base_buf.h"
#include "broker_redact.h"

#define SECRET "s3cret/with+odd=characters"
#define ENCODED "s3cret%2Fwith%2Bodd%3Dcharacters"
#define FORM "grant_type=refresh_token&client_secret=" ENCODED

static void refuse(const char *message, const char *code, const char *correlation,
                   struct hubspot_refusal *ret)
{
    struct base_buf body;

    base_buf_init(&body, 1u << 20);
    base_buf_printf(&body, "{\"message\":\"%s\",\"status\":\"%s\",\"correlationId\":\"%s\"}",
                    message, code, correlation);
    hubspot_refusal_of_token(400, base_buf_span(&body), BASE_SPAN_NONE, 0, ret);
    broker_redact_form(ret, BASE_SPAN(FORM));
    base_buf_free(&body);
}

static void whole_ones(void **state)
{
    struct hubspot_refusal r;

    (void)state;
    refuse("no " SECRET " and no " ENCODED " here", SECRET, ENCODED, &r);
    assert_string_equal(r.message, "no [redacted] and no [redacted] here");
    assert_string_equal(r.code, "[redacted]");
    assert_string_equal(r.correlation, "[redacted]");
}

/* At whatever place the text is cut, at most three characters of it are left. */
static void cut_ones(void **state)
{
    char message[1024], four[5] = "";
    struct hubspot_refusal r;

    (void)state;
    memcpy(four, SECRET, 4);
    for (size_t before = 400; before < 540; before++) {
        memset(message, '.', before);
        snprintf(message + before, sizeof(message) - before,
                 "%s and much more behind it, so that it "
                 "is cut in any case and whatever stands before it: ........................",
                 SECRET);
        refuse(message, "", "", &r);
        assert_null(strstr(r.message, four));
    }
}

static void short_texts_are_cut_too(void **state)
{
    struct hubspot_refusal r;

    (void)state;
    refuse("", "............................................ " SECRET,
           "............................................ " ENCODED, &r);
    assert_null(strstr(r.code, "s3cr"));
    assert_null(strstr(r.correlation, "s3cr"));
    assert_non_null(strstr(r.code, "…"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_ones),
        cmocka_unit_test(cut_ones),
        cmocka_unit_test(short_texts_are_cut_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
