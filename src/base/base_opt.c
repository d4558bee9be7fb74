#include "base_opt.h"

#include <getopt.h>
#include <string.h>

#include "base_text.h"
#include "base_time.h"

enum {
    OPT_MOST = 64,       /* options of one command */
    OPT_LONG = 1000,     /* getopt's value of the first option in its long form */
    OPT_COLUMNS = 80,    /* help is laid out for so many */
    OPT_NAMES_MOST = 30, /* option names wider than this put their help on the next line */
};

static const char opt_doing[] = "reading the command line";
static const struct base_opt opt_help_entry = {
    .letter = 'h', .name = "help", .kind = BASE_OPT_FLAG, .help = "show this help and exit"};

/* ---------------------------------------------------------------- the table */

static size_t opt_count(const struct base_opt_command *command)
{
    size_t n = 0;
    while (command->options != NULL && n < OPT_MOST && command->options[n].name != NULL)
        n++;
    return n;
}

/* Entry i of the command's options; the one after the last is --help, which every command has. */
static const struct base_opt *opt_at(const struct base_opt_command *command, size_t i)
{
    return i < opt_count(command) ? &command->options[i] : &opt_help_entry;
}

static const struct base_opt *opt_by_letter(const struct base_opt_command *command, int letter)
{
    for (size_t i = 0; i <= opt_count(command); i++) {
        const struct base_opt *o = opt_at(command, i);
        if (letter != 0 && o->letter == letter)
            return o;
    }
    return NULL;
}

static const char *opt_value_name(const struct base_opt *o)
{
    return o->value != NULL ? o->value : "VALUE";
}

/* ---------------------------------------------------------------- what is wrong with a command
 * line */

static enum base_status opt_hint_help(const struct base_opt_command *command,
                                      struct base_error *err)
{
    base_error_hint(err, "%s%s%s --help shows what it takes", command->program,
                    command->name != NULL ? " " : "", command->name != NULL ? command->name : "");
    return BASE_USAGE;
}

/* How far a word is from what was typed; a beginning of it counts as near. */
static unsigned opt_distance(const char *typed, const char *word)
{
    size_t n = strlen(typed);
    if (n >= 3 && strncmp(typed, word, n) == 0)
        return 1;
    return base_text_distance(typed, word);
}

static enum base_status opt_unknown(const struct base_opt_command *command, const char *word,
                                    struct base_error *err)
{
    char typed[64]; /* the name alone: what follows '=' may be a secret */
    struct base_span rest = base_span_of(word + 2);
    base_text_copy(typed, sizeof(typed), base_span_cut(&rest, '='));
    base_fail(err, BASE_USAGE, opt_doing, "unknown option --%s", typed);

    const char *best = NULL;
    unsigned best_distance = (unsigned)(strlen(typed) / 3 + 2); /* farther is no likeness */
    for (size_t i = 0; i <= opt_count(command); i++) {
        unsigned distance = opt_distance(typed, opt_at(command, i)->name);
        if (distance < best_distance) {
            best = opt_at(command, i)->name;
            best_distance = distance;
        }
    }
    if (best == NULL)
        return opt_hint_help(command, err);
    base_error_hint(err, "did you mean --%s?", best);
    return BASE_USAGE;
}

/* getopt_long() takes any unambiguous beginning of a name. We do not: scripts would break with the
 * next option, and
 * "--client-secret VALUE" must not become "--client-secret-file VALUE". */
static bool opt_is_whole_name(const struct base_opt *o, const char *word)
{
    struct base_span rest = base_span_of(word + 2);
    return base_span_is(base_span_cut(&rest, '='), o->name);
}

/* ---------------------------------------------------------------- values */

static bool opt_is_choice(const char *choices, const char *value)
{
    struct base_span rest = base_span_of(choices);
    while (rest.p != NULL) {
        if (base_span_is(base_span_cut(&rest, '|'), value))
            return true;
    }
    return false;
}

