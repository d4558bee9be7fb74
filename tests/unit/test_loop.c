/* The event loop: order, life of its objects, and that nothing calls back after it was freed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base_buf.h"
#include "base_module.h"
#include "test_loop.h"

struct bench;

struct named_timer {
    struct bench *bench;
    char name;
    struct loop_timer *timer;
};

/* What a callback does is written to a log, and the test reads that. */
struct bench {
    struct loop *loop;
    struct base_buf log;
    struct loop_timer *timer;
    struct loop_watch *watch;
    struct loop_signal *signal;
    struct named_timer named[4]; /* write their names: a, b, c, d */
    int pair[2];
};

static void on_named(void *arg)
{
    struct named_timer *t = arg;
    base_buf_add_char(&t->bench->log, t->name);
}

static int bench_setup(void **fixture)
{
    struct bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    base_buf_init(&b->log, 4096);
    assert_int_equal(test_loop_new(&b->loop, NULL), BASE_OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, b->pair), 0);
    for (int i = 0; i < 4; i++) {
        struct named_timer *t = &b->named[i];
        *t = (struct named_timer){.bench = b, .name = (char)('a' + i)};
        t->timer = loop_timer_new(b->loop, on_named, t);
        assert_non_null(t->timer);
    }
    *fixture = b;
    return 0;
}

static int bench_teardown(void **fixture)
{
    struct bench *b = *fixture;

    for (int i = 0; i < 4; i++)
        loop_timer_free(b->named[i].timer);
    loop_timer_free(b->timer);
    loop_watch_free(b->watch);
    loop_signal_free(b->signal);
    loop_free(b->loop);
    close(b->pair[0]);
    close(b->pair[1]);
    base_buf_free(&b->log);
    free(b);
    return 0;
}

/* ---------------------------------------------------------------- timers */

static void test_timers_come_in_order(void **fixture)
{
    struct bench *b = *fixture;
    static const int64_t after[] = {-5, 10, 30, 20};
    int64_t before = loop_now(b->loop);

    for (int i = 3; i >= 0; i--) {
        assert_false(loop_timer_active(b->named[i].timer));
        loop_timer_start(b->named[i].timer, after[i]);
        assert_true(loop_timer_active(b->named[i].timer));
    }
    loop_timer_stop(b->named[3].timer);
    assert_false(loop_timer_active(b->named[3].timer));

    loop_run(b->loop); /* ends by itself when nothing is left */
    assert_true(loop_now(b->loop) - before >= 30);
    assert_string_equal(base_buf_str(&b->log), "abc");
    for (int i = 0; i < 4; i++)
        assert_false(loop_timer_active(b->named[i].timer));
}

static void test_timer_restarts(void **fixture)
{
    struct bench *b = *fixture;

    loop_timer_start(b->named[0].timer, 0);
    loop_timer_start(b->named[1].timer, 5);
    loop_timer_start(b->named[0].timer, 20);
    loop_run(b->loop);
    assert_string_equal(base_buf_str(&b->log), "ba");
}

static void on_three_times(void *arg)
{
    struct bench *b = arg;

    base_buf_add_char(&b->log, 't');
    if (b->log.n < 3) {
        loop_timer_start(b->timer, 1);
    } else {
        loop_timer_free(b->timer); /* in its own callback */
        b->timer = NULL;
    }
}

static void test_timer_in_its_own_callback(void **fixture)
{
    struct bench *b = *fixture;

    b->timer = loop_timer_new(b->loop, on_three_times, b);
    loop_timer_start(b->timer, 1);
    loop_run(b->loop);
    assert_string_equal(base_buf_str(&b->log), "ttt");
}

/* The clock is fresh when the loop has not run for a while: a timer counts from now. */
static void test_clock_between_runs(void **fixture)
{
    struct bench *b = *fixture;
    int64_t before = loop_now(b->loop);

    usleep(20000);
    assert_true(loop_now(b->loop) >= before + 20);
}

/* ---------------------------------------------------------------- freeing others */

static void on_free_all(void *arg)
{
    struct bench *b = arg;

    base_buf_add_char(&b->log, 'f');
    loop_timer_free(b->timer);
    loop_watch_free(b->watch);
    loop_signal_free(b->signal);
    b->timer = NULL;
    b->watch = NULL;
    b->signal = NULL;
}

static void on_watch_free_all(void *arg, unsigned events)
{
    (void)events;
    on_free_all(arg);
}

static void on_never_timer(void *arg)
{
    base_buf_add_str(&((struct bench *)arg)->log, "timer after free");
}

static void on_never_watch(void *arg, unsigned events)
{
    base_buf_printf(&((struct bench *)arg)->log, "watch after free: %u", events);
}

static void on_never_signal(void *arg, int signo)
{
    base_buf_printf(&((struct bench *)arg)->log, "signal after free: %d", signo);
}

