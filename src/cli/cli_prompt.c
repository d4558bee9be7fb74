#include "cli_prompt.h"

#include "base_text.h"
#include "cli_terminal.h"

#include <fcntl.h>
#include <unistd.h>

bool cli_prompt_can(const struct cli *c)
{
    return c->stderr_tty && isatty(STDIN_FILENO);
}

enum base_status cli_prompt_line(const char *question, char *out, size_t size,
                                 struct base_error *err)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct base_buf line;
    enum base_status status;

    if (fd < 0)
        return base_fail(err, BASE_USAGE, "asking", "there is no terminal to ask on");
    base_buf_init(&line, size - 1);
    status = cli_terminal_read(fd, question, false, &line, err);
    (void)close(fd);
    if (!status)
        (void)base_text_copy(out, size, base_buf_span(&line));
    base_buf_free(&line);
    return status;
}
