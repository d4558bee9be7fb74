#include "cli_completion.h"

#include "cli_command.h"

/* "add" of "app add"; the first word of a command of one word. */
static struct base_span last_word(const char *name)
{
    const char *space = strchr(name, ' ');

    return base_span_of(space ? space + 1 : name);
}

static struct base_span first_word(const char *name)
{
    return (struct base_span){name, strcspn(name, " ")};
}

/* Every first word once: commands of two words stand together in the table. */
static bool is_first_of_its_word(size_t i)
{
    return i == 0 || !base_span_eq(first_word(cli_command_at(i)->usage.name),
                                   first_word(cli_command_at(i - 1)->usage.name));
}

static void add_words(struct base_buf *out)
{
    for (size_t i = 0; cli_command_at(i); i++) {
        if (is_first_of_its_word(i))
            base_buf_printf(out, "%s%.*s", i ? " " : "",
                            BASE_SPAN_ARG(first_word(cli_command_at(i)->usage.name)));
    }
}

static void add_options(const struct base_opt_command *usage, struct base_buf *out)
{
    base_buf_add_str(out, "--help");
    for (const struct base_opt *o = usage->options; o->name; o++)
        base_buf_printf(out, " --%s", o->name);
}

static void bash(struct base_buf *out)
{
    base_buf_add_str(
        out, "# bash completion for hubauth; made by `hubauth help --completion bash`\n"
             "_hubauth()\n{\n"
             "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
             "    COMPREPLY=()\n"
             "    case $prev in\n");
    base_buf_add_str(
        out,
        "    --output|--client-secret-file) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n");
    for (size_t i = 0; cli_command_at(i); i++) {
        for (const struct base_opt *o = cli_command_at(i)->usage.options; o->name; o++) {
            if (o->choices)
                base_buf_printf(
                    out,
                    "    --%s) [[ ${COMP_WORDS[*]} == *\" %s\"* ]] && words=\"${words} %s\" ;;&\n",
                    o->name, cli_command_at(i)->usage.name, o->choices);
        }
    }
    base_buf_add_str(out, "    esac\n"
                          "    if [[ -n $words ]]; then COMPREPLY=($(compgen -W \"${words//|/ }\" "
                          "-- \"$cur\")); return; fi\n"
                          "    if ((COMP_CWORD == 1)); then\n        words=\"");
    add_words(out);
    base_buf_add_str(out, "\"\n    else\n        case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n");
    for (size_t i = 0; cli_command_at(i); i++) {
        const struct base_opt_command *usage = &cli_command_at(i)->usage;

        base_buf_printf(out, "        \"%s \"*) words=\"", usage->name);
        add_options(usage, out);
        base_buf_add_str(out, "\" ;;\n");
        if (strchr(usage->name, ' '))
            base_buf_printf(out, "        \"%s\") ((COMP_CWORD > 2)) && words=\"$words\" ;;\n",
                            usage->name);
    }
    base_buf_add_str(out,
                     "        \"app \"*) ((COMP_CWORD == 2)) && words=\"add list show remove\" ;;\n"
                     "        esac\n    fi\n"
                     "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
                     "complete -F _hubauth hubauth\n");
}

static void zsh_quote(struct base_buf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("[]:'\\", *text))
            base_buf_add_char(out, *text == '\'' ? '`' : '\\');
        if (*text != '\'')
            base_buf_add_char(out, *text);
    }
}

static void zsh(struct base_buf *out)
{
    base_buf_add_str(out,
                     "#compdef hubauth\n# made by `hubauth help --completion zsh`\n_hubauth() {\n"
                     "    local -a commands\n    if (( CURRENT == 2 )); then\n        commands=(");
    for (size_t i = 0; cli_command_at(i); i++) {
        if (!is_first_of_its_word(i))
            continue;
        base_buf_printf(
            out, "\n            '%.*s:", BASE_SPAN_ARG(first_word(cli_command_at(i)->usage.name)));
        zsh_quote(out, cli_command_at(i)->usage.summary);
        base_buf_add_char(out, '\'');
    }
    base_buf_add_str(out, ")\n        _describe command commands\n        return\n    fi\n    case "
                          "\"$words[2] $words[3]\" in\n");
    for (size_t i = 0; cli_command_at(i); i++) {
        const struct base_opt_command *usage = &cli_command_at(i)->usage;

        base_buf_printf(out, "    '%s%s'*) _arguments '--help[show help]'", usage->name,
                        strchr(usage->name, ' ') ? "" : " ");
        for (const struct base_opt *o = usage->options; o->name; o++) {
            base_buf_printf(out, " '--%s[", o->name);
            zsh_quote(out, o->help);
            base_buf_printf(out, "]%s%s'", o->value ? ":" : "", o->value ? o->value : "");
        }
        base_buf_add_str(out, " ;;\n");
    }
    base_buf_add_str(
        out, "    'app '*) compadd add list show remove ;;\n    esac\n}\n_hubauth \"$@\"\n");
}

static void fish_quote(struct base_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            base_buf_add_char(out, '\\');
        base_buf_add_char(out, *text);
    }
}

static void fish_option(struct base_buf *out, const char *name, const struct base_opt *o)
{
    base_buf_printf(out, "complete -c hubauth -n '__fish_seen_subcommand_from %.*s' -l %s",
                    BASE_SPAN_ARG(last_word(name)), o->name);
    if (o->kind != BASE_OPT_FLAG)
        base_buf_add_str(out, " -r");
    if (o->choices) {
        base_buf_add_str(out, " -a '");
        for (const char *p = o->choices; *p; p++)
            base_buf_add_char(out, *p == '|' ? ' ' : *p);
        base_buf_add_char(out, '\'');
    }
    base_buf_add_str(out, " -d '");
    fish_quote(out, o->help);
    base_buf_add_str(out, "'\n");
}

static void fish(struct base_buf *out)
{
    base_buf_add_str(
        out,
        "# made by `hubauth help --completion fish`\ncomplete -c hubauth -f\n"
        "complete -c hubauth -n '__fish_seen_subcommand_from app' -a 'add list show remove'\n");
    for (size_t i = 0; cli_command_at(i); i++) {
        const struct base_opt_command *usage = &cli_command_at(i)->usage;

        if (is_first_of_its_word(i)) {
            base_buf_printf(out, "complete -c hubauth -n __fish_use_subcommand -a %.*s -d '",
                            BASE_SPAN_ARG(first_word(usage->name)));
            fish_quote(out, usage->summary);
            base_buf_add_str(out, "'\n");
        }
        for (const struct base_opt *o = usage->options; o->name; o++)
            fish_option(out, usage->name, o);
    }
}

void cli_completion(const char *shell, struct base_buf *out)
{
    if (strcmp(shell, "zsh") == 0)
        zsh(out);
    else if (strcmp(shell, "fish") == 0)
        fish(out);
    else
        bash(out);
}
