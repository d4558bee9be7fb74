/* Errors for people: what was tried, what went wrong, what HubSpot said, what to do next. */
#ifndef CLI_ERROR_H
#define CLI_ERROR_H

#include "cli_context.h"

void cli_error_print(struct cli *c, enum base_status status, const struct base_error *err);
/* The same, less loudly, for what did not keep the command from its answer. */
void cli_error_warn(struct cli *c, const struct base_error *err);

#endif
