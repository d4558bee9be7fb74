#include "loop_handle.h"

struct loop_timer {
    uv_timer_t uv;
    struct loop *loop;
    loop_timer_fn *fn;
    void *arg;
};

struct loop_timer *loop_timer_new(struct loop *l, loop_timer_fn *fn, void *arg)
{
    struct loop_timer *t = base_mem_new(sizeof *t);
    if (!t)
        return NULL;
    uv_timer_init(&l->uv, &t->uv); /* cannot fail */
    t->uv.data = t;
    t->loop = l;
    t->fn = fn;
    t->arg = arg;
    return t;
}

static void timer_on_due(uv_timer_t *handle)
{
    struct loop_timer *t = handle->data;
    t->fn(t->arg);
}

void loop_timer_start(struct loop_timer *t, int64_t after_ms)
{
    loop_refresh_clock(t->loop);
    /* Fails only while the handle is closing, when the caller has no pointer to it any more. */
    (void)uv_timer_start(&t->uv, timer_on_due, after_ms > 0 ? (uint64_t)after_ms : 0, 0);
}

void loop_timer_stop(struct loop_timer *t)
{
    (void)uv_timer_stop(&t->uv); /* cannot fail */
}

bool loop_timer_active(const struct loop_timer *t)
{
    return uv_is_active((const uv_handle_t *)&t->uv) != 0;
}

static void timer_on_closed(uv_handle_t *handle)
{
    base_mem_free(handle->data);
}

void loop_timer_free(struct loop_timer *t)
{
    if (t)
        uv_close((uv_handle_t *)&t->uv, timer_on_closed);
}
