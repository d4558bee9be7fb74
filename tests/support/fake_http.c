#include "fake_http.h"

#include "http.h"

#define FAKE_HEADERS 16

/* The test's own memory is not base's: its failures are for the code under test alone. */
static void *fake_new(size_t size)
{
    void *p = calloc(1, size);

    if (!p)
        abort();
    return p;
}

static char *fake_copy(const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        abort();
    return copy;
}

static void fake_drop(const char *copy)
{
    free((char *)(uintptr_t)copy);
}

static char *fake_copy_span(struct base_span s)
{
    char *copy = fake_new(s.n + 1);

    if (s.n > 0)
        memcpy(copy, s.p, s.n);
    return copy;
}

struct script { /* a queue */
    struct script *next;
    struct fake_exchange x; /* its own copies */
    struct base_buf answer; /* its memory is fake_copy()'s, which is freed as base's is */
};

struct http_call {
    struct http_call *next;
    struct fake_http *fake;
    struct http_request request;
    http_done_fn *done;
    void *arg;
    struct loop_timer *timer;
    struct script *script; /* NULL until it has arrived */
    int64_t started;
    bool shown;                /* its answer's body */
    bool handed_over, refused; /* the body was, and no more was wanted */
};

struct fake_http {
    struct http http;
    struct loop *loop;
    struct http_call *calls;
    struct script *queue, **last;
    fake_http_fn *fn;
    void *fn_arg;
    int64_t transit_least, transit_most;
    uint32_t random;
    enum base_status open_fails;
    size_t opens, count;
    struct fake_request *arrivals;
    bool wrong;
};

/* ------------------------------------------------------------------ the script */

static struct script *script_new(const struct fake_exchange *x)
{
    struct script *s = fake_new(sizeof(*s));

    s->x = *x;
    s->x.method = fake_copy(x->method);
    s->x.url = fake_copy(x->url);
    s->x.body = fake_copy(x->body);
    s->x.bearer = fake_copy(x->bearer);
    s->x.headers = fake_copy(x->headers ? x->headers : "");
    s->x.answer = NULL;
    base_buf_init(&s->answer, 64u << 20);
    s->answer.p = fake_copy(x->answer ? x->answer : "");
    s->answer.n = strlen(s->answer.p);
    s->answer.cap = s->answer.n + 1;
    return s;
}

static void script_free(struct script *s)
{
    if (!s)
        return;
    fake_drop(s->x.method);
    fake_drop(s->x.url);
    fake_drop(s->x.body);
    fake_drop(s->x.bearer);
    fake_drop(s->x.headers);
    base_buf_free(&s->answer);
    free(s);
}

void fake_http_expect(struct fake_http *f, const struct fake_exchange *x)
{
    *f->last = script_new(x);
    f->last = &(*f->last)->next;
}

void fake_http_serve(struct fake_http *f, fake_http_fn *fn, void *arg)
{
    f->fn = fn;
    f->fn_arg = arg;
}

void fake_http_transit(struct fake_http *f, int64_t least_ms, int64_t most_ms)
{
    f->transit_least = least_ms;
    f->transit_most = most_ms;
}

void fake_http_fail_open(struct fake_http *f, enum base_status status)
{
    f->open_fails = status;
}

/* ------------------------------------------------------------------ arrivals */

static bool has_words(const char *text, const char *words)
{
    struct base_span rest = base_span_of(words);

    while (rest.p) {
        struct base_span word = base_span_cut(&rest, ' ');

        if (!memmem(text, strlen(text), word.p, word.n))
            return false;
    }
    return true;
}

static bool is_as_expected(const struct fake_exchange *x, const struct fake_request *r)
{
    return (!x->method || strcmp(x->method, r->method) == 0) &&
           (!x->url || strstr(r->url, x->url)) && (!x->body || has_words(r->body, x->body)) &&
           (!x->bearer || strcmp(x->bearer, r->bearer) == 0);
}

static void complain(struct fake_http *f, const char *what, const struct fake_request *r,
                     const struct fake_exchange *x)
{
    f->wrong = true;
    (void)fprintf(stderr, "%s: %s %s, body \"%s\", bearer \"%s\"\n", what, r->method, r->url,
                  r->body, r->bearer);
    if (x)
        (void)fprintf(stderr, "expected: %s %s, body \"%s\", bearer \"%s\"\n",
                      x->method ? x->method : "*", x->url ? x->url : "*", x->body ? x->body : "*",
                      x->bearer ? x->bearer : "*");
}

