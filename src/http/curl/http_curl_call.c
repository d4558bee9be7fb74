/* The life of one request: from http_start() to its callback or its cancellation. */
#include "http_curl.h"

#include "base_url.h"

#define DEFAULT_BODY_MAX (1u << 20)
#define BODY_ROOM (16u << 10) /* most answers that are wanted at once have less */
#define ROOM_MOST (256 << 10) /* for an answer that has only said how long it is */
#define DEFAULT_CONNECT_MS 10000
#define DEFAULT_IDLE_MS 30000
#define DEFAULT_TOTAL_MS 120000

/* ---------------------------------------------------------------- begin and end */

static void link_call(struct http_call *call)
{
    call->next = call->h->calls;
    if (call->next != NULL)
        call->next->previous = call;
    call->h->calls = call;
}

/* Out of curl's hands and of the list. */
static void detach(struct http_call *call)
{
    if (call->next != NULL)
        call->next->previous = call->previous;
    *(call->previous != NULL ? &call->previous->next : &call->h->calls) = call->next;
    (void)curl_multi_remove_handle(call->h->multi, call->easy);
    loop_timer_stop(call->idle);
}

static void call_free(struct http_call *call)
{
    if (call->easy != NULL)
        curl_easy_cleanup(call->easy);
    loop_timer_free(call->idle);
    base_buf_free(&call->lines);
    base_mem_free(call->nodes);
    http_curl_inflate_free(call->inflate);
    base_buf_free(&call->head);
    base_buf_free(&call->body);
    if (call->holds_reserve)
        base_mem_drop_reserve();
    base_mem_free(call);
}

void http_curl_call_cancel(struct http_call *call)
{
    if (call->finished) /* from inside its own callback */
        return;
    detach(call);
    call_free(call);
}

/* ---------------------------------------------------------------- the answer */

/* "Name: value" of each line, without what the line ends with. */
static size_t split_head(struct base_span head, struct http_header headers[HTTP_CURL_HEADERS_MAX])
{
    size_t count = 0;
    while (head.n > 0 && count < HTTP_CURL_HEADERS_MAX) {
        struct base_span value = base_span_cut(&head, '\n');
        struct base_span name = base_span_cut(&value, ':');
        if (value.p == NULL || name.n == 0 || name.p[0] == ' ' || name.p[0] == '\t')
            continue; /* no header, or the continuation of one (obs-fold) */
        headers[count++] = (struct http_header){name, base_span_trim(value)};
    }
    return count;
}

/* One of curl's times, all counted from the start. */
static int64_t time_ms(CURL *easy, CURLINFO which)
{
    curl_off_t microseconds = 0;
    (void)curl_easy_getinfo(easy, which, &microseconds);
    return microseconds / 1000;
}

static int status_of(const struct http_call *call)
{
    long status = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

static void tell_answer(struct http_call *call)
{
    struct http_header headers[HTTP_CURL_HEADERS_MAX];
    struct http_response response = {
        .headers = headers,
        .header_count = split_head(base_buf_span(&call->head), headers),
        .status = status_of(call),
        .body = call->body, /* moved: what the callee does not steal is freed below */
        .elapsed_ms = time_ms(call->easy, CURLINFO_TOTAL_TIME_T),
        .sent_ms = time_ms(call->easy, CURLINFO_PRETRANSFER_TIME_T),
        .first_byte_ms = time_ms(call->easy, CURLINFO_STARTTRANSFER_TIME_T),
    };
    base_buf_init(&call->body, 0);
    call->done(call->arg, BASE_OK, &response, HTTP_MAYBE_ACTED, NULL);
    base_buf_free(&response.body);
}

void http_curl_call_finish(struct http_call *call, CURLcode code)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = BASE_OK;
    code = http_curl_decode(call, code);
    if (code != CURLE_OK || call->idled)
        status = http_curl_fault(call, code, &err);
    enum http_progress progress = http_curl_progress(call);
    if (call->trace != NULL)
        http_curl_trace(call, code);

    call->finished = true;
    detach(call);
    if (status == BASE_OK)
        tell_answer(call);
    else
        call->done(call->arg, status, NULL, progress, &err);
    call_free(call);
}

/* ---------------------------------------------------------------- curl's callbacks */

/* Something moved, which is said of each line and piece: so the timer runs on, and looks when it is
 * due how long ago it was. By the clock: the loop's turn may have begun long before, when the
 * reader of pieces took its time. */
static void touch(struct http_call *call)
{
    call->moved_at = loop_clock(call->h->loop);
    if (!loop_timer_active(call->idle))
        loop_timer_start(call->idle, call->idle_timeout_ms);
}

