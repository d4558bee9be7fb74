/* hubauth login: the authorization code flow with a loopback receiver, or with the redirect URL
 * pasted by hand. */
#include "base_file.h"
#include "base_text.h"
#include "base_time.h"
#include "broker_login.h"
#include "cli_command.h"
#include "cli_opener.h"
#include "cli_page.h"
#include "cli_receiver.h"

#include <errno.h>
#include <unistd.h>

#define LOGIN_STRANGERS_WARN 10
#define LOGIN_LAST_PAGE_MS 3000 /* for the browser to fetch the last page */
#define LOGIN_PASTE_TRIES 3

struct login_options {
    const char *app, *portal;
    bool no_browser, paste;
    int64_t timeout;
};

static const struct login_options defaults = {.timeout = 5 * BASE_MINUTE_MS};

static const struct base_opt options[] = {
    {.name = "app",
     .kind = BASE_OPT_STRING,
     .value = "APP",
     .offset = offsetof(struct login_options, app),
     .help = "The app to connect through; needed when there is more than one"},
    {.name = "portal",
     .kind = BASE_OPT_STRING,
     .value = "ID",
     .offset = offsetof(struct login_options, portal),
     .help = "Preselect this HubSpot account on the consent page"},
    {.name = "no-browser",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct login_options, no_browser),
     .help = "Print the address of the consent page, alone, on standard output and open nothing"},
    {.name = "paste",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct login_options, paste),
     .help = "Listen on no port: read the address that the browser ends up at from standard input"},
    {.name = "timeout",
     .kind = BASE_OPT_SPAN,
     .value = "TIME",
     .offset = offsetof(struct login_options, timeout),
     .help = "Give up after this (default: 5m)"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth login", "opens the consent page and waits for its answer"},
    {"ssh -L 8976:localhost:8976 server hubauth login --no-browser",
     "a login on a server, with the browser here"},
    {0},
};

struct run {
    struct cli *c;
    const struct login_options *o;
    struct broker_login *login;
    struct cli_receiver *receiver;
    struct serve_exchange *browser; /* waits for the last page */
    struct loop_timer *timer;
    bool ended;
    enum base_status status;
    struct base_error *err;
};

/* ------------------------------------------------------------------ the end */

static void on_drained(void *arg)
{
    struct run *r = arg;

    cli_wake(r->c);
}

/* Shows the last page, stops listening, and lets the browser take what it was sent. */
static void end(struct run *r, enum base_status status, const char *title, const char *text)
{
    struct serve_exchange *x = r->browser;

    r->ended = true;
    r->status = status;
    r->browser = NULL;
    if (!r->receiver) {
        cli_wake(r->c);
        return;
    }
    if (x)
        cli_page_send(x, status ? 400 : 200, title, text, !status, true);
    loop_timer_start(r->timer, LOGIN_LAST_PAGE_MS);
    cli_receiver_drain(r->receiver, on_drained, r);
}

static void end_with_error(struct run *r, enum base_status status, const struct base_error *err)
{
    char text[1400];

    if (err != r->err)
        *r->err = *err;
    base_text_format(text, sizeof(text),
                     "%s%s%s\nThe terminal says what to do next. This window can be closed.",
                     err->why, err->lower[0] ? "\n" : "", err->lower);
    end(r, status, status == BASE_FORBIDDEN ? "Not connected" : "The login failed", text);
}

static void on_timeout(void *arg)
{
    struct run *r = arg;
    char human[32];

    if (r->ended) { /* the browser does not fetch its page: so be it */
        cli_wake(r->c);
        return;
    }
    base_fail(r->err, BASE_REAUTH, "logging in", "nobody answered the consent page within %s",
              base_time_human(human, r->o->timeout));
    base_error_hint(r->err, "hubauth login, and more time with --timeout 15m");
    end(r, BASE_REAUTH, "", "");
}

/* ------------------------------------------------------------------ the answer */

