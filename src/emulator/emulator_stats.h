/* What the emulator has seen, for tests to assert on. */
#ifndef EMULATOR_STATS_H
#define EMULATOR_STATS_H

#include "emulator_type.h"

#include <stdint.h>

#define EMULATOR_ROUTES_MAX 96

/* name, what it counts */
#define EMULATOR_STATS_MAP(X)                                                                      \
    X(authorize_shown)   /* consent pages */                                                       \
    X(authorize_refused) /* pages that say what is wrong with the request */                       \
    X(approved)                                                                                    \
    X(denied)                                                                                      \
    X(misspelt_scopes) /* optional_scopes instead of optional_scope */                             \
    X(token_code_ok)   /* grant_type authorization_code */                                         \
    X(token_code_failed)                                                                           \
    X(token_refresh_ok) /* grant_type refresh_token */                                             \
    X(token_refresh_failed)                                                                        \
    X(token_app_ok) /* grant_type client_credentials */                                            \
    X(token_app_failed)                                                                            \
    X(token_other_failed) /* missing or unknown grant_type */                                      \
    X(code_replayed)      /* a code sent a second time */                                          \
    X(refresh_replayed)   /* a refresh token sent again after it was rotated or revoked */         \
    X(introspected)                                                                                \
    X(revoked)                                                                                     \
    X(status_2xx)                                                                                  \
    X(status_3xx)                                                                                  \
    X(status_4xx)                                                                                  \
    X(status_5xx)                                                                                  \
    X(status_401)                                                                                  \
    X(status_429)                                                                                  \
    X(not_found) /* no such route */                                                               \
    X(not_http)  /* refused by the parser, or too slow */                                          \
    X(gone)      /* the client went away before its answer */                                      \
    X(faults)    /* answers made by /_emulator/fault */                                            \
    X(in_flight) /* requests whose answer is not sent yet */                                       \
    X(in_flight_max)                                                                               \
    X(log_failed) /* lines that could not be written */

struct emulator_stats {
#define X(name) int64_t name;
    EMULATOR_STATS_MAP(X)
#undef X
    /* By index in the route table, and by type; the last is for names that are no type, and for
     * routes that have none. */
    int64_t requests[EMULATOR_ROUTES_MAX][EMULATOR_TYPES + 1];
    int64_t served[EMULATOR_TYPES]; /* records, by type */
};

struct base_jsonw;

void emulator_stats_reset(struct emulator_stats *stats); /* all but in_flight */
/* type NULL: none. */
void emulator_stats_request(struct emulator_stats *stats, size_t route,
                            const struct emulator_type *type);
void emulator_stats_served(struct emulator_stats *stats, const struct emulator_type *type,
                           int64_t records);
void emulator_stats_status(struct emulator_stats *stats, int status);
/* The members of an open JSON object. */
void emulator_stats_write(const struct emulator_stats *stats, struct base_jsonw *w);

#endif
