#include "cli_doctor.h"

#include "base_jsonw.h"

/* Calls fn for each finding, check by check; those of a check that `names` does not have come last.
 */
static void in_order(const struct broker_findings *f, const char *const *names,
                     void (*fn)(void *arg, const struct broker_finding *finding), void *arg)
{
    for (size_t n = 0;; n++) {
        for (size_t i = 0; i < f->count; i++) {
            size_t rank = 0;

            while (names[rank] && strcmp(names[rank], f->items[i].check) != 0)
                rank++;
            if (rank == n)
                fn(arg, &f->items[i]);
        }
        if (!names[n])
            return;
    }
}

/* ------------------------------------------------------------------ for programs */

static void write_member(void *arg, const struct broker_finding *finding)
{
    struct base_jsonw *w = arg;

    base_jsonw_object(w);
    base_jsonw_member_str(w, "check", finding->check);
    base_jsonw_member_str(w, "severity", broker_severity_word(finding->severity));
    base_jsonw_member_str(w, "text", finding->text);
    base_jsonw_member_str(w, "command", finding->command[0] ? finding->command : NULL);
    base_jsonw_end(w);
}

void cli_doctor_write_json(const struct broker_findings *f, const char *const *names,
                           struct base_buf *out)
{
    struct base_jsonw w;

    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_key(&w, "findings");
    base_jsonw_array(&w);
    in_order(f, names, write_member, &w);
    base_jsonw_end(&w);
    base_jsonw_key(&w, "summary");
    base_jsonw_object(&w);
    for (unsigned s = 0; s < BROKER_SEVERITIES; s++)
        base_jsonw_member_int(&w, broker_severity_word((enum broker_severity)s),
                              (int64_t)broker_findings_count(f, (enum broker_severity)s));
    base_jsonw_end(&w);
    base_jsonw_end(&w);
    base_buf_add_char(out, '\n');
}

/* ------------------------------------------------------------------ for people */

struct page {
    struct base_buf *out;
    bool colour;
};

static void write_line(void *arg, const struct broker_finding *finding)
{
    static const char *const colours[BROKER_SEVERITIES] = {
        [BROKER_OK] = "\033[32m",
        [BROKER_INFO] = "",
        [BROKER_WARNING] = "\033[1;33m",
        [BROKER_ERROR] = "\033[1;31m",
    };
    const struct page *p = arg;
    bool set = p->colour && colours[finding->severity][0];

    base_buf_printf(p->out, "%s%-8s%s %-12s %s%s%s\n", set ? colours[finding->severity] : "",
                    broker_severity_word(finding->severity), set ? "\033[0m" : "", finding->check,
                    finding->text, finding->command[0] ? "  →  " : "", finding->command);
}

void cli_doctor_write_text(const struct broker_findings *f, const char *const *names, bool colour,
                           struct base_buf *out)
{
    struct page p = {out, colour};

    in_order(f, names, write_line, &p);
}
