/* The command line of hubauth. programs/hubauth.c gives the backends and calls cli_main(). */
#ifndef CLI_H
#define CLI_H

#include "base_error.h"
#include "crypt_secret.h"

struct broker;
struct cli;

/* What only a program may name: which vault, which HTTP. */
struct cli_backends {
    /* The key source to take when nobody says one: heap text. *ret_why_not: why it is no keyring,
     * "" when it is one or need not be. USAGE names the choices when none can be taken. */
    enum base_status (*choose_key)(bool can_ask, char **ret_spec, struct base_error *ret_why_not,
                                   struct base_error *err);
    /* Makes the vault in `home`. `asks` goes to cli_ask_passphrase(). */
    enum base_status (*create_vault)(const char *home, const char *key_spec, struct cli *asks,
                                     char **ret_key_spec, struct base_error *err);
    /* Opens it and puts a broker on it; notices go to cli_notice(). */
    enum base_status (*open_broker)(const char *home, struct cli *asks, struct broker **ret,
                                    char **ret_key_spec, struct base_error *err);
    /* A broker without a vault, for questions to the network when the vault does not open. */
    enum base_status (*open_bare_broker)(struct cli *asks, struct broker **ret,
                                         struct base_error *err);
    const char *const *modules; /* those that it uses, for the doctor; ends with NULL */
    bool key_log_ignored;       /* SSLKEYLOGFILE was set */
    /* A broker on an empty vault in memory alone; new refresh tokens go to cli_keep(). */
    enum base_status (*open_memory)(struct cli *asks, struct broker **ret, struct base_error *err);
};

/* Returns the exit code of the process. */
int cli_main(int argc, char **argv, const struct cli_backends *backends);

/* For the backends. */
enum base_status cli_ask_passphrase(struct cli *c, bool confirm, struct crypt_secret **ret,
                                    struct base_error *err);
void cli_notice(void *cli, const char *text);
void cli_keep(void *cli, const struct crypt_secret *refresh_token);
enum base_status cli_enter(void *cli, struct crypt_secret **ret, struct base_error *err);
void cli_leave(void *cli);

#endif
