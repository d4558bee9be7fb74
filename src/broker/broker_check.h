/* Proof, without a user, that an app's client id and secret are right: its token endpoint is shown
 * an authorization code that cannot be one. A server looks at the client before it looks at the
 * code, so its answer tells which of the two it did not like. Nothing stored changes.
 *
 * Redirect URLs and scopes are judged by the consent page alone; no answer of a token endpoint
 * proves them. */
#ifndef BROKER_CHECK_H
#define BROKER_CHECK_H

#include "broker_app.h"

/* name, word in JSON */
#define BROKER_CHECK_MAP(X)                                                                        \
    X(RIGHT, "right")          /* client id and secret are right, and the endpoint is there */     \
    X(BAD_ID, "bad_client_id") /* HubSpot does not know the client id */                           \
    X(BAD_SECRET, "bad_client_secret")  /* it knows the id, and the secret is another */           \
    X(BAD_CLIENT, "bad_client")         /* one of the two: RFC 6749 has a single word for both */  \
    X(BAD_REDIRECT, "bad_redirect_url") /* refused for the redirect URL, before anything else */   \
    X(NO_ENDPOINT, "no_endpoint")       /* 404, 405, 410: wrong URL, or a version switched off */  \
    X(UNREACHABLE, "unreachable")       /* no answer, or one that says "later" */                  \
    X(INCONCLUSIVE, "inconclusive")     /* an answer that proves nothing: it is shown */

enum broker_check_verdict {
#define X(name, word) BROKER_CHECK_##name,
    BROKER_CHECK_MAP(X)
#undef X
};
const char *broker_check_word(enum broker_check_verdict verdict);

struct broker_check_result { /* all borrowed */
    enum broker_check_verdict verdict;
    const char *app, *client_id;
    const char *api_version; /* "" for a server other than HubSpot */
    const char *token_url;
    const char *redirect_url; /* the one that was sent: the app's first */
    bool has_secret;          /* false: a public client, whose id alone was judged */
    int http_status;          /* 0: no answer came */
    const char *code;         /* the server's word, "BAD_AUTH_CODE"; "" when it gave none */
    const char *message;      /* the server's words, printable; "" likewise */
    const char *correlation;  /* HubSpot's correlationId; "" likewise */
    int64_t elapsed_ms;
    /* Our clock less the server's, by its Date header (RFC 9110 section 6.6.1), which has whole
     * seconds: true to within clock_slack_ms. */
    bool has_clock;
    int64_t clock_ahead_ms, clock_slack_ms;
};

/* OK for RIGHT; USAGE for what is wrong in the app (BAD_…, NO_ENDPOINT); UNAVAILABLE for
 * UNREACHABLE; FAILED for INCONCLUSIVE. `result` is there in any case, `err` unless OK. */
typedef void broker_check_fn(void *arg, enum base_status status,
                             const struct broker_check_result *result,
                             const struct base_error *err);
struct broker_check;

/* The callback runs from the loop, once. */
enum base_status broker_check_app(struct broker *b, const char *app_name, broker_check_fn *fn,
                                  void *arg, struct broker_check **ret, struct base_error *err);
/* The same at the token endpoint of another API version. USAGE when there is no such version, or
 * when the app is not HubSpot's. */
enum base_status broker_check_version(struct broker *b, const char *app_name,
                                      const char *api_version, broker_check_fn *fn, void *arg,
                                      struct broker_check **ret, struct base_error *err);
/* The same with values that are not stored. The app is borrowed until the callback or cancel(). */
enum base_status broker_check_values(struct broker *b, const struct broker_app *app,
                                     broker_check_fn *fn, void *arg, struct broker_check **ret,
                                     struct base_error *err);
void broker_check_cancel(struct broker_check *c); /* NULL is allowed */

#endif