static void on_end(void *arg)
{
    loop_stop(arg);
}

/* Two descriptors are ready in one turn; the first one's callback frees the second's watch. */
static void test_no_callback_after_free(void **fixture)
{
    struct bench *b = *fixture;
    struct loop_watch *first = loop_watch_new(b->loop, b->pair[0], on_watch_free_all, b);

    b->watch = loop_watch_new(b->loop, b->pair[1], on_never_watch, b);
    b->timer = loop_timer_new(b->loop, on_never_timer, b);
    b->signal = loop_signal_new(b->loop, SIGUSR1, on_never_signal, b);
    assert_non_null(first);
    assert_non_null(b->watch);
    assert_int_equal(loop_watch_set(first, LOOP_WRITE, NULL), BASE_OK);
    assert_int_equal(loop_watch_set(b->watch, LOOP_WRITE, NULL), BASE_OK);
    loop_timer_start(b->timer, 1000000);

    struct loop_timer *ender = loop_timer_new(b->loop, on_end, b->loop);
    loop_timer_start(ender, 20);
    loop_run(b->loop);
    loop_timer_free(ender);
    loop_watch_free(first);

    /* either of the two may have come first; if it was the other, freeing works all the same */
    assert_non_null(strchr(base_buf_str(&b->log), 'f'));
    const char *freed = strchr(base_buf_str(&b->log), 'f');
    assert_null(strstr(freed, "after free"));
}

static void test_freed_before_the_run(void **fixture)
{
    struct bench *b = *fixture;

    b->timer = loop_timer_new(b->loop, on_never_timer, b);
    b->watch = loop_watch_new(b->loop, b->pair[0], on_never_watch, b);
    b->signal = loop_signal_new(b->loop, SIGUSR1, on_never_signal, b);
    loop_timer_start(b->timer, 0);
    assert_int_equal(loop_watch_set(b->watch, LOOP_WRITE, NULL), BASE_OK);
    on_free_all(b);
    loop_run(b->loop);
    assert_string_equal(base_buf_str(&b->log), "f");
}

/* ---------------------------------------------------------------- watches */

static void on_readable(void *arg, unsigned events)
{
    struct bench *b = arg;
    char byte;
    ssize_t n = read(b->pair[0], &byte, 1);

    base_buf_printf(&b->log, "[%u %s]", events, n == 1 ? "byte" : n == 0 ? "end" : "error");
    if (n != 1)
        loop_stop(b->loop);
}

/* Level-triggered: two bytes read one at a time are two callbacks; then the peer's end. */
static void test_watch_reads(void **fixture)
{
    struct bench *b = *fixture;

    b->watch = loop_watch_new(b->loop, b->pair[0], on_readable, b);
    assert_int_equal(loop_watch_set(b->watch, LOOP_READ, NULL), BASE_OK);
    assert_int_equal(write(b->pair[1], "xy", 2), 2);
    assert_int_equal(shutdown(b->pair[1], SHUT_WR), 0);
    loop_run(b->loop);
    assert_string_equal(base_buf_str(&b->log), "[1 byte][1 byte][1 end]");
}

static void on_writable(void *arg, unsigned events)
{
    struct bench *b = arg;

    base_buf_printf(&b->log, "[%u]", events);
    /* setting to nothing keeps the object and stops the callbacks: the loop has nothing left */
    assert_int_equal(loop_watch_set(b->watch, 0, NULL), BASE_OK);
}

static void test_watch_set(void **fixture)
{
    struct bench *b = *fixture;

    b->watch = loop_watch_new(b->loop, b->pair[0], on_writable, b);
    loop_run(b->loop); /* a watch without events holds nobody up */
    assert_string_equal(base_buf_str(&b->log), "");
    assert_int_equal(loop_watch_set(b->watch, LOOP_READ | LOOP_WRITE, NULL), BASE_OK);
    loop_run(b->loop);
    assert_string_equal(base_buf_str(&b->log), "[2]");
    assert_int_equal(write(b->pair[1], "x", 1), 1);
    assert_int_equal(loop_watch_set(b->watch, LOOP_READ | LOOP_WRITE, NULL), BASE_OK);
    loop_run(b->loop);
    assert_string_equal(base_buf_str(&b->log), "[2][3]");
}

/* A broken connection is told as what was asked for, as often as until somebody looks at it. */
static void on_broken(void *arg, unsigned events)
{
    struct bench *b = arg;

    base_buf_printf(&b->log, "[%u]", events);
    if (b->log.n >= 6)
        loop_stop(b->loop);
}

