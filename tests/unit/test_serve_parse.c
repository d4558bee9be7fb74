/* The request parser: what it refuses, what it takes, and that it makes no difference in which
 * pieces the bytes come. Every parse here runs whole, cut in two at every place, and byte by byte,
 * each time in a block of exactly the size, so that the sanitizers see a read behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base_buf.h"
#include "serve_parse.h"

static const struct serve_limits limits = {.max_head = 2048, .max_body = 1000};

struct outcome {
    enum serve_parse_result result;
    int status;
    const char *reason;
    struct base_buf text; /* what was understood, as one line */
};

static void outcome_free(struct outcome *o)
{
    base_buf_free(&o->text);
}

static void request_describe(struct base_buf *out, const struct serve_request *r, size_t used)
{
    base_buf_printf(out, "%.*s %.*s path=%.*s query=%.*s%s 1.%d %s", BASE_SPAN_ARG(r->method),
                    BASE_SPAN_ARG(r->target), BASE_SPAN_ARG(r->path), BASE_SPAN_ARG(r->query),
                    r->query.p ? "" : "(none)", r->minor, r->keep_alive ? "keep" : "close");
    for (size_t i = 0; i < r->header_count; i++)
        base_buf_printf(out, " {%.*s=%.*s}", BASE_SPAN_ARG(r->headers[i].name),
                        BASE_SPAN_ARG(r->headers[i].value));
    base_buf_printf(out, " body=");
    base_buf_add_span(out, r->body);
    base_buf_printf(out, " used=%zu", used);
}

/* One call with the first n bytes of `bytes`, in memory of its own; what the parser changed is
 * copied back. */
static enum serve_parse_result step(struct serve_parse *state, char *bytes, size_t n,
                                    const struct serve_limits *lim, struct outcome *o)
{
    char *exact = malloc(n > 0 ? n : 1);
    struct serve_request request;
    size_t used;

    assert_non_null(exact);
    memcpy(exact, bytes, n);
    o->result = serve_parse(state, exact, n, lim, &request, &used, &o->status, &o->reason);
    if (o->result == SERVE_PARSE_DONE)
        request_describe(&o->text, &request, used);
    memcpy(bytes, exact, n);
    free(exact);
    return o->result;
}

/* Feeds prefixes of first, first + pace, … bytes until the parser has had enough. */
static struct outcome feed(struct base_span bytes, const struct serve_limits *lim, size_t first,
                           size_t pace)
{
    struct serve_parse state = {0};
    struct outcome o = {0};
    char *copy = malloc(bytes.n + 1);

    assert_non_null(copy);
    memcpy(copy, bytes.p, bytes.n);
    base_buf_init(&o.text, 1 << 20);
    for (size_t n = first;; n = n + pace < bytes.n ? n + pace : bytes.n) {
        if (step(&state, copy, n, lim, &o) != SERVE_PARSE_MORE || n == bytes.n)
            break;
    }
    free(copy);
    return o;
}

static void assert_same(const struct outcome *a, const struct outcome *b)
{
    assert_int_equal(a->result, b->result);
    assert_string_equal(base_buf_str(&a->text), base_buf_str(&b->text));
    if (a->result == SERVE_PARSE_REFUSED) {
        assert_int_equal(a->status, b->status);
        assert_string_equal(a->reason, b->reason);
    }
}

static struct outcome parse_every_way(struct base_span bytes, const struct serve_limits *lim)
{
    struct outcome whole = feed(bytes, lim, bytes.n, 1);
    struct outcome other = feed(bytes, lim, 0, 1);

    assert_same(&whole, &other);
    outcome_free(&other);
    for (size_t cut = 1; cut < bytes.n; cut++) {
        other = feed(bytes, lim, cut, bytes.n);
        assert_same(&whole, &other);
        outcome_free(&other);
    }
    return whole;
}

