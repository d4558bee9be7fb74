/* Which account is meant, and which rule said so: argument, HUBAUTH_ACCOUNT, the variables of the
 * stateless mode (cli_stateless.h), a .hubauth file in this folder or one above, the only account
 * that there is. There is no hidden global switch. */
#ifndef CLI_ACCOUNT_H
#define CLI_ACCOUNT_H

#include "cli_context.h"

struct cli_account {
    char *name;     /* the grant's name; heap */
    char rule[512]; /* "argument", "HUBAUTH_ACCOUNT", "/home/u/project/.hubauth", "the only account"
                     */
};

/* `argument` may be NULL. */
enum base_status cli_account_choose(struct cli *c, const char *argument, struct cli_account *ret,
                                    struct base_error *err);
void cli_account_free(struct cli_account *a);

#endif
