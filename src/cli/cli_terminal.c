#include "cli_terminal.h"

#include "base_file.h"
#include "base_text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#define DOING "asking on the terminal"

bool cli_terminal_has_person(const struct cli *c)
{
    return c->stderr_tty && isatty(STDIN_FILENO);
}

int cli_terminal_open(void)
{
    return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

/* ------------------------------------------------------------------ reading a line */

/* What would leave the terminal without echo. Each is caught, the echo switched on, and then it is
 * raised again for whoever handled it before. */
static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { CAUGHT = sizeof(caught) / sizeof(caught[0]) };

static volatile sig_atomic_t arrived; /* the signal that ended the read; 0: none */

static void on_signal(int signo)
{
    arrived = signo;
}

struct catching {
    struct sigaction before[CAUGHT];
    sigset_t mask; /* as it was */
};

/* They stay blocked but for the wait: none can slip in between the look at `arrived` and it. */
static void catch_signals(struct catching *k)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t block;

    arrived = 0;
    (void)sigemptyset(&action.sa_mask);
    (void)sigemptyset(&block);
    for (size_t i = 0; i < CAUGHT; i++)
        (void)sigaddset(&block, caught[i]);
    (void)sigprocmask(SIG_BLOCK, &block, &k->mask);
    for (size_t i = 0; i < CAUGHT; i++) {
        (void)sigaction(caught[i], NULL, &k->before[i]);
        if (k->before[i].sa_handler != SIG_IGN)
            (void)sigaction(caught[i], &action, NULL);
    }
}

static void release_signals(const struct catching *k)
{
    for (size_t i = 0; i < CAUGHT; i++)
        (void)sigaction(caught[i], &k->before[i], NULL);
    (void)sigprocmask(SIG_SETMASK, &k->mask, NULL);
}

/* A character at a time: what follows the line belongs to the next reader. `mask` holds during the
 * wait; NULL: as it is. */
static enum base_status read_line(int fd, const sigset_t *mask, struct base_buf *line,
                                  struct base_error *err)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    char c = 0;

    for (;;) {
        if (ppoll(&ready, 1, NULL, mask) < 0)
            return base_fail_errno(err, BASE_CANCELLED, DOING, errno, "it was interrupted");
        if (read(fd, &c, 1) != 1)
            return base_fail(err, BASE_CANCELLED, DOING,
                             "the input ended before there was an answer");
        if (c == '\n')
            break;
        base_buf_add_char(line, c);
    }
    if (base_buf_status(line) == BASE_LIMIT)
        return base_fail(err, BASE_LIMIT, DOING, "the answer is too long");
    return base_buf_status(line) ? base_fail_memory(err) : BASE_OK;
}

/* The prompt comes when the echo is off: who types at once is not seen either. */
static enum base_status prompt_and_read(int fd, const char *prompt, const sigset_t *mask,
                                        struct base_buf *line, struct base_error *err)
{
    enum base_status status = base_file_write_fd(fd, base_span_of(prompt), err);

    return status ? status : read_line(fd, mask, line, err);
}

static enum base_status read_hidden(int fd, const char *prompt, struct base_buf *line,
                                    struct base_error *err)
{
    struct catching k;
    struct termios shown, silent;
    enum base_status status;

    if (tcgetattr(fd, &shown) != 0)
        return base_fail_errno(err, BASE_USAGE, DOING, errno, "it cannot be controlled");
    silent = shown;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    catch_signals(&k);
    if (tcsetattr(fd, TCSAFLUSH, &silent) == 0)
        status = prompt_and_read(fd, prompt, &k.mask, line, err);
    else
        status = base_fail_errno(err, BASE_USAGE, DOING, errno, "the echo cannot be switched off");
    (void)tcsetattr(fd, TCSADRAIN, &shown);
    release_signals(&k);
    (void)base_file_write_fd(fd, BASE_SPAN("\n"), NULL);
    return status;
}

enum base_status cli_terminal_read(int fd, const char *prompt, bool hidden, struct base_buf *line,
                                   struct base_error *err)
{
    enum base_status status;

    if (!hidden) {
        base_buf_reset(line);
        return prompt_and_read(fd, prompt, NULL, line, err);
    }
    do {
        base_buf_reset(line);
        status = read_hidden(fd, prompt, line, err);
        if (arrived)
            (void)raise(arrived);
    } while (arrived == SIGTSTP); /* back in the foreground: ask again */
    return status;
}

enum base_status cli_terminal_ask(const char *question, char *out, size_t size,
                                  struct base_error *err)
{
    int fd = cli_terminal_open();
    struct base_buf line;
    enum base_status status;

    if (fd < 0)
        return base_fail(err, BASE_USAGE, DOING, "there is none");
    base_buf_init(&line, size - 1);
    status = cli_terminal_read(fd, question, false, &line, err);
    (void)close(fd);
    if (!status)
        (void)base_text_copy(out, size, base_buf_span(&line));
    base_buf_free(&line);
    return status;
}
