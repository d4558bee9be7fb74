/* What can stand next on a command line, and the scripts that ask for it. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "cli_context.h"

/* Appends what can stand in the place of the last of `words`, which is what has been typed of it;
 * the words are those after "hubauth". */
void cli_completion_candidates(struct cli *c, const char *const *words, int count,
                               struct base_buf *out);
/* The completion script for "bash", "zsh" or "fish". */
const char *cli_completion_script(const char *shell);

#endif
