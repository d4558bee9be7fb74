/* What `hubauth api` prints of a body that comes in pieces, wherever these end. */
#include "test_support.h"

#include "base_text.h"
#include "cli_api.h"

#include <unistd.h>

/* The output under test is the process's own: it goes to a file meanwhile. */
struct printed {
    FILE *file;
    int stdout_fd;
};

static void begin(struct printed *p)
{
    (void)fflush(stdout);
    p->file = tmpfile();
    p->stdout_fd = dup(STDOUT_FILENO);
    assert_true(p->file && p->stdout_fd >= 0);
    assert_true(dup2(fileno(p->file), STDOUT_FILENO) >= 0);
}

/* Into out[512]. */
static void end(struct printed *p, char *out)
{
    ssize_t n = pread(fileno(p->file), out, 511, 0);

    assert_true(dup2(p->stdout_fd, STDOUT_FILENO) >= 0);
    (void)close(p->stdout_fd);
    (void)fclose(p->file);
    assert_true(n >= 0);
    out[n] = '\0';
}

static void print_in_two(struct cli_api_output how, const char *type, const char *text, size_t cut,
                         char *out)
{
    const struct broker_header header = {BASE_SPAN("Content-Type"), base_span_of(type)};
    const struct broker_response head = {.status = 200,
                                         .headers = &header,
                                         .header_count = 1,
                                         .is_json = strstr(type, "json") != NULL};
    struct base_span all = base_span_of(text);
    struct base_error err = BASE_ERROR_NONE;
    struct printed p;
    enum base_status status[4];

    begin(&p);
    status[0] = cli_api_begin(&how, &head, &err);
    status[1] = cli_api_piece(&how, base_span_first(all, cut), &err);
    status[2] = cli_api_piece(&how, base_span_from(all, cut), &err);
    status[3] = cli_api_end(&how, &err);
    end(&p, out);
    for (size_t i = 0; i < TEST_COUNT(status); i++)
        assert_ok(status[i], &err);
}

static void check(struct cli_api_output how, const char *type, const char *text,
                  const char *expected)
{
    char out[512];

    for (size_t cut = 0; cut <= strlen(text); cut++) {
        print_in_two(how, type, text, cut, out);
        assert_string_equal(out, expected);
    }
}

static const char json[] = "{\"a\" : \"\xc2\x9b\xe2\x80\xae\xf0\x9f\x98\x80\x7f\"}";

/* B10: nothing in it drives the terminal, and a character that was cut is still one. */
static void test_terminal(void **state)
{
    const struct cli_api_output laid_out = {.terminal = true, .indent = true, .lines = true};
    const struct cli_api_output raw = {.lines = true};

    (void)state;
    check(laid_out, "application/json;charset=utf-8", json,
          "{\n  \"a\": \"??\xf0\x9f\x98\x80?\"\n}\n");
    check(laid_out, "text/plain", "a\x1b[2J\xc2\x9b\r\n\tb\xc3\xa9", "a?[2J?\n\tb\xc3\xa9\n");
    check(laid_out, "text/plain", "a\n", "a\n");
    check(laid_out, "text/plain", "a\xe2\x82", "a?\n"); /* never whole */
    check(raw, "application/json", json,
          "{\"a\" : \"\xc2\x9b\xe2\x80\xae\xf0\x9f\x98\x80\x7f\"}\n");
}

static void test_pipe(void **state)
{
    const struct cli_api_output plain = {0}, silent = {.silent = true},
                                with_head = {.include = true};

    (void)state;
    check(plain, "application/json", json, json);
    check(silent, "application/json", json, "");
    check(with_head, "text/csv", "a,b", "HTTP 200\nContent-Type: text/csv\n\na,b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_terminal),
                                       cmocka_unit_test(test_pipe)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
