/* Each shell's script asks `hubauth help --candidates -- WORD…` what can stand in the place of the
 * last word, so that there is one set of rules, and the command table is its source. A line for
 * each candidate: itself, a tab, what it is. The line ":files" leaves it to the shell. */
#include "cli_completion.h"

#include "base_text.h"
#include "broker_alias.h"
#include "broker_app.h"
#include "broker_app_level.h"
#include "broker_grant.h"
#include "cli_command.h"
#include "hubspot_catalogue.h"

struct search {
    struct cli *c;
    struct base_span typed;  /* of the word, as far as it counts */
    struct base_span before; /* what stands before that in the same word: "--format=" */
    struct base_buf *out;
};

static void offer(struct search *s, struct base_span candidate, const char *says)
{
    if (!base_span_eq(base_span_first(candidate, s->typed.n), s->typed))
        return;
    base_buf_add_span(s->out, s->before);
    base_buf_add_span(s->out, candidate);
    base_buf_printf(s->out, says[0] ? "\t%s\n" : "%s\n", says);
}

/* ------------------------------------------------------------------ what a place takes */

/* Names come from a listing, whose records were not opened. A shell puts what is offered into the
 * line as it is, so what hubauth would never have stored is not offered. */
static void offer_name(struct search *s, const char *name, const char *says)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";

    if (name[0] && name[0] != '-' && name[strspn(name, plain)] == '\0')
        offer(s, base_span_of(name), base_text_is_printable(base_span_of(says)) ? says : "");
}

static bool offer_account(void *arg, const struct broker_grant *g)
{
    /* Of app-level ones each app may have one: its whole name tells them apart. */
    if (broker_grant_is_app_level(g))
        offer_name(arg, g->name, broker_grant_kind_word(g->kind));
    else
        offer_name(arg, g->account, g->app);
    return true;
}

static bool offer_alias(void *arg, const char *alias, const char *account)
{
    offer_name(arg, alias, account);
    return true;
}

static bool offer_app(void *arg, const struct broker_app *app)
{
    offer_name(arg, app->name, app->client_id);
    return true;
}

/* The commands whose name begins with `group` and a space, or, without one, those of one word. */
static void offer_commands(struct search *s, const char *group)
{
    size_t n = group ? strlen(group) + 1 : 0;

    for (size_t i = 0; cli_command_at(i); i++) {
        const struct base_opt_command *usage = &cli_command_at(i)->usage;
        bool fits = group ? strncmp(usage->name, group, n - 1) == 0 && usage->name[n - 1] == ' '
                          : strchr(usage->name, ' ') == NULL;

        if (fits)
            offer(s, base_span_of(usage->name + n), usage->summary);
    }
}

static void offer_choices(struct search *s, const char *choices)
{
    struct base_span rest = base_span_of(choices);

    while (rest.p)
        offer(s, base_span_cut(&rest, '|'), "");
}

static void offer_codes(struct search *s)
{
    const struct hubspot_catalogue_entry *e;

    for (size_t i = 0; (e = hubspot_catalogue_at(i)); i++)
        offer(s, base_span_of(e->code), e->why);
}

/* By the word that stands in the usage: "FILE", "[ACCOUNT]". */
static void offer_place(struct search *s, const char *usage)
{
    struct base_span rest = base_span_of(usage ? usage : "");
    struct base_span word = base_span_cut(&rest, ' ');
    struct broker *b;

    if (base_span_starts(word, "["))
        word = base_span_first(base_span_from(word, 1), word.n - 2);
    if (base_span_is(word, "FILE") || base_span_is(word, "DIR"))
        base_buf_add_str(s->out, ":files\n");
    else if (base_span_starts(word, "OBJECT"))
        offer_choices(s, "contacts|companies|deals|tickets");
    else if (base_span_is(word, "COMMAND"))
        offer_commands(s, NULL);
    else if (base_span_is(word, "CODE"))
        offer_codes(s);
    /* A vault that cannot be read offers nothing. Its listings need no key. */
    else if (base_span_is(word, "ACCOUNT") && cli_broker(s->c, &b, NULL) == BASE_OK) {
        (void)broker_grant_list(b, offer_account, s, NULL);
        (void)broker_alias_list(b, offer_alias, s, NULL);
    } else if (base_span_is(word, "ALIAS") && cli_broker(s->c, &b, NULL) == BASE_OK)
        (void)broker_alias_list(b, offer_alias, s, NULL);
    else if (base_span_is(word, "APP") && cli_broker(s->c, &b, NULL) == BASE_OK)
        (void)broker_app_list(b, offer_app, s, NULL);
}

static void offer_options(struct search *s, const struct base_opt *options)
{
    char name[64];

    for (const struct base_opt *o = options; o->name; o++) {
        (void)snprintf(name, sizeof(name), "--%s", o->name);
        offer(s, base_span_of(name), o->help);
    }
    offer(s, BASE_SPAN("--help"), "show help");
}

