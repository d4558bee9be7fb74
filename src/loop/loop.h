/* The event loop: timers, signals, descriptors and nothing else. A port: libuv is behind it, in a
 * module that the first loop loads (loop_ops.h). One thread. Callbacks run only from loop_run().
 * Objects may be freed at any time, also inside their own callback; none of their callbacks runs
 * after that. */
#ifndef LOOP_H
#define LOOP_H

#include "base_error.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_timer;
struct loop_watch;
struct loop_signal;

typedef void loop_timer_fn(void *arg);
typedef void loop_watch_fn(void *arg, unsigned events); /* LOOP_READ | LOOP_WRITE */
typedef void loop_signal_fn(void *arg, int signo);

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

/* Loads the module. */
enum base_status loop_new(struct loop **ret, struct base_error *err);
/* All timers, watches and signals must be freed before. */
void loop_free(struct loop *l);
/* Runs until loop_stop(), or until nothing is left that could call back. */
void loop_run(struct loop *l);
/* loop_run() returns at the end of this turn: other callbacks that are due already still run. */
void loop_stop(struct loop *l);
/* CLOCK_MONOTONIC in ms as of the start of this turn of the loop. */
int64_t loop_now(struct loop *l);
/* The same clock at this very moment: a turn with much to do may be long. */
int64_t loop_clock(struct loop *l);

/* A timer that is not started costs nothing. NULL when memory is short. */
BASE_CHECK struct loop_timer *loop_timer_new(struct loop *l, loop_timer_fn *fn, void *arg);
void loop_timer_start(struct loop_timer *t, int64_t after_ms); /* once; restarts a running one */
void loop_timer_stop(struct loop_timer *t);
bool loop_timer_active(const struct loop_timer *t);
void loop_timer_free(struct loop_timer *t); /* NULL is allowed */

/* Watches a descriptor that the caller keeps open until loop_watch_free(). */
BASE_CHECK struct loop_watch *loop_watch_new(struct loop *l, int fd, loop_watch_fn *fn, void *arg);
/* LOOP_READ, LOOP_WRITE, both or 0. Errors and hang-ups are reported as the events asked for. */
enum base_status loop_watch_set(struct loop_watch *w, unsigned events, struct base_error *err);
void loop_watch_free(struct loop_watch *w);

BASE_CHECK struct loop_signal *loop_signal_new(struct loop *l, int signo, loop_signal_fn *fn,
                                               void *arg);
void loop_signal_free(struct loop_signal *s);

#endif
