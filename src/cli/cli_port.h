/* Who has a TCP port, as far as /proc shows it. */
#ifndef CLI_PORT_H
#define CLI_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "python3 (process 1234)" for the listener on a port of this machine; false when it cannot be
 * found, as for another user's process. */
bool cli_port_owner(uint16_t port, char *out, size_t size);

#endif
