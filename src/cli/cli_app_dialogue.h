/* What is asked about an app on the terminal. */
#ifndef CLI_APP_DIALOGUE_H
#define CLI_APP_DIALOGUE_H

#include "broker_app.h"
#include "cli_context.h"

/* Fills in what `app` lacks (NULL or none): name, client id, client secret, redirect URLs, scope
 * and, with it, optional scope. What is there is checked before the first question, so that nobody
 * types for nothing. An answer that breaks a rule is asked for again. Nothing is stored.
 * CANCELLED when the person has had enough (Ctrl-D). */
enum base_status cli_app_dialogue(struct cli *c, struct broker *b, struct broker_app *app,
                                  struct base_error *err);
/* The client secret alone, without echo: of length 0 when nothing was typed. What clings to a
 * copied one is left out, unless it is another server's: that may begin with a quote. */
enum base_status cli_app_dialogue_secret(const char *prompt, bool other_server,
                                         struct crypt_secret **ret, struct base_error *err);

#endif
