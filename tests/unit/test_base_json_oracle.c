/* The scanner against jansson: thousands of documents made from a fixed seed, sound and damaged.
 * Both must agree on what is JSON and on what it says, but for the differences that json_judge.h
 * knows; the sound ones have none of them. fuzz_json_oracle.c asks the same of what it invents. */
#include "test_support.h"

#include "base_buf.h"
#include "json_judge.h"

enum { ORACLE_DOCUMENTS = 4000, ORACLE_DAMAGES = 6, ORACLE_LARGEST = 1 << 16 };

static uint64_t oracle_seed = 0x9E3779B97F4A7C15u;

/* xorshift64* (Vigna): the same sequence on every machine. */
static unsigned oracle_random(unsigned bound)
{
    oracle_seed ^= oracle_seed >> 12;
    oracle_seed ^= oracle_seed << 25;
    oracle_seed ^= oracle_seed >> 27;
    return (unsigned)((oracle_seed * 0x2545F4914F6CDD1Du) >> 33) % bound;
}

/* ---------------------------------------------------------------- the generator */

static void make_space(struct base_buf *out)
{
    static const char *const spaces[] = {"", "", "", "", " ", "\n", "\t", "\r\n  "};
    base_buf_add_str(out, spaces[oracle_random(8)]);
}

static void make_string(struct base_buf *out)
{
    static const char *const pieces[] = {
        "a",
        "Z",
        "hubspot",
        "0123456789",
        " ",
        "\xc3\xa9",
        "\xe2\x82\xac",
        "\xf0\x9f\x98\x80",
        "\\\"",
        "\\\\",
        "\\/",
        "\\n",
        "\\u0041",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\uFFFD",
        "\x7f",
        "/",
        "{",
        "]",
        ",",
        ":",
        "\\u007f",
        "\xed\x9f\xbf",
    };
    base_buf_add_char(out, '"');
    for (unsigned n = oracle_random(24); n > 0; n--)
        base_buf_add_str(out, pieces[oracle_random((unsigned)TEST_COUNT(pieces))]);
    base_buf_add_char(out, '"');
}

static void make_number(struct base_buf *out)
{
    if (oracle_random(3) == 0)
        base_buf_add_char(out, '-');
    base_buf_add_int(out, oracle_random(4) == 0 ? 0 : (int64_t)oracle_random(1000000000));
    if (oracle_random(3) == 0)
        base_buf_printf(out, ".%u", oracle_random(100000));
    if (oracle_random(4) == 0)
        base_buf_printf(out, "%c%s%u", oracle_random(2) != 0 ? 'e' : 'E',
                        oracle_random(2) != 0 ? "-" : "", oracle_random(200));
}

static void make_value(struct base_buf *out, unsigned depth)
{
    static const char *const words[] = {"true", "false", "null"};
    unsigned kind = oracle_random(depth < 8 ? 10 : 6);
    make_space(out);
    if (kind < 3) {
        make_string(out);
    } else if (kind < 5) {
        make_number(out);
    } else if (kind < 6) {
        base_buf_add_str(out, words[oracle_random(3)]);
    } else {
        bool object = kind < 8;
        base_buf_add_char(out, object ? '{' : '[');
        unsigned members = oracle_random(6);
        for (unsigned i = 0; i < members; i++) {
            base_buf_add_str(out, i > 0 ? "," : "");
            if (object) {
                make_space(out);
                make_string(out);
                make_space(out);
                base_buf_add_char(out, ':');
            }
            make_value(out, depth + 1);
        }
        make_space(out);
        base_buf_add_char(out, object ? '}' : ']');
    }
    make_space(out);
}

/* Changes, drops or doubles a byte, most often to one that matters. */
static void make_damage(struct base_buf *text)
{
    static const char bytes[] =
        "{}[],:\"\\ \n\t0-+.eEu1aftn\x01\x7f\x80\xbf\xc3\xe0\xed\xf0\xf4\xff";
    size_t at = oracle_random((unsigned)text->n);
    char c = oracle_random(4) != 0 ? bytes[oracle_random(sizeof(bytes))] /* its NUL included */
                                   : (char)oracle_random(256);
    switch (oracle_random(3)) {
    case 0:
        text->p[at] = c;
        break;
    case 1:
        memmove(text->p + at, text->p + at + 1, text->n - at - 1);
        text->n--;
        break;
    default:
        base_buf_add_char(text, ' ');
        memmove(text->p + at + 1, text->p + at, text->n - at - 1);
        text->p[at] = c;
        break;
    }
}

/* ---------------------------------------------------------------- the comparison */

/* Returns whether both took the text. */
static bool compare(struct base_span text)
{
    enum json_verdict verdict = json_judge(text);
    if (verdict == JSON_DIFFERENT)
        fail_msg("read otherwise: %.*s", BASE_SPAN_ARG(text));
    return verdict == JSON_BOTH_TAKE;
}

static void test_against_jansson(void **state)
{
    (void)state;
    struct base_buf sound;
    struct base_buf damaged;
    unsigned still_valid = 0;
    base_buf_init(&sound, ORACLE_LARGEST);
    base_buf_init(&damaged, ORACLE_LARGEST);
    for (unsigned i = 0; i < ORACLE_DOCUMENTS; i++) {
        base_buf_reset(&sound);
        make_value(&sound, 0);
        assert_int_equal(base_buf_status(&sound), BASE_OK);
        assert_true(compare(base_buf_span(&sound)));
        for (unsigned k = 0; k < ORACLE_DAMAGES; k++) {
            base_buf_reset(&damaged);
            base_buf_add_span(&damaged, base_buf_span(&sound));
            make_damage(&damaged);
            still_valid += compare(base_buf_span(&damaged));
        }
    }
    /* Both kinds must have been among the damaged, or the generator does not test what it should.
     */
    assert_in_range(still_valid, 1000, ORACLE_DOCUMENTS * (ORACLE_DAMAGES - 1));
    base_buf_free(&sound);
    base_buf_free(&damaged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_jansson)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
