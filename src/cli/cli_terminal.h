/* Lines from the person at a terminal. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include "base_buf.h"

/* Writes `prompt` to the terminal `fd`, reads one line and appends it without its line end.
 * `hidden`: without echo, which is on again when it returns and also before a signal ends or stops
 * the process. CANCELLED at the end of input (Ctrl-D) and on a signal that somebody else handles;
 * LIMIT when the line is longer than the buffer's cap: it has been read to its end then. */
enum base_status cli_terminal_read(int fd, const char *prompt, bool hidden, struct base_buf *line,
                                   struct base_error *err);

#endif
