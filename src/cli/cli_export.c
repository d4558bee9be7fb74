#include "cli_export.h"

#include "base_text.h"
#include "base_time.h"
#include "cli_report.h"
#include "crm_part.h"
#include "crm_schema.h"
#include "hubspot_endpoint.h"

#define PROPERTIES_MAX (256u << 10)
#define BUSY_LOOKS 80 /* two seconds */
#define BUSY_LOOK_MS 25

struct run {
    struct cli_export *x;
    const char *object, *path;
    bool keep_state;
    struct crm_plan plan;
    struct crm_state state; /* options, and where it begins */
    char limit[24], account[128];
    struct base_buf all; /* names of all properties */
    struct crm_schema *schema;
    struct crm_output *output;
    struct crm_sink *sink;
    struct crm_export *export;
    struct cli_report report;
    bool told_absent;
    enum base_status status;
    struct base_error *err;
};

static bool is_all(const struct cli_export *x)
{
    return x->o->properties && strcmp(x->o->properties, "all") == 0;
}

struct crm_plan cli_export_plan(const struct cli_export *x, const char *object)
{
    const struct cli_export_options *o = x->o;

    return (struct crm_plan){
        .object = object,
        .api_version = o->api,
        .properties = is_all(x) ? "all" : x->names,
        .associations = o->associations,
        .archived = o->archived,
        .sorted = o->sort,
        .tabular = strcmp(o->format, "ndjson") != 0,
        .limit = o->limit,
    };
}

static void set_options(struct run *r)
{
    const struct cli_export_options *o = r->x->o;
    const char **option = r->state.option;

    base_text_format(r->limit, sizeof(r->limit), "%lld", (long long)o->limit);
    option[CRM_STATE_OBJECT] = r->object;
    base_text_format(r->account, sizeof(r->account), "%s%s%s", r->x->account,
                     r->x->token[0] ? " " : "", r->x->token);
    option[CRM_STATE_ACCOUNT] = r->account;
    option[CRM_STATE_API] = o->api;
    option[CRM_STATE_FORMAT] = o->format;
    option[CRM_STATE_ESCAPE_FORMULAS] = o->escape_formulas ? "yes" : NULL;
    option[CRM_STATE_PROPERTIES] = o->properties;
    option[CRM_STATE_ASSOCIATIONS] = o->associations;
    option[CRM_STATE_ARCHIVED] = o->archived ? "yes" : NULL;
    option[CRM_STATE_SORT] = o->sort ? "yes" : NULL;
    option[CRM_STATE_LIMIT] = o->limit > 0 ? r->limit : NULL;
    r->state.names = r->x->names;
}

/* ------------------------------------------------------------------ the command that goes on */

static void add_option(struct base_buf *out, const char *name, const char *value)
{
    if (!value)
        return;
    base_buf_add_str(out, " --");
    base_buf_add_str(out, name);
    if (!value[0])
        return;
    base_buf_add_char(out, ' ');
    base_text_shell(out, value);
}

/* Whether it goes without saying. */
static bool is_default(const struct cli_export *x, enum crm_state_option option, const char *value)
{
    if (option == CRM_STATE_OBJECT) /* an operand */
        return true;
    if (option == CRM_STATE_ACCOUNT) /* that of the environment has no name */
        return x->token[0] || (!x->o->account && strcmp(value, x->account) == 0);
    return (option == CRM_STATE_API && strcmp(value, HUBSPOT_DEFAULT_VERSION) == 0) ||
           (option == CRM_STATE_FORMAT && strcmp(value, "ndjson") == 0);
}

/* The command that goes on with files of these options. */
static void add_again(const struct cli_export *x, const struct crm_state *options,
                      struct base_buf *out)
{
    const struct cli_export_options *o = x->o;
    char number[24];

    base_buf_add_str(out, "hubauth export");
    for (int i = 0; i < x->count; i++) {
        base_buf_add_char(out, ' ');
        base_text_shell(out, x->count == 1 ? options->option[CRM_STATE_OBJECT] : x->objects[i]);
    }
    for (size_t i = 0; i < CRM_STATE_OPTIONS; i++) {
        const char *value = options->option[i];
        bool is_flag =
            i == CRM_STATE_ARCHIVED || i == CRM_STATE_SORT || i == CRM_STATE_ESCAPE_FORMULAS;

        if (value && !is_default(x, (enum crm_state_option)i, value))
            add_option(out, crm_state_option_name((enum crm_state_option)i), is_flag ? "" : value);
    }
    add_option(out, "reserve", o->reserve);
    base_text_format(number, sizeof(number), "%lld", (long long)o->max_rps);
    add_option(out, "max-rps", o->max_rps > 0 ? number : NULL);
    add_option(out, "progress", o->progress);
    add_option(out, "quiet", o->quiet ? "" : NULL);
    if (o->output_dir)
        add_option(out, "output-dir", o->output_dir);
    else
        add_option(out, "output", o->output);
    add_option(out, "resume", "");
}

/* ------------------------------------------------------------------ what an earlier one left */

