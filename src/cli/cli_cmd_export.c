#include "base_file.h"
#include "cli_account.h"
#include "cli_command.h"
#include "cli_report.h"
#include "crm_schema.h"
#include "hubspot_endpoint.h"

struct export_options {
    const char *account, *format, *output, *api, *properties, *associations, *progress, *reserve;
    int64_t limit, max_rps;
    bool archived, sort, quiet;
};

#define PROPERTIES_MAX (256u << 10)
#define RESERVE_MOST 90 /* percent; struct broker_pace */

static const struct export_options defaults = {
    .format = "ndjson", .output = "-", .api = HUBSPOT_DEFAULT_VERSION};

static const struct base_opt options[] = {
    {.letter = 'f',
     .name = "format",
     .kind = BASE_OPT_STRING,
     .value = "FORMAT",
     .choices = "ndjson|csv|table",
     .offset = offsetof(struct export_options, format),
     .help = "How to write them, ndjson unless given"},
    {.letter = 'o',
     .name = "output",
     .kind = BASE_OPT_STRING,
     .value = "FILE",
     .offset = offsetof(struct export_options, output),
     .help = "Write to FILE instead of standard output"},
    {.letter = 'p',
     .name = "properties",
     .kind = BASE_OPT_STRING,
     .value = "NAMES",
     .offset = offsetof(struct export_options, properties),
     .help = "Internal names separated by commas, all, or @FILE with names; without it HubSpot's "
             "default set"},
    {.name = "associations",
     .kind = BASE_OPT_STRING,
     .value = "OBJECTS",
     .offset = offsetof(struct export_options, associations),
     .help = "With the ids of associated objects, such as companies,deals: all of them"},
    {.letter = 'n',
     .name = "limit",
     .kind = BASE_OPT_INT,
     .value = "N",
     .max = INT64_MAX,
     .offset = offsetof(struct export_options, limit),
     .help = "Stop after N rows"},
    {.name = "archived",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct export_options, archived),
     .help = "Read archived objects, and those alone"},
    {.name = "sort",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct export_options, sort),
     .help = "Rows in the order of their ids: one page after another, which takes longer"},
    {.name = "max-rps",
     .kind = BASE_OPT_INT,
     .value = "N",
     .min = 1,
     .max = 1000,
     .offset = offsetof(struct export_options, max_rps),
     .help = "At most N requests a second"},
    {.name = "reserve",
     .kind = BASE_OPT_STRING,
     .value = "PERCENT",
     .offset = offsetof(struct export_options, reserve),
     .help = "Leave so much of the rate limit to others, such as 20%"},
    {.name = "progress",
     .kind = BASE_OPT_STRING,
     .value = "HOW",
     .choices = "json|none",
     .offset = offsetof(struct export_options, progress),
     .help = "Lines of JSON on standard error, or nothing; without it a line on a terminal"},
    {.name = "api",
     .kind = BASE_OPT_STRING,
     .value = "VERSION",
     .choices = "v1|v3|2026-03|2026-09",
     .offset = offsetof(struct export_options, api),
     .help = "Version of the contacts API, 2026-03 unless given"},
    {.name = "account",
     .kind = BASE_OPT_STRING,
     .value = "ACCOUNT",
     .offset = offsetof(struct export_options, account),
     .help = "The account to read from"},
    {.letter = 'q',
     .name = "quiet",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct export_options, quiet),
     .help = "No closing summary on standard error"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth export contacts --format csv --output contacts.csv", "all contacts as CSV"},
    {"hubauth export contacts --properties email,lifecyclestage | jq .properties.email",
     "NDJSON into another program"},
    {"hubauth export deals --properties dealname,amount --associations companies,contacts",
     "deals, and whom they belong to"},
    {"hubauth export contacts --reserve 20% --progress json --output contacts.ndjson",
     "for a program that watches, with room for other calls"},
    {"hubauth export contacts --api v1", "the guide's /contacts/v1/lists/all/contacts/all"},
    {0},
};

struct run {
    struct cli *c;
    struct base_buf properties; /* of "all" or a file */
    struct crm_schema *schema;
    const struct export_options *o;
    const char *object;
    struct crm_output *output;
    struct crm_sink *sink;
    struct crm_export *export;
    struct cli_report report;
    enum base_status status;
    struct base_error *err;
};

static void on_progress(void *arg, const struct crm_progress *p)
{
    struct run *r = arg;

    cli_report_progress(&r->report, p);
}

static void on_done(void *arg, enum base_status status, const struct crm_progress *p,
                    const struct base_error *err)
{
    struct run *r = arg;

    r->export = NULL;
    cli_report_end(&r->report);
    r->status = status;
    if (status) {
        *r->err = *err;
    } else {
        r->status = crm_output_commit(r->output, r->err);
        r->output = NULL;
    }
    if (!r->status)
        cli_report_summary(&r->report, r->object, p);
    cli_wake(r->c);
}

static enum base_status make_sink(struct run *r, const struct crm_plan *plan,
                                  struct base_error *err)
{
    enum base_status status = crm_output_open(r->o->output, &r->output, err);

    if (status)
        return status == BASE_USAGE ? status : (err ? (err->status = BASE_STORAGE) : BASE_STORAGE);
    if (strcmp(r->o->format, "csv") == 0)
        return crm_csv_new(r->output, plan, &r->sink, err);
    if (strcmp(r->o->format, "table") == 0)
        return crm_table_new(r->output, plan, r->c->colour_stdout, &r->sink, err);
    return crm_ndjson_new(r->output, &r->sink, err);
}

