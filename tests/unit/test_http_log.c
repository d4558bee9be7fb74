#include "test_support.h"

#include "http_log.h"

/* A backend that answers when the test wants it to. */
struct stub {
    struct http http;
    http_done_fn *done;
    void *arg;
    unsigned cancelled, freed;
};

static char lines[4096];

static enum base_status stub_start(struct http *h, const struct http_request *request,
                                   http_done_fn *done, void *arg, struct http_call **ret,
                                   struct base_error *err)
{
    struct stub *s = (struct stub *)h;
    if (strcmp(request->method, "FAIL") == 0)
        return base_fail(err, BASE_UNAVAILABLE, "starting", "no");
    s->done = done;
    s->arg = arg;
    *ret = (struct http_call *)s;
    return BASE_OK;
}

static void stub_cancel(struct http_call *call)
{
    ((struct stub *)call)->cancelled++;
}

static void stub_free(struct http *h)
{
    ((struct stub *)h)->freed++;
}

static void note(void *arg, const char *line)
{
    assert_ptr_equal(arg, lines);
    size_t n = strlen(lines);
    snprintf(lines + n, sizeof(lines) - n, "%s\n", line);
}

static unsigned answers;

static void on_done(void *arg, enum base_status status, struct http_response *response,
                    enum http_progress progress, const struct base_error *err)
{
    (void)arg;
    (void)status;
    (void)response;
    (void)progress;
    (void)err;
    answers++;
}

static struct http *open_log(struct stub *s)
{
    static const struct http_ops ops = {stub_start, stub_cancel, stub_free};
    struct http *h;
    *s = (struct stub){.http = {.ops = &ops}};
    lines[0] = '\0';
    answers = 0;
    assert_ok(http_log_open(&s->http, note, lines, &h, NULL), NULL);
    return h;
}

static void start(struct http *h, const char *url, struct http_call **ret)
{
    const struct http_request request = {.method = "GET", .url = url};
    assert_ok(http_start(h, &request, on_done, NULL, ret, NULL), NULL);
}

static void test_answer(void **state)
{
    (void)state;
    struct stub s;
    struct http *h = open_log(&s);
    struct http_call *call;
    struct http_response response = {.status = 401, .elapsed_ms = 12, .body = {.n = 7}};
    start(h, "https://api.example.com/crm/v3/objects?after=secret", &call);
    s.done(s.arg, BASE_OK, &response, HTTP_MAYBE_ACTED, NULL);
    assert_int_equal(answers, 1);
    assert_string_equal(
        lines, "GET https://api.example.com:443/crm/v3/objects?…: sent\n"
               "GET https://api.example.com:443/crm/v3/objects?…: 401 in 12 ms, 7 bytes\n");
    http_free(h);
    assert_int_equal(s.freed, 1);
    assert_int_equal(s.cancelled, 0);
}

static void test_failure_and_cancel(void **state)
{
    (void)state;
    struct stub s;
    struct http *h = open_log(&s);
    struct http_call *call;
    struct base_error err = BASE_ERROR_NONE;
    const struct http_request bad = {.method = "FAIL", .url = "https://a.example/"};
    base_fail(&err, BASE_UNAVAILABLE, "trying", "the network is down");
    start(h, "https://a.example/x", &call);
    s.done(s.arg, BASE_UNAVAILABLE, NULL, HTTP_MAYBE_ACTED, &err);
    assert_non_null(strstr(lines, "the network is down (it may have been acted upon)"));
    assert_status(http_start(h, &bad, on_done, NULL, &call, &err), BASE_UNAVAILABLE, &err);
    start(h, "https://a.example/y", &call);
    http_cancel(call, h);
    assert_int_equal(s.cancelled, 1);
    start(h, "https://a.example/z", &call);
    http_free(h); /* cancels what is left */
    assert_int_equal(s.cancelled, 2);
    assert_int_equal(answers, 1);
}

/* E6, T11: v1 has tokens in its paths, and anybody may paste one into a path. */
static void test_no_secret(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "https://a.example/oauth/v1/refresh-tokens/canary",
        "https://a.example/oauth/v1/access-tokens/canary?canary",
        "https://a.example/x/canarycanarycanarycanarycanarycanarycanary",
        "https://a.example/?token=canary",
    };
    for (size_t i = 0; i < TEST_COUNT(urls); i++) {
        struct stub s;
        struct http *h = open_log(&s);
        struct http_call *call;
        start(h, urls[i], &call);
        http_free(h);
        assert_null(strstr(lines, "canary"));
        assert_non_null(strstr(lines, "a.example"));
    }
}

static enum base_status step(void *arg)
{
    struct stub s;
    struct http *h;
    struct http_call *call;
    static const struct http_ops ops = {stub_start, stub_cancel, stub_free};
    const struct http_request request = {.method = "GET", .url = "https://a.example/"};
    (void)arg;
    s = (struct stub){.http = {.ops = &ops}};
    enum base_status status = http_log_open(&s.http, note, lines, &h, NULL);
    if (status != BASE_OK) {
        assert_int_equal(s.freed, 1);
        return status;
    }
    status = http_start(h, &request, on_done, NULL, &call, NULL);
    http_free(h);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    /* The path's buffer may fail as well: then the line is shorter. */
    base_mem_fail_after(0);
    assert_status(step(NULL), BASE_NO_MEMORY, NULL);
    base_mem_fail_after(1);
    assert_status(step(NULL), BASE_NO_MEMORY, NULL);
    base_mem_fail_after(2);
    assert_ok(step(NULL), NULL);
    base_mem_fail_after(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_failure_and_cancel),
        cmocka_unit_test(test_no_secret),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
