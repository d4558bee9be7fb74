/* E4: what a program gets of its caller's environment, and one token. */
#include "test_support.h"

#include "cli_environment.h"

static const struct cli_environment_values values = {
    .variable = "HUBSPOT_ACCESS_TOKEN",
    .token = BASE_SPAN("at-1"),
    .hub_id = 1234567,
    .api_url = "https://api.hubapi.com",
};

/* Joined with newlines, in a static buffer. */
static const char *joined(const struct cli_environment *e)
{
    static char text[4096];
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; e->list[i]; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\n", e->list[i]);
    return text;
}

static void test_what_is_inherited(void **state)
{
    (void)state;
    char *inherited[] = {
        (char[]){"PATH=/bin"},
        (char[]){"HUBSPOT_ACCESS_TOKEN=stale"},
        (char[]){"HUBSPOT_API_KEY=stale"},
        (char[]){"HUBSPOT_CLIENT_SECRET=stale"},
        (char[]){"HUBSPOT_PERSONAL_ACCESS_KEY=stale"},
        (char[]){"HUBSPOT_PORTAL_ID=stale"},
        (char[]){"HUBSPOT_API_URL=stale"},
        (char[]){"PRIVATE_APP_ACCESS_TOKEN=stale"},
        (char[]){"HAPIKEY=stale"},
        (char[]){"HUBSPOT_OTHER=kept"},
        (char[]){"HUBAUTH_PASSPHRASE_FILE=/kept"},
        (char[]){"HAPIKEYS=kept"},
        (char[]){"no equals sign"},
        (char[]){"EMPTY="},
        NULL,
    };
    struct cli_environment e;
    struct base_error err = BASE_ERROR_NONE;

    assert_ok(cli_environment_make(inherited, &values, &e, &err), &err);
    assert_string_equal(joined(&e), "PATH=/bin\nHUBSPOT_OTHER=kept\nHUBAUTH_PASSPHRASE_FILE=/kept\n"
                                    "HAPIKEYS=kept\nno equals sign\nEMPTY=\n"
                                    "HUBSPOT_ACCESS_TOKEN=at-1\n"
                                    "HUBSPOT_API_URL=https://api.hubapi.com\n"
                                    "HUBSPOT_PORTAL_ID=1234567\n");
    cli_environment_free(&e);
    cli_environment_free(&e);
}

/* The token is in one variable; what the caller had there is gone. */
static void test_another_variable(void **state)
{
    (void)state;
    char *inherited[] = {(char[]){"MINE=stale"}, (char[]){"MINE2=kept"}, NULL};
    struct cli_environment_values other = values;
    struct cli_environment e;
    struct base_error err = BASE_ERROR_NONE;

    other.variable = "MINE";
    other.hub_id = 0;
    assert_ok(cli_environment_make(inherited, &other, &e, &err), &err);
    assert_string_equal(joined(&e),
                        "MINE2=kept\nMINE=at-1\nHUBSPOT_API_URL=https://api.hubapi.com\n");
    cli_environment_free(&e);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const good[] = {"A", "_", "a1_B"}, *const bad[] = {"", "1A", "A=B", "A B",
                                                                          "é"};

    for (size_t i = 0; i < TEST_COUNT(good); i++)
        assert_ok(cli_environment_check(good[i], NULL), NULL);
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        assert_status(cli_environment_check(bad[i], NULL), BASE_USAGE, NULL);
}

/* A variable of that name is made already, or would change which program runs (E4). */
static void test_names_with_a_meaning(void **state)
{
    (void)state;
    static const char *const taken[] = {"HUBSPOT_PORTAL_ID", "HUBSPOT_API_URL", "PATH",
                                        "LD_PRELOAD",        "LD_LIBRARY_PATH", "LD_"};
    static const char *const free_ones[] = {"HUBSPOT_API_URLS", "MY_PATH", "PATHS", "LD", "OLD_X",
                                            "HUBSPOT_TOKEN"};
    struct base_error err;

    for (size_t i = 0; i < TEST_COUNT(taken); i++) {
        err = BASE_ERROR_NONE;
        assert_status(cli_environment_check(taken[i], &err), BASE_USAGE, &err);
        assert_non_null(strstr(err.why, taken[i]));
    }
    for (size_t i = 0; i < TEST_COUNT(free_ones); i++)
        assert_ok(cli_environment_check(free_ones[i], &err), &err);
}

static enum base_status step_make(void *arg)
{
    char *none[] = {NULL};
    struct cli_environment e;
    enum base_status status = cli_environment_make(none, &values, &e, NULL);

    (void)arg;
    if (status)
        assert_null(e.list);
    cli_environment_free(&e);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_true(test_each_allocation_fails(step_make, NULL) >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_inherited),
        cmocka_unit_test(test_another_variable),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_with_a_meaning),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
