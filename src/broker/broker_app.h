/* Apps: what HubSpot calls an app, as this user registered it. */
#ifndef BROKER_APP_H
#define BROKER_APP_H

#include "base_buf.h"
#include "broker.h"
#include "crypt_secret.h"

#define BROKER_APP_REDIRECTS 16
/* The one that help and advice name, and what is taken where nobody says one. */
#define BROKER_APP_USUAL_REDIRECT "http://localhost:8976/callback"

struct broker_app {
    char *name;
    char *client_id;
    char *redirect_urls[BROKER_APP_REDIRECTS];
    size_t redirect_count;
    char *scope;
    char *optional_scope;
    char *api_version;      /* of hubspot_endpoints_find() */
    char *api_url;          /* HUBSPOT_API_URL unless given */
    char *app_url;          /* HUBSPOT_APP_URL unless given */
    char *authorize_url;    /* "" unless another OAuth server than HubSpot is meant */
    char *token_url;        /* "" likewise */
    char *issuer;           /* the server's issuer identifier (RFC 8414); "": none was given */
    char *previous_version; /* from which it moved (broker_migrate.h); NULL or "": it never did */
    bool migrating;         /* it moved, and that is not proven yet */
    struct crypt_secret *client_secret; /* NULL: not loaded; length 0: a public client */
    uint64_t generation;                /* of the record; only after broker_app_get() */
};

void broker_app_free(struct broker_app *app); /* the content, not the struct; may be called twice */

/* Whose answers a login through the app expects: `issuer` where it was given, else the origin of
 * the consent page. Appended to `out`. */
void broker_app_issuer(const struct broker_app *app, struct base_buf *out);

/* Checks every field (USAGE with the rule that is broken) and stores; EXISTS when the name is
 * taken. A redirect URL that an app of another issuer has is refused: the answers of two servers
 * must not meet at one place (RFC 9700 section 4.4.2.2, A12). */
enum base_status broker_app_add(struct broker *b, const struct broker_app *app,
                                struct base_error *err);
/* With the secret (needs the key). NOT_FOUND names the apps that there are. */
enum base_status broker_app_get(struct broker *b, const char *name, struct broker_app *ret,
                                struct base_error *err);
/* The same of the app that an account, "APP/…", is connected through. */
enum base_status broker_app_get_of(struct broker *b, const char *account, struct broker_app *ret,
                                   struct base_error *err);
/* The name of the only app when `name` is NULL (USAGE when there is none or more), else a copy of
 * `name`. Heap. */
enum base_status broker_app_choose(struct broker *b, const char *name, char **ret,
                                   struct base_error *err);
/* Writes the three fields and nothing else. Durable when it returns. */
enum base_status broker_app_move(struct broker *b, const char *name, const char *api_version,
                                 const char *previous_version, bool migrating,
                                 struct base_error *err);
/* BUSY with the accounts' names while accounts are connected through it. */
enum base_status broker_app_remove(struct broker *b, const char *name, struct base_error *err);

/* Without secrets, by name ascending. The app is borrowed. Return false to stop. */
typedef bool broker_app_fn(void *arg, const struct broker_app *app);
enum base_status broker_app_list(struct broker *b, broker_app_fn *fn, void *arg,
                                 struct base_error *err);

#endif
