/* The loop itself: its life, its turns and its clock. */
#include "loop_handle.h"

#include <assert.h>

enum base_status loop_new(struct loop **ret, struct base_error *err)
{
    struct loop *l = base_mem_new(sizeof *l);
    if (!l)
        return base_fail_memory(err);

    int rc = uv_loop_init(&l->uv);
    if (rc != 0) {
        base_mem_free(l);
        return base_fail_errno(err, BASE_FAILED, "starting the event loop", -rc, "libuv");
    }
    *ret = l;
    return BASE_OK;
}

static void handle_expect_closing(uv_handle_t *handle, void *arg)
{
    (void)arg;
    (void)handle;
    assert(uv_is_closing(handle) && "loop_free() before its timers, watches and signals");
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    uv_walk(&l->uv, handle_expect_closing, NULL);

    /* Handles are freed by their close callbacks, which run at the end of a turn. A signal's may
     * need a second turn to empty libuv's own pipe. */
    while (uv_loop_close(&l->uv) == UV_EBUSY)
        uv_run(&l->uv, UV_RUN_NOWAIT);
    base_mem_free(l);
}

void loop_run(struct loop *l)
{
    l->running = true;
    uv_run(&l->uv, UV_RUN_DEFAULT);
    l->running = false;
}

void loop_stop(struct loop *l)
{
    uv_stop(&l->uv);
}

/* libuv reads the clock once in a turn. Between runs that reading is as old as the last run. */
void loop_refresh_clock(struct loop *l)
{
    if (!l->running)
        uv_update_time(&l->uv);
}

int64_t loop_now(struct loop *l)
{
    loop_refresh_clock(l);
    return (int64_t)uv_now(&l->uv);
}

int64_t loop_clock(struct loop *l)
{
    int64_t now = loop_now(l), clock = (int64_t)(uv_hrtime() / 1000000);

    return clock > now ? clock : now;
}
