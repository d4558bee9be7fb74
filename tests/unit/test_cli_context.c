#include "test_support.h"

#include <pty.h>
#include <signal.h>
#include <unistd.h>

#include "base_text.h"

#include "cli_context.h"

struct wait_test {
    struct cli c;
    struct cli_job job;
    struct base_error err;
    struct loop_timer *timer;
};

static int start(void **fixture)
{
    struct wait_test *t = base_mem_new(sizeof(*t));
    if (t == NULL || loop_new(&t->c.loop, NULL) != BASE_OK)
        return -1;
    t->job = (struct cli_job){.c = &t->c, .err = &t->err};
    *fixture = t;
    return 0;
}

static int finish(void **fixture)
{
    struct wait_test *t = *fixture;
    loop_timer_free(t->timer);
    loop_free(t->c.loop);
    base_mem_free(t);
    return 0;
}

static void run_soon(struct wait_test *t, loop_timer_fn *fn)
{
    t->timer = loop_timer_new(t->c.loop, fn, t);
    assert_non_null(t->timer);
    loop_timer_start(t->timer, 1);
}

static void interrupt(struct wait_test *t) /* what a signal does */
{
    t->c.interrupted = SIGINT;
    loop_stop(t->c.loop);
}

static void on_failed(void *arg)
{
    struct wait_test *t = arg;
    struct base_error err = BASE_ERROR_NONE;
    cli_end(&t->job, base_fail(&err, BASE_FORBIDDEN, "asking", "no"), &err);
}

static void on_signal(void *arg)
{
    interrupt(arg);
}

static void on_both(void *arg)
{
    interrupt(arg);
    on_failed(arg);
}

static void outcome_is_handed_over(void **fixture)
{
    struct wait_test *t = *fixture;
    run_soon(t, on_failed);
    assert_true(cli_ended(&t->job));
    assert_int_equal(t->job.status, BASE_FORBIDDEN);
    assert_string_equal(t->err.why, "no");
}

static void signal_comes_first(void **fixture)
{
    struct wait_test *t = *fixture;
    run_soon(t, on_signal);
    assert_false(cli_ended(&t->job));
    assert_int_equal(t->job.status, BASE_CANCELLED);
    assert_false(cli_ended(&t->job)); /* and nothing is waited for after it */
}

/* What has called back is gone, and must not be cancelled. */
static void signal_and_outcome_in_one_turn(void **fixture)
{
    struct wait_test *t = *fixture;
    run_soon(t, on_both);
    assert_true(cli_ended(&t->job));
    assert_int_equal(t->job.status, BASE_FORBIDDEN);
    assert_int_equal(t->c.interrupted, SIGINT); /* main() still ends by it */
}

/* A terminal may be wider than the line can be long: what is cut off ends with a whole character,
 * wherever that stands. */
static void long_line_is_cut_between_characters(void **fixture)
{
    static const char *const before[] = {"", "a", "ab"};
    struct winsize wide = {.ws_row = 24, .ws_col = 2000};
    struct cli c = {.stderr_tty = true};
    int master, slave, own = dup(STDERR_FILENO);
    char text[1600], shown[1600];
    ssize_t n;
    (void)fixture;
    for (size_t i = 0; i + 3 < sizeof(text); i += 3)
        memcpy(text + i, "…", 4);
    assert_true(own >= 0 && openpty(&master, &slave, NULL, NULL, &wide) == 0);
    for (size_t i = 0; i < TEST_COUNT(before); i++) {
        assert_true(dup2(slave, STDERR_FILENO) >= 0);
        cli_show_line(&c, "%s%s", before[i], text);
        assert_true(dup2(own, STDERR_FILENO) >= 0);
        n = read(master, shown, sizeof(shown));
        assert_true(n > 300);
        assert_int_equal(base_text_whole((struct base_span){shown, (size_t)n}), n);
    }
    (void)close(own);
    (void)close(slave);
    (void)close(master);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(outcome_is_handed_over, start, finish),
        cmocka_unit_test_setup_teardown(signal_comes_first, start, finish),
        cmocka_unit_test_setup_teardown(signal_and_outcome_in_one_turn, start, finish),
        cmocka_unit_test(long_line_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
