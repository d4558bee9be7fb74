/* Completion scripts, made from the command table. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "base_buf.h"

/* `shell`: "bash", "zsh" or "fish". */
void cli_completion(const char *shell, struct base_buf *out);

#endif
