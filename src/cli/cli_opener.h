/* Opening a page in the user's browser. */
#ifndef CLI_OPENER_H
#define CLI_OPENER_H

#include "loop.h"

/* A helper process that does it. It is forked before this one has a secret and before it gives up
 * new privileges, which browsers need for their sandbox (setuid helpers, snap-confine), and it has
 * no descriptor of ours but the socket between the two. */
struct cli_opener;

enum base_status cli_opener_new(struct cli_opener **ret, struct base_error *err);
/* `opener`: the program that took the address; NULL when none did. */
typedef void cli_opener_fn(void *arg, const char *opener);
/* Tries $BROWSER (a list separated by ':', %s stands for the address), xdg-open where there is a
 * display, and on WSL wslview and powershell.exe. Each is executed directly, never through a shell,
 * with the address as one argument (A9); one that fails within seconds makes way for the next. `fn`
 * is called once, from the loop. The address is https, or http on this machine, or FAILED. */
enum base_status cli_opener_open(struct cli_opener *o, struct loop *l, const char *url,
                                 cli_opener_fn *fn, void *arg, struct base_error *err);
/* Ends the helper. A browser that it started stays: it is the user's. NULL is allowed. */
void cli_opener_free(struct cli_opener *o);

#endif
