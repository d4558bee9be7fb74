/* What http.h promises, of the libcurl backend against a server that can misbehave. Client and
 * server share one loop, so each case is a list of events and not of waits. */
#include "test_support.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_module.h"
#include "base_text.h"
#include "http.h"
#include "http_curl_inflate.h"
#include "http_raw_server.h"

BASE_MODULE_EXPORT; /* of the backend that is linked into this test */

#define CANARY "CANARY-a1b2c3"

/* One answer or failure, kept for the test. */
struct outcome {
    unsigned calls;
    enum base_status status;
    enum http_progress progress;
    int http_status;
    size_t header_count;
    char headers[8][2][100];
    struct base_buf body;
    struct base_error err;
};

#define SLOTS 8 /* requests that a case has under way at once, at most */

struct bench;
typedef void serve_fn(struct bench *b, struct raw_peer *peer, const char *request);

struct bench {
    struct loop *loop;
    struct http *http;
    struct raw_server *server;
    serve_fn *serve;
    struct outcome outcome[SLOTS];
    unsigned expected; /* the loop stops after so many outcomes */
    unsigned done;
    struct base_buf requests; /* all that the server received */
    struct raw_peer *peer;    /* a place for a case's own use */
    struct http_call *call;
    struct loop_timer *timer;
};

static void on_request(void *arg, struct raw_peer *peer, const char *request)
{
    struct bench *b = arg;
    base_buf_add_str(&b->requests, request);
    base_buf_add_char(&b->requests, '\n');
    b->serve(b, peer, request);
}

static void open_backend(struct bench *b)
{
    struct base_error err = BASE_ERROR_NONE;
    const struct http_module *module = hubauth_module.entry;
    assert_ok(module->open(b->loop, "hubauth-test/1", &b->http, &err), &err);
}

static int setup(void **state)
{
    struct bench *b = base_mem_new(sizeof(*b));
    assert_non_null(b);
    assert_ok(crypt_start(NULL), NULL);
    assert_ok(loop_new(&b->loop, NULL), NULL);
    b->server = raw_server_new(b->loop, on_request, b);
    open_backend(b);
    base_buf_init(&b->requests, SIZE_MAX);
    for (size_t i = 0; i < TEST_COUNT(b->outcome); i++)
        base_buf_init(&b->outcome[i].body, SIZE_MAX);
    b->expected = 1;
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    http_free(b->http);
    loop_timer_free(b->timer);
    raw_server_free(b->server);
    for (size_t i = 0; i < TEST_COUNT(b->outcome); i++)
        base_buf_free(&b->outcome[i].body);
    base_buf_free(&b->requests);
    loop_free(b->loop);
    base_mem_free(b);
    return 0;
}

static void keep(struct outcome *o, enum base_status status, struct http_response *response,
                 enum http_progress progress, const struct base_error *err)
{
    o->calls++;
    o->status = status;
    o->progress = progress;
    if (status != BASE_OK) {
        assert_null(response);
        assert_non_null(err);
        assert_int_equal(err->status, status);
        o->err = *err;
        return;
    }
    o->http_status = response->status;
    o->header_count = response->header_count;
    for (size_t i = 0; i < response->header_count && i < TEST_COUNT(o->headers); i++) {
        base_text_copy(o->headers[i][0], sizeof(o->headers[i][0]), response->headers[i].name);
        base_text_copy(o->headers[i][1], sizeof(o->headers[i][1]), response->headers[i].value);
    }
    assert_true(response->sent_ms >= 0);
    assert_true(response->first_byte_ms >= response->sent_ms);
    assert_true(response->elapsed_ms >= response->first_byte_ms);
    base_buf_reset(&o->body);
    base_buf_add_span(&o->body, base_buf_span(&response->body));
}

static void count_outcome(struct bench *b)
{
    if (++b->done == b->expected)
        loop_stop(b->loop);
}

struct slot { /* which outcome a request writes */
    struct bench *b;
    struct outcome *o;
};
static struct slot slots[SLOTS];

static void on_done(void *arg, enum base_status status, struct http_response *response,
                    enum http_progress progress, const struct base_error *err)
{
    struct slot *s = arg;
    keep(s->o, status, response, progress, err);
    count_outcome(s->b);
}

static const char *url_of(const struct bench *b, const char *path)
{
    static char url[SLOTS][200];
    static unsigned next;
    char *to = url[next++ % SLOTS];
    snprintf(to, sizeof(url[0]), "http://localhost:%u%s", raw_server_port(b->server), path);
    return to;
}

static struct http_call *start(struct bench *b, unsigned slot, const struct http_request *request)
{
    struct base_error err = BASE_ERROR_NONE;
    struct http_call *call = NULL;
    slots[slot] = (struct slot){b, &b->outcome[slot]};
    assert_ok(http_start(b->http, request, on_done, &slots[slot], &call, &err), &err);
    assert_non_null(call);
    assert_int_equal(b->outcome[slot].calls, 0); /* never from http_start() */
    return call;
}

/* One request, to its end. */
static struct outcome *fetch(struct bench *b, const struct http_request *request)
{
    b->outcome[0].calls = 0;
    b->done = 0;
    start(b, 0, request);
    loop_run(b->loop);
    assert_int_equal(b->outcome[0].calls, 1);
    return &b->outcome[0];
}

static struct outcome *get(struct bench *b, const char *path)
{
    return fetch(b, &(struct http_request){.method = "GET", .url = url_of(b, path)});
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        print_error("\"%s\" is not in \"%s\"\n", part, text);
    assert_non_null(strstr(text, part));
}

/* An error says which host, and what to do where something can be done. */
static void check_error(const struct outcome *o, enum base_status status,
                        enum http_progress progress, const char *why)
{
    assert_status(o->status, status, &o->err);
    assert_int_equal(o->progress, progress);
    assert_has(o->err.doing, "localhost:");
    assert_has(o->err.why, why);
    assert_string_not_equal(o->err.lower, "");
}

/* ---------------------------------------------------------------- answers */

static void serve_plain(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 404 Not Found\r\nX-HubSpot-RateLimit-Max: 110\r\nset-cookie: a=b\r\n"
                   "Set-Cookie:c=d\t \r\nEmpty:\r\nContent-Length: 5\r\n\r\nhello");
}

static void test_status_and_headers(void **state)
{
    struct bench *b = *state;
    b->serve = serve_plain;
    struct outcome *o = get(b, "/a?b=c%20d");
    assert_ok(o->status, &o->err);
    assert_int_equal(o->http_status, 404);
    assert_string_equal(base_buf_str(&o->body), "hello");
    static const char *const want[][2] = {{"X-HubSpot-RateLimit-Max", "110"},
                                          {"set-cookie", "a=b"},
                                          {"Set-Cookie", "c=d"},
                                          {"Empty", ""},
                                          {"Content-Length", "5"}};
    assert_int_equal(o->header_count, TEST_COUNT(want));
    for (size_t i = 0; i < TEST_COUNT(want); i++) {
        assert_string_equal(o->headers[i][0], want[i][0]);
        assert_string_equal(o->headers[i][1], want[i][1]);
    }
    const char *request = base_buf_str(&b->requests);
    assert_non_null(strstr(request, "GET /a?b=c%20d HTTP/1.1\r\n"));
    assert_has(request, "User-Agent: hubauth-test/1\r\n");
    assert_null(strcasestr(request, "\r\nCookie:"));
    assert_null(strcasestr(request, "\r\nAuthorization:"));
    assert_null(strcasestr(request, "\r\nContent-Type:"));
    assert_null(strcasestr(request, "\r\nExpect:"));

    get(b, "/again"); /* cookies are not kept */
    assert_null(strcasestr(base_buf_str(&b->requests), "\r\nCookie:"));
}

static void serve_interim(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer,
             "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\nA: 1\r\n folded\r\n"
             "Transfer-Encoding: chunked\r\nTrailer: T\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n"
             "HTTP/1.1 500: x\r\n\r\n");
}

/* Headers are those of the final answer's head: no interim answer's, no trailers. */
static void test_interim_and_trailers(void **state)
{
    struct bench *b = *state;
    b->serve = serve_interim;
    struct outcome *o = get(b, "/");
    assert_ok(o->status, &o->err);
    assert_int_equal(o->http_status, 200);
    assert_string_equal(base_buf_str(&o->body), "abc");
    assert_string_equal(o->headers[0][0], "A");
    for (size_t i = 0; i < o->header_count; i++) {
        assert_string_not_equal(o->headers[i][0], "Link");
        assert_string_not_equal(o->headers[i][0], "T");
    }
}

