#include "base_opt_int.h"

#include <assert.h>
#include <getopt.h>
#include <string.h>

#include "base_text.h"
#include "base_time.h"

enum {
    OPT_MOST = 128,  /* options of one command */
    OPT_LONG = 1000, /* getopt's value of the first option in its long form */
};

static const char opt_doing[] = "reading the command line";

/* ---------------------------------------------------------------- the table */

static const struct base_opt opt_help_entry = {
    .letter = 'h', .name = "help", .kind = BASE_OPT_FLAG, .help = "show this help and exit"};

size_t base_opt_count(const struct base_opt_command *command)
{
    size_t n = 0;
    while (command->options != NULL && n < OPT_MOST && command->options[n].name != NULL)
        n++;
    /* Those beyond would be unknown to the parser and missing in the help. */
    assert(command->options == NULL || command->options[n].name == NULL);
    return n;
}

const struct base_opt *base_opt_at(const struct base_opt_command *command, size_t i)
{
    return i < base_opt_count(command) ? &command->options[i] : &opt_help_entry;
}

static const struct base_opt *opt_by_letter(const struct base_opt_command *command, int letter)
{
    for (size_t i = 0; i <= base_opt_count(command); i++) {
        const struct base_opt *o = base_opt_at(command, i);
        if (letter != 0 && o->letter == letter)
            return o;
    }
    return NULL;
}

const char *base_opt_value_name(const struct base_opt *o)
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
    for (size_t i = 0; i <= base_opt_count(command); i++) {
        unsigned distance = opt_distance(typed, base_opt_at(command, i)->name);
        if (distance < best_distance) {
            best = base_opt_at(command, i)->name;
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
    for (size_t i = 0; i <= base_opt_count(command); i++) {
        const struct base_opt *o = base_opt_at(command, i);
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
    const struct base_opt *o = optopt >= OPT_LONG
                                   ? base_opt_at(command, (size_t)(optopt - OPT_LONG))
                                   : opt_by_letter(command, optopt);
    if (o != NULL && optopt >= OPT_LONG && !opt_is_whole_name(o, word))
        return opt_unknown(command, word, err);
    if (o != NULL && got == ':') {
        base_fail(err, BASE_USAGE, opt_doing, "--%s needs a value: --%s %s", o->name, o->name,
                  base_opt_value_name(o));
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
        const struct base_opt *o = got >= OPT_LONG ? base_opt_at(command, (size_t)(got - OPT_LONG))
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
