/* Who has a TCP port, as far as /proc shows it. */
#ifndef CLI_PORT_H
#define CLI_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "python3 (process 1234)" for who listens on a port of the loopback interface, or "a process of
 * user 1001" when that is somebody else's. False when nobody does, or nothing can be seen. */
bool cli_port_owner(uint16_t port, char *out, size_t size);

#endif