static enum base_status opt_bad_value(const struct base_opt *o, const char *value,
                                      const char *wanted, struct base_error *err)
{
    return base_fail(err, BASE_USAGE, opt_doing, "--%s: \"%.64s\" is not %s", o->name, value,
                     wanted);
}

static enum base_status opt_store_int(const struct base_opt *o, const char *value, int64_t *to,
                                      struct base_error *err)
{
    bool bounded = o->min != 0 || o->max != 0;
    int64_t min = bounded ? o->min : 0;
    int64_t max = bounded ? o->max : INT64_MAX;
    int64_t number;
    char wanted[80];
    if (base_span_int64(base_span_of(value), &number) && number >= min && number <= max) {
        *to = number;
        return BASE_OK;
    }
    if (bounded)
        base_text_format(wanted, sizeof(wanted), "a number from %lld to %lld", (long long)min,
                         (long long)max);
    return opt_bad_value(o, value, bounded ? wanted : "a number", err);
}

static enum base_status opt_store_list(const struct base_opt *o, const char *value,
                                       struct base_opt_list *to, struct base_error *err)
{
    const size_t most = sizeof(to->items) / sizeof(to->items[0]);
    if (to->count >= most)
        return base_fail(err, BASE_USAGE, opt_doing, "--%s can be given %zu times", o->name, most);
    to->items[to->count++] = value;
    return BASE_OK;
}

static enum base_status opt_store(const struct base_opt *o, const char *value, void *options,
                                  struct base_error *err)
{
    void *to = (char *)options + o->offset;
    if (value != NULL && o->choices != NULL && !opt_is_choice(o->choices, value)) {
        base_fail(err, BASE_USAGE, opt_doing, "--%s: \"%.64s\" is not one of %s", o->name, value,
                  o->choices);
        return BASE_USAGE;
    }
    switch (o->kind) {
    case BASE_OPT_FLAG:
        *(bool *)to = true;
        return BASE_OK;
    case BASE_OPT_STRING:
        *(const char **)to = value;
        return BASE_OK;
    case BASE_OPT_LIST:
        return opt_store_list(o, value, to, err);
    case BASE_OPT_INT:
        return opt_store_int(o, value, to, err);
    case BASE_OPT_SPAN:
        return base_time_parse_span(base_span_of(value), to)
                   ? BASE_OK
                   : opt_bad_value(o, value, "a time span such as 90s, 5m or 1h", err);
    }
    return BASE_OK;
}

/* ---------------------------------------------------------------- parsing */

struct opt_getopt {
    char letters[2 * OPT_MOST + 8];
    struct option longs[OPT_MOST + 2];
};

/* "-" makes getopt return operands in their place, so that POSIXLY_CORRECT in the environment
 * changes nothing; ":" makes it tell a missing value from an unknown option. */
static void opt_describe(const struct base_opt_command *command, struct opt_getopt *g)
{
    *g = (struct opt_getopt){.letters = "-:"};
    size_t n = 2;
    for (size_t i = 0; i <= opt_count(command); i++) {
        const struct base_opt *o = opt_at(command, i);
        bool takes = o->kind != BASE_OPT_FLAG;
        g->longs[i] = (struct option){o->name, takes ? required_argument : no_argument, NULL,
                                      OPT_LONG + (int)i};
        if (o->letter == 0)
            continue;
        g->letters[n++] = o->letter;
        if (takes)
            g->letters[n++] = ':';
    }
}

