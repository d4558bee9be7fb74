#include "test_support.h"

#include "base_time.h"

/* The C library is the oracle for the calendar. Its gmtime() is banned for its static result,
 * gmtime_r() is not. */
static void test_calendar(void **state)
{
    (void)state;
    /* from the year 0 to 9999 in steps that meet every month, weekday and kind of leap year */
    for (int64_t s = -62167219200; s <= 253402300799; s += 86400 * 17 + 12345) {
        char got[32];
        char want[64];
        time_t seconds = (time_t)s;
        struct tm tm;
        gmtime_r(&seconds, &tm);
        snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        assert_string_equal(base_time_iso(got, s * 1000), want);
        int64_t back;
        assert_true(base_time_parse_iso(base_span_of(got), &back));
        assert_true(back == s * 1000);

        assert_true(strftime(want, sizeof(want), "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0);
        base_time_http(got, s * 1000);
        if (tm.tm_year >= -900) /* strftime() writes earlier years with fewer digits */
            assert_string_equal(got, want);
        assert_true(base_time_parse_http(base_span_of(got), &back));
        assert_true(back == s * 1000);
    }
}

static void test_iso(void **state)
{
    (void)state;
    char out[32];
    assert_string_equal(base_time_iso(out, 0), "1970-01-01T00:00:00Z");
    assert_string_equal(base_time_iso(out, 1795473166000), "2026-11-23T22:32:46Z");
    assert_string_equal(base_time_iso(out, 1795473166123), "2026-11-23T22:32:46.123Z");
    assert_string_equal(base_time_iso(out, 1795473166007), "2026-11-23T22:32:46.007Z");
    assert_string_equal(base_time_iso(out, -1), "1969-12-31T23:59:59.999Z");
    assert_string_equal(base_time_iso(out, INT64_MAX), "9999-12-31T23:59:59.999Z");
    assert_string_equal(base_time_iso(out, INT64_MIN), "0000-01-01T00:00:00Z");
    assert_string_equal(base_time_http(out, INT64_MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
}

static void test_parse_iso(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t ms;
    } cases[] = {
        {"2026-11-23T22:32:46Z", true, 1795473166000},
        {"2026-11-23T22:32:46.5Z", true, 1795473166500},
        {"2026-11-23T22:32:46.123456789Z", true, 1795473166123},
        {"2026-11-24T00:32:46+02:00", true, 1795473166000},
        {"2026-11-23T17:02:46.001-05:30", true, 1795473166001},
        {"2024-02-29T00:00:00Z", true, 1709164800000},
        {"2000-02-29T00:00:00Z", true, 951782400000},
        {"2016-12-31T23:59:60Z", true, 1483228800000}, /* a leap second */
        {"2023-02-29T00:00:00Z", false, 0},
        {"1900-02-29T00:00:00Z", false, 0},
        {"2026-13-01T00:00:00Z", false, 0},
        {"2026-00-01T00:00:00Z", false, 0},
        {"2026-04-31T00:00:00Z", false, 0},
        {"2026-04-00T00:00:00Z", false, 0},
        {"2026-04-01T24:00:00Z", false, 0},
        {"2026-04-01T00:60:00Z", false, 0},
        {"2026-04-01T00:00:61Z", false, 0},
        {"2026-04-01T00:00:00", false, 0},
        {"2026-04-01T00:00:00.Z", false, 0},
        {"2026-04-01T00:00:00.1234567890Z", false, 0},
        {"2026-04-01T00:00:00+0200", false, 0},
        {"2026-04-01T00:00:00+24:00", false, 0},
        {"2026-04-01T00:00:00ZZ", false, 0},
        {"2026-04-01 00:00:00Z", false, 0},
        {"2026-4-1T00:00:00Z", false, 0},
        {"-026-04-01T00:00:00Z", false, 0},
        {"2026-04-01", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        int64_t ms = 42;
        if (base_time_parse_iso(base_span_of(cases[i].text), &ms) != cases[i].good)
            fail_msg("%s", cases[i].text);
        assert_true(ms == (cases[i].good ? cases[i].ms : 42));
    }
}

/* C8: Retry-After may be a date (RFC 9110 section 10.2.3). */
static void test_parse_http(void **state)
{
    (void)state;
    int64_t ms = 42;
    assert_true(base_time_parse_http(BASE_SPAN("Sun, 06 Nov 1994 08:49:37 GMT"), &ms));
    assert_true(ms == 784111777000);
    static const char *const bad[] = {
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Xyz, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Xyz 1994 08:49:37 GMT",
        "120",
        "",
    };
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        if (base_time_parse_http(base_span_of(bad[i]), &ms))
            fail_msg("%s", bad[i]);
    }
    assert_true(ms == 784111777000);
}

static void test_human(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "0 ms"},
        {999, "999 ms"},
        {1000, "1 s"},
        {59999, "59 s"},
        {60000, "1 m"},
        {29 * BASE_MINUTE_MS, "29 m"},
        {BASE_HOUR_MS - 1, "59 m"},
        {64 * BASE_MINUTE_MS, "1 h 04 m"},
        {47 * BASE_HOUR_MS, "47 h 00 m"},
        {48 * BASE_HOUR_MS, "2 d"},
        {3 * BASE_DAY_MS, "3 d"},
        {-5000, "5 s"},
        {INT64_MIN, "106751991167 d"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        char out[32];
        assert_string_equal(base_time_human(out, cases[i].ms), cases[i].text);
    }
}

static void test_parse_span(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t ms;
    } cases[] = {
        {"90", true, 90000},
        {"90s", true, 90000},
        {"5m", true, 300000},
        {"1h", true, 3600000},
        {"2d", true, 172800000},
        {"250ms", true, 250},
        {"0", true, 0},
        {"9223372036854775807ms", true, INT64_MAX},
        {"9223372036854775807", false, 0},
        {"106751991168d", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {"", false, 0},
        {"m", false, 0},
        {"1.5h", false, 0},
        {"5 m", false, 0},
        {"5M", false, 0},
        {"5w", false, 0},
        {"1h30m", false, 0},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        int64_t ms = 42;
        if (base_time_parse_span(base_span_of(cases[i].text), &ms) != cases[i].good)
            fail_msg("%s", cases[i].text);
        assert_true(ms == (cases[i].good ? cases[i].ms : 42));
    }
}

static void test_clocks(void **state)
{
    (void)state;
    assert_true(base_time_now() > INT64_C(1700000000000)); /* ms, not s */
    int64_t before = base_time_monotonic();
    assert_true(before > 0);
    assert_true(base_time_monotonic() >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calendar),  cmocka_unit_test(test_iso),
        cmocka_unit_test(test_parse_iso), cmocka_unit_test(test_parse_http),
        cmocka_unit_test(test_human),     cmocka_unit_test(test_parse_span),
        cmocka_unit_test(test_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
