/* What a login needs of this machine: the ports of its redirect URLs, localhost, a browser. */
#include "cli_doctor.h"

#include "base_file.h"
#include "base_text.h"
#include "base_url.h"
#include "broker_app.h"
#include "cli_port.h"
#include "serve.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REDIRECT "redirect"
#define LOCALHOST "localhost"
#define BROWSER_CHECK "browser"

/* ------------------------------------------------------------------ ports */

struct survey {
    struct cli_doctor *d;
    struct loop *loop;
};

/* Nobody is waited for: the port is given back before the loop runs. */
static void on_request(void *arg, struct serve_exchange *x)
{
    (void)arg;
    serve_text(x, 404, "text/plain", BASE_SPAN_NONE);
}

/* Takes the port as a login would, on both loopback families, and gives it back at once. */
static enum base_status try_port(struct loop *l, uint16_t port, struct base_error *err)
{
    const struct serve_config config = {.handler = on_request};
    struct serve *s;
    uint16_t got;
    enum base_status status = serve_new(l, &config, &s, err);

    if (status)
        return status;
    status = serve_listen_loopback(s, port, &got, err);
    serve_free(s);
    return status;
}

static bool look_at_port(struct survey *s, const struct broker_app *app, const struct base_url *url)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = try_port(s->loop, url->port, &err);
    char owner[128] = "somebody else", command[400];

    base_text_format(command, sizeof(command), "hubauth login --app %s --paste",
                     broker_finding_word((char[BROKER_WORD_MAX]){0}, app->name));
    if (!status)
        return true;
    (void)cli_port_owner(url->port, owner, sizeof(owner));
    if (status == BASE_BUSY)
        broker_found(&s->d->findings, REDIRECT, BROKER_WARNING, command,
                     "port %u of a redirect URL of app %s is taken by %s", (unsigned)url->port,
                     app->name, owner);
    else
        broker_found_error(&s->d->findings, REDIRECT, BROKER_WARNING, &err, command);
    return false;
}

static bool look_at_redirects(void *arg, const struct broker_app *app)
{
    struct survey *s = arg;
    char command[400];
    size_t local = 0, open = 0;

    for (size_t i = 0; i < app->redirect_count; i++) {
        struct base_url url;

        if (base_url_parse(base_span_of(app->redirect_urls[i]), &url, NULL) ||
            !base_span_is_nocase(url.scheme, "http"))
            continue;
        local++;
        open += look_at_port(s, app, &url);
    }
    base_text_format(command, sizeof(command), "hubauth login --app %s --paste",
                     broker_finding_word((char[BROKER_WORD_MAX]){0}, app->name));
    if (local == 0 && app->redirect_count > 0)
        broker_found(&s->d->findings, REDIRECT, BROKER_INFO, command,
                     "app %s has no redirect URL on this machine: a login needs --paste",
                     app->name);
    else if (open > 0)
        broker_found(&s->d->findings, REDIRECT, BROKER_OK, NULL,
                     "app %s: %zu of %zu redirect port%s free on both loopback families", app->name,
                     open, local, local == 1 ? " is" : "s are");
    return true;
}

void cli_doctor_redirects(struct cli_doctor *d)
{
    struct survey s = {.d = d};
    struct base_error err = BASE_ERROR_NONE;

    if (!d->broker)
        return;
    if (loop_new(&s.loop, &err)) {
        broker_found_error(&d->findings, REDIRECT, BROKER_ERROR, &err, NULL);
        return;
    }
    (void)broker_app_list(d->broker, look_at_redirects, &s,
                          NULL); /* its failure is told elsewhere */
    loop_free(s.loop);
}

/* ------------------------------------------------------------------ localhost */

static bool has_ipv6_loopback(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;

    if (fd >= 0)
        (void)close(fd);
    return has;
}

/* The next word of a line, without its comment. */
static struct base_span next_word(struct base_span *line)
{
    struct base_span word;

    *line = base_span_trim(*line);
    for (size_t i = 0; i < line->n; i++) {
        if (line->p[i] == ' ' || line->p[i] == '\t') {
            word = base_span_first(*line, i);
            *line = base_span_from(*line, i);
            return word;
        }
    }
    word = *line;
    *line = BASE_SPAN_NONE;
    return word;
}

static bool names_localhost(struct base_span names)
{
    while (names.n > 0)
        if (base_span_is_nocase(next_word(&names), "localhost"))
            return true;
    return false;
}

