/* The exchange: what a handler sees of a connection. */
#include "serve_conn.h"
#include "serve_head.h"

#include <sys/socket.h>

#define UNSENT_MAX ((size_t)1 << 20)

const struct serve_request *serve_exchange_request(const struct serve_exchange *x)
{
    return &x->request;
}

void serve_exchange_set(struct serve_exchange *x, void *pointer)
{
    x->pointer = pointer;
}

void *serve_exchange_get(const struct serve_exchange *x)
{
    return x->pointer;
}

/* ---------------------------------------------------------------- the head */

static void line_add(struct base_buf *out, const char *name, const char *value)
{
    base_buf_add_str(out, name);
    base_buf_add(out, ": ", 2);
    base_buf_add_str(out, value);
    base_buf_add(out, "\r\n", 2);
}

static void status_line_add(struct base_buf *out, int status)
{
    base_buf_add_str(out, "HTTP/1.1 ");
    base_buf_add_int(out, status);
    base_buf_add_char(out, ' ');
    base_buf_add_str(out, serve_status_text(status));
    base_buf_add(out, "\r\n", 2);
}

/* Forgets what was built of the answer, but not a "100 Continue" that may stand before it. */
static void answer_rewind(struct serve_exchange *x)
{
    struct base_buf *out = &x->conn->out;

    if (out->n > x->head_at) {
        out->n = x->head_at;
        out->p[out->n] = '\0';
    }
    x->has_date = x->broken = false;
}

void serve_start(struct serve_exchange *x, int status)
{
    answer_rewind(x);
    x->status = status;
    x->broken = status < 200 || status > 999;
    status_line_add(&x->conn->out, status);
}

/* No control characters: a value that came from outside must not begin a header of its own. */
static bool value_is_good(const char *value)
{
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* Those that the server writes itself. */
static bool name_is_framing(struct base_span name)
{
    return base_span_is_nocase(name, "Content-Length") ||
           base_span_is_nocase(name, "Transfer-Encoding") ||
           base_span_is_nocase(name, "Connection");
}

void serve_header(struct serve_exchange *x, const char *name, const char *value)
{
    struct base_span n = base_span_of(name);

    if (!serve_head_is_token(n) || !value_is_good(value) || name_is_framing(n)) {
        x->broken = true;
        return;
    }
    if (base_span_is_nocase(n, "Date"))
        x->has_date = true;
    line_add(&x->conn->out, name, value);
}

void serve_header_int(struct serve_exchange *x, const char *name, int64_t value)
{
    char digits[24];

    (void)snprintf(digits, sizeof digits, "%lld", (long long)value);
    serve_header(x, name, digits);
}

/* ---------------------------------------------------------------- sending */

/* RFC 9110 section 8.6: these have no Content-Length, as they have no content. */
static bool status_has_body(int status)
{
    return status != 204 && status != 304;
}

/* The server's own headers and the end of the head. */
static void head_end(struct serve_conn *c, int status, bool with_date, size_t body_length)
{
    struct base_buf *out = &c->out;

    if (with_date)
        line_add(out, "Date", serve_date(c->server));
    if (status_has_body(status)) {
        base_buf_add_str(out, "Content-Length: ");
        base_buf_add_int(out, (int64_t)body_length);
        base_buf_add(out, "\r\n", 2);
    }
    if (c->close_after)
        line_add(out, "Connection", "close");
    else if (c->exchange.request.minor == 0)
        line_add(out, "Connection", "keep-alive");
    base_buf_add(out, "\r\n", 2);
}

static void send_or_close(struct serve_conn *c, struct base_span body)
{
    if (base_buf_status(&c->out))
        serve_conn_close(c); /* short of memory: no answer is better than half of one */
    else
        serve_conn_send(c, body);
}

void serve_send(struct serve_exchange *x, struct base_span body)
{
    struct serve_conn *c = x->conn;
    struct serve *s = c->server;

    serve_enter(s);
    if (x->status == 0 || x->broken) {
        serve_start(x, 500);
        x->close = true;
        body = BASE_SPAN_NONE;
    }
    c->close_after = x->close || !x->request.keep_alive || s->drained;
    if (!status_has_body(x->status))
        body = BASE_SPAN_NONE;
    head_end(c, x->status, !x->has_date, body.n);
    if (base_span_is(x->request.method, "HEAD"))
        body = BASE_SPAN_NONE;
    send_or_close(c, body);
    serve_leave(s);
}

void serve_close_after(struct serve_exchange *x)
{
    x->close = true;
}

void serve_text(struct serve_exchange *x, int status, const char *content_type,
                struct base_span body)
{
    serve_start(x, status);
    serve_header(x, "Content-Type", content_type);
    serve_send(x, body);
}

void serve_raw_and_close(struct serve_exchange *x, struct base_span bytes)
{
    struct serve_conn *c = x->conn;
    struct serve *s = c->server;

    serve_enter(s);
    answer_rewind(x);
    c->close_after = true;
    send_or_close(c, bytes);
    serve_leave(s);
}

bool serve_raw_some(struct serve_exchange *x, struct base_span bytes)
{
    struct serve_conn *c = x->conn;
    struct serve *s = c->server;
    bool open;

    serve_enter(s);
    if (c->out.n - c->out_sent < UNSENT_MAX)
        base_buf_add_span(&c->out, bytes);
    open = serve_conn_some(c);
    serve_leave(s);
    return open;
}

size_t serve_unsent(const struct serve_exchange *x)
{
    return x->conn->out.n - x->conn->out_sent;
}

void serve_reset(struct serve_exchange *x)
{
    struct serve_conn *c = x->conn;
    struct serve *s = c->server;
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    serve_enter(s);
    (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    serve_conn_close(c);
    serve_leave(s);
}

void serve_answer_refusal(struct serve_conn *c, int status, const char *reason)
{
    c->close_after = true;
    status_line_add(&c->out, status);
    line_add(&c->out, "Content-Type", "text/plain; charset=utf-8");
    if (status == 405) /* RFC 9110 section 15.5.6 wants it; the methods that get past the parser */
        line_add(&c->out, "Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    head_end(c, status, true, strlen(reason) + 1);
    base_buf_add_str(&c->out, reason);
    base_buf_add_char(&c->out, '\n');
    send_or_close(c, BASE_SPAN_NONE);
}
