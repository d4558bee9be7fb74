/* Adding an app in a dialogue on the terminal. */
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

#endif
