#include "base_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base_text.h"

static const struct {
    const char *word;
    int exit_code;
} error_statuses[] = {
#define X(name, exit_code, word) [BASE_##name] = {word, exit_code},
    BASE_STATUS_MAP(X)
#undef X
};

static bool error_is_status(enum base_status status)
{
    return (size_t)status < sizeof(error_statuses) / sizeof(error_statuses[0]);
}

const char *base_status_word(enum base_status status)
{
    return error_statuses[error_is_status(status) ? status : BASE_FAILED].word;
}

int base_status_exit_code(enum base_status status)
{
    return error_statuses[error_is_status(status) ? status : BASE_FAILED].exit_code;
}

/* Formats by way of a second array, because an argument may be a part of the error that is written,
 * and makes the result printable, because it may quote what came from outside. */
static void BASE_PRINTF(3, 0) error_format(char *out, size_t size, const char *format, va_list args)
{
    char text[1024];
    int n = vsnprintf(text, sizeof(text), format, args);
    if (n < 0)
        n = 0;
    size_t length = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
    base_text_printable_to(out, size, (struct base_span){text, length});
}

/* `why` was formatted before this, so that err's old content could be among its arguments. */
static void error_set(struct base_error *err, enum base_status status, const char *doing,
                      const char *why)
{
    struct base_error fresh = {.status = status};
    base_text_printable_to(fresh.doing, sizeof(fresh.doing), base_span_of(doing));
    base_text_copy(fresh.why, sizeof(fresh.why), base_span_of(why));
    *err = fresh;
}

enum base_status base_fail(struct base_error *err, enum base_status status, const char *doing,
                           const char *why, ...)
{
    if (err == NULL)
        return status;
    char text[sizeof(err->why)];
    va_list args;
    va_start(args, why);
    error_format(text, sizeof(text), why, args);
    va_end(args);
    error_set(err, status, doing, text);
    return status;
}

enum base_status base_fail_errno(struct base_error *err, enum base_status status, const char *doing,
                                 int error_number, const char *why, ...)
{
    if (err == NULL)
        return status;
    char text[sizeof(err->why)];
    va_list args;
    va_start(args, why);
    error_format(text, sizeof(text), why, args);
    va_end(args);
    char reason[128];
    /* the GNU strerror_r, which returns the text and cannot fail */
    const char *said = strerror_r(error_number, reason, sizeof(reason));
    error_set(err, status, doing, text);
    size_t n = strlen(err->why);
    base_text_format(err->why + n, sizeof(err->why) - n, n > 0 ? ": %s" : "%s", said);
    return status;
}

enum base_status base_fail_memory(struct base_error *err)
{
    return base_fail(err, BASE_NO_MEMORY, "allocating memory", "memory is short");
}

void base_error_lower(struct base_error *err, const char *format, ...)
{
    if (err == NULL)
        return;
    va_list args;
    va_start(args, format);
    error_format(err->lower, sizeof(err->lower), format, args);
    va_end(args);
}

void base_error_hint(struct base_error *err, const char *format, ...)
{
    if (err == NULL)
        return;
    va_list args;
    va_start(args, format);
    error_format(err->hint, sizeof(err->hint), format, args);
    va_end(args);
}

void base_error_doing(struct base_error *err, const char *format, ...)
{
    if (err == NULL)
        return;
    va_list args;
    va_start(args, format);
    error_format(err->doing, sizeof(err->doing), format, args);
    va_end(args);
}

enum base_status base_error_as(struct base_error *err, enum base_status status)
{
    if (err != NULL)
        err->status = status;
    return status;
}
