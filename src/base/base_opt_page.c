/* What a command's table says to people: --help, and the manual page's source. */
#include "base_opt_int.h"

#include <string.h>

#include "base_scdoc.h"
#include "base_text.h"

enum {
    OPT_COLUMNS = 80,    /* help is laid out for so many */
    OPT_NAMES_MOST = 30, /* option names wider than this put their help on the next line */
};

/* ---------------------------------------------------------------- help */

static void opt_spaces(struct base_buf *out, size_t n)
{
    while (n-- > 0)
        base_buf_add_char(out, ' ');
}

/* Takes a paragraph off *text; an empty one at the end. */
static struct base_span opt_paragraph(struct base_span *text)
{
    *text = base_span_trim(*text);
    const char *gap = text->n > 0 ? memmem(text->p, text->n, "\n\n", 2) : NULL;
    size_t n = gap != NULL ? (size_t)(gap - text->p) : text->n;
    struct base_span paragraph = base_span_first(*text, n);
    *text = base_span_from(*text, n);
    return paragraph;
}

/* "-f, --format FORMAT"; without a letter the dashes still stand in one column. */
static void opt_names(struct base_buf *out, const struct base_opt *o)
{
    if (o->letter != 0)
        base_buf_printf(out, "-%c, --%s", o->letter, o->name);
    else
        base_buf_printf(out, "    --%s", o->name);
    if (o->kind != BASE_OPT_FLAG)
        base_buf_printf(out, " %s", base_opt_value_name(o));
}

/* The help sentence and, where there are choices, these. */
static void opt_help_text(struct base_buf *out, const struct base_opt *o)
{
    base_buf_add_str(out, o->help != NULL ? o->help : "");
    if (o->choices == NULL)
        return;
    struct base_span rest = base_span_of(o->choices);
    base_buf_add_str(out, " (");
    while (rest.p != NULL) {
        base_buf_add_span(out, base_span_cut(&rest, '|'));
        base_buf_add_str(out, rest.p != NULL ? ", " : ")");
    }
}

/* A scratch text; where memory is short `out` takes over the failure. */
static void opt_scratch_done(struct base_buf *scratch, struct base_buf *out)
{
    if (scratch->status != BASE_OK && out->status == BASE_OK)
        out->status = scratch->status;
    base_buf_reset(scratch);
}

static void opt_help_options(const struct base_opt_command *command, struct base_buf *out)
{
    struct base_buf text;
    size_t column = 0;
    base_buf_init(&text, 4096);
    for (size_t i = 0; i <= base_opt_count(command); i++) {
        opt_names(&text, base_opt_at(command, i));
        size_t width = base_text_width(base_buf_span(&text));
        if (width > column && width <= OPT_NAMES_MOST)
            column = width;
        opt_scratch_done(&text, out);
    }
    column += 2 + 2; /* the indent before and the gap behind */
    base_buf_add_str(out, "\nOptions:\n");
    for (size_t i = 0; i <= base_opt_count(command); i++) {
        const struct base_opt *o = base_opt_at(command, i);
        opt_names(&text, o);
        size_t at = 2 + base_text_width(base_buf_span(&text));
        base_buf_add_str(out, "  ");
        base_buf_add_span(out, base_buf_span(&text));
        opt_scratch_done(&text, out);
        if (at + 2 > column) {
            base_buf_add_char(out, '\n');
            at = 0;
        }
        opt_spaces(out, column - at);
        opt_help_text(&text, o);
        base_text_wrap(out, base_buf_span(&text), column, column, OPT_COLUMNS);
        opt_scratch_done(&text, out);
    }
    base_buf_free(&text);
}

void base_opt_help(const struct base_opt_command *command, struct base_buf *out)
{
    base_buf_printf(out, "Usage: %s%s%s [OPTIONS]%s%s\n\n", command->program,
                    command->name != NULL ? " " : "", command->name != NULL ? command->name : "",
                    command->operands != NULL ? " " : "",
                    command->operands != NULL ? command->operands : "");
    base_text_wrap(out, base_span_of(command->summary), 0, 0, OPT_COLUMNS);
    struct base_span rest = base_span_of(command->details);
    struct base_span paragraph;
    while ((paragraph = opt_paragraph(&rest)).n > 0) {
        base_buf_add_char(out, '\n');
        base_text_wrap(out, paragraph, 0, 0, OPT_COLUMNS);
    }
    opt_help_options(command, out);
    if (command->examples == NULL)
        return;
    base_buf_add_str(out, "\nExamples:\n");
    for (const struct base_opt_example *e = command->examples; e->command != NULL; e++) {
        base_buf_printf(out, "  %s\n", e->command);
        if (e->says == NULL)
            continue;
        opt_spaces(out, 6);
        base_text_wrap(out, base_span_of(e->says), 6, 6, OPT_COLUMNS);
    }
}