static const unsigned char small_gzip[] = /* {"results":[{"id":"1"} five times]} */
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xab\x56\x2a\x4a\x2d\x2e\xcd\x29\x29\x56\xb2\x8a\xae"
    "\x56"
    "\xca\x4c\x51\xb2\x52\x32\x54\xaa\xd5\x21\x81\x19\x5b\x0b\x00\xc5\x97\x65\x53\x44\x00\x00\x00";

static void serve_gzip(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b;
    assert_non_null(strcasestr(request, "\r\nAccept-Encoding: "));
    assert_non_null(strstr(request, "gzip"));
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 47\r\n\r\n");
    raw_send_bytes(peer, small_gzip, 47);
}

#define SMALL                                                                                      \
    "{\"results\":[{\"id\":\"1\"},{\"id\":\"1\"},{\"id\":\"1\"},{\"id\":\"1\"},{\"id\":\"1\"}]}"

static void test_gzip(void **state)
{
    struct bench *b = *state;
    b->serve = serve_gzip;
    struct outcome *o = get(b, "/");
    assert_ok(o->status, &o->err);
    assert_string_equal(base_buf_str(&o->body), SMALL);
}

/* Two members one after the other; what the end of the last one says is then half of it. */
static void serve_two_members(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Encoding: x-gzip\r\nContent-Length: 94\r\n\r\n");
    raw_send_bytes(peer, small_gzip, 47);
    raw_send_bytes(peer, small_gzip, 47);
}

static void serve_announced_gzip(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 48\r\n\r\n");
    raw_send_bytes(peer, small_gzip, 47);
    raw_close(peer);
}

static void serve_head(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 47\r\n\r\n");
}

static void serve_identity(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b;
    assert_non_null(strstr(request, "\r\nAccept-Encoding: identity\r\n"));
    assert_null(strstr(request, "gzip"));
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}");
}

static void test_other_gzip(void **state)
{
    struct bench *b = *state;
    b->serve = serve_two_members;
    struct outcome *o = get(b, "/");
    assert_ok(o->status, &o->err);
    assert_string_equal(base_buf_str(&o->body), SMALL SMALL);
    b->serve = serve_head;
    o = fetch(b, &(struct http_request){.method = "HEAD", .url = url_of(b, "/")});
    assert_ok(o->status, &o->err);
    assert_int_equal(o->body.n, 0);
    b->serve = serve_identity; /* the caller's word */
    o = fetch(b,
              &(struct http_request){.method = "GET",
                                     .url = url_of(b, "/"),
                                     .headers = &(struct http_header){BASE_SPAN("Accept-Encoding"),
                                                                      BASE_SPAN("identity")},
                                     .header_count = 1});
    assert_ok(o->status, &o->err);
    assert_string_equal(base_buf_str(&o->body), "{}");
}

/* ---------------------------------------------------------------- bodies that are under way */

struct pieces {
    struct bench *b;
    struct raw_peer *peer;
    unsigned calls;
    int status;
    char last[100];
    char want[100]; /* what must have come before more is sent */
    const char *more;
    bool cut; /* the connection, after that */
};

/* The server waits for what the client has told: nothing is told later than it came. */
static void on_body(void *arg, int status, struct base_span body)
{
    struct pieces *p = arg;
    assert_int_equal(p->b->outcome[0].calls, 0); /* before `done` */
    assert_true(body.n >= strlen(p->last));      /* it grows */
    assert_memory_equal(body.p, p->last, strlen(p->last));
    base_text_copy(p->last, sizeof(p->last), body);
    p->status = status;
    p->calls++;
    if (p->more != NULL && strcmp(p->last, p->want) == 0) {
        raw_send(p->peer, p->more);
        p->more = NULL;
        if (p->cut)
            raw_close(p->peer);
    }
}

static struct pieces pieces;

static void serve_first_piece(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    pieces.peer = peer;
    raw_send(peer, "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
}

static struct outcome *fetch_pieces(struct bench *b, const char *more, bool cut)
{
    pieces = (struct pieces){.b = b, .want = "abc", .more = more, .cut = cut};
    b->serve = serve_first_piece;
    return fetch(b, &(struct http_request){.method = "POST",
                                           .url = url_of(b, "/"),
                                           .body = BASE_SPAN("x"),
                                           .on_body = on_body,
                                           .on_body_arg = &pieces});
}

/* T2: an answer that is given once is shown as it comes. */
static void test_on_body(void **state)
{
    struct outcome *o = fetch_pieces(*state, "2\r\nde\r\n0\r\n\r\n", false);
    assert_ok(o->status, &o->err);
    assert_string_equal(base_buf_str(&o->body), "abcde");
    assert_string_equal(pieces.last, "abcde");
    assert_int_equal(pieces.status, 201);
    assert_true(pieces.calls >= 2);

    o = fetch_pieces(*state, "2\r\nde\r\n", true); /* all of it was here, and no end came */
    check_error(o, BASE_UNAVAILABLE, HTTP_MAYBE_ACTED, "broke before the answer");
    assert_string_equal(pieces.last, "abcde");
}

static void serve_compressed_all_the_same(struct bench *b, struct raw_peer *peer,
                                          const char *request)
{
    (void)b;
    assert_non_null(strstr(request, "\r\nAccept-Encoding: identity\r\n"));
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 47\r\n\r\n");
    raw_send_bytes(peer, small_gzip, 47);
}

/* What is shown is readable. */
static void test_on_body_compressed(void **state)
{
    struct bench *b = *state;
    b->serve = serve_compressed_all_the_same;
    pieces = (struct pieces){.b = b};
    struct outcome *o = fetch(
        b, &(struct http_request){
               .method = "GET", .url = url_of(b, "/"), .on_body = on_body, .on_body_arg = &pieces});
    assert_ok(o->status, &o->err);
    assert_string_equal(base_buf_str(&o->body), SMALL);
    assert_int_equal(pieces.calls, 0);
}

static void test_on_body_without_memory(void **state)
{
    struct bench *b = *state;
    struct base_error err;
    struct http_call *call;
    pieces = (struct pieces){.b = b};
    const struct http_request request = {
        .method = "GET", .url = url_of(b, "/"), .on_body = on_body, .on_body_arg = &pieces};
    enum base_status status = BASE_NO_MEMORY;
    unsigned failed = 0;
    for (long n = 0; status != BASE_OK; n++, failed++) { /* the room for the body is one of them */
        base_mem_fail_after(n);
        status = http_start(b->http, &request, on_done, &slots[0], &call, &err);
        base_mem_fail_after(-1);
        if (status == BASE_OK)
            http_cancel(call, b->http);
        else
            assert_status(status, BASE_NO_MEMORY, &err);
    }
    assert_true(failed > 3);
}

static void serve_html(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(
        peer,
        "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>");
}

static void test_html(void **state)
{
    struct bench *b = *state;
    b->serve = serve_html;
    struct outcome *o = get(b, "/");
    assert_ok(o->status, &o->err); /* an HTTP answer of any status */
    assert_int_equal(o->http_status, 502);
    assert_string_equal(base_buf_str(&o->body), "<html>");
}

static void serve_empty(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 204 No Content\r\n\r\n");
}

/* C2: what was checked is what is sent, down to its dots and escapes. */
static void test_target_as_it_is(void **state)
{
    struct bench *b = *state;
    static const char *const paths[][2] = {
        {"/a/../b/./c?d=..%2F&e=%20'", NULL},
        {"//a//?", NULL},
        {"/?a?b=/c&&", NULL},
        {"?a=b", "/?a=b"},
        {"", "/"},
    };
    b->serve = serve_empty;
    for (size_t i = 0; i < TEST_COUNT(paths); i++) {
        char line[200];
        struct outcome *o = get(b, paths[i][0]);
        assert_ok(o->status, &o->err);
        snprintf(line, sizeof(line), "GET %s HTTP/1.1\r\n",
                 paths[i][1] != NULL ? paths[i][1] : paths[i][0]);
        assert_has(base_buf_str(&b->requests), line);
    }
}

static void test_no_content(void **state)
{
    struct bench *b = *state;
    b->serve = serve_empty;
    struct outcome *o = get(b, "/");
    assert_ok(o->status, &o->err);
    assert_int_equal(o->http_status, 204);
    assert_int_equal(o->body.n, 0);
}

/* ---------------------------------------------------------------- what is sent */

static void test_methods_and_bodies(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *method, *body, *type;
    } cases[] = {
        {"POST", "a=1", "application/x-www-form-urlencoded"},
        {"POST", "{}", "application/json"},
        {"POST", "x", NULL},
        {"POST", NULL, NULL},
        {"PUT", "", NULL},
        {"PATCH", "{}", "application/json"},
        {"DELETE", NULL, NULL},
        {"DELETE", "x", NULL},
        {"GET", NULL, NULL},
        {"HEAD", NULL, NULL},
        {"OPTIONS", NULL, NULL},
    };
    b->serve = serve_empty;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        base_buf_reset(&b->requests);
        struct http_header type = {BASE_SPAN("Content-Type"), base_span_of(cases[i].type)};
        struct outcome *o = fetch(b, &(struct http_request){.method = cases[i].method,
                                                            .url = url_of(b, "/x"),
                                                            .headers = &type,
                                                            .header_count = cases[i].type != NULL,
                                                            .body = base_span_of(cases[i].body)});
        assert_ok(o->status, &o->err);
        const char *request = base_buf_str(&b->requests);
        char line[200];
        snprintf(line, sizeof(line), "%s /x HTTP/1.1\r\n", cases[i].method);
        assert_ptr_equal(strstr(request, line), request);
        bool has_content = cases[i].body != NULL || cases[i].method[0] == 'P';
        size_t length = cases[i].body != NULL ? strlen(cases[i].body) : 0;
        snprintf(line, sizeof(line), "\r\nContent-Length: %zu\r\n", length);
        assert_int_equal(strstr(request, line) != NULL, has_content);
        snprintf(line, sizeof(line), "\r\n\r\n%s\n", cases[i].body != NULL ? cases[i].body : "");
        assert_has(request, line);
        if (cases[i].type != NULL)
            assert_has(request, cases[i].type);
        else
            assert_null(strcasestr(request, "Content-Type"));
    }
}

