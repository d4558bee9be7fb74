/* The command line of hubauth. programs/hubauth.c gives the backends and calls cli_main(). */
#ifndef CLI_H
#define CLI_H

#include "base_error.h"
#include "crypt_secret.h"

struct broker;
struct cli;

/* What only a program may name: which vault, which HTTP. */
struct cli_backends {
    /* Makes the vault in `home`. `asks` goes to cli_ask_passphrase(). */
    enum base_status (*create_vault)(const char *home, const char *key_spec, struct cli *asks,
                                     char **ret_key_spec, struct base_error *err);
    /* Opens it and puts a broker on it; notices go to cli_notice(). */
    enum base_status (*open_broker)(const char *home, struct cli *asks, struct broker **ret,
                                    char **ret_key_spec, struct base_error *err);
};

/* Returns the exit code of the process. */
int cli_main(int argc, char **argv, const struct cli_backends *backends);

/* For the backends. */
enum base_status cli_ask_passphrase(struct cli *c, bool confirm, struct crypt_secret **ret,
                                    struct base_error *err);
void cli_notice(void *cli, const char *text);

#endif