static enum base_status opt_getopt_failed(const struct base_opt_command *command, int got,
                                          const char *word, struct base_error *err)
{
    const struct base_opt *o = optopt >= OPT_LONG ? opt_at(command, (size_t)(optopt - OPT_LONG))
                                                  : opt_by_letter(command, optopt);
    if (o != NULL && optopt >= OPT_LONG && !opt_is_whole_name(o, word))
        return opt_unknown(command, word, err);
    if (o != NULL && got == ':') {
        base_fail(err, BASE_USAGE, opt_doing, "--%s needs a value: --%s %s", o->name, o->name,
                  opt_value_name(o));
        return opt_hint_help(command, err);
    }
    if (o != NULL)
        return base_fail(err, BASE_USAGE, opt_doing, "--%s takes no value", o->name);
    if (optopt == 0)
        return opt_unknown(command, word, err);
    base_fail(err, BASE_USAGE, opt_doing, "unknown option -%c", optopt);
    return opt_hint_help(command, err);
}

static enum base_status opt_check_operands(const struct base_opt_command *command, int count,
                                           struct base_error *err)
{
    const char *wanted = command->operands != NULL ? command->operands : "";
    if (count < command->min_operands)
        base_fail(err, BASE_USAGE, opt_doing, "too few words: %s is needed", wanted);
    else if (command->max_operands == 0 && count > 0)
        base_fail(err, BASE_USAGE, opt_doing, "too many words: it takes options only");
    else if (command->max_operands > 0 && count > command->max_operands)
        base_fail(err, BASE_USAGE, opt_doing, "too many words: it takes %s", wanted);
    else
        return BASE_OK;
    return opt_hint_help(command, err);
}

enum base_status base_opt_parse(const struct base_opt_command *command, int argc, char **argv,
                                void *options, const char **ret_operands, int *ret_count,
                                bool *ret_help, struct base_error *err)
{
    struct opt_getopt g;
    int count = 0;
    int got;
    opt_describe(command, &g);
    *ret_help = false;
    optind = 0; /* GNU: start anew, also inside */
    opterr = 0;
    while ((got = getopt_long(argc, argv, g.letters, g.longs, NULL)) != -1) {
        if (got == 1) {
            ret_operands[count++] = optarg;
            continue;
        }
        const char *word = argv[optind - 1]; /* where a long option stands, or its value */
        if (got == '?' || got == ':')
            return opt_getopt_failed(command, got, word, err);
        const struct base_opt *o = got >= OPT_LONG ? opt_at(command, (size_t)(got - OPT_LONG))
                                                   : opt_by_letter(command, got);
        if (got >= OPT_LONG && optarg != NULL && optarg == word)
            word = argv[optind - 2];
        if (got >= OPT_LONG && !opt_is_whole_name(o, word))
            return opt_unknown(command, word, err);
        if (o == &opt_help_entry) {
            *ret_help = true;
            return BASE_OK;
        }
        enum base_status status = opt_store(o, optarg, options, err);
        if (status != BASE_OK)
            return status;
    }
    while (optind < argc)
        ret_operands[count++] = argv[optind++];
    *ret_count = count;
    return opt_check_operands(command, count, err);
}

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
        base_buf_printf(out, " %s", opt_value_name(o));
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
    for (size_t i = 0; i <= opt_count(command); i++) {
        opt_names(&text, opt_at(command, i));
        size_t width = base_text_width(base_buf_span(&text));
        if (width > column && width <= OPT_NAMES_MOST)
            column = width;
        opt_scratch_done(&text, out);
    }
    column += 2 + 2; /* the indent before and the gap behind */
    base_buf_add_str(out, "\nOptions:\n");
    for (size_t i = 0; i <= opt_count(command); i++) {
        const struct base_opt *o = opt_at(command, i);
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

/* Text in scdoc's language: its formatting characters are escaped, and line breaks become spaces,
 * since several characters mean something else at the beginning of a line. */
static void opt_sc_text(struct base_buf *out, struct base_span s)
{
    static const char special[] = "\\*_#`[]|-;";
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool always = c == '\\' || c == '*' || c == '_' || c == '`';
        if (always || (i == 0 && c != '\0' && strchr(special, c) != NULL))
            base_buf_add_char(out, '\\');
        base_buf_add_char(out, c == '\n' ? ' ' : c);
    }
}

