#include "test_dir.h"

#include <locale.h>
#include <sys/wait.h>

#include "base_opt.h"
#include "base_text.h"

struct options {
    bool json, quiet;
    const char *format, *file;
    struct base_opt_list scopes;
    int64_t port, count, ttl;
};

static const struct base_opt table[] = {
    {'j', "json", BASE_OPT_FLAG, NULL, "print JSON", 0, 0, NULL, offsetof(struct options, json)},
    {'q', "quiet", BASE_OPT_FLAG, NULL, "say nothing on standard error", 0, 0, NULL,
     offsetof(struct options, quiet)},
    {'f', "format", BASE_OPT_STRING, "FORMAT", "what to print", 0, 0, "plain|header|json",
     offsetof(struct options, format)},
    {0, "client-secret-file", BASE_OPT_STRING, "FILE",
     "read the client secret from FILE, or from standard input when it is - (a minus sign alone)",
     0, 0, NULL, offsetof(struct options, file)},
    {'s', "scope", BASE_OPT_LIST, NULL, "ask for this scope; may be repeated", 0, 0, NULL,
     offsetof(struct options, scopes)},
    {0, "port", BASE_OPT_INT, "N", "listen on this port", 0, 65535, NULL,
     offsetof(struct options, port)},
    {'n', "count", BASE_OPT_INT, "N", "so many", 0, 0, NULL, offsetof(struct options, count)},
    {0, "min-ttl", BASE_OPT_SPAN, "SPAN", "refresh when less than SPAN is left", 0, 0, NULL,
     offsetof(struct options, ttl)},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth token --format header", "Prints the header for curl."},
    {"curl -H \"$(hubauth token -f header)\" https://api.hubapi.com/crm/v3/objects/contacts_*",
     NULL},
    {NULL, NULL},
};

static const struct base_opt_command command = {
    .program = "hubauth",
    .name = "token",
    .operands = "[ACCOUNT]",
    .summary = "Print an access token that is good for a while",
    .details =
        "The token is refreshed when less than the given time is left. Other programs that ask at\n"
        "the same moment wait for the one refresh.\n\n"
        "- a line that looks like a list, * stars *, _underlines_, #hash, and a back\\slash\n\n"
        ".so looks like roff.",
    .options = table,
    .min_operands = 0,
    .max_operands = 1,
    .examples = examples,
    .exits = "*3* a person must log in again.",
    .see_also = "hubauth-login(1), hubauth(7)",
};

/* ---------------------------------------------------------------- parsing */

struct parsed {
    struct options o;
    const char *operands[32];
    int count;
    bool help;
    struct base_error err;
    enum base_status status;
};

static struct parsed parse_as(const struct base_opt_command *as, const char *line)
{
    static char text[512];
    char *argv[32];
    int argc = 0;
    struct parsed p = {.o = {.format = "plain"}};
    struct base_span rest = base_span_of(line);
    char *to = text;
    while (rest.p != NULL && argc < 31) {
        struct base_span word = base_span_cut(&rest, ' ');
        argv[argc++] = to;
        memcpy(to, word.p, word.n);
        to[word.n] = '\0';
        to += word.n + 1;
    }
    argv[argc] = NULL;
    p.status = base_opt_parse(as, argc, argv, &p.o, p.operands, &p.count, &p.help, &p.err);
    return p;
}

static struct parsed parse(const char *line)
{
    return parse_as(&command, line);
}

