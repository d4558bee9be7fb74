/* Where this terminal is: a login on one machine with the browser on another. */
#ifndef CLI_REMOTE_H
#define CLI_REMOTE_H

#include "base_buf.h"

/* Whether a browser that is started here could be seen: a display, or Windows around us. */
bool cli_remote_has_display(void);
/* Over SSH ($SSH_CONNECTION, $SSH_TTY): "ssh -L 8976:localhost:8976 jane@192.0.2.7", to be typed on
 * the user's own machine; with -p where sshd has another port. False, and nothing is added, when
 * this is no SSH session. What comes from the environment is added only if a shell reads nothing
 * into it. */
bool cli_remote_forward(uint16_t port, struct base_buf *out);
/* Inside a container, whose loopback interface nobody outside reaches. */
bool cli_remote_in_container(void);

#endif
