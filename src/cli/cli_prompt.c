#include "cli_prompt.h"

#include "base_file.h"

#include <fcntl.h>
#include <unistd.h>

#define DOING "asking"

bool cli_prompt_can(const struct cli *c)
{
    return c->stderr_tty && isatty(STDIN_FILENO);
}

static enum base_status read_line(int fd, char *out, size_t size, struct base_error *err)
{
    size_t n = 0;
    char c = '\0';

    while (read(fd, &c, 1) == 1 && c != '\n') {
        if (n + 1 == size)
            return base_fail(err, BASE_USAGE, DOING, "the answer is too long");
        out[n++] = c;
    }
    out[n] = '\0';
    return c == '\n' ? BASE_OK : base_fail(err, BASE_USAGE, DOING, "nobody answered");
}

enum base_status cli_prompt_line(const char *question, char *out, size_t size,
                                 struct base_error *err)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    enum base_status status;

    if (fd < 0)
        return base_fail(err, BASE_USAGE, DOING, "there is no terminal to ask on");
    status = base_file_write_fd(fd, base_span_of(question), err);
    if (!status)
        status = read_line(fd, out, size, err);
    (void)close(fd);
    return status;
}
