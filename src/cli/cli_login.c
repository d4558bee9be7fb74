#include "cli_login.h"

#include "base_text.h"
#include "base_time.h"
#include "cli_page.h"
#include "hubspot_scope.h"

#include <unistd.h>

#define LOGIN_STRANGERS_WARN 10
#define LOGIN_LAST_PAGE_MS 3000 /* for the browser to fetch the last page */
#define LOGIN_WRONG_LINES 3     /* of a person, when by hand */

/* A line that the answer will overwrite: what is awaited. */
static void show_waiting(struct cli_login *w)
{
    char human[32];

    if (w->ended || !w->c->stderr_tty)
        return;
    if (broker_login_is_answered(w->login))
        cli_show_line(w->c, "The answer is here; exchanging the code …");
    else
        cli_show_line(w->c, "Waiting %s for %s%s; Ctrl-C gives up. ",
                      base_time_human(human, w->timeout),
                      w->by_hand   ? "the pasted line"
                      : w->install ? "the installation"
                                   : "the browser",
                      !w->by_hand && w->lines ? ", or a pasted address" : "");
}

/* ------------------------------------------------------------------ the end */

static void on_drained(void *arg)
{
    struct cli_login *w = arg;

    cli_wake(w->c);
}

/* Shows the last page, stops listening, and lets the browser take what it was sent. */
static void end(struct cli_login *w, enum base_status status, const char *title, const char *text)
{
    struct serve_exchange *x = w->browser;

    w->ended = true;
    w->status = status;
    w->browser = NULL;
    cli_lines_free(w->lines);
    w->lines = NULL;
    if (!w->receiver) {
        cli_wake(w->c);
        return;
    }
    if (x)
        cli_page_send(x, status && status != BASE_PARTIAL ? 400 : 200, title, text, !status, true);
    loop_timer_start(w->timer, LOGIN_LAST_PAGE_MS);
    cli_receiver_drain(w->receiver, on_drained, w);
}

static void end_with_error(struct cli_login *w, enum base_status status,
                           const struct base_error *err)
{
    char text[1400];

    if (err != w->err)
        *w->err = *err;
    base_text_format(text, sizeof(text),
                     "%s%s%s\nThe terminal says what to do next. This window can be closed.",
                     err->why, err->lower[0] ? "\n" : "", err->lower);
    end(w, status, status == BASE_FORBIDDEN ? "Not connected" : "The login failed", text);
}

static void on_timeout(void *arg)
{
    struct cli_login *w = arg;
    char human[32];

    if (w->ended) { /* the browser does not fetch its page: so be it */
        cli_wake(w->c);
        return;
    }
    base_time_human(human, w->timeout);
    if (w->install)
        base_fail(w->err, BASE_REAUTH, "logging in", "no installation came to its end within %s",
                  human);
    else
        base_fail(w->err, BASE_REAUTH, "logging in",
                  "nobody answered the consent page within %s; most of what HubSpot refuses it "
                  "tells in the browser alone",
                  human);
    base_error_hint(w->err, w->install
                                ? "hubauth login --timeout 10m gives more time"
                                : "hubauth explain \"WHAT THE PAGE SAID\", or more time with "
                                  "hubauth login --timeout 10m");
    end(w, BASE_REAUTH, "", "");
}

/* ------------------------------------------------------------------ connected */

/* What HubSpot leaves out of the optional scopes is its way of saying that the account lacks them.
 * A required one that is missing leaves the app with less than it needs: exit code 7 (A8). */
static enum base_status check_required(struct cli_login *w, const struct broker_grant *grant)
{
    const struct broker_app *app = broker_login_app(w->login);
    BASE_CLEANUP(base_buf_free) struct base_buf missing = {0};

    base_buf_init(&missing, 65536);
    hubspot_scope_minus(base_span_of(app->scope), base_span_of(grant->scopes), &missing);
    if (base_buf_status(&missing))
        return base_fail_memory(w->err);
    if (missing.n == 0)
        return BASE_OK;
    base_fail(w->err, BASE_PARTIAL, "logging in",
              "account %s is connected, but without scopes that the app requires: %s",
              grant->account, base_buf_str(&missing));
    base_error_hint(w->err, "hubauth login --app %s --portal %s, by somebody who may grant them",
                    grant->app, grant->account);
    return BASE_PARTIAL;
}

static void on_finished(void *arg, enum base_status status, const struct broker_grant *grant,
                        const char *missing, const struct base_error *err)
{
    struct cli_login *w = arg;
    char text[1200];

    if (status) {
        end_with_error(w, status, err);
        return;
    }
    cli_say(w->c, "Connected: account %s through app %s.", grant->account, grant->app);
    cli_say(w->c, "Scopes: %s", grant->scopes);
    if (missing[0])
        cli_say(w->c, "Not granted: %s", missing);
    status = check_required(w, grant);
    if (!status)
        cli_say(w->c, "Next: hubauth export contacts --limit 10 --format table");
    base_text_format(text, sizeof(text),
                     "HubSpot account %s is connected through app %s.%s%s\nThis window can be "
                     "closed.",
                     grant->account, grant->app, missing[0] ? "\nNot granted: " : "", missing);
    end(w, status, "Connected", text);
}

/* The login has its code. */
static void exchange(struct cli_login *w, struct base_error *err)
{
    enum base_status status;

    cli_lines_free(w->lines);
    w->lines = NULL;
    loop_timer_stop(w->timer); /* nobody is awaited any more; the exchange has limits of its own */
    status = broker_login_finish(w->login, on_finished, w, err);
    if (status)
        end_with_error(w, status, err);
    else
        show_waiting(w);
}

