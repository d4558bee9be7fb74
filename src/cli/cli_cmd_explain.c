/* hubauth explain: what an error means, what causes it, which command settles that, and the cure.
 * Asks nobody and opens no vault. */
#include "base_file.h"
#include "cli_command.h"
#include "cli_explain.h"

#include <unistd.h>

#define DOING "explaining an error"
#define COLUMNS_WITHOUT_TERMINAL 80
#define COLUMNS_LEAST 40
#define COLUMNS_MOST 100 /* longer lines are hard to read */

struct explain_options {
    bool list, json, markdown, man;
};

static const struct base_opt options[] = {
    {.name = "list",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct explain_options, list),
     .help = "List everything that is known, by the place where it is met"},
    {.name = "json",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct explain_options, json),
     .help = "Print JSON"},
    {.name = "markdown",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct explain_options, markdown),
     .help = "Print everything as a Markdown document"},
    {.name = "man",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct explain_options, man),
     .help = "Print everything as the source of hubauth-errors(7), for scdoc(1)"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth explain BAD_REFRESH_TOKEN", "a word of HubSpot's; so is bad-refresh-token"},
    {"hubauth explain 477", "an HTTP status; 0 to 8 are exit codes of hubauth"},
    {"hubauth explain \"provided scopes are insufficient\"", "a sentence of the consent page"},
    {"hubauth explain < body.json", "what HubSpot answered, from a file"},
    {"hubauth explain --list", "all there is"},
    {0},
};

/* Of the terminal; `otherwise` when standard output is none. */
static size_t terminal_columns(const struct cli *c, size_t otherwise)
{
    return c->stdout_tty ? cli_columns(STDOUT_FILENO, otherwise) : otherwise;
}

static size_t text_columns(const struct cli *c)
{
    size_t columns = terminal_columns(c, COLUMNS_WITHOUT_TERMINAL);

    if (columns < COLUMNS_LEAST)
        return COLUMNS_LEAST;
    return columns > COLUMNS_MOST ? COLUMNS_MOST : columns;
}

/* The operands with a space between them, or standard input. */
static enum base_status read_text(struct cli *c, const struct cli_args *args, struct base_buf *text,
                                  struct base_error *err)
{
    enum base_status status;

    if (args->count > 0 && !(args->count == 1 && strcmp(args->operands[0], "-") == 0)) {
        for (int i = 0; i < args->count; i++) {
            if (i > 0)
                base_buf_add_char(text, ' ');
            base_buf_add_str(text, args->operands[i]);
        }
        return base_buf_status(text)
                   ? base_fail(err, base_buf_status(text), DOING, "the arguments are too long")
                   : BASE_OK;
    }
    if (isatty(STDIN_FILENO))
        cli_say(c, "Paste the error, then press Return and Ctrl-D. `hubauth explain --list` shows "
                   "all there is.");
    status = base_file_read_fd(STDIN_FILENO, text, err);
    if (status)
        base_error_doing(err, DOING);
    return status;
}

/* Nothing that was pasted is repeated here: it may be a token. */
static enum base_status not_found(const struct hubspot_diagnosis *d, struct base_error *err)
{
    if (d->word[0])
        base_fail(err, BASE_NOT_FOUND, DOING, "HubSpot's word %s is in no list", d->word);
    else
        base_fail(err, BASE_NOT_FOUND, DOING, "nothing is known about that");
    if (d->nearest)
        base_error_hint(err, "did you mean `hubauth explain %s`?", d->nearest->code);
    else
        base_error_hint(err, "hubauth explain --list");
    return BASE_NOT_FOUND;
}

static void write_found(const struct cli *c, const struct hubspot_diagnosis *d,
                        struct base_buf *out)
{
    size_t columns = text_columns(c);

    if (!d->sure) {
        base_buf_add_str(out, "Several may be meant; `hubauth explain CODE` tells more:\n\n");
        cli_explain_candidates(d, 0, columns, out);
        return;
    }
    cli_explain_text(d->found[0], d, columns, c->colour_stdout, out);
    if (d->count > 1) {
        base_buf_add_str(out, "\nAlso:\n");
        cli_explain_candidates(d, 1, columns, out);
    }
}

static enum base_status explain(struct cli *c, const struct cli_args *args, struct base_buf *out,
                                struct base_error *err)
{
    const struct explain_options *o = args->options;
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    struct hubspot_diagnosis d;
    enum base_status status;

    base_buf_init_sensitive(&text, HUBSPOT_DIAGNOSIS_MAX);
    status = read_text(c, args, &text, err);
    if (status)
        return status;
    if (base_span_trim(base_buf_span(&text)).n == 0) {
        base_fail(err, BASE_USAGE, DOING, "there is nothing to explain");
        base_error_hint(err, "hubauth explain --list");
        return BASE_USAGE;
    }
    status = hubspot_diagnose(base_buf_span(&text), &d);
    if (status) /* the cap is that of the buffer it was read into */
        return base_fail_memory(err);
    if (d.holds_secret)
        cli_say(c,
                "hubauth: this text holds what looks like a token, a secret or a code. It is not "
                "repeated here; take it out before you show the text to anybody.");
    if (o->json)
        cli_explain_json(&d, out);
    else if (d.count > 0)
        write_found(c, &d, out);
    return d.count > 0 ? BASE_OK : not_found(&d, err);
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct explain_options *o = args->options;
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
    enum base_status status = BASE_OK, written;

    base_buf_init(&out, 1u << 20);
    if ((o->list || o->markdown || o->man) && args->count > 0)
        return base_fail(err, BASE_USAGE, DOING, "--%s shows everything and takes no code",
                         o->list       ? "list"
                         : o->markdown ? "markdown"
                                       : "man");
    if (o->man)
        cli_explain_man(&out);
    else if (o->markdown)
        cli_explain_markdown(&out);
    else if (o->list && o->json)
        cli_explain_list_json(&out);
    else if (o->list)
        status = cli_explain_list(c->colour_stdout, terminal_columns(c, SIZE_MAX), &out, err);
    else
        status = explain(c, args, &out, err);
    if (status && out.n == 0)
        return status;
    written = cli_write_buf(&out, status ? NULL : err);
    return status ? status : written;
}

const struct cli_command cli_cmd_explain = {
    .usage = {.program = "hubauth",
              .name = "explain",
              .operands = "[CODE]",
              .summary = "what an error means, its causes, what settles which, and the cure",
              .details =
                  "CODE is a word of HubSpot's or of OAuth (BAD_AUTH_CODE, bad-auth-code), an HTTP "
                  "status, an exit code of hubauth, or words of a message. Without it, and with "
                  "`-`, standard input is read: an error body, headers and body, a page, the "
                  "address of a redirect, or lines of a log, 64 KiB at most.\n\n"
                  "What was pasted is never repeated: it may hold tokens. Nobody is asked, and no "
                  "vault is opened.\n\n"
                  "When several entries may be meant, all of them are listed. When none is, the "
                  "exit code is 1.",
              .options = options,
              .max_operands = -1,
              .examples = examples,
              .exits = "1: nothing is known about it.",
              .see_also =
                  "hubauth-errors(7), hubauth-status(1), hubauth-introspect(1), hubauth(1)"},
    .options_size = sizeof(struct explain_options),
    .run = run,
};