static void test_headers_sent(void **state)
{
    struct bench *b = *state;
    b->serve = serve_empty;
    const struct http_header headers[] = {{BASE_SPAN("X-One"), BASE_SPAN("a, b; c")},
                                          {BASE_SPAN("X-Empty"), BASE_SPAN("")},
                                          {BASE_SPAN("Accept"), BASE_SPAN("application/json")}};
    fetch(b, &(struct http_request){
                 .method = "GET", .url = url_of(b, "/"), .headers = headers, .header_count = 3});
    assert_has(base_buf_str(&b->requests), "\r\nX-One: a, b; c\r\n");
    assert_has(base_buf_str(&b->requests), "\r\nX-Empty:\r\n");
    assert_has(base_buf_str(&b->requests), "\r\nAccept: application/json\r\n");
    assert_null(strstr(base_buf_str(&b->requests), "*/*"));
}

static void test_large_upload(void **state)
{
    struct bench *b = *state;
    b->serve = serve_empty;
    struct base_buf body;
    base_buf_init(&body, SIZE_MAX);
    for (int i = 0; i < 400000; i++)
        base_buf_add_str(&body, "0123456789");
    struct outcome *o =
        fetch(b, &(struct http_request){
                     .method = "POST", .url = url_of(b, "/"), .body = base_buf_span(&body)});
    assert_ok(o->status, &o->err);
    assert_true(b->requests.n > 4000000);
    assert_null(strcasestr(base_buf_str(&b->requests), "\r\nExpect:")); /* nor waited for */
    base_buf_free(&body);
}

static void serve_reset(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_reset(peer);
}

static void check_no_canary(const struct base_error *err)
{
    assert_null(strstr(err->doing, CANARY));
    assert_null(strstr(err->why, CANARY));
    assert_null(strstr(err->lower, CANARY));
    assert_null(strstr(err->hint, CANARY));
}

/* C9: the token goes into one header and nowhere else; neither it nor the path is in an error. */
static void test_bearer(void **state)
{
    struct bench *b = *state;
    struct crypt_secret *token = crypt_secret_from(CANARY, strlen(CANARY));
    assert_non_null(token);
    b->serve = serve_empty;
    const struct http_request request = {
        .method = "GET", .url = url_of(b, "/oauth/v1/access-tokens/" CANARY), .bearer = token};
    fetch(b, &request);
    assert_has(base_buf_str(&b->requests), "\r\nAuthorization: Bearer " CANARY "\r\n");

    b->serve = serve_reset;
    struct outcome *o = fetch(b, &request);
    check_error(o, BASE_UNAVAILABLE, HTTP_MAYBE_ACTED, "localhost");
    check_no_canary(&o->err);

    struct base_error err = BASE_ERROR_NONE;
    struct http_call *call;
    struct crypt_secret *bad = crypt_secret_from(CANARY "\r\nX: y", strlen(CANARY "\r\nX: y"));
    struct http_request refused = request;
    refused.bearer = bad;
    assert_status(http_start(b->http, &refused, on_done, NULL, &call, &err), BASE_USAGE, &err);
    check_no_canary(&err);
    crypt_secret_free(bad);
    crypt_secret_free(token);
}

/* ---------------------------------------------------------------- caps */

static void serve_endless(struct bench *b, struct raw_peer *peer, const char *request)
{
    char chunk[4096 + 8] = "1000\r\n";
    (void)b, (void)request;
    memset(chunk + 6, 'x', 4096);
    memcpy(chunk + 6 + 4096, "\r\n", 2);
    raw_send(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 2000; i++) /* 8 MB, and no end */
        raw_send_bytes(peer, chunk, sizeof(chunk));
}

static void serve_announced(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"); /* and then nothing */
}

static void serve_exact(struct bench *b, struct raw_peer *peer, const char *request)
{
    static char body[10000];
    (void)b, (void)request;
    memset(body, 'y', sizeof(body));
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n");
    raw_send_bytes(peer, body, sizeof(body));
}

/* One million NUL bytes in 1,003. */
#define BOMB 1003
static void add_bomb(struct base_buf *out)
{
    static const unsigned char start[] =
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xed\xc1\x01\x01\x00\x00"
        "\x00\x82\x20\xff\xaf\x6e\x48\x40\x01";
    static const unsigned char end[] = "\xaf\x06\x9e\xcb\x79\x12\x40\x42\x0f\x00";
    unsigned char bomb[BOMB] = {0};
    memcpy(bomb, start, sizeof(start) - 1);
    memcpy(bomb + sizeof(bomb) - (sizeof(end) - 1), end, sizeof(end) - 1);
    base_buf_add(out, bomb, sizeof(bomb));
}

static void serve_bomb(struct bench *b, struct raw_peer *peer, const char *request)
{
    struct base_buf bomb;
    (void)b, (void)request;
    base_buf_init(&bomb, BOMB);
    add_bomb(&bomb);
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1003\r\n\r\n");
    raw_send_bytes(peer, bomb.p, bomb.n);
    base_buf_free(&bomb);
}

static void test_body_cap(void **state)
{
    struct bench *b = *state;
    struct http_request request = {.method = "GET", .url = url_of(b, "/"), .max_body = 10000};
    b->serve = serve_exact;
    struct outcome *o = fetch(b, &request);
    assert_ok(o->status, &o->err);
    assert_int_equal(o->body.n, 10000);
    request.max_body = 9999;
    check_error(fetch(b, &request), BASE_LIMIT, HTTP_MAYBE_ACTED,
                "larger than its cap of 9999 bytes");
    b->serve = serve_announced; /* told before the body comes */
    check_error(fetch(b, &request), BASE_LIMIT, HTTP_MAYBE_ACTED,
                "larger than its cap of 9999 bytes");
    b->serve = serve_endless; /* enforced while it comes */
    check_error(fetch(b, &request), BASE_LIMIT, HTTP_MAYBE_ACTED,
                "larger than its cap of 9999 bytes");
    b->serve = serve_bomb; /* counted as it is decoded */
    check_error(fetch(b, &request), BASE_LIMIT, HTTP_MAYBE_ACTED,
                "larger than its cap of 9999 bytes");
    request.max_body = 1000000;
    o = fetch(b, &request);
    assert_ok(o->status, &o->err);
    assert_int_equal(o->body.n, 1000000);
    request.max_body = 0;
    b->serve = serve_endless;
    check_error(fetch(b, &request), BASE_LIMIT, HTTP_MAYBE_ACTED,
                "larger than its cap of 1048576 bytes");
}

static void serve_many_headers(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 150; i++)
        raw_send(peer, "A: b\r\n");
    raw_send(peer, "Content-Length: 0\r\n\r\n");
}

static void serve_large_headers(struct bench *b, struct raw_peer *peer, const char *request)
{
    char line[1000];
    (void)b, (void)request;
    memset(line, 'a', sizeof(line));
    memcpy(line, "A: ", 3);
    memcpy(line + sizeof(line) - 2, "\r\n", 2);
    raw_send(peer, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 80; i++)
        raw_send_bytes(peer, line, sizeof(line));
    raw_send(peer, "Content-Length: 0\r\n\r\n");
}

