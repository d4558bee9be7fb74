/* The stateless mode, for CI: what an account needs comes from files that variables name, or is a
 * private-app token; nothing is stored.
 *
 *   HUBAUTH_CLIENT_ID, HUBAUTH_CLIENT_SECRET_FILE, HUBAUTH_REFRESH_TOKEN_FILE   all three, and
 * perhaps HUBAUTH_API_VERSION, HUBAUTH_API_URL, HUBAUTH_SCOPES HUBSPOT_PRIVATE_APP_TOKEN   alone,
 * perhaps with HUBAUTH_API_URL and HUBAUTH_API_VERSION
 *
 * They count when neither an argument nor HUBAUTH_ACCOUNT names an account of the vault. */
#ifndef CLI_STATELESS_H
#define CLI_STATELESS_H

#include "base_error.h"
#include "crypt_secret.h"

#include <stdbool.h>

struct cli;

#define CLI_STATELESS_NAME "environment" /* of app and account */

struct cli_stateless {
    struct crypt_secret *private_token; /* out of the environment; NULL: none */
    const char *plain_variable;         /* a secret stood in it that belongs into a file */
    bool short_of_memory;               /* when the token was taken */
    bool active;                        /* the broker is on memory */
    struct crypt_secret *refresh_token; /* as it stands in its file */
    int lock;                           /* on that file, while we refresh; -1: none */
    bool told_unlocked;                 /* that there is nothing to lock */
};

/* Takes the secrets out of the environment, so that neither children nor /proc show them. First of
 * all. */
void cli_stateless_take(struct cli *c);
void cli_stateless_done(struct cli *c);
/* Whether any of the variables is set. */
bool cli_stateless_wanted(const struct cli *c);
/* The broker on a vault in memory that holds this one account. *ret_rule: the variable that says
 * so. USAGE names what is missing or wrong. */
enum base_status cli_stateless_open(struct cli *c, const char **ret_rule, struct base_error *err);
/* Whether the account in use is a private-app token: it does not expire and cannot be refreshed. */
bool cli_stateless_is_private(const struct cli *c);
/* Tells one token of the environment from another, to whoever finds it in a file later: a hash that
 * gives nothing of a token away that nobody could guess. "" outside of the stateless mode. */
#define CLI_STATELESS_TAG 17 /* 16 digits */
const char *cli_stateless_tag(const struct cli *c, char out[CLI_STATELESS_TAG]);
/* A new refresh token, before it is used: goes to the file that the old one came from, or there is
 * a loud warning. */
void cli_stateless_keep(struct cli *c, const struct crypt_secret *refresh_token);
/* Around a refresh (broker.h): one process at a time has the refresh token's file, reads it anew
 * and puts the successor in its place (T1). */
enum base_status cli_stateless_enter(struct cli *c, struct crypt_secret **ret,
                                     struct base_error *err);
void cli_stateless_leave(struct cli *c);
/* Replaces "log in again", which is of no use here. */
void cli_stateless_explain(const struct cli *c, struct base_error *err);

#endif
