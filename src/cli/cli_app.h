/* What the commands about apps share. */
#ifndef CLI_APP_H
#define CLI_APP_H

#include "base_jsonw.h"
#include "base_opt.h"
#include "broker_app.h"
#include "cli_context.h"

/* One object, without the secret. */
void cli_app_write_json(struct base_jsonw *w, const struct broker_app *app);

struct cli_app_options { /* NULL: not given */
    const char *client_id, *secret_file, *scope, *optional_scope, *api_version, *api_url, *app_url,
        *authorize_url, *token_url, *issuer;
    struct base_opt_list redirect_urls;
};

/* What was given, without the blanks and quotes that come with copying, into what `app` lacks. The
 * secret of another server than HubSpot is left as it is: it may begin with a quote. */
enum base_status cli_app_take(struct cli *c, const struct cli_app_options *o, bool other_server,
                              struct broker_app *app, struct base_error *err);
/* One value; nothing when `given` is NULL. */
enum base_status cli_app_take_text(struct cli *c, const char *what, const char *given, char **ret,
                                   struct base_error *err);

#endif
