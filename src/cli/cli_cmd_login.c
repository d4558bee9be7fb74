/* hubauth login: the authorization code flow with a loopback receiver, with the redirect URL pasted
 * by hand, or as an installation from HubSpot's marketplace. */
#include "base_text.h"
#include "base_time.h"
#include "broker_private.h"
#include "cli_command.h"
#include "cli_login.h"
#include "cli_opener.h"
#include "cli_remote.h"

struct login_options {
    const char *app, *portal;
    bool no_browser, paste, paste_code, marketplace;
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
     .help = "Connect this HubSpot account: it is preselected on the consent page, and another is "
             "refused"},
    {.name = "no-browser",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct login_options, no_browser),
     .help = "Print the address of the consent page, alone, on standard output and open nothing"},
    {.name = "paste",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct login_options, paste),
     .help = "Listen on no port: read the address that the browser ends up at from standard input"},
    {.name = "paste-code",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct login_options, paste_code),
     .help = "The same with the code alone. Weaker: only PKCE then tells that the code is this "
             "login's"},
    {.name = "marketplace",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct login_options, marketplace),
     .help = "Wait for an installation that begins in HubSpot's marketplace; needs --portal"},
    {.name = "timeout",
     .kind = BASE_OPT_SPAN,
     .value = "TIME",
     .offset = offsetof(struct login_options, timeout),
     .help = "Give up after this, at most 10m (default: 5m)"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth login", "opens the consent page and waits for its answer"},
    {"hubauth login --no-browser", "on a server: prints the address, and the ssh -L line to type"},
    {"hubauth login --paste", "from anywhere: paste the address that the browser ends up at"},
    {0},
};

/* ------------------------------------------------------------------ what was asked for */

static enum base_status check_options(const struct login_options *o, struct base_error *err)
{
    int64_t number;

    if (o->paste && o->paste_code)
        return base_fail(err, BASE_USAGE, "logging in",
                         "--paste takes the whole address, --paste-code the code alone: one of "
                         "them");
    if (o->marketplace && (o->paste || o->paste_code))
        return base_fail(err, BASE_USAGE, "logging in",
                         "an installation comes to the redirect URL twice: it cannot be pasted");
    if (o->marketplace && !o->portal) {
        base_fail(err, BASE_USAGE, "logging in",
                  "--marketplace needs --portal: such a login is not protected by PKCE, so its "
                  "account has to be known");
        base_error_hint(err, "hubauth login --marketplace --portal ID");
        return BASE_USAGE;
    }
    if (o->timeout > BROKER_LOGIN_LIFE_MS)
        return base_fail(err, BASE_USAGE, "logging in",
                         "--timeout is at most 10m: a login is not kept open for longer");
    return o->portal ? broker_login_portal(o->portal, &number, err) : BASE_OK;
}

static bool by_hand(const struct login_options *o)
{
    return o->paste || o->paste_code;
}

/* The browser's helper is forked while there is nothing that it must not inherit. */
static enum base_status prepare(struct cli *c, const void *options_of_command,
                                struct base_error *err)
{
    const struct login_options *o = options_of_command;

    if (o->no_browser || o->marketplace || by_hand(o))
        return BASE_OK;
    return cli_opener_new(&c->opener, err);
}

/* ------------------------------------------------------------------ the port */

struct redirects {
    const char *app;
    char *urls[BROKER_APP_REDIRECTS];
    size_t count;
    enum base_status status; /* why there are none */
    struct base_error *err;
};

