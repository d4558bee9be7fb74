/* hubauth doctor: everything that can be wrong in a set-up, each with the command that mends it. */
#include "base_file.h"
#include "base_text.h"
#include "base_time.h"
#include "cli_command.h"
#include "cli_doctor.h"
#include "cli_terminal.h"

#define PROGRESS_AFTER_MS 2000
#define PROGRESS_EVERY_MS 500

struct doctor_options {
    bool json, offline;
    int64_t timeout;
};

static const struct doctor_options defaults = {.timeout = 20 * BASE_SECOND_MS};

static const struct base_opt options[] = {
    {.name = "offline",
     .kind = BASE_OPT_FLAG,
     .help = "Ask nothing of the network",
     .offset = offsetof(struct doctor_options, offline)},
    {.name = "timeout",
     .kind = BASE_OPT_SPAN,
     .value = "TIME",
     .help = "Give up on what has no answer by then (default: 20s)",
     .offset = offsetof(struct doctor_options, timeout)},
    {.name = "json",
     .kind = BASE_OPT_FLAG,
     .help = "Print JSON",
     .offset = offsetof(struct doctor_options, json)},
    {0},
};

/* ------------------------------------------------------------------ checks of the vault */

static void check_home(struct cli_doctor *d)
{
    BASE_CLEANUP(base_mem_cleanup) char *database = NULL;

    if (!d->c->home)
        return;
    database = base_file_join(d->c->home, "vault.db");
    d->home_hangs = !cli_doctor_answers(d, "folder", database ? database : d->c->home);
    if (d->home_hangs)
        return;
    broker_doctor_disk(d->c->home, &d->findings);
    broker_doctor_folder(d->c->home, &d->findings);
}

static void check_daemon(struct cli_doctor *d)
{
    const char *home = getenv("HUBAUTH_HOME");

    if (home && home[0] && d->home_hangs)
        return;
    broker_doctor_daemon(home, getenv("XDG_RUNTIME_DIR"), &d->findings);
}

/* NULL: the key does not come from a file. */
static const char *key_file(const struct cli *c)
{
    return c->key_spec && strncmp(c->key_spec, "file:", 5) == 0 ? c->key_spec + 5 : NULL;
}

static bool key_is_inside(const struct cli *c)
{
    size_t n = strlen(c->home);
    const char *file = key_file(c);

    return file && strncmp(file, c->home, n) == 0 && file[n] == '/';
}

/* What has been looked at already has its finding. */
static bool key_answers(struct cli_doctor *d)
{
    const char *file = key_file(d->c);

    if (d->passphrase_hangs && d->c->key_spec && strcmp(d->c->key_spec, "passphrase") == 0)
        return false;
    return !file || cli_doctor_answers(d, "key", file);
}

static void check_vault(struct cli_doctor *d)
{
    struct base_error err = BASE_ERROR_NONE;

    if (d->home_hangs)
        return;
    d->c->asks_nobody = !cli_terminal_has_person(d->c);
    d->c->patience_ms = d->timeout_ms;
    if (cli_broker(d->c, &d->broker, &err)) {
        d->broker = NULL;
        broker_found_error(&d->findings, "vault", BROKER_ERROR, &err, NULL);
        return;
    }
    if (!key_answers(d))
        return;
    d->secrets = broker_doctor_vault(d->broker, &d->findings);
    if (key_is_inside(d->c))
        broker_found(&d->findings, "key", BROKER_INFO, "hubauth key change --to passphrase",
                     "the key lies in the vault's folder: whoever copies that has both");
}

static void check_apps(struct cli_doctor *d)
{
    if (d->broker)
        broker_doctor_apps(d->broker, &d->findings);
}

static void check_accounts(struct cli_doctor *d)
{
    if (d->broker)
        broker_doctor_accounts(d->broker, &d->findings);
}

/* ------------------------------------------------------------------ the network */

struct watch {
    struct cli_doctor *d;
    struct broker_doctor *questions;
    struct loop_timer *timer;
    bool done;
};

static void on_done(void *arg)
{
    struct watch *w = arg;

    w->done = true;
    cli_wake(w->d->c);
}

static void show_progress(void *arg)
{
    struct watch *w = arg;
    char awaited[320];

    broker_doctor_awaited(w->questions, awaited, sizeof(awaited));
    cli_show_line(w->d->c, "waiting for %s", awaited);
    loop_timer_start(w->timer, PROGRESS_EVERY_MS);
}

static enum base_status ask(struct watch *w, int64_t timeout, struct base_error *err)
{
    struct cli *c = w->d->c;
    const struct broker_doctor_wish wish = {.secrets = w->d->secrets,
                                            .timeout_ms = timeout,
                                            .proxy = cli_doctor_proxy_variable(),
                                            .done = on_done,
                                            .arg = w};
    struct broker *b;
    enum base_status status = BASE_OK;

