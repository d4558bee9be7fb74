/* Connecting an account: the authorization code flow. */
#ifndef BROKER_LOGIN_H
#define BROKER_LOGIN_H

#include "broker_app.h"
#include "broker_grant.h"

#define BROKER_LOGIN_LIFE_MS (10 * 60 * 1000) /* a pending login is forgotten after that (A3) */

/* An account's number. USAGE when it cannot be one. */
enum base_status broker_login_portal(const char *text, int64_t *ret, struct base_error *err);

struct broker_login;

/* Makes state and PKCE verifier, both new and random, and a nonce where `openid` is among the
 * scopes. `portal` preselects an account, may be NULL; an answer for another one is refused.
 * `redirect_url` must be one of the app's. */
enum base_status broker_login_begin(struct broker *b, const char *app_name, const char *portal,
                                    const char *redirect_url, struct broker_login **ret,
                                    struct base_error *err);
/* The same for an installation that begins in HubSpot's marketplace. There the address is HubSpot's
 * and not ours, so there is neither PKCE nor nonce, and the state goes to whoever asks at the
 * redirect URL. What stands in for them is `portal`: tokens of another account are dropped. Such a
 * login takes no answer before broker_login_bounce(), and no other login ever does without PKCE. */
enum base_status broker_login_begin_install(struct broker *b, const char *app_name,
                                            const char *portal, const char *redirect_url,
                                            struct broker_login **ret, struct base_error *err);
void broker_login_free(struct broker_login *l);
const struct broker_app *broker_login_app(const struct broker_login *l);
/* An answer was accepted, or refused for good. */
bool broker_login_is_answered(const struct broker_login *l);
/* What the browser must open; "" for an installation. Holds no secret (A10). */
const char *broker_login_url(const struct broker_login *l);

/* Where the browser goes next when the query is the first half of an installation: OK and the
 * address in `out`. NOT_FOUND: the query is something else, for broker_login_accept(). INVALID:
 * a stranger's. */
enum base_status broker_login_bounce(struct broker_login *l, struct base_span query,
                                     struct base_buf *out, struct base_error *err);
/* Checks a query that arrived at the redirect URL. OK: it is ours and carries a code; the login is
 * ready to finish, and no other query is accepted any more. INVALID: a stranger's (wrong state,
 * malformed, second use); go on waiting. Anything else is the final answer: FORBIDDEN (denied),
 * FAILED (another error, in the provider's words, or the answer of another server), CANCELLED (too
 * late). */
enum base_status broker_login_accept(struct broker_login *l, struct base_span query,
                                     struct base_error *err);
/* The same for a whole pasted URL, which must be the redirect URL with a query (B14). */
enum base_status broker_login_accept_url(struct broker_login *l, struct base_span url,
                                         struct base_error *err);
/* A code by itself, for a person who can get at nothing else. There is no state to compare: that
 * the code belongs to this login is left to PKCE alone. So it is refused (USAGE) for an app whose
 * answers must name their issuer. */
enum base_status broker_login_accept_code(struct broker_login *l, struct base_span code,
                                          struct base_error *err);
/* `missing`: scopes asked for and not granted, separated by spaces, "" when none. All borrowed. */
typedef void broker_login_fn(void *arg, enum base_status status, const struct broker_grant *grant,
                             const char *missing, const struct base_error *err);
/* Exchanges the code, once, and stores the grant before it answers. */
enum base_status broker_login_finish(struct broker_login *l, broker_login_fn *fn, void *arg,
                                     struct base_error *err);

#endif