static void on_idle(void *arg)
{
    struct http_call *call = arg;
    struct http_curl *h = call->h;
    int64_t left = call->moved_at + call->idle_timeout_ms - loop_clock(h->loop);
    if (left > 0) {
        loop_timer_start(call->idle, left);
        return;
    }
    http_curl_enter(h);
    call->idled = true;
    http_curl_call_finish(call, CURLE_OPERATION_TIMEDOUT);
    http_curl_leave(h);
}

/* A line of the head with its line end. An interim answer (1xx) has a head of its own in front,
 * trailers come after the body: neither is the answer's. */
size_t http_curl_on_head(char *line, size_t size, size_t n, void *arg)
{
    struct http_call *call = arg;
    struct base_span text = {line, size * n};
    touch(call);
    if (call->head_complete)
        return text.n;
    if (base_span_starts(text, "HTTP/")) {
        base_buf_reset(&call->head);
        call->header_count = 0;
        call->coding = HTTP_CURL_PLAIN;
        return text.n;
    }
    if (base_span_trim(text).n == 0) {
        call->head_complete = status_of(call) >= 200;
        return text.n;
    }
    struct base_span value = text, name = base_span_cut(&value, ':');
    http_curl_on_header(call, name, base_span_trim(value));
    base_buf_add_span(&call->head, text);
    enum base_status status = base_buf_status(&call->head);
    if (status == BASE_LIMIT || ++call->header_count > HTTP_CURL_HEADERS_MAX)
        call->overflow = HTTP_CURL_HEAD_TOO_LARGE;
    return status == BASE_OK && call->overflow == HTTP_CURL_FITS ? text.n : 0;
}

/* From here on nobody knows how long it may take: the idle deadline is the only one. */
static bool begin_pieces(struct http_call *call)
{
    struct http_header headers[HTTP_CURL_HEADERS_MAX];
    struct http_response head = {
        .headers = headers,
        .header_count = split_head(base_buf_span(&call->head), headers),
        .status = status_of(call),
    };
    call->handed_over = true;
    (void)curl_easy_setopt(call->easy, CURLOPT_TIMEOUT_MS, 0L);
    bool wanted = call->on_piece(call->on_piece_arg, &head, base_buf_span(&call->body));
    base_buf_free(&call->body);
    return wanted;
}

static bool outgrows(const struct http_call *call, size_t n)
{
    int status = status_of(call);
    return call->on_piece != NULL && call->coding != HTTP_CURL_UNKNOWN && status >= 200 &&
           status < 300 && call->body.n + n > call->hold;
}

static bool hand_over(struct http_call *call, struct base_span piece)
{
    bool wanted = (call->handed_over || begin_pieces(call)) &&
                  call->on_piece(call->on_piece_arg, NULL, piece);
    if (!wanted)
        call->overflow = HTTP_CURL_NOT_WANTED;
    touch(call); /* the time that the callee took is not the server's */
    return wanted;
}

/* For all of it when it says how long it is: a body that grows is copied each time. What it says is
 * believed in so far. */
static void make_room(struct http_call *call)
{
    curl_off_t length = -1;
    if (call->on_body != NULL || call->on_piece != NULL) /* has its own; may go on for ever */
        return;
    (void)curl_easy_getinfo(call->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length > 0 && length <= ROOM_MOST && (size_t)length <= call->body.max)
        (void)base_buf_reserve(&call->body, (size_t)length); /* the buffer keeps its failure */
}

/* The next bytes of the body: readable, but where it is decoded when it is whole. */
static bool take(void *arg, struct base_span bytes)
{
    struct http_call *call = arg;
    if (call->handed_over || outgrows(call, bytes.n))
        return hand_over(call, bytes);
    if (call->body.n == 0)
        make_room(call);
    base_buf_add_span(&call->body, bytes);
    enum base_status status = base_buf_status(&call->body);
    if (status == BASE_OK && call->on_body != NULL && call->coding == HTTP_CURL_PLAIN)
        call->on_body(call->on_body_arg, status_of(call), base_buf_span(&call->body));
    if (status == BASE_LIMIT)
        call->overflow = HTTP_CURL_BODY_TOO_LARGE;
    return status == BASE_OK;
}

static bool inflate_and_take(struct http_call *call, struct base_span bytes)
{
    if (call->inflate == NULL)
        call->inflate = http_curl_inflate_new(take, call);
    return call->inflate != NULL && http_curl_inflate_add(call->inflate, bytes) == BASE_OK;
}

