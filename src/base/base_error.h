/* Errors: one status for everything that can go wrong, and an object owned by the caller that says
 * what.
 *
 * A function that can fail returns enum base_status and takes a struct base_error * as its last
 * parameter (NULL is allowed). It fills the object only when it fails and then returns its status.
 * Library code never prints; programs do, once. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base_mem.h"

/* name, exit code of the programs, word used in JSON output. The exit codes are a contract
 * (README). */
#define BASE_STATUS_MAP(X)                                                                         \
    X(OK, 0, "ok")                                                                                 \
    X(FAILED, 1, "failed")           /* anything that has no class of its own */                   \
    X(USAGE, 2, "usage")             /* the caller's words or configuration are wrong */           \
    X(REAUTH, 3, "login_needed")     /* the grant is dead: a person must log in again */           \
    X(FORBIDDEN, 4, "forbidden")     /* a scope or permission is missing */                        \
    X(QUOTA, 5, "quota")             /* the allowance is used up */                                \
    X(UNAVAILABLE, 6, "unavailable") /* network or HubSpot; trying later may help */               \
    X(PARTIAL, 7, "partial")         /* done in part */                                            \
    X(STORAGE, 8, "storage")         /* the vault or the destination failed */                     \
    X(NOT_FOUND, 1, "not_found")     /* no such record, account, file */                           \
    X(EXISTS, 1, "exists")           /* something of that name is there already */                 \
    X(CONFLICT, 1, "conflict")       /* somebody else changed it first */                          \
    X(STALE, 1, "stale")             /* what the caller knows is of yesterday: look again */       \
    X(BUSY, 6, "busy")               /* somebody else holds it */                                  \
    X(INVALID, 1, "invalid")         /* malformed data from outside */                             \
    X(LIMIT, 1, "limit")             /* larger than its cap */                                     \
    X(CANCELLED, 1, "cancelled")     /* stopped by the user or by shutting down */                 \
    X(NO_MEMORY, 1, "no_memory")

enum base_status {
#define X(name, exit_code, word) BASE_##name,
    BASE_STATUS_MAP(X)
#undef X
};

struct base_error {
    enum base_status status;
    char doing[160];      /* what was tried: "refreshing the token of account 1234567" */
    char why[512];        /* what went wrong, one sentence */
    char lower[512];      /* what the lower layer or HubSpot said, sanitised, may be empty */
    char hint[256];       /* what to do next, one command or sentence, may be empty */
    char code[64];        /* HubSpot's status or category (BAD_REFRESH_TOKEN), may be empty */
    char correlation[64]; /* HubSpot's correlationId, may be empty */
    int http_status;      /* 0 when there was no HTTP answer */
};

#define BASE_ERROR_NONE ((struct base_error){0})

const char *base_status_word(enum base_status status);
int base_status_exit_code(enum base_status status);

/* Sets status, doing and why, clears the rest, and returns `status`: `return base_fail(...)`. All
 * texts are made printable (base_text.h) and cut to their fields. */
enum base_status base_fail(struct base_error *err, enum base_status status, const char *doing,
                           const char *why, ...) BASE_PRINTF(4, 5);
/* As above with "why: strerror(error_number)". */
enum base_status base_fail_errno(struct base_error *err, enum base_status status, const char *doing,
                                 int error_number, const char *why, ...) BASE_PRINTF(5, 6);
enum base_status base_fail_memory(struct base_error *err);
/* Adds to an error that is already set. */
void base_error_lower(struct base_error *err, const char *format, ...) BASE_PRINTF(2, 3);
void base_error_hint(struct base_error *err, const char *format, ...) BASE_PRINTF(2, 3);
/* Replaces what was being done, for a caller that knows it better. */
void base_error_doing(struct base_error *err, const char *format, ...) BASE_PRINTF(2, 3);
/* Replaces the status, for a caller to whom the same failure means something else; returns it. */
enum base_status base_error_as(struct base_error *err, enum base_status status);

#endif
