#include "broker_int.h"

#include "base_text.h"
#include "base_time.h"
#include "broker_refresh.h"

#include <stdarg.h>

enum base_status broker_new(const struct broker_deps *deps, struct broker **ret,
                            struct base_error *err)
{
    struct broker *b = base_mem_new(sizeof(*b));

    if (!b) {
        vault_close(deps->vault);
        return base_fail_memory(err);
    }
    b->deps = *deps;
    b->vault = deps->vault;
    *ret = b;
    return BASE_OK;
}

void broker_free(struct broker *b)
{
    if (!b)
        return;
    broker_refresh_save_last(b);
    broker_lanes_free(b);
    broker_recent_free(b);
    if (b->http)
        http_free(b->http);
    vault_close(b->vault);
    base_mem_free(b);
}

void broker_use_loop(struct broker *b, struct loop *l)
{
    b->loop = l;
}

void broker_set_pace(struct broker *b, const struct broker_pace *pace)
{
    b->pace = *pace;
}

int64_t broker_now(const struct broker *b)
{
    return b->deps.now ? b->deps.now(b->deps.arg) : base_time_now();
}

int64_t broker_server_now(const struct broker *b, const struct http_response *response)
{
    int64_t date;

    return base_time_parse_http(http_response_header(response, "date"), &date) ? date
                                                                               : broker_now(b);
}

void broker_notice(const struct broker *b, const char *format, ...)
{
    char text[256], shown[256];
    va_list args;

    if (!b->deps.notice)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    /* It may quote what came from outside (B10). */
    base_text_printable_to(shown, sizeof(shown), base_span_of(text));
    b->deps.notice(b->deps.arg, shown);
}

enum base_status broker_http(struct broker *b, struct http **ret, struct base_error *err)
{
    if (!b->http) {
        enum base_status status = b->deps.http_open(b->deps.arg, b->loop, &b->http, err);

        if (status)
            return status;
    }
    *ret = b->http;
    return BASE_OK;
}

char *broker_url(const char *base, const char *path)
{
    struct base_buf url;
    size_t n = strlen(base);

    while (n > 0 && base[n - 1] == '/')
        n--;
    base_buf_init(&url, 16384);
    base_buf_add(&url, base, n);
    if (path[0] != '/')
        base_buf_add_char(&url, '/');
    base_buf_add_str(&url, path);
    return base_buf_steal(&url);
}