static void test_parse(void **state)
{
    (void)state;
    struct parsed p = parse("token -j --format=json acme --client-secret-file - -sa --scope b -n 7 "
                            "--port 0 --min-ttl 5m");
    assert_ok(p.status, &p.err);
    assert_true(p.o.json);
    assert_false(p.o.quiet);
    assert_string_equal(p.o.format, "json");
    assert_string_equal(p.o.file, "-");
    assert_int_equal(p.o.scopes.count, 2);
    assert_string_equal(p.o.scopes.items[0], "a");
    assert_string_equal(p.o.scopes.items[1], "b");
    assert_int_equal(p.o.count, 7);
    assert_int_equal(p.o.port, 0);
    assert_int_equal(p.o.ttl, 300000);
    assert_int_equal(p.count, 1);
    assert_string_equal(p.operands[0], "acme");
    assert_false(p.help);

    p = parse("token");
    assert_ok(p.status, &p.err);
    assert_string_equal(p.o.format, "plain"); /* the default is left alone */
    assert_int_equal(p.count, 0);

    p = parse("token -jqfheader -");
    assert_ok(p.status, &p.err);
    assert_true(p.o.json && p.o.quiet);
    assert_string_equal(p.o.format, "header");
    assert_string_equal(p.operands[0], "-");
}

static const struct base_opt_command any = {.program = "hubauth",
                                            .name = "exec",
                                            .operands = "[ACCOUNT] -- COMMAND…",
                                            .summary = "Run a command",
                                            .options = table,
                                            .min_operands = 1,
                                            .max_operands = -1};

static void test_operands(void **state)
{
    (void)state;
    static const char *const settings[] = {NULL, "1"};
    for (size_t i = 0; i < 2; i++) {
        if (settings[i] != NULL) /* it would make getopt stop at the first operand */
            assert_int_equal(setenv("POSIXLY_CORRECT", settings[i], 1), 0);
        struct parsed p = parse_as(&any, "exec a -q b -- -j --nope -- c");
        assert_ok(p.status, &p.err);
        assert_int_equal(p.count, 6);
        static const char *const want[] = {"a", "b", "-j", "--nope", "--", "c"};
        for (int k = 0; k < 6; k++)
            assert_string_equal(p.operands[k], want[k]);
        assert_true(p.o.quiet);
        assert_false(p.o.json);
    }
    assert_int_equal(unsetenv("POSIXLY_CORRECT"), 0);
    struct parsed p = parse_as(&any, "exec");
    assert_status(p.status, BASE_USAGE, &p.err);
    assert_string_equal(p.err.why, "too few words: [ACCOUNT] -- COMMAND… is needed");
    p = parse("token a b");
    assert_status(p.status, BASE_USAGE, &p.err);
    assert_string_equal(p.err.why, "too many words: it takes [ACCOUNT]");
    assert_string_equal(p.err.hint, "hubauth token --help shows what it takes");
}

static void test_help_flag(void **state)
{
    (void)state;
    static const char *const lines[] = {"exec --help", "exec -h", "exec -q -h x --bogus",
                                        "exec -qh"};
    for (size_t i = 0; i < TEST_COUNT(lines); i++) {
        struct parsed p = parse_as(&any, lines[i]);
        assert_ok(p.status, &p.err); /* although an operand is missing */
        assert_true(p.help);
    }
    struct parsed p = parse_as(&any, "exec x -- --help");
    assert_ok(p.status, &p.err);
    assert_false(p.help);
}