static enum base_status export(struct run *r, struct broker *b, const char *account,
                               const struct crm_plan *plan, struct base_error *err) {
    enum base_status status = make_sink(r, plan, err);

    cli_report_begin(&r->report, r->c, r->o->progress, r->o->quiet);
    if (!status) status = crm_export_start(b, r->c->loop, account, plan, r->sink, on_progress,
                                           on_done, r, &r->export, err);
    if (!status) status = cli_wait(r->c, err);
    cli_report_end(&r->report);
    crm_export_cancel(r->export);
    crm_sink_free(r->sink);
    crm_output_abort(r->output);
    return status ? status : r->status;
}

static enum base_status read_pace(const struct export_options *o, struct broker_pace *ret,
                                  struct base_error *err)
{
    struct base_span text = base_span_of(o->reserve);
    uint64_t percent = 0;

    if (base_span_ends(text, "%"))
        text.n--;
    if (o->reserve && (!base_span_uint64(text, &percent) || percent > RESERVE_MOST))
        return base_fail(err, BASE_USAGE, "reading --reserve",
                         "\"%.32s\" is no percentage from 0 to %d", o->reserve, RESERVE_MOST);
    *ret = (struct broker_pace){.reserve_percent = (unsigned)percent};
    if (o->max_rps > 0)
        ret->least_gap_ms = (1000 + o->max_rps - 1) / o->max_rps;
    return BASE_OK;
}

/* Names on lines of their own, or separated by commas; what follows a # is not read. */
static enum base_status read_file(const char *path, struct base_buf *names, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    struct base_span rest;
    enum base_status status;

    base_buf_init(&text, PROPERTIES_MAX);
    status = base_file_read(path, &text, err);
    if (status) {
        base_error_doing(err, "reading --properties @%s", path);
        return err ? (err->status = BASE_USAGE) : BASE_USAGE;
    }
    rest = base_buf_span(&text);
    while (rest.p) {
        struct base_span line = base_span_cut(&rest, '\n');

        line = base_span_cut(&line, '#');
        while (line.p) {
            struct base_span name = base_span_trim(base_span_cut(&line, ','));

            if (name.n > 0 && names->n > 0)
                base_buf_add_char(names, ',');
            base_buf_add_span(names, name);
        }
    }
    if (base_buf_status(names))
        return base_fail_memory(err);
    return names->n > 0
               ? BASE_OK
               : base_fail(err, BASE_USAGE, "reading --properties", "%s has no names in it", path);
}

static void on_schema(void *arg, enum base_status status, const char *names,
                      const struct base_error *err)
{
    struct run *r = arg;

    r->schema = NULL;
    r->status = status;
    if (status)
        *r->err = *err;
    else
        base_buf_add_str(&r->properties, names);
    cli_wake(r->c);
}

static enum base_status read_schema(struct run *r, struct broker *b, const char *account,
                                    const struct crm_plan *plan, struct base_error *err)
{
    enum base_status status = crm_schema_start(b, account, plan, on_schema, r, &r->schema, err);

    if (!status)
        status = cli_wait(r->c, err);
    crm_schema_cancel(r->schema);
    if (status || r->status)
        return status ? status : r->status;
    return base_buf_status(&r->properties) ? base_fail_memory(err) : BASE_OK;
}

static enum base_status run_with(struct run *r, const struct export_options *o,
                                 struct crm_plan *plan, struct base_error *err)
{
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    const char *properties = o->properties ? o->properties : "";
    bool all = strcmp(properties, "all") == 0;
    struct broker_pace pace;
    struct broker *b;
    enum base_status status = read_pace(o, &pace, err);

    base_buf_init(&r->properties, PROPERTIES_MAX);
    if (!status && properties[0] == '@')
        status = read_file(properties + 1, &r->properties, err);
    if (r->properties.n > 0)
        plan->properties = base_buf_str(&r->properties);
    if (status || (status = crm_plan_check(plan, err)) ||
        (status = cli_account_choose(r->c, o->account, &account, err)) ||
        (status = cli_broker_on_loop(r->c, &b, err)))
        return status;
    broker_set_pace(b, &pace);
    if (all && (status = read_schema(r, b, account.name, plan, err)))
        return status;
    if (all)
        plan->properties = base_buf_str(&r->properties);
    return export(r, b, account.name, plan, err);
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct export_options *o = args->options;
    struct run r = {.c = c, .o = o, .object = args->operands[0], .err = err};
    struct crm_plan plan = {
        .object = args->operands[0],
        .api_version = o->api,
        .properties = o->properties,
        .associations = o->associations,
        .archived = o->archived,
        .sorted = o->sort,
        .tabular = strcmp(o->format, "ndjson") != 0,
        .limit = o->limit,
    };
    enum base_status status = run_with(&r, o, &plan, err);

    base_buf_free(&r.properties);
    return status;
}

const struct cli_command cli_cmd_export = {
    .usage = {.program = "hubauth",
              .name = "export",
              .operands = "OBJECT",
              .summary = "objects out of HubSpot: contacts, deals and others, as NDJSON or CSV",
              .details = "Reads page after page within HubSpot's rate limit, renews the token on "
                         "the way, and writes each object as it "
                         "comes. A file given by --output appears under its name only when "
                         "everything is in it.\n\n"
                         "Formats: ndjson has HubSpot's objects unchanged, one on each line; csv "
                         "has a heading and a column for each property; table is for people.",
              .options = options,
              .min_operands = 1,
              .max_operands = 1,
              .examples = examples,
              .exits = CLI_EXITS,
              .see_also = "hubauth-api(1)"},
    .options_size = sizeof(struct export_options),
    .defaults = &defaults,
    .run = run,
};
