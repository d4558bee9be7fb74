#include "cli_report.h"

#include "base_jsonw.h"
#include "base_text.h"
#include "base_time.h"

#define JSON_EVERY_MS 1000

static bool is(const struct cli_report *r, const char *how)
{
    return r->how && strcmp(r->how, how) == 0;
}

void cli_report_begin(struct cli_report *r, struct cli *c, const char *object, const char *how,
                      bool quiet)
{
    *r = (struct cli_report){.c = c, .object = object, .how = how, .quiet = quiet};
    cli_progress_begin(&r->line, c);
}

/* Rows that will have come in the end; 0: unknown. HubSpot's number may be any, and so may --limit:
 * what no time can be reckoned with is none. */
static int64_t expected(const struct crm_progress *p)
{
    int64_t total = p->limit > 0 && (p->total == 0 || p->limit < p->total) ? p->limit : p->total;

    return total > 0 && total < INT64_MAX / BASE_SECOND_MS ? total : 0;
}

static struct cli_progress_state state_of(const struct crm_progress *p)
{
    return (struct cli_progress_state){.what = "rows",
                                       .elapsed_ms = p->elapsed_ms,
                                       .before = p->before,
                                       .done = p->rows,
                                       .total = expected(p),
                                       .used = p->budget.used,
                                       .max = p->budget.max};
}

static struct cli_progress_pace pace_of(const struct crm_progress *p)
{
    const struct cli_progress_state state = state_of(p);

    return cli_progress_pace(&state);
}

static void add_int(struct base_jsonw *w, const char *name, int64_t value, bool known)
{
    base_jsonw_key(w, name);
    if (known)
        base_jsonw_int(w, value);
    else
        base_jsonw_null(w);
}

static void say_json(struct cli_report *r, const char *event, const struct crm_progress *p)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    struct base_jsonw w;
    const struct cli_progress_pace pace = pace_of(p);
    int64_t total = expected(p);

    base_buf_init(&text, 4096);
    base_jsonw_begin(&w, &text);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "event", event);
    if (r->object)
        base_jsonw_member_str(&w, "object", r->object);
    base_jsonw_member_int(&w, "rows", p->rows);
    add_int(&w, "total", total, total > 0);
    base_jsonw_member_int(&w, "rows_before", p->before);
    base_jsonw_member_int(&w, "requests", p->requests);
    base_jsonw_member_int(&w, "refused", p->refused);
    base_jsonw_member_int(&w, "elapsed_ms", p->elapsed_ms);
    base_jsonw_member_int(&w, "floor_ms", p->floor_ms);
    base_jsonw_member_int(&w, "rows_per_second", pace.per_second);
    add_int(&w, "left_ms", pace.left_ms, pace.left_ms >= 0);
    base_jsonw_member_int(&w, "limit_used", p->budget.used);
    base_jsonw_member_int(&w, "limit_max", p->budget.max);
    base_jsonw_member_int(&w, "readers", p->readers);
    base_jsonw_end(&w);
    if (!base_buf_status(&text))
        cli_say(r->c, "%s", base_buf_str(&text));
}

void cli_report_progress(struct cli_report *r, const struct crm_progress *p)
{
    if (p->one_cursor && !r->told_one_cursor && !r->quiet) {
        r->told_one_cursor = true;
        cli_say(r->c, "hubauth: %s: reading one page after another", p->one_cursor);
    }
    if (!r->how && !r->quiet) {
        const struct cli_progress_state state = state_of(p);

        cli_progress_show(&r->line, &state);
    } else if (is(r, "json") && p->elapsed_ms - r->told_at_ms >= JSON_EVERY_MS) {
        r->told_at_ms = p->elapsed_ms;
        say_json(r, "progress", p);
    }
}

void cli_report_end(struct cli_report *r)
{
    cli_progress_end(&r->line);
}

/* `what`: of `p->rows` things. */
static void say_summary(struct cli_report *r, const char *what, const struct crm_progress *p)
{
    char rows[27], requests[27], per_second[27], refused[27], before[64] = "", floor[96] = "";

    if (r->quiet)
        return;
    /* Below a whole interval nothing had to wait for the limit. */
    if (p->floor_ms >= p->budget.interval_ms && p->budget.interval_ms > 0)
        base_text_format(floor, sizeof(floor),
                         "; at HubSpot's limit it takes %.1f s at least (x%.2f)",
                         (double)p->floor_ms / 1000.0, (double)p->elapsed_ms / (double)p->floor_ms);
    if (p->before > 0)
        base_text_format(before, sizeof(before), ", %s of them before,",
                         base_text_thousands(rows, p->before));
    cli_say(r->c, "%s %s%s in %.1f s (%s/s), %s request%s, %s refused%s",
            base_text_thousands(rows, p->rows), what, before, (double)p->elapsed_ms / 1000.0,
            base_text_thousands(per_second, pace_of(p).per_second),
            base_text_thousands(requests, p->requests), p->requests == 1 ? "" : "s",
            p->refused > 0 ? base_text_thousands(refused, p->refused) : "none", floor);
}

void cli_report_summary(struct cli_report *r, const struct crm_progress *p)
{
    char what[128];

    base_text_format(what, sizeof(what), "%s%s", p->rows == 1 ? "row of " : "", r->object);
    if (is(r, "json"))
        say_json(r, "done", p);
    else
        say_summary(r, what, p);
}

void cli_report_total(struct cli_report *r, int objects, const struct crm_progress *total)
{
    char what[64];

    base_text_format(what, sizeof(what), "row%s of %d objects", total->rows == 1 ? "" : "s",
                     objects);
    if (is(r, "json"))
        say_json(r, "total", total);
    else
        say_summary(r, what, total);
}
