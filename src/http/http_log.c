#include "http_log.h"

#include "base_text.h"
#include "base_url.h"

#include <stdarg.h>
#include <stdio.h>

#define LOG_PATH 200
#define LOG_SEGMENT 40 /* a longer part of a path may be a token */

struct http_log {
    struct http http;
    struct http *inner;
    http_log_fn *fn;
    void *arg;
    struct http_call *calls;
};

struct http_call { /* ours; the inner one's is opaque, as any backend's */
    struct http_log *log;
    struct http_call *next;
    struct http_call *inner;
    http_done_fn *done;
    void *arg;
    char what[512];
};

static struct http_log *log_of(struct http *h)
{
    return (struct http_log *)h;
}

/* "/oauth/v1/refresh-tokens/…": the paths of v1 have a token in them. */
static void log_path(struct base_buf *out, struct base_span path)
{
    struct base_span rest = path;
    bool secret = false;
    for (bool first = true; rest.p != NULL; first = false) {
        struct base_span part = base_span_cut(&rest, '/');
        if (!first)
            base_buf_add_char(out, '/');
        if (secret || part.n > LOG_SEGMENT)
            base_buf_add_str(out, part.n > 0 ? "…" : "");
        else
            base_text_printable(out, part, LOG_SEGMENT);
        secret = part.n >= 7 && base_span_is(base_span_from(part, part.n - 7), "-tokens");
    }
}

static void log_describe(char *out, size_t size, const struct http_request *request)
{
    BASE_CLEANUP(base_buf_free) struct base_buf path;
    struct base_url url;
    base_buf_init(&path, 4096);
    if (base_url_parse(base_span_of(request->url), &url, NULL) != BASE_OK) {
        base_text_format(out, size, "%s", request->method); /* the checks have refused it already */
        return;
    }
    log_path(&path, url.path);
    base_text_format(out, size, "%s %.*s://%.*s:%u%.*s%s", request->method,
                     BASE_SPAN_ARG(url.scheme), BASE_SPAN_ARG(url.host), (unsigned)url.port,
                     LOG_PATH, base_buf_str(&path), url.query.n > 0 ? "?…" : "");
}

static void log_line(struct http_log *log, const char *format, ...) BASE_PRINTF(2, 3);

static void log_line(struct http_log *log, const char *format, ...)
{
    char line[768];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    log->fn(log->arg, line);
}

static void log_forget(struct http_call *c)
{
    struct http_call **link = &c->log->calls;
    while (*link != c)
        link = &(*link)->next;
    *link = c->next;
    base_mem_free(c);
}

static void log_done(void *arg, enum base_status status, struct http_response *response,
                     enum http_progress progress, const struct base_error *err)
{
    struct http_call *c = arg;
    http_done_fn *done = c->done;
    void *done_arg = c->arg;
    if (response != NULL)
        log_line(c->log, "%s: %d in %lld ms, %zu bytes", c->what, response->status,
                 (long long)response->elapsed_ms, response->body.n);
    else
        log_line(c->log, "%s: %s%s", c->what, err->why,
                 progress == HTTP_MAYBE_ACTED ? " (it may have been acted upon)" : "");
    log_forget(c);
    done(done_arg, status, response, progress, err);
}

static enum base_status log_start(struct http *h, const struct http_request *request,
                                  http_done_fn *done, void *arg, struct http_call **ret,
                                  struct base_error *err)
{
    struct http_log *log = log_of(h);
    struct http_call *c = base_mem_new(sizeof(*c));
    if (c == NULL)
        return base_fail_memory(err);
    *c = (struct http_call){.log = log, .next = log->calls, .done = done, .arg = arg};
    log_describe(c->what, sizeof(c->what), request);
    enum base_status status =
        log->inner->ops->start(log->inner, request, log_done, c, &c->inner, err);
    if (status != BASE_OK) {
        base_mem_free(c);
        return status;
    }
    log->calls = c;
    log_line(log, "%s: sent%s", c->what, request->bearer != NULL ? ", with the token" : "");
    *ret = c;
    return BASE_OK;
}

static void log_cancel(struct http_call *c)
{
    c->log->inner->ops->cancel(c->inner);
    log_line(c->log, "%s: given up", c->what);
    log_forget(c);
}

static void log_free(struct http *h)
{
    struct http_log *log = log_of(h);
    while (log->calls != NULL)
        log_cancel(log->calls);
    http_free(log->inner);
    base_mem_free(log);
}

enum base_status http_log_open(struct http *inner, http_log_fn *fn, void *arg, struct http **ret,
                               struct base_error *err)
{
    static const struct http_ops ops = {log_start, log_cancel, log_free};
    struct http_log *log = base_mem_new(sizeof(*log));
    if (log == NULL) {
        http_free(inner);
        return base_fail_memory(err);
    }
    *log = (struct http_log){.http = {.ops = &ops}, .inner = inner, .fn = fn, .arg = arg};
    *ret = &log->http;
    return BASE_OK;
}
