/* The loop port, for its backend alone (uv/, a module) and for loop.c: everybody else includes
 * loop.h, whose contract holds for each function of the same name here. */
#ifndef LOOP_OPS_H
#define LOOP_OPS_H

#include "loop.h"

struct loop_ops {
    /* loop_free, _run, _stop, _now and _clock. */
    void (*free)(struct loop *l);
    void (*run)(struct loop *l);
    void (*stop)(struct loop *l);
    int64_t (*now)(struct loop *l);
    int64_t (*clock)(struct loop *l);
    /* loop_timer_new, _start, _stop, _active and _free; free gets no NULL. */
    struct loop_timer *(*timer_new)(struct loop *l, loop_timer_fn *fn, void *arg);
    void (*timer_start)(struct loop_timer *t, int64_t after_ms);
    void (*timer_stop)(struct loop_timer *t);
    bool (*timer_active)(const struct loop_timer *t);
    void (*timer_free)(struct loop_timer *t);
    /* loop_watch_new, _set and _free; likewise. */
    struct loop_watch *(*watch_new)(struct loop *l, int fd, loop_watch_fn *fn, void *arg);
    enum base_status (*watch_set)(struct loop_watch *w, unsigned events, struct base_error *err);
    void (*watch_free)(struct loop_watch *w);
    /* loop_signal_new and _free; likewise. */
    struct loop_signal *(*signal_new)(struct loop *l, int signo, loop_signal_fn *fn, void *arg);
    void (*signal_free)(struct loop_signal *s);
};

/* A backend embeds each as the first member of its own. Each carries the functions, so that a
 * module which gets a loop calls the library that made it, and not a second one. */
struct loop {
    const struct loop_ops *ops;
};

struct loop_timer {
    const struct loop_ops *ops;
};

struct loop_watch {
    const struct loop_ops *ops;
};

struct loop_signal {
    const struct loop_ops *ops;
};

/* What the module's entry points to. */
struct loop_module {
    enum base_status (*open)(struct loop **ret, struct base_error *err);
};

#endif