static enum base_status refuse_other(struct run *r, const struct crm_state *found,
                                     enum crm_state_option option, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf again = {0};
    const char *then = found->option[option], *now = r->state.option[option];

    base_buf_init(&again, PROPERTIES_MAX);
    add_again(r->x, found, &again);
    if (option == CRM_STATE_ACCOUNT && r->x->token[0])
        base_fail(err, BASE_USAGE, "going on with the export",
                  "%s was begun with another account than that of the environment's token",
                  r->path);
    else if (option == CRM_STATE_OBJECT)
        base_fail(err, BASE_USAGE, "going on with the export",
                  "%s was begun with %.64s, not with %.64s", r->path, then, now);
    else if (then && now && strcmp(then, now) == 0)
        base_fail(err, BASE_USAGE, "going on with the export",
                  "%s was begun with other names in --properties %.100s", r->path, then);
    else
        base_fail(err, BASE_USAGE, "going on with the export",
                  "%s was begun %s --%s%s%.100s, not %s%s%.100s", r->path,
                  then ? "with" : "without", crm_state_option_name(option), then ? " " : "",
                  then ? then : "", now ? "with" : "without it", now ? " " : "", now ? now : "");
    if (!base_buf_status(&again) && again.n < sizeof(err->hint) - 64)
        base_error_hint(err, "%s (or leave out --resume to begin anew)", base_buf_str(&again));
    else
        base_error_hint(err, "give the options of then, or leave out --resume to begin anew");
    return BASE_USAGE;
}

static void say_anew(struct run *r, const struct crm_state *found, const char *why)
{
    char rows[27];

    if (r->x->o->quiet)
        return;
    if (why[0])
        cli_say(r->x->c, "hubauth: %s cannot be gone on with, %s: it begins anew", r->path, why);
    else if (r->x->o->resume)
        cli_say(r->x->c, "hubauth: %s was not cut off: it begins anew", r->path);
    else if (found && !found->complete)
        cli_say(r->x->c, "hubauth: %s was cut off after %s rows and begins anew; --resume goes on",
                r->path, base_text_thousands(rows, found->at.rows));
}

static void on_look(void *arg)
{
    cli_wake(arg);
}

/* A process that was killed holds its file until the kernel has taken it down, which may take
 * longer than to type the command that goes on. One that is alive has it for good. */
static enum base_status open_file(struct run *r, struct base_error *err)
{
    struct cli *c = r->x->c;
    struct loop_timer *timer = loop_timer_new(c->loop, on_look, c);
    enum base_status status =
        timer ? crm_output_open(r->path, &r->output, err) : base_fail_memory(err);

    for (int looks = 0; status == BASE_BUSY && looks < BUSY_LOOKS; looks++) {
        if (looks == 0 && !r->x->o->quiet)
            cli_show_line(c, "waiting a moment for the process that has %s", r->path);
        loop_timer_start(timer, BUSY_LOOK_MS);
        status = cli_wait(c, err);
        if (!status)
            status = crm_output_open(r->path, &r->output, err);
    }
    cli_hide_line(c);
    loop_timer_free(timer);
    return status;
}

/* Opens the file and decides where it begins. */
static enum base_status open_output(struct run *r, struct base_error *err)
{
    const struct crm_state *found;
    enum crm_state_option differs;
    char rows[27], age[32];
    const char *why;
    enum base_status status = open_file(r, err);

    if (status)
        return status;
    found = crm_output_found(r->output, &why);
    if (!found || !r->x->o->resume) {
        say_anew(r, found, why);
        return BASE_OK;
    }
    differs = crm_state_differs(found, &r->state);
    if (differs != CRM_STATE_OPTIONS)
        return refuse_other(r, found, differs, err);
    r->state.names = r->plan.properties = found->names;
    r->state.bytes = found->bytes;
    r->state.complete = found->complete;
    r->state.at = found->at;
    if (!r->x->o->quiet && found->complete)
        cli_say(r->x->c, "hubauth: %s is complete already", r->path);
    else if (!r->x->o->quiet)
        cli_say(r->x->c, "hubauth: going on after %s %s; the last came %s ago",
                base_text_thousands(rows, found->at.rows), r->object,
                base_time_human(age, base_time_now() - found->written_at));
    return BASE_OK;
}

/* ------------------------------------------------------------------ all properties */

static void on_schema(void *arg, enum base_status status, const char *names,
                      const struct base_error *err)
{
    struct run *r = arg;

    r->schema = NULL;
    r->status = status;
    if (status)
        *r->err = *err;
    else
        base_buf_add_str(&r->all, names);
    cli_wake(r->x->c);
}

static enum base_status read_schema(struct run *r, struct broker *b, struct base_error *err)
{
    enum base_status status =
        crm_schema_start(b, r->x->account, &r->plan, on_schema, r, &r->schema, err);

    if (!status)
        status = cli_wait(r->x->c, err);
    crm_schema_cancel(r->schema);
    if (status || r->status)
        return status ? status : r->status;
    r->state.names = r->plan.properties = base_buf_str(&r->all);
    return base_buf_status(&r->all) ? base_fail_memory(err) : BASE_OK;
}

/* ------------------------------------------------------------------ the export */

