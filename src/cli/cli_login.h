/* A login that waits: for the browser at the receiver, for a line that is pasted, for its time to
 * run out. cli_cmd_login.c begins it. */
#ifndef CLI_LOGIN_H
#define CLI_LOGIN_H

#include "broker_login.h"
#include "cli_context.h"
#include "cli_lines.h"
#include "cli_receiver.h"

struct cli_login {
    struct cli *c;
    int64_t timeout; /* ms */
    bool by_hand;    /* nothing but a pasted line will do: there is no receiver */
    bool bare_code;  /* the line is a code alone */
    bool install;    /* begun in HubSpot's marketplace */
    struct base_error *err;

    struct broker_login *login;
    struct cli_receiver *receiver; /* NULL when by hand */

    /* Its own. */
    struct cli_lines *lines;
    struct serve_exchange *browser; /* waits for the last page */
    struct loop_timer *timer;
    unsigned wrong_lines;
    bool warned; /* of strangers */
    bool ended;
    enum base_status status;
};

/* Opens the receiver on a redirect URL. Before the browser is started (B5). */
enum base_status cli_login_listen(struct cli_login *w, const char *redirect_url,
                                  struct base_error *err);
/* Whether a person can paste a line, beside whatever else is awaited. */
bool cli_login_takes_lines(const struct cli_login *w);
/* For cli_opener_open(); `arg` is the login. */
void cli_login_opened(void *arg, const char *opener);
/* Until the account is connected or the login has failed. PARTIAL: connected, with less than the
 * app requires. */
enum base_status cli_login_wait(struct cli_login *w);
/* Closes the port at once (B4). */
void cli_login_done(struct cli_login *w);

#endif
