#include "loop_handle.h"

struct loop_signal {
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
    struct loop_signal *s = handle->data;
    s->fn(s->arg, signo);
}

struct loop_signal *loop_signal_new(struct loop *l, int signo, loop_signal_fn *fn, void *arg)
{
    struct loop_signal *s = base_mem_new(sizeof *s);
    if (!s)
        return NULL;
    if (uv_signal_init(&l->uv, &s->uv) != 0) {
        base_mem_free(s);
        return NULL;
    }
    s->uv.data = s;
    s->fn = fn;
    s->arg = arg;
    if (uv_signal_start(&s->uv, signal_on_caught, signo) != 0) {
        loop_signal_free(s);
        return NULL;
    }
    return s;
}

void loop_signal_free(struct loop_signal *s)
{
    if (s)
        uv_close((uv_handle_t *)&s->uv, signal_on_closed);
}
