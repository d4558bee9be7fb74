/* A line of progress on a terminal's standard error. Silent where there is none, and for the first
 * moment. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli_context.h"

struct cli_progress {
    struct cli *c;
    int64_t shown_at_ms; /* elapsed time at which it was drawn last */
};

void cli_progress_begin(struct cli_progress *p, struct cli *c);
/* `before`: rows that were there at the beginning. `total` 0: unknown. `used` of `max` calls of the
 * rate limit. */
void cli_progress_show(struct cli_progress *p, int64_t elapsed_ms, int64_t before, int64_t rows,
                       int64_t total, unsigned used, unsigned max);
/* Something else that is counted: "1,024 of 10,000 records". */
void cli_progress_count(struct cli_progress *p, int64_t elapsed_ms, int64_t done, int64_t total,
                        const char *what);
void cli_progress_end(struct cli_progress *p);

#endif
