/* Secrets that a person or a script gives: from a terminal without echo, standard input, or a file.
 * Never from an argument (E3). */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include "cli_context.h"

/* "-": standard input, of 4 KiB at most; else a file as CLI_SECRET_GIVEN (cli_secret_file.h), one
 * rule for all that are named. One trailing line end is dropped. USAGE when there is none, or when
 * it is empty, too large or not safe. */
enum base_status cli_secret_read(struct cli *c, const char *path, const char *what,
                                 struct crypt_secret **ret, struct base_error *err);
/* Takes a variable out of our environment, and its bytes from where the kernel shows them as
 * /proc/PID/environ; unsetenv(3) alone would leave them there. */
void cli_secret_forget_variable(const char *name);
/* Asks on the terminal (/dev/tty). USAGE when there is none. */
enum base_status cli_secret_ask(const char *prompt, struct crypt_secret **ret,
                                struct base_error *err);
/* A text without its one trailing line end. USAGE when nothing is left. */
enum base_status cli_secret_take_line(const struct base_buf *text, const char *what,
                                      struct crypt_secret **ret, struct base_error *err);

#endif