/* As soon as it is known: a name that was misspelt is worth an export that is begun anew. */
static void warn_of_absent(struct run *r, const struct crm_progress *p)
{
    char others[48] = "";

    if (p->absent == 0 || r->told_absent || r->x->o->quiet || is_all(r->x))
        return;
    r->told_absent = true;
    if (p->absent > 1)
        base_text_format(others, sizeof(others), ", nor %zu other%s of those named", p->absent - 1,
                         p->absent == 2 ? "" : "s");
    cli_say(r->x->c,
            "hubauth: no row of the first page has the property \"%.*s\"%s: HubSpot leaves out "
            "what it does not know",
            BASE_SPAN_ARG(p->absent_first), others);
}

static void on_progress(void *arg, const struct crm_progress *p)
{
    struct run *r = arg;

    warn_of_absent(r, p);
    cli_report_progress(&r->report, p);
}

static void add_to_total(struct crm_progress *total, const struct crm_progress *p)
{
    total->rows += p->rows;
    total->before += p->before;
    total->requests += p->requests;
    total->fewest += p->fewest;
    total->refused += p->refused;
    total->elapsed_ms += p->elapsed_ms;
    total->budget = p->budget;
    total->floor_ms = crm_progress_floor(total, 0);
}

static void on_done(void *arg, enum base_status status, const struct crm_progress *p,
                    const struct base_error *err)
{
    struct run *r = arg;

    r->export = NULL;
    cli_report_end(&r->report);
    r->status = status;
    if (status)
        *r->err = *err;
    else
        r->status = crm_output_commit(r->output, r->keep_state, r->err);
    if (!r->status) {
        r->output = NULL;
        add_to_total(&r->x->total, p);
        cli_report_summary(&r->report, p);
    }
    cli_wake(r->x->c);
}

static void before_rows(void *arg)
{
    struct run *r = arg;

    cli_hide_line(r->x->c);
}

static enum base_status make_sink(struct run *r, struct base_error *err)
{
    const char *format = r->x->o->format;

    if (!r->path && r->x->c->stdout_tty)
        crm_output_before(r->output, before_rows, r);
    if (strcmp(format, "table") == 0)
        return crm_table_new(r->output, &r->plan, r->x->c->colour_stdout, &r->sink, err);
    if (!r->path && r->x->c->stdout_tty) /* a table has its own way */
        crm_output_show(r->output);
    if (strcmp(format, "csv") == 0)
        return crm_csv_new(r->output, &r->plan, r->x->o->escape_formulas, &r->sink, err);
    return crm_ndjson_new(r->output, &r->sink, err);
}

static enum base_status read_pages(struct run *r, struct broker *b, struct base_error *err)
{
    const struct crm_job job = {.account = r->x->account,
                                .plan = &r->plan,
                                .sink = r->sink,
                                .from = r->state.at.rows > 0 ? &r->state.at : NULL};
    struct cli *c = r->x->c;
    enum base_status status;

    cli_report_begin(&r->report, c, r->object, r->x->o->progress, r->x->o->quiet);
    status = crm_export_start(b, c->loop, &job, on_progress, on_done, r, &r->export, err);
    if (!status)
        status = cli_wait(c, err);
    cli_report_end(&r->report);
    crm_export_cancel(r->export);
    return status ? status : r->status;
}

static enum base_status run_object(struct run *r, struct broker *b, struct base_error *err)
{
    bool resumed;
    enum base_status status = open_output(r, err);

    if (status)
        return status;
    if (r->state.complete) {
        status = crm_output_commit(r->output, r->keep_state, err);
        r->output = status ? r->output : NULL;
        return status;
    }
    resumed = r->state.at.rows > 0;
    if (is_all(r->x) && !resumed && (status = read_schema(r, b, err)))
        return status;
    if ((status = crm_output_begin(r->output, &r->state, err)) || (status = make_sink(r, err)))
        return status;
    return read_pages(r, b, err);
}

/* After whatever ended it early. */
static void say_kept(struct run *r, int64_t kept)
{
    BASE_CLEANUP(base_buf_free) struct base_buf again = {0};
    char rows[27];

    base_buf_init(&again, PROPERTIES_MAX);
    add_again(r->x, &r->state, &again);
    cli_say(r->x->c, "hubauth: %s %s are in %s" CRM_PART_SUFFIX ". To go on: %s",
            base_text_thousands(rows, kept), r->object, r->path, base_buf_str(&again));
}

enum base_status cli_export_object(struct cli_export *x, struct broker *b, const char *object,
                                   const char *path, bool keep_state, struct base_error *err)
{
    struct run r = {.x = x, .object = object, .path = path, .keep_state = keep_state, .err = err};
    enum base_status status;
    int64_t kept;

    r.plan = cli_export_plan(x, object);
    base_buf_init(&r.all, PROPERTIES_MAX);
    set_options(&r);
    status = run_object(&r, b, err);
    crm_sink_free(r.sink);
    kept = crm_output_abort(r.output);
    if (status != BASE_USAGE && kept > 0)
        say_kept(&r, kept);
    base_buf_free(&r.all);
    return status;
}
