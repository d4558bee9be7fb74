/* What an export tells of itself on standard error: a line that changes on a terminal, lines of
 * JSON for programs, and a closing summary. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli_progress.h"
#include "crm_export.h"

struct cli_report {
    struct cli *c;
    struct cli_progress line;
    const char *object; /* in the plural: "contacts"; NULL: several together */
    const char *how;    /* "json", "none", or NULL: a line on a terminal */
    bool quiet;         /* no line and no summary */
    int64_t told_at_ms;
    bool told_one_cursor;
};

/* `object` and `how` as above: borrowed. */
void cli_report_begin(struct cli_report *r, struct cli *c, const char *object, const char *how,
                      bool quiet);
void cli_report_progress(struct cli_report *r, const struct crm_progress *p);
void cli_report_end(struct cli_report *r); /* takes the line away; may be called twice */
void cli_report_summary(struct cli_report *r, const struct crm_progress *p);
/* Of several objects: `total` has rows, requests, refused, elapsed_ms, floor_ms and budget. */
void cli_report_total(struct cli_report *r, int objects, const struct crm_progress *total);

#endif
