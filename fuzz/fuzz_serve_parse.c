/* The request parser. Whole and in pieces it must come to the same verdict, and what it understood
 * must lie in the bytes that it was given and hold nothing that splits a request. */
#include "base_buf.h"
#include "serve_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct serve_limits limits = {.max_head = 512, .max_body = 256};

struct verdict {
    enum serve_parse_result result;
    struct serve_request request;
    size_t used;
    int status;
    const char *reason;
    char *bytes; /* what the request's spans point into */
};

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* Feeds `first` bytes, then `pace` at a time. Each call sees the bytes at another address. */
static struct verdict parse(const uint8_t *data, size_t size, size_t first, size_t pace)
{
    struct verdict v = {0};
    struct serve_parse state = {0};
    char *bytes = malloc(size + 1);

    must(bytes != NULL);
    memcpy(bytes, data, size);
    for (size_t n = first;; n = pace < size - n ? n + pace : size) {
        v.bytes = malloc(n + 1);
        must(v.bytes != NULL);
        memcpy(v.bytes, bytes, n);
        v.result =
            serve_parse(&state, v.bytes, n, &limits, &v.request, &v.used, &v.status, &v.reason);
        must(state.scanned <= n && state.head_end <= n);
        must(v.result != SERVE_PARSE_MORE || n < serve_parse_room(&limits));
        if (v.result != SERVE_PARSE_MORE || n == size)
            break;
        memcpy(bytes, v.bytes, n);
        free(v.bytes);
    }
    free(bytes);
    return v;
}

static void same(struct base_span a, struct base_span b)
{
    must((a.p == NULL) == (b.p == NULL) && base_span_eq(a, b));
}

static void compare(const struct verdict *a, const struct verdict *b)
{
    must(a->result == b->result);
    if (a->result == SERVE_PARSE_REFUSED)
        must(a->status == b->status && a->reason == b->reason);
    if (a->result != SERVE_PARSE_DONE)
        return;
    must(a->used == b->used && a->request.minor == b->request.minor);
    must(a->request.keep_alive == b->request.keep_alive);
    same(a->request.method, b->request.method);
    same(a->request.target, b->request.target);
    same(a->request.path, b->request.path);
    same(a->request.query, b->request.query);
    same(a->request.body, b->request.body);
    must(a->request.header_count == b->request.header_count);
    for (size_t i = 0; i < a->request.header_count; i++) {
        same(a->request.headers[i].name, b->request.headers[i].name);
        same(a->request.headers[i].value, b->request.headers[i].value);
    }
}

static void check_span(const struct verdict *v, struct base_span s, bool is_text)
{
    must(s.p >= v->bytes && s.n <= v->used && (size_t)(s.p - v->bytes) <= v->used - s.n);
    for (size_t i = 0; is_text && i < s.n; i++)
        must(s.p[i] != '\r' && s.p[i] != '\n' && s.p[i] != '\0');
}

static void check_request(const struct verdict *v, size_t size)
{
    const struct serve_request *r = &v->request;

    must(v->used > 0 && v->used <= size);
    must(r->minor == 0 || r->minor == 1);
    must(r->header_count <= SERVE_MAX_HEADERS && r->body.n <= limits.max_body);
    must(r->method.n > 0 && r->path.n > 0);
    check_span(v, r->method, true);
    check_span(v, r->target, true);
    check_span(v, r->path, true);
    check_span(v, r->body, false);
    for (size_t i = 0; i < r->header_count; i++) {
        must(r->headers[i].name.n > 0);
        check_span(v, r->headers[i].name, true);
        check_span(v, r->headers[i].value, true);
    }
}

static void check(const struct verdict *v, size_t size)
{
    if (v->result == SERVE_PARSE_DONE)
        check_request(v, size);
    if (v->result == SERVE_PARSE_REFUSED)
        must(v->status >= 400 && v->status <= 505 && v->reason != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        return 0;
    struct verdict whole = parse(data, size, size, 1);
    check(&whole, size);

    /* byte by byte, in halves, and in steps that the data chooses */
    size_t steps[][2] = {{0, 1}, {size / 2, size}, {0, 1 + (size > 0 ? data[size - 1] : 0)}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct verdict pieces = parse(data, size, steps[i][0], steps[i][1]);
        compare(&whole, &pieces);
        free(pieces.bytes);
    }
    free(whole.bytes);
    return 0;
}
