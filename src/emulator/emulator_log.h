/* The request log: a line of JSON for each request, without secrets: no query, no body, and of the
 * path no segment that is or could be a token. */
#ifndef EMULATOR_LOG_H
#define EMULATOR_LOG_H

#include "base_error.h"
#include "base_span.h"

struct emulator_log;

struct emulator_log_line {
    int64_t time_ms; /* Unix */
    struct base_span method;
    struct base_span path; /* as sent, without the query */
    const char *pattern;   /* the route that matched, NULL: none */
    int status;            /* 0: no answer was sent */
    int64_t duration_ms;
    bool authorization; /* whether the header was there */
    const char *note;   /* what was unusual, or NULL */
};

/* Appends to the file, made with mode 0600. */
enum base_status emulator_log_open(const char *path, struct emulator_log **ret,
                                   struct base_error *err);
void emulator_log_free(struct emulator_log *log); /* NULL is allowed */
/* False when the line could not be written. */
bool emulator_log_write(struct emulator_log *log, const struct emulator_log_line *line);

#endif
