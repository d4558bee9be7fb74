#include "cli_progress.h"

#include "base_text.h"
#include "base_time.h"

#define PROGRESS_EVERY_MS 100

void cli_progress_begin(struct cli_progress *p, struct cli *c)
{
    *p = (struct cli_progress){.c = c, .shown_at_ms = -PROGRESS_EVERY_MS};
}

void cli_progress_show(struct cli_progress *p, int64_t elapsed_ms, int64_t before, int64_t rows,
                       int64_t total, unsigned used, unsigned max)
{
    char counted[27], rate[27], left[32];
    int64_t per_second = elapsed_ms > 0 ? (rows - before) * 1000 / elapsed_ms : 0;

    if (!p->c->stderr_tty || elapsed_ms - p->shown_at_ms < PROGRESS_EVERY_MS)
        return;
    p->shown_at_ms = elapsed_ms;
    (void)fprintf(stderr, "\r\033[K%s rows  %s/s  limit %u/%u used",
                  base_text_thousands(counted, rows), base_text_thousands(rate, per_second), used,
                  max);
    if (total > rows && per_second > 0)
        (void)fprintf(stderr, "  %s left",
                      base_time_human(left, (total - rows) * 1000 / per_second));
    (void)fflush(stderr);
    p->c->progress_shown = true;
}

void cli_progress_count(struct cli_progress *p, int64_t elapsed_ms, int64_t done, int64_t total,
                        const char *what)
{
    char counted[27], all[27];

    if (!p->c->stderr_tty || elapsed_ms - p->shown_at_ms < PROGRESS_EVERY_MS)
        return;
    p->shown_at_ms = elapsed_ms;
    (void)fprintf(stderr, "\r\033[K%s of %s %s", base_text_thousands(counted, done),
                  base_text_thousands(all, total), what);
    (void)fflush(stderr);
    p->c->progress_shown = true;
}

void cli_progress_end(struct cli_progress *p)
{
    if (!p->c->progress_shown)
        return;
    (void)fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    p->c->progress_shown = false;
}