static void test_head_cap(void **state)
{
    struct bench *b = *state;
    b->serve = serve_many_headers;
    check_error(get(b, "/"), BASE_LIMIT, HTTP_MAYBE_ACTED, "headers");
    b->serve = serve_large_headers;
    check_error(get(b, "/"), BASE_LIMIT, HTTP_MAYBE_ACTED, "headers");
}

/* ---------------------------------------------------------------- bodies of any length */

/* What was handed over, and what the case does about it. */
static struct handed {
    struct bench *b;
    unsigned heads, pieces;
    int status;
    bool has_header;
    struct base_buf body;
    size_t wanted;         /* bytes, and no more after that; 0: all */
    struct raw_peer *peer; /* gets `more` with the first piece */
    const char *more;
    bool cut;        /* the connection, after that */
    bool later;      /* it gets it in a turn of its own */
    int64_t slow_ms; /* that each piece takes */
    size_t bytes, largest;
    bool forget;      /* what came is counted and not kept */
    long allocations; /* made before the first piece was done with */
} handed;

static void send_more(void *arg)
{
    struct handed *h = arg;
    raw_send(h->peer, h->more);
    h->more = NULL;
    if (h->cut)
        raw_close(h->peer);
}

static bool on_piece(void *arg, const struct http_response *head, struct base_span piece)
{
    struct handed *h = arg;
    assert_int_equal(h->b->outcome[0].calls, 0); /* before `done` */
    assert_int_equal(head != NULL, h->pieces == 0);
    h->pieces++;
    if (head != NULL) {
        h->heads++;
        h->status = head->status;
        h->has_header = base_span_is(http_response_header(head, "x-test"), "yes");
        assert_int_equal(head->body.n, 0);
        h->allocations = base_mem_count();
    }
    h->bytes += piece.n;
    h->largest = piece.n > h->largest ? piece.n : h->largest;
    if (!h->forget)
        base_buf_add_span(&h->body, piece);
    if (h->more != NULL && h->later)
        loop_timer_start(h->b->timer, 0);
    else if (h->more != NULL)
        send_more(h);
    if (h->slow_ms > 0)
        (void)usleep((useconds_t)h->slow_ms * 1000);
    return h->wanted == 0 || h->bytes < h->wanted;
}

static struct outcome *fetch_handed(struct bench *b, struct handed how, struct http_request request)
{
    base_buf_free(&handed.body);
    handed = how;
    handed.b = b;
    base_buf_init(&handed.body, SIZE_MAX);
    request.method = "GET";
    request.url = url_of(b, "/");
    request.on_piece = on_piece;
    request.on_piece_arg = &handed;
    loop_timer_free(b->timer);
    b->timer = loop_timer_new(b->loop, send_more, &handed);
    return fetch(b, &request);
}

static void serve_beginning(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    handed.peer = peer;
    raw_send(peer, "HTTP/1.1 201 Created\r\nX-Test: yes\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3\r\nabc\r\n");
}

static void test_on_piece(void **state)
{
    struct bench *b = *state;
    b->serve = serve_beginning; /* the end comes only when the beginning was handed over */
    struct outcome *o = fetch_handed(b, (struct handed){.more = "2\r\nde\r\n0\r\n\r\n"},
                                     (struct http_request){.hold = 2, .max_body = 4});
    assert_ok(o->status, &o->err);
    assert_string_equal(base_buf_str(&handed.body), "abcde");
    assert_int_equal(handed.status, 201);
    assert_true(handed.has_header);
    assert_int_equal(handed.heads, 1);
    assert_int_equal(o->http_status, 201);
    assert_int_equal(o->body.n, 0);

    b->serve = serve_exact; /* what was held comes first, and all comes once */
    o = fetch_handed(b, (struct handed){0}, (struct http_request){.hold = 9999, .max_body = 9999});
    assert_ok(o->status, &o->err);
    assert_int_equal(handed.body.n, 10000);

    o = fetch_handed(b, (struct handed){0},
                     (struct http_request){.hold = 10000, .max_body = 10000});
    assert_ok(o->status, &o->err); /* it does not outgrow that */
    assert_int_equal(handed.pieces, 0);
    assert_int_equal(o->body.n, 10000);
}

/* What breaks is said to have broken, and nothing comes after the last piece that is wanted. */
static void test_on_piece_cut(void **state)
{
    struct bench *b = *state;
    b->serve = serve_beginning;
    struct outcome *o = fetch_handed(b, (struct handed){.more = "2\r\nde\r\n", .cut = true},
                                     (struct http_request){.hold = 2});
    check_error(o, BASE_UNAVAILABLE, HTTP_MAYBE_ACTED, "broke before the answer");
    assert_string_equal(base_buf_str(&handed.body), "abcde");

    b->serve = serve_endless;
    o = fetch_handed(b, (struct handed){.wanted = 100000}, (struct http_request){.hold = 1000});
    check_error(o, BASE_CANCELLED, HTTP_MAYBE_ACTED, "no more of the answer");
    assert_true(handed.body.n < 100000 + 65536);
}

static void serve_refusal(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\n0123456789");
}

/* What has to be judged is held, and has its cap. */
static void test_on_piece_held(void **state)
{
    struct bench *b = *state;
    b->serve = serve_refusal;
    struct outcome *o =
        fetch_handed(b, (struct handed){0}, (struct http_request){.hold = 2, .max_body = 10});
    assert_ok(o->status, &o->err);
    assert_string_equal(base_buf_str(&o->body), "0123456789");
    o = fetch_handed(b, (struct handed){0}, (struct http_request){.hold = 2, .max_body = 9});
    check_error(o, BASE_LIMIT, HTTP_MAYBE_ACTED, "larger than its cap of 9 bytes");
}

/* ---------------------------------------------------------------- the same, compressed */

/* What the next answers are: a head, and a body in chunks of some size or, with 0, of known length.
 */
static struct answer {
    const char *head;
    const void *bytes;
    size_t n, chunk;
} planned;

static void serve_answer(struct bench *b, struct raw_peer *peer, const char *request)
{
    const char *bytes = planned.bytes;
    struct base_buf out;
    (void)b;
    assert_non_null(strstr(request, "\r\nAccept-Encoding: gzip\r\n"));
    base_buf_init(&out, SIZE_MAX);
    base_buf_add_str(&out, planned.head);
    if (planned.chunk == 0) {
        base_buf_printf(&out, "Content-Length: %zu\r\n\r\n", planned.n);
        base_buf_add(&out, bytes, planned.n);
    } else {
        base_buf_add_str(&out, "Transfer-Encoding: chunked\r\n\r\n");
        for (size_t at = 0, n; at < planned.n; at += n) {
            n = planned.n - at < planned.chunk ? planned.n - at : planned.chunk;
            base_buf_printf(&out, "%zx\r\n", n);
            base_buf_add(&out, bytes + at, n);
            base_buf_add_str(&out, "\r\n");
        }
        base_buf_add_str(&out, "0\r\n\r\n");
    }
    assert_int_equal(base_buf_status(&out), BASE_OK);
    raw_send_bytes(peer, out.p, out.n);
    base_buf_free(&out);
}

#define COMPRESSED "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"

/* `hold` bytes of it are held at most. */
static struct outcome *fetch_answer(struct bench *b, const void *bytes, size_t n, size_t chunk,
                                    size_t hold)
{
    b->serve = serve_answer;
    planned.head = planned.head != NULL ? planned.head : COMPRESSED;
    planned.bytes = bytes;
    planned.n = n;
    planned.chunk = chunk;
    struct outcome *o =
        fetch_handed(b, (struct handed){0}, (struct http_request){.hold = hold, .max_body = 1000});
    planned.head = NULL;
    return o;
}

/* Two members, and what they become. */
static const char *two_members(void)
{
    static char bytes[94];
    memcpy(bytes, small_gzip, 47);
    memcpy(bytes + 47, small_gzip, 47);
    return bytes;
}

