#include "cli_opener.h"

#include "base_text.h"
#include "base_url.h"
#include "crypt_encode.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define OPENER_WORDS 16
#define OPENER_FD 3          /* the helper's end of the socket */
#define OPENER_PATIENCE 5000 /* ms; who runs for longer than that has not failed to open a page */
#define OPENER_TICK 50       /* ms between looks at the program that was started */
#define OPENER_URL_MAX 8192  /* of base_url_parse() */

struct cli_opener {
    pid_t pid;
    int fd;
    struct loop_watch *watch;
    cli_opener_fn *fn;
    void *arg;
};

/* ------------------------------------------------------------------ in the helper: one program */

/* In a session of its own, so that Ctrl-C at our terminal does not end the user's browser. */
static bool start(char *const argv[], pid_t *ret)
{
    posix_spawnattr_t attr;
    sigset_t all;
    int rc;

    if (posix_spawnattr_init(&attr) != 0)
        return false;
    (void)sigfillset(&all);
    rc = posix_spawnattr_setsigdefault(&attr, &all);
    if (rc == 0)
        rc = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);
    if (rc == 0)
        rc = posix_spawnp(ret, argv[0], NULL, &attr, argv, environ);
    (void)posix_spawnattr_destroy(&attr);
    return rc == 0;
}

