#include "loop_uv.h"

struct loop_uv_watch {
    struct loop_watch base;
    uv_poll_t uv;
    loop_watch_fn *fn;
    void *arg;
    unsigned events; /* asked for */
};

struct loop_watch *loop_uv_watch_new(struct loop *l, int fd, loop_watch_fn *fn, void *arg)
{
    struct loop_uv_watch *w = base_mem_new(sizeof *w);
    if (!w)
        return NULL;
    if (uv_poll_init(&loop_uv_of(l)->uv, &w->uv, fd) != 0) {
        base_mem_free(w); /* a handle that did not start is not known to libuv */
        return NULL;
    }
    w->base.ops = l->ops;
    w->uv.data = w;
    w->fn = fn;
    w->arg = arg;
    return &w->base;
}

static int events_to_uv(unsigned events)
{
    return (events & LOOP_READ ? UV_READABLE : 0) | (events & LOOP_WRITE ? UV_WRITABLE : 0);
}

static void watch_on_ready(uv_poll_t *handle, int status, int uv_events)
{
    struct loop_uv_watch *w = handle->data;
    unsigned events = 0;

    if (status < 0) {
        /* libuv has stopped the handle because of EPOLLERR. Go on watching, as poll(2) would, and
         * let the caller find the error by the call that it makes next. */
        (void)uv_poll_start(&w->uv, events_to_uv(w->events), watch_on_ready);
        events = w->events;
    } else {
        if (uv_events & UV_READABLE)
            events |= LOOP_READ;
        if (uv_events & UV_WRITABLE)
            events |= LOOP_WRITE;
    }
    w->fn(w->arg, events);
}

enum base_status loop_uv_watch_set(struct loop_watch *watch, unsigned events,
                                   struct base_error *err)
{
    struct loop_uv_watch *w = (struct loop_uv_watch *)watch;
    if (events == w->events)
        return BASE_OK;

    int rc = events != 0 ? uv_poll_start(&w->uv, events_to_uv(events), watch_on_ready)
                         : uv_poll_stop(&w->uv);
    if (rc != 0)
        return base_fail_errno(err, BASE_FAILED, "watching a descriptor", -rc, "libuv");
    w->events = events;
    return BASE_OK;
}

static void watch_on_closed(uv_handle_t *handle)
{
    base_mem_free(handle->data);
}

void loop_uv_watch_free(struct loop_watch *watch)
{
    struct loop_uv_watch *w = (struct loop_uv_watch *)watch;
    uv_close((uv_handle_t *)&w->uv, watch_on_closed);
}
