/* Inside the libuv backend. libuv closes a handle in two steps: uv_close() now, the memory when its
 * close callback runs. So every object here has its handle first behind what the port needs, and
 * freeing it means closing it. */
#ifndef LOOP_UV_H
#define LOOP_UV_H

#include "loop_ops.h"

#include <uv.h>

struct loop_uv {
    struct loop base;
    uv_loop_t uv;
    bool running;
};

struct loop_uv *loop_uv_of(struct loop *l);
/* libuv reads the clock once in a turn. Between runs that reading is as old as the last run. */
void loop_uv_refresh_clock(struct loop_uv *l);

struct loop_timer *loop_uv_timer_new(struct loop *l, loop_timer_fn *fn, void *arg);
void loop_uv_timer_start(struct loop_timer *t, int64_t after_ms);
void loop_uv_timer_stop(struct loop_timer *t);
bool loop_uv_timer_active(const struct loop_timer *t);
void loop_uv_timer_free(struct loop_timer *t);

struct loop_watch *loop_uv_watch_new(struct loop *l, int fd, loop_watch_fn *fn, void *arg);
enum base_status loop_uv_watch_set(struct loop_watch *w, unsigned events, struct base_error *err);
void loop_uv_watch_free(struct loop_watch *w);

struct loop_signal *loop_uv_signal_new(struct loop *l, int signo, loop_signal_fn *fn, void *arg);
void loop_uv_signal_free(struct loop_signal *s);

#endif
