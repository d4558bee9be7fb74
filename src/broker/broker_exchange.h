/* One request to a token endpoint and what its answer means; shared by login, refresh and an
 * app's own tokens. */
#ifndef BROKER_EXCHANGE_H
#define BROKER_EXCHANGE_H

#include "broker_app.h"
#include "broker_token_turn.h"
#include "http.h"
#include "hubspot_error.h"
#include "hubspot_token.h"
#include "oauth_token.h"

struct broker_exchange;

struct broker_exchange_answer {
    enum base_status
        status; /* OK: tokens and extra are there; the callee may take the secrets out */
    struct oauth_tokens *tokens;
    const struct hubspot_token_extra *extra;
    int64_t elapsed_ms;
    const struct hubspot_refusal
        *refusal;                 /* an HTTP answer that is a refusal; NULL when none came */
    enum http_progress progress;  /* when none came */
    const struct base_error *err; /* unless OK */
};

/* What the server says was granted, borrowed; NULL when it says nothing, and means all that was
 * asked for (RFC 6749 section 5.1). Of an answer with tokens. */
const char *broker_exchange_scopes(const struct broker_exchange_answer *answer);

typedef void broker_exchange_fn(void *arg, const struct broker_exchange_answer *answer);

struct broker_exchange_wish {
    const struct broker_app *app;    /* not needed after the start */
    const char *doing;               /* static: what it is called in errors */
    struct broker_patience patience; /* for its turn */
    /* The turn has come: what has to be done before anything leaves. A failure ends it. NULL:
     * nothing has to. */
    enum base_status (*leaving)(void *arg, struct base_error *err);
    /* For tokens that take the place of others, a refresh's; NULL: they do not. It is called with
     * them (status OK) the moment that they are here, before any system call of ours, and then `fn`
     * follows with what `came` has left, whatever becomes of the connection. */
    broker_exchange_fn *came;
    broker_exchange_fn *fn; /* once, from the loop */
    void *arg;
};

/* Posts a form to the app's token endpoint, in its turn (broker_token_turn.h). Takes the body out
 * of `body`. UNAVAILABLE at once when the turn cannot come in time. */
enum base_status broker_exchange_token(struct broker *b, const struct broker_exchange_wish *wish,
                                       struct base_buf *body, struct broker_exchange **ret,
                                       struct base_error *err);
/* The same for a token of the app itself (RFC 6749 section 4.4.2), with these scopes. What it is
 * called in errors: */
#define BROKER_EXCHANGE_APP_TOKEN "getting a token of the app"
enum base_status broker_exchange_app_token(struct broker *b,
                                           const struct broker_exchange_wish *wish,
                                           const char *scope, struct broker_exchange **ret,
                                           struct base_error *err);
void broker_exchange_cancel(struct broker_exchange *x); /* NULL is allowed */
/* The app's token endpoint, on the heap; NULL when memory is short. */
char *broker_exchange_url(const struct broker_app *app);

#endif