/* However the bytes are divided, they are decoded as they come; what is held is counted decoded. */
static void test_on_piece_gzip(void **state)
{
    struct bench *b = *state;
    const size_t chunks[] = {0, 1, 2, 7, 46, 47, 48};
    for (size_t i = 0; i < TEST_COUNT(chunks); i++) {
        struct outcome *o = fetch_answer(b, small_gzip, 47, chunks[i], strlen(SMALL) - 1);
        assert_ok(o->status, &o->err);
        assert_string_equal(base_buf_str(&handed.body), SMALL);
        assert_int_equal(o->body.n, 0);
        o = fetch_answer(b, small_gzip, 47, chunks[i], strlen(SMALL));
        assert_ok(o->status, &o->err);
        assert_int_equal(handed.pieces, 0);
        assert_string_equal(base_buf_str(&o->body), SMALL);
        o = fetch_answer(b, two_members(), 94, chunks[i], strlen(SMALL));
        assert_ok(o->status, &o->err);
        assert_string_equal(base_buf_str(&handed.body), SMALL SMALL);
    }
}

/* What is no 2xx is held, decoded; an empty body is one of any coding. */
static void test_on_piece_gzip_held(void **state)
{
    struct bench *b = *state;
    planned.head = "HTTP/1.1 429 Too Many Requests\r\nContent-Encoding: x-gzip\r\n";
    struct outcome *o = fetch_answer(b, small_gzip, 47, 5, 2);
    assert_ok(o->status, &o->err);
    assert_int_equal(o->http_status, 429);
    assert_string_equal(base_buf_str(&o->body), SMALL);
    assert_int_equal(handed.pieces, 0);
    o = fetch_answer(b, "", 0, 0, 2);
    assert_ok(o->status, &o->err);
    assert_int_equal(o->body.n, 0);
    b->serve = serve_head;
    o = fetch(b, &(struct http_request){.method = "HEAD",
                                        .url = url_of(b, "/"),
                                        .on_piece = on_piece,
                                        .on_piece_arg = &handed});
    assert_ok(o->status, &o->err);
    assert_int_equal(o->body.n, 0);
}

static void check_damaged(struct outcome *o)
{
    check_error(o, BASE_UNAVAILABLE, HTTP_MAYBE_ACTED, "is compressed, and damaged");
    assert_memory_equal(base_buf_str(&handed.body), SMALL SMALL, handed.body.n);
}

/* C4: a gzip that ends early is no whole answer, though it ends as HTTP says: held or handed over.
 */
static void test_on_piece_gzip_cut(void **state)
{
    struct bench *b = *state;
    for (size_t n = 1; n < 94; n++) {
        if (n == 47)
            continue;
        check_damaged(fetch_answer(b, two_members(), n, 0, 0));
        assert_true(n < 47 || handed.body.n >= strlen(SMALL)); /* no less than what is certain */
        check_damaged(fetch_answer(b, two_members(), n, 1, 1000));
        assert_int_equal(handed.pieces, 0);
    }
    /* Where the connection ends as well, that is what there is to say. */
    b->serve = serve_announced_gzip;
    struct outcome *o = fetch_handed(b, (struct handed){0}, (struct http_request){.hold = 2});
    check_error(o, BASE_UNAVAILABLE, HTTP_MAYBE_ACTED, "broke before the answer");
    assert_string_equal(base_buf_str(&handed.body), SMALL);
}

/* C4: each byte of the header that has a meaning, the checksum, the length; what follows; what was
 * compressed twice, or otherwise. */
static void test_on_piece_gzip_damaged(void **state)
{
    struct bench *b = *state;
    const size_t places[] = {0, 1, 2, 39, 40, 41, 42, 43, 44, 45, 46};
    char bytes[49];
    for (size_t i = 0; i < TEST_COUNT(places); i++) {
        memcpy(bytes, small_gzip, 47);
        bytes[places[i]] ^= 0x10;
        check_damaged(fetch_answer(b, bytes, 47, 0, 0));
        check_damaged(fetch_answer(b, bytes, 47, 1, 1000));
    }
    assert_has(b->outcome[0].err.lower, "incorrect length check");
    memcpy(bytes, small_gzip, 47);
    memcpy(bytes + 47, "{}", 2);
    check_damaged(fetch_answer(b, bytes, 49, 0, 0));
    assert_int_equal(handed.body.n, strlen(SMALL));
    check_damaged(fetch_answer(b, bytes, 48, 1, 0));
    const char *heads[] = {COMPRESSED "Content-Encoding: gzip\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n"};
    for (size_t i = 0; i < TEST_COUNT(heads); i++) {
        planned.head = heads[i];
        check_damaged(fetch_answer(b, small_gzip, 47, 9, 0));
        assert_int_equal(handed.pieces, 0);
    }
}

/* C4: what a few bytes become takes no more memory than they do: pieces of one size, and no
 * allocation while they come. Held, it has its cap. */
static void test_on_piece_bomb(void **state)
{
    struct bench *b = *state;
    struct base_buf bombs;
    base_buf_init(&bombs, SIZE_MAX);
    for (int i = 0; i < 100; i++) /* a hundred million bytes */
        add_bomb(&bombs);
    planned = (struct answer){.head = COMPRESSED, .bytes = bombs.p, .n = bombs.n};
    b->serve = serve_answer;
    struct outcome *o =
        fetch_handed(b, (struct handed){.forget = true}, (struct http_request){.hold = 1000});
    assert_ok(o->status, &o->err);
    assert_int_equal(handed.bytes, 100000000);
    assert_true(handed.largest <= HTTP_CURL_INFLATE_ROOM);
    assert_in_range(base_mem_count() - handed.allocations, 0, 10);

    o = fetch_handed(b, (struct handed){.forget = true, .wanted = 1000000},
                     (struct http_request){.hold = 1000});
    check_error(o, BASE_CANCELLED, HTTP_MAYBE_ACTED, "no more of the answer");
    assert_true(handed.bytes <= 1000000 + HTTP_CURL_INFLATE_ROOM);

    planned.head = "HTTP/1.1 500 Oops\r\nContent-Encoding: gzip\r\n";
    o = fetch_handed(b, (struct handed){0}, (struct http_request){.hold = 1000});
    check_error(o, BASE_LIMIT, HTTP_MAYBE_ACTED, "larger than its cap of 1048576 bytes");
    assert_int_equal(handed.pieces, 0);
    base_buf_free(&bombs);
}

/* ---------------------------------------------------------------- deadlines */

static void serve_nothing(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)request;
    b->peer = peer;
}

static void on_drip(void *arg)
{
    struct bench *b = arg;
    raw_send(b->peer, "x");
    loop_timer_start(b->timer, 20);
}

static void serve_drip(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)request;
    b->peer = peer;
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    loop_timer_free(b->timer);
    b->timer = loop_timer_new(b->loop, on_drip, b);
    assert_non_null(b->timer);
    loop_timer_start(b->timer, 20);
}

static void test_deadlines(void **state)
{
    struct bench *b = *state;
    struct http_request request = {.method = "GET", .url = url_of(b, "/"), .idle_timeout_ms = 150};
    b->serve = serve_nothing;
    check_error(fetch(b, &request), BASE_UNAVAILABLE, HTTP_MAYBE_ACTED, "sent nothing for");
    b->serve = serve_announced;
    check_error(fetch(b, &request), BASE_LIMIT, HTTP_MAYBE_ACTED, "larger");
    request.max_body = 1u << 30; /* so that it waits for what was announced */
    check_error(fetch(b, &request), BASE_UNAVAILABLE, HTTP_MAYBE_ACTED, "sent nothing for");
    /* A byte now and then keeps it from being idle, and the total deadline ends it. */
    b->serve = serve_drip;
    request.total_timeout_ms = 400;
    check_error(fetch(b, &request), BASE_UNAVAILABLE, HTTP_MAYBE_ACTED, "did not finish");
}

static void serve_half_a_bomb(struct bench *b, struct raw_peer *peer, const char *request)
{
    struct base_buf bomb;
    (void)b, (void)request;
    handed.peer = peer;
    base_buf_init(&bomb, BOMB);
    add_bomb(&bomb);
    raw_send(peer, COMPRESSED "Transfer-Encoding: chunked\r\n\r\n1f4\r\n");
    raw_send_bytes(peer, bomb.p, 500);
    raw_send(peer, "\r\n");
    base_buf_free(&bomb);
}

/* For an answer of any length there is no total deadline, and the time that its taker needs is not
 * the server's. */