/* ------------------------------------------------------------------ which place it is */

/* The option of that name that takes a value; NULL when there is none. */
static const struct base_opt *find_option(const struct base_opt *options, struct base_span word)
{
    for (const struct base_opt *o = options; o->name; o++) {
        char name[64], letter[] = {'-', o->letter, '\0'};

        (void)snprintf(name, sizeof(name), "--%s", o->name);
        if (o->kind != BASE_OPT_FLAG &&
            (base_span_is(word, name) || (o->letter && base_span_is(word, letter))))
            return o;
    }
    return NULL;
}

/* The option whose value is typed, if it is one: behind its name, behind "=", or, as bash cuts
 * words, behind its name and a word "=". */
static const struct base_opt *option_of_value(struct search *s, const struct base_opt *options,
                                              const char *const *words, int count)
{
    struct base_span rest = s->typed;
    struct base_span name = base_span_cut(&rest, '=');
    const struct base_opt *o;

    if (name.n > 0 && rest.p && (o = find_option(options, name))) {
        s->before = base_span_first(s->typed, name.n + 1);
        s->typed = rest;
        return o;
    }
    if (base_span_is(s->typed, "="))
        s->typed = base_span_from(s->typed, 1);
    else if (count > 2 && strcmp(words[count - 2], "=") == 0)
        count--;
    return count > 1 ? find_option(options, base_span_of(words[count - 2])) : NULL;
}

static void offer_next(struct search *s, const struct cli_command *command,
                       const char *const *words, int count)
{
    const struct base_opt_command *usage = &command->usage;
    const struct base_opt *o = option_of_value(s, usage->options, words, count);

    if (o && o->choices)
        offer_choices(s, o->choices);
    else if (o)
        offer_place(s, o->value);
    else if (base_span_starts(s->typed, "-"))
        offer_options(s, usage->options);
    else {
        if (count == 1)
            offer_commands(s, usage->name);
        if (!command->is_group)
            offer_place(s, usage->operands);
    }
}

void cli_completion_candidates(struct cli *c, const char *const *words, int count,
                               struct base_buf *out)
{
    static const struct base_opt global[] = {{.name = "version", .help = "print the version"}, {0}};
    struct search s = {.c = c, .typed = base_span_of(count ? words[count - 1] : ""), .out = out};
    const struct cli_command *command;
    int used;

    if (count <= 1 && base_span_starts(s.typed, "-"))
        offer_options(&s, global);
    else if (count <= 1)
        offer_commands(&s, NULL);
    else if ((command = cli_command_find(count - 1, words, &used)))
        offer_next(&s, command, words + used, count - used);
}

/* ------------------------------------------------------------------ the scripts */

static const char bash[] =
    "# bash completion for hubauth, made by `hubauth help --completion bash`\n"
    "_hubauth()\n"
    "{\n"
    "    mapfile -t COMPREPLY < <(\"$1\" help --candidates -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" "
    "\\\n"
    "        2>/dev/null | cut -f 1)\n"
    "    if [[ ${COMPREPLY-} == :files ]]; then\n"
    "        COMPREPLY=()\n"
    "        compopt -o default\n"
    "    fi\n"
    "}\n"
    "complete -F _hubauth hubauth\n";

static const char zsh[] = "#compdef hubauth\n"
                          "# zsh completion for hubauth, made by `hubauth help --completion zsh`\n"
                          "_hubauth() {\n"
                          "    local -a lines\n"
                          "    lines=(\"${(@f)$($words[1] help --candidates -- "
                          "\"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
                          "    if [[ $lines[1] == :files ]]; then\n"
                          "        _files\n"
                          "    else\n"
                          "        lines=(\"${(@)lines//:/\\\\:}\")\n"
                          "        lines=(\"${(@)lines/$'\\t'/:}\")\n"
                          "        _describe hubauth lines\n"
                          "    fi\n"
                          "}\n"
                          "_hubauth \"$@\"\n";

static const char fish[] =
    "# fish completion for hubauth, made by `hubauth help --completion fish`\n"
    "function __hubauth\n"
    "    set -l lines (hubauth help --candidates -- (commandline -opc)[2..-1] \\\n"
    "        (commandline -ct) 2>/dev/null)\n"
    "    if test \"$lines\" = :files\n"
    "        __fish_complete_path (commandline -ct)\n"
    "    else\n"
    "        printf '%s\\n' $lines\n"
    "    end\n"
    "end\n"
    "complete -c hubauth -f -a '(__hubauth)'\n";

const char *cli_completion_script(const char *shell)
{
    return strcmp(shell, "zsh") == 0 ? zsh : strcmp(shell, "fish") == 0 ? fish : bash;
}
