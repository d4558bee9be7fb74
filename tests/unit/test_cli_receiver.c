/* The login's receiver and its pages, over real sockets: who is taken for the browser, who is sent
 * away, and what a page may do. */
#include "test_support.h"

#include "cli_page.h"
#include "cli_receiver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATH "/callback"

struct bench {
    struct loop *loop;
    struct cli_receiver *receiver;
    struct loop_timer *timer;
    struct loop_watch *watch;
    uint16_t port;
    int fd;
    struct base_buf answer; /* all that came until the receiver closed the connection */
    struct base_buf asked;  /* the queries that got through */
    const char *text;       /* of the page that answers them */
    bool drained;
};

static void on_query(void *arg, struct base_span query, struct serve_exchange *x)
{
    struct bench *b = arg;

    base_buf_printf(&b->asked, "[%.*s]", BASE_SPAN_ARG(query));
    cli_page_send(x, 200, "Title <of> it", b->text, true, true);
}

static void on_time(void *arg)
{
    loop_stop(((struct bench *)arg)->loop);
}

/* A port that was free a moment ago. */
static uint16_t free_port(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(any);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &size), 0);
    close(fd);
    return ntohs(any.sin_port);
}

static int begin(void **fixture)
{
    struct bench *b = base_mem_new(sizeof(*b));
    char url[64];

    assert_non_null(b);
    b->fd = -1;
    b->text = "One.\nTwo.";
    base_buf_init(&b->answer, 1 << 20);
    base_buf_init(&b->asked, 1 << 20);
    assert_int_equal(loop_new(&b->loop, NULL), BASE_OK);
    b->timer = loop_timer_new(b->loop, on_time, b);
    for (int tries = 0; !b->receiver && tries < 20; tries++) {
        b->port = free_port();
        (void)snprintf(url, sizeof(url), "http://localhost:%u" PATH, (unsigned)b->port);
        (void)cli_receiver_open(b->loop, url, on_query, b, &b->receiver, NULL);
    }
    assert_non_null(b->receiver);
    *fixture = b;
    return 0;
}

static int end(void **fixture)
{
    struct bench *b = *fixture;

    loop_watch_free(b->watch);
    if (b->fd >= 0)
        close(b->fd);
    cli_receiver_close(b->receiver);
    loop_timer_free(b->timer);
    loop_free(b->loop);
    base_buf_free(&b->answer);
    base_buf_free(&b->asked);
    base_mem_free(b);
    return 0;
}

static int connect_to(const struct bench *b)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons(b->port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 || errno == EINPROGRESS)
        return fd;
    close(fd);
    return -1;
}

static void on_readable(void *arg, unsigned events)
{
    struct bench *b = arg;
    char *to = base_buf_reserve(&b->answer, 65536);
    ssize_t n = recv(b->fd, to, 65536, 0);

    (void)events;
    if (n > 0)
        base_buf_commit(&b->answer, (size_t)n);
    else if (n == 0 || errno != EAGAIN)
        loop_stop(b->loop); /* every page closes its connection */
}

/* Sends a request and returns the status of the answer. */
static int ask(struct bench *b, const char *format, const char *host)
{
    struct base_buf request;
    int64_t status = 0;

    base_buf_reset(&b->answer);
    base_buf_init(&request, 1 << 20);
    base_buf_add_str(&request, format);
    base_buf_printf(&request, "Host: %s:%u\r\n\r\n", host, (unsigned)b->port);
    b->fd = connect_to(b);
    assert_true(b->fd >= 0);
    b->watch = loop_watch_new(b->loop, b->fd, on_readable, b);
    assert_int_equal(loop_watch_set(b->watch, LOOP_READ, NULL), BASE_OK);
    loop_timer_start(b->timer, 1); /* the connection is made */
    loop_run(b->loop);
    assert_int_equal(send(b->fd, request.p, request.n, MSG_NOSIGNAL), request.n);
    loop_run(b->loop);
    loop_watch_free(b->watch);
    b->watch = NULL;
    close(b->fd);
    b->fd = -1;
    base_buf_free(&request);
    struct base_span head = base_buf_span(&b->answer);
    (void)base_span_cut(&head, ' ');
    (void)base_span_int64(base_span_cut(&head, ' '), &status);
    return (int)status;
}