static bool take_redirects(void *arg, const struct broker_app *app)
{
    struct redirects *list = arg;

    if (strcmp(app->name, list->app) != 0)
        return true;
    list->status = broker_private_refuse(app, "logging in", list->err);
    if (list->status)
        return false;
    for (size_t i = 0; i < app->redirect_count; i++) {
        list->urls[i] = base_mem_strdup(app->redirect_urls[i]);
        if (!list->urls[i])
            list->status = base_fail_memory(list->err);
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
static enum base_status open_receiver(struct cli_login *w, const struct redirects *list,
                                      const char **ret_url, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf taken = {0};
    struct base_error one = BASE_ERROR_NONE;
    enum base_status status = BASE_USAGE;

    base_buf_init(&taken, 16384);
    for (size_t i = 0; i < list->count; i++) {
        if (!cli_receiver_can(list->urls[i]))
            continue;
        status = cli_login_listen(w, list->urls[i], &one);
        if (!status) {
            *ret_url = list->urls[i];
            if (taken.n > 0)
                cli_say(w->c, "hubauth: %s; waiting on port %u instead", base_buf_str(&taken),
                        (unsigned)cli_receiver_port(w->receiver));
            return BASE_OK;
        }
        base_buf_printf(&taken, "%s%s", taken.n > 0 ? "; " : "", one.why);
    }
    if (status == BASE_USAGE) {
        base_fail(err, BASE_USAGE, "waiting for the browser",
                  "no redirect URL of app %s is on this machine (http://localhost:…)", list->app);
    } else {
        base_fail(err, status, "waiting for the browser", "%s", base_buf_str(&taken));
        base_error_lower(err, "%s", one.lower);
    }
    base_error_hint(err,
                    w->install ? "register another redirect URL, and add it to app %s"
                               : "hubauth login --app %s --paste needs no port",
                    list->app);
    return status;
}

/* ------------------------------------------------------------------ the address */

/* For a browser that is on another machine than we are. */
static void advise(const struct cli_login *w)
{
    BASE_CLEANUP(base_buf_free) struct base_buf forward = {0};

    if (!w->receiver || cli_remote_has_display())
        return;
    base_buf_init(&forward, 1024);
    if (cli_remote_forward(cli_receiver_port(w->receiver), &forward))
        cli_say(w->c,
                "This is an SSH session. So that your browser reaches it, type on your own machine:"
                "\n\n  %s\n",
                base_buf_str(&forward));
    else if (cli_remote_in_container())
        cli_say(w->c,
                "This is a container: a browser outside does not reach port %u of its "
                "loopback interface.",
                (unsigned)cli_receiver_port(w->receiver));
    if (cli_login_takes_lines(w))
        cli_say(w->c, "Or paste here the address that the browser ends up at, even if it shows an "
                      "error there.");
    else if (!w->install)
        cli_say(w->c, "Or, without a port: hubauth login --app %s --paste",
                broker_login_app(w->login)->name);
}

static enum base_status print_address(struct cli_login *w, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf line = {0};

    if (w->c->stderr_tty)
        cli_say(w->c, "Open this address in a browser%s:",
                w->bare_code ? ", agree, and paste the code from the address that it ends up at"
                : w->by_hand ? ", agree, and paste the address that it ends up at"
                             : "");
    base_buf_init(&line, 65536);
    base_buf_printf(&line, "%s\n", broker_login_url(w->login));
    return cli_write_buf(&line, err);
}

static enum base_status show_address(struct cli_login *w, const struct login_options *o,
                                     const char *redirect_url, struct base_error *err)
{
    enum base_status status = BASE_OK;

    if (w->install) {
        cli_say(w->c,
                "Waiting at %s for an installation in account %s, begun in HubSpot's "
                "marketplace.",
                redirect_url, o->portal);
        return BASE_OK;
    }
    if (!w->c->opener) {
        status = print_address(w, err);
        advise(w);
        return status;
    }
    cli_say(w->c, "Open this address in a browser:\n\n  %s\n", broker_login_url(w->login));
    advise(w);
    if (cli_opener_open(w->c->opener, w->c->loop, broker_login_url(w->login), cli_login_opened, w,
                        NULL) != BASE_OK)
        cli_login_opened(w, NULL);
    if (!w->c->stderr_tty)
        cli_say(w->c, "Waiting for the answer; Ctrl-C gives up.");
    return BASE_OK;
}

/* ------------------------------------------------------------------ the start */

static enum base_status login(struct cli_login *w, const struct login_options *o, struct broker *b,
                              const struct redirects *list, struct base_error *err)
{
    const char *redirect_url = list->urls[0];
    enum base_status status = w->by_hand ? BASE_OK : open_receiver(w, list, &redirect_url, err);

    if (status)
        return status;
    status = (w->install ? broker_login_begin_install : broker_login_begin)(
        b, list->app, o->portal, redirect_url, &w->login, err);
    if (!status)
        status = show_address(w, o, redirect_url, err);
    return status ? status : cli_login_wait(w);
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct login_options *o = args->options;
    BASE_CLEANUP(base_mem_cleanup) char *app = NULL;
    BASE_CLEANUP(redirects_free) struct redirects list = {0};
    struct cli_login w = {.c = c,
                          .timeout = o->timeout,
                          .by_hand = by_hand(o),
                          .bare_code = o->paste_code,
                          .install = o->marketplace,
                          .err = err};
    struct broker *b;
    enum base_status status = check_options(o, err);

    if (status || (status = cli_broker_on_loop(c, &b, err)) ||
        (status = broker_app_choose(b, o->app, &app, err)))
        return status;
    list.app = app;
    list.err = err;
    status = broker_app_list(b, take_redirects, &list, err);
    if (!status)
        status = list.status;
    if (!status && list.count == 0) {
        status = base_fail(err, BASE_USAGE, "logging in", "no app is called %s", app);
        base_error_hint(err, "hubauth app list");
    }
    if (!status)
        status = login(&w, o, b, &list, err);
    cli_opener_free(c->opener);
    c->opener = NULL;
    cli_login_done(&w);
    return status;
}

const struct cli_command cli_cmd_login = {
    .usage =
        {.program = "hubauth",
         .name = "login",
         .summary = "connect a HubSpot account",
         .details =
             "Opens HubSpot's consent page in a browser and waits for its answer on the app's "
             "redirect URL, on this machine alone and for this one login alone. The account's "
             "refresh token is then kept in the vault.\n\n"
             "The browser is the first of $BROWSER, xdg-open, wslview and powershell.exe that "
             "works. Over SSH the line that forwards the port is printed. On a terminal the "
             "address that the browser ends up at can also be pasted while the login waits; with "
             "--paste that is all it waits for, and no port is needed.\n\n"
             "With --marketplace the login waits for an installation that somebody begins in "
             "HubSpot's marketplace: HubSpot calls the redirect URL, and is answered with this "
             "login's state. The address is HubSpot's there, so that PKCE cannot protect the code; "
             "therefore only the account of --portal is taken.",
         .options = options,
         .examples = examples,
         .exits = "3: nobody answered in time. 4: consent was denied. 6: the port is taken, or "
                  "HubSpot cannot be reached. 7: connected, but without scopes that the app "
                  "requires. Optional scopes that are not granted are shown, and the code is 0.",
         .see_also = "hubauth-app-add(1), hubauth-status(1)"},
    .options_size = sizeof(struct login_options),
    .defaults = &defaults,
    .prepare = prepare,
    .run = run,
};
