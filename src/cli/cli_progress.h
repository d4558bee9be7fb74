/* A line of progress on a terminal's standard error. Silent where there is none, and for the first
 * moment. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli_context.h"

/* How far something is. */
struct cli_progress_state {
    const char *what; /* is counted: "rows" */
    int64_t elapsed_ms;
    int64_t before; /* of `done`: there at the beginning */
    int64_t done;
    int64_t total;      /* 0: unknown */
    unsigned used, max; /* calls of the rate limit; max 0: none are counted */
};

/* What follows from that: pure. */
struct cli_progress_pace {
    int64_t per_second;
    int64_t left_ms; /* -1: unknown */
};
struct cli_progress_pace cli_progress_pace(const struct cli_progress_state *s);
/* The line: "1,200 of 10,000 rows  400/s  22 s left  limit 12/110 used". What is unknown is left
 * out, and so is what does not fit into `columns`. */
void cli_progress_text(const struct cli_progress_state *s, size_t columns, struct base_buf *out);

struct cli_progress {
    struct cli *c;
    int64_t shown_at_ms; /* elapsed time at which it was drawn last */
};

void cli_progress_begin(struct cli_progress *p, struct cli *c);
void cli_progress_show(struct cli_progress *p, const struct cli_progress_state *s);
void cli_progress_end(struct cli_progress *p); /* takes the line away */

#endif
