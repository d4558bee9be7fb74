/* What an examination of the set-up found: a list of findings, each with the one command that mends
 * it. Nobody stops at the first. */
#ifndef BROKER_FINDING_H
#define BROKER_FINDING_H

#include "base_error.h"

#include <stdbool.h>

/* name, word */
#define BROKER_SEVERITY_MAP(X)                                                                     \
    X(OK, "ok")           /* looked at, and as it should be */                                     \
    X(INFO, "info")       /* worth knowing; nothing to mend */                                     \
    X(WARNING, "warning") /* works today; will not, or not for everybody */                        \
    X(ERROR, "error")     /* something that a command needs does not work */

enum broker_severity {
#define X(name, word) BROKER_##name,
    BROKER_SEVERITY_MAP(X)
#undef X
};
#define BROKER_SEVERITIES 4
const char *broker_severity_word(enum broker_severity severity);

struct broker_finding {
    const char *check; /* static: "vault" */
    enum broker_severity severity;
    char *text;    /* one line, printable, no full stop, no secret */
    char *command; /* what mends it, to be pasted into a shell; "" when nothing has to be done */
};

struct broker_findings {
    struct broker_finding *items; /* in the order in which they were added */
    size_t count, room;
    bool lost; /* memory was short: the list is not whole */
};

void broker_findings_free(struct broker_findings *f); /* the content; may be called twice */
size_t broker_findings_count(const struct broker_findings *f, enum broker_severity severity);

/* `command` may be NULL. Text and command are made printable, and cut to 1,000 bytes; a command
 * that is longer is left out, since a part of it could do something else. */
void broker_found(struct broker_findings *f, const char *check, enum broker_severity severity,
                  const char *command, const char *format, ...) BASE_PRINTF(5, 6);
/* The same with the command `verb` and a path after it, quoted for the shell: "chmod 600 '/a b'".
 */
void broker_found_at(struct broker_findings *f, const char *check, enum broker_severity severity,
                     const char *verb, const char *path, const char *format, ...) BASE_PRINTF(6, 7);
/* An error as a finding: its `why`, what the lower layer said, and its hint where that is a
 * command; else `command`, which may be NULL. */
void broker_found_error(struct broker_findings *f, const char *check, enum broker_severity severity,
                        const struct base_error *err, const char *command);
/* A name for use in a command, quoted for the shell: records may have been written by others than
 * hubauth, and commands are pasted. Returns `out`; "NAME" when it is too long. */
#define BROKER_WORD_MAX 300
const char *broker_finding_word(char out[BROKER_WORD_MAX], const char *word);
/* True for "chmod 600 /x" and "hubauth login", false for a sentence that gives advice. */
bool broker_finding_is_command(const char *hint);

#endif
