#include "broker_finding.h"

#include "base_text.h"

#include <stdarg.h>

#define FINDING_TEXT_MAX 1000

const char *broker_severity_word(enum broker_severity severity)
{
    static const char *const words[] = {
#define X(name, word) [BROKER_##name] = word,
        BROKER_SEVERITY_MAP(X)
#undef X
    };

    return words[severity];
}

void broker_findings_free(struct broker_findings *f)
{
    for (size_t i = 0; i < f->count; i++) {
        base_mem_free(f->items[i].text);
        base_mem_free(f->items[i].command);
    }
    base_mem_free(f->items);
    *f = (struct broker_findings){0};
}

size_t broker_findings_count(const struct broker_findings *f, enum broker_severity severity)
{
    size_t n = 0;

    for (size_t i = 0; i < f->count; i++)
        n += f->items[i].severity == severity;
    return n;
}

static char *printable(const char *text)
{
    struct base_buf b;
    char *copy;

    base_buf_init(&b, FINDING_TEXT_MAX * 4);
    base_text_printable(&b, base_span_of(text), FINDING_TEXT_MAX);
    copy = base_buf_steal(&b);
    base_buf_free(&b);
    return copy;
}

static bool make_room(struct broker_findings *f)
{
    size_t room = f->room > 0 ? 2 * f->room : 32;
    struct broker_finding *items;

    if (f->count < f->room)
        return true;
    items = base_mem_grow(f->items, room, sizeof(*items));
    if (!items)
        return false;
    f->items = items;
    f->room = room;
    return true;
}

static void add(struct broker_findings *f, const char *check, enum broker_severity severity,
                const char *text, const char *command)
{
    bool whole = command && strlen(command) <= FINDING_TEXT_MAX;
    struct broker_finding finding = {check, severity, printable(text),
                                     printable(whole ? command : "")};

    if (!finding.text || !finding.command || !make_room(f)) {
        base_mem_free(finding.text);
        base_mem_free(finding.command);
        f->lost = true;
        return;
    }
    f->items[f->count++] = finding;
}

void broker_found(struct broker_findings *f, const char *check, enum broker_severity severity,
                  const char *command, const char *format, ...)
{
    char text[FINDING_TEXT_MAX + 1];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    add(f, check, severity, text, command);
}

void broker_found_at(struct broker_findings *f, const char *check, enum broker_severity severity,
                     const char *verb, const char *path, const char *format, ...)
{
    BASE_CLEANUP(base_buf_free) struct base_buf command = {0};
    char text[FINDING_TEXT_MAX + 1];
    va_list args;

    base_buf_init(&command, FINDING_TEXT_MAX);
    base_buf_printf(&command, "%s ", verb);
    base_text_shell(&command, path);
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    add(f, check, severity, text, base_buf_status(&command) ? "" : base_buf_str(&command));
}

const char *broker_finding_word(char out[BROKER_WORD_MAX], const char *word)
{
    struct base_buf b;

    base_buf_init(&b, BROKER_WORD_MAX - 1);
    base_text_shell(&b, word);
    (void)base_text_copy(out, BROKER_WORD_MAX,
                         base_buf_status(&b) ? BASE_SPAN("NAME") : base_buf_span(&b));
    base_buf_free(&b);
    return out;
}

bool broker_finding_is_command(const char *hint)
{
    static const char *const programs[] = {"hubauth ", "hubauth-emulator ", "chmod ", "export ",
                                           "unset "};

    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        /* "hubauth status shows what is in it" is a sentence that begins like a command. */
        if (strncmp(hint, programs[i], strlen(programs[i])) == 0)
            return !strstr(hint, " shows ") && !strstr(hint, ", ") && !strstr(hint, "; ");
    }
    return false;
}

void broker_found_error(struct broker_findings *f, const char *check, enum broker_severity severity,
                        const struct base_error *err, const char *command)
{
    bool is_command = broker_finding_is_command(err->hint);
    bool advice = err->hint[0] && !is_command;

    broker_found(f, check, severity, is_command ? err->hint : command, "%s%s%s%s%s%s%s%s",
                 err->why[0] ? err->why : base_status_word(err->status),
                 err->code[0] || err->lower[0] ? " (" : "", err->code,
                 err->code[0] && err->lower[0] ? ": " : "", err->lower,
                 err->code[0] || err->lower[0] ? ")" : "", advice ? "; " : "",
                 advice ? err->hint : "");
}