static void on_finished(void *arg, enum base_status status, const struct broker_grant *grant,
                        const char *missing, const struct base_error *err)
{
    struct run *r = arg;
    char text[700];

    if (status) {
        end_with_error(r, status, err);
        return;
    }
    cli_say(r->c, "Connected: account %s through app %s.", grant->account, grant->app);
    cli_say(r->c, "Scopes: %s", grant->scopes);
    if (missing[0])
        cli_say(r->c, "Not granted: %s", missing);
    cli_say(r->c, "Next: hubauth export contacts --limit 10 --format table");
    base_text_format(text, sizeof(text),
                     "HubSpot account %s is connected through app %s.\nThis window can be closed.",
                     grant->account, grant->app);
    end(r, BASE_OK, "Connected", text);
}

static void on_query(void *arg, struct base_span query, struct serve_exchange *x)
{
    struct run *r = arg;
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status;

    if (r->ended) {
        cli_page_send(x, 400, "Too late", "This login has ended.", false, true);
        return;
    }
    status = broker_login_accept(r->login, query, &err);
    if (status == BASE_INVALID) {
        cli_page_send(x, 400, "Not the awaited answer", err.why, false, true);
        if (cli_receiver_strangers(r->receiver) == LOGIN_STRANGERS_WARN)
            cli_say(r->c, "hubauth: warning: many requests that are not the answer arrive at this "
                          "login's port");
        return;
    }
    r->browser = x;
    if (!status)
        status = broker_login_finish(r->login, on_finished, r, &err);
    if (status)
        end_with_error(r, status, &err);
}

static void on_gone(void *arg, struct serve_exchange *x)
{
    struct run *r = arg;

    if (r->browser == x)
        r->browser = NULL;
}

/* ------------------------------------------------------------------ the start */

struct redirects {
    const char *app;
    char *urls[BROKER_APP_REDIRECTS];
    size_t count;
    bool short_of_memory;
};

static bool take_redirects(void *arg, const struct broker_app *app)
{
    struct redirects *list = arg;

    if (strcmp(app->name, list->app) != 0)
        return true;
    for (size_t i = 0; i < app->redirect_count; i++) {
        list->urls[i] = base_mem_strdup(app->redirect_urls[i]);
        list->short_of_memory = list->short_of_memory || !list->urls[i];
    }
    list->count = app->redirect_count;
    return false;
}

static void redirects_free(struct redirects *list)
{
    for (size_t i = 0; i < list->count; i++)
        base_mem_free(list->urls[i]);
}

/* The first redirect URL whose port is free on both loopback addresses; the browser is opened only
 * after that (B5). */
static enum base_status open_receiver(struct run *r, const struct redirects *list,
                                      const char **ret_url, struct base_error *err)
{
    enum base_status status = BASE_USAGE;

    for (size_t i = 0; i < list->count; i++) {
        if (!cli_receiver_can(list->urls[i]))
            continue;
        status = cli_receiver_open(r->c->loop, list->urls[i], on_query, r, &r->receiver, err);
        if (!status) {
            cli_receiver_on_gone(r->receiver, on_gone);
            *ret_url = list->urls[i];
        }
        if (status != BASE_BUSY)
            return status;
    }
    if (status == BASE_BUSY)
        return status;
    base_fail(err, BASE_USAGE, "waiting for the browser",
              "no redirect URL of app %s is on this machine (http://localhost:…)", list->app);
    base_error_hint(err, "hubauth login --app %s --paste", list->app);
    return BASE_USAGE;
}

static enum base_status show_address(struct run *r, struct base_error *err)
{
    const char *url = broker_login_url(r->login);
    BASE_CLEANUP(base_buf_free) struct base_buf line = {0};

    if (!r->o->no_browser && !r->o->paste) {
        cli_say(r->c, "Open this address in a browser:\n\n  %s\n", url);
        cli_say(r->c, cli_opener_open(url)
                          ? "It is being opened. Waiting for the answer; Ctrl-C gives up."
                          : "Waiting for the answer; Ctrl-C gives up.");
        return BASE_OK;
    }
    if (r->c->stderr_tty)
        cli_say(r->c, "Open this address in a browser%s:",
                r->o->paste ? ", agree, and paste the address that it ends up at" : "");
    base_buf_init(&line, 65536);
    base_buf_printf(&line, "%s\n", url);
    return cli_write_buf(&line, err);
}

static enum base_status wait_for_browser(struct run *r, struct base_error *err)
{
    enum base_status status;

    r->timer = loop_timer_new(r->c->loop, on_timeout, r);
    if (!r->timer)
        return base_fail_memory(err);
    loop_timer_start(r->timer, r->o->timeout);
    status = cli_wait(r->c, err);
    return status ? status : r->status;
}