static void test_on_piece_deadlines(void **state)
{
    struct bench *b = *state;
    b->serve = serve_drip;
    struct outcome *o = fetch_handed(b, (struct handed){.wanted = 40},
                                     (struct http_request){.hold = 2, .total_timeout_ms = 400});
    check_error(o, BASE_CANCELLED, HTTP_MAYBE_ACTED, "no more of the answer");
    b->serve = serve_exact;
    o = fetch_handed(b, (struct handed){.slow_ms = 400},
                     (struct http_request){.hold = 2, .idle_timeout_ms = 300});
    assert_ok(o->status, &o->err);
    b->serve = serve_beginning; /* also when it had to stop for us */
    o = fetch_handed(
        b, (struct handed){.slow_ms = 400, .later = true, .more = "3\r\ndef\r\n0\r\n\r\n"},
        (struct http_request){.hold = 2, .idle_timeout_ms = 300});
    assert_ok(o->status, &o->err);
    assert_string_equal(base_buf_str(&handed.body), "abcdef");
    b->serve = serve_half_a_bomb; /* also when what takes so long comes of few bytes */
    o = fetch_handed(b, (struct handed){.slow_ms = 30, .later = true, .more = "0\r\n\r\n"},
                     (struct http_request){.hold = 2, .idle_timeout_ms = 300});
    check_error(o, BASE_UNAVAILABLE, HTTP_MAYBE_ACTED, "is compressed, and damaged");
    assert_true(handed.pieces > 10);
    b->serve = serve_beginning; /* and a server that falls silent is noticed */
    o = fetch_handed(b, (struct handed){0},
                     (struct http_request){.hold = 2, .idle_timeout_ms = 150});
    check_error(o, BASE_UNAVAILABLE, HTTP_MAYBE_ACTED, "sent nothing for");
    base_buf_free(&handed.body);
}

/* A listener whose queue is full takes no connection: the connect deadline ends it. */
static void test_connect_deadline(void **state)
{
    struct bench *b = *state;
    int fds[8];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(address);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, n), 0);
    assert_int_equal(listen(fd, 0), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
    for (size_t i = 0; i < TEST_COUNT(fds); i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(fds[i], (struct sockaddr *)&address, n);
    }
    char url[100];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", ntohs(address.sin_port));
    struct outcome *o =
        fetch(b, &(struct http_request){.method = "POST", .url = url, .connect_timeout_ms = 200});
    assert_status(o->status, BASE_UNAVAILABLE, &o->err);
    assert_int_equal(o->progress, HTTP_NOT_SENT);
    assert_has(o->err.why, "no connection");
    for (size_t i = 0; i < TEST_COUNT(fds); i++)
        close(fds[i]);
    close(fd);
}

/* ---------------------------------------------------------------- failures */

static void serve_close(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_close(peer);
}

static void serve_truncated(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"acc");
    raw_close(peer);
}

static void serve_cut_chunk(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"acc\r\n");
    raw_close(peer);
}

static void test_broken_connections(void **state)
{
    struct bench *b = *state;
    static serve_fn *const ways[] = {serve_reset, serve_close, serve_truncated, serve_cut_chunk};
    static const char *const methods[] = {"GET", "POST"};
    for (size_t i = 0; i < TEST_COUNT(ways) * TEST_COUNT(methods); i++) {
        b->serve = ways[i / 2];
        struct outcome *o =
            fetch(b, &(struct http_request){.method = methods[i % 2], .url = url_of(b, "/")});
        check_error(o, BASE_UNAVAILABLE, HTTP_MAYBE_ACTED, "localhost:");
    }
}

static void test_refused(void **state)
{
    struct bench *b = *state;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(address);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, n), 0); /* bound, not listening */
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
    char url[100];
    snprintf(url, sizeof(url), "http://localhost:%u/", ntohs(address.sin_port));
    struct http_trace trace = {0};
    struct outcome *o =
        fetch(b, &(struct http_request){.method = "POST", .url = url, .trace = &trace});
    check_error(o, BASE_UNAVAILABLE, HTTP_NOT_SENT, "nothing takes connections at localhost:");
    assert_int_equal(trace.step, HTTP_STEP_CONNECTION);
    assert_has(o->err.hint, "emulator");
    close(fd);
}

/* A label of 64 characters is in no DNS: no packet leaves for it. */
static void test_no_such_name(void **state)
{
    struct bench *b = *state;
    struct http_trace trace = {0};
    struct outcome *o =
        fetch(b, &(struct http_request){.method = "POST",
                                        .trace = &trace,
                                        .url = "https://"
                                               "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                               "aaaaaaaaaaaaa.example:1/" CANARY});
    assert_status(o->status, BASE_UNAVAILABLE, &o->err);
    assert_int_equal(o->progress, HTTP_NOT_SENT);
    assert_has(o->err.why, "aaaa.example:1 cannot be resolved");
    assert_int_equal(trace.step, HTTP_STEP_NAME);
    check_no_canary(&o->err);
}

static void serve_garbage(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "220 mail.example.com ESMTP\r\n");
    raw_close(peer);
}

static void serve_bad_gzip(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello");
}

static void serve_cut_gzip(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 46\r\n\r\n");
    raw_send_bytes(peer, small_gzip, 46);
}

static void serve_gzip_and_more(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 49\r\n\r\n");
    raw_send_bytes(peer, small_gzip, 47);
    raw_send(peer, "{}");
}

/* Compressed once more by somebody on the way. */
static void serve_twice(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\n"
                   "Content-Length: 47\r\n\r\n");
    raw_send_bytes(peer, small_gzip, 47);
}

static void serve_unasked(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{}");
}

/* None of them is an answer; which of them would be whole the next time is not known. */
static void test_bad_gzip(void **state)
{
    struct bench *b = *state;
    static serve_fn *const ways[] = {serve_bad_gzip, serve_cut_gzip, serve_gzip_and_more,
                                     serve_twice, serve_unasked};
    for (size_t i = 0; i < TEST_COUNT(ways); i++) {
        b->serve = ways[i];
        check_error(get(b, "/"), BASE_UNAVAILABLE, HTTP_MAYBE_ACTED, "is compressed");
    }
}

static void test_not_http(void **state)
{
    struct bench *b = *state;
    b->serve = serve_garbage;
    check_error(get(b, "/"), BASE_INVALID, HTTP_MAYBE_ACTED, "not HTTP");
}

/* ---------------------------------------------------------------- where requests go */

static void serve_redirect(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)request;
    char answer[300];
    snprintf(
        answer, sizeof(answer),
        "HTTP/1.1 %d Moved\r\nLocation: http://localhost:%u/elsewhere\r\nContent-Length: 0\r\n\r\n",
        strstr(request, "GET") == request ? 302 : 307, raw_server_port(b->server));
    raw_send(peer, answer);
}

/* C2: no redirect is followed, with any method. */
static void test_redirects(void **state)
{
    struct bench *b = *state;
    b->serve = serve_redirect;
    struct outcome *o = get(b, "/");
    assert_ok(o->status, &o->err);
    assert_int_equal(o->http_status, 302);
    o = fetch(
        b, &(struct http_request){.method = "POST", .url = url_of(b, "/"), .body = BASE_SPAN("x")});
    assert_int_equal(o->http_status, 307);
    assert_int_equal(raw_server_requests(b->server), 2);
    assert_null(strstr(base_buf_str(&b->requests), "elsewhere"));
}

/* Refused before a packet leaves: there is no callback either. */
static void test_refused_requests(void **state)
{
    struct bench *b = *state;
    static const struct http_header evil[] = {
        {BASE_SPAN("X-A"), BASE_SPAN("b\r\nX-C: d")},
        {BASE_SPAN("X-A\r\nX-B"), BASE_SPAN("c")},
        {BASE_SPAN("X A"), BASE_SPAN("b")},
        {BASE_SPAN(""), BASE_SPAN("b")},
        {BASE_SPAN("X-A:"), BASE_SPAN("b")},
        {BASE_SPAN("X-A"), BASE_SPAN("b\0c")},
        {BASE_SPAN("X-A"), BASE_SPAN("b\n")},
        {BASE_SPAN("Host"), BASE_SPAN("evil")},
        {BASE_SPAN("content-length"), BASE_SPAN("0")},
        {BASE_SPAN("Transfer-Encoding"), BASE_SPAN("chunked")},
        {BASE_SPAN("Connection"), BASE_SPAN("close")},
        {BASE_SPAN("Expect"), BASE_SPAN("100-continue")},
    };
    static const char *const urls[] = {
        "http://api.hubapi.com/",
        "http://localhost.example.com/",
        "http://127.0.0.1.example.com/",
        "http://192.168.0.1/",
        "ftp://localhost/",
        "file:///etc/passwd",
        "http://a@localhost/",
        "http://localhost/\r\nX: y",
        "http://localhost/a b",
        "localhost",
        "",
    };
    static const char *const methods[] = {"",        "GET /", "G\r\nT",
                                          "CONNECT", "TRACE", "ABCDEFGHIJKLMNOPQ"};
    b->serve = serve_empty;
    for (size_t i = 0; i < TEST_COUNT(evil) + TEST_COUNT(urls) + TEST_COUNT(methods); i++) {
        struct http_request request = {.method = "GET", .url = url_of(b, "/")};
        if (i < TEST_COUNT(evil)) {
            request.headers = &evil[i];
            request.header_count = 1;
        } else if (i < TEST_COUNT(evil) + TEST_COUNT(urls)) {
            request.url = urls[i - TEST_COUNT(evil)];
        } else {
            request.method = methods[i - TEST_COUNT(evil) - TEST_COUNT(urls)];
        }
        struct base_error err = BASE_ERROR_NONE;
        struct http_call *call = NULL;
        enum base_status status = http_start(b->http, &request, on_done, NULL, &call, &err);
        if (status != BASE_USAGE)
            print_error("case %zu\n", i);
        assert_int_equal(status, BASE_USAGE);
        assert_int_equal(err.status, BASE_USAGE);
        assert_null(call);
    }
    loop_timer_free(b->timer);
    get(b, "/"); /* the loop has turned since */
    assert_int_equal(raw_server_requests(b->server), 1);
}

