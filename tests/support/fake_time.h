/* Time that jumps. Between fake_time_begin() and fake_time_end() all clocks of the process stand
 * still while there is something to do, and where the loop would sleep they jump to the moment at
 * which it would have woken up. A wait of an hour takes no time, and two runs are the same.
 *
 * The test's own clock_gettime(2) and epoll waits stand in for those of libc, for libuv as for the
 * project's code. A descriptor that becomes ready by somebody else's doing (another process) cannot
 * be waited for in this way. */
#ifndef FAKE_TIME_H
#define FAKE_TIME_H

#include <stdint.h>

void fake_time_begin(void); /* at a round moment, the same each time */
void fake_time_end(void);
int64_t fake_time_now(void);  /* monotonic ms, 0 at the beginning */
int64_t fake_time_wall(void); /* Unix ms */
void fake_time_pass(int64_t ms);
/* The machine sleeps: the loop's clock stands still (CLOCK_MONOTONIC), the others go on. */
void fake_time_suspend(int64_t ms);
/* Sets the wall clock alone, as an administrator does. */
void fake_time_set_wall(int64_t unix_ms);

#endif
