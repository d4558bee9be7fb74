#include "base_file.h"
#include "base_text.h"
#include "cli_account.h"
#include "cli_command.h"
#include "cli_error.h"
#include "cli_export.h"
#include "cli_report.h"
#include "crm_part.h"
#include "hubspot_endpoint.h"

#define PROPERTIES_MAX (256u << 10)
#define RESERVE_MOST 90 /* percent; struct broker_pace */

static const struct cli_export_options defaults = {.format = "ndjson",
                                                   .api = HUBSPOT_DEFAULT_VERSION};

static const struct base_opt options[] = {
    {.letter = 'f',
     .name = "format",
     .kind = BASE_OPT_STRING,
     .value = "FORMAT",
     .choices = "ndjson|csv|table",
     .offset = offsetof(struct cli_export_options, format),
     .help = "How to write them, ndjson unless given"},
    {.name = "escape-formulas",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct cli_export_options, escape_formulas),
     .help = "In CSV, put ' before values that a spreadsheet would take for a formula"},
    {.letter = 'o',
     .name = "output",
     .kind = BASE_OPT_STRING,
     .value = "FILE",
     .offset = offsetof(struct cli_export_options, output),
     .help = "Write to FILE instead of standard output"},
    {.name = "output-dir",
     .kind = BASE_OPT_STRING,
     .value = "DIR",
     .offset = offsetof(struct cli_export_options, output_dir),
     .help = "Write each OBJECT to a file of its name in DIR, such as DIR/contacts.ndjson"},
    {.name = "resume",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct cli_export_options, resume),
     .help = "Go on where an export to the same file was cut off; where none was, begin"},
    {.letter = 'p',
     .name = "properties",
     .kind = BASE_OPT_STRING,
     .value = "NAMES",
     .offset = offsetof(struct cli_export_options, properties),
     .help = "Internal names separated by commas, all, or @FILE with names; without it HubSpot's "
             "default set"},
    {.name = "associations",
     .kind = BASE_OPT_STRING,
     .value = "OBJECTS",
     .offset = offsetof(struct cli_export_options, associations),
     .help = "In NDJSON, with the ids of associated objects, such as companies,deals: all of them"},
    {.letter = 'n',
     .name = "limit",
     .kind = BASE_OPT_INT,
     .value = "N",
     .min = 1,
     .max = INT64_MAX,
     .offset = offsetof(struct cli_export_options, limit),
     .help = "Stop after N rows of each OBJECT"},
    {.name = "archived",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct cli_export_options, archived),
     .help = "Read archived objects, and those alone"},
    {.name = "sort",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct cli_export_options, sort),
     .help = "Rows in the order of their ids: one page after another, which takes longer"},
    {.name = "max-rps",
     .kind = BASE_OPT_INT,
     .value = "N",
     .min = 1,
     .max = 1000,
     .offset = offsetof(struct cli_export_options, max_rps),
     .help = "At most N requests a second"},
    {.name = "reserve",
     .kind = BASE_OPT_STRING,
     .value = "PERCENT",
     .offset = offsetof(struct cli_export_options, reserve),
     .help = "Leave so much of the rate limit to others, such as 20%"},
    {.name = "progress",
     .kind = BASE_OPT_STRING,
     .value = "HOW",
     .choices = "json|none",
     .offset = offsetof(struct cli_export_options, progress),
     .help = "Lines of JSON on standard error, or nothing; without it a line on a terminal"},
    {.name = "api",
     .kind = BASE_OPT_STRING,
     .value = "VERSION",
     .choices = "v1|v3|2026-03|2026-09",
     .offset = offsetof(struct cli_export_options, api),
     .help = "Version of the API, 2026-03 unless given; v1 has contacts alone"},
    {.name = "account",
     .kind = BASE_OPT_STRING,
     .value = "ACCOUNT",
     .offset = offsetof(struct cli_export_options, account),
     .help = "The account to read from"},
    {.letter = 'q',
     .name = "quiet",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct cli_export_options, quiet),
     .help = "On standard error no line of progress and no closing summary"},
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
    {"hubauth export contacts --output contacts.ndjson --resume",
     "begin, or go on where it was cut off"},
    {"hubauth export contacts companies deals --output-dir exports",
     "exports/contacts.ndjson, exports/companies.ndjson and exports/deals.ndjson"},
    {"hubauth export contacts --api v1", "the guide's /contacts/v1/lists/all/contacts/all"},
    {0},
};