static void serve_proxy(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)b, (void)request;
    raw_send(peer, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    raw_close(peer);
}

/* The proxy of the environment is obeyed for https, sees no secret, and is never asked about this
 * machine. */
static void test_proxy(void **state)
{
    struct bench *b = *state;
    char proxy[100];
    snprintf(proxy, sizeof(proxy), "http://localhost:%u", raw_server_port(b->server));
    setenv("https_proxy", proxy, 1);
    setenv("http_proxy", "http://localhost:1", 1);
    setenv("all_proxy", "http://localhost:1", 1);
    struct crypt_secret *token = crypt_secret_from(CANARY, strlen(CANARY));
    struct http_trace trace = {0};
    b->serve = serve_proxy;
    struct outcome *o =
        fetch(b, &(struct http_request){.method = "POST",
                                        .url = "https://api.example.invalid/" CANARY,
                                        .bearer = token,
                                        .trace = &trace,
                                        .body = BASE_SPAN(CANARY)});
    assert_status(o->status, BASE_UNAVAILABLE, &o->err);
    assert_int_equal(o->progress, HTTP_NOT_SENT);
    assert_int_equal(trace.step, HTTP_STEP_PROXY);
    assert_has(base_buf_str(&b->requests), "CONNECT api.example.invalid:443 HTTP/1.1\r\n");
    assert_null(strstr(base_buf_str(&b->requests), CANARY));
    check_no_canary(&o->err);

    b->serve = serve_empty;
    o = get(b, "/direct");
    assert_ok(o->status, &o->err);
    assert_has(base_buf_str(&b->requests), "GET /direct HTTP/1.1\r\n");
    unsetenv("https_proxy");
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    crypt_secret_free(token);
}

/* ---------------------------------------------------------------- connections */

static void test_connections_are_reused(void **state)
{
    struct bench *b = *state;
    b->serve = serve_plain;
    for (int i = 0; i < 5; i++)
        assert_ok(get(b, "/")->status, NULL);
    assert_int_equal(raw_server_requests(b->server), 5);
    assert_int_equal(raw_server_connections(b->server), 1);
}

/* Answers the first request on a connection and closes instead of answering the second. */
static void serve_once(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)request;
    if (b->peer == peer) {
        raw_close(peer);
        return;
    }
    b->peer = peer;
    serve_plain(b, peer, request);
}

/* C6: a kept connection that dies under a request is replaced, but nothing that may have acted is
 * sent twice. */
static void test_dead_kept_connection(void **state)
{
    struct bench *b = *state;
    b->serve = serve_once;
    assert_ok(get(b, "/")->status, NULL);
    struct outcome *o = get(b, "/");
    assert_ok(o->status, &o->err);
    assert_int_equal(raw_server_requests(b->server), 3);

    o = fetch(
        b, &(struct http_request){.method = "POST", .url = url_of(b, "/"), .body = BASE_SPAN("x")});
    check_error(o, BASE_UNAVAILABLE, HTTP_MAYBE_ACTED, "closed the connection without an answer");
    assert_int_equal(raw_server_requests(b->server), 4);
}

/* Two on one loop: the server answers the first only when the second has come. */
static void serve_pair(struct bench *b, struct raw_peer *peer, const char *request)
{
    if (b->peer == NULL) {
        b->peer = peer;
        return;
    }
    serve_plain(b, peer, request);
    serve_plain(b, b->peer, request);
}

static void test_two_at_once(void **state)
{
    struct bench *b = *state;
    b->serve = serve_pair;
    b->expected = 2;
    start(b, 0, &(struct http_request){.method = "GET", .url = url_of(b, "/1")});
    start(b, 1, &(struct http_request){.method = "GET", .url = url_of(b, "/2")});
    loop_run(b->loop);
    assert_ok(b->outcome[0].status, NULL);
    assert_ok(b->outcome[1].status, NULL);
    assert_int_equal(raw_server_connections(b->server), 2);
}

static struct raw_peer *waiting[SLOTS];
static unsigned waiting_count;

static void serve_all_at_once(struct bench *b, struct raw_peer *peer, const char *request)
{
    waiting[waiting_count++] = peer;
    if (waiting_count < SLOTS)
        return;
    while (waiting_count > 0)
        serve_plain(b, waiting[--waiting_count], request);
}

static void fetch_all_at_once(struct bench *b)
{
    b->serve = serve_all_at_once;
    b->expected = SLOTS;
    b->done = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        b->outcome[i].calls = 0;
        start(b, i, &(struct http_request){.method = "GET", .url = url_of(b, "/")});
    }
    loop_run(b->loop);
    for (unsigned i = 0; i < SLOTS; i++)
        assert_ok(b->outcome[i].status, NULL);
}

/* A limit lets calls go in bursts: the next one finds the connections of the one before. */
static void test_connections_outlive_a_burst(void **state)
{
    struct bench *b = *state;
    fetch_all_at_once(b);
    b->serve = serve_plain;
    b->expected = 1;
    assert_ok(get(b, "/")->status, NULL);
    fetch_all_at_once(b);
    assert_int_equal(raw_server_connections(b->server), SLOTS);
}

/* ---------------------------------------------------------------- cancelling, and freeing at any
 * time */

static void serve_then_cancel(struct bench *b, struct raw_peer *peer, const char *request)
{
    (void)peer, (void)request;
    http_cancel(b->call, b->http);
    loop_timer_start(b->timer, 0);
}

/* Until the server has seen the connection go. */
static void on_look(void *arg)
{
    struct bench *b = arg;
    if (raw_server_gone(b->server) > 0)
        loop_stop(b->loop);
    else
        loop_timer_start(b->timer, 1);
}

static void test_cancel(void **state)
{
    struct bench *b = *state;
    b->timer = loop_timer_new(b->loop, on_look, b);
    assert_non_null(b->timer);
    b->serve = serve_then_cancel;
    http_cancel(start(b, 0, &(struct http_request){.method = "GET", .url = url_of(b, "/")}),
                b->http);
    b->call = start(b, 1, &(struct http_request){.method = "GET", .url = url_of(b, "/")});
    loop_run(b->loop);
    assert_int_equal(b->outcome[0].calls, 0); /* no callback after it */
    assert_int_equal(b->outcome[1].calls, 0);
    assert_int_equal(raw_server_requests(b->server), 1);
}

/* From inside a callback: cancels itself (no effect) and another one, and starts a third. */
static void on_done_busy(void *arg, enum base_status status, struct http_response *response,
                         enum http_progress progress, const struct base_error *err)
{
    struct bench *b = arg;
    keep(&b->outcome[0], status, response, progress, err);
    http_cancel(b->call, b->http);
    b->serve = serve_plain;
    start(b, 2, &(struct http_request){.method = "GET", .url = url_of(b, "/")});
}

static void serve_first_alone(struct bench *b, struct raw_peer *peer, const char *request)
{
    if (strstr(request, "GET /first ") == request)
        serve_plain(b, peer, request);
}

static void test_callback_is_busy(void **state)
{
    struct bench *b = *state;
    struct http_call *call;
    b->serve = serve_first_alone;
    const struct http_request request = {.method = "GET", .url = url_of(b, "/first")};
    assert_ok(http_start(b->http, &request, on_done_busy, b, &call, NULL), NULL);
    b->call = start(b, 1, &(struct http_request){.method = "GET", .url = url_of(b, "/second")});
    loop_run(b->loop);
    assert_int_equal(b->outcome[0].calls, 1);
    assert_int_equal(b->outcome[1].calls, 0);
    assert_int_equal(b->outcome[2].calls, 1);
    assert_ok(b->outcome[2].status, NULL);
}

