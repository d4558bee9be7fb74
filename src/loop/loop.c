/* The loop's port: each call goes to the library that made the object. */
#include "loop.h"

#include "base_module.h"
#include "loop_ops.h"

enum base_status loop_new(struct loop **ret, struct base_error *err)
{
    const void *entry;
    enum base_status status = base_module_load("loop-uv", &entry, err);
    if (status != BASE_OK)
        return status;
    const struct loop_module *module = entry;
    return module->open(ret, err);
}

void loop_free(struct loop *l)
{
    if (l != NULL)
        l->ops->free(l);
}

void loop_run(struct loop *l)
{
    l->ops->run(l);
}

void loop_stop(struct loop *l)
{
    l->ops->stop(l);
}

int64_t loop_now(struct loop *l)
{
    return l->ops->now(l);
}

int64_t loop_clock(struct loop *l)
{
    return l->ops->clock(l);
}

/* ------------------------------------------------------------------ timers */

struct loop_timer *loop_timer_new(struct loop *l, loop_timer_fn *fn, void *arg)
{
    return l->ops->timer_new(l, fn, arg);
}

void loop_timer_start(struct loop_timer *t, int64_t after_ms)
{
    t->ops->timer_start(t, after_ms);
}

void loop_timer_stop(struct loop_timer *t)
{
    t->ops->timer_stop(t);
}

bool loop_timer_active(const struct loop_timer *t)
{
    return t->ops->timer_active(t);
}

void loop_timer_free(struct loop_timer *t)
{
    if (t != NULL)
        t->ops->timer_free(t);
}

/* ------------------------------------------------------------------ descriptors and signals */

struct loop_watch *loop_watch_new(struct loop *l, int fd, loop_watch_fn *fn, void *arg)
{
    return l->ops->watch_new(l, fd, fn, arg);
}

enum base_status loop_watch_set(struct loop_watch *w, unsigned events, struct base_error *err)
{
    return w->ops->watch_set(w, events, err);
}

void loop_watch_free(struct loop_watch *w)
{
    if (w != NULL)
        w->ops->watch_free(w);
}

struct loop_signal *loop_signal_new(struct loop *l, int signo, loop_signal_fn *fn, void *arg)
{
    return l->ops->signal_new(l, signo, fn, arg);
}

void loop_signal_free(struct loop_signal *s)
{
    if (s != NULL)
        s->ops->signal_free(s);
}
