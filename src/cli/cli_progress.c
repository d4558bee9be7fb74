#include "cli_progress.h"

#include "base_text.h"
#include "base_time.h"

#include <unistd.h>

#define PROGRESS_EVERY_MS 100
#define PROGRESS_FIRST_MS 500 /* what is over by then needs no line */
#define PROGRESS_COLUMNS 80

/* ------------------------------------------------------------------ pure */

struct cli_progress_pace cli_progress_pace(const struct cli_progress_state *s)
{
    struct cli_progress_pace pace = {.left_ms = -1};
    int64_t came = s->done - s->before, missing = s->total - s->done;

    if (came < 0 || came > INT64_MAX / BASE_SECOND_MS)
        return pace;
    pace.per_second = s->elapsed_ms > 0 ? came * BASE_SECOND_MS / s->elapsed_ms : came;
    if (s->total > 0 && missing >= 0 && missing <= INT64_MAX / BASE_SECOND_MS &&
        pace.per_second > 0)
        pace.left_ms = missing * BASE_SECOND_MS / pace.per_second;
    return pace;
}

static void add_part(struct base_buf *out, size_t columns, const char *text)
{
    size_t gap = out->n > 0 ? 2 : 0;

    if (base_text_width(base_buf_span(out)) + gap + strlen(text) <= columns)
        base_buf_printf(out, "%s%s", gap > 0 ? "  " : "", text);
}

void cli_progress_text(const struct cli_progress_state *s, size_t columns, struct base_buf *out)
{
    const struct cli_progress_pace pace = cli_progress_pace(s);
    char done[27], total[27], text[96], human[32];

    (void)base_text_thousands(done, s->done);
    if (s->total >= s->done && s->total > 0)
        base_text_format(text, sizeof(text), "%s of %s %s", done,
                         base_text_thousands(total, s->total), s->what);
    else
        base_text_format(text, sizeof(text), "%s %s", done, s->what);
    add_part(out, columns, text);
    if (out->n == 0)
        return;
    if (pace.per_second > 0) {
        base_text_format(text, sizeof(text), "%s/s", base_text_thousands(done, pace.per_second));
        add_part(out, columns, text);
    }
    if (pace.left_ms > 0) {
        base_text_format(text, sizeof(text), "%s left", base_time_human(human, pace.left_ms));
        add_part(out, columns, text);
    }
    if (s->max > 0) {
        base_text_format(text, sizeof(text), "limit %u/%u used", s->used, s->max);
        add_part(out, columns, text);
    }
}

/* ------------------------------------------------------------------ on the terminal */

void cli_progress_begin(struct cli_progress *p, struct cli *c)
{
    *p = (struct cli_progress){.c = c, .shown_at_ms = PROGRESS_FIRST_MS - PROGRESS_EVERY_MS};
}

void cli_progress_show(struct cli_progress *p, const struct cli_progress_state *s)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};

    if (!p->c->stderr_tty || s->elapsed_ms - p->shown_at_ms < PROGRESS_EVERY_MS)
        return;
    p->shown_at_ms = s->elapsed_ms;
    base_buf_init(&text, 512);
    cli_progress_text(s, cli_columns(STDERR_FILENO, PROGRESS_COLUMNS) - 1, &text);
    if (text.n > 0)
        cli_show_line(p->c, "%s", base_buf_str(&text));
}

void cli_progress_end(struct cli_progress *p)
{
    cli_hide_line(p->c);
}