/* ------------------------------------------------------------------ by hand */

static enum base_status read_line(struct base_buf *text, struct base_error *err)
{
    char c;
    ssize_t n;

    base_buf_reset(text);
    while ((n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n')
        base_buf_add_char(text, c);
    if (n < 0)
        return base_fail_errno(err, BASE_FAILED, "reading the pasted address", errno,
                               "standard input");
    if (text->n == 0 && n == 0)
        return base_fail(err, BASE_USAGE, "reading the pasted address", "standard input ended");
    return base_buf_status(text)
               ? base_fail(err, BASE_USAGE, "reading the pasted address", "it is too long")
               : BASE_OK;
}

static enum base_status accept_pasted(struct run *r, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    enum base_status status = BASE_INVALID;
    bool person = isatty(STDIN_FILENO);

    base_buf_init_sensitive(&text, 16384);
    for (int i = 0; i < (person ? LOGIN_PASTE_TRIES : 1) && status == BASE_INVALID; i++) {
        if (i > 0)
            cli_say(r->c, "%s. %s", err->why, err->hint);
        status = read_line(&text, err);
        if (!status)
            status = broker_login_accept_url(r->login, base_buf_span(&text), err);
    }
    return status;
}

static enum base_status finish_pasted(struct run *r, struct base_error *err)
{
    enum base_status status = accept_pasted(r, err);

    if (status || (status = broker_login_finish(r->login, on_finished, r, err)) ||
        (status = cli_wait(r->c, err)))
        return status;
    return r->status;
}

static enum base_status login(struct run *r, struct broker *b, const struct redirects *list,
                              struct base_error *err)
{
    const char *redirect_url = list->urls[0];
    enum base_status status = r->o->paste ? BASE_OK : open_receiver(r, list, &redirect_url, err);

    if (status ||
        (status = broker_login_begin(b, list->app, r->o->portal, redirect_url, &r->login, err)) ||
        (status = show_address(r, err)))
        return status;
    return r->o->paste ? finish_pasted(r, err) : wait_for_browser(r, err);
}

static enum base_status check_portal(const char *portal, struct base_error *err)
{
    int64_t id;

    if (portal && (!base_span_int64(base_span_of(portal), &id) || id <= 0))
        return base_fail(err, BASE_USAGE, "logging in",
                         "--portal takes a HubSpot account's number, such as 1234567");
    return BASE_OK;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct login_options *o = args->options;
    BASE_CLEANUP(base_mem_cleanup) char *app = NULL;
    BASE_CLEANUP(redirects_free) struct redirects list = {0};
    struct run r = {.c = c, .o = o, .err = err};
    struct broker *b;
    enum base_status status = check_portal(o->portal, err);

    if (status || (status = cli_broker_on_loop(c, &b, err)) ||
        (status = broker_app_choose(b, o->app, &app, err)))
        return status;
    list.app = app;
    status = broker_app_list(b, take_redirects, &list, err);
    if (!status && list.short_of_memory)
        status = base_fail_memory(err);
    if (!status && list.count == 0) {
        status = base_fail(err, BASE_USAGE, "logging in", "no app is called %s", app);
        base_error_hint(err, "hubauth app list");
    }
    if (!status)
        status = login(&r, b, &list, err);
    cli_receiver_close(r.receiver);
    broker_login_free(r.login);
    loop_timer_free(r.timer);
    return status;
}

const struct cli_command cli_cmd_login = {
    .usage =
        {.program = "hubauth",
         .name = "login",
         .summary = "connect a HubSpot account",
         .details =
             "Opens HubSpot's consent page in a browser and waits for its answer on the app's "
             "redirect URL, on this "
             "machine alone and for this one login alone. The account's refresh token is then kept "
             "in the vault.\n\n"
             "On a machine without a browser, use --no-browser with a forwarded port, or --paste.",
         .options = options,
         .examples = examples,
         .exits = "3: nobody answered in time. 4: consent was denied. 6: the port is taken, or "
                  "HubSpot cannot be reached.",
         .see_also = "hubauth-app-add(1), hubauth-status(1)"},
    .options_size = sizeof(struct login_options),
    .defaults = &defaults,
    .run = run,
};