/* True when it ended well or runs on. The helper itself ends when hubauth does. */
static bool run(char *const argv[])
{
    struct pollfd parent = {.fd = OPENER_FD, .events = POLLIN};
    pid_t pid;
    int status;

    if (!start(argv, &pid))
        return false;
    for (int waited = 0; waited < OPENER_PATIENCE; waited += OPENER_TICK) {
        if (poll(&parent, 1, OPENER_TICK) > 0)
            _exit(0);
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    return true;
}

static void report(const char *program)
{
    char name[64];
    const char *slash = strrchr(program, '/');

    base_text_printable_to(name, sizeof(name), base_span_of(slash ? slash + 1 : program));
    (void)send(OPENER_FD, name, strlen(name) + 1, MSG_NOSIGNAL);
    _exit(0);
}

/* ------------------------------------------------------------------ in the helper: the chain */

/* One entry of $BROWSER: words separated by spaces, or the path of a program whose name has some.
 * A word that is %s becomes the address, else the address comes last. */
static void try_entry(char *entry, char *url)
{
    char *argv[OPENER_WORDS + 2];
    char *save = NULL;
    int n = 0;
    bool placed = false;

    if (strchr(entry, '/') && access(entry, X_OK) == 0) {
        argv[n++] = entry;
    } else {
        for (char *word = strtok_r(entry, " ", &save); word && n < OPENER_WORDS;
             word = strtok_r(NULL, " ", &save)) {
            bool here = n > 0 && strcmp(word, "%s") == 0;

            argv[n++] = here ? url : word;
            placed = placed || here;
        }
    }
    if (n == 0)
        return;
    if (!placed)
        argv[n++] = url;
    argv[n] = NULL;
    if (run(argv))
        report(argv[0]);
}

static void try_environment(char *url)
{
    const char *list = getenv("BROWSER");
    char *copy = list ? base_mem_strdup(list) : NULL;
    char *save = NULL;

    for (char *entry = copy ? strtok_r(copy, ":", &save) : NULL; entry;
         entry = strtok_r(NULL, ":", &save))
        try_entry(entry, url);
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value && value[0];
}

static bool on_wsl(void)
{
    struct utsname name;

    return is_set("WSL_DISTRO_NAME") || is_set("WSL_INTEROP") ||
           (uname(&name) == 0 && (strstr(name.release, "microsoft") != NULL ||
                                  strstr(name.release, "Microsoft") != NULL));
}

/* PowerShell is a shell, and Windows knows no argument list: whatever stands on its command line is
 * read by somebody's rules. So the command goes there in base64 of UTF-16, as -EncodedCommand wants
 * it, and in it the address is a literal in single quotes without a single quote in it. It is
 * ASCII: base_url_parse() saw to that. */
static void try_powershell(const char *url)
{
    static char shell[] = "powershell.exe", quiet[] = "-NoProfile", alone[] = "-NonInteractive",
                encoded[] = "-EncodedCommand";
    struct base_buf text, wide, command;

    base_buf_init(&text, 65536);
    base_buf_init(&wide, 131072);
    base_buf_init(&command, 262144);
    base_buf_add_str(&text, "Start-Process '");
    for (const char *p = url; *p; p++) {
        if (*p == '\'')
            base_buf_add_str(&text, "%27");
        else
            base_buf_add_char(&text, *p);
    }
    base_buf_add_char(&text, '\'');
    for (size_t i = 0; i < text.n; i++) {
        base_buf_add_char(&wide, text.p[i]);
        base_buf_add_char(&wide, '\0');
    }
    crypt_base64(&command, wide.p, wide.n);
    if (base_buf_status(&text) || base_buf_status(&wide) || base_buf_status(&command))
        return;
    char *argv[] = {shell, quiet, alone, encoded, command.p, NULL};
    if (run(argv))
        report(shell);
}

static void try_all(char *url)
{
    char xdg[] = "xdg-open", wsl[] = "wslview";

    try_environment(url);
    /* Without a display xdg-open would look for a browser in the terminal. */
    if (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY"))
        try_entry(xdg, url);
    if (on_wsl()) {
        try_entry(wsl, url);
        try_powershell(url);
    }
    report("");
}

/* Nothing of ours goes to the browser, nor what we inherited: our terminal, our pipes. */
static bool let_go(int fd)
{
    int null;

    if (fd != OPENER_FD && dup3(fd, OPENER_FD, O_CLOEXEC) < 0)
        return false;
    null = open("/dev/null", O_RDWR); /* which may be 0, 1 or 2: no O_CLOEXEC */
    if (null < 0)
        return false;
    for (int i = 0; i < OPENER_FD; i++) {
        if (dup2(null, i) < 0)
            return false;
    }
    if (null > OPENER_FD)
        (void)close(null);
    /* Kernels before 5.9 have no close_range(2). There, what is not ours stays open as it was. */
    (void)close_range(OPENER_FD + 1, ~0U, 0);
    return true;
}

static _Noreturn void help(int fd)
{
    static char url[OPENER_URL_MAX + 1];
    ssize_t n;

    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    if (!let_go(fd))
        _exit(1);
    n = recv(OPENER_FD, url, sizeof(url) - 1, 0);
    if (n > 0) {
        url[n] = '\0';
        try_all(url);
    }
    _exit(0);
}

/* ------------------------------------------------------------------ on our side */

enum base_status cli_opener_new(struct cli_opener **ret, struct base_error *err)
{
    struct cli_opener *o = base_mem_new(sizeof(*o));
    int pair[2];

    if (!o)
        return base_fail_memory(err);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        base_mem_free(o);
        return base_fail_errno(err, BASE_FAILED, "preparing to open a browser", errno,
                               "socketpair");
    }
    o->pid = fork();
    if (o->pid == 0)
        help(pair[1]);
    (void)close(pair[1]);
    o->fd = pair[0];
    if (o->pid < 0) {
        base_fail_errno(err, BASE_FAILED, "preparing to open a browser", errno, "fork");
        base_error_hint(err, "hubauth login --no-browser");
        cli_opener_free(o);
        return BASE_FAILED;
    }
    *ret = o;
    return BASE_OK;
}

/* The helper's one word, or its end. */
static void on_word(void *arg, unsigned events)
{
    struct cli_opener *o = arg;
    char name[64];
    ssize_t n = recv(o->fd, name, sizeof(name) - 1, MSG_DONTWAIT);

    (void)events;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    name[n > 0 ? n : 0] = '\0';
    loop_watch_free(o->watch);
    o->watch = NULL;
    o->fn(o->arg, name[0] ? name : NULL);
}

enum base_status cli_opener_open(struct cli_opener *o, struct loop *l, const char *url,
                                 cli_opener_fn *fn, void *arg, struct base_error *err)
{
    struct base_url parsed;

    if (base_url_parse(base_span_of(url), &parsed, err) || !base_url_is_safe(&parsed))
        return base_fail(err, BASE_FAILED, "opening a browser",
                         "the address is too long, or neither https nor on this machine");
    o->fn = fn;
    o->arg = arg;
    o->watch = loop_watch_new(l, o->fd, on_word, o);
    if (!o->watch)
        return base_fail_memory(err);
    if (send(o->fd, url, strlen(url), MSG_NOSIGNAL) < 0)
        return base_fail_errno(err, BASE_FAILED, "opening a browser", errno, "the helper has gone");
    return loop_watch_set(o->watch, LOOP_READ, err);
}

void cli_opener_free(struct cli_opener *o)
{
    if (!o)
        return;
    loop_watch_free(o->watch);
    (void)close(o->fd); /* which the helper sees, whatever it does */
    while (o->pid > 0 && waitpid(o->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    base_mem_free(o);
}