static void opt_sc_str(struct base_buf *out, const char *text)
{
    opt_sc_text(out, base_span_of(text));
}

/* Text at the beginning of a line, where scdoc 1.11 swallows a full stop, and roff would take it
 * for a request. */
static void opt_sc_line(struct base_buf *out, struct base_span s)
{
    if (base_span_starts(s, ".")) {
        base_buf_add_str(out, "*.*");
        s = base_span_from(s, 1);
    }
    opt_sc_text(out, s);
    base_buf_add_char(out, '\n');
}

static void opt_sc_section(struct base_buf *out, const char *title)
{
    base_buf_printf(out, "\n# %s\n\n", title);
}

static void opt_sc_paragraphs(struct base_buf *out, const char *text)
{
    struct base_span rest = base_span_of(text);
    struct base_span paragraph;
    bool first = true;
    while ((paragraph = opt_paragraph(&rest)).n > 0) {
        base_buf_add_str(out, first ? "" : "\n");
        opt_sc_line(out, paragraph);
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
    opt_sc_str(out, command->program);
    if (command->name != NULL) {
        base_buf_add_char(out, ' ');
        opt_sc_str(out, command->name);
    }
    base_buf_add_str(out, "* [_OPTIONS_] ");
    opt_sc_str(out, command->operands);
    base_buf_add_char(out, '\n');
}

static void opt_sc_options(struct base_buf *out, const struct base_opt_command *command)
{
    struct base_buf text;
    base_buf_init(&text, 4096);
    for (size_t i = 0; i <= opt_count(command); i++) {
        const struct base_opt *o = opt_at(command, i);
        if (i > 0)
            base_buf_add_char(out, '\n');
        if (o->letter != 0)
            base_buf_printf(out, "*-%c*, ", o->letter);
        base_buf_printf(out, "*--%s*", o->name);
        if (o->kind != BASE_OPT_FLAG) {
            base_buf_add_str(out, " _");
            opt_sc_str(out, opt_value_name(o));
            base_buf_add_char(out, '_');
        }
        base_buf_add_str(out, "\n\t");
        opt_help_text(&text, o);
        opt_sc_line(out, base_buf_span(&text));
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
        opt_sc_str(out, e->command);
        base_buf_add_str(out, "*\n");
        if (e->says == NULL)
            continue;
        base_buf_add_char(out, '\t');
        opt_sc_line(out, base_span_of(e->says));
    }
}

void base_opt_scdoc(const struct base_opt_command *command, struct base_buf *out)
{
    opt_sc_page(out, command);
    base_buf_printf(out, "(1) \"\" \"%s manual\"\n", command->program);
    opt_sc_section(out, "NAME");
    opt_sc_page(out, command);
    base_buf_add_str(out, " - ");
    opt_sc_str(out, command->summary);
    base_buf_add_char(out, '\n');
    opt_sc_section(out, "SYNOPSIS");
    opt_sc_synopsis(out, command);
    opt_sc_section(out, "DESCRIPTION");
    opt_sc_paragraphs(out, command->details != NULL ? command->details : command->summary);
    opt_sc_section(out, "OPTIONS");
    opt_sc_options(out, command);
    if (command->examples != NULL && command->examples[0].command != NULL) {
        opt_sc_section(out, "EXAMPLES");
        opt_sc_examples(out, command->examples);
    }
    opt_sc_section(out, "EXIT STATUS");
    base_buf_add_str(out, "*0*\n\tDone.\n\n*1*\n\tFailed; the reason is on standard error.\n\n"
                          "*2*\n\tThe command line is wrong.\n");
    if (command->exits != NULL) {
        base_buf_add_char(out, '\n');
        opt_sc_paragraphs(out, command->exits);
    }
    if (command->see_also != NULL) {
        opt_sc_section(out, "SEE ALSO");
        opt_sc_paragraphs(out, command->see_also);
    }
}
