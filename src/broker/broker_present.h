/* One request that presents a token to its app's server: introspection and revocation. Shared by
 * the files of broker/ and by nobody else. */
#ifndef BROKER_PRESENT_H
#define BROKER_PRESENT_H

#include "broker_app.h"
#include "http.h"
#include "hubspot_endpoint.h"

/* Embedded in the object that does it; all zero before the first of these. */
struct broker_present {
    struct broker *b;
    const char *doing; /* static */
    struct broker_app app;
    const struct hubspot_endpoints *endpoints;
    const struct crypt_secret *token; /* borrowed until the end */
    char *url;
    struct base_buf body;
    struct base_span spelled; /* the token as a body of JSON has it; NULL: the body is a form */
    struct http_call *call;
};

/* Loads the app and finds its endpoints. USAGE for an app that is not HubSpot's: its server has no
 * such endpoint in the set-up; p->app is loaded then. */
enum base_status broker_present_load(struct broker_present *p, const char *app_name,
                                     struct base_error *err);
/* `path` is one of the endpoints'; `hint` "access_token" or "refresh_token". `done` clears p->call
 * first of all. */
enum base_status broker_present_send(struct broker_present *p, const char *path,
                                     const char *v1_method, const struct crypt_secret *token,
                                     const char *hint, http_done_fn *done, void *arg,
                                     struct base_error *err);
/* A private app's token, to HubSpot's own endpoint for these (hubspot_token.h). */
enum base_status broker_present_private(struct broker_present *p, const struct crypt_secret *token,
                                        http_done_fn *done, void *arg, struct base_error *err);
/* What an answer other than 2xx says, with the secrets taken out of it; *ret_dead (may be NULL):
 * that the server no longer knows the token. */
enum base_status broker_present_refused(const struct broker_present *p,
                                        const struct http_response *r, bool *ret_dead,
                                        struct base_error *err);
/* Cancels what is under way, and frees. */
void broker_present_done(struct broker_present *p);

#endif
