/* What HubSpot's refusals mean. Branches on `status` first and the RFC's `error` second, since
 * HubSpot pairs them in more than one way. */
#ifndef HUBSPOT_ERROR_H
#define HUBSPOT_ERROR_H

#include "base_error.h"
#include "base_span.h"

enum hubspot_verdict {
    HUBSPOT_UNKNOWN,     /* an error that is in no list: never kills a grant */
    HUBSPOT_GRANT_DEAD,  /* the user must log in again: says so in words, nothing else does (C7, T3)
                          */
    HUBSPOT_BAD_CLIENT,  /* client id or secret is wrong: the operator mends it, the grant stays */
    HUBSPOT_BAD_REQUEST, /* our request or configuration is wrong: redirect URL, grant type, code */
    HUBSPOT_TOKEN_EXPIRED, /* 401 with EXPIRED_AUTHENTICATION or INVALID_AUTHENTICATION: one
                              refresh, then again */
    HUBSPOT_FORBIDDEN,     /* 403: scope missing */
    HUBSPOT_NOT_FOUND,     /* 404 */
    HUBSPOT_THROTTLED,     /* 429: wait, see `policy` and `retry_after_ms` */
    HUBSPOT_TRANSIENT,     /* 423, 477, 5xx, 52x, a body that is not JSON: later */
};

struct hubspot_refusal {
    enum hubspot_verdict verdict;
    int http_status;
    char code[64]; /* status, else category, else error: "BAD_REFRESH_TOKEN", "MISSING_SCOPES" */
    char message[512]; /* HubSpot's words, printable */
    char correlation[64];
    char policy[64];        /* 429: "TEN_SECONDLY_ROLLING", "SECONDLY", "DAILY" */
    char scopes[512];       /* 403: the scopes that would do, separated by spaces */
    bool not_json;          /* the body was not JSON (a proxy's or Cloudflare's page) */
    int64_t retry_after_ms; /* from Retry-After; -1: none */
};

/* The answer to a request that showed a token: refresh, revocation, introspection. `retry_after` is
 * the header's value, may be empty. */
void hubspot_refusal_of_token(int http_status, struct base_span body, struct base_span retry_after,
                              int64_t now_ms, struct hubspot_refusal *ret);
/* The answer to a request that showed an authorization code. There is no grant yet that could be
 * dead: an RFC server's invalid_grant says here that the code is no good. */
void hubspot_refusal_of_code(int http_status, struct base_span body, struct base_span retry_after,
                             int64_t now_ms, struct hubspot_refusal *ret);
/* An answer of any other endpoint. */
void hubspot_refusal_of_api(int http_status, struct base_span body, struct base_span retry_after,
                            int64_t now_ms, struct hubspot_refusal *ret);
/* The exit class of a verdict (GRANT_DEAD -> REAUTH, FORBIDDEN -> FORBIDDEN, THROTTLED -> QUOTA for
 * DAILY else UNAVAILABLE, …). */
enum base_status hubspot_refusal_status(const struct hubspot_refusal *r);
/* Fills err: doing, why in plain words, HubSpot's words as lower, code, correlation, and the next
 * step as hint. Returns its status. */
enum base_status hubspot_refusal_explain(const struct hubspot_refusal *r, int http_status,
                                         const char *doing, struct base_error *err);

#endif
