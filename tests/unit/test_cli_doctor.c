/* T17: how findings are shown, and the judgements that need no machine. */
#include "test_support.h"

#include <string.h>

#include "base_buf.h"
#include "cli_doctor.h"

static void proxy_is_shown_without_its_password(void **state)
{
    (void)state;
    static const struct {
        const char *value, *shown;
    } cases[] = {
        {"http://proxy.example:3128", "http://proxy.example:3128"},
        {"http://proxy.example:3128/", "http://proxy.example:3128"},
        {"proxy.example", "proxy.example"},
        {"http://user:canary@proxy.example:3128", "http://‹redacted›@proxy.example:3128"},
        {"user:canary@proxy.example:3128/", "‹redacted›@proxy.example:3128"},
        {"http://user:c@n@ry@proxy.example", "http://‹redacted›@proxy.example"},
        {"http://user:canary@", "http://‹redacted›@"},
        {"", ""},
        {"http://user:pa/s@w/o@rd@proxy:3128/", "http://‹redacted›@proxy:3128"},
        {"user:p://a@proxy:3128", "‹redacted›@proxy:3128"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        char shown[100];

        cli_doctor_proxy_shown(cases[i].value, shown, sizeof(shown));
        assert_string_equal(shown, cases[i].shown);
    }
}

static void hosts_file_is_judged(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t errors, warnings;
    } cases[] = {
        {"127.0.0.1 localhost\n::1 localhost ip6-localhost\n", 0, 0},
        {"127.0.0.1\tbox\tLOCALHOST # ours", 0, 0},
        {"# 10.0.0.1 localhost\n127.0.0.1 localhost", 0, 0},
        {"127.0.0.1 localhost.localdomain\n", 0, 1},
        {"", 0, 1},
        {"127.0.0.1 localhost\n10.0.0.1 box localhost\n", 1, 0},
        {"  93.184.216.34   localhost  ", 1, 0},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct broker_findings f = {0};

        cli_doctor_judge_hosts(base_span_of(cases[i].text), &f);
        assert_int_equal(broker_findings_count(&f, BROKER_ERROR), cases[i].errors);
        assert_int_equal(broker_findings_count(&f, BROKER_WARNING), cases[i].warnings);
        broker_findings_free(&f);
    }
}

static const char *const names[] = {"first", "second", NULL};

static void fill(struct broker_findings *f)
{
    *f = (struct broker_findings){0};
    broker_found(f, "second", BROKER_OK, NULL, "fine");
    broker_found(f, "unknown", BROKER_INFO, NULL, "last");
    broker_found(f, "first", BROKER_ERROR, "chmod 600 /x", "bad \033[31m\"%s\"", "it");
}

static void text_is_aligned_and_in_order(void **state)
{
    (void)state;
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
    struct broker_findings f;

    fill(&f);
    base_buf_init(&out, 4096);
    cli_doctor_write_text(&f, names, false, &out);
    assert_string_equal(base_buf_str(&out),
                        "error    first        bad ?[31m\"it\"  →  chmod 600 /x\n"
                        "ok       second       fine\n"
                        "info     unknown      last\n");
    base_buf_reset(&out);
    cli_doctor_write_text(&f, names, true, &out);
    assert_non_null(strstr(base_buf_str(&out), "\033[1;31merror   \033[0m first"));
    assert_non_null(strstr(base_buf_str(&out), "\ninfo     unknown"));
    broker_findings_free(&f);
}

static void json_has_findings_and_summary(void **state)
{
    (void)state;
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
    struct broker_findings f;

    fill(&f);
    base_buf_init(&out, 4096);
    cli_doctor_write_json(&f, names, &out);
    assert_string_equal(
        base_buf_str(&out),
        "{\"findings\":[{\"check\":\"first\",\"severity\":\"error\",\"text\":\"bad "
        "?[31m\\\"it\\\"\",\"command\":\"chmod 600 /x\"},"
        "{\"check\":\"second\",\"severity\":\"ok\",\"text\":\"fine\",\"command\":null},"
        "{\"check\":\"unknown\",\"severity\":\"info\",\"text\":\"last\",\"command\":null}],"
        "\"summary\":{\"ok\":1,\"info\":1,\"warning\":0,\"error\":1}}\n");
    broker_findings_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proxy_is_shown_without_its_password),
        cmocka_unit_test(hosts_file_is_judged),
        cmocka_unit_test(text_is_aligned_and_in_order),
        cmocka_unit_test(json_has_findings_and_summary),
    };
    return cmocka_run_group_tests_name("cli_doctor", tests, NULL, NULL);
}