/* ------------------------------------------------------------------ the browser */

static void turn_away(struct cli_login *w, struct serve_exchange *x, const struct base_error *err)
{
    char text[900];

    base_text_format(text, sizeof(text), "%s%s%s", err->why, err->hint[0] ? "\n" : "", err->hint);
    cli_receiver_refuse(w->receiver, x, "Not the awaited answer", text);
    if (cli_receiver_strangers(w->receiver) < LOGIN_STRANGERS_WARN || w->warned)
        return;
    w->warned = true;
    cli_say(w->c, "hubauth: warning: many requests that are not the answer arrive at this login's "
                  "port");
    show_waiting(w);
}

/* The first half of an installation goes back to HubSpot. NOT_FOUND: it is none. */
static enum base_status bounce(struct cli_login *w, struct base_span query,
                               struct serve_exchange *x, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf location = {0};
    enum base_status status;

    base_buf_init_sensitive(&location, 16384);
    status = broker_login_bounce(w->login, query, &location, err);
    if (status)
        return status;
    cli_page_redirect(x, base_buf_str(&location));
    cli_say(w->c, "The installation has begun; consent is awaited.");
    show_waiting(w);
    return BASE_OK;
}

static void on_query(void *arg, struct base_span query, struct serve_exchange *x)
{
    struct cli_login *w = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status;

    if (w->ended) {
        cli_page_send(x, 400, "Too late", "This login has ended.", false, true);
        return;
    }
    status = bounce(w, query, x, &err);
    if (!status)
        return;
    if (status == BASE_NOT_FOUND) {
        err = BASE_ERROR_NONE;
        status = broker_login_accept(w->login, query, &err);
    }
    if (status == BASE_INVALID) {
        turn_away(w, x, &err);
        return;
    }
    w->browser = x;
    if (status)
        end_with_error(w, status, &err);
    else
        exchange(w, &err);
}

static void on_gone(void *arg, struct serve_exchange *x)
{
    struct cli_login *w = arg;

    if (w->browser == x)
        w->browser = NULL;
}

enum base_status cli_login_listen(struct cli_login *w, const char *redirect_url,
                                  struct base_error *err)
{
    enum base_status status =
        cli_receiver_open(w->c->loop, redirect_url, on_query, w, &w->receiver, err);

    if (!status)
        cli_receiver_on_gone(w->receiver, on_gone);
    return status;
}

void cli_login_opened(void *arg, const char *opener)
{
    struct cli_login *w = arg;

    if (w->ended)
        return;
    if (opener)
        cli_say(w->c, "It was opened with %s.", opener);
    else
        cli_say(w->c, "No browser could be started here: please open the address yourself.");
    show_waiting(w);
}

/* ------------------------------------------------------------------ by hand */

bool cli_login_takes_lines(const struct cli_login *w)
{
    return w->by_hand || (!w->install && isatty(STDIN_FILENO));
}

/* A wrong line: a person may try again, and where a browser is awaited as well, nothing is lost. */
static void on_wrong_line(struct cli_login *w, const struct base_error *err)
{
    bool person = isatty(STDIN_FILENO);

    if (w->by_hand && (!person || ++w->wrong_lines == LOGIN_WRONG_LINES)) {
        end_with_error(w, BASE_INVALID, err);
        return;
    }
    cli_say(w->c, "%s%s%s", err->why, err->hint[0] ? ". " : "", err->hint);
    show_waiting(w);
}

static void on_input_end(struct cli_login *w)
{
    cli_lines_free(w->lines);
    w->lines = NULL;
    if (!w->by_hand)
        return;
    base_fail(w->err, BASE_USAGE, "reading the pasted address", "standard input ended");
    end(w, BASE_USAGE, "", "");
}

static void on_line(void *arg, enum base_status status, struct base_span line)
{
    struct cli_login *w = arg;
    struct base_error err = BASE_ERROR_NONE;

    if (!line.p) {
        on_input_end(w);
        return;
    }
    if (!status && base_span_trim(line).n == 0 && isatty(STDIN_FILENO))
        return;
    if (status)
        status = base_fail(&err, BASE_INVALID, "reading the pasted address",
                           "the line is longer than %d bytes", CLI_LINES_MAX);
    else if (w->bare_code)
        status = broker_login_accept_code(w->login, line, &err);
    else
        status = broker_login_accept_url(w->login, line, &err);
    if (status == BASE_INVALID)
        on_wrong_line(w, &err);
    else if (status)
        end_with_error(w, status, &err);
    else
        exchange(w, &err);
}

/* ------------------------------------------------------------------ waiting */

enum base_status cli_login_wait(struct cli_login *w)
{
    enum base_status status = BASE_OK;

    w->timer = loop_timer_new(w->c->loop, on_timeout, w);
    if (!w->timer)
        return base_fail_memory(w->err);
    if (cli_login_takes_lines(w))
        status = cli_lines_new(w->c->loop, on_line, w, &w->lines, w->err);
    if (status)
        return status;
    loop_timer_start(w->timer, w->timeout);
    show_waiting(w);
    status = cli_wait(w->c, w->err);
    return status ? status : w->status;
}

void cli_login_done(struct cli_login *w)
{
    cli_lines_free(w->lines);
    cli_receiver_close(w->receiver);
    broker_login_free(w->login);
    loop_timer_free(w->timer);
}
