/* The module "loop-uv": the loop port on libuv. The loop itself: its life, its turns and its clock.
 */
#include "loop_uv.h"

#include <assert.h>

#include "base_module.h"

BASE_MODULE_EXPORT;

struct loop_uv *loop_uv_of(struct loop *l)
{
    return (struct loop_uv *)l;
}

static void handle_expect_closing(uv_handle_t *handle, void *arg)
{
    (void)arg;
    (void)handle;
    assert(uv_is_closing(handle) && "loop_free() before its timers, watches and signals");
}

static void loop_uv_free(struct loop *loop)
{
    struct loop_uv *l = loop_uv_of(loop);
    uv_walk(&l->uv, handle_expect_closing, NULL);

    /* Handles are freed by their close callbacks, which run at the end of a turn. A signal's may
     * need a second turn to empty libuv's own pipe. */
    while (uv_loop_close(&l->uv) == UV_EBUSY)
        uv_run(&l->uv, UV_RUN_NOWAIT);
    base_mem_free(l);
}

static void loop_uv_run(struct loop *loop)
{
    struct loop_uv *l = loop_uv_of(loop);
    l->running = true;
    uv_run(&l->uv, UV_RUN_DEFAULT);
    l->running = false;
}

static void loop_uv_stop(struct loop *l)
{
    uv_stop(&loop_uv_of(l)->uv);
}

void loop_uv_refresh_clock(struct loop_uv *l)
{
    if (!l->running)
        uv_update_time(&l->uv);
}

static int64_t loop_uv_now(struct loop *loop)
{
    struct loop_uv *l = loop_uv_of(loop);
    loop_uv_refresh_clock(l);
    return (int64_t)uv_now(&l->uv);
}

static int64_t loop_uv_clock(struct loop *loop)
{
    int64_t now = loop_uv_now(loop), clock = (int64_t)(uv_hrtime() / 1000000);
    return clock > now ? clock : now;
}

static enum base_status loop_uv_open(struct loop **ret, struct base_error *err)
{
    static const struct loop_ops ops = {
        .free = loop_uv_free,
        .run = loop_uv_run,
        .stop = loop_uv_stop,
        .now = loop_uv_now,
        .clock = loop_uv_clock,
        .timer_new = loop_uv_timer_new,
        .timer_start = loop_uv_timer_start,
        .timer_stop = loop_uv_timer_stop,
        .timer_active = loop_uv_timer_active,
        .timer_free = loop_uv_timer_free,
        .watch_new = loop_uv_watch_new,
        .watch_set = loop_uv_watch_set,
        .watch_free = loop_uv_watch_free,
        .signal_new = loop_uv_signal_new,
        .signal_free = loop_uv_signal_free,
    };
    struct loop_uv *l = base_mem_new(sizeof *l);
    if (!l)
        return base_fail_memory(err);
    l->base.ops = &ops;

    int rc = uv_loop_init(&l->uv);
    if (rc != 0) {
        base_mem_free(l);
        return base_fail_errno(err, BASE_FAILED, "starting the event loop", -rc, "libuv");
    }
    *ret = &l->base;
    return BASE_OK;
}

static const char *loop_uv_library(void)
{
    static char text[32];
    snprintf(text, sizeof(text), "libuv %s", uv_version_string());
    return text;
}

static const struct loop_module loop_uv_module = {
    .open = loop_uv_open,
};

const struct base_module hubauth_module = {
    .abi = BASE_MODULE_ABI,
    .name = "loop-uv",
    .entry = &loop_uv_module,
    .library = loop_uv_library,
};
