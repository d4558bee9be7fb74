#include "emulator_log.h"

#include "base_file.h"
#include "base_jsonw.h"
#include "base_text.h"
#include "base_time.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define LINE_MAX_BYTES 8192
#define PATH_SHOWN 1024
/* A refresh token has 40 characters, a code as many, an access token hundreds. */
#define SEGMENT_SHOWN 35
#define REDACTED "‹redacted›"

struct emulator_log {
    int fd;
    struct base_buf line;
};

enum base_status emulator_log_open(const char *path, struct emulator_log **ret,
                                   struct base_error *err)
{
    struct emulator_log *log = base_mem_new(sizeof *log);
    if (log == NULL)
        return base_fail_memory(err);
    log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    if (log->fd < 0) {
        int error = errno;
        base_mem_free(log);
        return base_fail_errno(err, BASE_STORAGE, "opening the request log", error, "%s", path);
    }
    base_buf_init(&log->line, LINE_MAX_BYTES);
    *ret = log;
    return BASE_OK;
}

void emulator_log_free(struct emulator_log *log)
{
    if (log == NULL)
        return;
    (void)close(log->fd);
    base_buf_free(&log->line);
    base_mem_free(log);
}

static void add_redacted_path(struct base_buf *out, const struct emulator_log_line *line)
{
    struct base_span path = base_span_first(line->path, PATH_SHOWN);
    struct base_span pattern = base_span_of(line->pattern);
    base_span_cut(&path, '/');
    base_span_cut(&pattern, '/');
    while (path.p != NULL) {
        struct base_span segment = base_span_cut(&path, '/');
        struct base_span expected = base_span_cut(&pattern, '/');
        base_buf_add_char(out, '/');
        if (base_span_is(expected, "{token}") || segment.n > SEGMENT_SHOWN)
            base_buf_add_str(out, REDACTED);
        else
            base_text_printable(out, segment, SEGMENT_SHOWN);
    }
}

bool emulator_log_write(struct emulator_log *log, const struct emulator_log_line *line)
{
    char time[32], method[16];
    BASE_CLEANUP(base_buf_free) struct base_buf path;
    base_buf_init(&path, 4 * PATH_SHOWN);
    add_redacted_path(&path, line);
    base_text_printable_to(method, sizeof method, line->method);

    struct base_jsonw w;
    base_buf_reset(&log->line);
    base_jsonw_begin(&w, &log->line);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "time", base_time_iso(time, line->time_ms));
    base_jsonw_member_str(&w, "method", method);
    base_jsonw_member_span(&w, "path", base_buf_span(&path));
    base_jsonw_member_int(&w, "status", line->status);
    base_jsonw_member_int(&w, "duration_ms", line->duration_ms);
    base_jsonw_member_bool(&w, "authorization", line->authorization);
    if (line->note != NULL)
        base_jsonw_member_str(&w, "note", line->note);
    base_jsonw_end(&w);
    base_buf_add_char(&log->line, '\n');
    return base_buf_status(&log->line) == BASE_OK &&
           base_file_write_fd(log->fd, base_buf_span(&log->line), NULL) == BASE_OK;
}