static void expect_refused(const char *name, struct base_span bytes, int status)
{
    struct outcome o = parse_every_way(bytes, &limits);

    if (o.result != SERVE_PARSE_REFUSED || o.status != status)
        fail_msg("%s: result %d, status %d (%s), %s", name, (int)o.result, o.status,
                 o.reason ? o.reason : "-", base_buf_str(&o.text));
    outcome_free(&o);
}

static void expect_done(struct base_span bytes, const char *description)
{
    struct outcome o = parse_every_way(bytes, &limits);

    if (o.result != SERVE_PARSE_DONE)
        fail_msg("%s: result %d, %s", description, (int)o.result, o.reason ? o.reason : "-");
    assert_string_equal(base_buf_str(&o.text), description);
    outcome_free(&o);
}

struct probe {
    const char *name;
    struct base_span bytes;
    int status;
};

#define GET "GET / HTTP/1.1\r\nHost: x\r\n"
#define POST "POST / HTTP/1.1\r\nHost: x\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static void probes_refused(const struct probe *probes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_refused(probes[i].name, probes[i].bytes, probes[i].status);
}

#define PROBES_REFUSED(probes) probes_refused((probes), sizeof(probes) / sizeof((probes)[0]))

/* G4: requests that two servers in a row read differently. Most embeddable servers take them. */
static void test_refuses_smuggling(void **fixture)
{
    static const struct probe probes[] = {
        {"Content-Length and Transfer-Encoding",
         BASE_SPAN(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400},
        {"two Content-Length",
         BASE_SPAN(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), 400},
        {"space before the colon", BASE_SPAN(POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
         400},
        {"obs-fold", BASE_SPAN(GET "X-A: one\r\n two\r\n\r\n"), 400},
        {"bare LF", BASE_SPAN("GET / HTTP/1.1\nHost: x\n\n"), 400},
        {"bare CR in a value", BASE_SPAN(GET "X-A: one\rtwo\r\n\r\n"), 400},
        {"xchunked", BASE_SPAN(POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), 501},
        {"Content-Length: +5", BASE_SPAN(POST "Content-Length: +5\r\n\r\nhello"), 400},
        {"control character in a value", BASE_SPAN(GET "X-A: one\001two\r\n\r\n"), 400},
        {"space in a name", BASE_SPAN(GET "X A: one\r\n\r\n"), 400},
        {"no Host", BASE_SPAN("GET / HTTP/1.1\r\nX-A: one\r\n\r\n"), 400},
        {"two Host", BASE_SPAN(GET "Host: y\r\n\r\n"), 400},
    };
    (void)fixture;
    PROBES_REFUSED(probes);
}

static void test_refuses_framing(void **fixture)
{
    static const struct probe probes[] = {
        {"the same length twice",
         BASE_SPAN(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), 400},
        {"a list of lengths", BASE_SPAN(POST "Content-Length: 5, 5\r\n\r\nhello"), 400},
        {"no length", BASE_SPAN(POST "Content-Length:\r\n\r\n"), 400},
        {"negative length", BASE_SPAN(POST "Content-Length: -1\r\n\r\n"), 400},
        {"hexadecimal length", BASE_SPAN(POST "Content-Length: 0x5\r\n\r\nhello"), 400},
        {"length with a space", BASE_SPAN(POST "Content-Length: 5 5\r\n\r\n"), 400},
        {"length over the limit", BASE_SPAN(POST "Content-Length: 1001\r\n\r\n"), 413},
        {"length of 2^64", BASE_SPAN(POST "Content-Length: 18446744073709551616\r\n\r\n"), 413},
        {"length of 2^64 + 5", BASE_SPAN(POST "Content-Length: 18446744073709551621\r\n\r\n"), 413},
        {"Transfer-Encoding twice",
         BASE_SPAN(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
        {"chunked twice", BASE_SPAN(POST "Transfer-Encoding: chunked, chunked\r\n\r\n"), 501},
        {"gzip, chunked", BASE_SPAN(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501},
        {"identity", BASE_SPAN(POST "Transfer-Encoding: identity\r\n\r\n"), 501},
        {"no coding", BASE_SPAN(POST "Transfer-Encoding:\r\n\r\n"), 501},
        {"vertical tab before chunked", BASE_SPAN(POST "Transfer-Encoding: \013chunked\r\n\r\n"),
         400},
        {"chunked in HTTP/1.0",
         BASE_SPAN("POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
         400},
        {"unknown expectation", BASE_SPAN(POST "Expect: 200-ok\r\nContent-Length: 1\r\n\r\n"), 417},
        {"two expectations", BASE_SPAN(POST "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n"),
         400},
    };
    (void)fixture;
    PROBES_REFUSED(probes);
}

static void test_refuses_request_lines(void **fixture)
{
    static const struct probe probes[] = {
        {"two spaces", BASE_SPAN("GET  / HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"space at the end", BASE_SPAN("GET / HTTP/1.1 \r\nHost: x\r\n\r\n"), 400},
        {"space at the start", BASE_SPAN(" GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"tab for a space", BASE_SPAN("GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"no method", BASE_SPAN(" / HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"no version (HTTP/0.9)", BASE_SPAN("GET /\r\n\r\n"), 400},
        {"no target", BASE_SPAN("GET HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"an empty line first", BASE_SPAN("\r\n" GET "\r\n"), 400},
        {"nothing but an empty line", BASE_SPAN("\r\n\r\n"), 400},
        {"version in small letters", BASE_SPAN("GET / http/1.1\r\nHost: x\r\n\r\n"), 400},
        {"version of two digits", BASE_SPAN("GET / HTTP/1.10\r\nHost: x\r\n\r\n"), 400},
        {"version of letters", BASE_SPAN("GET / HTTP/a.b\r\nHost: x\r\n\r\n"), 400},
        {"HTTP/1.2", BASE_SPAN("GET / HTTP/1.2\r\nHost: x\r\n\r\n"), 505},
        {"HTTP/2.0", BASE_SPAN("GET / HTTP/2.0\r\nHost: x\r\n\r\n"), 505},
        {"the HTTP/2 preface", BASE_SPAN("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505},
        {"a TLS ClientHello", BASE_SPAN("\026\003\001\002\000\001\000\001\374\003\003"), 400},
        {"method that is no token", BASE_SPAN("G(T / HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"method beyond ASCII", BASE_SPAN("G\303\211T / HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"CONNECT", BASE_SPAN("CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n"), 405},
        {"TRACE", BASE_SPAN("TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"), 405},
    };
    (void)fixture;
    PROBES_REFUSED(probes);
}

static void test_refuses_targets(void **fixture)
{
    static const struct probe probes[] = {
        {"absolute form", BASE_SPAN("GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"authority form", BASE_SPAN("GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"asterisk without OPTIONS", BASE_SPAN("GET * HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"asterisk and more", BASE_SPAN("OPTIONS *a HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"no slash", BASE_SPAN("GET a HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"fragment", BASE_SPAN("GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"fragment in the query", BASE_SPAN("GET /?a#b HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"space", BASE_SPAN("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"tab", BASE_SPAN("GET /a\tb HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"NUL", BASE_SPAN("GET /a\000b HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"DEL", BASE_SPAN("GET /a\177b HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"beyond ASCII", BASE_SPAN("GET /\303\251 HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
        {"backslash", BASE_SPAN("GET /a\\..\\b HTTP/1.1\r\nHost: x\r\n\r\n"), 400},
    };
    (void)fixture;
    PROBES_REFUSED(probes);
}

static void test_refuses_headers(void **fixture)
{
    static const struct probe probes[] = {
        {"no colon", BASE_SPAN(GET "X-A\r\n\r\n"), 400},
        {"empty name", BASE_SPAN(GET ": one\r\n\r\n"), 400},
        {"tab before the colon", BASE_SPAN(GET "X-A\t: one\r\n\r\n"), 400},
        {"space before the first name", BASE_SPAN("GET / HTTP/1.1\r\n Host: x\r\n\r\n"), 400},
        {"tab folds too", BASE_SPAN(GET "X-A: one\r\n\ttwo\r\n\r\n"), 400},
        {"name beyond ASCII", BASE_SPAN(GET "X-\303\251: one\r\n\r\n"), 400},
        {"name with a bracket", BASE_SPAN(GET "X[A]: one\r\n\r\n"), 400},
        {"NUL in a name", BASE_SPAN(GET "X\000A: one\r\n\r\n"), 400},
        {"NUL in a value", BASE_SPAN(GET "X-A: o\000ne\r\n\r\n"), 400},
        {"DEL in a value", BASE_SPAN(GET "X-A: o\177ne\r\n\r\n"), 400},
        {"escape in a value", BASE_SPAN(GET "X-A: \033[2J\r\n\r\n"), 400},
        {"LF alone ends a header", BASE_SPAN(GET "X-A: one\nX-B: two\r\n\r\n"), 400},
        {"LF alone ends the head", BASE_SPAN(GET "\n"), 400},
        {"CR CR LF", BASE_SPAN(GET "X-A: one\r\r\n\r\n"), 400},
        {"empty Host", BASE_SPAN("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 400},
        {"blank Host", BASE_SPAN("GET / HTTP/1.1\r\nHost: \t \r\n\r\n"), 400},
        {"two hosts in one", BASE_SPAN("GET / HTTP/1.1\r\nHost: x, y\r\n\r\n"), 400},
        {"user in Host", BASE_SPAN("GET / HTTP/1.1\r\nHost: a@x\r\n\r\n"), 400},
        {"path in Host", BASE_SPAN("GET / HTTP/1.1\r\nHost: x/y\r\n\r\n"), 400},
        {"two Host in HTTP/1.0", BASE_SPAN("GET / HTTP/1.0\r\nHost: x\r\nhost: x\r\n\r\n"), 400},
    };
    (void)fixture;
    PROBES_REFUSED(probes);
}

static void test_refuses_chunks(void **fixture)
{
    static const struct probe probes[] = {
        {"no size", BASE_SPAN(CHUNKED "\r\nhello\r\n0\r\n\r\n"), 400},
        {"letter for a size", BASE_SPAN(CHUNKED "g\r\n"), 400},
        {"0x5", BASE_SPAN(CHUNKED "0x5\r\nhello\r\n0\r\n\r\n"), 400},
        {"+5", BASE_SPAN(CHUNKED "+5\r\nhello\r\n0\r\n\r\n"), 400},
        {"-1", BASE_SPAN(CHUNKED "-1\r\n"), 400},
        {"space before the size", BASE_SPAN(CHUNKED " 5\r\nhello\r\n0\r\n\r\n"), 400},
        {"space behind the size", BASE_SPAN(CHUNKED "5 \r\nhello\r\n0\r\n\r\n"), 400},
        {"space before the extension", BASE_SPAN(CHUNKED "5 ;a\r\nhello\r\n0\r\n\r\n"), 400},
        {"LF alone behind the size", BASE_SPAN(CHUNKED "5\nhello\r\n0\r\n\r\n"), 400},
        {"LF alone behind the extension", BASE_SPAN(CHUNKED "5;a\nhello\r\n0\r\n\r\n"), 400},
        {"CR alone behind the extension", BASE_SPAN(CHUNKED "5;a\rhello\r\n0\r\n\r\n"), 400},
        {"control character in it", BASE_SPAN(CHUNKED "5;a\001\r\nhello\r\n0\r\n\r\n"), 400},
        {"NUL in it", BASE_SPAN(CHUNKED "5;a\000\r\nhello\r\n0\r\n\r\n"), 400},
        {"beyond ASCII in it", BASE_SPAN(CHUNKED "5;\303\251\r\nhello\r\n0\r\n\r\n"), 400},
        {"data longer than the size", BASE_SPAN(CHUNKED "4\r\nhello\r\n0\r\n\r\n"), 400},
        {"data shorter than the size", BASE_SPAN(CHUNKED "6\r\nhello\r\n0\r\n\r\n"), 400},
        {"LF alone behind the data", BASE_SPAN(CHUNKED "5\r\nhello\n0\r\n\r\n"), 400},
        {"a trailer", BASE_SPAN(CHUNKED "0\r\nX-A: one\r\n\r\n"), 400},
        {"a Content-Length as trailer", BASE_SPAN(CHUNKED "0\r\nContent-Length: 5\r\n\r\n"), 400},
        {"LF alone at the end", BASE_SPAN(CHUNKED "0\r\n\n"), 400},
        {"CR alone at the end", BASE_SPAN(CHUNKED "0\r\n\rX"), 400},
        {"size over the limit", BASE_SPAN(CHUNKED "3e9\r\n"), 413},
        {"sum over the limit", BASE_SPAN(CHUNKED "5\r\nhello\r\n3e4\r\n"), 413},
        {"size of 2^64 - 1", BASE_SPAN(CHUNKED "ffffffffffffffff\r\n"), 413},
        {"size of 2^64 + 5", BASE_SPAN(CHUNKED "10000000000000005\r\n"), 413},
        {"leading zeros", BASE_SPAN(CHUNKED "00000000000000005\r\nhello\r\n0\r\n\r\n"), 400},
    };
    (void)fixture;
    PROBES_REFUSED(probes);
}

static void test_takes_request_lines(void **fixture)
{
    (void)fixture;
    expect_done(BASE_SPAN(GET "\r\n"), "GET / path=/ query=(none) 1.1 keep {Host=x} body= used=27");
    expect_done(BASE_SPAN("DELETE /a/b?c=d?e&f HTTP/1.1\r\nHost: x\r\n\r\n"),
                "DELETE /a/b?c=d?e&f path=/a/b query=c=d?e&f 1.1 keep {Host=x} body= used=41");
    expect_done(BASE_SPAN("GET /a? HTTP/1.1\r\nHost: x\r\n\r\n"),
                "GET /a? path=/a query= 1.1 keep {Host=x} body= used=29");
    expect_done(BASE_SPAN("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"),
                "OPTIONS * path=* query=(none) 1.1 keep {Host=x} body= used=31");
    expect_done(
        BASE_SPAN("get /%7e;v=1,2|{}~!$'()*+:@[] HTTP/1.1\r\nHost: x\r\n\r\n"),
        "get /%7e;v=1,2|{}~!$'()*+:@[] path=/%7e;v=1,2|{}~!$'()*+:@[] query=(none) 1.1 keep "
        "{Host=x} body= used=51");
    expect_done(BASE_SPAN("GET // HTTP/1.0\r\n\r\n"),
                "GET // path=// query=(none) 1.0 close body= used=19");
}

static void test_takes_headers(void **fixture)
{
    (void)fixture;
    expect_done(BASE_SPAN("GET / HTTP/1.1\r\nHOST:[::1]:8976\r\nX-A:\t one two \t\r\nX-B:\r\n"
                          "X-C: \303\251\tb\r\n\r\n"),
                "GET / path=/ query=(none) 1.1 keep {HOST=[::1]:8976} {X-A=one two} {X-B=} "
                "{X-C=\303\251\tb} body= used=69");
    expect_done(
        BASE_SPAN("GET / HTTP/1.1\r\nhost: localhost:8976\r\n!#$%&'*+-.^_`|~09aZ: v\r\n\r\n"),
        "GET / path=/ query=(none) 1.1 keep {host=localhost:8976} "
        "{!#$%&'*+-.^_`|~09aZ=v} body= used=64");
}

/* The scan looks at several bytes at once: none may hide beside another. */
static void test_every_byte_at_every_place(void **fixture)
{
    (void)fixture;

    for (unsigned byte = 0; byte < 256; byte++) {
        bool good = (byte >= 0x20 && byte != 0x7f) || byte == '\t';
        for (size_t place = 0; place < 20; place++) {
            char bytes[] = GET "X-A: \200\377~cdefghijk\t lmnopqrst\r\n\r\n";
            bytes[sizeof GET "X-A: " - 1 + place] = (char)byte;
            struct base_span all = {bytes, sizeof bytes - 1};
            struct outcome o = feed(all, &limits, all.n, 1);
            assert_int_equal(o.result, good ? SERVE_PARSE_DONE : SERVE_PARSE_REFUSED);
            outcome_free(&o);
        }
    }
}

/* RFC 9112 section 9.3. */
static void test_connection(void **fixture)
{
    (void)fixture;
    expect_done(BASE_SPAN(GET "Connection: Close\r\n\r\n"),
                "GET / path=/ query=(none) 1.1 close {Host=x} {Connection=Close} body= used=46");
    expect_done(BASE_SPAN(GET "Connection: keep-alive, TE ,close\r\n\r\n"),
                "GET / path=/ query=(none) 1.1 close {Host=x} {Connection=keep-alive, TE ,close} "
                "body= used=62");
    expect_done(BASE_SPAN(GET "Connection: te\r\nConnection: close\r\n\r\n"),
                "GET / path=/ query=(none) 1.1 close {Host=x} {Connection=te} {Connection=close} "
                "body= used=62");
    expect_done(BASE_SPAN(GET "Connection: closed\r\n\r\n"),
                "GET / path=/ query=(none) 1.1 keep {Host=x} {Connection=closed} body= used=47");
    expect_done(BASE_SPAN("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"),
                "GET / path=/ query=(none) 1.0 keep {Connection=Keep-Alive} body= used=42");
}

static void test_takes_bodies(void **fixture)
{
    (void)fixture;
    expect_done(
        BASE_SPAN(POST "Content-Length: 5\r\n\r\nhello"),
        "POST / path=/ query=(none) 1.1 keep {Host=x} {Content-Length=5} body=hello used=52");
    expect_done(BASE_SPAN(POST "Content-Length: 00\r\n\r\n"),
                "POST / path=/ query=(none) 1.1 keep {Host=x} {Content-Length=00} body= used=48");
    expect_done(
        BASE_SPAN(POST "Content-Length: 2\r\n\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n"),
        "POST / path=/ query=(none) 1.1 keep {Host=x} {Content-Length=2} body=\r\n used=49");
}

static void test_takes_chunks(void **fixture)
{
    (void)fixture;
    expect_done(BASE_SPAN(CHUNKED "0\r\n\r\n"),
                "POST / path=/ query=(none) 1.1 keep {Host=x} {Transfer-Encoding=chunked} body= "
                "used=61");
    expect_done(
        BASE_SPAN(CHUNKED "5\r\nhello\r\n1\r\n \r\n0005;a=\"b\";c\r\nworld\r\n000;d\r\n\r\nGET"),
        "POST / path=/ query=(none) 1.1 keep {Host=x} {Transfer-Encoding=chunked} "
        "body=hello world used=102");
    expect_done(
        BASE_SPAN(POST "transfer-encoding: \tCHUNKED \r\n\r\nA\r\n0\r\n\r\n12345\r\n0\r\n\r\n"),
        "POST / path=/ query=(none) 1.1 keep {Host=x} {transfer-encoding=CHUNKED} "
        "body=0\r\n\r\n12345 used=78");
}

static void test_pipelined_requests_are_told_apart(void **fixture)
{
    char bytes[] = GET "\r\n" CHUNKED "3\r\nabc\r\n0\r\n\r\n" GET "X-Last: yes\r\n\r\n";
    size_t at = 0, n = sizeof bytes - 1, used = 0;
    struct serve_request request;
    int status;
    const char *reason;
    (void)fixture;

    for (int i = 0; i < 3; i++) {
        struct serve_parse state = {0};
        assert_int_equal(
            serve_parse(&state, bytes + at, n - at, &limits, &request, &used, &status, &reason),
            SERVE_PARSE_DONE);
        at += used;
        if (i == 1)
            assert_true(base_span_is(request.body, "abc"));
    }
    assert_int_equal(at, n);
    assert_true(base_span_is(serve_request_header(&request, "x-lAST"), "yes"));
    assert_null(serve_request_header(&request, "X-Las").p);
}

/* "Expect: 100-continue" is known as soon as the head is, and asks for nothing when there is no
 * body. */
static void test_expect_continue(void **fixture)
{
    static const struct {
        struct base_span bytes;
        bool expects;
    } cases[] = {
        {BASE_SPAN(POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n"), true},
        {BASE_SPAN(POST "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"), true},
        {BASE_SPAN(POST "Expect: 100-continue\r\n\r\n"), false},
        {BASE_SPAN("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"), false},
    };
    (void)fixture;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct serve_parse state = {0};
        struct outcome o = {0};
        char bytes[256];
        memcpy(bytes, cases[i].bytes.p, cases[i].bytes.n);
        base_buf_init(&o.text, 1000);
        (void)step(&state, bytes, cases[i].bytes.n - 1, &limits, &o);
        assert_false(state.expects_continue);
        (void)step(&state, bytes, cases[i].bytes.n, &limits, &o);
        assert_int_not_equal(o.result, SERVE_PARSE_REFUSED);
        assert_int_equal(state.expects_continue, cases[i].expects);
        outcome_free(&o);
    }
}

/* B12: the head and its parts are bounded. */
static void test_head_limits(void **fixture)
{
    struct base_buf b;
    struct outcome o;
    (void)fixture;
    base_buf_init(&b, 1 << 16);

    /* exactly as long as allowed, then a byte longer */
    for (size_t extra = 0; extra < 2; extra++) {
        base_buf_reset(&b);
        base_buf_add_str(&b, GET "X: ");
        while (b.n < limits.max_head - 4 + extra)
            base_buf_add_char(&b, 'v');
        base_buf_add_str(&b, "\r\n\r\n");
        o = parse_every_way(base_buf_span(&b), &limits);
        assert_int_equal(o.result, extra ? SERVE_PARSE_REFUSED : SERVE_PARSE_DONE);
        if (extra)
            assert_int_equal(o.status, 431);
        outcome_free(&o);
    }

    /* an endless request line */
    base_buf_reset(&b);
    base_buf_add_str(&b, "GET /");
    while (b.n < limits.max_head + 10)
        base_buf_add_char(&b, 'a');
    expect_refused("endless request line", base_buf_span(&b), 414);
    base_buf_free(&b);
}

static void test_header_count(void **fixture)
{
    struct base_buf b;
    struct outcome o;
    (void)fixture;
    base_buf_init(&b, 1 << 16);

    for (int extra = 0; extra < 2; extra++) {
        base_buf_reset(&b);
        base_buf_add_str(&b, GET);
        for (int i = 1; i < SERVE_MAX_HEADERS + extra; i++)
            base_buf_printf(&b, "X%d: %d\r\n", i, i);
        base_buf_add_str(&b, "\r\n");
        o = parse_every_way(base_buf_span(&b), &limits);
        assert_int_equal(o.result, extra ? SERVE_PARSE_REFUSED : SERVE_PARSE_DONE);
        if (extra)
            assert_int_equal(o.status, 431);
        outcome_free(&o);
    }
    base_buf_free(&b);
}

/* A body of exactly the limit passes in both framings. */
static void test_body_limit(void **fixture)
{
    struct base_buf b;
    (void)fixture;
    base_buf_init(&b, 1 << 16);

    for (int chunked = 0; chunked < 2; chunked++) {
        base_buf_reset(&b);
        base_buf_add_str(&b, chunked ? CHUNKED "1F4\r\n" : POST "Content-Length: 1000\r\n\r\n");
        for (size_t i = 0; i < limits.max_body; i++) {
            if (chunked && i == 500)
                base_buf_add_str(&b, "\r\n1f4\r\n");
            base_buf_add_char(&b, (char)('a' + i % 26));
        }
        if (chunked)
            base_buf_add_str(&b, "\r\n0\r\n\r\n");

        struct outcome o = parse_every_way(base_buf_span(&b), &limits);
        assert_int_equal(o.result, SERVE_PARSE_DONE);
        const char *body = strstr(base_buf_str(&o.text), "body=");
        assert_non_null(body);
        for (size_t i = 0; i < limits.max_body; i++)
            assert_int_equal(body[5 + i], 'a' + i % 26);
        assert_memory_equal(body + 5 + limits.max_body, " used=", 6);
        outcome_free(&o);
    }
    base_buf_free(&b);
}

/* Framing that outweighs its body is refused, and long before the buffer of serve_parse_room() is
 * full. */
static void test_chunk_framing_is_bounded(void **fixture)
{
    static const struct probe patterns[] = {
        {"one byte in each chunk", BASE_SPAN("1\r\nx\r\n"), 413},
        {"long extensions",
         BASE_SPAN("1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n"), 413},
        {"leading zeros", BASE_SPAN("0000000000000001\r\nx\r\n"), 413},
    };
    struct base_buf b;
    (void)fixture;
    base_buf_init(&b, 1 << 20);

    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        base_buf_reset(&b);
        base_buf_add_str(&b, CHUNKED);
        while (b.n < serve_parse_room(&limits))
            base_buf_add_span(&b, patterns[i].bytes);
        struct outcome o = feed(base_buf_span(&b), &limits, serve_parse_room(&limits), 1);
        assert_int_equal(o.result, SERVE_PARSE_REFUSED);
        assert_int_equal(o.status, patterns[i].status);
        outcome_free(&o);
    }

    base_buf_reset(&b);
    base_buf_add_str(&b, CHUNKED "1;");
    while (b.n < 400)
        base_buf_add_char(&b, 'a');
    expect_refused("endless extension", base_buf_span(&b), 400);
    base_buf_free(&b);
}

/* What a connection relies on: with a full buffer there is always a verdict. */
static void test_full_buffer_has_a_verdict(void **fixture)
{
    static const char *const starts[] = {
        "",
        "GET /",
        GET,
        GET "X: ",
        CHUNKED,
        CHUNKED "3e8;",
        CHUNKED "3e8\r\n",
        POST "Content-Length: 1000\r\n\r\n",
    };
    struct base_buf b;
    (void)fixture;
    base_buf_init(&b, 1 << 20);

    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        base_buf_reset(&b);
        base_buf_add_str(&b, starts[i]);
        while (b.n < serve_parse_room(&limits))
            base_buf_add_char(&b, 'a');
        struct outcome o = feed(base_buf_span(&b), &limits, b.n, 1);
        assert_int_not_equal(o.result, SERVE_PARSE_MORE);
        outcome_free(&o);
    }
    base_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_smuggling),
        cmocka_unit_test(test_refuses_framing),
        cmocka_unit_test(test_refuses_request_lines),
        cmocka_unit_test(test_refuses_targets),
        cmocka_unit_test(test_refuses_headers),
        cmocka_unit_test(test_refuses_chunks),
        cmocka_unit_test(test_takes_request_lines),
        cmocka_unit_test(test_takes_headers),
        cmocka_unit_test(test_every_byte_at_every_place),
        cmocka_unit_test(test_connection),
        cmocka_unit_test(test_takes_bodies),
        cmocka_unit_test(test_takes_chunks),
        cmocka_unit_test(test_pipelined_requests_are_told_apart),
        cmocka_unit_test(test_expect_continue),
        cmocka_unit_test(test_head_limits),
        cmocka_unit_test(test_header_count),
        cmocka_unit_test(test_body_limit),
        cmocka_unit_test(test_chunk_framing_is_bounded),
        cmocka_unit_test(test_full_buffer_has_a_verdict),
    };
    return cmocka_run_group_tests_name("serve_parse", tests, NULL, NULL);
}