static bool has(const struct bench *b, const char *text)
{
    return strstr(base_buf_str(&b->answer), text) != NULL;
}

static void asked_are(const struct bench *b, const char *expected)
{
    assert_string_equal(base_buf_str(&b->asked), expected);
}

/* ------------------------------------------------------------------ who gets through */

/* B6: a callback is a GET on the exact path; whoever else comes does not end the wait. */
static void test_only_get_on_the_path(void **fixture)
{
    struct bench *b = *fixture;

    assert_int_equal(ask(b, "GET /favicon.ico HTTP/1.1\r\n", "localhost"), 404);
    assert_int_equal(ask(b, "GET / HTTP/1.1\r\n", "localhost"), 404);
    assert_int_equal(ask(b, "GET " PATH "/?code=1 HTTP/1.1\r\n", "localhost"), 404);
    assert_int_equal(ask(b, "GET /Callback?code=1 HTTP/1.1\r\n", "localhost"), 404);
    assert_int_equal(ask(b, "GET /%63allback?code=1 HTTP/1.1\r\n", "localhost"), 404);
    assert_int_equal(ask(b, "HEAD " PATH "?code=1 HTTP/1.1\r\n", "localhost"), 405);
    assert_int_equal(ask(b, "POST " PATH " HTTP/1.1\r\nContent-Length: 0\r\n", "localhost"), 405);
    assert_int_equal(ask(b, "PUT " PATH "?code=1 HTTP/1.1\r\n", "localhost"), 405);
    asked_are(b, "");
    assert_int_equal(cli_receiver_strangers(b->receiver), 8);
    assert_int_equal(ask(b, "GET " PATH "?code=1 HTTP/1.1\r\n", "localhost"), 200);
    assert_int_equal(ask(b, "GET " PATH " HTTP/1.1\r\n", "localhost"), 200);
    asked_are(b, "[code=1][]");
    assert_int_equal(cli_receiver_strangers(b->receiver), 8);
}

/* A11: what a body says is not looked at. */
static void test_no_body(void **fixture)
{
    struct bench *b = *fixture;
    struct serve_request request = {.method = BASE_SPAN("GET"),
                                    .path = BASE_SPAN(PATH),
                                    .body = BASE_SPAN("code=1"),
                                    .header_count = 1,
                                    .headers = {{BASE_SPAN("Host"), BASE_SPAN("localhost:9")}}};
    const char *text = NULL;

    (void)b;
    assert_int_equal(cli_receiver_judge(&request, PATH, 9, &text), 400);
    assert_non_null(text);
    request.body = BASE_SPAN_NONE;
    assert_int_equal(cli_receiver_judge(&request, PATH, 9, &text), 0);
}

/* B7: the names of this machine, with our port, and no others. */
static void test_hosts(void **fixture)
{
    struct bench *b = *fixture;
    static const char *const strangers[] = {
        "evil.example", "localhost.evil.example", "127.0.0.2",   "0.0.0.0",
        "[::]",         "user@localhost",         "localhost:80"};
    static const char *const ours[] = {"localhost", "LocalHost", "127.0.0.1", "[::1]"};

    for (size_t i = 0; i < TEST_COUNT(strangers); i++) {
        int status = ask(b, "GET " PATH "?code=1 HTTP/1.1\r\n", strangers[i]);
        assert_true(status == 421 || status == 400);
    }
    asked_are(b, "");
    for (size_t i = 0; i < TEST_COUNT(ours); i++)
        assert_int_equal(ask(b, "GET " PATH "?x HTTP/1.1\r\n", ours[i]), 200);
    asked_are(b, "[x][x][x][x]");
}