static const struct fake_request *note_arrival(struct http_call *c)
{
    struct fake_http *f = c->fake;
    struct fake_request *grown = realloc(f->arrivals, (f->count + 1) * sizeof(*grown));
    struct fake_request *r;

    if (!grown)
        abort();
    f->arrivals = grown;
    r = &grown[f->count++];
    *r = (struct fake_request){
        .method = fake_copy(c->request.method),
        .url = fake_copy(c->request.url),
        .body = fake_copy_span(c->request.body),
        .bearer = fake_copy_span(crypt_secret_span(c->request.bearer)),
        .at = loop_now(f->loop),
    };
    return r;
}

static struct script *choose(struct fake_http *f, const struct fake_request *r)
{
    struct fake_exchange x = {0};
    struct script *s;

    if (f->fn) {
        f->fn(f->fn_arg, r, &x);
        return script_new(&x);
    }
    s = f->queue;
    if (!s) {
        complain(f, "nothing more was expected", r, NULL);
        x.status = 599;
        return script_new(&x);
    }
    if (!is_as_expected(&s->x, r))
        complain(f, "not what was expected", r, &s->x);
    f->queue = s->next;
    if (!f->queue)
        f->last = &f->queue;
    return s;
}

/* ------------------------------------------------------------------ answers */

static void call_free(struct http_call *c)
{
    struct http_call **link = &c->fake->calls;

    while (*link != c)
        link = &(*link)->next;
    *link = c->next;
    loop_timer_free(c->timer);
    script_free(c->script);
    free(c);
}

static size_t split_headers(const char *lines, struct http_header *headers)
{
    struct base_span rest = base_span_of(lines);
    size_t n = 0;

    while (rest.n > 0 && n < FAKE_HEADERS) {
        struct base_span value = base_span_cut(&rest, '\n');

        headers[n].name = base_span_cut(&value, ':');
        headers[n++].value = base_span_trim(value);
    }
    return n;
}

/* What is held, and then the rest in two pieces. */
static void hand_over(struct http_call *c, struct base_span body, int status)
{
    struct http_header headers[FAKE_HEADERS];
    const struct http_response head = {
        .status = status,
        .headers = headers,
        .header_count = split_headers(c->script->x.headers, headers),
    };
    struct base_span rest = base_span_from(body, c->request.hold);
    void *arg = c->request.on_piece_arg;

    c->handed_over = true;
    c->refused = !c->request.on_piece(arg, &head, base_span_first(body, c->request.hold)) ||
                 !c->request.on_piece(arg, NULL, base_span_first(rest, rest.n / 2)) ||
                 !c->request.on_piece(arg, NULL, base_span_from(rest, rest.n / 2));
}

/* The body comes in two pieces. */
static void show_body(struct http_call *c)
{
    const struct script *s = c->script;
    struct base_span body = base_buf_span(&s->answer);
    int status = s->x.status ? s->x.status : 200;

    if (c->request.on_piece && status / 100 == 2 && body.n > c->request.hold)
        hand_over(c, body, status);
    if (!c->request.on_body || body.n == 0)
        return;
    c->request.on_body(c->request.on_body_arg, status, base_span_first(body, body.n / 2));
    c->request.on_body(c->request.on_body_arg, status, body);
}

static void fail(struct http_call *c)
{
    enum base_status status = c->refused                        ? BASE_CANCELLED
                              : c->script->x.lost_as != BASE_OK ? c->script->x.lost_as
                                                                : BASE_UNAVAILABLE;
    struct base_error err = BASE_ERROR_NONE;

    base_fail(&err, status, "making an HTTP request", "the network failed as the test wants");
    c->done(c->arg, status, NULL,
            c->script->x.outcome == FAKE_NOT_SENT ? HTTP_NOT_SENT : HTTP_MAYBE_ACTED, &err);
}

static void answer(struct http_call *c)
{
    struct http_header headers[FAKE_HEADERS];
    struct script *s = c->script;
    struct http_response response = {
        .status = s->x.status ? s->x.status : 200,
        .headers = headers,
        .header_count = split_headers(s->x.headers, headers),
        .body = s->answer,
        .elapsed_ms = loop_now(c->fake->loop) - c->started,
    };

    response.first_byte_ms = response.elapsed_ms;
    if (c->handed_over)
        base_buf_reset(&response.body);

    c->done(c->arg, BASE_OK, &response, HTTP_NOT_SENT, NULL);
    s->answer = response.body; /* the callee may have stolen it */
}