static void on_done_self(void *arg, enum base_status status, struct http_response *response,
                         enum http_progress progress, const struct base_error *err)
{
    struct bench *b = arg;
    keep(&b->outcome[0], status, response, progress, err);
    http_cancel(b->call, b->http); /* its own call, from its own callback */
    loop_stop(b->loop);
}

static void test_cancel_self(void **state)
{
    struct bench *b = *state;
    b->serve = serve_plain;
    const struct http_request request = {.method = "GET", .url = url_of(b, "/")};
    assert_ok(http_start(b->http, &request, on_done_self, b, &b->call, NULL), NULL);
    loop_run(b->loop);
    assert_int_equal(b->outcome[0].calls, 1);
}

static void on_stop(void *arg)
{
    struct bench *b = arg;
    loop_stop(b->loop);
}

static void on_done_free(void *arg, enum base_status status, struct http_response *response,
                         enum http_progress progress, const struct base_error *err)
{
    struct bench *b = arg;
    keep(&b->outcome[0], status, response, progress, err);
    http_free(b->http);
    b->http = NULL;
    loop_timer_start(b->timer, 50);
}

/* The backend is freed in the callback of one request while others are under way: they are
 * cancelled. */
static void test_free_in_callback(void **state)
{
    struct bench *b = *state;
    b->timer = loop_timer_new(b->loop, on_stop, b);
    assert_non_null(b->timer);
    b->serve = serve_first_alone;
    struct http_call *call;
    struct http_request request = {.method = "GET", .url = url_of(b, "/first")};
    start(b, 1, &(struct http_request){.method = "GET", .url = url_of(b, "/second")});
    assert_ok(http_start(b->http, &request, on_done_free, b, &call, NULL), NULL);
    start(b, 2, &(struct http_request){.method = "GET", .url = url_of(b, "/third")});
    loop_run(b->loop);
    assert_int_equal(b->outcome[0].calls, 1);
    assert_int_equal(b->outcome[1].calls, 0);
    assert_int_equal(b->outcome[2].calls, 0);

    /* The same from the idle timer's callback. */
    open_backend(b);
    b->serve = serve_nothing;
    request = (struct http_request){.method = "GET", .url = url_of(b, "/"), .idle_timeout_ms = 50};
    b->outcome[0].calls = 0;
    assert_ok(http_start(b->http, &request, on_done_free, b, &call, NULL), NULL);
    loop_run(b->loop);
    assert_int_equal(b->outcome[0].calls, 1);
    assert_status(b->outcome[0].status, BASE_UNAVAILABLE, NULL);
}

static void on_done_steal(void *arg, enum base_status status, struct http_response *response,
                          enum http_progress progress, const struct base_error *err)
{
    struct bench *b = arg;
    (void)status, (void)progress, (void)err;
    char *body = base_buf_steal(&response->body);
    assert_string_equal(body, "hello");
    base_mem_free(body);
    assert_span(http_response_header(response, "x-hubspot-ratelimit-max"), "110");
    assert_span(http_response_header(response, "SET-COOKIE"), "a=b");
    assert_null(http_response_header(response, "absent").p);
    loop_stop(b->loop);
}

static void test_steal_and_find(void **state)
{
    struct bench *b = *state;
    struct http_call *call;
    b->serve = serve_plain;
    const struct http_request request = {.method = "GET", .url = url_of(b, "/"), .sensitive = true};
    assert_ok(http_start(b->http, &request, on_done_steal, b, &call, NULL), NULL);
    loop_run(b->loop);
}

/* With nothing under way nothing keeps the loop awake, kept connections included. */
static void test_idle_loop_ends(void **state)
{
    struct bench *b = *state;
    b->serve = serve_plain;
    get(b, "/");
    raw_server_free(b->server);
    loop_run(b->loop); /* returns at once or hangs */
    b->server = raw_server_new(b->loop, on_request, b);
}

static enum base_status step_start(void *arg)
{
    struct bench *b = arg;
    struct http_call *call;
    const struct http_header header = {BASE_SPAN("X-A"), BASE_SPAN("b")};
    const struct http_request request = {
        .method = "GET", .url = "http://localhost:1/", .headers = &header, .header_count = 1};
    enum base_status status = http_start(b->http, &request, on_done, &slots[0], &call, NULL);
    if (status == BASE_OK)
        http_cancel(call, b->http);
    return status;
}

static enum base_status step_open(void *arg)
{
    struct bench *b = arg;
    struct http *http;
    const struct http_module *module = hubauth_module.entry;
    enum base_status status = module->open(b->loop, "x", &http, NULL);
    if (status == BASE_OK)
        http_free(http);
    return status;
}

static void test_no_memory(void **state)
{
    struct bench *b = *state;
    assert_in_range(test_each_allocation_fails(step_open, b), 3, 100);
    assert_in_range(test_each_allocation_fails(step_start, b), 3, 100);
}

static long fail_after; /* the answer has been sent */

static void serve_then_fail(struct bench *b, struct raw_peer *peer, const char *request)
{
    serve_plain(b, peer, request);
    base_mem_fail_after(fail_after);
}

/* T2: an answer may be one that is given once. Each allocation that its reading takes may fail, our
 * own and curl's. */
static void test_no_memory_for_the_answer(void **state)
{
    struct bench *b = *state;
    long made;
    b->serve = serve_then_fail;
    for (fail_after = 0;; fail_after++) {
        struct outcome *o = get(b, "/");
        made = base_mem_count();
        base_mem_fail_after(-1);
        assert_ok(o->status, &o->err);
        assert_string_equal(base_buf_str(&o->body), "hello");
        assert_int_equal(o->header_count, 5);
        if (made <= fail_after)
            break;
    }
    assert_in_range(made, 7, 100); /* more than our own three */
}

static void serve_gzip_then_fail(struct bench *b, struct raw_peer *peer, const char *request)
{
    serve_answer(b, peer, request);
    base_mem_fail_after(fail_after);
}

/* The same of one that is decoded as it comes, and of what that takes. */
static void test_no_memory_for_pieces(void **state)
{
    struct bench *b = *state;
    long made;
    planned = (struct answer){.head = COMPRESSED, .bytes = small_gzip, .n = 47, .chunk = 9};
    b->serve = serve_gzip_then_fail;
    for (fail_after = 0;; fail_after++) {
        struct outcome *o =
            fetch_handed(b, (struct handed){0}, (struct http_request){.hold = 1000});
        made = base_mem_count();
        base_mem_fail_after(-1);
        assert_ok(o->status, &o->err);
        assert_string_equal(base_buf_str(&o->body), SMALL);
        if (made <= fail_after)
            break;
    }
    assert_in_range(made, 8, 100); /* the decoder, its state and its window */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_status_and_headers),
        CASE(test_target_as_it_is),
        CASE(test_interim_and_trailers),
        CASE(test_gzip),
        CASE(test_other_gzip),
        CASE(test_bad_gzip),
        CASE(test_on_body),
        CASE(test_on_body_compressed),
        CASE(test_on_body_without_memory),
        CASE(test_html),
        CASE(test_no_content),
        CASE(test_methods_and_bodies),
        CASE(test_headers_sent),
        CASE(test_large_upload),
        CASE(test_bearer),
        CASE(test_body_cap),
        CASE(test_on_piece),
        CASE(test_on_piece_cut),
        CASE(test_on_piece_held),
        CASE(test_on_piece_gzip),
        CASE(test_on_piece_gzip_held),
        CASE(test_on_piece_gzip_cut),
        CASE(test_on_piece_gzip_damaged),
        CASE(test_on_piece_bomb),
        CASE(test_on_piece_deadlines),
        CASE(test_head_cap),
        CASE(test_deadlines),
        CASE(test_connect_deadline),
        CASE(test_broken_connections),
        CASE(test_refused),
        CASE(test_no_such_name),
        CASE(test_not_http),
        CASE(test_redirects),
        CASE(test_refused_requests),
        CASE(test_proxy),
        CASE(test_connections_are_reused),
        CASE(test_dead_kept_connection),
        CASE(test_two_at_once),
        CASE(test_connections_outlive_a_burst),
        CASE(test_cancel),
        CASE(test_callback_is_busy),
        CASE(test_cancel_self),
        CASE(test_free_in_callback),
        CASE(test_steal_and_find),
        CASE(test_idle_loop_ends),
        CASE(test_no_memory),
        CASE(test_no_memory_for_the_answer),
        CASE(test_no_memory_for_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
