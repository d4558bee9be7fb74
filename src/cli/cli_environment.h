/* What `hubauth exec` hands to a program: the caller's environment without any credential for
 * HubSpot that was in it, and with one token (E4). Pure. */
#ifndef CLI_ENVIRONMENT_H
#define CLI_ENVIRONMENT_H

#include "base_buf.h"

struct cli_environment {
    char **list; /* until NULL; the strings are the caller's or those below */
    struct base_buf token, portal, api_url; /* "NAME=value" */
};

struct cli_environment_values {
    const char *variable; /* that holds the token; it has been checked */
    struct base_span token;
    int64_t hub_id; /* 0: none */
    const char *api_url;
};

/* USAGE when it cannot be a variable's name, is one of those that are made anyway, or has a meaning
 * for the system: PATH, LD_PRELOAD. */
enum base_status cli_environment_check(const char *variable, struct base_error *err);
/* `inherited` until NULL; it must outlive what is made. */
enum base_status cli_environment_make(char *const *inherited,
                                      const struct cli_environment_values *values,
                                      struct cli_environment *ret, struct base_error *err);
void cli_environment_free(struct cli_environment *e); /* the content; may be called twice */

#endif