/* B7: without a port it is another server, but for port 80. */
static void test_host_needs_the_port(void **fixture)
{
    struct serve_request request = {.method = BASE_SPAN("GET"),
                                    .path = BASE_SPAN(PATH),
                                    .header_count = 1,
                                    .headers = {{BASE_SPAN("Host"), BASE_SPAN("localhost")}}};
    const char *text = NULL;

    (void)fixture;
    assert_int_equal(cli_receiver_judge(&request, PATH, 8976, &text), 421);
    assert_int_equal(cli_receiver_judge(&request, PATH, 80, &text), 0);
    request.headers[0].value = BASE_SPAN("localhost:8977");
    assert_int_equal(cli_receiver_judge(&request, PATH, 8976, &text), 421);
    request.header_count = 0;
    assert_int_equal(cli_receiver_judge(&request, PATH, 8976, &text), 421);
}

/* B12: a head of more than 16 KiB. */
static void test_large_head(void **fixture)
{
    struct bench *b = *fixture;
    struct base_buf big;

    base_buf_init(&big, 1 << 20);
    base_buf_add_str(&big, "GET " PATH "?code=1 HTTP/1.1\r\nX: ");
    for (int i = 0; i < 16384; i++)
        base_buf_add_char(&big, 'a');
    base_buf_add_str(&big, "\r\n");
    assert_int_equal(ask(b, base_buf_str(&big), "localhost"), 431);
    asked_are(b, "");
    base_buf_free(&big);
}

/* B13: no other site's script may read an answer, or ask whether it might. */
static void test_no_cors(void **fixture)
{
    struct bench *b = *fixture;

    assert_int_equal(ask(b,
                         "OPTIONS " PATH " HTTP/1.1\r\nOrigin: http://evil.example\r\n"
                         "Access-Control-Request-Method: GET\r\n",
                         "localhost"),
                     405);
    assert_false(has(b, "Access-Control-"));
    assert_int_equal(
        ask(b, "GET " PATH "?x HTTP/1.1\r\nOrigin: http://evil.example\r\n", "localhost"), 200);
    assert_false(has(b, "Access-Control-"));
}

/* ------------------------------------------------------------------ its pages */

/* B11: all that keeps a page from loading, being kept, framed or referred from. */
static void test_headers(void **fixture)
{
    struct bench *b = *fixture;

    assert_int_equal(ask(b, "GET " PATH "?code=1 HTTP/1.1\r\n", "localhost"), 200);
    for (int again = 0; again < 2; again++) { /* a refusal has them as well */
        assert_true(has(b, "\r\nContent-Security-Policy: default-src 'none'; style-src 'sha256-"));
        assert_true(has(b, "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"));
        assert_true(has(b, "\r\nReferrer-Policy: no-referrer\r\n"));
        assert_true(has(b, "\r\nCache-Control: no-store\r\n"));
        assert_true(has(b, "\r\nX-Content-Type-Options: nosniff\r\n"));
        assert_true(has(b, "\r\nX-Frame-Options: DENY\r\n"));
        assert_true(has(b, "\r\nConnection: close\r\n"));
        assert_false(has(b, "unsafe-inline"));
        assert_int_equal(ask(b, "GET /other HTTP/1.1\r\n", "localhost"), 404);
    }
}

/* B11: the code is taken out of the address bar, and nothing names another place. */
static void test_clean_page(void **fixture)
{
    struct bench *b = *fixture;

    assert_int_equal(ask(b, "GET " PATH "?code=secret-code HTTP/1.1\r\n", "localhost"), 200);
    assert_true(has(b, "<script>history.replaceState("));
    assert_false(has(b, "secret-code"));
    assert_false(has(b, "src="));
    assert_false(has(b, "href="));
    assert_false(has(b, "url("));
}

/* B10: texts from outside are text. */
static void test_escaped(void **fixture)
{
    struct bench *b = *fixture;

    b->text = "<script>alert('1')</script>\n\"&\"";
    assert_int_equal(ask(b, "GET " PATH "?x HTTP/1.1\r\n", "localhost"), 200);
    assert_false(has(b, "<script>alert"));
    assert_true(has(b, "<p>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;.</p>"));
    assert_true(has(b, "<p>&quot;&amp;&quot;</p>"));
    assert_true(has(b, "<h1>Title &lt;of&gt; it</h1>"));
}