static void test_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *line, *why, *hint;
    } cases[] = {
        {"token --fromat json", "unknown option --fromat", "did you mean --format?"},
        {"token --jsno", "unknown option --jsno", "did you mean --json?"},
        {"token --hlep", "unknown option --hlep", "did you mean --help?"},
        {"token --completely-else", "unknown option --completely-else",
         "hubauth token --help shows what it takes"},
        /* A beginning is no name, however clear: see E3 below. */
        {"token --form json", "unknown option --form", "did you mean --format?"},
        {"token --form=json", "unknown option --form", "did you mean --format?"},
        {"token --form", "unknown option --form", "did you mean --format?"},
        {"token --js", "unknown option --js", "hubauth token --help shows what it takes"},
        {"token --quie=1", "unknown option --quie", "did you mean --quiet?"},
        {"token -x", "unknown option -x", "hubauth token --help shows what it takes"},
        {"token -jx", "unknown option -x", "hubauth token --help shows what it takes"},
        {"token --format", "--format needs a value: --format FORMAT",
         "hubauth token --help shows what it takes"},
        {"token -f", "--format needs a value: --format FORMAT",
         "hubauth token --help shows what it takes"},
        {"token --scope", "--scope needs a value: --scope VALUE",
         "hubauth token --help shows what it takes"},
        {"token --json=yes", "--json takes no value", ""},
        {"token --format xml", "--format: \"xml\" is not one of plain|header|json", ""},
        {"token --format plai", "--format: \"plai\" is not one of plain|header|json", ""},
        {"token --format=", "--format: \"\" is not one of plain|header|json", ""},
        {"token --port 65536", "--port: \"65536\" is not a number from 0 to 65535", ""},
        {"token --port -1", "--port: \"-1\" is not a number from 0 to 65535", ""},
        {"token --port 80x", "--port: \"80x\" is not a number from 0 to 65535", ""},
        {"token -n -1", "--count: \"-1\" is not a number", ""},
        {"token -n 9223372036854775808", "--count: \"9223372036854775808\" is not a number", ""},
        {"token --min-ttl 5x", "--min-ttl: \"5x\" is not a time span such as 90s, 5m or 1h", ""},
        {"token -s1 -s2 -s3 -s4 -s5 -s6 -s7 -s8 -s9 -s0 -s1 -s2 -s3 -s4 -s5 -s6 -s7",
         "--scope can be given 16 times", ""},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct parsed p = parse(cases[i].line);
        assert_status(p.status, BASE_USAGE, &p.err);
        assert_string_equal(p.err.why, cases[i].why);
        assert_string_equal(p.err.hint, cases[i].hint);
    }
}

/* E3: a secret that is given as an argument after all is not taken, and not shown again. */
static void test_secret_argument(void **state)
{
    (void)state;
    static const char *const lines[] = {"token --client-secret=canary",
                                        "token --client-secret canary",
                                        "token --client-secrets=canary", "token --token=canary"};
    for (size_t i = 0; i < TEST_COUNT(lines); i++) {
        struct parsed p = parse(lines[i]);
        assert_status(p.status, BASE_USAGE, &p.err);
        assert_null(strstr(p.err.why, "canary"));
        assert_null(strstr(p.err.hint, "canary"));
        assert_null(p.o.file);
    }
}

/* ---------------------------------------------------------------- help and man page */

static void test_help(void **state)
{
    (void)state;
    static const char want[] =
        "Usage: hubauth token [OPTIONS] [ACCOUNT]\n"
        "\n"
        "Print an access token that is good for a while\n"
        "\n"
        "The token is refreshed when less than the given time is left. Other programs\n"
        "that ask at the same moment wait for the one refresh.\n"
        "\n"
        "- a line that looks like a list, * stars *, _underlines_, #hash, and a\n"
        "back\\slash\n"
        "\n"
        ".so looks like roff.\n"
        "\n"
        "Options:\n"
        "  -j, --json                     print JSON\n"
        "  -q, --quiet                    say nothing on standard error\n"
        "  -f, --format FORMAT            what to print (plain, header, json)\n"
        "      --client-secret-file FILE  read the client secret from FILE, or from\n"
        "                                 standard input when it is - (a minus sign\n"
        "                                 alone)\n"
        "  -s, --scope VALUE              ask for this scope; may be repeated\n"
        "      --port N                   listen on this port\n"
        "  -n, --count N                  so many\n"
        "      --min-ttl SPAN             refresh when less than SPAN is left\n"
        "  -h, --help                     show this help and exit\n"
        "\n"
        "Examples:\n"
        "  hubauth token --format header\n"
        "      Prints the header for curl.\n"
        "  curl -H \"$(hubauth token -f header)\" "
        "https://api.hubapi.com/crm/v3/objects/contacts_*\n";
    struct base_buf b;
    base_buf_init(&b, 100000);
    base_opt_help(&command, &b);
    assert_int_equal(base_buf_status(&b), BASE_OK);
    assert_string_equal(base_buf_str(&b), want);
    base_buf_free(&b);
}