/* ---------------------------------------------------------------- man page */

static void opt_sc_paragraphs(struct base_buf *out, const char *text)
{
    struct base_span rest = base_span_of(text);
    struct base_span paragraph;
    bool first = true;
    while ((paragraph = opt_paragraph(&rest)).n > 0) {
        base_buf_add_str(out, first ? "" : "\n");
        base_scdoc_line(out, paragraph);
        first = false;
    }
}

/* "hubauth-app-add", the page's name of the command "app add". */
static void opt_sc_page(struct base_buf *out, const struct base_opt_command *command)
{
    base_buf_add_str(out, command->program);
    if (command->name == NULL)
        return;
    base_buf_add_char(out, '-');
    for (const char *p = command->name; *p != '\0'; p++)
        base_buf_add_char(out, *p == ' ' ? '-' : *p);
}

static void opt_sc_synopsis(struct base_buf *out, const struct base_opt_command *command)
{
    base_buf_add_char(out, '*');
    base_scdoc_str(out, command->program);
    if (command->name != NULL) {
        base_buf_add_char(out, ' ');
        base_scdoc_str(out, command->name);
    }
    base_buf_add_str(out, "* [_OPTIONS_] ");
    base_scdoc_str(out, command->operands);
    base_buf_add_char(out, '\n');
}

static void opt_sc_options(struct base_buf *out, const struct base_opt_command *command)
{
    struct base_buf text;
    base_buf_init(&text, 4096);
    for (size_t i = 0; i <= base_opt_count(command); i++) {
        const struct base_opt *o = base_opt_at(command, i);
        if (i > 0)
            base_buf_add_char(out, '\n');
        if (o->letter != 0)
            base_buf_printf(out, "*-%c*, ", o->letter);
        base_buf_printf(out, "*--%s*", o->name);
        if (o->kind != BASE_OPT_FLAG) {
            base_buf_add_str(out, " _");
            base_scdoc_str(out, base_opt_value_name(o));
            base_buf_add_char(out, '_');
        }
        base_buf_add_str(out, "\n\t");
        opt_help_text(&text, o);
        base_scdoc_line(out, base_buf_span(&text));
        opt_scratch_done(&text, out);
    }
    base_buf_free(&text);
}

static void opt_sc_examples(struct base_buf *out, const struct base_opt_example *examples)
{
    for (const struct base_opt_example *e = examples; e->command != NULL; e++) {
        if (e != examples)
            base_buf_add_char(out, '\n');
        base_buf_add_char(out, '*');
        base_scdoc_str(out, e->command);
        base_buf_add_str(out, "*\n");
        if (e->says == NULL)
            continue;
        base_buf_add_char(out, '\t');
        base_scdoc_line(out, base_span_of(e->says));
    }
}

void base_opt_scdoc(const struct base_opt_command *command, struct base_buf *out)
{
    opt_sc_page(out, command);
    base_buf_printf(out, "(1) \"\" \"%s manual\"\n", command->program);
    base_scdoc_section(out, "NAME");
    opt_sc_page(out, command);
    base_buf_add_str(out, " - ");
    base_scdoc_str(out, command->summary);
    base_buf_add_char(out, '\n');
    base_scdoc_section(out, "SYNOPSIS");
    opt_sc_synopsis(out, command);
    base_scdoc_section(out, "DESCRIPTION");
    opt_sc_paragraphs(out, command->details != NULL ? command->details : command->summary);
    base_scdoc_section(out, "OPTIONS");
    opt_sc_options(out, command);
    if (command->examples != NULL && command->examples[0].command != NULL) {
        base_scdoc_section(out, "EXAMPLES");
        opt_sc_examples(out, command->examples);
    }
    base_scdoc_section(out, "EXIT STATUS");
    base_buf_add_str(out, "*0*\n\tDone.\n\n*1*\n\tFailed; the reason is on standard error.\n\n"
                          "*2*\n\tThe command line is wrong.\n");
    if (command->exits != NULL) {
        base_buf_add_char(out, '\n');
        opt_sc_paragraphs(out, command->exits);
    }
    if (command->see_also != NULL) {
        base_scdoc_section(out, "SEE ALSO");
        opt_sc_paragraphs(out, command->see_also);
    }
}
