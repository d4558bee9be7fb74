/* Shared by the files of broker/ and by nobody else. */
#ifndef BROKER_INT_H
#define BROKER_INT_H

#include "broker.h"
#include "broker_app.h"
#include "broker_grant.h"

#include "base_buf.h"
#include "http.h"
#include "hubspot_endpoint.h"
#include "hubspot_error.h"
#include "loop.h"
#include "oauth_token.h"
#include "vault.h"

struct broker_lane;
struct broker_recent;
struct broker_unsaved;

struct broker {
    struct broker_deps deps;
    struct vault *vault;
    struct loop *loop;
    struct http *http;
    struct broker_pace pace;
    struct broker_lane *lanes;      /* for each account and budget (broker_queue.c) */
    struct broker_recent *recent;   /* what was read of accounts (broker_recent.c) */
    struct broker_unsaved *unsaved; /* new tokens that the vault did not take (broker_refresh.c) */
};

/* Policy, in one place. */
#define BROKER_LEASE_POLL_MS 25       /* how soon a waiting process looks again, at first... */
#define BROKER_LEASE_POLL_MOST_MS 250 /* ...and after long waiting: hundreds may wait */
#define BROKER_LEASE_WAIT_MS                                                                       \
    30000 /* for a refresh by somebody else, when our token is of no use                           \
           */
#define BROKER_LEASE_WAIT_DUE_MS 3000 /* the same while our token is still valid */
#define BROKER_TURN_WAIT_MS 30000     /* for a turn at the token endpoint, where no lease is held */
#define BROKER_TURN_PAUSE_MS 600000   /* that a refusal holds an app's other accounts */
#define BROKER_REFRESH_ATTEMPTS 3     /* within one command */
#define BROKER_STORE_ATTEMPTS 7       /* a new refresh token is worth insisting: 12.6 s */
#define BROKER_STORE_RETRY_MS 200     /* doubled each time */
#define BROKER_CONFLICT_ATTEMPTS 5    /* looks at a record that others change under our hands */
#define BROKER_CALL_ATTEMPTS 5
#define BROKER_CALL_PATIENCE_MS INT64_C(300000) /* from its start to its last attempt */
#define BROKER_BULK_ATTEMPTS 10
#define BROKER_BULK_PATIENCE_MS INT64_C(93600000) /* 26 h: HubSpot's 477 may name 24 */
#define BROKER_TOKEN_LIFE_DEFAULT_S 1800          /* HubSpot's, for answers without expires_in */

int64_t broker_now(const struct broker *b);
/* By the server's clock, of which a date in Retry-After is: its Date stands beside it. */
int64_t broker_server_now(const struct broker *b, const struct http_response *response);
/* Of a number in a record: sums and differences of two such do not overflow. */
static inline bool broker_number_is_sane(int64_t n)
{
    return n > -(INT64_MAX / 4) && n < INT64_MAX / 4;
}
void broker_notice(const struct broker *b, const char *format, ...) BASE_PRINTF(2, 3);
/* The open HTTP port, opened now if need be. */
enum base_status broker_http(struct broker *b, struct http **ret, struct base_error *err);
/* base + path on the heap, with exactly one slash between. */
char *broker_url(const char *base, const char *path);
/* The app as the token endpoint's client; borrowed. A public client has no secret to show. */
struct oauth_client broker_app_client(const struct broker_app *app);
/* Whether broker_app_store() would take it: every field's rule, and redirect URLs that no app of
 * another issuer has (A12). */
enum base_status broker_app_admit(struct broker *b, const struct broker_app *app,
                                  struct base_error *err);
/* The public columns of an app's record, and back; the secret is the record's sealed part. */
void broker_app_encode(const struct broker_app *app, struct base_buf *out);
enum base_status broker_app_decode(const char *name, struct base_span plain, struct broker_app *ret,
                                   struct base_error *err);
/* Stores it in place of generation app->generation (0: new); CONFLICT when that is not the one. */
enum base_status broker_app_store(struct broker *b, const struct broker_app *app,
                                  struct base_error *err);
/* Appends the accounts that are connected through the app: "123, 456". */
enum base_status broker_app_accounts(struct broker *b, const char *name, struct base_buf *out,
                                     struct base_error *err);
/* BUSY while HubSpot is still to be told of a logout, for which the app is needed as it is. */
enum base_status broker_app_check_pending(struct broker *b, const char *name, const char *doing,
                                          struct base_error *err);
/* The catalogue's hints say NAME for the app: puts its name there, quoted for the shell. */
void broker_app_hint(const char *app_name, struct base_error *err);
/* USAGE when a redirect URL of the app leads to where an app of another issuer is answered: that
 * one, or any that is stored. */
enum base_status broker_app_check_apart(const struct broker_app *app,
                                        const struct broker_app *other, struct base_error *err);
enum base_status broker_app_check_places(struct broker *b, const struct broker_app *app,
                                         struct base_error *err);
/* No account is called `wanted`: the error says which there are. */
enum base_status broker_grant_fail_none(struct broker *b, const char *wanted,
                                        struct base_error *err);
/* Whether a record that comes from elsewhere (a backup, whose maker need not have been hubauth) is
 * one that this program would have written: its form, its rules, and nothing in it that could drive
 * a terminal. What it may be beside other records is not looked at (broker_backup_int.h). */
enum base_status broker_app_check_record(const char *name, struct base_span plain,
                                         struct base_error *err);
enum base_status broker_grant_check_record(const char *name, struct base_span plain,
                                           struct base_span secret, struct base_error *err);
enum base_status broker_alias_check_record(const char *name, struct base_span plain,
                                           struct base_error *err);
enum base_status broker_pending_check_record(const char *name, struct base_span plain,
                                             struct base_error *err);
/* Frees the queues (broker_queue.c). */
void broker_lanes_free(struct broker *b);
/* Frees what is kept in memory of accounts (broker_recent.c). */
void broker_recent_free(struct broker *b);

#endif