static void test_first_line_is_a_sentence(void **fixture)
{
    static const char *const cases[][2] = {
        {"the code is too old\nHubSpot: it is", "<p>The code is too old.</p><p>HubSpot: it is</p>"},
        {"Is it?\nyes", "<p>Is it?</p><p>yes</p>"},
        {"\n", "<p></p><p></p>"},
        {"x", "<p>X.</p>"},
    };
    struct bench *b = *fixture;

    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        b->text = cases[i][0];
        assert_int_equal(ask(b, "GET " PATH " HTTP/1.1\r\n", "localhost"), 200);
        assert_true(has(b, cases[i][1]));
    }
}

/* ------------------------------------------------------------------ its end */

static void on_drained(void *arg)
{
    struct bench *b = arg;

    b->drained = true;
    loop_stop(b->loop);
}

/* Waits for whether a connection is made. */
static bool is_open(struct bench *b)
{
    int fd = connect_to(b), error = 0;
    socklen_t size = sizeof(error);

    if (fd < 0)
        return false;
    loop_timer_start(b->timer, 1);
    loop_run(b->loop);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), 0);
    close(fd);
    return error == 0;
}

/* B5: it is there when cli_receiver_open() returns, before any browser is opened. B4: nobody is let
 * in once the answer is there, and nobody when it is closed. */
static void test_closed_at_the_end(void **fixture)
{
    struct bench *b = *fixture;

    assert_true(is_open(b));
    cli_receiver_drain(b->receiver, on_drained, b);
    assert_false(is_open(b));
    while (!b->drained)
        loop_run(b->loop);
    cli_receiver_close(b->receiver);
    b->receiver = NULL;
    assert_false(is_open(b));
}

/* B2, B3: a second receiver on the port fails, and says so. */
static void test_busy(void **fixture)
{
    struct bench *b = *fixture;
    struct cli_receiver *second = NULL;
    struct base_error err = BASE_ERROR_NONE;
    char url[64], port[16];

    (void)snprintf(url, sizeof(url), "http://localhost:%u/other", (unsigned)b->port);
    (void)snprintf(port, sizeof(port), "%u", (unsigned)b->port);
    assert_int_equal(cli_receiver_open(b->loop, url, on_query, b, &second, &err), BASE_BUSY);
    assert_null(second);
    assert_non_null(strstr(err.why, port));
    assert_true(err.hint[0] != '\0');
}

static void test_where_it_can_wait(void **fixture)
{
    (void)fixture;
    assert_true(cli_receiver_can("http://localhost:8976/callback"));
    assert_true(cli_receiver_can("http://127.0.0.1:8976/callback"));
    assert_true(cli_receiver_can("http://[::1]/"));
    assert_false(cli_receiver_can("https://localhost:8976/callback")); /* there is no TLS here */
    assert_false(cli_receiver_can("http://example.com/callback"));
    assert_false(cli_receiver_can("http://localhost.example.com/"));
    assert_false(
        cli_receiver_can("http://127.0.0.2:8976/callback")); /* B1: we would not be there */
    assert_false(cli_receiver_can("http://127.1:8976/callback"));
    assert_false(cli_receiver_can("nonsense"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_get_on_the_path, begin, end),
        cmocka_unit_test_setup_teardown(test_no_body, begin, end),
        cmocka_unit_test_setup_teardown(test_hosts, begin, end),
        cmocka_unit_test_setup_teardown(test_host_needs_the_port, begin, end),
        cmocka_unit_test_setup_teardown(test_large_head, begin, end),
        cmocka_unit_test_setup_teardown(test_no_cors, begin, end),
        cmocka_unit_test_setup_teardown(test_headers, begin, end),
        cmocka_unit_test_setup_teardown(test_clean_page, begin, end),
        cmocka_unit_test_setup_teardown(test_escaped, begin, end),
        cmocka_unit_test_setup_teardown(test_first_line_is_a_sentence, begin, end),
        cmocka_unit_test_setup_teardown(test_closed_at_the_end, begin, end),
        cmocka_unit_test_setup_teardown(test_busy, begin, end),
        cmocka_unit_test(test_where_it_can_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
