/* What every command works with: where the vault is, the broker and the loop when they are needed,
 * the terminal. */
#ifndef CLI_CONTEXT_H
#define CLI_CONTEXT_H

#include "base_buf.h"
#include "cli.h"
#include "cli_stateless.h"
#include "loop.h"

struct cli {
    const struct cli_backends *backends;
    char *home;            /* the vault's folder; NULL until cli_home() */
    struct broker *broker; /* NULL until cli_broker() */
    char *key_spec;        /* of the open vault */
    struct cli_stateless stateless;
    struct loop *loop;         /* NULL until cli_loop() */
    struct cli_opener *opener; /* forked by `login` before anything else; NULL elsewhere */
    struct loop_signal *signals[2];
    int exit_code;   /* of the process, where a command has one of its own; 0: its status' */
    int interrupted; /* the signal that ended the wait; 0: none */
    bool stdout_tty, stderr_tty, colour_stdout, colour_stderr;
    bool asks_nobody;    /* a passphrase is not asked for; a file that holds it will do */
    int64_t patience_ms; /* for a secret's file that says nothing, such as a pipe; 0: for ever */
    bool line_shown;     /* on standard error: cli_show_line() */
    char noticed[256];   /* the latest notice, and when */
    int64_t noticed_at;
};

void cli_context_init(struct cli *c, const struct cli_backends *backends);
void cli_context_done(struct cli *c);

/* Finds out where the vault is: sets c->home. */
enum base_status cli_home(struct cli *c, struct base_error *err);
/* Opens the vault if that has not happened. */
enum base_status cli_broker(struct cli *c, struct broker **ret, struct base_error *err);
/* Closes it, so that nothing of it is left to a program that takes our place. */
void cli_broker_close(struct cli *c);
/* The broker with a loop, for what talks to HubSpot. Ctrl-C and SIGTERM end cli_wait(). */
enum base_status cli_broker_on_loop(struct cli *c, struct broker **ret, struct base_error *err);
/* A signal that ended a write, the loop has not told of yet: at the end, for c->interrupted. */
void cli_look_for_signal(struct cli *c);
/* Runs the loop until cli_wake() or a signal; CANCELLED in the latter case. */
enum base_status cli_wait(struct cli *c, struct base_error *err);
void cli_wake(struct cli *c);

/* Waiting for one thing. Its callback says with cli_end() how it went. */
struct cli_job {
    struct cli *c;
    bool ended;
    enum base_status status;
    struct base_error *err; /* the command's */
};
void cli_end(struct cli_job *j, enum base_status status, const struct base_error *err);
/* Waits for that. False when a signal came first, with CANCELLED as the status: then what goes on
 * is the caller's to cancel. A callback that ran in the same turn as the signal counts, since what
 * it ended is gone. */
bool cli_ended(struct cli_job *j);

/* base_file_write_stdout() of a buffer, or what spoilt the buffer. */
enum base_status cli_write_buf(const struct base_buf *b, struct base_error *err);
/* A line for a person, on standard error. */
void cli_say(struct cli *c, const char *format, ...) BASE_PRINTF(2, 3);
/* A line without an end on a terminal's standard error, cut to its width: a line that wraps cannot
 * be taken back. The next one, cli_say() and cli_hide_line() take its place; it has to go before
 * standard output is written on the same terminal. Nothing where there is no terminal. */
void cli_show_line(struct cli *c, const char *format, ...) BASE_PRINTF(2, 3);
void cli_hide_line(struct cli *c);
/* Of the terminal behind a descriptor; `otherwise` where there is none, or it does not say. */
size_t cli_columns(int fd, size_t otherwise);

#endif
