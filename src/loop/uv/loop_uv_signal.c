#include "loop_uv.h"

struct loop_uv_signal {
    struct loop_signal base;
    uv_signal_t uv;
    loop_signal_fn *fn;
    void *arg;
};

static void signal_on_closed(uv_handle_t *handle)
{
    base_mem_free(handle->data);
}

static void signal_on_caught(uv_signal_t *handle, int signo)
{
    struct loop_uv_signal *s = handle->data;
    s->fn(s->arg, signo);
}

struct loop_signal *loop_uv_signal_new(struct loop *l, int signo, loop_signal_fn *fn, void *arg)
{
    struct loop_uv_signal *s = base_mem_new(sizeof *s);
    if (!s)
        return NULL;
    if (uv_signal_init(&loop_uv_of(l)->uv, &s->uv) != 0) {
        base_mem_free(s);
        return NULL;
    }
    s->base.ops = l->ops;
    s->uv.data = s;
    s->fn = fn;
    s->arg = arg;
    if (uv_signal_start(&s->uv, signal_on_caught, signo) != 0) {
        loop_uv_signal_free(&s->base);
        return NULL;
    }
    return &s->base;
}

void loop_uv_signal_free(struct loop_signal *signal)
{
    struct loop_uv_signal *s = (struct loop_uv_signal *)signal;
    uv_close((uv_handle_t *)&s->uv, signal_on_closed);
}
