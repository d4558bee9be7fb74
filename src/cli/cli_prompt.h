/* A question to the person at the terminal. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "cli_context.h"

/* Whether somebody is there who can answer. */
bool cli_prompt_can(const struct cli *c);
/* Shows `question` and reads a line, without its end. CANCELLED when nobody answers, LIMIT when the
 * line is longer than `size` - 1. */
enum base_status cli_prompt_line(const char *question, char *out, size_t size,
                                 struct base_error *err);

#endif
