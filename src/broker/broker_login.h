/* Connecting an account: the authorization code flow. */
#ifndef BROKER_LOGIN_H
#define BROKER_LOGIN_H

#include "broker_app.h"
#include "broker_grant.h"

struct broker_login;

/* Makes state and PKCE verifier, both new and random. `portal` preselects an account, may be NULL.
 * `redirect_url` must be one of the app's. */
enum base_status broker_login_begin(struct broker *b, const char *app_name, const char *portal,
                                    const char *redirect_url, struct broker_login **ret,
                                    struct base_error *err);
void broker_login_free(struct broker_login *l);
const struct broker_app *broker_login_app(const struct broker_login *l);
/* What the browser must open. Holds no secret (A10). */
const char *broker_login_url(const struct broker_login *l);

/* Checks a query that arrived at the redirect URL. OK: it is ours and carries a code; the login is
 * ready to finish, and no other query is accepted any more. INVALID: a stranger's (wrong state,
 * malformed, second use); go on waiting. Anything else is the final answer: FORBIDDEN (denied),
 * FAILED (another error, in the provider's words), CANCELLED (too late). */
enum base_status broker_login_accept(struct broker_login *l, struct base_span query,
                                     struct base_error *err);
/* The same for a whole pasted URL, which must be the redirect URL with a query (B14). */
enum base_status broker_login_accept_url(struct broker_login *l, struct base_span url,
                                         struct base_error *err);
/* `missing`: scopes asked for and not granted, separated by spaces, "" when none. All borrowed. */
typedef void broker_login_fn(void *arg, enum base_status status, const struct broker_grant *grant,
                             const char *missing, const struct base_error *err);
/* Exchanges the code, once, and stores the grant before it answers. */
enum base_status broker_login_finish(struct broker_login *l, broker_login_fn *fn, void *arg,
                                     struct base_error *err);

#endif
