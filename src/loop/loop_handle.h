/* What the files of this folder share. libuv closes a handle in two steps: uv_close() now, the
 * memory when its close callback runs. So every object here has its handle first, and freeing it
 * means closing it. */
#ifndef LOOP_HANDLE_H
#define LOOP_HANDLE_H

#include "loop.h"

#include <uv.h>

struct loop {
    uv_loop_t uv;
    bool running;
};

void loop_refresh_clock(struct loop *l);

#endif