static void on_time(void *arg)
{
    struct http_call *c = arg;

    if (!c->script) {
        c->script = choose(c->fake, note_arrival(c));
        loop_timer_start(c->timer, c->script->x.delay_ms);
        return;
    }
    if (!c->shown) {
        c->shown = true;
        show_body(c);
        if (c->script->x.end_delay_ms > 0) {
            loop_timer_start(c->timer, c->script->x.end_delay_ms);
            return;
        }
    }
    if (c->script->x.outcome == FAKE_ANSWERED && !c->refused)
        answer(c);
    else
        fail(c);
    call_free(c);
}

/* ------------------------------------------------------------------ the port */

static int64_t transit(struct fake_http *f)
{
    int64_t range = f->transit_most - f->transit_least + 1;

    f->random = f->random * 1664525u + 1013904223u; /* Numerical Recipes: the same in each run */
    return f->transit_least + (int64_t)(f->random >> 8) % range;
}

static enum base_status fake_start(struct http *h, const struct http_request *request,
                                   http_done_fn *done, void *arg, struct http_call **ret,
                                   struct base_error *err)
{
    struct fake_http *f = (struct fake_http *)h;
    struct http_call *c = fake_new(sizeof(*c));

    *c = (struct http_call){.fake = f, .request = *request, .done = done, .arg = arg};
    c->timer = loop_timer_new(f->loop, on_time, c);
    if (!c->timer) {
        free(c);
        return base_fail_memory(err);
    }
    c->started = loop_now(f->loop);
    c->next = f->calls;
    f->calls = c;
    loop_timer_start(c->timer, transit(f));
    *ret = c;
    return BASE_OK;
}

static void fake_close(struct http *h)
{
    struct fake_http *f = (struct fake_http *)h;

    while (f->calls)
        call_free(f->calls);
    f->loop = NULL;
}

struct fake_http *fake_http_new(void)
{
    static const struct http_ops ops = {fake_start, call_free, fake_close};
    struct fake_http *f = fake_new(sizeof(*f));

    f->http.ops = &ops;
    f->last = &f->queue;
    return f;
}

enum base_status fake_http_open(void *fake, struct loop *l, struct http **ret,
                                struct base_error *err)
{
    struct fake_http *f = fake;
    enum base_status status = f->open_fails;

    f->opens++;
    f->open_fails = BASE_OK;
    if (status)
        return base_fail(err, status, "opening HTTP", "it fails as the test wants");
    f->loop = l;
    *ret = &f->http;
    return BASE_OK;
}

/* ------------------------------------------------------------------ what was seen */

size_t fake_http_opens(const struct fake_http *f)
{
    return f->opens;
}

size_t fake_http_count(const struct fake_http *f)
{
    return f->count;
}

size_t fake_http_under_way(const struct fake_http *f)
{
    size_t n = 0;

    for (const struct http_call *c = f->calls; c; c = c->next)
        n++;
    return n;
}

const struct fake_request *fake_http_request(const struct fake_http *f, size_t i)
{
    if (i >= f->count)
        abort();
    return &f->arrivals[i];
}

void fake_http_forget(struct fake_http *f)
{
    while (f->queue) {
        struct script *s = f->queue;

        f->queue = s->next;
        script_free(s);
    }
    f->last = &f->queue;
    for (size_t i = 0; i < f->count; i++) {
        fake_drop(f->arrivals[i].method);
        fake_drop(f->arrivals[i].url);
        fake_drop(f->arrivals[i].body);
        fake_drop(f->arrivals[i].bearer);
    }
    free(f->arrivals);
    f->arrivals = NULL;
    f->count = 0;
    f->wrong = false;
}

bool fake_http_satisfied(const struct fake_http *f)
{
    if (f->queue)
        (void)fprintf(stderr, "did not arrive: %s %s\n",
                      f->queue->x.method ? f->queue->x.method : "*",
                      f->queue->x.url ? f->queue->x.url : "*");
    return !f->wrong && !f->queue;
}

void fake_http_free(struct fake_http *f)
{
    if (f)
        fake_http_forget(f);
    free(f);
}