static enum base_status read_pace(const struct cli_export_options *o, struct broker_pace *ret,
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

/* Of an option's value; what a file names may be called so. */
static enum base_status check_all(const char *properties, struct base_error *err)
{
    struct base_span rest = base_span_of(properties);

    while (rest.p) {
        struct base_span name = base_span_trim(base_span_cut(&rest, ','));

        if (base_span_is(name, "all") && strcmp(properties, "all") != 0)
            return base_fail(err, BASE_USAGE, "reading --properties",
                             "\"all\" stands alone: it has the others");
    }
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
        return status == BASE_NO_MEMORY ? status : base_error_as(err, BASE_USAGE);
    }
    rest = base_buf_span(&text);
    if (base_span_starts(rest,
                         "\xef\xbb\xbf")) /* a byte order mark, which Windows' editors write */
        rest = base_span_from(rest, 3);
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

/* ------------------------------------------------------------------ several objects */

static enum base_status check_destination(const struct cli_export_options *o, int objects,
                                          struct base_error *err)
{
    bool to_file = o->output && strcmp(o->output, "-") != 0;

    if (o->output && o->output_dir)
        return base_fail(err, BASE_USAGE, "reading the options",
                         "--output and --output-dir exclude each other");
    if (objects > 1 && !o->output_dir) {
        base_fail(
            err, BASE_USAGE, "reading the options",
            "rows do not say of which object they are: each of the %d needs a file of its own",
            objects);
        base_error_hint(err, "--output-dir DIR");
        return BASE_USAGE;
    }
    if (o->escape_formulas && strcmp(o->format, "csv") != 0)
        return base_fail(err, BASE_USAGE, "reading the options",
                         "--escape-formulas is for --format csv");
    if (o->resume && !to_file && !o->output_dir) {
        base_fail(err, BASE_USAGE, "reading the options", "standard output cannot be gone on with");
        base_error_hint(err, "--resume with --output FILE, then and now");
        return BASE_USAGE;
    }
    if (o->resume && strcmp(o->format, "table") == 0)
        return base_fail(err, BASE_USAGE, "reading the options",
                         "a table is written when all rows are there: it cannot be gone on with");
    return BASE_OK;
}

/* All of them before the first request. */
static enum base_status check_plans(const struct cli_export *x, struct base_error *err)
{
    for (int i = 0; i < x->count; i++) {
        struct crm_plan plan = cli_export_plan(x, x->objects[i]);
        enum base_status status = crm_plan_check(&plan, err);

        if (status)
            return status;
        for (int k = 0; k < i; k++) {
            if (strcmp(x->objects[i], x->objects[k]) == 0)
                return base_fail(err, BASE_USAGE, "reading the command line",
                                 "%.64s is named twice", x->objects[i]);
        }
    }
    return BASE_OK;
}

/* DIR/OBJECT.FORMAT on the heap. */
static char *path_in(const struct cli_export_options *o, const char *object)
{
    char name[300];

    base_text_format(name, sizeof(name), "%s.%s", object,
                     strcmp(o->format, "table") == 0 ? "txt" : o->format);
    return base_file_join(o->output_dir, name);
}

/* What is wrong with one object need not be so with the next. */
static bool ends_all(enum base_status status)
{
    return status != BASE_FORBIDDEN && status != BASE_FAILED && status != BASE_INVALID &&
           status != BASE_NOT_FOUND && status != BASE_LIMIT;
}

/* States stay until all files are complete: whoever goes on must know which are. */
static void forget_states(const struct cli_export *x)
{
    for (int i = 0; i < x->count; i++) {
        BASE_CLEANUP(base_mem_cleanup) char *path = path_in(x->o, x->objects[i]);

        if (path)
            crm_part_forget(path);
    }
}

static enum base_status fail_some(int failed, int count, struct base_error *err)
{
    enum base_status status = failed == count ? BASE_FAILED : BASE_PARTIAL;

    base_fail(err, status, "exporting", "%d of %d objects failed", failed, count);
    base_error_hint(err, "the same command with --resume reads those that are not complete");
    return status;
}

static enum base_status export_all(struct cli_export *x, struct broker *b, struct base_error *err)
{
    enum base_status status = base_file_make_dir(x->o->output_dir, err);
    struct cli_report report;
    int failed = 0;

    for (int i = 0; !status && i < x->count; i++) {
        BASE_CLEANUP(base_mem_cleanup) char *path = path_in(x->o, x->objects[i]);

        status =
            path ? cli_export_object(x, b, x->objects[i], path, true, err) : base_fail_memory(err);
        if (!status || ends_all(status) || x->count == 1)
            continue;
        cli_error_warn(x->c, err);
        failed++;
        status = BASE_OK;
    }
    if (status)
        return status;
    if (failed > 0) {
        /* Else a job that repeats this command would find them complete for ever. */
        if (x->total.requests == 0)
            forget_states(x);
        return fail_some(failed, x->count, err);
    }
    forget_states(x);
    if (x->count > 1) {
        cli_report_begin(&report, x->c, NULL, x->o->progress, x->o->quiet);
        cli_report_total(&report, x->count, &x->total);
    }
    return BASE_OK;
}

static enum base_status run_with(struct cli_export *x, struct base_buf *names,
                                 struct base_error *err)
{
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    const struct cli_export_options *o = x->o;
    const char *path = o->output && strcmp(o->output, "-") != 0 ? o->output : NULL;
    char token[CLI_STATELESS_TAG];
    struct broker_pace pace;
    struct broker *b;
    enum base_status status = read_pace(o, &pace, err);

    if (!status)
        status = check_destination(o, x->count, err);
    if (!status)
        status = check_all(o->properties, err);
    if (!status && o->properties && o->properties[0] == '@')
        status = read_file(o->properties + 1, names, err);
    if (names->n > 0)
        x->names = base_buf_str(names);
    else if (!o->properties || strcmp(o->properties, "all") != 0)
        x->names = o->properties;
    if (status || (status = check_plans(x, err)) ||
        (status = cli_account_choose(x->c, o->account, &account, err)) ||
        (status = cli_broker_on_loop(x->c, &b, err)))
        return status;
    broker_set_pace(b, &pace);
    x->account = account.name;
    x->token = cli_stateless_tag(x->c, token);
    return o->output_dir ? export_all(x, b, err)
                         : cli_export_object(x, b, x->objects[0], path, false, err);
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    struct cli_export x = {
        .c = c, .o = args->options, .objects = args->operands, .count = args->count};
    BASE_CLEANUP(base_buf_free) struct base_buf names = {0};

    base_buf_init(&names, PROPERTIES_MAX);
    return run_with(&x, &names, err);
}

const struct cli_command cli_cmd_export = {
    .usage =
        {.program = "hubauth",
         .name = "export",
         .operands = "OBJECT…",
         .summary = "objects out of HubSpot: contacts, deals and others, as NDJSON or CSV",
         .details =
             "Reads page after page within HubSpot's rate limit, renews the token on "
             "the way, and writes each object as it "
             "comes.\n\n"
             "A file given by --output, or in --output-dir, appears under its name only "
             "when everything is in it. Until then it is FILE.hubauth-part, and "
             "FILE.hubauth-state says how far it has come. Whatever ends the export "
             "early (Ctrl-C, a full disk, the network, kill -9, power), the same command with "
             "--resume goes on from there, with every object once; both are removed when FILE, and "
             "every other of the command, is complete. Options that change the rows must be the "
             "same. Without --resume it begins anew. Only one process "
             "at a time writes a FILE.\n\n"
             "Several OBJECTs are read one after the other, within the one limit. One "
             "that is refused does not keep the others back (exit 7).\n\n"
             "--progress json writes a line each second, with \"event\" progress, one for each "
             "OBJECT that it read to its end, done, and for several a total. The first two name "
             "their \"object\". All have \"rows\" so far, \"total\" to come and \"left_ms\" (null "
             "where they are not known), \"rows_before\" (those of an export that was gone on "
             "with), \"requests\" and how many of them were \"refused\", \"elapsed_ms\", "
             "\"rows_per_second\", \"floor_ms\" (what it takes at HubSpot's limit at least), "
             "\"limit_used\" of \"limit_max\", and how many \"readers\" ask at a time. Other "
             "messages on standard error do not begin with {.\n\n"
             "Formats: ndjson has HubSpot's objects unchanged, one on each line; csv "
             "has a heading and a column for each property; table is for people. A value that "
             "begins "
             "with =, +, - or @ is as HubSpot has it, also in csv, unless "
             "--escape-formulas is given: spreadsheets run formulas, and contacts come from "
             "forms that anybody can fill in. At a terminal, what could drive it is shown "
             "as ?.",
         .options = options,
         .min_operands = 1,
         .max_operands = -1,
         .examples = examples,
         .exits = CLI_EXITS,
         .see_also = "hubauth-api(1)"},
    .options_size = sizeof(struct cli_export_options),
    .defaults = &defaults,
    .run = run,
};
