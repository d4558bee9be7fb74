#include "loop_uv.h"

struct loop_uv_timer {
    struct loop_timer base;
    uv_timer_t uv;
    struct loop_uv *loop;
    loop_timer_fn *fn;
    void *arg;
};

static struct loop_uv_timer *timer_of(struct loop_timer *t)
{
    return (struct loop_uv_timer *)t;
}

struct loop_timer *loop_uv_timer_new(struct loop *l, loop_timer_fn *fn, void *arg)
{
    struct loop_uv_timer *t = base_mem_new(sizeof *t);
    if (!t)
        return NULL;
    uv_timer_init(&loop_uv_of(l)->uv, &t->uv); /* cannot fail */
    t->base.ops = l->ops;
    t->uv.data = t;
    t->loop = loop_uv_of(l);
    t->fn = fn;
    t->arg = arg;
    return &t->base;
}

static void timer_on_due(uv_timer_t *handle)
{
    struct loop_uv_timer *t = handle->data;
    t->fn(t->arg);
}

void loop_uv_timer_start(struct loop_timer *timer, int64_t after_ms)
{
    struct loop_uv_timer *t = timer_of(timer);
    loop_uv_refresh_clock(t->loop);
    /* Fails only while the handle is closing, when the caller has no pointer to it any more. */
    (void)uv_timer_start(&t->uv, timer_on_due, after_ms > 0 ? (uint64_t)after_ms : 0, 0);
}

void loop_uv_timer_stop(struct loop_timer *t)
{
    (void)uv_timer_stop(&timer_of(t)->uv); /* cannot fail */
}

bool loop_uv_timer_active(const struct loop_timer *timer)
{
    const struct loop_uv_timer *t = (const struct loop_uv_timer *)timer;
    return uv_is_active((const uv_handle_t *)&t->uv) != 0;
}

static void timer_on_closed(uv_handle_t *handle)
{
    base_mem_free(handle->data);
}

void loop_uv_timer_free(struct loop_timer *t)
{
    uv_close((uv_handle_t *)&timer_of(t)->uv, timer_on_closed);
}
