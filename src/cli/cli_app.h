/* What the commands about apps share. */
#ifndef CLI_APP_H
#define CLI_APP_H

#include "base_jsonw.h"
#include "broker_app.h"

/* One object, without the secret. */
void cli_app_write_json(struct base_jsonw *w, const struct broker_app *app);

#endif
