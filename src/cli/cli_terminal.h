/* The person at a terminal: is there one, and what does he answer? Secrets: cli_secret.h. Lines
 * from standard input, whatever it is, while something else may happen: cli_lines.h. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include "cli_context.h"

/* Whether somebody sees a question and can answer it: standard error and input are a terminal. */
bool cli_terminal_has_person(const struct cli *c);
/* The terminal itself, wherever standard input leads: a descriptor to close, -1 when there is
 * none. */
int cli_terminal_open(void);
/* Shows `question` there and reads a line. CANCELLED when nobody answers, LIMIT when the line is
 * longer than `size` - 1. */
enum base_status cli_terminal_ask(const char *question, char *out, size_t size,
                                  struct base_error *err);
/* Writes `prompt` to the terminal `fd`, reads one line and appends it without its line end.
 * `hidden`: without echo, which is on again when it returns and also before a signal ends or stops
 * the process. CANCELLED at the end of input (Ctrl-D) and on a signal that somebody else handles;
 * LIMIT when the line is longer than the buffer's cap: it has been read to its end then. */
enum base_status cli_terminal_read(int fd, const char *prompt, bool hidden, struct base_buf *line,
                                   struct base_error *err);

#endif
