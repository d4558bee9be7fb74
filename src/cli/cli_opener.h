/* Opening a page in the user's browser. */
#ifndef CLI_OPENER_H
#define CLI_OPENER_H

#include <stdbool.h>

/* $BROWSER (a list separated by ':', %s stands for the address), else xdg-open, wslview. Each is
 * run directly, never through a shell, with the address as one argument (A9). False when nothing
 * could be started; the address has to be shown in any case. */
bool cli_opener_open(const char *url);

#endif
