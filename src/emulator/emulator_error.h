/* Every error that HubSpot is known to answer, in its words. */
#ifndef EMULATOR_ERROR_H
#define EMULATOR_ERROR_H

#include "emulator_call.h"

/* status, HTTP status, message, the RFC 6749 error beside it. Texts that nobody has recorded are
 * ours (*). */
#define EMULATOR_OAUTH_ERRORS(X)                                                                   \
    X(BAD_AUTH_CODE, 400, "missing or unknown auth code", "invalid_grant")                         \
    X(EXPIRED_AUTH_CODE, 400, "auth code has expired", "invalid_grant") /* (*) */                  \
    X(MISMATCH_REDIRECT_URI_AUTH_CODE, 400, "redirect URI does not match initial auth code URI",   \
      "invalid_grant")                                                                             \
    X(BAD_REDIRECT_URI, 400, "missing or invalid redirect URI", "invalid_request") /* (*) */       \
    X(BAD_REFRESH_TOKEN, 400, "refresh token is invalid, expired or revoked", "invalid_grant")     \
    X(BAD_CLIENT_ID, 400, "missing or unknown client id", "invalid_client")                        \
    X(BAD_CLIENT_SECRET, 400, "missing or invalid client secret", "invalid_client") /* (*) */      \
    X(BAD_GRANT_TYPE, 400, "missing or unknown grant type", "unsupported_grant_type")              \
    X(BAD_HUB, 400, "missing or unknown hub id", "access_denied")                                  \
    X(BAD_CODE_VERIFIER, 400, "code verifier does not match the code challenge", /* (*) */         \
      "invalid_grant")                                                                             \
    X(BAD_SCOPES, 400, "missing or unknown scopes", "invalid_scope") /* (*) */                     \
    X(USER_LEVEL_CLIENT_CREDENTIALS_NOT_SUPPORTED, 400,                                            \
      "client credentials are not supported for user level apps", "unauthorized_client") /* (*) */

enum emulator_oauth_error {
#define X(status, http, message, error) EMULATOR_##status,
    EMULATOR_OAUTH_ERRORS(X)
#undef X
        EMULATOR_OAUTH_ERROR_COUNT,
};

/* The token endpoints' errors. `message` NULL: the usual one. */
void emulator_error_oauth(struct emulator_call *call, enum emulator_oauth_error error,
                          const char *message);
/* By its status word; false when there is none of that name. */
bool emulator_error_oauth_find(struct base_span status, enum emulator_oauth_error *ret);

/* The envelope of all other APIs; category NULL: left out. */
void emulator_error_plain(struct emulator_call *call, int status, const char *message,
                          const char *category);
void emulator_error_unauthenticated(struct emulator_call *call);
void emulator_error_expired(struct emulator_call *call, int64_t expired_ms);
void emulator_error_scope(struct emulator_call *call, const char *scope);
/* No type of object has this name. */
void emulator_error_type(struct emulator_call *call, struct base_span name);
void emulator_error_object(struct emulator_call *call, const char *id); /* not numeric */
/* `policy`: TEN_SECONDLY_ROLLING, SECONDLY, DAILY, or NULL for the variant without one. */
void emulator_error_rate(struct emulator_call *call, const char *policy);

/* HTML, as Jetty (404, 405) and Cloudflare (5xx) write it. */
void emulator_error_page(struct emulator_call *call, int status);
void emulator_error_method(struct emulator_call *call, const char *allow);

#endif