    if (!w->d->broker) /* hosts can be asked without a vault */
        status = c->backends->open_bare_broker(c, &c->broker, err);
    if (status || (status = cli_broker_on_loop(c, &b, err)))
        return status;
    w->timer = loop_timer_new(c->loop, show_progress, w);
    if (!w->timer)
        return base_fail_memory(err);
    status = broker_doctor_start(b, &wish, &w->d->findings, &w->questions, err);
    if (status)
        return status;
    if (c->stderr_tty)
        loop_timer_start(w->timer, PROGRESS_AFTER_MS);
    return cli_wait(c, err);
}

static void check_network(struct cli_doctor *d, int64_t timeout)
{
    struct watch w = {.d = d};
    struct base_error err = BASE_ERROR_NONE;

    if (ask(&w, timeout, &err)) /* what could not be asked must not hide what was found */
        broker_found_error(&d->findings, "network", BROKER_ERROR, &err, NULL);
    broker_doctor_free(w.questions);
    loop_timer_free(w.timer);
    cli_hide_line(d->c);
}

/* ------------------------------------------------------------------ all of them */

/* In the order in which they are made. Those of the network come last, and all at once. */
static cli_doctor_fn *const checks[] = {
    cli_doctor_program, cli_doctor_memory,    cli_doctor_environment, check_home,
    check_daemon,       check_vault,          cli_doctor_choice,      check_apps,
    check_accounts,     cli_doctor_redirects, cli_doctor_localhost,   cli_doctor_browser,
};

/* In the order in which they are shown. */
static const char *const names[] = {
    "program", "memory",  "environment", "disk",  "folder",      "daemon",   "vault",
    "key",     "records", "choice",      "app",   "account",     "redirect", "localhost",
    "browser", "network", "tls",         "clock", "credentials", "grant",    NULL};

static void examine(struct cli_doctor *d, int64_t timeout)
{
    struct base_error err = BASE_ERROR_NONE;

    if (cli_home(d->c, &err))
        broker_found_error(&d->findings, "environment", BROKER_ERROR, &err, NULL);
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        checks[i](d);
    if (!d->offline && !d->roots_hang)
        check_network(d, timeout);
}

static enum base_status conclude(const struct cli_doctor *d, struct base_error *err)
{
    const struct broker_findings *f = &d->findings;
    size_t errors = broker_findings_count(f, BROKER_ERROR);
    size_t warnings = broker_findings_count(f, BROKER_WARNING);

    if (f->lost)
        return base_fail_memory(err);
    if (errors == 0) {
        if (warnings > 0)
            cli_say(d->c, "Nothing is broken; %zu warning%s.", warnings, warnings == 1 ? "" : "s");
        else
            cli_say(d->c, "Nothing is wrong.");
        return BASE_OK;
    }
    base_fail(err, BASE_FAILED, "examining the set-up", "%zu error%s, %zu warning%s", errors,
              errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
    for (size_t i = 0; i < f->count && !err->hint[0]; i++)
        if (f->items[i].severity == BROKER_ERROR)
            base_error_hint(err, "%s", f->items[i].command);
    return BASE_FAILED;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct doctor_options *o = args->options;
    struct cli_doctor d = {.c = c, .offline = o->offline, .timeout_ms = o->timeout};
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
    enum base_status status;

    examine(&d, o->timeout);
    base_buf_init(&out, 16u << 20);
    if (o->json)
        cli_doctor_write_json(&d.findings, names, &out);
    else
        cli_doctor_write_text(&d.findings, names, c->colour_stdout, &out);
    status = cli_write_buf(&out, err);
    if (!status)
        status = conclude(&d, err);
    broker_findings_free(&d.findings);
    return status;
}

static const struct base_opt_example examples[] = {
    {"hubauth doctor", "Examine everything, and ask HubSpot about apps and accounts"},
    {"hubauth doctor --json | jq -r '.findings[] | select(.severity == \"error\") | .command'",
     "The commands that mend what is broken"},
    {0},
};

const struct cli_command cli_cmd_doctor = {
    .usage = {.program = "hubauth",
              .name = "doctor",
              .summary = "what is wrong in the set-up, and the command that mends it",
              .details =
                  "Examines program, environment, vault, daemon, key, records, apps, accounts, "
                  "ports, network, certificates and clocks; goes on whatever it finds. Each line "
                  "is a finding: ok, info, warning or error, and after an arrow the command that "
                  "mends it.\n\nNothing stored is changed and nothing is refreshed, so no refresh "
                  "token is used up. HubSpot is asked about each app by a code that cannot be one, "
                  "and about each account by introspection.",
              .options = options,
              .examples = examples,
              .exits = "0: no error was found; there may be warnings. 1: at least one error.",
              .see_also = "hubauth-status(1), hubauth-introspect(1)"},
    .options_size = sizeof(struct doctor_options),
    .defaults = &defaults,
    .run = run,
};