static void test_watch_reports_errors_as_events(void **fixture)
{
    struct bench *b = *fixture;
    int pipe_fds[2];

    assert_int_equal(pipe(pipe_fds), 0);
    close(pipe_fds[0]); /* EPOLLERR on the writing end */
    b->watch = loop_watch_new(b->loop, pipe_fds[1], on_broken, b);
    assert_int_equal(loop_watch_set(b->watch, LOOP_WRITE, NULL), BASE_OK);
    loop_run(b->loop);
    assert_string_equal(base_buf_str(&b->log), "[2][2]");
    loop_watch_free(b->watch);
    b->watch = NULL;
    close(pipe_fds[1]);
}

static void test_watch_refuses_bad_descriptors(void **fixture)
{
    struct bench *b = *fixture;

    assert_null(loop_watch_new(b->loop, -1, on_never_watch, b));
    FILE *file = tmpfile(); /* epoll does not do regular files */
    assert_non_null(file);
    assert_null(loop_watch_new(b->loop, fileno(file), on_never_watch, b));
    fclose(file);
}

/* ---------------------------------------------------------------- signals, stop, memory */

static void on_signal(void *arg, int signo)
{
    struct bench *b = arg;

    base_buf_printf(&b->log, "%s", signo == SIGUSR1 ? "usr1" : "?");
    loop_stop(b->loop);
}

static void on_raise(void *arg)
{
    (void)arg;
    assert_int_equal(kill(getpid(), SIGUSR1), 0);
}

static void test_signal(void **fixture)
{
    struct bench *b = *fixture;

    b->signal = loop_signal_new(b->loop, SIGUSR1, on_signal, b);
    assert_non_null(b->signal);
    b->timer = loop_timer_new(b->loop, on_raise, b);
    loop_timer_start(b->timer, 0);
    loop_run(b->loop);
    assert_string_equal(base_buf_str(&b->log), "usr1");
    assert_null(loop_signal_new(b->loop, SIGKILL, on_signal, b));
}

static void on_stop(void *arg)
{
    loop_stop(((struct bench *)arg)->loop);
}

static void test_stop_leaves_the_rest_for_later(void **fixture)
{
    struct bench *b = *fixture;

    b->timer = loop_timer_new(b->loop, on_stop, b);
    loop_timer_start(b->timer, 1);
    loop_timer_start(b->named[0].timer, 40);
    loop_run(b->loop);
    assert_string_equal(base_buf_str(&b->log), "");
    loop_run(b->loop);
    assert_string_equal(base_buf_str(&b->log), "a");
}

static void test_short_of_memory(void **fixture)
{
    struct bench *b = *fixture;
    struct loop *none = NULL;
    struct base_error err;

    base_mem_fail_after(0);
    assert_int_equal(test_loop_new(&none, &err), BASE_NO_MEMORY);
    assert_null(none);
    base_mem_fail_after(0);
    assert_null(loop_timer_new(b->loop, on_stop, b));
    base_mem_fail_after(0);
    assert_null(loop_watch_new(b->loop, b->pair[0], on_never_watch, b));
    base_mem_fail_after(0);
    assert_null(loop_signal_new(b->loop, SIGUSR1, on_never_signal, b));
    base_mem_fail_after(-1);
}

/* What all programs do: the loop comes from the module, and so do its objects. */
static void test_loop_of_the_module(void **fixture)
{
    struct bench *b = *fixture;
    struct loop *own;
    const char *library = "";

    assert_int_equal(base_module_library("loop-uv", &library, NULL), BASE_OK);
    assert_memory_equal(library, "libuv ", 6);
    assert_int_equal(loop_new(&own, NULL), BASE_OK);
    assert_ptr_not_equal(own->ops, b->loop->ops);
    struct loop_timer *timer = loop_timer_new(own, on_stop, &(struct bench){.loop = own});
    assert_ptr_equal(timer->ops, own->ops);
    loop_timer_start(timer, 1);
    loop_run(own);
    assert_false(loop_timer_active(timer));
    loop_timer_free(timer);
    loop_free(own);
}

static void test_free_nothing(void **fixture)
{
    (void)fixture;
    loop_timer_free(NULL);
    loop_watch_free(NULL);
    loop_signal_free(NULL);
    loop_free(NULL);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(test_timers_come_in_order),
        WITH_BENCH(test_timer_restarts),
        WITH_BENCH(test_timer_in_its_own_callback),
        WITH_BENCH(test_clock_between_runs),
        WITH_BENCH(test_no_callback_after_free),
        WITH_BENCH(test_freed_before_the_run),
        WITH_BENCH(test_watch_reads),
        WITH_BENCH(test_watch_set),
        WITH_BENCH(test_watch_reports_errors_as_events),
        WITH_BENCH(test_watch_refuses_bad_descriptors),
        WITH_BENCH(test_signal),
        WITH_BENCH(test_stop_leaves_the_rest_for_later),
        WITH_BENCH(test_short_of_memory),
        WITH_BENCH(test_loop_of_the_module),
        cmocka_unit_test(test_free_nothing),
    };
    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
