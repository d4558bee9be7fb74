/* Lines from standard input, read on the loop: so that Ctrl-C and a time limit end the wait, and a
 * receiver can wait at the same time. */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include "base_span.h"
#include "loop.h"

#define CLI_LINES_MAX 16384 /* bytes of a line */

struct cli_lines;

/* A line without its end; the text is wiped after the call. At the end of the input a last line
 * without a line feed is given, then once the empty span with p == NULL. A line above
 * the cap is given as LIMIT with no text. The object may be freed in it. */
typedef void cli_lines_fn(void *arg, enum base_status status, struct base_span line);

/* Nothing is read before there is something: a process in the background of a terminal is not
 * stopped by this (SIGTTIN), it goes without the input. */
enum base_status cli_lines_new(struct loop *l, cli_lines_fn *fn, void *arg, struct cli_lines **ret,
                               struct base_error *err);
void cli_lines_free(struct cli_lines *r); /* NULL is allowed */

#endif