void cli_doctor_judge_hosts(struct base_span hosts, struct broker_findings *f)
{
    bool found = false;

    while (hosts.p) {
        struct base_span line = base_span_cut(&hosts, '\n');
        struct base_span names = base_span_cut(&line, '#');
        struct base_span address = next_word(&names);

        if (address.n == 0 || !names_localhost(names))
            continue;
        found = true;
        if (!base_url_is_loopback(address))
            broker_found(
                f, LOCALHOST, BROKER_ERROR, "sudo nano /etc/hosts",
                "/etc/hosts leads localhost to %.*s, which is not this machine: browsers would "
                "send authorization codes there",
                BASE_SPAN_ARG(address));
    }
    if (!found)
        broker_found(f, LOCALHOST, BROKER_WARNING,
                     "echo '127.0.0.1 localhost' | sudo tee -a /etc/hosts",
                     "/etc/hosts does not have localhost: the name may be asked of a DNS server");
}

void cli_doctor_localhost(struct cli_doctor *d)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    size_t before = d->findings.count;

    base_buf_init(&text, 4u << 20);
    (void)base_file_read("/etc/hosts", &text, NULL); /* absent or unreadable: as if it were empty */
    cli_doctor_judge_hosts(base_buf_span(&text), &d->findings);
    if (!has_ipv6_loopback())
        broker_found(&d->findings, LOCALHOST, BROKER_INFO, NULL,
                     "this machine has no IPv6 loopback: a login waits on 127.0.0.1 alone");
    if (d->findings.count == before)
        broker_found(&d->findings, LOCALHOST, BROKER_OK, NULL,
                     "localhost is this machine, by IPv4 and IPv6");
}

/* ------------------------------------------------------------------ the browser */

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value && value[0];
}

/* Whether a program of that name could be started: a path, or found in PATH. */
static bool can_start(struct base_span name)
{
    struct base_span folders = base_span_of(getenv("PATH"));
    char path[PATH_MAX];

    if (memchr(name.p, '/', name.n) != NULL)
        return base_text_copy(path, sizeof(path), name) && access(path, X_OK) == 0;
    while (folders.p) {
        struct base_span folder = base_span_cut(&folders, ':');

        base_text_format(path, sizeof(path), "%.*s/%.*s", BASE_SPAN_ARG(folder),
                         BASE_SPAN_ARG(name));
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

/* BROWSER is a list; the first entry that works is taken. */
static void look_at_variable(const char *list, struct broker_findings *f)
{
    struct base_span rest = base_span_of(list);

    while (rest.p) {
        struct base_span entry = base_span_cut(&rest, ':');
        struct base_span program = next_word(&entry);

        if (program.n == 0 || !can_start(program))
            continue;
        broker_found(f, BROWSER_CHECK, BROKER_OK, NULL, "a login opens %.*s, by BROWSER",
                     BASE_SPAN_ARG(program));
        return;
    }
    broker_found(f, BROWSER_CHECK, BROKER_WARNING, "unset BROWSER",
                 "BROWSER is %s, and no such program can be started: a login prints its address",
                 list);
}

static void look_at_desktop(struct broker_findings *f)
{
    bool wsl = is_set("WSL_DISTRO_NAME");

    if (wsl || can_start(BASE_SPAN("xdg-open")))
        broker_found(f, BROWSER_CHECK, BROKER_OK, NULL,
                     "a login opens the browser of this desktop");
    else
        broker_found(f, BROWSER_CHECK, BROKER_WARNING, "sudo apt install xdg-utils",
                     "there is a display but no xdg-open: a login prints its address");
}

/* Where programs are looked for. */
static bool path_answers(struct cli_doctor *d)
{
    struct base_span folders = base_span_of(getenv("PATH"));
    char folder[PATH_MAX];

    while (folders.p) {
        if (!base_text_copy(folder, sizeof(folder), base_span_cut(&folders, ':')))
            continue; /* too long to be there */
        if (!cli_doctor_answers(d, BROWSER_CHECK, folder[0] ? folder : "."))
            return false;
    }
    return true;
}

void cli_doctor_browser(struct cli_doctor *d)
{
    bool display = is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("WSL_DISTRO_NAME");

    if ((is_set("BROWSER") || display) && !path_answers(d))
        return;
    if (is_set("BROWSER"))
        look_at_variable(getenv("BROWSER"), &d->findings);
    else if (display)
        look_at_desktop(&d->findings);
    else
        broker_found(&d->findings, BROWSER_CHECK, BROKER_INFO, "hubauth login --paste",
                     "%s: a login prints its address, to be opened elsewhere",
                     is_set("SSH_CONNECTION") ? "this is a session over SSH without a display"
                                              : "there is no display, and BROWSER is not set");
}