/* An option whose names are too wide for the column puts its help below. */
static void test_help_wide(void **state)
{
    (void)state;
    static const struct base_opt wide[] = {
        {'v', "verbose", BASE_OPT_FLAG, NULL, "say more", 0, 0, NULL, 0},
        {0, "a-very-long-name-of-an-option", BASE_OPT_STRING, "AND-A-VALUE", "help", 0, 0, NULL, 0},
        {0},
    };
    const struct base_opt_command program = {
        .program = "x", .summary = "S", .options = wide, .max_operands = 0};
    struct base_buf b;
    base_buf_init(&b, 100000);
    base_opt_help(&program, &b);
    assert_string_equal(base_buf_str(&b), "Usage: x [OPTIONS]\n"
                                          "\n"
                                          "S\n"
                                          "\n"
                                          "Options:\n"
                                          "  -v, --verbose  say more\n"
                                          "      --a-very-long-name-of-an-option AND-A-VALUE\n"
                                          "                 help\n"
                                          "  -h, --help     show this help and exit\n");
    base_buf_free(&b);
}

/* scdoc compiles the page, and the man page says what the table says. */
static void test_man_page(void **state)
{
    (void)state;
    struct test_dir dir;
    struct base_buf b;
    base_buf_init(&b, 100000);
    base_opt_scdoc(&command, &b);
    assert_int_equal(base_buf_status(&b), BASE_OK);
    static const char *const sections[] = {"# NAME\n",    "# SYNOPSIS\n", "# DESCRIPTION\n",
                                           "# OPTIONS\n", "# EXAMPLES\n", "# EXIT STATUS\n",
                                           "# SEE ALSO\n"};
    const char *at = base_buf_str(&b);
    for (size_t i = 0; i < TEST_COUNT(sections); i++) {
        at = strstr(at, sections[i]);
        assert_non_null(at);
    }
    if (access("/usr/bin/scdoc", X_OK) != 0) {
        base_buf_free(&b);
        skip();
    }
    test_dir_make(&dir);
    test_file_write(test_dir_path(&dir, "in"), b.p, b.n, 0600);
    base_buf_free(&b);
    pid_t child = fork();
    if (child == 0) {
        int in = open(test_dir_path(&dir, "in"), O_RDONLY);
        int out = open(test_dir_path(&dir, "out"), O_WRONLY | O_CREAT, 0600);
        if (dup2(in, 0) == 0 && dup2(out, 1) == 1)
            execl("/usr/bin/scdoc", "scdoc", (char *)NULL);
        _exit(127);
    }
    int result = -1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    char page[8192] = "";
    page[test_file_read(test_dir_path(&dir, "out"), page, sizeof(page) - 1)] = '\0';
    static const char *const parts[] = {
        ".TH \"hubauth-token\" \"1\"",
        "hubauth-token - Print an access token",
        "\\fB--client-secret-file\\fR \\fIFILE\\fR",
        "_underlines_",
        "* stars *",
        "contacts_*",
        "back\\\\slash",
        ".\\&\\fRso looks like roff",
        "what to print (plain, header, json)",
        "hubauth-login(1), hubauth(7)",
    };
    for (size_t i = 0; i < TEST_COUNT(parts); i++) {
        if (strstr(page, parts[i]) == NULL)
            fail_msg("not in the page: %s\n%s", parts[i], page);
    }
    assert_null(strstr(page, "\n.so ")); /* no text became a roff request */
    test_dir_remove(&dir);
}

static enum base_status step_texts(void *arg)
{
    (void)arg;
    struct base_buf b;
    base_buf_init(&b, 100000);
    base_opt_help(&command, &b);
    base_opt_scdoc(&command, &b);
    enum base_status status = base_buf_status(&b);
    base_buf_free(&b);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_in_range(test_each_allocation_fails(step_texts, NULL), 5, 40);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),           cmocka_unit_test(test_operands),
        cmocka_unit_test(test_help_flag),       cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_secret_argument), cmocka_unit_test(test_help),
        cmocka_unit_test(test_help_wide),       cmocka_unit_test(test_man_page),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
