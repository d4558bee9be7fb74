/* A token that works, for the commands that hand it out. */
#ifndef CLI_TOKEN_H
#define CLI_TOKEN_H

#include "broker_grant.h"
#include "cli_context.h"

/* `grant` is borrowed. */
typedef enum base_status cli_token_fn(void *arg, struct broker *b, const struct broker_grant *grant,
                                      struct base_error *err);
/* Calls `fn` with the grant when its token lives for min_ttl_ms or longer, after a refresh if need
 * be; returns its status. While the token is fresh nothing but the vault is touched. */
enum base_status cli_token_use(struct cli *c, const char *name, int64_t min_ttl_ms,
                               cli_token_fn *fn, void *arg, struct base_error *err);

#endif
