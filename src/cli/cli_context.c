#include "cli_context.h"

#include "base_file.h"
#include "base_text.h"
#include "base_time.h"
#include "broker.h"
#include "cli_opener.h"

#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_COLUMNS 80      /* of a terminal that does not say */
#define NOTICE_AGAIN_MS 1000 /* the same words are not said again before that */

/* $HUBAUTH_HOME, else $XDG_DATA_HOME/hubauth, else ~/.local/share/hubauth. */
enum base_status cli_home(struct cli *c, struct base_error *err)
{
    const char *own = getenv("HUBAUTH_HOME");
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");

    if (c->home)
        return BASE_OK;
    if (own && own[0])
        c->home = base_mem_strdup(own);
    else if (data && data[0] == '/')
        c->home = base_file_join(data, "hubauth");
    else if (home && home[0] == '/')
        c->home = base_file_join(home, ".local/share/hubauth");
    else {
        base_fail(err, BASE_USAGE, "finding the vault", "neither HUBAUTH_HOME nor HOME is set");
        base_error_hint(err, "export HUBAUTH_HOME=/a/folder/of/yours");
        return BASE_USAGE;
    }
    return c->home ? BASE_OK : base_fail_memory(err);
}

static bool wants_colour(bool tty)
{
    const char *no_colour = getenv("NO_COLOR"); /* any value but the empty one: no-color.org */
    const char *term = getenv("TERM");

    return tty && !(no_colour && no_colour[0]) && !(term && strcmp(term, "dumb") == 0);
}

void cli_context_init(struct cli *c, const struct cli_backends *backends)
{
    *c = (struct cli){.backends = backends};
    c->stdout_tty = isatty(STDOUT_FILENO);
    c->stderr_tty = isatty(STDERR_FILENO);
    c->colour_stdout = wants_colour(c->stdout_tty);
    c->colour_stderr = wants_colour(c->stderr_tty);
    cli_stateless_take(c);
}

void cli_context_done(struct cli *c)
{
    cli_opener_free(c->opener); /* before the loop, which watches it */
    broker_free(c->broker);
    for (size_t i = 0; i < 2; i++)
        loop_signal_free(c->signals[i]);
    if (c->loop)
        loop_free(c->loop);
    cli_stateless_done(c);
    base_mem_free(c->home);
    base_mem_free(c->key_spec);
}

enum base_status cli_broker(struct cli *c, struct broker **ret, struct base_error *err)
{
    if (!c->broker) {
        enum base_status status = cli_home(c, err);

        if (!status)
            status = c->backends->open_broker(c->home, c, &c->broker, &c->key_spec, err);
        if (status == BASE_NOT_FOUND) {
            base_fail(err, BASE_STORAGE, "opening the vault", "there is no vault in %s yet",
                      c->home);
            base_error_hint(err, c->stateless.private_token
                                     ? "a private-app token needs none, and no login: hubauth api "
                                       "/account-info/2026-03/details"
                                     : "hubauth init");
            return BASE_STORAGE;
        }
        if (status)
            return status;
    }
    *ret = c->broker;
    return BASE_OK;
}

void cli_broker_close(struct cli *c)
{
    broker_free(c->broker);
    c->broker = NULL;
}

static void on_signal(void *arg, int signo)
{
    struct cli *c = arg;

    c->interrupted = signo;
    loop_stop(c->loop);
}

enum base_status cli_broker_on_loop(struct cli *c, struct broker **ret, struct base_error *err)
{
    static const int signos[] = {SIGINT, SIGTERM};
    enum base_status status = cli_broker(c, ret, err);

    if (status || c->loop)
        return status;
    status = loop_new(&c->loop, err);
    if (status)
        return status;
    for (size_t i = 0; i < 2; i++) {
        c->signals[i] = loop_signal_new(c->loop, signos[i], on_signal, c);
        if (!c->signals[i])
            return base_fail_memory(err);
    }
    broker_use_loop(c->broker, c->loop);
    return BASE_OK;
}

static void on_turn(void *arg)
{
    loop_stop(arg);
}

void cli_look_for_signal(struct cli *c)
{
    struct loop_timer *t = c->loop ? loop_timer_new(c->loop, on_turn, c->loop) : NULL;

    cli_broker_close(c); /* none of its work goes on meanwhile */
    if (t) {
        loop_timer_start(t, 0);
        loop_run(c->loop);
    }
    loop_timer_free(t);
}

enum base_status cli_wait(struct cli *c, struct base_error *err)
{
    loop_run(c->loop);
    return c->interrupted ? base_fail(err, BASE_CANCELLED, "waiting", "interrupted") : BASE_OK;
}

void cli_wake(struct cli *c)
{
    loop_stop(c->loop);
}

void cli_end(struct cli_job *j, enum base_status status, const struct base_error *err)
{
    j->ended = true;
    j->status = status;
    if (status)
        *j->err = *err;
    cli_wake(j->c);
}

bool cli_ended(struct cli_job *j)
{
    if (!j->c->interrupted)
        loop_run(j->c->loop);
    if (!j->ended)
        j->status = base_fail(j->err, BASE_CANCELLED, "waiting", "interrupted");
    return j->ended;
}

enum base_status cli_write_buf(const struct base_buf *b, struct base_error *err)
{
    if (base_buf_status(b))
        return base_fail(err, base_buf_status(b), "preparing the output", "it is too large");
    return base_file_write_stdout(base_buf_span(b), err);
}

size_t cli_columns(int fd, size_t otherwise)
{
    struct winsize size;

    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : otherwise;
}

void cli_show_line(struct cli *c, const char *format, ...)
{
    size_t columns = cli_columns(STDERR_FILENO, LINE_COLUMNS);
    struct base_span line;
    char text[512];
    va_list args;

    if (!c->stderr_tty)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    line = base_span_of(text);
    line.n = base_text_whole(line);
    while (line.n > 0 && base_text_width(line) >= columns) /* the cursor needs one */
        line.n = base_text_whole(base_span_first(line, line.n - 1));
    (void)fprintf(stderr, "\r\033[K%.*s", BASE_SPAN_ARG(line));
    (void)fflush(stderr);
    c->line_shown = true;
}

void cli_hide_line(struct cli *c)
{
    if (!c->line_shown)
        return;
    (void)fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    c->line_shown = false;
}

void cli_say(struct cli *c, const char *format, ...)
{
    va_list args;

    cli_hide_line(c);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

/* A hundred calls may meet the same trouble at the same moment. */
void cli_notice(void *cli, const char *text)
{
    struct cli *c = cli;
    int64_t now = base_time_monotonic();

    if (now - c->noticed_at < NOTICE_AGAIN_MS && strcmp(text, c->noticed) == 0)
        return;
    c->noticed_at = now;
    (void)base_text_copy(c->noticed, sizeof(c->noticed), base_span_of(text));
    cli_say(c, "hubauth: %s", text);
}

void cli_keep(void *cli, const struct crypt_secret *refresh_token)
{
    cli_stateless_keep(cli, refresh_token);
}

enum base_status cli_enter(void *cli, struct crypt_secret **ret, struct base_error *err)
{
    return cli_stateless_enter(cli, ret, err);
}

void cli_leave(void *cli)
{
    cli_stateless_leave(cli);
}