/* curl calls this as soon as it has read the bytes from the socket, and before it reads again. */
size_t http_curl_on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct http_call *call = arg;
    const struct base_span came = {bytes, size * n};
    touch(call);
    bool taken =
        call->coding == HTTP_CURL_GZIP_PIECES ? inflate_and_take(call, came) : take(call, came);
    return taken ? came.n : 0;
}

/* The connection stands and the request is about to leave. When a kept connection turns out to be
 * dead, curl begins again on a new one, also with a POST that the server may have acted upon (C6).
 * Whether to repeat that is for the caller to say. */
int http_curl_on_sending(void *arg, char *remote, char *local, int remote_port, int local_port)
{
    struct http_call *call = arg;
    (void)remote, (void)local, (void)remote_port, (void)local_port;
    if (call->sendings++ > 0 && !call->repeatable)
        return CURL_PREREQFUNC_ABORT;
    touch(call);
    return CURL_PREREQFUNC_OK;
}

int http_curl_on_progress(void *arg, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                          curl_off_t up)
{
    struct http_call *call = arg;
    (void)down_total, (void)down, (void)up_total;
    if (up > call->uploaded) {
        call->uploaded = up;
        touch(call);
        /* curl's own buffers are there by now. What it allocates for the answer, and what its
         * reader does, comes from here: a heap that grows or shrinks is a system call. */
        if (call->on_body != NULL)
            base_mem_make_room();
    }
    return 0;
}

/* ---------------------------------------------------------------- start */

static int64_t or_default(int64_t value, int64_t standard)
{
    return value > 0 ? value : standard;
}

static bool method_is_repeatable(const char *method)
{
    static const char *const idempotent[] = {"GET", "HEAD", "PUT", "DELETE",
                                             "OPTIONS"}; /* RFC 9110 section 9.2.2 */
    for (size_t i = 0; i < sizeof(idempotent) / sizeof(idempotent[0]); i++)
        if (strcmp(method, idempotent[i]) == 0)
            return true;
    return false;
}

static struct http_call *call_new(struct http_curl *h, const struct http_request *request,
                                  http_done_fn *done, void *arg)
{
    struct http_call *call = base_mem_new(sizeof(*call));
    if (call == NULL)
        return NULL;
    size_t body_max = request->max_body > 0 ? request->max_body : DEFAULT_BODY_MAX;
    (request->sensitive ? base_buf_init_sensitive : base_buf_init)(&call->body, body_max);
    base_buf_init(&call->head, HTTP_CURL_HEAD_MAX);
    base_buf_init_sensitive(&call->lines, 256u << 10);
    call->h = h;
    call->done = done;
    call->arg = arg;
    call->trace = request->trace;
    call->on_body = request->on_body;
    call->on_body_arg = request->on_body_arg;
    call->on_piece = request->on_piece;
    call->on_piece_arg = request->on_piece_arg;
    call->hold = request->hold;
    call->repeatable = method_is_repeatable(request->method);
    call->connect_timeout_ms = or_default(request->connect_timeout_ms, DEFAULT_CONNECT_MS);
    call->idle_timeout_ms = or_default(request->idle_timeout_ms, DEFAULT_IDLE_MS);
    call->total_timeout_ms = or_default(request->total_timeout_ms, DEFAULT_TOTAL_MS);
    call->idle = loop_timer_new(h->loop, on_idle, call);
    call->easy = curl_easy_init();
    size_t room = BODY_ROOM < body_max ? BODY_ROOM : body_max;
    bool has_room = call->on_body == NULL || base_buf_reserve(&call->body, room) != NULL;
    if (call->idle == NULL || call->easy == NULL || !has_room) {
        call_free(call);
        return NULL;
    }
    return call;
}

enum base_status http_curl_call_start(struct http_curl *h, const struct http_request *request,
                                      http_done_fn *done, void *arg, struct http_call **ret,
                                      struct base_error *err)
{
    struct http_call *call = call_new(h, request, done, arg);
    if (call == NULL)
        return base_fail_memory(err);
    enum base_status status = http_curl_setup(call, request, err);
    if (status == BASE_OK) { /* the answer may be one that is given once */
        call->holds_reserve = base_mem_hold_reserve();
        if (!call->holds_reserve || curl_multi_add_handle(h->multi, call->easy) != CURLM_OK)
            status = base_fail_memory(err);
    }
    if (status != BASE_OK) {
        call_free(call);
        return status;
    }
    link_call(call);
    *ret = call;
    return BASE_OK;
}
