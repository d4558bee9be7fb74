#include "cli_lines.h"

#include "base_buf.h"
#include "crypt_secret.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define PIECE 4096

struct cli_lines {
    cli_lines_fn *fn;
    void *arg;
    int epoll; /* watches standard input; -1: that cannot be watched, as a file, and is always ready
                */
    struct loop_watch *watch; /* of epoll */
    struct loop_timer *timer; /* reads where there is no watch */
    struct base_buf text;     /* the line so far; sensitive */
    bool too_long;
    bool busy, freed; /* in a callback; freed there */
};

static void unwatch(struct cli_lines *r)
{
    loop_watch_free(r->watch);
    r->watch = NULL;
    if (r->epoll >= 0)
        (void)close(r->epoll);
    r->epoll = -1;
}

static void destroy(struct cli_lines *r)
{
    unwatch(r);
    loop_timer_free(r->timer);
    base_buf_free(&r->text);
    base_mem_free(r);
}

void cli_lines_free(struct cli_lines *r)
{
    if (!r)
        return;
    if (r->busy)
        r->freed = true;
    else
        destroy(r);
}

static void give(struct cli_lines *r)
{
    enum base_status status = r->too_long ? BASE_LIMIT : BASE_OK;

    r->fn(r->arg, status, status ? BASE_SPAN("") : base_span_of(base_buf_str(&r->text)));
    base_buf_free(&r->text);
    r->too_long = false;
}

static void take(struct cli_lines *r, char c)
{
    if (c == '\n') {
        give(r);
        return;
    }
    base_buf_add_char(&r->text, c ? c : '?'); /* no NUL stands in an address */
    if (base_buf_status(&r->text)) {
        base_buf_free(&r->text);
        r->too_long = true;
    }
}

static void finish(struct cli_lines *r)
{
    unwatch(r);
    loop_timer_stop(r->timer);
    if (r->text.n > 0 || r->too_long)
        give(r);
    if (!r->freed)
        r->fn(r->arg, BASE_OK, BASE_SPAN_NONE);
}

static bool in_background(void)
{
    return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) != getpgrp();
}

static void read_some(struct cli_lines *r)
{
    char piece[PIECE];
    ssize_t n = in_background() ? 0 : read(STDIN_FILENO, piece, sizeof(piece));

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    r->busy = true;
    for (ssize_t i = 0; i < n && !r->freed; i++)
        take(r, piece[i]);
    if (n <= 0)
        finish(r);
    r->busy = false;
    crypt_wipe(piece, sizeof(piece));
    if (r->freed)
        destroy(r);
    else if (!r->watch && n > 0)
        loop_timer_start(r->timer, 0);
}

static void on_ready(void *arg, unsigned events)
{
    (void)events;
    read_some(arg);
}

static void on_timer(void *arg)
{
    read_some(arg);
}

/* libuv makes what it watches non-blocking, and a terminal would stay so for all who share it: our
 * own output, and the shell after us. So it watches an epoll instance of ours instead. */
static bool watch(struct cli_lines *r, struct loop *l)
{
    struct epoll_event readable = {.events = EPOLLIN};

    r->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (r->epoll < 0 || epoll_ctl(r->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &readable) != 0)
        return false;
    r->watch = loop_watch_new(l, r->epoll, on_ready, r);
    return r->watch && loop_watch_set(r->watch, LOOP_READ, NULL) == BASE_OK;
}

enum base_status cli_lines_new(struct loop *l, cli_lines_fn *fn, void *arg, struct cli_lines **ret,
                               struct base_error *err)
{
    struct cli_lines *r = base_mem_new(sizeof(*r));

    if (!r)
        return base_fail_memory(err);
    r->epoll = -1;
    r->fn = fn;
    r->arg = arg;
    base_buf_init_sensitive(&r->text, CLI_LINES_MAX);
    r->timer = loop_timer_new(l, on_timer, r);
    if (!r->timer) {
        cli_lines_free(r);
        return base_fail_memory(err);
    }
    if (!watch(r, l)) { /* a file, /dev/null, or closed: epoll_ctl(2) refuses them */
        unwatch(r);
        loop_timer_start(r->timer, 0);
    }
    *ret = r;
    return BASE_OK;
}
