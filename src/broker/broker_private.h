/* Private apps' tokens as accounts: stored like a grant that never expires and has no refresh
 * token, under an app record without a client. */
#ifndef BROKER_PRIVATE_H
#define BROKER_PRIVATE_H

#include "broker_app.h"
#include "broker_grant.h"

#define BROKER_PRIVATE_CLIENT "private-app" /* in the place of a client id */
/* 9999-12-31T23:59:59Z */
#define BROKER_PRIVATE_EXPIRES INT64_C(253402300799000)

bool broker_app_is_private(const struct broker_app *app);
bool broker_grant_is_private(const struct broker_grant *g);
/* USAGE when the app is a private one, which has no OAuth client: for what only OAuth apps can. */
enum base_status broker_private_refuse(const struct broker_app *app, const char *doing,
                                       struct base_error *err);

/* USAGE when it cannot be a token: it goes into a header line, and to a terminal. */
enum base_status broker_private_check(const struct crypt_secret *token, const char *doing,
                                      struct base_error *err);
/* Whether an answer of the endpoint that tells of such tokens means that it does not know this one.
 * What it says then is not documented: a 400 or 401 in the API's own words is taken for that, a
 * 404 when it says that the object is not found. A page, or the 404 of a wrong address, is not. */
struct http_response;
bool broker_private_is_unknown(const struct http_response *r);

struct broker_private_wish {
    const struct crypt_secret *token; /* copied */
    const char *app;                  /* the record's name; made when absent */
    const char *api_url; /* NULL: HubSpot's. Has to be that of a record which is there */
};

/* `name` is the grant's, borrowed. */
typedef void broker_private_fn(void *arg, enum base_status status, const char *name,
                               const struct base_error *err);
struct broker_private;
/* Asks HubSpot whose the token is and stores it; one that is there already is replaced. REAUTH when
 * HubSpot does not know it. */
enum base_status broker_private_add(struct broker *b, const struct broker_private_wish *wish,
                                    broker_private_fn *fn, void *arg, struct broker_private **ret,
                                    struct base_error *err);
void broker_private_cancel(struct broker_private *p); /* no callback after it */

#endif
